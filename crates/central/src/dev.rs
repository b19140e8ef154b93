//! What an administrator does: offices, staff, stations and their codes. In development the key
//! files of staff are made here, with given passphrases.

use crate::{ActivationCode, CentreError, Store, activation};
use deadpool_postgres::GenericClient;
use domain::{OfficeId, Role, StaffId, StationId};
use envelope::{KeyFile, StaffKeys, WorkFactor};
use secrecy::SecretString;

/// A member of staff to be.
#[derive(Debug, Clone)]
pub struct NewStaff {
    /// Staff number.
    pub id: StaffId,
    /// Name in Latin letters.
    pub name_latin: String,
    /// Name in Urdu.
    pub name_urdu: String,
    /// What they may do.
    pub role: Role,
    /// Opens the key file that is made for them.
    pub passphrase: SecretString,
}

/// An office with its staff.
#[derive(Debug, Clone)]
pub struct NewOffice {
    /// Its id, such as `MUL`.
    pub id: OfficeId,
    /// English name.
    pub name_latin: String,
    /// Urdu name.
    pub name_urdu: String,
    /// Who works there. Those who exist already keep their keys.
    pub staff: Vec<NewStaff>,
    /// Cost of one guess at a passphrase.
    pub work_factor: WorkFactor,
}

/// Makes or renames an office and adds its new staff.
///
/// # Errors
/// [`CentreError`].
pub async fn add_office(store: &Store, office: &NewOffice) -> Result<(), CentreError> {
    let mut files = Vec::new();
    for member in &office.staff {
        files.push(make_keys(member, office.work_factor).await?);
    }
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    transaction
        .execute(
            "insert into office (id, name_latin, name_urdu) values ($1, $2, $3)
             on conflict (id) do update set name_latin = excluded.name_latin, name_urdu = excluded.name_urdu",
            &[&office.id.as_str(), &office.name_latin, &office.name_urdu],
        )
        .await?;
    for (member, (keys, file)) in office.staff.iter().zip(&files) {
        add_member(&transaction, &office.id, member, keys, file).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Makes a station of an office, where there is none of that name yet, and a one-time code for it.
///
/// # Errors
/// [`CentreError::Refused`] where the office does not exist or the station belongs to another.
pub async fn add_station(
    store: &Store,
    office: &OfficeId,
    station: &StationId,
) -> Result<ActivationCode, CentreError> {
    let client = store.client().await?;
    client
        .execute(
            "insert into station (id, office) select $1, id from office where id = $2
             on conflict (id) do nothing",
            &[&station.as_str(), &office.as_str()],
        )
        .await?;
    let found = client
        .query_opt(
            "select from station where id = $1 and office = $2",
            &[&station.as_str(), &office.as_str()],
        )
        .await?;
    if found.is_none() {
        return Err(CentreError::Refused(format!(
            "there is no office {office}, or station {station} belongs to another"
        )));
    }
    drop(client);
    activation::new_code(store, station).await
}

/// Ends a station's access: certificates, codes, leases to come. What it sent stays.
///
/// # Errors
/// [`CentreError`].
pub async fn revoke_station(store: &Store, station: &StationId) -> Result<(), CentreError> {
    let client = store.client().await?;
    client
        .execute(
            "update station set revoked_at = $2 where id = $1",
            &[&station.as_str(), &store.clock().now().millis()],
        )
        .await?;
    Ok(())
}

/// Takes a member of staff off every lease to come.
///
/// # Errors
/// [`CentreError`].
pub async fn revoke_staff(store: &Store, staff: &StaffId) -> Result<(), CentreError> {
    let client = store.client().await?;
    client
        .execute(
            "update staff set revoked_at = $2 where id = $1",
            &[&staff.as_str(), &store.clock().now().millis()],
        )
        .await?;
    Ok(())
}

/// Stretching a passphrase takes half a second of one core.
async fn make_keys(
    member: &NewStaff,
    cost: WorkFactor,
) -> Result<(StaffKeys, KeyFile), CentreError> {
    let passphrase = member.passphrase.clone();
    let made = tokio::task::spawn_blocking(move || {
        let keys = StaffKeys::generate()?;
        let file = KeyFile::create(&keys, &passphrase, cost)?;
        Ok::<_, envelope::EnvelopeError>((keys, file))
    });
    Ok(made
        .await
        .map_err(|_| CentreError::Ended("making a key file"))??)
}

async fn add_member(
    client: &impl GenericClient,
    office: &OfficeId,
    member: &NewStaff,
    keys: &StaffKeys,
    file: &KeyFile,
) -> Result<(), CentreError> {
    let (signing, recipient) = keys.public();
    let role = match member.role {
        Role::Officer => "officer",
        Role::Supervisor => "supervisor",
    };
    client
        .execute(
            "insert into staff (id, office, name_latin, name_urdu, role, signing_key, recipient, key_file)
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing",
            &[
                &member.id.as_str(),
                &office.as_str(),
                &member.name_latin,
                &member.name_urdu,
                &role,
                &signing.as_bytes().as_slice(),
                &recipient.as_str(),
                &file.as_bytes(),
            ],
        )
        .await?;
    Ok(())
}
