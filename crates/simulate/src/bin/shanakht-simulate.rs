//! shanakht-simulate

fn main() {}
