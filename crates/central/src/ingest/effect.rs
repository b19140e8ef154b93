//! The effect of a packet: one transaction that either happened or did not.

use super::{Enrolment, Reason};
use crate::{CentreError, Store};
use deadpool_postgres::Transaction;
use domain::{OutcomeKind, PacketId, Priority, StationId, Verdict};
use envelope::{Manifest, Receipt, Signed, Zeroizing};

/// Records what was judged, unless another worker did.
pub(crate) async fn settle(
    store: &Store,
    manifest: &Manifest,
    epoch: i32,
    judged: Result<Enrolment, Reason>,
) -> Result<(), CentreError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    // Everything that takes effect is ordered by this row: sequences have no gaps, and what is
    // read by number is never overtaken.
    let sequence: i64 = transaction
        .query_one(
            "update sequence set receipt = receipt + 1 returning receipt",
            &[],
        )
        .await?
        .get(0);
    let waiting = transaction
        .query_opt(
            "select office from packet where id = $1 and state = 'received' for update",
            &[&manifest.packet.uuid()],
        )
        .await?;
    let Some(row) = waiting else {
        return Ok(());
    };
    let office: String = row.get(0);
    let judged = match chain(&transaction, manifest, epoch, store).await? {
        Some(reason) => Err(reason),
        None => judged,
    };
    receipt(store, &transaction, manifest, sequence, &judged).await?;
    advance(&transaction, &manifest.station, epoch).await?;
    match judged {
        Ok(enrolment) => record(store, &transaction, manifest, enrolment).await?,
        Err(reason) => {
            alarm(store, &transaction, manifest, reason).await?;
            let kind = OutcomeKind::Quarantined;
            outcome(
                store,
                &transaction,
                &office,
                &manifest.packet,
                kind,
                Some(reason),
            )
            .await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// The station's own history: counters without gaps, each packet naming the one before.
async fn chain(
    transaction: &Transaction<'_>,
    manifest: &Manifest,
    epoch: i32,
    store: &Store,
) -> Result<Option<Reason>, CentreError> {
    let counter = manifest.counter as i64;
    let rows = transaction
        .query(
            "select counter, digest, audit_head from packet
             where station = $1 and epoch = $2 and state <> 'received' and id <> $3
               and (counter between $4::bigint - 1 and $4::bigint + 1 or audit_head = $5)",
            &[
                &manifest.station.as_str(),
                &epoch,
                &manifest.packet.uuid(),
                &counter,
                &manifest.audit_head.as_bytes().as_slice(),
            ],
        )
        .await?;
    let at = |wanted: i64| rows.iter().find(|row| row.get::<_, i64>(0) == wanted);
    // A head that was seen before the last packet's: the audit log was cut or rewritten.
    let head = manifest.audit_head.as_bytes().as_slice();
    let seen = rows
        .iter()
        .any(|row| row.get::<_, i64>(0) < counter - 1 && row.get::<_, &[u8]>(2) == head);
    let last_differs = at(counter - 1).is_some_and(|row| row.get::<_, &[u8]>(2) != head);
    if seen && last_differs {
        alarm(store, transaction, manifest, "audit-regression").await?;
    }
    if counter < 1 || at(counter).is_some() {
        return Ok(Some("counter-reused"));
    }
    let previous = manifest.previous.as_ref().map(|d| d.as_bytes().as_slice());
    if counter == 1 {
        return Ok(previous.is_some().then_some("chain-broken"));
    }
    if let Some(row) = at(counter - 1) {
        let same = previous == Some(row.get::<_, &[u8]>(1));
        return Ok((!same).then_some("chain-broken"));
    }
    alarm(store, transaction, manifest, "counter-gap").await?;
    Ok((manifest.priority == Priority::Normal).then_some("counter-gap"))
}

/// Moves the counter past every packet that has arrived without a gap.
async fn advance(
    transaction: &Transaction<'_>,
    station: &StationId,
    epoch: i32,
) -> Result<(), CentreError> {
    transaction
        .execute(
            "update station_key k set next_counter = coalesce((
                select min(p.counter) + 1 from packet p
                where p.station = k.station and p.epoch = k.epoch and p.state <> 'received'
                  and p.counter >= k.next_counter - 1
                  and not exists (select from packet q where q.station = p.station and q.epoch = p.epoch
                                  and q.state <> 'received' and q.counter = p.counter + 1)), next_counter)
             where k.station = $1 and k.epoch = $2
               and exists (select from packet p where p.station = $1 and p.epoch = $2
                           and p.state <> 'received' and p.counter = k.next_counter)",
            &[&station.as_str(), &epoch],
        )
        .await?;
    Ok(())
}

