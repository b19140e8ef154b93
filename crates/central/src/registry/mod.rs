//! The registry: a number belongs to one person, who has one current reference and a history of them. A record counts once nothing about
//! it waits for people.

mod join_worker;
mod number;
mod reference;

pub(crate) use join_worker::work as join_records;
pub(crate) use number::{Claim, judge};
pub(crate) use reference::taken;

use crate::cases::{self, OfRecord};
use crate::ingest::outcome;
use crate::{CentreError, Store};
use deadpool_postgres::Transaction;
use domain::{CaseKind, OutcomeKind, PacketId};
use std::collections::BTreeSet;

/// Why a record waits for people who look at its number, as keys.
pub(crate) const DOUBTS: [&str; 7] = [
    "face-differs",
    "face-undecided",
    "number-claimed",
    "number-removed",
    "number-unknown",
    "reference-not-automatic",
    "second-first-card",
];

/// A record whose face was looked for among all others.
pub(crate) struct Searched<'a> {
    pub packet: PacketId,
    pub record: i64,
    pub biometric: i64,
    pub office: &'a str,
    /// What the comparison with its number's own reference says.
    pub claim: Claim,
    /// Biometrics of others that look alike, with their scores.
    pub alike: &'a [(i64, f32)],
}

/// Ends the search of a record: it counts, or it waits for the people who look at its cases.
pub(crate) async fn conclude(
    store: &Store,
    transaction: &Transaction<'_>,
    found: &Searched<'_>,
) -> Result<(), CentreError> {
    // Whatever people decided while the search waited stays.
    if standing(transaction, found.record).await? != "waiting" {
        return Ok(());
    }
    let (mut suspects, mut persons) = (0, BTreeSet::new());
    for (biometric, score) in found.alike {
        let Some((other, person)) = suspect(transaction, found, *biometric).await? else {
            continue;
        };
        // One case for a person, however many pictures there are of them: the first is the most alike.
        if person.is_some_and(|person| !persons.insert(person)) {
            continue;
        }
        let case = OfRecord {
            kind: CaseKind::Duplicate,
            record: found.record,
            other: Some(other),
            reason: "face-alike",
            score: Some(*score),
        };
        suspects += u64::from(cases::open_of_record(store, transaction, &case).await?);
    }
    let doubt = number::open_doubt(store, transaction, found).await?;
    if !is_open(transaction, found.record).await? {
        return register(store, transaction, found.record).await;
    }
    let (kind, reason) = match doubt {
        // That a face looks like another's is what the office hears, whatever else is in doubt.
        _ if suspects > 0 => (OutcomeKind::DuplicateSuspected, None),
        doubt => (OutcomeKind::Waiting, doubt),
    };
    outcome(
        store,
        transaction,
        found.office,
        &found.packet,
        kind,
        reason,
    )
    .await
}

/// Opens the case of a doubt about a number before the search among all, which may have to wait.
pub(crate) async fn compared(
    store: &Store,
    transaction: &Transaction<'_>,
    found: &Searched<'_>,
) -> Result<(), CentreError> {
    number::open_doubt(store, transaction, found)
        .await
        .map(drop)
}

/// Whether something about a record waits for people.
async fn is_open(transaction: &Transaction<'_>, record: i64) -> Result<bool, CentreError> {
    let open = "select exists (select from case_file where record = $1 and kind in ('duplicate', 'doubt') and state = 'open')";
    Ok(transaction.query_one(open, &[&record]).await?.get(0))
}

/// The record of a biometric that looks alike and its person, where that is another as far as anybody knows.
async fn suspect(
    transaction: &Transaction<'_>,
    found: &Searched<'_>,
    biometric: i64,
) -> Result<Option<(i64, Option<i64>)>, CentreError> {
    let row = transaction
        .query_opt(
            "select other.id, other.person from record mine, record other join biometric b on b.record = other.id
             where mine.id = $1 and b.id = $2 and b.id < $3 and b.removed_at is null
               and other.standing not in ('joined', 'refused')
               and (mine.cnic is null or other.cnic is null or mine.cnic <> other.cnic)
               -- Two people have told these two numbers apart already, and the face is its own number's.
               and not ($4 and exists (
                    select from case_file c join record a on a.id = c.record join record z on z.id = c.other
                    where c.kind = 'duplicate' and c.ruling = 'different'
                      and ((a.cnic = mine.cnic and z.cnic = other.cnic) or (a.cnic = other.cnic and z.cnic = mine.cnic))))",
            &[
                &found.record,
                &biometric,
                &found.biometric,
                &found.claim.is_its_own(),
            ],
        )
        .await?;
    Ok(row.map(|row| (row.get(0), row.get(1))))
}

/// How a record stands.
pub(crate) async fn standing(
    transaction: &Transaction<'_>,
    record: i64,
) -> Result<String, CentreError> {
    let row = transaction
        .query_one("select standing from record where id = $1", &[&record])
        .await?;
    Ok(row.get(0))
}

/// Sets how a record stands.
pub(crate) async fn set_standing(
    transaction: &Transaction<'_>,
    record: i64,
    standing: &str,
) -> Result<(), CentreError> {
    transaction
        .execute(
            "update record set standing = $2 where id = $1",
            &[&record, &standing],
        )
        .await?;
    Ok(())
}

