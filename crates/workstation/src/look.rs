//! Which of the appearances is used: the person's choice, or the PC's.

use crate::theme::Appearance;
use eframe::egui;

/// The look as a person chooses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Look {
    /// Light or dark, as the PC is set.
    #[default]
    System,
    /// Always this one.
    Fixed(Appearance),
}

impl Look {
    /// Every choice, as offered.
    pub const ALL: [Self; 5] = [
        Self::System,
        Self::Fixed(Appearance::Light),
        Self::Fixed(Appearance::Dark),
        Self::Fixed(Appearance::HighContrastLight),
        Self::Fixed(Appearance::HighContrastDark),
    ];

    /// Key of its name.
    pub fn key(self) -> &'static str {
        match self {
            Self::System => "theme-system",
            Self::Fixed(Appearance::Light) => "theme-light",
            Self::Fixed(Appearance::Dark) => "theme-dark",
            Self::Fixed(Appearance::HighContrastLight) => "theme-contrast-light",
            Self::Fixed(Appearance::HighContrastDark) => "theme-contrast-dark",
        }
    }

    /// The appearance to use on a PC that asks for dark, light, or nothing.
    pub fn appearance(self, pc: Option<egui::Theme>) -> Appearance {
        match (self, pc) {
            (Self::Fixed(appearance), _) => appearance,
            (Self::System, Some(egui::Theme::Dark)) => Appearance::Dark,
            (Self::System, _) => Appearance::Light,
        }
    }

    /// The look of that name on the command line.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|look| look.key().trim_start_matches("theme-") == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pc_decides_until_a_person_does() {
        assert_eq!(
            Look::System.appearance(Some(egui::Theme::Dark)),
            Appearance::Dark
        );
        assert_eq!(Look::System.appearance(None), Appearance::Light);
        let light = Look::from_name("light");
        assert_eq!(
            light.map(|l| l.appearance(Some(egui::Theme::Dark))),
            Some(Appearance::Light)
        );
    }
}
