//! The window: one frame of it, from the desk's state to the person's commands.

use crate::look::Look;
use crate::pictures::Pictures;
use crate::screens::{
    self, Dialog, Local, Page, Screen, activation, application, desk_home, dialogs, notice_line,
    parts, passphrase, photograph, queue, review, sign_in, station, status_line, stopped,
};
use crate::theme::{size, space};
use crate::typing_order::TypingOrder;
use crate::widgets::{Language, Widgets};
use desk::{ActivityView, Command, Desk, Lang, Live, PhotoPhase, SessionAct, State, Step, Words};
use domain::{PacketId, StaffId};
use eframe::egui::{self, Context, CornerRadius, Event, Key, Modifiers, Rect, Ui, UiBuilder, pos2};
use std::sync::Arc;
use std::time::{Duration, Instant};
use text::TextError;

/// Height of the line of status.
const TOP: f32 = 52.0;
/// Height of the line of keys.
const KEYS: f32 = 60.0;
/// Somebody at the keyboard is told to the desk this often at most.
const TOUCH_EVERY: Duration = Duration::from_secs(5);

/// Which screen is shown. It follows from the desk's state and the chosen page alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The desk has not said anything yet.
    Starting,
    /// The store cannot be opened.
    Stopped,
    /// The station must be activated.
    Activation,
    /// Nobody is signed in.
    SignIn,
    /// A page of the desk.
    Page(Page),
    /// A new passphrase.
    Passphrase,
    /// An open review.
    Review(PacketId),
    /// A step of an open application.
    Work(PacketId, Step),
}

impl Place {
    /// The screen for a state.
    pub fn of(state: &State, page: Page) -> Self {
        if state.revision == 0 {
            return Self::Starting;
        }
        if state.station.is_none() {
            return if state.blocked.is_some() {
                Self::Stopped
            } else {
                Self::Activation
            };
        }
        if state.session.is_none() {
            return Self::SignIn;
        }
        match &state.activity {
            ActivityView::Enrolling(work) => Self::Work(work.packet, work.step),
            ActivityView::Reviewing(open) => Self::Review(open.row.packet),
            ActivityView::ChangingPassphrase(_) => Self::Passphrase,
            ActivityView::AtDesk => Self::Page(page),
        }
    }
}

/// The window over a desk.
pub struct Window {
    desk: Arc<Desk>,
    widgets: Widgets,
    english: Words,
    urdu: Words,
    local: Local,
    pictures: Pictures,
    place: Place,
    staff: Option<StaffId>,
    photograph: Option<&'static str>,
    focused: bool,
    typing: TypingOrder,
    touched: Option<Instant>,
}

impl std::fmt::Debug for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Window({:?})", self.place)
    }
}

impl Window {
    /// A window over this desk.
    ///
    /// # Errors
    /// When a font inside the program cannot be read.
    pub fn new(desk: Arc<Desk>, lang: Lang, look: Look) -> Result<Self, TextError> {
        Ok(Self {
            desk,
            widgets: Widgets::new(look.appearance(None), language(lang))?,
            english: Words::new(Lang::En),
            urdu: Words::new(Lang::Ur),
            local: Local {
                look,
                lang,
                ..Local::default()
            },
            pictures: Pictures::default(),
            place: Place::Starting,
            staff: None,
            photograph: None,
            focused: false,
            typing: TypingOrder::default(),
            touched: None,
        })
    }

    /// The desk behind it.
    pub fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// Shows another desk from now on; the one before ends when nobody else holds it.
    pub fn show_desk(&mut self, desk: Arc<Desk>) {
        self.desk = desk;
    }

    /// The screen that was drawn last.
    pub fn place(&self) -> Place {
        self.place
    }

    /// What is being typed and chosen; for the scripts that show the window to people.
    pub fn local_mut(&mut self) -> &mut Local {
        &mut self.local
    }

    /// One frame.
    pub fn frame_ui(&mut self, ui: &mut Ui) {
        let state = self.desk.state();
        self.note_keyboard(ui);
        let locked = self.keys_everywhere(ui, &state);
        let place = Place::of(&state, self.local.page);
        self.arrive(ui.ctx(), &state, place);
        self.widgets.set_language(language(self.local.lang));
        let pc = ui.input(|i| i.raw.system_theme);
        let appearance = self.local.look.appearance(pc);
        if self.widgets.theme().appearance != appearance {
            self.widgets.set_appearance(appearance);
        }
        self.widgets.begin_frame(ui.ctx());
        let live = matches!(place, Place::Work(_, Step::Photograph))
            .then(|| self.desk.live())
            .flatten();
        let mut commands = self.draw(ui, &state, live.as_deref(), place);
        commands.extend(locked);
        commands.extend(self.touch(ui));
        for command in commands {
            if !self.desk.send(command) {
                tracing::error!("the desk does not take commands any more");
            }
        }
        self.local.opened = false;
        self.pictures.end_frame();
    }

