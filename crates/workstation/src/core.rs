//! What the window needs of the desk: commands in, state out.

use desk::{Command, Live, State};
use std::sync::Arc;

/// The application core as the window sees it. Nothing here blocks.
pub trait Core {
    /// Asks for an act; the answer is a new state.
    fn send(&self, command: Command);
    /// The newest state.
    fn state(&self) -> Arc<State>;
    /// The newest frame with what was seen in it, while a photograph is taken.
    fn live(&self) -> Option<Arc<Live>>;
}
