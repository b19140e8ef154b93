//! **Generated** applicants, attacks and skin tones, made out of real pictures: for tests, benches and the simulator only. Nothing that is
//! shipped uses this crate, and what is measured with it is named as generated.
//!
//! A [`Puppet`] is a real frontal picture on one of twelve heads ([`HEADS`]) that turns, nods, blinks and comes closer; an [`Actor`]
//! poses it as somebody who does what is asked. The depths of the heads are measured on meshes of MakeHuman (`heads.py`), not taken from
//! what the product expects of a head. The eyes close by drawing the upper lid's skin down; the neck and the room stay where they are;
//! hair has no depth of its own.
//!
//! ```no_run
//! use face::{Analyser, Picture};
//! use puppets::{Actor, Body, HEADS, Puppet};
//! let mut analyser = Analyser::new(std::path::Path::new("assets/models"))?;
//! let picture = Picture::decode(&std::fs::read("assets/pictures/obama.jpg")?)?;
//! let landmarks = analyser.landmarks(&picture)?;
//! let puppet = Puppet::new(&picture, &landmarks, Body::Solid(&HEADS[0]));
//! let mut actor = Actor::new(7);
//! let posture = actor.follow(face::liveness::Prompt::LookAhead, 0);
//! let frame = puppet.frame(&posture, 1280, 720, 7);
//! assert_eq!((frame.width(), frame.height()), (1280, 720));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod actor;
mod head;
mod heads;
mod lids;
mod mesh;
mod puppet;
mod relief;
pub mod tone;
mod trial;

pub use actor::Actor;
pub use head::Head;
pub use heads::HEADS;
pub use puppet::{Body, Posture, Puppet};
pub use trial::{Shown, trial};
