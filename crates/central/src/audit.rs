//! What people did by commands, as a chain: a row that is cut or rewritten shows.

use crate::{CentreError, Store};
use deadpool_postgres::{GenericClient, Transaction};
use domain::Timestamp;
use envelope::{Digest, to_cbor};
use serde::Serialize;

/// The longest subject that is kept, in characters.
const SUBJECT_LIMIT: usize = 2000;

/// One act of somebody at the centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Act {
    /// Its place, from 1.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who: an operator's name, or the user of the machine.
    pub by: String,
    /// What, as a key.
    pub act: String,
    /// Of what: a case, a station, an operator, the arguments of a command; nothing personal, no secret.
    pub subject: String,
}

/// Appends an act to the chain; gives its number.
pub(crate) async fn note(
    store: &Store,
    transaction: &Transaction<'_>,
    by: &str,
    (act, subject): (&str, &str),
) -> Result<i64, CentreError> {
    let subject: String = subject.chars().take(SUBJECT_LIMIT).collect();
    // One writer at a time: each row names the one before.
    transaction
        .execute("lock table act in exclusive mode", &[])
        .await?;
    let last = transaction
        .query_opt(
            "select number, hash from act order by number desc limit 1",
            &[],
        )
        .await?;
    let (before, previous) = last.map_or((0, Digest::default()), |row| {
        (
            row.get(0),
            Digest::from_slice(row.get(1)).unwrap_or_default(),
        )
    });
    let row = Act {
        number: before + 1,
        at: store.clock().now(),
        by: by.to_owned(),
        act: act.to_owned(),
        subject,
    };
    let hash = chained(&previous, &row)?;
    transaction
        .execute(
            "insert into act (number, at, by, act, subject, hash) values ($1, $2, $3, $4, $5, $6)",
            &[
                &row.number,
                &row.at.millis(),
                &row.by,
                &row.act,
                &row.subject,
                &hash.as_bytes().as_slice(),
            ],
        )
        .await?;
    Ok(row.number)
}

/// The same as a transaction of its own: for a command that begins or ended, and for what only reads. Gives the act's number.
///
/// # Errors
/// [`CentreError`] where the database cannot be written.
pub async fn note_alone(
    store: &Store,
    by: &str,
    act: &str,
    subject: &str,
) -> Result<i64, CentreError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let number = note(store, &transaction, by, (act, subject)).await?;
    transaction.commit().await?;
    Ok(number)
}

/// The newest acts, newest first.
///
/// # Errors
/// [`CentreError`] where the database cannot be read.
pub async fn acts(store: &Store, limit: i64) -> Result<Vec<Act>, CentreError> {
    let client = store.client().await?;
    let rows = client
        .query(
            "select number, at, by, act, subject, hash from act order by number desc limit $1",
            &[&limit],
        )
        .await?;
    Ok(rows.iter().map(read).collect())
}

/// The number of the first act whose hash does not follow from those before; none where the chain holds.
pub(crate) async fn broken(client: &impl GenericClient) -> Result<Option<i64>, CentreError> {
    let rows = client
        .query(
            "select number, at, by, act, subject, hash from act order by number",
            &[],
        )
        .await?;
    let mut previous = Digest::default();
    for (expected, row) in (1..).zip(&rows) {
        let act = read(row);
        let hash = chained(&previous, &act)?;
        if act.number != expected || Digest::from_slice(row.get(5)) != Some(hash) {
            return Ok(Some(act.number));
        }
        previous = hash;
    }
    Ok(None)
}

fn read(row: &tokio_postgres::Row) -> Act {
    Act {
        number: row.get(0),
        at: Timestamp::from_millis(row.get(1)),
        by: row.get(2),
        act: row.get(3),
        subject: row.get(4),
    }
}

fn chained(previous: &Digest, act: &Act) -> Result<Digest, CentreError> {
    let mut bytes = previous.as_bytes().to_vec();
    bytes.extend(to_cbor(act)?);
    Ok(Digest::of(&bytes))
}
