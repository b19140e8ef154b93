//! All that somebody may want to change about the look: colours, spacing, sizes.
//!
//! A colour never carries meaning alone: every state has an icon and a word beside it. A test holds the contrast of every text
//! colour on every surface it may stand on: 4.5:1, and 7:1 in the high-contrast appearances.

use eframe::egui::{self, Color32, CornerRadius, Shadow, Stroke, Vec2};

/// Spacing steps in points.
pub mod space {
    /// Between an icon and its word.
    pub const TINY: f32 = 4.0;
    /// Between parts of one control.
    pub const SMALL: f32 = 8.0;
    /// Between controls that belong together.
    pub const MEDIUM: f32 = 12.0;
    /// Between controls.
    pub const LARGE: f32 = 16.0;
    /// Margin of a screen, inside of a card.
    pub const WIDE: f32 = 24.0;
    /// Between groups.
    pub const HUGE: f32 = 32.0;
}

/// Sizes of Latin letters in points; Nastaliq is set 1.2 × as large by the text engine.
pub mod size {
    /// What a key is called, on its button.
    pub const KEY: f32 = 12.0;
    /// Labels over fields, notes, times.
    pub const SMALL: f32 = 14.0;
    /// Running text.
    pub const BODY: f32 = 16.0;
    /// Head of a card.
    pub const TITLE: f32 = 20.0;
    /// Head of a screen.
    pub const DISPLAY: f32 = 28.0;
    /// Height of a field and a drop-down.
    pub const FIELD_HEIGHT: f32 = 46.0;
    /// Height of a button.
    pub const BUTTON_HEIGHT: f32 = 42.0;
    /// Height of a button whose word may be Urdu.
    pub const BUTTON_HEIGHT_URDU: f32 = 48.0;
    /// Radius of corners.
    pub const CORNER: u8 = 6;
}

/// Which of the palettes is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Appearance {
    /// Dark letters on light.
    #[default]
    Light,
    /// Light letters on dark.
    Dark,
    /// Black on white, 7:1.
    HighContrastLight,
    /// White on black, 7:1.
    HighContrastDark,
}

impl Appearance {
    /// Every appearance, in the order a switch goes through them.
    pub const ALL: [Self; 4] = [
        Self::Light,
        Self::Dark,
        Self::HighContrastLight,
        Self::HighContrastDark,
    ];

    /// Is the background dark?
    pub fn dark(self) -> bool {
        matches!(self, Self::Dark | Self::HighContrastDark)
    }

    /// Contrast that every text of it has at least.
    pub fn least_contrast(self) -> f32 {
        match self {
            Self::Light | Self::Dark => 4.5,
            Self::HighContrastLight | Self::HighContrastDark => 7.0,
        }
    }
}

/// What a thing's state means to the officer. Shown as icon and word in this colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tone {
    /// Nothing to say.
    #[default]
    Neutral,
    /// Good, done.
    Ok,
    /// Good to know.
    Info,
    /// Somebody should look.
    Attention,
    /// It does not go on like this.
    Stop,
}

/// The colours of one appearance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Which one this is.
    pub appearance: Appearance,
    /// Behind everything.
    pub background: Color32,
    /// Cards, bars, fields.
    pub card: Color32,
    /// Lines and borders.
    pub line: Color32,
    /// Text.
    pub ink: Color32,
    /// Text that matters less.
    pub muted: Color32,
    /// The primary action, focus, the product's name.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Behind the chosen row, selected text, a pressed button.
    pub selected: Color32,
    /// State *ok*.
    pub ok: Color32,
    /// State *info*.
    pub info: Color32,
    /// State *attention*.
    pub attention: Color32,
    /// State *stop*.
    pub stop: Color32,
    /// Under a dialog, over the screen.
    pub veil: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

impl Theme {
    /// The palette of an appearance.
    pub const fn new(appearance: Appearance) -> Self {
        match appearance {
            Appearance::Light => Self {
                appearance,
                background: rgb(0x00f4_f6f4),
                card: rgb(0x00ff_ffff),
                line: rgb(0x00d9_dfdb),
                ink: rgb(0x0016_211c),
                muted: rgb(0x005c_6a63),
                accent: rgb(0x000b_5d3b),
                on_accent: rgb(0x00ff_ffff),
                selected: rgb(0x00e3_f0e9),
                ok: rgb(0x000c_6e46),
                info: rgb(0x001d_5b8f),
                attention: rgb(0x0092_5300),
                stop: rgb(0x00b3_261e),
                veil: Color32::from_black_alpha(110),
            },
            Appearance::Dark => Self {
                appearance,
                background: rgb(0x0011_1714),
                card: rgb(0x0018_201c),
                line: rgb(0x002c_3832),
                ink: rgb(0x00ea_f1ed),
                muted: rgb(0x009d_b0a6),
                accent: rgb(0x0024_ac72),
                on_accent: rgb(0x0006_140d),
                selected: rgb(0x0021_3029),
                ok: rgb(0x0046_c28b),
                info: rgb(0x007a_b8ea),
                attention: rgb(0x00e2_a44a),
                stop: rgb(0x00ef_7d76),
                veil: Color32::from_black_alpha(150),
            },
            Appearance::HighContrastLight => Self {
                appearance,
                background: rgb(0x00ff_ffff),
                card: rgb(0x00ff_ffff),
                line: rgb(0x0000_0000),
                ink: rgb(0x0000_0000),
                muted: rgb(0x0033_3333),
                accent: rgb(0x0000_3d24),
                on_accent: rgb(0x00ff_ffff),
                selected: rgb(0x00d7_ebe0),
                ok: rgb(0x0000_4026),
                info: rgb(0x0000_3566),
                attention: rgb(0x0057_3000),
                stop: rgb(0x007a_0000),
                veil: Color32::from_black_alpha(150),
            },
            Appearance::HighContrastDark => Self {
                appearance,
                background: rgb(0x0000_0000),
                card: rgb(0x0000_0000),
                line: rgb(0x00ff_ffff),
                ink: rgb(0x00ff_ffff),
                muted: rgb(0x00d0_d0d0),
                accent: rgb(0x005f_e3ab),
                on_accent: rgb(0x0000_0000),
                selected: rgb(0x0012_3a28),
                ok: rgb(0x006f_f0b8),
                info: rgb(0x00a6_d6ff),
                attention: rgb(0x00ff_c36b),
                stop: rgb(0x00ff_b0aa),
                veil: Color32::from_black_alpha(190),
            },
        }
    }

