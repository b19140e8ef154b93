//! Cases: what software opens and people close. Which rulings there are, and who may give them.

use crate::exception::keyed;
use serde::{Deserialize, Serialize};

keyed!(
    /// What a case is about.
    CaseKind {
        /// A packet that a check set aside; its bytes are kept.
        Quarantine = "quarantine",
        /// What arrived after a revocation.
        Late = "late",
        /// An application that no supervisor has decided.
        Unreviewed = "unreviewed",
        /// Two faces that may be one person's under two numbers.
        Duplicate = "duplicate",
        /// A face that may not be that of the number's own person.
        Doubt = "doubt",
        /// Records of one number, from before numbers were compared, whose faces do not match.
        History = "history",
        /// An alarm that only a person can judge.
        Alarm = "alarm",
        /// A person whose record is to be removed.
        Removal = "removal",
    }
);

keyed!(
    /// What people decide of a case.
    Ruling {
        /// The two are one person: the application joins the record that is there.
        SamePerson = "same-person",
        /// The two are different people.
        Different = "different",
        /// Kept and marked; no card's status changes by it.
        Fraud = "fraud",
        /// The packet is judged as if the doubt were not, and takes effect.
        Accept = "accept",
        /// The packet takes no effect.
        Refuse = "refuse",
        /// An alarm was looked into.
        Seen = "seen",
        /// The person's references are destroyed.
        Remove = "remove",
        /// Everything stays.
        Keep = "keep",
    }
);

keyed!(
    /// On what grounds; never free text about a person.
    RulingGround {
        /// The pictures were compared.
        Compared = "compared",
        /// Papers were seen.
        Papers = "papers",
        /// The person was heard.
        Heard = "heard",
        /// The signatures and who gave them were looked into.
        Signatures = "signatures",
        /// The photograph does not serve.
        Photograph = "photograph",
        /// An entry is wrong.
        Entry = "entry",
        /// Twins, or a likeness that no picture settles: neither face decides alone from now on.
        Twins = "twins",
        /// A court's or the law's order.
        Order = "order",
    }
);

keyed!(
    /// What somebody at the centre may do.
    OperatorRole {
        /// Decides cases.
        Adjudicator = "adjudicator",
        /// Looks after stations, staff and alarms.
        It = "it",
        /// Reads.
        Auditor = "auditor",
    }
);

impl CaseKind {
    /// What may be ruled of such a case; `pair` where it is about two records.
    pub fn rulings(self, pair: bool) -> &'static [Ruling] {
        match self {
            Self::Quarantine => &[Ruling::Refuse],
            Self::Late | Self::Unreviewed => &[Ruling::Accept, Ruling::Refuse],
            Self::Duplicate | Self::History => {
                &[Ruling::SamePerson, Ruling::Different, Ruling::Fraud]
            }
            Self::Doubt if pair => &[Ruling::SamePerson, Ruling::Different, Ruling::Fraud],
            Self::Doubt => &[Ruling::Accept, Ruling::Refuse, Ruling::Fraud],
            Self::Alarm => &[Ruling::Seen],
            Self::Removal => &[Ruling::Remove, Ruling::Keep],
        }
    }
}

impl Ruling {
    /// How many operators must say it: two where a record changes by it.
    pub fn operators(self) -> usize {
        match self {
            Self::Seen | Self::Keep => 1,
            _ => 2,
        }
    }

    /// Whether a person must be told with a notice that names the appeal.
    pub fn is_adverse(self, kind: CaseKind) -> bool {
        match self {
            Self::Refuse | Self::Fraud | Self::Remove => true,
            Self::Different => kind == CaseKind::Doubt,
            _ => false,
        }
    }
}

impl OperatorRole {
    /// Whether somebody of this role may give such a ruling.
    pub fn may_rule(self, ruling: Ruling) -> bool {
        match self {
            Self::Adjudicator => true,
            Self::It => ruling == Ruling::Seen,
            Self::Auditor => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_changes_a_record_needs_two_and_every_case_has_a_ruling() {
        for kind in CaseKind::ALL.iter().copied() {
            for pair in [true, false] {
                let rulings = kind.rulings(pair);
                assert!(!rulings.is_empty(), "{kind:?}");
                for ruling in rulings.iter().copied() {
                    let alone = ruling.operators() == 1;
                    assert_eq!(alone, matches!(ruling, Ruling::Seen | Ruling::Keep));
                    assert!(!alone || !ruling.is_adverse(kind), "{ruling:?}");
                }
            }
        }
    }

    #[test]
    fn only_adjudicators_decide_what_becomes_of_a_record() {
        for ruling in Ruling::ALL.iter().copied() {
            assert!(OperatorRole::Adjudicator.may_rule(ruling));
            assert!(!OperatorRole::Auditor.may_rule(ruling));
            assert_eq!(OperatorRole::It.may_rule(ruling), ruling == Ruling::Seen);
        }
    }
}
