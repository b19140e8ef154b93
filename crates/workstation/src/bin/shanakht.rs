//! shanakht

fn main() {}
