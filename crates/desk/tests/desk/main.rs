//! The desk's promises, kept over a real store, real key files, the real networks and real pictures.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod applicant;
mod bad_input;
mod camera;
mod carrying;
mod challenge;
mod drafts;
mod endurance;
mod extension;
mod lease_and_clock;
mod medium;
mod passphrase;
mod photograph;
mod refused;
mod review;
mod second_copy;
mod sign_in;
mod station;
