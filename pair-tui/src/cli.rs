//! The command line: what can be asked for, and how it is explained. Knows not how anything is done.

use crate::{
    app::preferences::ThemeName,
    client::{ServerUrl, TransportChoice},
    config::settings::BackgroundChoice,
    input::KeymapName,
};
use clap::{Args, Parser, Subcommand, builder::NonEmptyStringValueParser};
use pair_server::{cli::manual::ManualCommand, config::ListenAddress};
use std::{path::PathBuf, str::FromStr};

/// Edit a text together with others, from the terminal.
///
/// Started bare, it shows a start screen: create a room, join one, or go back to a recent one. Inside a room F1 shows all keys and
/// Ctrl-Q leaves. Everything typed is stored in the room as you type; when the connection is lost, go on typing.
#[derive(Debug, Parser)]
#[command(name = "pair-tui", version, about, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Cli {
    /// What to do; nothing: the start screen.
    #[command(subcommand)]
    pub command: Option<CliCommand>,

    /// What applies to all of it.
    #[command(flatten)]
    pub common: Common,
}

const AFTER_HELP: &str = "Examples:
  pair-tui host src/main.rs                   a server and a room in one go, for a friend on this machine
  pair-tui host --listen 0.0.0.0:8000 a.py    the same, for friends on the network
  pair-tui new notes.md                       a new room on the server, with this file's text
  pair-tui join brave-otter-7f3k-9m2q-8xt     a room on the server, or paste a link
  pair-tui get ROOM > main.rs                 the room's text into a file
  pair-tui put ROOM < main.rs                 a file's text into the room, as an edit
  pair-tui config                             the config file with every option explained

With PAIR_LOG=debug (or info, or target=level) a log is written to pair/pair-tui.log in the XDG state folder (~/.local/state).
Exit codes: 0 done, 1 it did not work (standard error says why), 2 wrong usage, 128 and the signal's number if one ended it.";

/// Options of every command. Each comes before the environment variable of its name, and that before the config file, which has more
/// options: `pair-tui config` shows them all.
#[derive(Debug, Args)]
pub struct Common {
    /// Your name, as the others see it. [default: your login name]
    #[arg(long, global = true, env = "PAIR_NAME", value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), hide_env_values = true)]
    pub name: Option<String>,

    /// The server that rooms are created on, and that bare room ids are looked for on. [default: port 8000 of this machine]
    #[arg(long, global = true, env = "PAIR_SERVER", value_name = "URL", value_parser = named::<ServerUrl>("PAIR_SERVER"), hide_env_values = true)]
    pub server: Option<ServerUrl>,

    /// How rooms are connected to: auto takes whichever is there first, quic or ws (a WebSocket). QUIC needs an address that begins with
    /// https. [default: auto]
    #[arg(long, global = true, env = "PAIR_TRANSPORT", value_name = "TRANSPORT", value_parser = named::<TransportChoice>("PAIR_TRANSPORT"), hide_env_values = true)]
    pub transport: Option<TransportChoice>,

    /// The key map: default has the keys of nano, VS Code and browsers, vim those of vim. Inside, the command palette changes it.
    /// [default: default]
    #[arg(long, global = true, env = "PAIR_KEYS", value_name = "MAP", value_parser = named::<KeymapName>("PAIR_KEYS"), hide_env_values = true)]
    pub keys: Option<KeymapName>,

    /// The colours: auto, dark, light, high-contrast or sixteen. Inside, the command palette changes them. [default: auto]
    #[arg(long, global = true, env = "PAIR_THEME", value_name = "THEME", value_parser = named::<ThemeName>("PAIR_THEME"), hide_env_values = true)]
    pub theme: Option<ThemeName>,

    /// What the terminal's background is, dark or light; auto asks it, or COLORFGBG. [default: auto]
    #[arg(long, global = true, env = "PAIR_BACKGROUND", value_name = "GROUND", value_parser = named::<BackgroundChoice>("PAIR_BACKGROUND"), hide_env_values = true)]
    pub background: Option<BackgroundChoice>,
}

