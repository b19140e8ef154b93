//! Tests that cross crates; see `tests/`. What they share with the fuzz targets stands here.

pub mod parsers;