    /// Keys that work on every screen: the language, the lock, and the pages while nothing is open.
    fn keys_everywhere(&mut self, ui: &Ui, state: &State) -> Option<Command> {
        let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        if pressed(Modifiers::NONE, Key::F12) {
            self.local.lang = self.local.lang.other();
        }
        state.session.as_ref()?;
        if pressed(Modifiers::CTRL, Key::L) {
            return Some(Command::Session(SessionAct::SignOut));
        }
        let between = matches!(state.activity, ActivityView::AtDesk);
        if !between || self.local.dialog.is_some() || self.local.page == Page::Desk {
            return None;
        }
        for (key, page) in [
            (Key::F5, Page::Review),
            (Key::F6, Page::Queue),
            (Key::F8, Page::Station),
        ] {
            if pressed(Modifiers::NONE, key) {
                self.local.page = page;
            }
        }
        None
    }

    /// What happens once when another screen or another person comes.
    fn arrive(&mut self, ctx: &Context, state: &State, place: Place) {
        let staff = state.session.as_ref().map(|s| s.staff.clone());
        if self.staff != staff {
            self.staff = staff;
            // What the last person copied is not for the next one, nor for another program.
            if self.widgets.take_copied() {
                ctx.copy_text(String::new());
            }
            self.local.leave_person();
            self.widgets.forget_texts();
        }
        if state.work().is_none() && self.local.fields_of.is_some() {
            self.local.forget_fields();
            self.widgets.forget_texts();
        }
        if self.local.dialog.is_some_and(|d| !dialog_fits(d, state)) {
            self.local.dialog = None;
        }
        self.note_photograph(state);
        if self.place == place {
            return;
        }
        if matches!(self.place, Place::Review(_) | Place::Passphrase) {
            self.widgets.forget_texts();
            self.local.new_passphrase.forget();
        }
        tracing::info!(?place, "screen");
        self.place = place;
        self.local.arrive();
        ctx.memory_mut(|m| {
            if let Some(focused) = m.focused() {
                m.surrender_focus(focused);
            }
        });
    }

    /// Whether keys come here goes into the log, too.
    fn note_keyboard(&mut self, ui: &Ui) {
        let focused = ui.input(|i| i.focused);
        if focused && !self.focused {
            tracing::info!("keyboard");
        }
        self.focused = focused;
    }

    /// Where the photograph is goes into the log, as screens do: whoever follows it knows how far the officer is.
    fn note_photograph(&mut self, state: &State) {
        let phase = state.work().map(|w| match w.photo.phase {
            PhotoPhase::Live => "live",
            PhotoPhase::Burst { .. } | PhotoPhase::Working => "taking",
            PhotoPhase::Captured(_) => "captured",
            PhotoPhase::Kept(_) => "kept",
        });
        if self.photograph != phase {
            self.photograph = phase;
            tracing::info!(photograph = phase.unwrap_or("none"));
        }
    }

    fn draw(
        &mut self,
        ui: &mut Ui,
        state: &State,
        live: Option<&Live>,
        place: Place,
    ) -> Vec<Command> {
        let (words, other) = match self.local.lang {
            Lang::En => (&self.english, &self.urdu),
            Lang::Ur => (&self.urdu, &self.english),
        };
        let mut s = Screen {
            state,
            live,
            words,
            other,
            local: &mut self.local,
            pictures: &mut self.pictures,
            commands: Vec::new(),
        };
        let w = &mut self.widgets;
        let full = ui.max_rect();
        ui.painter()
            .rect_filled(full, CornerRadius::ZERO, w.theme().background);
        let mut under = ui.new_child(UiBuilder::new().id_salt("screen").max_rect(full));
        let dialog = s.local.dialog;
        if dialog.is_some() {
            under.disable();
        }
        screen_ui(w, &mut under, &mut s, place, full);
        if let Some(dialog) = dialog {
            let mut over = ui.new_child(UiBuilder::new().id_salt("dialog").max_rect(full));
            dialogs::dialog_ui(w, &mut over, &mut s, dialog);
        }
        s.commands
    }

    /// Tells the desk that somebody is here, so that it does not lock.
    fn touch(&mut self, ui: &Ui) -> Option<Command> {
        let active = ui.input(|i| {
            i.events.iter().any(|e| {
                matches!(
                    e,
                    Event::Key { .. }
                        | Event::Text(_)
                        | Event::PointerMoved(_)
                        | Event::PointerButton { .. }
                        | Event::MouseWheel { .. }
                )
            })
        });
        let due = self.touched.is_none_or(|at| at.elapsed() >= TOUCH_EVERY);
        (active && due && self.staff.is_some()).then(|| {
            self.touched = Some(Instant::now());
            Command::Session(SessionAct::Touch)
        })
    }
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.frame_ui(ui);
    }

    fn raw_input_hook(&mut self, ctx: &Context, input: &mut egui::RawInput) {
        if self.typing.hold_back(&mut input.events) {
            ctx.request_repaint();
        }
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        self.widgets.theme().background.to_normalized_gamma_f32()
    }
}

