//! Bidirectional text: layout, editing and glyph bitmaps; one text engine for screen and paper.
//!
//! Urdu is set in Noto Nastaliq Urdu, everything else in Noto Sans; both are inside the program, so a page looks the same
//! on every station. Sizes are physical pixels (or points on paper): the caller multiplies by its scale.
//!
//! ```
//! use text::{Align, Direction, Limits, Style, TextEngine, isolate};
//!
//! let mut engine = TextEngine::new()?;
//! let message = format!("شناختی کارڈ {} مل گیا", isolate("35202-0001234-1"));
//! let layout = engine.layout(&message, Style::regular(16.0), Limits::wrap(240.0), Align::Start, Direction::Rtl);
//! for glyph in layout.glyphs() {
//!     let mask = engine.rasterise(glyph.face, glyph.id, glyph.size_px, text::subpixel(glyph.x));
//!     // blend `mask` at (glyph.x.floor() + mask.left, glyph.y - mask.top)
//! }
//! # Ok::<(), text::TextError>(())
//! ```
//!
//! It knows nothing of windows, PDF or registration, opens no file and never looks at the system's fonts.

mod style;

mod script;

mod engine;

mod layout;

mod raster;

mod input;

mod isolate;

mod editor;

mod phonetic;

pub use editor::{CaretRect, Editor, Motion, SelectionRect};
pub use engine::{Face, TextEngine, TextError};
pub use input::{Filtered, Refusal, ascii_digits, filter};
pub use isolate::{isolate, without_isolates};
pub use layout::{Glyph, Layout, Line, MAX_LAID_OUT_CHARS, Run};
pub use phonetic::{KEYBOARD_ROWS, urdu_for_key};
pub use raster::{Mask, SUBPIXEL_STEPS, subpixel};
pub use script::has_urdu;
pub use style::{Align, Direction, Limits, Style, Weight};
