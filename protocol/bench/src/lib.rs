//! The document engine beside yrs, diamond-types and loro, on the same histories in one process. `scripts/bench document` runs it.
//!
//! `engines` puts the four behind one trait, `scenarios` says what is measured, `report` prints. Two binaries, since counting
//! allocations would slow the timed ones: `document-time` and `document-memory`.

pub mod engines;
#[path = "../../tests/support/random.rs"]
pub mod random;
pub mod report;
pub mod scenarios;
#[path = "../../tests/support/traces.rs"]
pub mod traces;
