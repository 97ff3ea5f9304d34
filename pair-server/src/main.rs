//! The pair room server binary.
fn main() {}
