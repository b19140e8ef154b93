//! Keys in a token that speaks PKCS#11: they are made there and never leave it. A token answers on a thread of its own and within a
//! time, so that one that hangs holds up nobody for long.

use super::{Custody, Name, Purpose, free};
use crate::{CentreError, private_file};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use envelope::{
    Agreement, EnvelopeError, Opener, PublicKey, Recipient, Signer, Zeroizing, open_by_agreement,
    recipient_of,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

/// How long a token may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the curves are called in `CKA_EC_PARAMS`: their object identifiers, in DER.
const ED25519: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x70];
const X25519: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x6e];

/// Which token keeps a centre's keys. Nothing in it is secret: the PIN is in a file of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenChoice {
    /// The maker's library.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// A file that holds the user's PIN; only the centre's own user may read it.
    pub pin_file: PathBuf,
}

/// A token, by its thread; cheap to clone.
#[derive(Clone)]
pub(super) struct Token(Arc<Lane>);

/// The way to the token's thread.
struct Lane {
    /// None while it ends.
    work: Option<mpsc::Sender<Work>>,
    ended: Mutex<mpsc::Receiver<()>>,
}

impl Drop for Lane {
    /// Waits for the end of the session: a process that ends while another thread is in the maker's library may crash in it.
    fn drop(&mut self) {
        self.work = None;
        if let Ok(ended) = self.ended.lock() {
            let _ = ended.recv_timeout(PATIENCE);
        }
    }
}

type Work = Box<dyn FnOnce(&mut Connection) + Send>;

impl Token {
    /// Logs in.
    pub(super) fn open(choice: &TokenChoice) -> Result<Self, CentreError> {
        let (work, waiting) = mpsc::channel::<Work>();
        let (over, ended) = mpsc::channel();
        let mut connection = Connection {
            choice: choice.clone(),
            session: None,
        };
        std::thread::Builder::new()
            .name("token".to_owned())
            .spawn(move || {
                for job in waiting {
                    job(&mut connection);
                }
                drop(connection);
                let _ = over.send(());
            })
            .map_err(|e| CentreError::file("the token's thread could not be started", e))?;
        let token = Self(Arc::new(Lane {
            work: Some(work),
            ended: Mutex::new(ended),
        }));
        token.ask(|_| Ok(()))?;
        Ok(token)
    }

    /// Does something with a session; a session that the token no longer knows is begun anew, once.
    fn ask<T: Send + 'static>(
        &self,
        act: impl Fn(&Session) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, CentreError> {
        let (answer, answered) = mpsc::sync_channel(1);
        let job: Work = Box::new(move |connection| {
            let _ = answer.send(connection.act(act));
        });
        let silent = || CentreError::Token("it does not answer".to_owned());
        let work = self.0.work.as_ref().ok_or_else(silent)?;
        work.send(job).map_err(|_| silent())?;
        answered.recv_timeout(PATIENCE).map_err(|_| silent())?
    }

    fn find(&self, name: Name) -> Result<Option<[u8; 32]>, CentreError> {
        self.ask(move |session| {
            let Some(key) = object(session, name, ObjectClass::PUBLIC_KEY)? else {
                return Ok(None);
            };
            let point = session.get_attributes(key, &[AttributeType::EcPoint])?;
            let Some(Attribute::EcPoint(point)) = point.into_iter().next() else {
                return Err(Error::InvalidValue);
            };
            // A DER octet string around the 32 bytes, or these alone.
            let raw = point.last_chunk::<32>().ok_or(Error::InvalidValue)?;
            // Its other half must be there too.
            Ok(object(session, name, ObjectClass::PRIVATE_KEY)?.map(|_| *raw))
        })
    }

    fn make(&self, name: Name) -> Result<[u8; 32], CentreError> {
        free(self.find(name)?.is_some(), name)?;
        self.ask(move |session| {
            let (curve, signs) = match name.purpose {
                Purpose::Receipts => (ED25519, true),
                Purpose::Ingest => (X25519, false),
            };
            let label = Attribute::Label(name.to_string().into_bytes());
            let public = [
                Attribute::Token(true),
                Attribute::Private(false),
                Attribute::Verify(signs),
                Attribute::EcParams(curve.to_vec()),
                label.clone(),
            ];
            let private = [
                Attribute::Token(true),
                Attribute::Private(true),
                Attribute::Sensitive(true),
                Attribute::Extractable(false),
                Attribute::Sign(signs),
                Attribute::Derive(!signs),
                label,
            ];
            session
                .generate_key_pair(&Mechanism::EccEdwardsKeyPairGen, &public, &private)
                .map(drop)
        })?;
        let missing = CentreError::Token("it does not have the key that it just made".to_owned());
        self.find(name)?.ok_or(missing)
    }

    fn key(&self, name: Name, public: [u8; 32]) -> TokenKey {
        TokenKey {
            token: self.clone(),
            name,
            public,
        }
    }

    fn opens(&self, name: Name, public: [u8; 32]) -> Result<TokenOpener, CentreError> {
        Ok(TokenOpener {
            recipient: recipient_of(&public)?,
            key: self.key(name, public),
        })
    }
}

impl Custody for Token {
    fn signer(&self, name: Name) -> Result<Option<Arc<dyn Signer>>, CentreError> {
        let found = self.find(name)?;
        Ok(found.map(|public| Arc::new(self.key(name, public)) as Arc<dyn Signer>))
    }

    fn opener(&self, name: Name) -> Result<Option<Arc<dyn Opener>>, CentreError> {
        let Some(public) = self.find(name)? else {
            return Ok(None);
        };
        Ok(Some(Arc::new(self.opens(name, public)?)))
    }