/// What can be asked for.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Creates a room, with a file's text and language if you name one, and joins it.
    New {
        /// The file; one that does not exist gives the room its name and an empty text. Ctrl-S or :w writes the
        /// room's text back to it, when you say so.
        file: Option<PathBuf>,
        /// Only prints the room's link, and joins nobody.
        #[arg(long)]
        print: bool,
    },
    /// Joins a room by its id or by a link.
    Join {
        /// The room's id, or a link such as HOST:8000/rooms/ID.
        #[arg(value_name = "ROOM_OR_URL")]
        room: String,
    },
    /// Starts a server inside this program, creates a room there and joins it. The server ends when you leave.
    Host {
        /// The file to begin with; as in `new`.
        file: Option<PathBuf>,
        /// Where the server listens. 0.0.0.0:8000 lets other machines in. [default: 127.0.0.1:8000, or a free port if that is taken]
        #[arg(long, env = "PAIR_LISTEN", value_name = "HOST:PORT", value_parser = named::<ListenAddress>("PAIR_LISTEN"), hide_env_values = true)]
        listen: Option<ListenAddress>,
    },
    /// Prints a room's text.
    Get {
        /// The room's id or a link to it.
        #[arg(value_name = "ROOM_OR_URL")]
        room: String,
    },
    /// Shows what was typed here and is not known to be stored by a server, and gets it out without one.
    ///
    /// What is typed goes into a journal on this machine until the server has stored it; `pair-tui join` sends what is left of it.
    Journal {
        /// What to do.
        #[command(subcommand)]
        command: JournalCommand,
    },
    /// Prints the config file with every option explained, as it is by default.
    Config {
        /// Only prints where the config file is read from.
        #[arg(long)]
        path: bool,
    },
    /// Forgets the remembered certificate of a server, after it was rightly changed.
    Forget {
        /// The server, such as HOST:8000, or HOST with all its ports.
        server: String,
    },
    /// Something for packages.
    #[command(flatten)]
    Manual(ManualCommand),
    /// Sets a room's text to what comes in, as an edit: only what differs changes. Ends when the server has stored it.
    Put {
        /// The room's id or a link to it.
        #[arg(value_name = "ROOM_OR_URL")]
        room: String,
    },
}

/// What can be done with journals.
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Lists the journals that earlier runs left, and those in use.
    List,
    /// Prints the text in a journal.
    Show {
        /// The journal's name, or its beginning, such as the room's id.
        name: String,
    },
    /// Writes the texts in a journal into files.
    Export {
        /// The journal's name, or its beginning, such as the room's id.
        name: String,
        /// The folder for the files; files that are there already are left alone.
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
}

/// A parser whose error names the environment variable too: the value may well have come from there.
fn named<T>(variable: &'static str) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    move |text| text.parse().map_err(|error: T::Err| format!("{variable}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_is_sound() {
        Cli::command().debug_assert();
        let cli = Cli::try_parse_from(["pair-tui", "join", "brave-otter", "--server", "pair.dev:81"]);
        assert_eq!(cli.unwrap().common.server.unwrap().to_string(), "http://pair.dev:81");
    }

    #[test]
    fn a_bad_value_is_named_with_what_would_be_right() {
        let error = |arguments: &[&str]| Cli::try_parse_from(arguments).map(drop).unwrap_err().to_string();
        let server = error(&["pair-tui", "--server", "ftp://x"]);
        assert!(server.contains("PAIR_SERVER") && server.contains("http://host:8000"), "{server}");
        let listen = error(&["pair-tui", "host", "--listen", "8000"]);
        assert!(listen.contains("PAIR_LISTEN") && listen.contains("127.0.0.1:8000"), "{listen}");
    }
}
