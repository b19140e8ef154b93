//! What an administrator does: offices, staff, stations and their codes. In development the key
//! files of staff are made here, with given passphrases.

use crate::{ActivationCode, CentreError, Store, activation};
use deadpool_postgres::GenericClient;
use domain::{OfficeId, Role, StaffId, StationId, Timestamp};
use envelope::{KeyFile, Recipient, StaffKeys, WorkFactor};
use secrecy::SecretString;
use serde::Serialize;
use tokio_postgres::Row;

/// A member of staff to be.
#[derive(Clone)]
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

impl std::fmt::Debug for NewStaff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewStaff")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
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

/// Another PC in the place of a station's: its certificates, codes and keys end, and a code for the new one is given. What the old PC
/// signed and has not arrived waits for a person.
///
/// # Errors
/// [`CentreError::Refused`] where there is no such station, or it is revoked as a whole.
pub async fn replace_station(
    store: &Store,
    station: &StationId,
) -> Result<ActivationCode, CentreError> {
    let code = activation::new_code(store, station).await?;
    let now = store.clock().now().millis();
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    for table in ["certificate", "station_key"] {
        let revoke =
            format!("update {table} set revoked_at = $2 where station = $1 and revoked_at is null");
        transaction
            .execute(&revoke, &[&station.as_str(), &now])
            .await?;
    }
    transaction.commit().await?;
    Ok(code)
}

/// A station as its administrator sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StationLine {
    /// Its name.
    pub station: String,
    /// Whose it is.
    pub office: String,
    /// How often it was activated.
    pub activations: i32,
    /// The newest lease that it said it has.
    pub lease: i64,
    /// When it last said something of itself.
    pub seen: Option<Timestamp>,
    /// Since when it is revoked.
    pub revoked: Option<Timestamp>,
    /// What it then said: release, queue, clock, key protection.
    pub report: Option<serde_json::Value>,
}

/// All stations, by name.
///
/// # Errors
/// [`CentreError`].
pub async fn stations(store: &Store) -> Result<Vec<StationLine>, CentreError> {
    let rows = store
        .client()
        .await?
        .query(
            "select s.id, s.office, s.epoch, s.lease_seen, t.at, s.revoked_at, t.report
             from station s left join station_status t on t.station = s.id order by s.id",
            &[],
        )
        .await?;
    let line = |row: &Row| StationLine {
        station: row.get(0),
        office: row.get(1),
        activations: row.get(2),
        lease: row.get(3),
        seen: row.get::<_, Option<i64>>(4).map(Timestamp::from_millis),
        revoked: row.get::<_, Option<i64>>(5).map(Timestamp::from_millis),
        report: row.get(6),
    };
    Ok(rows.iter().map(line).collect())
}

/// Ends a station's access: codes, leases to come. It may still deliver what it holds, which then waits for a person.
///
/// # Errors
/// [`CentreError::Refused`] where there is no such station.
pub async fn revoke_station(store: &Store, station: &StationId) -> Result<(), CentreError> {
    let client = store.client().await?;
    let rows = client
        .execute(
            "update station set revoked_at = coalesce(revoked_at, $2) where id = $1",
            &[&station.as_str(), &store.clock().now().millis()],
        )
        .await?;
    if rows == 0 {
        return Err(CentreError::Refused(format!(
            "there is no station {station}"
        )));
    }
    Ok(())
}

/// Revokes the keys of a station's earlier activations: what they signed and has not arrived waits for a person. The key in use stays.
///
/// # Errors
/// [`CentreError`].
pub async fn revoke_replaced_keys(store: &Store, station: &StationId) -> Result<(), CentreError> {
    let client = store.client().await?;
    client
        .execute(
            "update station_key set revoked_at = $2 where station = $1 and revoked_at is null
             and epoch < (select epoch from station where id = $1)",
            &[&station.as_str(), &store.clock().now().millis()],
        )
        .await?;
    Ok(())
}

