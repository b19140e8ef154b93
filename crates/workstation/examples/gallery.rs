//! Every widget on one page, to be looked at: `cargo run -p shanakht-workstation --example gallery [ur] [dark|high|high-dark]
//! [--shot FILE.ppm]`. F12 changes the language, F9 the colours.

use std::io::Write as _;

use anyhow::Context as _;
use eframe::egui;
use workstation::theme::{Appearance, Tone, space};
use workstation::widgets::{Button, Cell, Field, Label, Language, Select, Widgets};

struct Gallery {
    w: Widgets,
    appearance: usize,
    shot: Option<std::path::PathBuf>,
    frames: u32,
    form: Form,
}

struct Form {
    name_ur: String,
    name_en: String,
    cnic: String,
    born: String,
    address: String,
    passphrase: String,
    kind: Option<usize>,
    agreed: bool,
    who: u8,
    chosen: usize,
}

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|w| w == word);
    let language = if has("ur") {
        Language::Urdu
    } else {
        Language::English
    };
    let appearance = if has("dark") {
        1
    } else if has("high") {
        2
    } else if has("high-dark") {
        3
    } else {
        0
    };
    let shot = words
        .iter()
        .position(|w| w == "--shot")
        .and_then(|i| words.get(i + 1))
        .map(Into::into);
    let mut w = Widgets::new(Appearance::ALL[appearance], language)?;
    w.set_phonetic(has("keyboard"));
    let app = Gallery {
        w,
        appearance,
        shot,
        frames: 0,
        form: Form::filled(),
    };
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default().with_inner_size([1366.0, 768.0]),
        ..eframe::NativeOptions::default()
    };
    eframe::run_native("Shanakht widgets", options, Box::new(|_| Ok(Box::new(app))))
        .map_err(|e| anyhow::anyhow!("{e}"))
        .context("the window could not be opened")
}

impl Form {
    fn filled() -> Self {
        Self {
            name_ur: "محمد علی".into(),
            name_en: "Muhammad Ali".into(),
            cnic: "36302-0004512-3".into(),
            born: "31/02/1984".into(),
            address: "مکان نمبر 12، گلی 4، محلہ شاہ رکنِ عالم، ملتان 60000".into(),
            passphrase: "correct horse".into(),
            kind: Some(1),
            agreed: true,
            who: 0,
            chosen: 1,
        }
    }
}

impl eframe::App for Gallery {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.w.begin_frame(&ctx);
        if ctx.input(|i| i.key_pressed(egui::Key::F12)) {
            self.w.set_language(self.w.language().other());
        }
        if ctx.input(|i| i.key_pressed(egui::Key::F9)) {
            self.appearance = (self.appearance + 1) % Appearance::ALL.len();
            self.w.set_appearance(Appearance::ALL[self.appearance]);
        }
        self.page(ui);
        self.shoot(&ctx);
    }
}

impl Gallery {
    fn say<'a>(&self, english: &'a str, urdu: &'a str) -> &'a str {
        if self.w.language() == Language::Urdu {
            urdu
        } else {
            english
        }
    }

    fn page(&mut self, ui: &mut egui::Ui) {
        let theme = *self.w.theme();
        let bar = egui::Frame::new()
            .fill(theme.card)
            .inner_margin(egui::Margin::symmetric(24, 8));
        let title = self.say("Shanakht", "شناخت");
        let place = self.say(
            "Renewal · step 2 of 6 · details",
            "تجدید · مرحلہ ۲ از ۶ · کوائف",
        );
        let camera = self.say("Camera ready", "کیمرہ تیار");
        let offline = self.say("Offline for 2 h", "نیٹ ورک نہیں");
        egui::Panel::top("bar").frame(bar).show(ui, |ui| {
            self.w.split(
                ui,
                |w, ui| {
                    w.text(ui, Label::title(title).accent());
                    w.note(ui, place);
                },
                |w, ui| {
                    w.status(ui, Tone::Attention, offline);
                    w.status(ui, Tone::Ok, camera);
                },
            );
        });
        let back = self.say("Back", "واپس");
        let refuse = self.say("Applicant refuses…", "درخواست گزار انکار کرتا ہے…");
        let next = self.say("Next: consent", "آگے: رضامندی");
        egui::Panel::bottom("actions").frame(bar).show(ui, |ui| {
            self.w.split(
                ui,
                |w, ui| {
                    w.button(ui, Button::secondary(back).key("Esc"));
                    w.button(ui, Button::danger(refuse).key("X"));
                },
                |w, ui| w.button(ui, Button::primary(next).key("Enter")),
            );
        });
        let body = egui::Frame::new()
            .fill(theme.background)
            .inner_margin(egui::Margin::symmetric(24, 16));
        egui::CentralPanel::default().frame(body).show(ui, |ui| {
            let rtl = self.w.rtl();
            let form = &mut self.form;
            self.w.columns(ui, &[2.2, 1.0], |w, ui, column| {
                if column == 0 {
                    form.form(w, ui);
                } else {
                    form.side(w, ui, rtl);
                }
            });
            self.w.keyboard(ui);
        });
    }