    /// The colour of a state's icon and word.
    pub fn tone(&self, tone: Tone) -> Color32 {
        match tone {
            Tone::Neutral => self.muted,
            Tone::Ok => self.ok,
            Tone::Info => self.info,
            Tone::Attention => self.attention,
            Tone::Stop => self.stop,
        }
    }

    /// A hairline, thicker in the high-contrast appearances.
    pub fn border(&self) -> Stroke {
        let width = if self.appearance.least_contrast() > 5.0 {
            1.5
        } else {
            1.0
        };
        Stroke::new(width, self.line)
    }

    /// The line around what has the keyboard.
    pub fn focus(&self) -> Stroke {
        Stroke::new(2.0, self.accent)
    }

    /// Corners of cards, buttons and fields.
    pub fn corner(&self) -> CornerRadius {
        CornerRadius::same(size::CORNER)
    }

    /// Gives egui's own parts (panels, scroll bars, plots) the same colours. Call it when the appearance changes.
    pub fn apply(&self, ctx: &egui::Context) {
        let mut visuals = if self.appearance.dark() {
            egui::Visuals::dark()
        } else {
            egui::Visuals::light()
        };
        // What a question covers is veiled, not faded as well.
        visuals.disabled_alpha = 1.0;
        visuals.override_text_color = Some(self.ink);
        visuals.panel_fill = self.background;
        visuals.window_fill = self.card;
        visuals.window_stroke = self.border();
        visuals.window_shadow = Shadow::NONE;
        visuals.popup_shadow = Shadow::NONE;
        visuals.window_corner_radius = self.corner();
        visuals.menu_corner_radius = self.corner();
        visuals.extreme_bg_color = self.background;
        visuals.faint_bg_color = self.selected;
        visuals.selection.bg_fill = self.selected;
        visuals.selection.stroke = Stroke::new(1.0, self.accent);
        visuals.hyperlink_color = self.info;
        for widget in [
            &mut visuals.widgets.noninteractive,
            &mut visuals.widgets.inactive,
            &mut visuals.widgets.hovered,
            &mut visuals.widgets.active,
            &mut visuals.widgets.open,
        ] {
            widget.bg_stroke = self.border();
            widget.fg_stroke = Stroke::new(1.0, self.ink);
            widget.bg_fill = self.line;
            widget.weak_bg_fill = self.card;
            widget.corner_radius = self.corner();
            widget.expansion = 0.0;
        }
        ctx.set_theme(if self.appearance.dark() {
            egui::Theme::Dark
        } else {
            egui::Theme::Light
        });
        ctx.set_visuals(visuals);
        ctx.all_styles_mut(|style| {
            style.spacing.item_spacing = Vec2::splat(space::SMALL);
            style.animation_time = 0.0;
        });
    }
}

/// Contrast of two colours as WCAG 2.1 defines it (1 to 21).
pub fn contrast(a: Color32, b: Color32) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: Color32) -> f32 {
    let linear = |channel: u8| {
        let c = f32::from(channel) / 255.0;
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_colour_can_be_read_on_every_surface() {
        for appearance in Appearance::ALL {
            let t = Theme::new(appearance);
            let inks = [
                ("ink", t.ink),
                ("muted", t.muted),
                ("ok", t.ok),
                ("info", t.info),
                ("attention", t.attention),
                ("stop", t.stop),
                ("accent", t.accent),
            ];
            for (surface, behind) in [
                ("background", t.background),
                ("card", t.card),
                ("selected", t.selected),
            ] {
                for (name, ink) in inks {
                    let seen = contrast(ink, behind);
                    assert!(
                        seen >= appearance.least_contrast(),
                        "{appearance:?}: {name} on {surface} is {seen:.2}:1"
                    );
                }
            }
            let primary = contrast(t.on_accent, t.accent);
            assert!(
                primary >= appearance.least_contrast(),
                "{appearance:?}: text on the accent is {primary:.2}:1"
            );
        }
    }

    #[test]
    fn black_on_white_is_21_to_1() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 0.01);
    }
}
