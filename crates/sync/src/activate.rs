//! Activation: a one-time code becomes a station.
//!
//! The code that an administrator gives out has two halves: 20 letters that the centre knows and spends once, and 16 letters that name
//! the centre's certificate authority. The station checks the second half before it sends the first, so that nobody in between learns a
//! code, and nobody but the centre can hand out roots.

use crate::certificate::certificate_request;
use crate::http::Connection;
use crate::{ConnectionError, Failure, Response, Time, tls};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::StaffId;
use envelope::{AuthorityPin, KeyCertificate, Lease, PublicKey, Signed, Zeroizing};
use wire::{Activation, ActivationRequest, Held, path};

/// Letters of the half that the centre spends.
const CODE_LETTERS: usize = 20;
/// The longest text that is taken for a code.
const TYPED_LIMIT: usize = 128;
/// Staff of one office, and the size of a key file, that are believed.
const STAFF_LIMIT: usize = 500;
const KEY_FILE_LIMIT_BYTES: usize = 4096;

/// The version from which on a centre takes what a station goes on with.
const HELD_SINCE: u16 = 2;

/// What a station brings to its activation. Its `Debug` hides the code.
#[derive(Clone)]
pub struct NewStation {
    /// `https://host:port`.
    pub url: String,
    /// As it was typed: any case, with or without hyphens.
    pub code: String,
    /// Verifies the station's manifests from now on.
    pub station_key: PublicKey,
    /// What a station that was activated before goes on with: its counter, and the digest that has it.
    pub held: Option<Held>,
}

impl std::fmt::Debug for NewStation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewStation")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// What a station keeps of its activation. Its `Debug` hides the key.
#[derive(Clone)]
pub struct Activated {
    /// The name the authority gave it.
    pub station: domain::StationId,
    /// The authority that the centre's certificate must come from, PEM.
    pub ca_pem: String,
    /// The station's certificate, PEM.
    pub certificate_pem: String,
    /// The key of that certificate, PEM (PKCS#8).
    pub tls_key_pem: Zeroizing<String>,
    /// Pinned from now on.
    pub policy_root: PublicKey,
    /// The first lease, unverified.
    pub lease: Signed<Lease>,
    /// The centre's key, unverified.
    pub centre_key: Signed<KeyCertificate>,
    /// Key files of the staff.
    pub key_files: Vec<(StaffId, Vec<u8>)>,
    /// The version that the centre speaks; 1 is the first release.
    pub centre_version: u16,
}

impl std::fmt::Debug for Activated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Activated({})", self.station)
    }
}

/// Why a station was not activated; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ActivationError {
    /// Not an address of the form `https://host:port`.
    #[error("not an https address")]
    Address,
    /// Not a code, or wrong, used or expired.
    #[error("the code was not accepted")]
    Code,
    /// Nobody answers there.
    #[error("the centre cannot be reached")]
    Unreachable,
    /// Whoever answers is not the centre of this code.
    #[error("not the centre of this code")]
    Foreign,
    /// The centre of this code answers, but by this station's clock its certificate is not valid: the clock is wrong.
    #[error("the clock is wrong, or the centre's certificate has ended")]
    Clock,
    /// The centre cannot do it now.
    #[error("the centre is busy")]
    Busy,
    /// Another answer than the API says.
    #[error("the centre's answer cannot be read")]
    Unreadable,
    /// No key could be made.
    #[error("no key could be made")]
    Key,
}

impl From<ConnectionError> for ActivationError {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::Address => Self::Address,
            ConnectionError::Certificates => Self::Foreign,
        }
    }
}

impl From<Failure> for ActivationError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NoAnswer => Self::Unreachable,
            Failure::Foreign | Failure::Rejected => Self::Foreign,
            Failure::Dates => Self::Clock,
            Failure::Unreadable => Self::Unreadable,
            Failure::Busy { .. } | Failure::Fault => Self::Busy,
        }
    }
}

