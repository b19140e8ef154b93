//! shanakht-face

fn main() {}
