//! What each command of the command line does: wires screen, room, server and files together. Knows no rule of any of them.

use crate::{
    app::{
        App, AppOptions,
        files::OpenedFile,
        outside::SourceText,
        run::{Ended, RunSettings, new_writer, run},
        start::StartScreen,
    },
    cli::{Cli, CliCommand},
    client::{Dialer, KnownServers, RoomAddress, ServerUrl, http, journal::Journals},
    config::{self, Settings, settings::BackgroundChoice},
    host::Host,
    put::{self, PutSettings},
    recent::RecentRooms,
    source_file,
    terminal::{self, Screen, Wanted, colors},
    ui::theme::{Ground, TerminalColors, color},
};
use anyhow::Context;
use clap::CommandFactory;
use pair_server::cli::manual;
use protocol::{ClientId, Limits};
use std::{
    io::{self, IsTerminal, Read, Write},
    path::Path,
    time::SystemTime,
};
use tokio_util::sync::CancellationToken;

mod journal;
mod own_machine;

use own_machine::OwnMachine;

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
    if let Some(CliCommand::Forget { server }) = &command {
        return forget(server);
    }
    if let Some(CliCommand::Manual(asked)) = &command {
        return manual::run(asked, Cli::command(), &mut io::stdout()).context("can't write what was asked for");
    }
    let settings = Settings::load(&common)?;
    let dialer = Dialer::new(settings.transport, &config::state_folder());
    match command {
        None => show(&settings, &dialer, Entrance::Start, cancel).await,
        Some(CliCommand::Config { path }) => print_config(path),
        Some(CliCommand::Forget { server }) => forget(&server),
        Some(CliCommand::Manual(_)) => Ok(()),
        Some(CliCommand::New { file, print: true }) => {
            say(&create(&settings.server, &dialer, file.as_deref()).await?.0.link())
        }
        Some(CliCommand::New { file, print: false }) => {
            need_terminal()?;
            let (address, file) = create(&settings.server, &dialer, file.as_deref()).await?;
            show(&settings, &dialer, Entrance::Room { address, file }, cancel).await
        }
        Some(CliCommand::Join { room }) => {
            need_terminal()?;
            let address = RoomAddress::parse(&room, &settings.server)?;
            // What an earlier run could not send is shown even where no server answers.
            if !journals().has_left(&address.server.to_string(), &address.room) {
                check(&address.server, &dialer).await?;
            }
            show(&settings, &dialer, Entrance::Room { address, file: None }, cancel).await
        }
        Some(CliCommand::Host { file, listen }) => {
            need_terminal()?;
            let host = Host::start(listen).await?;
            let result = show_hosted(&settings, &dialer, &host, file.as_deref(), cancel).await;
            host.stop().await;
            result
        }
        Some(CliCommand::Get { room }) => {
            let address = RoomAddress::parse(&room, &settings.server)?;
            let text = http::room_text(&address.server, &dialer.trust, &address.room).await?;
            let mut out = io::stdout().lock();
            out.write_all(text.code.as_bytes()).and_then(|()| out.flush()).context("can't write the text")
        }
        Some(CliCommand::Put { room }) => put_text(&settings, &dialer, &room, cancel).await,
        Some(CliCommand::Journal { command }) => journal::execute(&journals(), command),
    }
}

fn journals() -> Journals {
    Journals::new(config::journals_folder())
}

/// Where the screen begins.
enum Entrance {
    Start,
    Room { address: RoomAddress, file: Option<OpenedFile> },
    Hosted { address: RoomAddress, file: Option<OpenedFile>, invitation: Vec<String> },
}

fn need_terminal() -> Result<(), terminal::TerminalError> {
    if io::stdout().is_terminal() { Ok(()) } else { Err(terminal::TerminalError::NotATerminal) }
}

/// Creates a room with a file's text, and gives what the file had.
async fn create(
    server: &ServerUrl,
    dialer: &Dialer,
    file: Option<&Path>,
) -> anyhow::Result<(RoomAddress, Option<OpenedFile>)> {
    let source = file.map(|file| source_file::read(file, config::home_folder().as_deref())).transpose()?;
    let opened = source.as_ref().and_then(|source| source.file.clone());
    let created = http::create_room(server, &dialer.trust, &source.map(new_room).unwrap_or_default()).await?;
    tell_news(dialer)?;
    let address = RoomAddress { server: server.clone(), room: created.room_id, token: created.owner_token };
    Ok((address, opened))
}

