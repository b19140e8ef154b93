//! Activation and leases.

use crate::SignedText;
use domain::StationId;
use envelope::PublicKey;
use serde::{Deserialize, Serialize};

/// What a new station sends, once, with the code that an administrator typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivationRequest {
    /// One-time code, good for 24 hours.
    pub code: String,
    /// Verifies the station's manifests.
    pub station_key: PublicKey,
    /// PKCS#10 request in PEM for the TLS client certificate.
    pub csr_pem: String,
}

/// What the station pins and keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activation {
    /// The name the authority gave it.
    pub station: StationId,
    /// TLS client certificate, PEM.
    pub certificate_pem: String,
    /// The CA that the centre's TLS certificate must come from, PEM.
    pub ca_pem: String,
    /// The policy root: pinned from now on.
    pub policy_root: PublicKey,
    /// First lease, with the certificate of the key that signed it.
    pub lease: LeaseReply,
    /// Key files of the station's staff, standard base64 by staff number.
    pub key_files: Vec<(domain::StaffId, String)>,
}

/// A signed lease and the certificate of the key that signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaseReply {
    /// `Signed<Lease>` by the centre's key.
    pub lease: SignedText,
    /// `Signed<KeyCertificate>` by the policy root.
    pub centre_key: SignedText,
}
