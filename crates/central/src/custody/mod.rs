//! Custody: whoever keeps the centre's secret keys, opens and signs with them. Files for development, a token (PKCS#11) for an authority.
//! Keys are made by `init` and by a rotation, and by nothing else.

mod files;
pub mod keys;
pub mod root;
pub mod rotation;
mod token;

pub use keys::KeyRing;
pub(crate) use keys::{Openers, ReceiptKey};
pub use token::TokenChoice;

use crate::{CentreError, private_file};
use envelope::{Opener, Signer};
use files::Files;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use token::Token;

/// What a key of the centre is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Receipts and leases.
    Receipts,
    /// Opening packets.
    Ingest,
}

impl Purpose {
    /// As the database and the names of keys have it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Receipts => "centre",
            Self::Ingest => "ingest",
        }
    }

    /// As a person is told of it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Receipts => "signing key",
            Self::Ingest => "ingest identity",
        }
    }
}

/// A key by its purpose and its generation, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name {
    pub purpose: Purpose,
    pub number: i32,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.purpose.as_str())?;
        match self.number {
            1 => Ok(()),
            number => write!(f, "-{number}"),
        }
    }
}

/// Keeps secret keys by their names: signs and opens with them, and never shows one.
pub(crate) trait Custody: Send + Sync {
    /// A key that signs; none where there is none of that name.
    fn signer(&self, name: Name) -> Result<Option<Arc<dyn Signer>>, CentreError>;

    /// A key that opens; none where there is none of that name.
    fn opener(&self, name: Name) -> Result<Option<Arc<dyn Opener>>, CentreError>;

    /// Makes a key that signs, under a name that is free.
    fn make_signer(&self, name: Name) -> Result<Arc<dyn Signer>, CentreError>;

    /// Makes a key that opens, under a name that is free.
    fn make_opener(&self, name: Name) -> Result<Arc<dyn Opener>, CentreError>;
}

/// Says in the folder of the keys that a token keeps them.
const TOKEN: &str = "token.json";

/// The keeper of a centre's keys, by the folder of the keys.
pub(crate) fn of(keys: &Path) -> Result<Box<dyn Custody>, CentreError> {
    match private_file::read(&keys.join(TOKEN))? {
        None => Ok(Box::new(Files::at(keys))),
        Some(bytes) => {
            let choice =
                serde_json::from_slice(&bytes).map_err(|_| CentreError::Keys("token's file"))?;
            Ok(Box::new(Token::open(&choice)?))
        }
    }
}

/// Writes down that a token keeps the keys.
fn note_token(keys: &Path, choice: &TokenChoice) -> Result<(), CentreError> {
    let text = serde_json::to_vec_pretty(choice).map_err(|_| CentreError::Keys("token's file"))?;
    private_file::write(&keys.join(TOKEN), &text)
}

/// A name that is taken is never given away again.
fn free(taken: bool, name: Name) -> Result<(), CentreError> {
    if taken {
        return Err(CentreError::Refused(format!("there is a key {name}")));
    }
    Ok(())
}
