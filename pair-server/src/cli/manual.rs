//! Man pages and shell completions, made from a program's own command line. Knows clap's commands, not what they do; `pair-tui` uses it too.

use clap::{Command, Subcommand};
use clap_complete::Shell;
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

/// What packagers ask for; people find it in docs/operations.md.
#[derive(Debug, Clone, Subcommand)]
pub enum ManualCommand {
    /// Prints what a shell needs to complete this program's commands and options.
    #[command(hide = true)]
    Completions {
        /// Which shell.
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Writes the man pages of this program and of each of its commands into a folder.
    #[command(hide = true)]
    Man {
        /// The folder; it is made where it is missing.
        folder: PathBuf,
    },
}

/// Does what a packager asks for.
///
/// # Errors
/// What the folder or the output refuses.
pub fn run(asked: &ManualCommand, mut program: Command, out: &mut impl Write) -> io::Result<()> {
    match asked {
        ManualCommand::Completions { shell } => {
            let name = program.get_name().to_owned();
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut program, name, &mut script);
            out.write_all(&script)
        }
        ManualCommand::Man { folder } => write_pages(program, folder),
    }
}

fn write_pages(program: Command, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(program, folder)
}