    fn shoot(&mut self, ctx: &egui::Context) {
        let Some(path) = self.shot.clone() else {
            return;
        };
        self.frames += 1;
        ctx.request_repaint();
        if self.frames == 4 {
            let closing = ctx.clone();
            ctx.request_screenshot(move |image| {
                let mut file =
                    format!("P6\n{} {}\n255\n", image.width(), image.height()).into_bytes();
                for pixel in &image.pixels {
                    file.extend([pixel.r(), pixel.g(), pixel.b()]);
                }
                if let Err(error) =
                    std::fs::File::create(&path).and_then(|mut f| f.write_all(&file))
                {
                    tracing::error!(%error, "the picture could not be written");
                }
                closing.send_viewport_cmd(egui::ViewportCommand::Close);
            });
        }
    }
}

impl Form {
    fn form(&mut self, w: &mut Widgets, ui: &mut egui::Ui) {
        let urdu = w.language() == Language::Urdu;
        let say = |e: &'static str, u: &'static str| if urdu { u } else { e };
        w.card(ui, |w, ui| {
            w.split(
                ui,
                |w, ui| w.title(ui, say("Applicant", "درخواست گزار")),
                |w, ui| w.keyboard_switch(ui, say("Phonetic keyboard", "صوتی کی بورڈ")),
            );
            w.columns(ui, &[1.0, 1.0], |w, ui, column| {
                if column == 0 {
                    w.field(
                        ui,
                        Field::urdu(
                            "name-ur",
                            say("Name (Urdu)", "نام (اردو)"),
                            &mut self.name_ur,
                        )
                        .max_chars(60),
                    );
                    w.field(
                        ui,
                        Field::number("cnic", say("CNIC", "شناختی کارڈ نمبر"), &mut self.cnic)
                            .max_chars(15),
                    );
                    let kinds = [
                        say("New card", "نیا کارڈ"),
                        say("Renewal", "تجدید"),
                        say("Child", "بچہ"),
                    ];
                    w.select(
                        ui,
                        Select::new("kind", say("Kind", "قسم"), &mut self.kind, &kinds),
                    );
                } else {
                    w.field(
                        ui,
                        Field::latin(
                            "name-en",
                            say("Name (English)", "نام (انگریزی)"),
                            &mut self.name_en,
                        )
                        .max_chars(60),
                    );
                    let error = say(
                        "February has not that many days",
                        "فروری میں اتنے دن نہیں ہوتے",
                    );
                    w.field(
                        ui,
                        Field::number("born", say("Date of birth", "تاریخ پیدائش"), &mut self.born)
                            .error(Some(error)),
                    );
                    w.field(
                        ui,
                        Field::secret("pass", say("Passphrase", "خفیہ جملہ"), &mut self.passphrase),
                    );
                }
            });
            w.field(
                ui,
                Field::urdu("address", say("Address", "پتہ"), &mut self.address).max_chars(200),
            );
            w.checkbox(
                ui,
                &mut self.agreed,
                say(
                    "The applicant agrees to be photographed",
                    "درخواست گزار تصویر پر رضامند ہے",
                ),
            );
            w.row(ui, |w, ui| {
                w.radio(ui, &mut self.who, 0, say("Himself or herself", "خود"));
                w.radio(ui, &mut self.who, 1, say("Guardian", "سرپرست"));
            });
        });
    }

    fn side(&mut self, w: &mut Widgets, ui: &mut egui::Ui, urdu: bool) {
        let say = |e: &'static str, u: &'static str| if urdu { u } else { e };
        w.card(ui, |w, ui| {
            w.title(ui, say("Review", "جائزہ"));
            let rows = [
                (
                    say("Renewal", "تجدید"),
                    say("override: light", "روشنی کم"),
                    Tone::Attention,
                    "12 min",
                ),
                (
                    say("New card", "نیا کارڈ"),
                    say("all checks passed", "تمام جانچ درست"),
                    Tone::Ok,
                    "25 min",
                ),
                (
                    say("Child", "بچہ"),
                    say("face not seen", "چہرہ نظر نہیں آیا"),
                    Tone::Stop,
                    "1 h",
                ),
            ];
            for (index, (kind, state, tone, age)) in rows.into_iter().enumerate() {
                let cells = [
                    Cell::new(kind, 1.0).strong(),
                    Cell::new(state, 1.6).tone(tone),
                    Cell::figure(age, 0.8).muted(),
                ];
                if w.table_row(ui, &format!("row-{index}"), self.chosen == index, &cells)
                    .clicked()
                {
                    self.chosen = index;
                }
            }
            ui.add_space(space::MEDIUM);
            w.progress(
                ui,
                0.56,
                say(
                    "10 of 18 sent",
                    "\u{2066}18\u{2069} میں سے \u{2066}10\u{2069} بھیجے گئے",
                ),
            );
        });
        ui.add_space(space::MEDIUM);
        w.card(ui, |w, ui| {
            w.title(ui, say("Card", "کارڈ کی حالت"));
            w.chip(ui, Tone::Attention, say("Expired 2016", "میعاد ختم: \u{2066}2016\u{2069}"));
            w.chip(ui, Tone::Info, say("Replayed camera", "محفوظ شدہ ویڈیو"));
            w.label(
                ui,
                say(
                    "Two SIMs may be blocked in the first phase. They stay safe after renewal.",
                    "دو سم پہلے مرحلے میں بند ہو سکتی ہیں۔ تجدید کے بعد محفوظ رہیں گی۔ شناختی کارڈ \u{2066}35202-0001234-1\u{2069}",
                ),
            );
            w.text(ui, Label::new("Muhammad Ali (s/o Ahmed Khan)").ltr());
            w.note(ui, say("Answers as of today 06:40", "آج \u{2066}06:40\u{2069} بجے تک"));
        });
    }
}