/// Activates a station at the centre that the code names. Dates of certificates are judged by `time`: the time that is believed, or the
/// wall clock before there is any.
///
/// The centre is asked for its version first, because one of the first release refuses what it does not know.
///
/// # Errors
/// [`ActivationError`]; the code is spent only where the centre answered well.
pub async fn activate(new: NewStation, time: Time) -> Result<Activated, ActivationError> {
    let (code, pin) = halves(&new.code).ok_or(ActivationError::Code)?;
    let config = tls::by_pin(&pin, time).map_err(|_| ActivationError::Key)?;
    let connection = Connection::with_tls(&new.url, config)?;
    let (tls_key_pem, csr_pem) = certificate_request().map_err(|_| ActivationError::Key)?;
    let centre_version = connection.version().await?;
    let request = ActivationRequest {
        code,
        station_key: new.station_key,
        csr_pem,
        held: new.held.filter(|_| centre_version >= HELD_SINCE),
    };
    match connection
        .post::<Activation>(path::ACTIVATE, &request)
        .await?
    {
        Ok(activation) => keep(activation, tls_key_pem, &pin, centre_version),
        Err(Response::Refused { status: 403, .. }) => Err(ActivationError::Code),
        Err(_) => Err(ActivationError::Unreadable),
    }
}

fn keep(
    activation: Activation,
    tls_key_pem: Zeroizing<String>,
    pin: &AuthorityPin,
    centre_version: u16,
) -> Result<Activated, ActivationError> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let unreadable = |_| ActivationError::Unreadable;
    let authority =
        CertificateDer::from_pem_slice(activation.ca_pem.as_bytes()).map_err(unreadable)?;
    if AuthorityPin::of(&authority) != *pin {
        return Err(ActivationError::Foreign);
    }
    if activation.key_files.len() > STAFF_LIMIT {
        return Err(ActivationError::Unreadable);
    }
    let key_files = activation
        .key_files
        .into_iter()
        .map(|(id, text)| {
            if text.len() > KEY_FILE_LIMIT_BYTES * 2 {
                return Err(ActivationError::Unreadable);
            }
            let bytes = STANDARD
                .decode(text)
                .map_err(|_| ActivationError::Unreadable)?;
            Ok((id, bytes))
        })
        .collect::<Result<_, _>>()?;
    let unreadable = |_| ActivationError::Unreadable;
    Ok(Activated {
        station: activation.station,
        ca_pem: activation.ca_pem,
        certificate_pem: activation.certificate_pem,
        tls_key_pem,
        policy_root: activation.policy_root,
        lease: activation.lease.lease.read().map_err(unreadable)?,
        centre_key: activation.lease.centre_key.read().map_err(unreadable)?,
        key_files,
        centre_version,
    })
}

/// The code for the centre and the pin of its authority, as people type them: O for 0, I and L for 1.
fn halves(typed: &str) -> Option<(String, AuthorityPin)> {
    if typed.len() > TYPED_LIMIT {
        return None;
    }
    let letters: String = typed
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let whole = letters.len() == CODE_LETTERS + AuthorityPin::LETTERS
        && letters.bytes().all(|b| b.is_ascii_alphanumeric());
    if !whole {
        return None;
    }
    let (code, pin) = letters.split_at(CODE_LETTERS);
    Some((code.to_owned(), AuthorityPin::parse(pin)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let typed = "abcd-efgh-jkmn-pqrs-tvwo WERC-8GMR-ZGEI-96QV";
        let pin = AuthorityPin::of(b""); // WERC8GMRZGE196QV
        assert_eq!(
            halves(typed),
            Some(("ABCDEFGHJKMNPQRSTVW0".to_owned(), pin))
        );
    }

    #[test]
    fn half_a_code_is_no_code() {
        assert_eq!(halves("abcd-efgh-jkmn-pqrs-tvwo"), None);
        assert_eq!(halves(&"a".repeat(4000)), None);
        assert_eq!(halves("شناخت"), None);
    }
}