async fn receipt(
    store: &Store,
    transaction: &Transaction<'_>,
    manifest: &Manifest,
    sequence: i64,
    judged: &Result<Enrolment, Reason>,
) -> Result<(), CentreError> {
    let (verdict, state, reason, lease) = match judged {
        Ok(e) => (
            Verdict::Durable,
            "accepted",
            None,
            Some(e.lease_serial as i64),
        ),
        Err(reason) => (Verdict::Quarantined, "quarantined", Some(*reason), None),
    };
    let receipt = Receipt {
        packet: manifest.packet,
        digest: manifest.digest,
        station: manifest.station.clone(),
        sequence: sequence as u64,
        verdict,
        reason: reason.map(str::to_owned),
        audit_head: manifest.audit_head,
        at: store.clock().now(),
    };
    let signed = Signed::sign(&receipt, store.keys().centre())?;
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

/// The population registry, the biometric reference and the de-duplication job.
async fn record(
    store: &Store,
    transaction: &Transaction<'_>,
    manifest: &Manifest,
    enrolment: Enrolment,
) -> Result<(), CentreError> {
    let details = &enrolment.application.details;
    let now = store.clock().now().millis();
    let record: i64 = transaction
        .query_one(
            "insert into record (packet, kind, cnic, guardian_cnic, name_latin, name_urdu, father_latin,
                                 father_urdu, born, gender, address, phone, corrects, at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning id",
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
            "insert into biometric (record, model, template, portrait) values ($1, $2, $3, $4) returning id",
            &[
                &record,
                &template.model().as_str(),
                &Zeroizing::new(template.to_bytes()).as_slice(),
                &enrolment.portrait.as_slice(),
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

async fn alarm(
    store: &Store,
    transaction: &Transaction<'_>,
    manifest: &Manifest,
    kind: &str,
) -> Result<(), CentreError> {
    let station = manifest.station.as_str();
    crate::alarm::raise(store, transaction, station, &manifest.packet, kind).await
}

/// Adds an outcome for an office. The caller's transaction holds the sequence row or takes it here.
pub(crate) async fn outcome(
    store: &Store,
    transaction: &Transaction<'_>,
    office: &str,
    packet: &PacketId,
    kind: OutcomeKind,
    reason: Option<&str>,
) -> Result<(), CentreError> {
    // Stations have words for these alone.
    debug_assert!(reason.is_none_or(|key| domain::QUARANTINE_REASONS.contains(&key)));
    let cursor: i64 = transaction
        .query_one(
            "update sequence set outcome = outcome + 1 returning outcome",
            &[],
        )
        .await?
        .get(0);
    let kind = match kind {
        OutcomeKind::Registered => "registered",
        OutcomeKind::DuplicateSuspected => "duplicate_suspected",
        OutcomeKind::Quarantined => "quarantined",
    };
    transaction
        .execute(
            "insert into outcome (cursor, office, packet, kind, reason, at) values ($1, $2, $3, $4, $5, $6)
             on conflict (packet, kind) do nothing",
            &[&cursor, &office, &packet.uuid(), &kind, &reason, &store.clock().now().millis()],
        )
        .await?;
    Ok(())
}
