//! Activation: a one-time code and a station's keys become a certificate, pinned roots and the
//! first lease.

use crate::problem::ApiError;
use crate::version::Version;
use crate::{CentreError, Store, history, lease};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deadpool_postgres::GenericClient;
use domain::{OfficeId, StaffId, StationId};
use envelope::AuthorityPin;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use wire::{Activation, ActivationRequest};

/// How long a code is good for.
const CODE_DAYS: i64 = 1;
/// Letters of a code: 20 of 32, so 100 bits.
const CODE_LETTERS: usize = 20;
/// Crockford's base 32: nothing that is mistaken for another letter.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The longest request for a certificate that is read.
pub(crate) const CSR_LIMIT_BYTES: usize = 8 << 10;

/// A one-time activation code, to be typed or carried to the station: 20 letters that the centre spends, and the pin of the centre's
/// certificate authority, which the station checks before it sends the rest. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct ActivationCode {
    letters: String,
    pin: AuthorityPin,
}

impl ActivationCode {
    fn generate(pin: AuthorityPin) -> Result<Self, CentreError> {
        let mut random = [0_u8; CODE_LETTERS];
        SystemRandom::new()
            .fill(&mut random)
            .map_err(|_| CentreError::Ended("the system's randomness"))?;
        let letters = random.iter().map(|byte| {
            ALPHABET
                .get(usize::from(byte % 32))
                .copied()
                .unwrap_or(b'0')
        });
        Ok(Self {
            letters: letters.map(char::from).collect(),
            pin,
        })
    }

    /// The code in groups of four, to be read to somebody.
    pub fn expose(&self) -> String {
        let whole = format!("{}{}", self.letters, self.pin);
        let groups: Vec<String> = whole
            .as_bytes()
            .chunks(4)
            .map(|group| String::from_utf8_lossy(group).into_owned())
            .collect();
        groups.join("-")
    }

    /// What was typed: any case, with or without hyphens, O for 0, I and L for 1.
    fn normalise(typed: &str) -> Option<String> {
        if typed.len() > 4 * (CODE_LETTERS + AuthorityPin::LETTERS) {
            return None;
        }
        let mut letters: String = typed
            .chars()
            .filter(|c| !matches!(c, '-' | ' '))
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        // A client that sends what was typed as it is sends the pin too.
        if letters.len() == CODE_LETTERS + AuthorityPin::LETTERS && letters.is_ascii() {
            letters.truncate(CODE_LETTERS);
        }
        (letters.len() == CODE_LETTERS).then_some(letters)
    }
}

impl fmt::Debug for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActivationCode(..)")
    }
}

/// Makes a code for a station that exists.
///
/// # Errors
/// [`CentreError::Refused`] where there is no such station.
pub async fn new_code(store: &Store, station: &StationId) -> Result<ActivationCode, CentreError> {
    let code = ActivationCode::generate(store.authority().pin()?)?;
    let tag = store.keys().code_tag(&code.letters);
    let mut client = store.client().await?;
    let now = store.clock().now();
    let transaction = client.transaction().await?;
    // A new code is the only one: what was read to somebody before it is worth nothing.
    transaction
        .execute(
            "update activation_code set used_at = $2 where station = $1 and used_at is null",
            &[&station.as_str(), &now.millis()],
        )
        .await?;
    let rows = transaction
        .execute(
            "insert into activation_code (tag, station, expires_at)
             select $1, id, $3 from station where id = $2 and revoked_at is null",
            &[&tag, &station.as_str(), &now.plus_days(CODE_DAYS).millis()],
        )
        .await?;
    if rows == 0 {
        return Err(CentreError::Refused(format!(
            "there is no station {station}"
        )));
    }
    transaction.commit().await?;
    Ok(code)
}

/// Answers an activation; the code is spent only when everything else holds.
pub(crate) async fn activate(
    store: &Store,
    request: &ActivationRequest,
    version: Version,
) -> Result<Activation, ApiError> {
    if request.csr_pem.len() > CSR_LIMIT_BYTES {
        return Err(ApiError::bad_request("certificate-request"));
    }
    let now = store.clock().now();
    let mut client = store.client().await?;
    let transaction = client.transaction().await.map_err(CentreError::from)?;
    let (tag, station) = find_code(store, &transaction, &request.code).await?;
    let issued = store
        .authority()
        .issue(&request.csr_pem, &station, now)
        .map_err(|_| ApiError::bad_request("certificate-request"))?;
    spend(&transaction, &tag, now.millis()).await?;
    let office = enrol_key(store, &transaction, &station, request).await?;
    replace_certificate(&transaction, &station, &issued, now.millis())
        .await
        .map_err(CentreError::from)?;
    let current = lease::current_in(store, &transaction, &station, version).await?;
    let key_files = key_files(&transaction, &office).await?;
    transaction.commit().await.map_err(CentreError::from)?;
    tracing::info!(station = %station, "station activated");
    Ok(Activation {
        certificate_pem: issued.pem,
        ca_pem: store.ca_pem().to_owned(),
        policy_root: store.keys().root(),
        lease: current.reply(store, version)?,
        key_files,
        station,
    })
}

/// The tag is a keyed digest: how long its look-up takes says nothing about codes.
async fn find_code(
    store: &Store,
    client: &impl GenericClient,
    typed: &str,
) -> Result<(Vec<u8>, StationId), ApiError> {
    let code = ActivationCode::normalise(typed).ok_or_else(ApiError::code_refused)?;
    let tag = store.keys().code_tag(&code);
    let row = client
        .query_opt(
            "select c.station from activation_code c join station s on s.id = c.station
             where c.tag = $1 and c.used_at is null and c.expires_at > $2 and s.revoked_at is null",
            &[&tag, &store.clock().now().millis()],
        )
        .await
        .map_err(CentreError::from)?;
    let row = row.ok_or_else(ApiError::code_refused)?;
    let station = StationId::parse(row.get(0)).map_err(|_| CentreError::Keys("station's row"))?;
    Ok((tag, station))
}

