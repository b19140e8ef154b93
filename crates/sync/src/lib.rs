//! How packets reach the centre: an engine without I/O that decides, and a driver that carries it out.
//!
//! - [`Engine`] is the state machine: it is told what happened and answers with one [`Effect`]: something to ask of the store, something
//!   to ask of the centre, or a rest. It alone decides what is sent when, in which pieces, and what an answer means.
//! - [`run`] drives it over HTTP (`reqwest`, TLS 1.3 with both sides' certificates) and a [`StorePort`], which the desk implements.
//! - [`activate`] turns a one-time code into a station's certificate, pinned roots and first lease.
//!
//! ```
//! use std::time::Duration;
//! use sync::{Effect, Engine, Event, StoreAct, StoreReply};
//! let mut engine = Engine::new(7);
//! // It asks the store first what waits.
//! let effect = engine.step(Duration::ZERO, Event::Begin);
//! assert!(matches!(effect, Effect::Store(StoreAct::Candidates)));
//! ```
//!
//! It never opens SQL, never deletes a packet (the store does, and only on a verified receipt), and draws nothing.

mod activate;
mod chunk;
mod driver;
mod effect;
mod engine;
mod http;
mod report;
mod tls;

pub use activate::{Activated, ActivationError, NewStation, activate};
pub use driver::{Order, StorePort, run};
pub use effect::{
    Candidates, Documents, Effect, Event, Failure, Request, Response, StoreAct, StoreReply,
    UploadPoint, Waiting,
};
pub use engine::Engine;
pub use http::{Connection, ConnectionError};
pub use report::LinkReport;
