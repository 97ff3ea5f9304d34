//! What comes from the keyboard and the mouse, and what it means: keys and mouse events in types of our own, commands, and the
//! table between them. Knows no terminal library and no state.

pub mod command;
pub mod history;
pub mod key;
pub mod keymap;
pub mod mouse;
pub mod vim;

pub use command::Command;
pub use history::History;
pub use key::{Key, KeyCode};
pub use keymap::{Keymap, KeymapName, When};
pub use mouse::{MouseButton, MouseEvent, MouseKind};
pub use vim::Vim;
