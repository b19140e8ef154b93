//! What a caller says about a text before it is laid out.

/// Size of Nastaliq beside Latin: at 1.2 × the two look equally large.
pub(crate) const NASTALIQ_SCALE: f32 = 1.2;

/// Room above and below the baseline of a Latin line, in ems of its size.
pub(crate) const LATIN_ABOVE: f32 = 1.07;
pub(crate) const LATIN_BELOW: f32 = 0.33;

/// Room above and below the baseline of a line with Nastaliq, in ems of the Latin size beside it. Together 2.3. Measured on
/// the gallery: nothing reaches deeper than 0.8; words stand 1.0 to 1.9 high and the longest stacks (پیچیدگی, ڈھلوں) 2.5, into
/// the room that the line above leaves free there.
pub(crate) const NASTALIQ_ABOVE: f32 = 1.50;
pub(crate) const NASTALIQ_BELOW: f32 = 0.80;

/// How heavy the letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Weight {
    /// Running text.
    #[default]
    Regular,
    /// Headings, figures that matter, buttons of the primary action.
    SemiBold,
}

/// The direction a line starts from. It is said by the caller, never guessed from the first letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// Left to right: Latin text, and every CNIC, date, number.
    #[default]
    Ltr,
    /// Right to left: Urdu.
    Rtl,
}

/// Where a line stands in the width it was given. *Start* is the left of a left-to-right text, the right of an Urdu one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Align {
    /// The side from which reading starts.
    #[default]
    Start,
    /// The middle.
    Centre,
    /// The side at which reading ends.
    End,
}

/// Size and weight. Colour is the painter's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Size of Latin letters in physical pixels (points on paper); Nastaliq is set 1.2 × as large.
    pub size_px: f32,
    /// Weight of both scripts.
    pub weight: Weight,
}

impl Style {
    /// Running text of a size.
    pub const fn regular(size_px: f32) -> Self {
        Self {
            size_px,
            weight: Weight::Regular,
        }
    }

    /// Heavier text of a size.
    pub const fn semi_bold(size_px: f32) -> Self {
        Self {
            size_px,
            weight: Weight::SemiBold,
        }
    }

    /// Height of one line in this style: 1.4 × for Latin, 2.3 × where Nastaliq may stand.
    pub fn line_height(&self, nastaliq: bool) -> f32 {
        let (above, below) = line_box(self.size_px, nastaliq);
        above + below
    }
}

/// Whole pixels above and below the baseline.
pub(crate) fn line_box(size_px: f32, nastaliq: bool) -> (f32, f32) {
    if nastaliq {
        (
            (size_px * NASTALIQ_ABOVE).ceil(),
            (size_px * NASTALIQ_BELOW).ceil(),
        )
    } else {
        (
            (size_px * LATIN_ABOVE).ceil(),
            (size_px * LATIN_BELOW).ceil(),
        )
    }
}

/// The room a text has and what happens when it does not suffice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limits {
    /// One line, as long as it gets.
    Line,
    /// One line; cut with "…" when wider than this.
    Ellipsis {
        /// Width in physical pixels.
        max_width: f32,
    },
    /// As many lines as it takes, none wider than this.
    Wrap {
        /// Width in physical pixels.
        max_width: f32,
    },
}

impl Limits {
    /// One line cut with "…" at a width.
    pub const fn ellipsis(max_width: f32) -> Self {
        Self::Ellipsis { max_width }
    }

    /// Lines wrapped at a width.
    pub const fn wrap(max_width: f32) -> Self {
        Self::Wrap { max_width }
    }

    /// The width text is aligned in, if there is one.
    pub(crate) fn max_width(self) -> Option<f32> {
        match self {
            Self::Line => None,
            Self::Ellipsis { max_width } | Self::Wrap { max_width } => Some(max_width.max(0.0)),
        }
    }
}
