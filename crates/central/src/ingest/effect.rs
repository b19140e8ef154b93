//! The effect of a packet: one transaction that either happened or did not.

use super::chain::{self, Place};
use super::checks::{Enrolment, Judged};
use super::key_file;
use super::reason::{Owner, Reason, owner};
use crate::cases::{self, OfPacket};
use crate::{CentreError, Store, alarm, policy, registry};
use deadpool_postgres::Transaction;
use domain::{CaseKind, OutcomeKind, PacketId, QUARANTINE_REASONS, RulingGround, Verdict};
use envelope::{Manifest, Receipt, Signed, Zeroizing};

/// Records what was judged, unless another worker did.
pub(crate) async fn settle(
    store: &Store,
    manifest: &Manifest,
    chain: i32,
    judged: Result<Judged, Reason>,
) -> Result<(), CentreError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let sequence = next_receipt(&transaction).await?;
    let waiting = transaction
        .query_opt(
            "select office, reason from packet where id = $1 and state = 'received' for update",
            &[&manifest.packet.uuid()],
        )
        .await?;
    let Some(row) = waiting else {
        return Ok(());
    };
    let (office, before): (String, Option<String>) = (row.get(0), row.get(1));
    let place = Place {
        station: manifest.station.as_str(),
        chain,
        counter: i64::try_from(manifest.counter).unwrap_or(i64::MAX),
        packet: manifest.packet,
    };
    let judged = match chain::check(store, &transaction, &place, manifest).await? {
        Some(reason) => Err(reason),
        None => take_effect(store, &transaction, manifest, judged).await?,
    };
    receipt(store, &transaction, manifest, sequence, &judged).await?;
    chain::close_gaps(store, &transaction, &place).await?;
    let packet = &manifest.packet;
    if let Some(before) = before {
        // It was judged again: what was said of it then is over.
        alarm::clear(store, &transaction, packet, &before).await?;
    }
    match judged {
        Err(reason) => put_aside(store, &transaction, manifest, &office, reason).await?,
        Ok(kept) => {
            cases::holds_now(store, &transaction, packet).await?;
            if kept.verdict == Verdict::Retain {
                let (kind, reason) = (CaseKind::Unreviewed, "unreviewed");
                let case = OfPacket {
                    kind,
                    packet,
                    reason,
                };
                cases::open_of_packet(store, &transaction, &case).await?;
            }
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// Alarms for what took no effect, and a case and an outcome where it is not the centre's own business.
async fn put_aside(
    store: &Store,
    transaction: &Transaction<'_>,
    manifest: &Manifest,
    office: &str,
    reason: Reason,
) -> Result<(), CentreError> {
    let packet = &manifest.packet;
    alarm::raise(
        store,
        transaction,
        manifest.station.as_str(),
        packet,
        reason,
    )
    .await?;
    if owner(reason) == Owner::Centre {
        return Ok(());
    }
    let kind = match reason {
        "arrived-after-revocation" => CaseKind::Late,
        _ => CaseKind::Quarantine,
    };
    let case = OfPacket {
        kind,
        packet,
        reason,
    };
    cases::open_of_packet(store, transaction, &case).await?;
    let (kind, reason) = (OutcomeKind::Quarantined, Some(reason));
    outcome(store, transaction, office, packet, kind, reason).await
}

/// Two operators refused what nobody had reviewed: its receipt lets the station's copy go, and the centre keeps its own.
pub(crate) async fn refuse(
    store: &Store,
    transaction: &Transaction<'_>,
    packet: &PacketId,
) -> Result<(), CentreError> {
    let sequence = next_receipt(transaction).await?;
    let row = transaction
        .query_one(
            "select manifest from packet where id = $1 for update",
            &[&packet.uuid()],
        )
        .await?;
    let manifest = Signed::<Manifest>::from_bytes(row.get(0))?.peek()?;
    receipt(store, transaction, &manifest, sequence, &Err("refused")).await
}

/// The next receipt's number. Everything that takes effect is ordered by this row: sequences have no gaps, and what is read by number is
/// never overtaken.
pub(crate) async fn next_receipt(transaction: &Transaction<'_>) -> Result<i64, CentreError> {
    let row = transaction
        .query_one(
            "update sequence set receipt = receipt + 1 returning receipt",
            &[],
        )
        .await?;
    Ok(row.get(0))
}

/// What an item brings about, by its kind.
async fn take_effect(
    store: &Store,
    transaction: &Transaction<'_>,
    manifest: &Manifest,
    judged: Result<Judged, Reason>,
) -> Result<Result<Kept, Reason>, CentreError> {
    let judged = match judged {
        Ok(judged) => judged,
        Err(reason) => return Ok(Err(reason)),
    };
    let lease_serial = judged.lease_serial() as i64;
    let verdict = match judged {
        Judged::Enrolment(enrolment) => {
            record(store, transaction, manifest, *enrolment).await?;
            Verdict::Durable
        }
        Judged::Unreviewed { .. } => Verdict::Retain,
        Judged::KeyFile(new) => {
            if !key_file::store(transaction, &new).await? {
                return Ok(Err("document"));
            }
            Verdict::Durable
        }
    };
    Ok(Ok(Kept {
        verdict,
        lease_serial,
    }))
}

/// An item against which nothing was found.
struct Kept {
    verdict: Verdict,
    lease_serial: i64,
}

async fn receipt(
    store: &Store,
    transaction: &Transaction<'_>,
    manifest: &Manifest,
    sequence: i64,
    judged: &Result<Kept, Reason>,
) -> Result<(), CentreError> {
    let (verdict, reason, lease) = match judged {
        Ok(kept) => (kept.verdict, None, Some(kept.lease_serial)),
        // The station keeps its copy of what may be the centre's own fault.
        Err(reason) if owner(reason) == Owner::Centre => (Verdict::Retain, Some(*reason), None),
        Err(reason) => (Verdict::Quarantined, Some(*reason), None),
    };
    let state = match verdict {
        Verdict::Durable => "accepted",
        Verdict::Quarantined => "quarantined",
        Verdict::Retain => "retained",
    };
    let receipt = Receipt {
        format: 1,
        packet: manifest.packet,
        digest: manifest.digest,
        station: manifest.station.clone(),
        sequence: sequence as u64,
        verdict,
        reason: reason.map(str::to_owned),
        audit_head: manifest.audit_head,
        at: store.clock().now(),
    };
    let keys = store.keys();
    let known = station_knows(transaction, receipt.station.as_str(), manifest.lease).await?;
    let key = keys.known_to(known, receipt.at)?;
    let signed = Signed::sign(&receipt, key.signer())?;
    transaction
        .execute(
            "update packet set state = $2, reason = $3, lease_serial = $4, receipt_sequence = $5,
                    receipt = $6, audit_head = $7 where id = $1",
            &[
                &manifest.packet.uuid(),
                &state,
                &reason,
                &lease,
                &sequence,
                &signed.as_bytes(),
                &manifest.audit_head.as_bytes().as_slice(),
            ],
        )
        .await?;
    Ok(())
}

/// The generation of the receipt key that a station knows for certain: the one that signed the newest lease which it has, by its own
/// word or by a document of its own; after an activation, the first since then.
pub(crate) async fn station_knows(
    transaction: &Transaction<'_>,
    station: &str,
    claimed: Option<u64>,
) -> Result<i32, CentreError> {
    let claimed = claimed.and_then(|serial| i64::try_from(serial).ok());
    let row = transaction
        .query_opt(
            "select l.signed_by from lease l join station s on s.id = l.station
             where l.station = $1 and l.serial >= greatest(s.lease_seen, $2) order by l.serial limit 1",
            &[&station, &claimed.unwrap_or(0)],
        )
        .await?;
    Ok(row.map_or(1, |row| row.get(0)))
}

/// The population registry, the biometric reference and the de-duplication job.
async fn record(
    store: &Store,
    transaction: &Transaction<'_>,
    manifest: &Manifest,
    enrolment: Enrolment,
) -> Result<(), CentreError> {
    let details = &enrolment.application.details;
    let at = store.clock().now();
    let now = at.millis();
    let rules = policy::genuine(store, transaction)
        .await?
        .numbers
        .unwrap_or_default();
    let taken = registry::taken(&enrolment.application, &rules, at);
    let record: i64 = transaction
        .query_one(
            "insert into record (packet, kind, cnic, guardian_cnic, name_latin, name_urdu, father_latin,
                                 father_urdu, born, gender, address, phone, corrects, at, standing)
             values ($1, $2, $3, $4, $5, $6, $7, $8, to_date($9, 'DD/MM/YYYY'), $10, $11, $12, $13, $14, 'waiting')
             returning id",
            &[
                &manifest.packet.uuid(),
                &enrolment.application.kind.key(),
                &details.cnic.map(|c| c.expose()),
                &details.guardian.map(|c| c.expose()),
                &details.name.latin.expose(),
                &details.name.urdu.expose(),
                &details.father.latin.expose(),
                &details.father.urdu.expose(),
                &details.born.expose(),
                &details.gender.key(),
                &details.address.expose(),
                &details.phone.as_ref().map(domain::Phone::expose),
                &enrolment.application.corrects.map(|p| p.uuid()),
                &now,
            ],
        )
        .await?
        .get(0);
    let template = &enrolment.template;
    let biometric: i64 = transaction
        .query_one(
            "insert into biometric (record, model, template, portrait, taken_at, grade, recall_at)
             values ($1, $2, $3, $4, $5, $6, $7) returning id",
            &[
                &record,
                &template.model().as_str(),
                &Zeroizing::new(template.to_bytes()).as_slice(),
                &enrolment.portrait.as_slice(),
                &now,
                &taken.grade,
                &taken.recall_at.map(domain::Timestamp::millis),
            ],
        )
        .await?
        .get(0);
    transaction
        .execute(
            "insert into dedup_job (packet, record, biometric, at) values ($1, $2, $3, $4)",
            &[&manifest.packet.uuid(), &record, &biometric, &now],
        )
        .await?;
    Ok(())
}

/// Adds an outcome for an office; one that was told with another reason is told again. The caller's transaction holds the sequence row or takes it here.
pub(crate) async fn outcome(
    store: &Store,
    transaction: &Transaction<'_>,
    office: &str,
    packet: &PacketId,
    kind: OutcomeKind,
    reason: Option<&str>,
) -> Result<(), CentreError> {
    let reason = reason.map(worded);
    let cursor: i64 = transaction
        .query_one(
            "update sequence set outcome = outcome + 1 returning outcome",
            &[],
        )
        .await?
        .get(0);
    transaction
        .execute(
            "insert into outcome (cursor, office, packet, kind, reason, at) values ($1, $2, $3, $4, $5, $6)
             on conflict (packet, kind) do update set cursor = excluded.cursor, reason = excluded.reason, at = excluded.at
             where outcome.reason is distinct from excluded.reason",
            &[&cursor, &office, &packet.uuid(), &kind.as_str(), &reason, &store.clock().now().millis()],
        )
        .await?;
    Ok(())
}

/// Stations have words for these reasons alone; a reason that was forgotten there stops nobody's outcome.
fn worded(reason: &str) -> &str {
    if QUARANTINE_REASONS.contains(&reason)
        || registry::DOUBTS.contains(&reason)
        || RulingGround::from_key(reason).is_some()
    {
        return reason;
    }
    tracing::error!(reason, "a reason without words");
    "unprocessable"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_without_words_is_told_with_words() {
        assert_eq!(worded("role"), "role");
        assert_eq!(worded("never-heard-of"), "unprocessable");
    }
}
