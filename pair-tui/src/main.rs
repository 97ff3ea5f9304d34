//! The pair terminal client binary.
fn main() {}
