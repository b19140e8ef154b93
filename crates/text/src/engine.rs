//! The engine: fonts, and the scratch space that layout and drawing need.

use std::sync::Arc;

use parley::fontique::{
    Blob, Collection, CollectionOptions, FontInfoOverride, FontWeight, SourceCache,
};
use parley::{FontContext, FontData, FontFamily, FontFamilyName, LayoutContext};
use swash::scale::ScaleContext;

use crate::script::Script;
use crate::style::Weight;

/// Family names under which the fonts are registered; nobody outside sees them.
const SANS: &str = "Shanakht Sans";
const NASTALIQ: &str = "Shanakht Nastaliq";

/// One of the four fonts inside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Face {
    /// Noto Sans.
    Sans,
    /// Noto Sans SemiBold.
    SansSemiBold,
    /// Noto Nastaliq Urdu.
    Nastaliq,
    /// Noto Nastaliq Urdu Bold.
    NastaliqBold,
}

impl Face {
    /// Every face, in the order of its number.
    pub const ALL: [Self; 4] = [
        Self::Sans,
        Self::SansSemiBold,
        Self::Nastaliq,
        Self::NastaliqBold,
    ];

    /// The font file's bytes: for the painter of a PDF, which embeds them.
    pub fn data(self) -> &'static [u8] {
        match self {
            Self::Sans => include_bytes!("../../../assets/fonts/NotoSans-Regular.ttf"),
            Self::SansSemiBold => include_bytes!("../../../assets/fonts/NotoSans-SemiBold.ttf"),
            Self::Nastaliq => include_bytes!("../../../assets/fonts/NotoNastaliqUrdu-Regular.ttf"),
            Self::NastaliqBold => include_bytes!("../../../assets/fonts/NotoNastaliqUrdu-Bold.ttf"),
        }
    }

    fn family(self) -> (&'static str, f32) {
        match self {
            Self::Sans => (SANS, 400.0),
            Self::SansSemiBold => (SANS, 600.0),
            Self::Nastaliq => (NASTALIQ, 400.0),
            Self::NastaliqBold => (NASTALIQ, 600.0),
        }
    }
}

/// Why there is no text engine.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TextError {
    /// A font inside the program could not be read: the program file is damaged.
    #[error("the font {0:?} inside the program cannot be read; install the program again")]
    Font(Face),
}

/// Lays out, edits and draws text. One a thread; making one costs a few milliseconds.
pub struct TextEngine {
    pub(crate) fonts: FontContext,
    pub(crate) layouts: LayoutContext<()>,
    pub(crate) scaler: ScaleContext,
    blobs: [(u64, Face); 4],
}

impl std::fmt::Debug for TextEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextEngine").finish_non_exhaustive()
    }
}

impl TextEngine {
    /// Makes the engine from the fonts inside the program.
    ///
    /// # Errors
    /// [`TextError::Font`] when one of them is not a font.
    pub fn new() -> Result<Self, TextError> {
        let mut collection = Collection::new(CollectionOptions {
            shared: false,
            system_fonts: false,
        });
        let mut blobs = [(0, Face::Sans); 4];
        for (slot, face) in blobs.iter_mut().zip(Face::ALL) {
            let blob = Blob::new(Arc::new(face.data()));
            *slot = (blob.id(), face);
            let (family, weight) = face.family();
            let named = FontInfoOverride {
                family_name: Some(family),
                weight: Some(FontWeight::new(weight)),
                ..FontInfoOverride::default()
            };
            if collection.register_fonts(blob, Some(named)).is_empty() {
                return Err(TextError::Font(face));
            }
        }
        Ok(Self {
            fonts: FontContext {
                collection,
                source_cache: SourceCache::default(),
            },
            layouts: LayoutContext::new(),
            scaler: ScaleContext::new(),
            blobs,
        })
    }

    /// Which of our faces a laid-out run uses.
    pub(crate) fn face(&self, font: &FontData) -> Face {
        let id = font.data.id();
        self.blobs
            .iter()
            .find(|(blob, _)| *blob == id)
            .map_or(Face::Sans, |(_, face)| *face)
    }
}

/// Fonts for a script, first choice first.
pub(crate) fn families(script: Script) -> FontFamily<'static> {
    static LATIN_FIRST: [FontFamilyName<'static>; 2] =
        [FontFamilyName::named(SANS), FontFamilyName::named(NASTALIQ)];
    static NASTALIQ_FIRST: [FontFamilyName<'static>; 2] =
        [FontFamilyName::named(NASTALIQ), FontFamilyName::named(SANS)];
    FontFamily::List(match script {
        Script::Latin => (&LATIN_FIRST[..]).into(),
        Script::Nastaliq => (&NASTALIQ_FIRST[..]).into(),
    })
}

pub(crate) fn parley_weight(weight: Weight) -> FontWeight {
    FontWeight::new(match weight {
        Weight::Regular => 400.0,
        Weight::SemiBold => 600.0,
    })
}
