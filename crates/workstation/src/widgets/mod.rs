//! What every screen is made of: labels, buttons, fields, drop-downs, rows, in Urdu and English, in both directions.
//!
//! All text goes through the crate `text`; egui arranges, gives events and the accessibility tree. One [`Widgets`] lives as long
//! as the window. Each frame begins with [`Widgets::begin_frame`]; after that every control is one line:
//!
//! ```no_run
//! use workstation::theme::Appearance;
//! use workstation::widgets::{Button, Field, Language, Widgets};
//! # fn screen(ui: &mut eframe::egui::Ui, w: &mut Widgets, name: &mut String) {
//! w.begin_frame(ui.ctx());
//! w.heading(ui, "Applicant");
//! w.field(ui, Field::urdu("name-ur", "Name (Urdu)", name).max_chars(60));
//! w.row_end(ui, |w, ui| {
//!     if w.button(ui, Button::primary("Next").key("Enter")).clicked() {
//!         // return a command
//!     }
//! });
//! # }
//! # let mut w = Widgets::new(Appearance::Light, Language::English);
//! ```
//!
//! Controls are added in reading order; in Urdu rows and columns are mirrored by the widgets, so that Tab, the screen reader and
//! the eye go the same way.

mod atlas;

mod ink;

mod icon;

mod label;

mod button;

mod field;

mod keyboard;

mod select;

mod choice;

mod status;

mod table;

mod arrange;

pub use button::Button;
pub use field::{Field, FieldResponse};
pub use icon::Icon;
pub use label::Label;
pub use select::Select;
pub use table::Cell;

use std::collections::HashMap;
use std::rc::Rc;

use eframe::egui::{Color32, Context, Id, Painter, Pos2};
use text::{Align, Direction, Editor, Limits, TextError, Weight};

use crate::theme::{Appearance, Theme};
use ink::{Ink, Prepared, Setting};

/// Editors that are kept: those of a screen and the one before it.
const MAX_EDITORS: usize = 64;

/// The two languages of the product; the screens' words are the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English, left to right.
    #[default]
    English,
    /// Urdu, right to left, in Nastaliq.
    Urdu,
}

impl Language {
    /// The direction its text is read and its screens are laid out in.
    pub fn direction(self) -> Direction {
        match self {
            Self::English => Direction::Ltr,
            Self::Urdu => Direction::Rtl,
        }
    }

    /// The other one (F12).
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::English => Self::Urdu,
            Self::Urdu => Self::English,
        }
    }
}

struct KeptEditor {
    editor: Editor,
    last_used: u64,
    /// Points the line is moved by, so that the caret is seen.
    scroll: f32,
}

/// The context of all widgets: text engine, theme, language, the state of fields.
pub struct Widgets {
    ink: Ink,
    theme: Theme,
    language: Language,
    editors: HashMap<Id, KeptEditor>,
    frame: u64,
    phonetic: bool,
    /// Field that had the keyboard in the last frame, and whether it takes Urdu.
    typing: Option<(Id, bool)>,
    typing_now: Option<(Id, bool)>,
    /// Characters from the drawn keyboard, and the field that was typed in last, which gets them.
    drawn_keys: String,
    drawn_for: Option<Id>,
    /// A list is open: Enter, Esc and arrows belong to it.
    list_open: bool,
    list_open_now: bool,
    themed: bool,
    /// Something typed here is on the clipboard.
    copied: bool,
}

impl std::fmt::Debug for Widgets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Widgets")
            .field("language", &self.language)
            .field("editors", &self.editors.len())
            .finish_non_exhaustive()
    }
}

impl Widgets {
    /// Widgets of an appearance and a language.
    ///
    /// # Errors
    /// When a font inside the program cannot be read.
    pub fn new(appearance: Appearance, language: Language) -> Result<Self, TextError> {
        Ok(Self {
            ink: Ink::new()?,
            theme: Theme::new(appearance),
            language,
            editors: HashMap::new(),
            frame: 0,
            phonetic: false,
            typing: None,
            typing_now: None,
            drawn_keys: String::new(),
            drawn_for: None,
            list_open: false,
            list_open_now: false,
            copied: false,
            themed: false,
        })
    }

    /// To be called first in every frame.
    pub fn begin_frame(&mut self, ctx: &Context) {
        if !self.themed {
            self.theme.apply(ctx);
            self.themed = true;
        }
        self.frame += 1;
        self.ink.begin_frame(ctx);
        self.typing = self
            .typing_now
            .take()
            .filter(|(id, _)| ctx.memory(|m| m.has_focus(*id)));
        self.list_open = std::mem::take(&mut self.list_open_now);
        if self.editors.len() > MAX_EDITORS {
            let frame = self.frame;
            self.editors.retain(|_, e| e.last_used + 1 >= frame);
        }
    }

    /// Language of the screens.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Changes the language (F12). What is typed stays.
    pub fn set_language(&mut self, language: Language) {
        self.language = language;
    }

    /// Direction of the screens.
    pub fn direction(&self) -> Direction {
        self.language.direction()
    }

    /// Are the screens mirrored?
    pub fn rtl(&self) -> bool {
        self.direction() == Direction::Rtl
    }

    /// Colours.
    pub fn theme(&self) -> &Theme {
        &self.theme
    }

    /// Changes the colours.
    pub fn set_appearance(&mut self, appearance: Appearance) {
        self.theme = Theme::new(appearance);
        self.themed = false;
    }

    /// Is a Latin keyboard read as Urdu in Urdu fields (F11)?
    pub fn phonetic(&self) -> bool {
        self.phonetic
    }

    /// Switches the phonetic keyboard; it is drawn by [`Widgets::keyboard`] while it is on.
    pub fn set_phonetic(&mut self, on: bool) {
        self.phonetic = on;
    }

    /// Does a field have the keyboard? Then letters are text, not keys of buttons.
    pub fn typing(&self) -> bool {
        self.typing.is_some()
    }

    /// Forgets every text that was shown or typed, as far as the widgets hold it. For when an application ends or the screen
    /// locks.
    pub fn forget_texts(&mut self) {
        self.ink.forget();
        self.editors.clear();
        self.drawn_keys.clear();
    }

    /// Whether something was copied to the clipboard since the last call.
    pub fn take_copied(&mut self) -> bool {
        std::mem::take(&mut self.copied)
    }

    /// Layouts that are kept, for the bench.
    pub fn kept_layouts(&self) -> usize {
        self.ink.kept()
    }

    /// Lays out one line of the screens' language.
    fn line(&mut self, text: &str, size: f32, weight: Weight) -> Rc<Prepared> {
        self.lay(text, size, weight, Limits::Line, self.direction())
    }

    fn lay(
        &mut self,
        text: &str,
        size: f32,
        weight: Weight,
        limits: Limits,
        direction: Direction,
    ) -> Rc<Prepared> {
        self.ink.lay(
            text,
            Setting {
                size,
                weight,
                limits,
                align: Align::Start,
                direction,
            },
        )
    }

    fn paint(&mut self, painter: &Painter, at: Pos2, prepared: &Prepared, colour: Color32) {
        self.ink.paint(painter, at, prepared, colour);
    }

    /// Paints with the letters looking centred on a height.
    fn paint_centred(
        &mut self,
        painter: &Painter,
        left: f32,
        middle: f32,
        prepared: &Prepared,
        colour: Color32,
    ) {
        self.ink.paint(
            painter,
            Pos2::new(left, middle - prepared.middle),
            prepared,
            colour,
        );
    }
}

/// What a screen reader and a test read: the text without the marks that order it.
fn spoken(text: &str) -> String {
    text::without_isolates(text)
}
