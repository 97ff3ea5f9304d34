//! The vim key map: a pure state machine. Keys and a read-only view of the text go in, effects (edits, selections, program
//! commands) come out. What differs from vim on purpose stands in docs/vim.md. Knows no terminal, no runtime and no clock.

mod block;
mod change;
mod command;
mod ex;
mod insert;
mod jumps;
mod macros;
mod marks;
mod motion;
mod normal;
mod operator;
mod options;
mod parse;
mod prompt;
mod put;
mod region;
mod register;
mod rows;
mod scroll;
mod search;
mod state;
mod undo;
mod visual;
mod work;

#[cfg(test)]
mod differential;
#[cfg(test)]
mod tests;

pub use command::PromptKind;
pub use options::Options;
pub use prompt::Prompt;
pub use register::Register;
pub use state::{Effect, Mode, Setting, View, Vim};