async fn spend(client: &impl GenericClient, tag: &[u8], now: i64) -> Result<(), ApiError> {
    let spent = client
        .execute(
            "update activation_code set used_at = $2 where tag = $1 and used_at is null",
            &[&tag, &now],
        )
        .await
        .map_err(CentreError::from)?;
    if spent == 1 {
        Ok(())
    } else {
        Err(ApiError::code_refused())
    }
}

/// The new key, and the history that its packets go on with.
async fn enrol_key(
    store: &Store,
    client: &impl GenericClient,
    station: &StationId,
    request: &ActivationRequest,
) -> Result<OfficeId, ApiError> {
    let row = client
        .query_one(
            "update station set epoch = epoch + 1 where id = $1 returning epoch, office",
            &[&station.as_str()],
        )
        .await?;
    let epoch: i32 = row.get(0);
    let held = request.held.as_ref().filter(|h| h.station == *station);
    let chain = match held.filter(|held| held.counter > 0) {
        Some(held) => history::continued(store, client, held, epoch).await?,
        None => epoch,
    };
    client
        .execute(
            "insert into station_key (station, epoch, chain, key, since) values ($1, $2, $3, $4, $5)",
            &[
                &station.as_str(),
                &epoch,
                &chain,
                &request.station_key.as_bytes().as_slice(),
                &store.clock().now().millis(),
            ],
        )
        .await?;
    Ok(OfficeId::parse(row.get(1)).map_err(|_| CentreError::Keys("station's row"))?)
}

/// A station has one certificate: those before it end with the new one.
async fn replace_certificate(
    client: &impl GenericClient,
    station: &StationId,
    issued: &crate::authority::Issued,
    now: i64,
) -> Result<(), tokio_postgres::Error> {
    client
        .execute(
            "update certificate set revoked_at = $2 where station = $1 and revoked_at is null",
            &[&station.as_str(), &now],
        )
        .await?;
    client
        .execute(
            "insert into certificate (fingerprint, station, not_after, issued_at) values ($1, $2, $3, $4)",
            &[
                &issued.fingerprint.as_bytes().as_slice(),
                &station.as_str(),
                &issued.not_after.millis(),
                &now,
            ],
        )
        .await?;
    Ok(())
}

async fn key_files(
    client: &impl GenericClient,
    office: &OfficeId,
) -> Result<Vec<(StaffId, String)>, CentreError> {
    let rows = client
        .query(
            "select id, key_file from staff where office = $1 and revoked_at is null order by id",
            &[&office.as_str()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let id = StaffId::parse(row.get(0)).map_err(|_| CentreError::Keys("staff list"))?;
            Ok((id, STANDARD.encode(row.get::<_, &[u8]>(1))))
        })
        .collect()
}

/// Activation attempts that one address may make in [`WINDOW`].
const ATTEMPTS_LIMIT: u32 = 10;
/// The window of [`ATTEMPTS_LIMIT`].
const WINDOW: Duration = Duration::from_mins(1);
/// Addresses that are remembered; past it everybody waits for the window's end.
const ADDRESSES_LIMIT: usize = 10_000;

/// Counts activation attempts by address.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<HashMap<IpAddr, (Instant, u32)>>);

impl Attempts {
    /// Whether this address may try once more now.
    pub(crate) fn admit(&self, address: IpAddr, now: Instant) -> bool {
        let Ok(mut seen) = self.0.lock() else {
            return false;
        };
        if seen.len() >= ADDRESSES_LIMIT {
            seen.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
        }
        if seen.len() >= ADDRESSES_LIMIT && !seen.contains_key(&address) {
            return false;
        }
        let entry = seen.entry(address).or_insert((now, 0));
        if now.duration_since(entry.0) >= WINDOW {
            *entry = (now, 0);
        }
        entry.1 = entry.1.saturating_add(1);
        entry.1 <= ATTEMPTS_LIMIT
    }

    /// One of its attempts held: it does not count.
    pub(crate) fn forgive(&self, address: IpAddr) {
        if let Ok(mut seen) = self.0.lock()
            && let Some(entry) = seen.get_mut(&address)
        {
            entry.1 = entry.1.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = ActivationCode::generate(AuthorityPin::of(b"authority")).unwrap();
        let typed = code
            .expose()
            .to_lowercase()
            .replace('0', "o")
            .replace('1', "l");
        assert_eq!(ActivationCode::normalise(&typed).unwrap(), code.letters);
        assert_eq!(ActivationCode::normalise("short"), None);
        assert_eq!(format!("{code:?}"), "ActivationCode(..)");
    }

    #[test]
    fn an_address_that_guesses_waits_for_the_windows_end() {
        let (attempts, address, start) = (
            Attempts::default(),
            IpAddr::from([127, 0, 0, 1]),
            Instant::now(),
        );
        let admitted = (0..30).filter(|_| attempts.admit(address, start)).count();
        assert_eq!(admitted, ATTEMPTS_LIMIT as usize);
        assert!(attempts.admit(IpAddr::from([10, 0, 0, 1]), start));
        assert!(attempts.admit(address, start + WINDOW));
        // Those whose codes hold take no place of others behind the same address.
        for _ in 0..30 {
            assert!(attempts.admit(address, start + WINDOW));
            attempts.forgive(address);
        }
    }
}