fn language(lang: Lang) -> Language {
    match lang {
        Lang::En => Language::English,
        Lang::Ur => Language::Urdu,
    }
}

/// Whether a question still belongs to what is open.
fn dialog_fits(dialog: Dialog, state: &State) -> bool {
    match dialog {
        Dialog::Refuse | Dialog::Discard | Dialog::HandOver => state.work().is_some(),
        Dialog::TakeNow | Dialog::Vouch => state.work().is_some_and(|w| {
            w.step == Step::Photograph && matches!(w.photo.phase, PhotoPhase::Live)
        }),
        Dialog::Return | Dialog::Reject => state.review().is_some(),
        Dialog::WriteMedium | Dialog::ReadMedium | Dialog::ExtendLease | Dialog::SecondCopy => {
            state.session.is_some()
        }
    }
}

/// The line of status, the message, the body and the line of keys.
fn screen_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, place: Place, full: Rect) {
    let top = Rect::from_min_max(full.min, pos2(full.right(), full.top() + TOP));
    let keys = Rect::from_min_max(pos2(full.left(), full.bottom() - KEYS), full.max);
    for (bar, edge) in [(top, top.bottom()), (keys, keys.top())] {
        ui.painter()
            .rect_filled(bar, CornerRadius::ZERO, w.theme().card);
        ui.painter().hline(full.x_range(), edge, w.theme().border());
    }
    parts::row_in(
        w,
        ui,
        top.shrink2(egui::vec2(space::WIDE, 0.0)),
        "top",
        |w, ui| {
            status_line::status_line_ui(w, ui, s, place);
        },
    );
    let room = Rect::from_min_max(
        pos2(full.left(), top.bottom()),
        pos2(full.right(), keys.top()),
    );
    let used = parts::column_in(w, ui, room, "message", |w, ui| {
        notice_line::notice_line_ui(w, ui, s)
    });
    let body = Rect::from_min_max(pos2(full.left(), top.bottom() + used), room.max);
    let body = body.shrink2(egui::vec2(space::WIDE, space::LARGE + space::TINY));
    parts::column_in(w, ui, body, "body", |w, ui| body_ui(w, ui, s, place));
    let keys = keys.shrink2(egui::vec2(
        space::WIDE,
        (KEYS - size::BUTTON_HEIGHT_URDU) * 0.5,
    ));
    parts::row_in(w, ui, keys, "keys", |w, ui| keys_ui(w, ui, s, place));
}

fn body_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, place: Place) {
    let state = s.state;
    match (place, &state.activity) {
        (Place::Stopped, _) => stopped::stopped_ui(w, ui, s),
        (Place::Activation, _) => activation::activation_ui(w, ui, s),
        (Place::SignIn, _) => sign_in::sign_in_ui(w, ui, s),
        (Place::Work(_, Step::Photograph), ActivityView::Enrolling(work)) => {
            photograph::photograph_ui(w, ui, s, work);
        }
        (Place::Work(..), ActivityView::Enrolling(work)) => {
            application::application_ui(w, ui, s, work);
        }
        (Place::Review(_), ActivityView::Reviewing(open)) => review::open_ui(w, ui, s, open),
        (Place::Passphrase, ActivityView::ChangingPassphrase(view)) => {
            passphrase::passphrase_ui(w, ui, s, view);
        }
        (Place::Page(Page::Desk), _) => desk_home::desk_ui(w, ui, s),
        (Place::Page(Page::Review), _) => review::review_ui(w, ui, s),
        (Place::Page(Page::Queue), _) => queue::queue_ui(w, ui, s),
        (Place::Page(Page::Station), _) => station::station_ui(w, ui, s),
        (Place::Starting | Place::Work(..) | Place::Review(_) | Place::Passphrase, _) => {}
    }
}

fn keys_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, place: Place) {
    let state = s.state;
    match (place, &state.activity) {
        (Place::Work(_, Step::Photograph), ActivityView::Enrolling(work)) => {
            photograph::photograph_keys_ui(w, ui, s, work);
        }
        (Place::Work(..), ActivityView::Enrolling(work)) => {
            application::application_keys_ui(w, ui, s, work);
        }
        (Place::Review(_), ActivityView::Reviewing(open)) => review::open_keys_ui(w, ui, s, open),
        (Place::Passphrase, ActivityView::ChangingPassphrase(view)) => {
            passphrase::passphrase_keys_ui(w, ui, s, view);
        }
        (Place::Page(Page::Desk), _) => desk_home::desk_keys_ui(w, ui, s),
        (Place::Page(Page::Review), _) => review::review_keys_ui(w, ui, s),
        (Place::Page(Page::Queue), _) => queue::queue_keys_ui(w, ui, s),
        (Place::Page(Page::Station), _) => station::station_keys_ui(w, ui, s),
        (Place::Activation | Place::SignIn, _) => screens::hint_ui(w, ui, s),
        _ => {}
    }
}
