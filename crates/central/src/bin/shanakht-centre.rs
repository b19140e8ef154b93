//! shanakht-centre

fn main() {}