    fn make_signer(&self, name: Name) -> Result<Arc<dyn Signer>, CentreError> {
        let public = self.make(name)?;
        Ok(Arc::new(self.key(name, public)))
    }

    fn make_opener(&self, name: Name) -> Result<Arc<dyn Opener>, CentreError> {
        let public = self.make(name)?;
        Ok(Arc::new(self.opens(name, public)?))
    }
}

/// A key of a token.
struct TokenKey {
    token: Token,
    name: Name,
    public: [u8; 32],
}

impl TokenKey {
    fn ask<T: Send + 'static>(
        &self,
        act: impl Fn(&Session, ObjectHandle) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, EnvelopeError> {
        let name = self.name;
        let done = self.token.ask(move |session| {
            let key =
                object(session, name, ObjectClass::PRIVATE_KEY)?.ok_or(Error::InvalidValue)?;
            act(session, key)
        });
        done.map_err(|error| {
            tracing::error!(key = %name, %error, "a key in the token was not used");
            EnvelopeError::KeyAway
        })
    }
}

impl Signer for TokenKey {
    fn public(&self) -> PublicKey {
        PublicKey::from_bytes(self.public)
    }

    fn sign_bytes(&self, bytes: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        let bytes = bytes.to_vec();
        self.ask(move |session, key| {
            let how = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
            session.sign(&how, key, &bytes)
        })
    }
}

impl Agreement for TokenKey {
    fn agree(&self, share: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, EnvelopeError> {
        let share = *share;
        self.ask(move |session, key| {
            let how = Mechanism::Ecdh1Derive(Ecdh1DeriveParams::new(EcKdf::null(), &share));
            let template = [
                Attribute::Class(ObjectClass::SECRET_KEY),
                Attribute::KeyType(KeyType::GENERIC_SECRET),
                Attribute::Token(false),
                Attribute::Sensitive(false),
                Attribute::Extractable(true),
                Attribute::ValueLen(32.into()),
            ];
            let secret = session.derive_key(&how, key, &template)?;
            let value = session.get_attributes(secret, &[AttributeType::Value]);
            session.destroy_object(secret)?;
            let Some(Attribute::Value(value)) = value?.into_iter().next() else {
                return Err(Error::InvalidValue);
            };
            let value = Zeroizing::new(value);
            let mut shared = Zeroizing::new([0; 32]);
            if value.len() != shared.len() {
                return Err(Error::InvalidValue);
            }
            shared.copy_from_slice(&value);
            Ok(shared)
        })
    }
}

/// A key of a token that opens envelopes.
struct TokenOpener {
    recipient: Recipient,
    key: TokenKey,
}

impl Opener for TokenOpener {
    fn recipient(&self) -> Recipient {
        self.recipient.clone()
    }

    fn open(&self, sealed: &[u8], limit: usize) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        open_by_agreement(sealed, &self.key.public, &self.key, limit)
    }
}

/// A session with a token, begun when it is wanted.
struct Connection {
    choice: TokenChoice,
    session: Option<Session>,
}

impl Connection {
    fn act<T>(&mut self, act: impl Fn(&Session) -> Result<T, Error>) -> Result<T, CentreError> {
        let fresh = self.session.is_none();
        match act(self.session()?) {
            Ok(done) => Ok(done),
            Err(error) if fresh => Err(said(&error)),
            Err(_) => {
                self.session = None;
                act(self.session()?).map_err(|error| {
                    self.session = None;
                    said(&error)
                })
            }
        }
    }

    fn session(&mut self) -> Result<&Session, CentreError> {
        if self.session.is_none() {
            self.session = Some(self.log_in()?);
        }
        self.session
            .as_ref()
            .ok_or(CentreError::Ended("the token's session"))
    }

    fn log_in(&self) -> Result<Session, CentreError> {
        let module = module(&self.choice)?;
        let slots = module.get_slots_with_initialized_token();
        let mut slots = slots.map_err(|e| said(&e))?.into_iter();
        let slot = slots.find(|slot| {
            let info = module.get_token_info(*slot);
            info.is_ok_and(|info| info.label() == self.choice.token)
        });
        let slot =
            slot.ok_or_else(|| CentreError::Token(format!("no token {}", self.choice.token)))?;
        let bytes = private_file::read(&self.choice.pin_file)?;
        let bytes = Zeroizing::new(bytes.ok_or(CentreError::KeyMissing("token's PIN"))?);
        let pin = std::str::from_utf8(&bytes).map_err(|_| CentreError::Keys("token's PIN"))?;
        let pin = AuthPin::from(pin.trim());
        let session = module.open_rw_session(slot).map_err(|e| said(&e))?;
        match session.login(UserType::User, Some(&pin)) {
            // Another session of this process has.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(error) => Err(said(&error)),
        }
    }
}

/// A process begins with a maker's library once.
fn module(choice: &TokenChoice) -> Result<Pkcs11, CentreError> {
    static MODULES: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());
    let mut modules = MODULES
        .lock()
        .map_err(|_| CentreError::Ended("the token's thread"))?;
    if let Some(module) = modules.get(&choice.module) {
        return Ok(module.clone());
    }
    let module = Pkcs11::new(&choice.module).map_err(|e| said(&e))?;
    let begun = module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK));
    match begun {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(said(&error)),
    }
    modules.insert(choice.module.clone(), module.clone());
    Ok(module)
}

fn object(
    session: &Session,
    name: Name,
    class: ObjectClass,
) -> Result<Option<ObjectHandle>, Error> {
    let label = Attribute::Label(name.to_string().into_bytes());
    let found = session.find_objects(&[Attribute::Class(class), label])?;
    Ok(found.into_iter().next())
}

fn said(error: &Error) -> CentreError {
    CentreError::Token(error.to_string())
}
