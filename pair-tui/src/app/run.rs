//! The one loop: waits for keys, the room and the clock, changes the state, repaints, and carries out effects. Works on any terminal
//! backend, any stream of input and any size; knows no standard output, no signal and no global state.

use super::{
    App,
    effect::{Effect, Order},
    event::Event,
    files::{OpenedFile, WriteReport},
    outside::{CursorShape, Outside},
    parse_worker::ParseWorker,
    update::update,
};
use crate::{
    client::{
        Connection, ConnectionEvent, Dialer, Outbox, RoomAddress, ServerUrl,
        journal::{Journal, Report, Writer},
    },
    editor::{
        Editor,
        syntax::{Parsed, Recolor},
    },
};
use futures::{Stream, StreamExt, future::BoxFuture, poll};
use ratatui::{Terminal, backend::Backend};
use std::{collections::VecDeque, io, path::PathBuf, task::Poll, time::Duration};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

mod files;
mod journal;
mod paint;
mod room;

pub use paint::REPAINT_EVERY;
pub use room::new_writer;

use files::Writing;
use journal::report_of;
use paint::{Pace, Painted, Reading, Urgency};
use room::{created, next_of};

/// The clock event comes this often.
pub const TICK_EVERY: Duration = Duration::from_millis(50);

/// What only time changes (names that fade, who is idle) is repainted every so many ticks.
const TICKS_PER_REPAINT: u32 = 10;

/// At most so many waiting events are handled before a repaint, so that a flood of them does not freeze the screen.
const EVENTS_PER_REPAINT: usize = 2_000;

/// So often the program may begin anew as another writer, because the room did not take its text; then it stays as it is.
const START_OVERS: u32 = 20;

/// What the loop starts with.
#[derive(Debug, Clone)]
pub struct RunSettings {
    /// Where rooms are created, and where a bare room id is looked for.
    pub server: ServerUrl,
    /// The room to connect to at once; none: the start screen asks.
    pub room: Option<RoomAddress>,
    /// What friends are told for that room, where its own address would not do for them (a server that is hosted here).
    pub invitation: Option<Vec<String>>,
    /// Proves that the client id is this program's: 16 to 64 random characters.
    pub secret: String,
    /// The folder of journals; none: what is typed is only in memory until the server has stored it.
    pub journals: Option<PathBuf>,
    /// How connections are opened.
    pub dialer: Dialer,
}

/// How the loop ended, where nothing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The person quit.
    Quit,
    /// It was cancelled from outside.
    Cancelled,
    /// The input is over: the terminal is gone.
    InputOver,
}

/// Why the loop ended badly.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The terminal does not take output.
    #[error("the terminal takes no output: {0}")]
    Terminal(String),
    /// The room was never entered, and trying again can't help.
    #[error("can't join {link}: {reason}")]
    NotJoined {
        /// The room.
        link: String,
        /// Why.
        reason: String,
    },
}

/// What was waited for.
enum Woken {
    Cancelled,
    Input(Option<io::Result<Event>>),
    Room(Option<ConnectionEvent>),
    Created(Result<RoomAddress, String>),
    Wrote(WriteReport),
    Parsed(Parsed),
    Journal(Option<Report>),
    PaintDue,
    Tick,
}

/// A room that is being created.
type Creating = BoxFuture<'static, Result<RoomAddress, String>>;

/// Runs the program until the person quits, the input ends or `cancel` is cancelled. Says goodbye to the room in any case.
///
/// # Errors
/// [`RunError`].
pub async fn run<B: Backend, O: Outside>(
    app: App,
    terminal: &mut Terminal<B>,
    input: impl Stream<Item = io::Result<Event>> + Unpin,
    outside: &mut O,
    settings: RunSettings,
    cancel: &CancellationToken,
) -> Result<Ended, RunError> {
    let mut runner = Runner {
        app,
        terminal,
        outside,
        settings,
        connection: None,
        outbox: None,
        journal: None,
        formerly: Vec::new(),
        address: None,
        creating: None,
        opening: None,
        writing: VecDeque::new(),
        parser: ParseWorker::default(),
        reading: Reading::default(),
        waiting: Vec::new(),
        began: Instant::now(),
        pace: Pace::default(),
        painted: Painted::default(),
        shape: None,
        failure: None,
        ended: None,
        started_over: 0,
    };
    // All of the program's state is in this future, which is too large for a place on the stack of whoever waits for it.
    Box::pin(async move {
        let result = runner.run(input, cancel).await;
        runner.end(Ended::InputOver);
        runner.leave().await;
        result
    })
    .await
}

