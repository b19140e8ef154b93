//! What the centre answered of packets that it did not simply register.

use crate::AnswerRow;
use domain::{Outcome, OutcomeKind, PacketId};
use std::collections::BTreeSet;

/// Answers that are shown.
const SHOWN: usize = 50;
/// Outcomes that are looked through for them.
const LOOKED_THROUGH: usize = 2000;

/// The newest answers, one a packet.
pub(crate) fn answers(store: &queue::Store) -> Vec<AnswerRow> {
    let outcomes = store.outcomes(LOOKED_THROUGH).unwrap_or_default();
    let kinds = |packet| store.history_of(packet).ok().flatten().map(|row| row.kind);
    let set_aside = store.set_aside_applications().unwrap_or_default();
    let damaged = set_aside.into_iter().map(|row| AnswerRow {
        packet: row.packet,
        kind: Some(row.kind),
        key: "answer-set-aside",
        at: row.since,
    });
    let told = newest(&outcomes).map(|outcome| AnswerRow {
        packet: outcome.packet,
        kind: kinds(outcome.packet),
        key: key(outcome),
        at: outcome.at,
    });
    // What this station itself must mend comes first: an applicant is to be asked back.
    damaged.chain(told).take(SHOWN).collect()
}

/// The last word on each packet, unless that is that it was registered and nobody had doubted it.
fn newest(outcomes: &[Outcome]) -> impl Iterator<Item = &Outcome> {
    let plain = |outcome: &&Outcome| outcome.kind != OutcomeKind::Registered;
    let doubted: BTreeSet<PacketId> = outcomes.iter().filter(plain).map(|o| o.packet).collect();
    let mut seen: BTreeSet<PacketId> = BTreeSet::new();
    outcomes
        .iter()
        .filter(move |outcome| seen.insert(outcome.packet))
        .filter(move |outcome| plain(outcome) || doubted.contains(&outcome.packet))
}

/// What it means for the people of this office: no detail that would teach a forger.
fn key(outcome: &Outcome) -> &'static str {
    let reason = outcome.reason.as_deref().unwrap_or_default();
    match outcome.kind {
        OutcomeKind::DuplicateSuspected => "answer-duplicate",
        OutcomeKind::Waiting => "answer-waiting",
        OutcomeKind::Registered => "answer-registered",
        OutcomeKind::Joined => "answer-joined",
        OutcomeKind::Held => "answer-held",
        OutcomeKind::Refused => refused(reason),
        OutcomeKind::Quarantined | OutcomeKind::Other(_) => set_aside(reason),
    }
}

/// What two people at the centre found wanting.
fn refused(ground: &str) -> &'static str {
    match ground {
        "photograph" => "answer-refused-photograph",
        "papers" => "answer-refused-papers",
        "entry" => "answer-refused-entry",
        "signatures" => "answer-refused-signatures",
        _ => "answer-refused",
    }
}

/// Why a check of the centre set it aside.
fn set_aside(reason: &str) -> &'static str {
    match reason {
        "liveness" => "answer-liveness",
        "quality" | "picture" | "picture-too-large" | "picture-too-small" | "picture-truncated"
        | "portrait" | "portrait-face" | "template" | "template-mismatch" | "template-model" => {
            "answer-photograph"
        }
        "decision"
        | "decision-signature"
        | "four-eyes"
        | "not-approved"
        | "role"
        | "staff-unknown"
        | "statement"
        | "statement-signature" => "answer-signatures",
        "policy-rolled-back" | "policy-version" | "replay" => "answer-policy",
        "refused" => "answer-refused",
        "arrived-after-revocation" | "chain-broken" | "counter-reused" => "answer-station",
        "application" | "digest" | "document" | "not-openable" | "parts" | "unprocessable" => {
            "answer-damaged"
        }
        _ => "answer-other",
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;
    use crate::{Lang, Words};
    use domain::{QUARANTINE_REASONS, Timestamp};

    fn outcome(cursor: i64, packet: u8, kind: OutcomeKind, reason: Option<&str>) -> Outcome {
        Outcome {
            cursor,
            packet: PacketId::parse(&format!("00000000-0000-7000-8000-0000000000{packet:02}"))
                .expect("an id"),
            kind,
            reason: reason.map(str::to_owned),
            at: Timestamp::from_millis(cursor),
        }
    }

    #[test]
    fn every_reason_of_the_centre_has_words_in_both_languages() {
        for reason in QUARANTINE_REASONS {
            let key = key(&outcome(1, 1, OutcomeKind::Quarantined, Some(reason)));
            assert_ne!(key, "answer-other", "{reason}");
            for lang in [Lang::En, Lang::Ur] {
                assert!(Words::new(lang).has(key), "{key}");
            }
        }
        let new = key(&outcome(
            1,
            1,
            OutcomeKind::Quarantined,
            Some("of-tomorrow"),
        ));
        assert_eq!(new, "answer-other");
    }

    #[test]
    fn every_decision_of_people_has_words_in_both_languages() {
        let kinds = [
            OutcomeKind::Registered,
            OutcomeKind::DuplicateSuspected,
            OutcomeKind::Waiting,
            OutcomeKind::Joined,
            OutcomeKind::Refused,
            OutcomeKind::Held,
        ];
        for kind in kinds {
            for ground in domain::RulingGround::ALL {
                let key = key(&outcome(1, 1, kind.clone(), Some(ground.key())));
                for lang in [Lang::En, Lang::Ur] {
                    assert!(Words::new(lang).has(key), "{key}");
                }
            }
        }
    }

    #[test]
    fn what_was_doubted_and_then_registered_is_told() {
        let newest_first = [
            outcome(3, 2, OutcomeKind::Registered, None),
            outcome(2, 1, OutcomeKind::Registered, None),
            outcome(1, 1, OutcomeKind::Waiting, Some("face-differs")),
        ];
        let kept: Vec<&str> = newest(&newest_first).map(key).collect();
        assert_eq!(kept, ["answer-registered"]);
    }

    #[test]
    fn the_last_word_on_a_packet_counts() {
        let newest_first = [
            outcome(4, 1, OutcomeKind::Registered, None),
            outcome(3, 2, OutcomeKind::Quarantined, Some("quality")),
            outcome(2, 2, OutcomeKind::DuplicateSuspected, None),
            outcome(1, 1, OutcomeKind::DuplicateSuspected, None),
        ];
        let kept: Vec<i64> = newest(&newest_first).map(|o| o.cursor).collect();
        assert_eq!(kept, [4, 3]);
    }
}
