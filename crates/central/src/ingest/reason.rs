//! Why a packet took no effect, and whose business that is. What may be the centre's own fault is never a quarantine: the station keeps
//! its copy, and the packet is judged again once the cause is mended.

use crate::{CentreError, Store};
use domain::PacketId;

/// A reason by its key.
pub(crate) type Reason = &'static str;

/// Whose business a reason is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// Judged by the centre and the station alike: what the station made does not hold.
    Station,
    /// A person at the centre decides.
    Person,
    /// A key, a model, a lease that the centre should have, or its own program.
    Centre,
}

/// Reasons that may be the centre's own fault.
pub(super) const CENTRES_OWN: [Reason; 5] = [
    // Sealed to another key, or to one of the centre's that is not here.
    "not-addressed",
    // Of a serial that the centre, or the backup that it was restored from, does not have.
    "lease-unknown",
    // Made by networks that the centre does not have yet, or no longer.
    "template-model",
    // The vision engine or its files.
    "engine",
    // It brought the centre's own program down.
    "unprocessable",
];

/// Whose business it is.
pub(super) fn owner(reason: &str) -> Owner {
    match reason {
        own if CENTRES_OWN.contains(&own) => Owner::Centre,
        "arrived-after-revocation"
        | "refused"
        | "four-eyes"
        | "role"
        | "not-approved"
        | "staff-unknown" => Owner::Person,
        _ => Owner::Station,
    }
}

/// Which packets to judge again.
#[derive(Debug, Clone)]
pub enum Which {
    /// This one.
    Packet(PacketId),
    /// All that rest or lie in quarantine for this reason.
    Reason(String),
}

/// Judges packets again that were put in quarantine or rest at the centre, once the cause is mended; says how many. What took effect is
/// never judged again, nor what two operators have refused.
///
/// # Errors
/// [`CentreError`] when the database cannot be reached.
pub async fn judge_again(store: &Store, which: &Which) -> Result<u64, CentreError> {
    let (packet, reasons) = match which {
        Which::Packet(packet) => (Some(packet.uuid()), Vec::new()),
        Which::Reason(reason) => (None, vec![reason.as_str()]),
    };
    let again = queue_again(store, packet, &reasons, true).await?;
    tracing::info!(?which, again, "packets are judged again");
    Ok(again)
}

/// A start is when keys and models come back. Packets that bring the program down wait for a person's word.
pub(crate) async fn again_at_start(store: &Store) -> Result<(), CentreError> {
    let reasons: Vec<Reason> = CENTRES_OWN
        .into_iter()
        .filter(|reason| *reason != "unprocessable")
        .collect();
    queue_again(store, None, &reasons, false).await?;
    Ok(())
}

async fn queue_again(
    store: &Store,
    packet: Option<uuid::Uuid>,
    reasons: &[&str],
    quarantined: bool,
) -> Result<u64, CentreError> {
    let again = store
        .client()
        .await?
        .execute(
            "update packet set state = 'received', crashes = 0, waits = 0, claimed_until = null, next_try_at = null
             where (id = $1 or reason = any($2))
               and (state = 'retained' or ($3 and state = 'quarantined'))
               and not exists (select from case_file c where c.packet = packet.id and c.ruling = 'refuse')",
            &[&packet, &reasons, &quarantined],
        )
        .await?;
    store.arrived().notify_one();
    Ok(again)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::QUARANTINE_REASONS;

    #[test]
    fn what_stations_are_told_of_as_quarantine_is_not_the_centres_fault() {
        // Words that earlier releases used for what is retained now.
        let told_before = ["template-model", "unprocessable"];
        for reason in QUARANTINE_REASONS {
            let centres = owner(reason) == Owner::Centre;
            assert_eq!(centres, told_before.contains(&reason), "{reason}");
        }
    }
}
