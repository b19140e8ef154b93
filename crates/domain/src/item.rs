//! What leaves a station: items of one outbox, whatever they are.

use crate::exception::keyed;
use serde::{Deserialize, Serialize};

keyed!(
    /// What an item is. Each leaves through the same outbox and the same upload, and is answered by the centre's receipt.
    ItemKind {
        /// An application that officer and supervisor have signed.
        Enrolment = "enrolment",
        /// An application that waited too long for a supervisor: the officer's statement without a decision.
        Unreviewed = "unreviewed",
        /// A member of staff's key file under a new passphrase.
        KeyFile = "key_file",
        /// The station's word that a packet was damaged before it left, so that its counter waits for nobody.
        Void = "void",
    }
);

impl ItemKind {
    /// Whether sealed bytes travel with it.
    pub fn has_envelope(self) -> bool {
        !matches!(self, Self::Void)
    }

    /// Whether a supervisor's decision belongs to it.
    pub fn needs_decision(self) -> bool {
        matches!(self, Self::Enrolment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_enrolment_needs_a_decision_and_only_a_void_has_no_bytes() {
        let decided = ItemKind::ALL.iter().copied().filter(|k| k.needs_decision());
        assert_eq!(decided.collect::<Vec<_>>(), [ItemKind::Enrolment]);
        let bare = ItemKind::ALL.iter().copied().filter(|k| !k.has_envelope());
        assert_eq!(bare.collect::<Vec<_>>(), [ItemKind::Void]);
    }
}
