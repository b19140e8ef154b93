//! Reasons, so that a person is never turned away without a recorded route.

use serde::{Deserialize, Serialize};

macro_rules! keyed {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $key:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $key)] $variant),+
        }

        impl $name {
            /// Every value, in the order in which it is offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable key: its name in stores, and the end of its message's id.
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key),+ }
            }

            /// The value with that key.
            pub fn from_key(key: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.key() == key)
            }
        }
    };
}
pub(crate) use keyed;

keyed!(
    /// Something about the applicant that a face capture must allow for.
    Exception {
        /// A head covering that leaves chin to forehead free.
        HeadCovering = "head-covering",
        /// An eye is missing, covered or cannot be opened.
        Eye = "eye",
        /// The head cannot be held straight or turned.
        HeadMovement = "head-movement",
        /// Injury, bandage or medical device in the face.
        Injury = "injury",
        /// Fingerprints are worn or missing: why the face is needed at all.
        Fingerprints = "fingerprints",
        /// A small child held by another person.
        HeldChild = "held-child",
    }
);

keyed!(
    /// Why a photograph was taken although a check did not hold.
    CaptureReason {
        /// The room's light cannot be changed.
        Light = "light",
        /// A lasting condition of the applicant.
        Condition = "condition",
        /// A child or an unwell person cannot hold still.
        Restless = "restless",
        /// The retry limit was reached.
        Retries = "retries",
        /// The only camera at hand is poor.
        Camera = "camera",
    }
);

keyed!(
    /// What an applicant cannot do of the liveness challenge.
    VouchReason {
        /// Turn or bow the head: the officer vouches.
        MoveHead = "cannot-move-head",
        /// Close the eyes at will: a challenge without blinking is drawn.
        CloseEyes = "cannot-close-eyes",
        /// Follow what is asked (a child, an illness): the officer vouches.
        Follow = "cannot-follow",
        /// Another reason: the officer vouches.
        Other = "cannot-other",
    }
);
