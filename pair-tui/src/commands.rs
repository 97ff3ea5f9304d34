//! What each command of the command line does: wires screen, room, server and files together. Knows no rule of any of them.

use crate::{
    app::{
        App, AppOptions,
        outside::{CursorShape, Outside, SourceText, Visit},
        run::{Ended, RunSettings, new_writer, run},
        start::StartScreen,
    },
    cli::{Cli, CliCommand},
    client::{RoomAddress, ServerUrl, http, journal::Journals},
    config::{self, Settings, settings::BackgroundChoice},
    host::Host,
    put::{self, PutSettings},
    recent::RecentRooms,
    source_file,
    terminal::{self, Screen, Wanted, colors},
    ui::theme::{Ground, TerminalColors, color},
};
use anyhow::Context;
use protocol::{ClientId, Limits};
use std::{
    io::{self, IsTerminal, Read, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};
use tokio_util::sync::CancellationToken;

mod journal;

/// Carries out a command line. Cancelling ends it as if the person had quit.
///
/// # Errors
/// Whatever kept it from being done, for people.
pub async fn execute(cli: Cli, cancel: &CancellationToken) -> anyhow::Result<()> {
    let Cli { command, common } = cli;
    // Whoever repairs a config file must be able to look at it.
    if let Some(CliCommand::Config { path }) = command {
        return print_config(path);
    }
    let settings = Settings::load(&common)?;
    match command {
        None => show(&settings, Entrance::Start, cancel).await,
        Some(CliCommand::Config { path }) => print_config(path),
        Some(CliCommand::New { file, print: true }) => say(&create(&settings.server, file.as_deref()).await?.link()),
        Some(CliCommand::New { file, print: false }) => {
            need_terminal()?;
            let address = create(&settings.server, file.as_deref()).await?;
            show(&settings, Entrance::Room(address), cancel).await
        }
        Some(CliCommand::Join { room }) => {
            need_terminal()?;
            let address = RoomAddress::parse(&room, &settings.server)?;
            // What an earlier run could not send is shown even where no server answers.
            if !journals().has_left(&address.server.to_string(), &address.room) {
                http::check(&address.server).await?;
            }
            show(&settings, Entrance::Room(address), cancel).await
        }
        Some(CliCommand::Host { file, listen }) => {
            need_terminal()?;
            let host = Host::start(listen).await?;
            let result = show_hosted(&settings, &host, file.as_deref(), cancel).await;
            host.stop().await;
            result
        }
        Some(CliCommand::Get { room }) => {
            let address = RoomAddress::parse(&room, &settings.server)?;
            let text = http::room_text(&address.server, &address.room).await?;
            let mut out = io::stdout().lock();
            out.write_all(text.code.as_bytes()).and_then(|()| out.flush()).context("can't write the text")
        }
        Some(CliCommand::Put { room }) => put_text(&settings, &room, cancel).await,
        Some(CliCommand::Journal { command }) => journal::execute(&journals(), command),
    }
}

fn journals() -> Journals {
    Journals::new(config::journals_folder())
}

/// Where the screen begins.
enum Entrance {
    Start,
    Room(RoomAddress),
    Hosted { address: RoomAddress, invitation: Vec<String> },
}

fn need_terminal() -> Result<(), terminal::TerminalError> {
    if io::stdout().is_terminal() { Ok(()) } else { Err(terminal::TerminalError::NotATerminal) }
}

async fn create(server: &ServerUrl, file: Option<&Path>) -> anyhow::Result<RoomAddress> {
    let source = file.map(source_file::read).transpose()?;
    let created = http::create_room(server, &source.map(new_room).unwrap_or_default()).await?;
    Ok(RoomAddress { server: server.clone(), room: created.room_id, token: created.owner_token })
}

fn new_room(source: SourceText) -> http::NewRoom {
    http::NewRoom { code: Some(source.text), language: source.language, name: Some(source.name) }
}

async fn show_hosted(
    settings: &Settings,
    host: &Host,
    file: Option<&Path>,
    cancel: &CancellationToken,
) -> anyhow::Result<()> {
    let address = create(&host.here, file).await?;
    let link = RoomAddress { server: host.for_others.clone(), ..address.clone() };
    let invitation = link.invitation();
    say(&format!("Hosting on {}. To join: {}", host.for_others, invitation.join(" or ")))?;
    show(settings, Entrance::Hosted { address, invitation }, cancel).await?;
    say("The server has stopped; `pair-server` or the next `pair-tui host` serves this room again.")
}

/// Shows the screen until the person leaves.
async fn show(settings: &Settings, entrance: Entrance, cancel: &CancellationToken) -> anyhow::Result<()> {
    let mut machine = OwnMachine { recent: RecentRooms::new(&config::state_folder()), left: None, behind: None };
    let (room, invitation) = match entrance {
        Entrance::Start => (None, None),
        Entrance::Room(address) => (Some(address), None),
        Entrance::Hosted { address, invitation } => (Some(address), Some(invitation)),
    };
    let start = room.is_none().then(|| StartScreen::new(machine.recent.list(now())));
    let (client, secret) = writer()?;
    let journals = Some(config::journals_folder());
    let run_settings = RunSettings { server: settings.server.clone(), room, invitation, secret, journals };
    let result = {
        let colors = colors(settings);
        let asks = colors.ground == Ground::Asked;
        let mut screen = Screen::open(Wanted { mouse: settings.mouse, ground: asks })?;
        let size = screen.terminal.size().context("can't ask the terminal for its size")?;
        let app = App::new(AppOptions {
            name: name(settings),
            color: settings.color,
            client,
            size: (size.width, size.height),
            colors,
            preferences: settings.preferences.clone(),
            invitation: Vec::new(),
            seed: None,
            start,
        });
        run(app, &mut screen.terminal, terminal::input(asks), &mut machine, run_settings, cancel).await
    };
    if let Some((edits, journal)) = &machine.behind {
        let word = if *edits == 1 { "edit is" } else { "edits are" };
        say(&format!(
            "{edits} {word} not known to be stored; joining the room again sends what is missing, from {}",
            journal.display()
        ))?;
    }
    let ended = result?;
    if let (Ended::Quit, Some(left)) = (ended, machine.left) {
        say(&format!("You left {}. To come back: pair-tui join {}", left.room, left.link()))?;
    }
    Ok(())
}

async fn put_text(settings: &Settings, room: &str, cancel: &CancellationToken) -> anyhow::Result<()> {
    let address = RoomAddress::parse(room, &settings.server)?;
    let text = standard_input()?;
    http::check(&address.server).await?;
    let (client, secret) = writer()?;
    let putter = PutSettings { name: name(settings), client, secret };
    let link = address.link();
    let Some(put) = cancel.run_until_cancelled(put::put(address, &text, putter)).await else {
        anyhow::bail!("stopped before {link} had stored everything; put it again");
    };
    let said = match put?.changes {
        0 => format!("{link} holds this text already"),
        1 => format!("{link} has stored it: 1 place changed"),
        changes => format!("{link} has stored it: {changes} places changed"),
    };
    writeln!(io::stderr(), "{said}").context("can't write to standard error")
}

/// All of standard input, as text within the limit of a document.
fn standard_input() -> anyhow::Result<String> {
    let limit = Limits::default().document_bytes;
    let mut bytes = Vec::new();
    let at_most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    io::stdin().lock().take(at_most).read_to_end(&mut bytes).context("can't read standard input")?;
    anyhow::ensure!(bytes.len() <= limit, "standard input has more than {limit} bytes, the limit of a document");
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        anyhow::anyhow!(
            "standard input is not UTF-8 text (byte {at}); pair edits text only, convert it with iconv first"
        )
    })
}

