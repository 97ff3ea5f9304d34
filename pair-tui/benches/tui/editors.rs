//! The programs that are compared, each with line numbers and its highlighting of Rust, and otherwise as Debian ships it and as its
//! manual calls it plain: no file of the person's own is read. Knows no time.

use super::terminal::Terminal;
use portable_pty::CommandBuilder;
use std::{fs, path::Path, time::Duration};

/// A program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Editor {
    /// `pair-tui`, in a room of a server on this machine, with one peer who does nothing.
    Pair,
    /// Vim with its defaults (`--clean`: `defaults.vim`, no file of the person's), without a swap file.
    Vim,
    /// Neovim in the same way.
    Neovim,
    /// Nano with Debian's syntax files.
    Nano,
    /// Micro, its automatic brackets off, so that all programs hold the same text.
    Micro,
    /// Kakoune.
    Kakoune,
}

/// How long a program is to be quiet before anything is measured.
const SETTLED: Duration = Duration::from_millis(700);

impl Editor {
    /// All, ours first.
    pub const ALL: [Self; 6] = [Self::Pair, Self::Vim, Self::Neovim, Self::Nano, Self::Micro, Self::Kakoune];

    /// What it is called in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pair => "pair-tui",
            Self::Vim => "vim",
            Self::Neovim => "neovim",
            Self::Nano => "nano",
            Self::Micro => "micro",
            Self::Kakoune => "kakoune",
        }
    }

    /// The command that opens a file, or for ours a room; `home` is an empty folder for its files.
    pub fn command(self, file_or_link: &str, home: &Path) -> CommandBuilder {
        let words: &[&str] = match self {
            Self::Pair => &[env!("CARGO_BIN_EXE_pair-tui"), "join", file_or_link, "--name", "Ada"],
            Self::Vim => &["vim.basic", "--clean", "-n", "-c", "set number", file_or_link],
            Self::Neovim => &["nvim", "--clean", "-n", "-c", "set number", file_or_link],
            Self::Nano => &["nano", "--linenumbers", file_or_link],
            Self::Micro => &["micro", "-backup", "false", file_or_link],
            Self::Kakoune => &["kak", "-e", "add-highlighter global/ number-lines", file_or_link],
        };
        let mut command = CommandBuilder::new(words[0]);
        command.args(&words[1..]);
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("LANG", "C.UTF-8");
        // The others suggest nothing by themselves either.
        command.env("PAIR_SUGGEST", "key");
        command.env("HOME", home);
        command.cwd(home);
        if self == Self::Nano {
            fs::write(home.join(".nanorc"), "include \"/usr/share/nano/*.nanorc\"\n").expect("a home folder");
        }
        command
    }

    /// Brings the cursor to the end of a line and opens a new one below it, ready to be typed into.
    pub fn open_line_below(self, terminal: &mut Terminal, line: usize) {
        let go = match self {
            Self::Pair => format!("\x07{line}\r"),
            Self::Vim | Self::Neovim => format!("{line}Go"),
            Self::Nano => format!("\x1f{line}\r"),
            Self::Micro => format!("\x05goto {line}\r"),
            Self::Kakoune => format!("{line}go"),
        };
        terminal.send(go.as_bytes());
        terminal.settle(SETTLED);
        match self {
            Self::Pair | Self::Nano | Self::Micro => {
                terminal.send(b"\x1b[F\r");
            }
            Self::Vim | Self::Neovim | Self::Kakoune => {}
        }
        terminal.settle(SETTLED);
    }

    /// What a terminal sends for a paste: bracketed, with line breaks as carriage returns. Debian's kakoune knows no brackets; there it is
    /// the same as typed.
    pub fn pasted(self, text: &str) -> String {
        let text = text.replace('\n', "\r");
        if self == Self::Kakoune { text } else { format!("\x1b[200~{text}\x1b[201~") }
    }

    /// Ends typing, so that keys move about; where keys always do both, nothing.
    pub fn end_typing(self, terminal: &mut Terminal) {
        if matches!(self, Self::Vim | Self::Neovim | Self::Kakoune) {
            terminal.send(b"\x1b");
        }
        terminal.settle(SETTLED);
    }

    /// Makes ready for a paste where typing has ended. In kakoune that is typing without its hooks, as its manual has it: with them each
    /// of the lines is indented anew, and 5,000 take minutes.
    pub fn begin_pasting(self, terminal: &mut Terminal) {
        match self {
            Self::Vim | Self::Neovim => drop(terminal.send(b"i")),
            Self::Kakoune => drop(terminal.send(b"\\i")),
            Self::Pair | Self::Nano | Self::Micro => {}
        }
        terminal.settle(SETTLED);
    }
}