struct Runner<'a, B: Backend, O> {
    app: App,
    terminal: &'a mut Terminal<B>,
    outside: &'a mut O,
    settings: RunSettings,
    connection: Option<Connection>,
    outbox: Option<Outbox>,
    journal: Option<Journal>,
    /// Who wrote what an earlier run left, until the server has stored it.
    formerly: Vec<Writer>,
    address: Option<RoomAddress>,
    creating: Option<Creating>,
    /// The file that the room which is being created begins with.
    opening: Option<OpenedFile>,
    /// Files that are being written, one after the other.
    writing: VecDeque<Writing>,
    parser: ParseWorker,
    reading: Reading,
    /// Effects that wait for the repaint that shows what caused them.
    waiting: Vec<Effect>,
    began: Instant,
    pace: Pace,
    painted: Painted,
    /// What the cursor looks like now; none: nobody knows.
    shape: Option<CursorShape>,
    failure: Option<RunError>,
    ended: Option<Ended>,
    /// How often it began anew; a room that refuses everything ends that at some time.
    started_over: u32,
}

impl<B: Backend, O: Outside> Runner<'_, B, O> {
    async fn run(
        &mut self,
        mut input: impl Stream<Item = io::Result<Event>> + Unpin,
        cancel: &CancellationToken,
    ) -> Result<Ended, RunError> {
        let mut ticks = interval(TICK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut ticked: u32 = 0;
        if let Some(room) = self.settings.room.clone() {
            self.connect(room);
        }
        loop {
            self.paint_if_due()?;
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            if let Some(ended) = self.ended {
                return Ok(ended);
            }
            let paint_at = self.pace.due_at().unwrap_or(self.began);
            let woken = tokio::select! {
                biased;
                () = cancel.cancelled() => Woken::Cancelled,
                event = input.next() => Woken::Input(event),
                event = next_of(&mut self.connection) => Woken::Room(event),
                created = created(&mut self.creating) => Woken::Created(created),
                report = report_of(&mut self.journal) => Woken::Journal(report),
                report = files::written(&mut self.writing) => Woken::Wrote(report),
                parsed = self.parser.next() => Woken::Parsed(parsed),
                () = sleep_until(paint_at), if self.pace.is_wanted() => Woken::PaintDue,
                _ = ticks.tick() => Woken::Tick,
            };
            if matches!(woken, Woken::Tick) {
                ticked = ticked.wrapping_add(1);
                if ticked.is_multiple_of(TICKS_PER_REPAINT) {
                    self.pace.want(Urgency::WhenQuiet);
                }
            }
            self.handle(woken);
            self.drain(&mut input).await;
        }
    }

    fn handle(&mut self, woken: Woken) {
        match woken {
            Woken::Cancelled => self.end(Ended::Cancelled),
            Woken::Input(Some(Ok(event))) => {
                self.pace.answer();
                self.update(event);
            }
            Woken::Input(Some(Err(error))) => {
                tracing::warn!(%error, "the terminal gives no input");
                self.end(Ended::InputOver);
            }
            Woken::Input(None) => self.end(Ended::InputOver),
            Woken::Room(Some(event)) => self.room_event(event),
            Woken::Room(None) => self.connection = None,
            Woken::Created(Ok(address)) => {
                if let Some(file) = self.opening.take() {
                    self.update(Event::Opened(Box::new(file)));
                }
                self.connect(address);
            }
            Woken::Wrote(report) => self.update(Event::Wrote(Box::new(report))),
            Woken::Created(Err(problem)) => self.update(Event::Failed(problem)),
            Woken::Parsed(parsed) => {
                self.reading.worker_is_done(Instant::now());
                self.parsed(parsed);
            }
            Woken::Journal(Some(report)) => self.report(report),
            Woken::Journal(None) => self.journal = None,
            Woken::PaintDue => {}
            Woken::Tick => self.tick(),
        }
    }

    /// Handles everything that waits already, so that one repaint shows all of it. Asks without waiting, but as the task that it
    /// is: a stream may remember whom to wake from the last time it was asked, and crossterm's does.
    async fn drain(&mut self, input: &mut (impl Stream<Item = io::Result<Event>> + Unpin)) {
        for _ in 0..EVENTS_PER_REPAINT {
            if self.ended.is_some() {
                return;
            }
            if let Poll::Ready(event) = poll!(input.next()) {
                self.handle(Woken::Input(event));
            } else if self.pace.is_answering(Instant::now()) {
                // The person comes before the room.
                return;
            } else if let Some(event) = self.connection.as_mut().and_then(Connection::try_next) {
                self.handle(Woken::Room(Some(event)));
            } else if let Some(report) = self.journal.as_mut().and_then(Journal::try_next) {
                self.handle(Woken::Journal(Some(report)));
            } else if let Some(parsed) = self.parser.try_next() {
                self.handle(Woken::Parsed(parsed));
            } else {
                return;
            }
        }
    }

    fn update(&mut self, event: Event) {
        self.update_wanting(event, Some(Urgency::Soon));
    }

    /// Changes the state, and says how soon that is to be seen; none: it is not to be seen at all.
    fn update_wanting(&mut self, event: Event, urgency: Option<Urgency>) {
        let (now, is_key) = (self.now_ms(), matches!(event, Event::Key(_)));
        self.waiting.extend(update(&mut self.app, event, now));
        match urgency {
            Some(Urgency::Soon) if is_key => self.pace.want_answer(),
            Some(urgency) => self.pace.want(urgency),
            None => {}
        }
    }

    /// Most of what was read looks as it did before; only what does not is worth a repaint. While somebody types only the lines they edit
    /// take another look, with the next key or when they pause; the others do when they rest.
    fn parsed(&mut self, parsed: Parsed) {
        let is_typing = parsed.follows_edits() && self.pace.is_typing(Instant::now());
        let (recolor, urgency) =
            if is_typing { (Recolor::Edited, Urgency::WhenPausing) } else { (Recolor::All, Urgency::Soon) };
        let shown = |app: &App| app.editor().map(Editor::highlights);
        let before = shown(&self.app);
        self.update_wanting(Event::Parsed { parsed: Box::new(parsed), recolor }, None);
        if before != shown(&self.app) {
            self.pace.want(urgency);
        }
        self.want_all_looks();
    }

    /// The clock changes little; only what it does change is worth a repaint.
    fn tick(&mut self) {
        let shown = |app: &App| (app.notice().is_some(), app.room.is_saving(app.now_ms), app.theme);
        let (before, was_counting) = (shown(&self.app), self.app.search.is_counting());
        self.update_wanting(Event::Tick, was_counting.then_some(Urgency::Soon));
        if before != shown(&self.app) {
            self.pace.want(Urgency::WhenQuiet);
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Ends the loop; whoever did not quit by a key has not said goodbye to the room yet.
    fn end(&mut self, ended: Ended) {
        if self.ended.is_none() && ended != Ended::Quit {
            super::update::leave(&self.app, &mut self.waiting);
        }
        self.ended.get_or_insert(ended);
    }

    fn carry_out(&mut self) {
        for effect in std::mem::take(&mut self.waiting) {
            match effect {
                Effect::Send(message) => {
                    if let Some(outbox) = &self.outbox {
                        outbox.send(message);
                    }
                }
                Effect::Keep(order) => {
                    if order == Order::Durable {
                        self.formerly.clear();
                    }
                    if let Some(journal) = &mut self.journal {
                        journal.write(order);
                    }
                }
                Effect::RetryNow => {
                    if let Some(connection) = &self.connection {
                        connection.retry_now();
                    }
                }
                Effect::CopyToClipboard(text) => {
                    if let Err(problem) = self.outside.copy(&text) {
                        self.update(Event::Failed(problem));
                    }
                }
                Effect::WriteFile(order) => self.writing.push_back(self.outside.write(*order)),
                Effect::CreateRoom { file } => self.create(file.as_deref()),
                Effect::JoinRoom { address } => match RoomAddress::parse(&address, &self.settings.server) {
                    Ok(address) => self.connect(address),
                    Err(error) => self.update(Event::Failed(error.to_string())),
                },
                Effect::Redraw => self.redraw(),
                Effect::StartOver { reason } => self.start_over(reason),
                Effect::Suspend => {
                    if let Err(problem) = self.outside.suspend() {
                        self.update(Event::Failed(problem));
                    }
                    self.shape = None;
                    self.redraw();
                }
                Effect::Quit => self.end(Ended::Quit),
            }
        }
    }
}

#[cfg(test)]
mod tests;