/// Adds a member of staff to an office that exists.
///
/// # Errors
/// [`CentreError::Refused`] where there is no such office, or the number is taken.
pub async fn add_staff(
    store: &Store,
    office: &OfficeId,
    member: &NewStaff,
    cost: WorkFactor,
) -> Result<(), CentreError> {
    let refused = |why: String| Err(CentreError::Refused(why));
    let client = store.client().await?;
    let found = client
        .query_one(
            "select exists (select from office where id = $1), exists (select from staff where id = $2)",
            &[&office.as_str(), &member.id.as_str()],
        )
        .await?;
    if !found.get::<_, bool>(0) {
        return refused(format!("there is no office {office}"));
    }
    if found.get(1) {
        return refused(format!("staff number {} is taken", member.id));
    }
    let (keys, file) = make_keys(member, cost).await?;
    add_member(&client, office, member, &keys, &file).await
}

/// New keys under the same number, for somebody who forgot the passphrase. The leases that were issued still name the old ones, so that what
/// was signed with these is taken.
///
/// # Errors
/// [`CentreError::Refused`] where nobody has that number.
pub async fn new_keys(
    store: &Store,
    member: &NewStaff,
    cost: WorkFactor,
) -> Result<(), CentreError> {
    let (keys, file) = make_keys(member, cost).await?;
    let (signing, recipient) = keys.public();
    let client = store.client().await?;
    let rows = client
        .execute(
            "update staff set signing_key = $2, recipient = $3, key_file = $4, key_note = null, key_version = key_version + 1
             where id = $1 and revoked_at is null",
            &[
                &member.id.as_str(),
                &signing.as_bytes().as_slice(),
                &recipient.as_str(),
                &file.as_bytes(),
            ],
        )
        .await?;
    if rows == 0 {
        return Err(CentreError::Refused(format!(
            "nobody has number {}",
            member.id
        )));
    }
    Ok(())
}

/// Opens a sign-in of the station's office again, with the station's next lease.
///
/// # Errors
/// [`CentreError::Refused`] where nobody of that number works at the station's office.
pub async fn unlock(
    store: &Store,
    station: &StationId,
    staff: &StaffId,
) -> Result<(), CentreError> {
    let client = store.client().await?;
    let rows = client
        .execute(
            "insert into unlock (station, staff, at)
             select s.id, m.id, $3 from station s join staff m on m.office = s.office
             where s.id = $1 and m.id = $2 and s.revoked_at is null and m.revoked_at is null
             on conflict do nothing",
            &[
                &station.as_str(),
                &staff.as_str(),
                &store.clock().now().millis(),
            ],
        )
        .await?;
    if rows == 0 {
        return Err(CentreError::Refused(format!(
            "nobody of number {staff} works at the office of station {station}"
        )));
    }
    Ok(())
}

/// Whom something for a member of staff is sealed to.
///
/// # Errors
/// [`CentreError::Refused`] where nobody has that number.
pub async fn recipient_of(store: &Store, staff: &StaffId) -> Result<Recipient, CentreError> {
    let client = store.client().await?;
    let row = client
        .query_opt(
            "select recipient from staff where id = $1 and revoked_at is null",
            &[&staff.as_str()],
        )
        .await?;
    let row = row.ok_or_else(|| CentreError::Refused(format!("nobody has number {staff}")))?;
    Ok(Recipient::parse(row.get(0))?)
}

/// A transfer: the next leases of the old office no longer name the person, those of the new one do, with the same key file. Drafts are
/// handed over before: they are sealed to the person and lie at the old office.
///
/// # Errors
/// [`CentreError::Refused`] where there is no such office or person.
pub async fn move_staff(
    store: &Store,
    staff: &StaffId,
    office: &OfficeId,
) -> Result<(), CentreError> {
    let client = store.client().await?;
    let rows = client
        .execute(
            "update staff set office = o.id from office o where staff.id = $1 and staff.revoked_at is null and o.id = $2",
            &[&staff.as_str(), &office.as_str()],
        )
        .await?;
    if rows == 0 {
        return Err(CentreError::Refused(format!(
            "there is no office {office}, or nobody has number {staff}"
        )));
    }
    Ok(())
}

/// Takes a member of staff off every lease to come.
///
/// # Errors
/// [`CentreError::Refused`] where nobody has that number.
pub async fn revoke_staff(store: &Store, staff: &StaffId) -> Result<(), CentreError> {
    let client = store.client().await?;
    let rows = client
        .execute(
            "update staff set revoked_at = coalesce(revoked_at, $2) where id = $1",
            &[&staff.as_str(), &store.clock().now().millis()],
        )
        .await?;
    if rows == 0 {
        return Err(CentreError::Refused(format!("nobody has number {staff}")));
    }
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
