//! The local engine of suggestions: a language model of one room, learnt from its documents as they are edited, without any other
//! text. A nested-cache n-gram model (Hellendoorn and Devanbu, FSE 2017; Tu, Su and Devanbu, FSE 2014): what stood after the last
//! tokens near the cursor, in the document and in the room, mixed by how often it was seen.
//!
//! This crate is pure: no I/O, no clock, no chance. The same edits give the same suggestions.

mod counts;
mod grams;
pub mod lexer;
pub mod lexis;
mod near;
mod predict;
pub mod room;
mod suggest;
mod token;
mod tracked;
pub mod weights;

pub use room::RoomModel;
pub use suggest::{Candidate, Extent};
pub use weights::Weights;