/// Makes sure that a pair server answers.
async fn check(server: &ServerUrl, dialer: &Dialer) -> anyhow::Result<()> {
    http::check(server, &dialer.trust).await?;
    tell_news(dialer)
}

/// Says which servers are remembered from now on.
fn tell_news(dialer: &Dialer) -> anyhow::Result<()> {
    dialer
        .trust
        .take_news()
        .iter()
        .try_for_each(|news| writeln!(io::stderr(), "{news}"))
        .context("can't write to standard error")
}

fn new_room(source: SourceText) -> http::NewRoom {
    http::NewRoom { code: Some(source.text), language: source.language, name: Some(source.name) }
}

async fn show_hosted(
    settings: &Settings,
    dialer: &Dialer,
    host: &Host,
    file: Option<&Path>,
    cancel: &CancellationToken,
) -> anyhow::Result<()> {
    let (address, file) = create(&host.here, dialer, file).await?;
    let link = RoomAddress { server: host.for_others.clone(), ..address.clone() };
    let invitation = link.invitation();
    say(&format!("Hosting on {}. To join: {}", host.for_others, invitation.join(" or ")))?;
    if host.for_others.is_encrypted() {
        say(&format!("The certificate that they are shown at their first visit: {}", host.fingerprint()))?;
    }
    show(settings, dialer, Entrance::Hosted { address, file, invitation }, cancel).await?;
    say("The server has stopped; `pair-server` or the next `pair-tui host` serves this room again.")
}

/// Shows the screen until the person leaves.
async fn show(
    settings: &Settings,
    dialer: &Dialer,
    entrance: Entrance,
    cancel: &CancellationToken,
) -> anyhow::Result<()> {
    let mut machine = OwnMachine::new(RecentRooms::new(&config::state_folder()), config::home_folder());
    let (room, file, invitation) = match entrance {
        Entrance::Start => (None, None, None),
        Entrance::Room { address, file } => (Some(address), file, None),
        Entrance::Hosted { address, file, invitation } => (Some(address), file, Some(invitation)),
    };
    let start = room.is_none().then(|| StartScreen::new(machine.recent(now())));
    let (client, secret) = writer()?;
    let run_settings = RunSettings {
        server: settings.server.clone(),
        room,
        invitation,
        secret,
        journals: Some(config::journals_folder()),
        dialer: dialer.clone(),
    };
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
            file,
            home: config::home_folder(),
            start,
        });
        let input = terminal::input(asks).context("can't read from the terminal")?;
        Box::pin(run(app, &mut screen.terminal, input, &mut machine, run_settings, cancel)).await
    };
    if let Some((edits, journal)) = machine.behind() {
        let word = if edits == 1 { "edit is" } else { "edits are" };
        let file = journal.display();
        say(&format!(
            "{edits} {word} not known to be stored; joining the room again sends what is missing, from {file}"
        ))?;
    }
    if let (Ended::Quit, Some(left)) = (result?, machine.stop().await) {
        say(&format!("You left {}. To come back: pair-tui join {}", left.room, left.link()))?;
    }
    Ok(())
}

async fn put_text(settings: &Settings, dialer: &Dialer, room: &str, cancel: &CancellationToken) -> anyhow::Result<()> {
    let address = RoomAddress::parse(room, &settings.server)?;
    let text = standard_input()?;
    check(&address.server, dialer).await?;
    let (client, secret) = writer()?;
    let putter = PutSettings { name: name(settings), client, secret };
    let link = address.link();
    let Some(put) = cancel.run_until_cancelled(put::put(address, dialer.clone(), &text, putter)).await else {
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

/// Forgets the certificates of a server, given as a host, with its port or without, or as an address.
fn forget(server: &str) -> anyhow::Result<()> {
    let host = server.split_once("://").map_or(server, |(_, rest)| rest);
    let host = host.split_once('/').map_or(host, |(host, _)| host);
    let known = KnownServers::new(&config::state_folder());
    let (forgotten, file) = (known.forget(host)?, known.file().display().to_string());
    anyhow::ensure!(forgotten > 0, "{file} remembers no certificate of {host}");
    say(&format!("{host} is forgotten; the next certificate that it shows is remembered"))
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