/// A record of old that is not its number's person's: it is nobody's, and its face stays searchable.
pub(crate) async fn set_apart(
    transaction: &Transaction<'_>,
    record: i64,
) -> Result<(), CentreError> {
    transaction
        .execute(
            "update record set standing = 'apart', person = null where id = $1 and not exists
                (select from person p join biometric b on b.id = p.current where b.record = $1)",
            &[&record],
        )
        .await?;
    Ok(())
}

/// An application joins the record that its person has already.
pub(crate) async fn join(
    transaction: &Transaction<'_>,
    record: i64,
    other: i64,
) -> Result<(), CentreError> {
    transaction
        .execute(
            "update record set standing = 'joined', person = (select person from record where id = $2) where id = $1",
            &[&record, &other],
        )
        .await?;
    Ok(())
}

/// The faces of these records decide nothing alone from now on.
pub(crate) async fn never_alone(
    transaction: &Transaction<'_>,
    records: [Option<i64>; 2],
) -> Result<(), CentreError> {
    let records: Vec<i64> = records.into_iter().flatten().collect();
    transaction
        .execute(
            "update biometric set grade = 'not-for-automatic-decision' where record = any($1)",
            &[&records],
        )
        .await?;
    Ok(())
}

/// Registers a waiting record once nothing about it is open any more, nothing was decided against it and it was searched among all.
pub(crate) async fn register_if_settled(
    store: &Store,
    transaction: &Transaction<'_>,
    record: i64,
) -> Result<(), CentreError> {
    let searching = "select exists (select from dedup_job where record = $1 and state = 'open')";
    let searching: bool = transaction.query_one(searching, &[&record]).await?.get(0);
    if searching || is_open(transaction, record).await? {
        return Ok(());
    }
    register(store, transaction, record).await
}

/// The record counts: it is its person's, and its face becomes their current reference unless it is only just good enough.
pub(crate) async fn register(
    store: &Store,
    transaction: &Transaction<'_>,
    record: i64,
) -> Result<(), CentreError> {
    let now = store.clock().now().millis();
    let row = transaction
        .query_one(
            "select r.cnic, b.id, b.grade, p.office, r.packet,
                    exists (select from case_file where record = r.id and kind = 'doubt' and state = 'decided'),
                    (select c.confirmed from comparison c where c.biometric = b.id)
             from record r join biometric b on b.record = r.id left join packet p on p.id = r.packet where r.id = $1",
            &[&record],
        )
        .await?;
    let (cnic, biometric): (Option<String>, i64) = (row.get(0), row.get(1));
    let (decided, confirmed): (bool, Option<bool>) = (row.get(5), row.get(6));
    let person = person_of(transaction, record, cnic.as_deref()).await?;
    let how = match confirmed {
        _ if decided => "decided",
        // There was nothing to compare it with, or nothing that could contradict.
        None => "first",
        Some(true) => "matched",
        Some(false) => "unconfirmed",
    };
    transaction
        .execute(
            "update record set standing = 'registered', person = $2 where id = $1",
            &[&record, &person],
        )
        .await?;
    transaction
        .execute(
            "insert into person_reference (biometric, person, since, how) values ($1, $2, $3, $4) on conflict do nothing",
            &[&biometric, &person, &now, &how],
        )
        .await?;
    if how != "unconfirmed" {
        // Somebody whose face does not decide alone stays so, whatever picture is the newest.
        transaction
            .execute(
                "with before as (select b.grade from person p join biometric b on b.id = p.current where p.id = $1),
                  kept as (update biometric set grade = 'not-for-automatic-decision' where id = $2
                           and exists (select from before where grade = 'not-for-automatic-decision'))
                 update person set current = $2, removed_at = null where id = $1",
                &[&person, &biometric],
            )
            .await?;
    }
    if let (Some(packet), Some(office)) =
        (row.get::<_, Option<_>>(4), row.get::<_, Option<String>>(3))
    {
        let packet = PacketId::from_uuid(packet);
        outcome(
            store,
            transaction,
            &office,
            &packet,
            OutcomeKind::Registered,
            None,
        )
        .await?;
    }
    Ok(())
}

/// The person of a number, or of a record without one; made where there is none.
async fn person_of(
    transaction: &Transaction<'_>,
    record: i64,
    cnic: Option<&str>,
) -> Result<i64, CentreError> {
    let row = transaction
        .query_one(
            "with made as (
                insert into person (cnic, begun_by) values ($2, $1) on conflict (cnic) do nothing returning id)
             select id from made union all select id from person where cnic = $2 limit 1",
            &[&record, &cnic],
        )
        .await?;
    Ok(row.get(0))
}

/// Destroys the references of a person: nothing of their face can be searched or compared any more.
pub(crate) async fn remove(
    store: &Store,
    transaction: &Transaction<'_>,
    person: i64,
) -> Result<(), CentreError> {
    let now = store.clock().now().millis();
    // Whoever was removed needs no search.
    transaction
        .execute(
            "update dedup_job set state = 'done' where state = 'open'
             and record in (select id from record where person = $1)",
            &[&person],
        )
        .await?;
    transaction
        .execute(
            "update biometric set template = ''::bytea, portrait = null, removed_at = $2
             where record in (select id from record where person = $1)",
            &[&person, &now],
        )
        .await?;
    transaction
        .execute(
            "update person set current = null, removed_at = $2 where id = $1",
            &[&person, &now],
        )
        .await?;
    Ok(())
}
