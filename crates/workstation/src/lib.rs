//! The window: screens are functions of the desk's state that return commands.
//!
//! [`Window`] is the whole of it: each frame it takes the newest state of a [`desk::Desk`], draws the
//! screen that belongs to it and hands the person's acts back as commands. It decides nothing about
//! registration and never waits.

mod look;
mod pictures;
mod script;
mod times;
mod typing_order;
mod window;

pub mod screens;
pub mod theme;
pub mod widgets;

pub mod audit;
pub mod bench_ui;
pub mod camera;
pub mod demonstration;
pub mod models;
pub mod packet;
pub mod screenshots;
pub mod stage;
pub mod store;

pub use look::Look;
pub use pictures::Pictures;
pub use window::{Place, Window};
