//! What a decision brings about: everything in the transaction of the word that made it.

use super::subject::Matter;
use crate::ingest::{outcome, refuse};
use crate::{CentreError, Store, registry};
use deadpool_postgres::Transaction;
use domain::{CaseKind, OutcomeKind, Ruling, RulingGround};
use envelope::CaseRuling;

/// Takes effect.
pub(super) async fn take(
    store: &Store,
    transaction: &Transaction<'_>,
    matter: &Matter,
    ruling: &CaseRuling,
) -> Result<(), CentreError> {
    match (matter.kind, ruling.ruling) {
        (CaseKind::Alarm, _) => clear_alarm(store, transaction, matter).await,
        (CaseKind::Late | CaseKind::Unreviewed, Ruling::Accept) => admit(transaction, matter).await,
        (CaseKind::Unreviewed, _) => {
            if let Some(packet) = &matter.packet {
                refuse(store, transaction, packet).await?;
            }
            tell(
                store,
                transaction,
                matter,
                (OutcomeKind::Refused, ruling.ground),
            )
            .await
        }
        (CaseKind::Late | CaseKind::Quarantine, _) => {
            tell(
                store,
                transaction,
                matter,
                (OutcomeKind::Refused, ruling.ground),
            )
            .await
        }
        (CaseKind::Removal, Ruling::Remove) => match matter.person {
            Some(person) => registry::remove(store, transaction, person).await,
            None => Ok(()),
        },
        (CaseKind::Removal, _) => Ok(()),
        (CaseKind::Duplicate | CaseKind::Doubt | CaseKind::History, _) => {
            on_record(store, transaction, matter, ruling).await
        }
    }
}

/// A ruling on a record: it joins another, counts, or does not.
async fn on_record(
    store: &Store,
    transaction: &Transaction<'_>,
    matter: &Matter,
    ruling: &CaseRuling,
) -> Result<(), CentreError> {
    let Some(record) = matter.record else {
        return Ok(());
    };
    if ruling.ground == RulingGround::Twins {
        registry::never_alone(transaction, [Some(record), matter.other]).await?;
    }
    let old = matter.kind == CaseKind::History;
    let standing = registry::standing(transaction, record).await?;
    match ruling.ruling {
        Ruling::Fraud => {
            registry::set_standing(transaction, record, "held").await?;
            tell(
                store,
                transaction,
                matter,
                (OutcomeKind::Held, ruling.ground),
            )
            .await
        }
        // What was registered long ago stays its person's, or is nobody's; nothing is told that an office could act upon.
        Ruling::Different if old => registry::set_apart(transaction, record).await,
        _ if old || standing != "waiting" => Ok(()),
        Ruling::Different if matter.kind == CaseKind::Doubt => {
            registry::set_standing(transaction, record, "refused").await?;
            tell(
                store,
                transaction,
                matter,
                (OutcomeKind::Refused, ruling.ground),
            )
            .await
        }
        Ruling::Refuse => {
            registry::set_standing(transaction, record, "refused").await?;
            tell(
                store,
                transaction,
                matter,
                (OutcomeKind::Refused, ruling.ground),
            )
            .await
        }
        Ruling::SamePerson if joins(matter) => {
            if let Some(other) = matter.other {
                registry::join(transaction, record, other).await?;
            }
            tell(
                store,
                transaction,
                matter,
                (OutcomeKind::Joined, ruling.ground),
            )
            .await
        }
        _ => registry::register_if_settled(store, transaction, record).await,
    }
}

/// Whether the same person under this case means that the application brings no record of its own.
fn joins(matter: &Matter) -> bool {
    matter.kind == CaseKind::Duplicate || matter.reason == "second-first-card"
}

/// The office of the packet hears of it.
async fn tell(
    store: &Store,
    transaction: &Transaction<'_>,
    matter: &Matter,
    (kind, ground): (OutcomeKind, RulingGround),
) -> Result<(), CentreError> {
    if let (Some(packet), Some(office)) = (&matter.packet, &matter.office) {
        outcome(store, transaction, office, packet, kind, Some(ground.key())).await?;
    }
    Ok(())
}

/// The packet is judged again, with every check but the one that two operators have answered.
async fn admit(transaction: &Transaction<'_>, matter: &Matter) -> Result<(), CentreError> {
    let Some(packet) = &matter.packet else {
        return Ok(());
    };
    transaction
        .execute(
            "update packet set admitted = $2, state = 'received', crashes = 0, waits = 0, claimed_until = null,
                    next_try_at = null
             where id = $1 and state in ('quarantined', 'retained')",
            &[&packet.uuid(), &matter.case],
        )
        .await?;
    Ok(())
}

async fn clear_alarm(
    store: &Store,
    transaction: &Transaction<'_>,
    matter: &Matter,
) -> Result<(), CentreError> {
    transaction
        .execute(
            "update alarm set cleared_at = coalesce(cleared_at, $2) where id = $1",
            &[&matter.alarm, &store.clock().now().millis()],
        )
        .await?;
    Ok(())
}
