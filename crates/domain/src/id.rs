//! Identifiers that cross crates.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Empty, too long, or with characters outside the identifier's alphabet.
    #[error("not a valid {0}")]
    Malformed(&'static str),
}

/// The name of an application from before its first frame to the centre's receipt: a `UUIDv7`.
///
/// It is the idempotency key at every stage and on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PacketId(uuid::Uuid);

impl PacketId {
    /// Makes the id from a time and 74 bits of randomness, so that this crate needs neither.
    pub fn mint(now: crate::Timestamp, random: [u8; 10]) -> Self {
        let millis = u64::try_from(now.millis()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// Reads the hyphenated form.
    ///
    /// # Errors
    /// [`IdError`] when the text is not a UUID.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if text.len() != 36 {
            return Err(IdError::Malformed("packet id"));
        }
        text.parse()
            .map(Self)
            .map_err(|_| IdError::Malformed("packet id"))
    }

    /// The 16 bytes of the UUID.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The UUID itself, for stores that have a type for it.
    pub fn uuid(&self) -> uuid::Uuid {
        self.0
    }

    /// The id that a UUID names.
    pub fn from_uuid(uuid: uuid::Uuid) -> Self {
        Self(uuid)
    }

    /// The last eight characters in capitals: what people read to each other.
    pub fn short(&self) -> String {
        let text = self.0.simple().to_string();
        text[24..].to_ascii_uppercase()
    }
}

impl fmt::Display for PacketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.hyphenated())
    }
}

impl fmt::Debug for PacketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PacketId({self})")
    }
}

macro_rules! short_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads 1 to 32 ASCII letters, digits and hyphens.
            ///
            /// # Errors
            /// [`IdError`] for anything else.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let good = (1..=32).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                if good { Ok(Self(text.to_owned())) } else { Err(IdError::Malformed($what)) }
            }

            /// The identifier's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

short_id!(
    /// A registration PC, such as `MUL-03`.
    StationId,
    "station id"
);
short_id!(
    /// An office, such as `MUL`.
    OfficeId,
    "office id"
);
short_id!(
    /// A staff number, such as `40213`.
    StaffId,
    "staff number"
);
short_id!(
    /// Somebody at the centre who decides, or looks after it, such as `adjudicator-1`.
    OperatorId,
    "operator's name"
);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_packet_id_survives_its_text_form() {
        let id = PacketId::mint(crate::Timestamp::from_millis(1_700_000_000_000), [7; 10]);
        assert_eq!(PacketId::parse(&id.to_string()).unwrap(), id);
        assert_eq!(id.short().len(), 8);
        assert!(PacketId::parse("../../etc/passwd").is_err());
    }

    #[test]
    fn ids_that_could_leave_their_folder_are_refused() {
        for bad in ["", "../a", "a/b", "a b", "ملتان", &"a".repeat(33)] {
            assert!(StationId::parse(bad).is_err(), "{bad}");
        }
        assert!(StationId::parse("MUL-03").is_ok());
    }
}
