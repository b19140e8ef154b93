//! Bidirectional text: layout, editing and glyph bitmaps; one text engine for screen and paper.
