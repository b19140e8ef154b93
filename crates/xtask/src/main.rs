//! The two commands of the README and everything that a developer runs by name.

fn main() {}
