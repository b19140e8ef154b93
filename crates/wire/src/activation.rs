//! Activation and leases.

use crate::SignedText;
use crate::shape;
use domain::{StationId, Timestamp};
use envelope::{Digest, PublicKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What a new station sends, once, with the code that an administrator typed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActivationRequest {
    /// One-time code, good for 24 hours.
    pub code: String,
    /// Verifies the station's manifests.
    #[schemars(with = "shape::Hex")]
    pub station_key: PublicKey,
    /// PKCS#10 request in PEM for the TLS client certificate.
    pub csr_pem: String,
    /// What a station that was activated before goes on with; never sent to a centre of the first release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
}

impl fmt::Debug for ActivationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActivationRequest")
            .field("station_key", &self.station_key)
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}

/// A station's history, which its new keys go on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Held {
    /// The name that it has.
    #[schemars(with = "shape::Name")]
    pub station: StationId,
    /// Its last counter.
    pub counter: u64,
    /// Digest of the packet that has this counter.
    #[schemars(with = "Option<shape::Hex>")]
    pub previous: Option<Digest>,
}

/// What a station sends before its certificate ends: a request for a new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateRequest {
    /// PKCS#10 request in PEM.
    pub csr_pem: String,
}

/// The new certificate; the old one stays good until its own end, so that a lost answer loses nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateReply {
    /// TLS client certificate, PEM.
    pub certificate_pem: String,
}

/// What a station says of itself with each lease poll: nothing personal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StatusReport {
    /// The release that runs there.
    pub release: String,
    /// The version of its store.
    pub store_version: i64,
    /// Its last counter.
    pub counter: u64,
    /// What waits, by kind of item (and `draft`, `in_review`): how many, and since when the oldest.
    pub waiting: BTreeMap<String, Waiting>,
    /// Serial of the lease that is held.
    pub lease_serial: u64,
    /// Applications begun under it.
    pub begun: u64,
    /// Milliseconds by which the wall clock is ahead of the time that is believed.
    pub clock_ahead_millis: i64,
    /// `file` or `tpm`.
    pub key_protection: String,
    /// Whether policy knows the camera; none without one.
    pub camera_known: Option<bool>,
}

/// How much of a kind waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waiting {
    /// How many.
    pub count: u64,
    /// Since when the oldest; none where there is none.
    #[schemars(with = "Option<shape::Millis>")]
    pub oldest: Option<Timestamp>,
}

/// What the station pins and keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Activation {
    /// The name the authority gave it.
    #[schemars(with = "shape::Name")]
    pub station: StationId,
    /// TLS client certificate, PEM.
    pub certificate_pem: String,
    /// The CA that the centre's TLS certificate must come from, PEM.
    pub ca_pem: String,
    /// The policy root: pinned from now on.
    #[schemars(with = "shape::Hex")]
    pub policy_root: PublicKey,
    /// First lease, with the certificate of the key that signed it.
    pub lease: LeaseReply,
    /// Key files of the station's staff, standard base64 by staff number.
    #[schemars(with = "Vec<(String, String)>")]
    pub key_files: Vec<(domain::StaffId, String)>,
}

/// A signed lease and the certificate of the key that signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeaseReply {
    /// `Signed<Lease>` by the centre's key.
    pub lease: SignedText,
    /// `Signed<KeyCertificate>` by the policy root.
    pub centre_key: SignedText,
    /// The same of the centre's other keys: receipts that one of them signed may be on their way. Not for the first release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_keys: Vec<SignedText>,
}