/// What this person's own machine does for the program.
struct OwnMachine {
    recent: RecentRooms,
    left: Option<RoomAddress>,
    /// So many edits were not durable when the room was left, and are in this journal.
    behind: Option<(u64, PathBuf)>,
}

impl Outside for OwnMachine {
    fn copy(&mut self, text: &str) -> Result<(), String> {
        terminal::copy(text)
    }

    fn shape_cursor(&mut self, shape: CursorShape) {
        terminal::shape_cursor(shape);
    }

    fn suspend(&mut self) -> Result<(), String> {
        terminal::suspend().map_err(|error| format!("Can't go to the shell: {error}"))
    }

    fn read(&mut self, file: &Path) -> Result<SourceText, String> {
        source_file::read(file).map_err(|error| error.to_string())
    }

    fn visited(&mut self, visit: Visit) {
        self.left = Some(visit.address.clone());
        self.recent.remember(visit, now());
    }

    fn left_behind(&mut self, edits: u64, journal: &Path) {
        self.behind = Some((edits, journal.to_owned()));
    }
}

fn name(settings: &Settings) -> String {
    settings.name.clone().unwrap_or_else(config::login_name)
}

/// What the terminal can show, by its environment and by what the person says of it.
fn colors(settings: &Settings) -> TerminalColors {
    let found = colors::of_environment(|name| std::env::var(name).ok());
    let ground = match settings.background {
        BackgroundChoice::Auto => found.ground,
        BackgroundChoice::Dark => Ground::Known(color::BLACK),
        BackgroundChoice::Light => Ground::Known(color::WHITE),
    };
    TerminalColors { ground, ..found }
}

/// Prints the config file, or only where it is read from.
fn print_config(only_its_path: bool) -> anyhow::Result<()> {
    if only_its_path {
        let path = config::file_path().context("there is no home folder to read a config file from; set HOME")?;
        return say(&path.display().to_string());
    }
    say(config::print::config_file(&Settings::default()).trim_end())
}

/// A random client id and its secret.
fn writer() -> anyhow::Result<(ClientId, String)> {
    new_writer().context("the operating system gives no random numbers")
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A line for the person, outside the screen. A terminal that is gone is no error of the command.
fn say(line: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("can't write to standard output"),
        _ => Ok(()),
    }
}
