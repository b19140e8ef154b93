//! How packets reach the centre: an engine without I/O that decides, and a driver that carries it out.
//!
//! - [`Engine`] is the state machine: it is told what happened and answers with one [`Effect`]: something to ask of the store, something
//!   to ask of the centre, or a rest. It alone decides what is sent when, in which pieces, and what an answer means.
//! - [`run`] drives it over HTTP (`reqwest`, TLS 1.3 with both sides' certificates) and a [`StorePort`], which the desk implements.
//! - [`activate`] turns a one-time code into a station's certificate, pinned roots and first lease; [`certificate_request`] begins the
//!   renewal of that certificate, which the engine carries to the centre when the store says that it is due.
//!
//! What holds whatever the centre, the link and the disk do:
//!
//! - Only a broken link puts off the link. A fault at one packet puts off that packet, a fault at one of the questions beside the uploads
//!   (lease, outcomes, status, certificate) puts off that question; the others go on. Where several packets fail in a row, the centre as a
//!   whole is tried ever more slowly, and the packet that was tried least comes first.
//! - Requests that bring nothing are bounded by the hour.
//! - An offset is believed only while the link stands: after any failure the centre is asked where the upload is.
//! - Put-offs are the store's to keep ([`StoreAct::PutOff`]); the engine remembers only what the store could not write.
//! - Questions about reviews at other stations come between two pieces of packets, never instead of them.
//! - A centre of the first release (version 1) is sent nothing that it does not know.
//!
//! ```
//! use std::time::Duration;
//! use sync::{Effect, Engine, Event, StoreAct, StoreReply};
//! let mut engine = Engine::new(7);
//! // It asks the store first what waits.
//! let effect = engine.step(Duration::ZERO, Event::Begin);
//! assert_eq!(effect, Effect::Store(StoreAct::Candidates { after: None }));
//! ```
//!
//! It never opens SQL, never deletes a packet (the store does, and only on a verified receipt), and draws nothing.

mod activate;
mod certificate;
mod chunk;
mod driver;
mod effect;
mod engine;
mod http;
mod report;
mod tls;

pub use activate::{Activated, ActivationError, NewStation, activate};
pub use certificate::{NoKey, certificate_end, certificate_request};
pub use driver::{Ended, Order, StorePort, run};
pub use effect::{
    Answer, Candidates, Documents, Effect, Event, Failure, Request, Response, ReviewAnswer,
    ReviewAsk, ReviewWish, StoreAct, StoreReply, UploadPoint, Waiting,
};
pub use engine::Engine;
pub use http::{Connection, ConnectionError};
pub use report::{LINK_ERRORS, LinkReport, WAIT_REASONS};

/// The time that the station believes, whenever it is asked for.
pub type Time = std::sync::Arc<dyn Fn() -> domain::Timestamp + Send + Sync>;
