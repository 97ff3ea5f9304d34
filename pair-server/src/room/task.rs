//! The task that owns one room: takes what comes into its mailbox, lets the state machine decide, and does what that says. Awaits
//! nothing but the mailbox, the other nodes, the storage of what waits, timers and cancellation.

use super::{
    effect::{ConnectionId, Effect, Ending, Now},
    handle::{Delivery, PlainJoined, RoomHandle, RoomInput, Said},
    meter::RoomMeter,
    outbox::{Outbox, PlainOutbox, outbox, plain_outbox},
    persistence::{Persistence, Stored},
    state::{JoinError, RoomState},
};
use crate::{
    clock::unix_ms,
    expiry::Expiry,
    fanout::Fanout,
    metrics::Metrics,
    room::frame::Frame,
    storage::{LogPosition, Storage},
    suggest::SuggestionProvider,
};
use protocol::{
    DocumentPath, ParticipantId, RequestId, RoomId,
    document::update::{IdRange, StateVector},
    message::server::{Closing, ClosingReason, Missing},
};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

mod nodes;
mod receipts;
mod report;
mod suggest;
mod taught;
mod yjs;

pub(in crate::room) use nodes::JoinedChannel;
use nodes::Sharing;
use receipts::Receipts;
pub use suggest::SuggestionRules;
use taught::Taught;

/// Inputs that are handled before anything else gets a turn.
const BATCH: usize = 256;

/// How often the room looks after connections that left without a word, and whether it may leave memory.
const SWEEP: Duration = Duration::from_secs(2);

/// When clients should come back after a shutdown, in milliseconds.
const SHUTDOWN_RETRY_MS: u32 = 1_000;

/// When clients should come back where other nodes go on serving the room, in milliseconds.
const HANDOVER_RETRY_MS: u32 = 20;

/// What a room's task needs from the server around it.
#[derive(Clone)]
pub struct RoomServices {
    /// Where the room is stored.
    pub storage: Arc<dyn Storage>,
    /// The way to the other nodes.
    pub fanout: Arc<dyn Fanout>,
    /// What makes suggestions.
    pub provider: Arc<dyn SuggestionProvider>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Owns the tasks that the room starts.
    pub tracker: TaskTracker,
    /// Tells the room to finish.
    pub shutdown: CancellationToken,
    /// After how long without use rooms are deleted, if ever.
    pub expiry: Option<Expiry>,
    /// How long an empty room stays in memory.
    pub idle: Duration,
    /// How long a room tries to store what waits when the server shuts down.
    pub shutdown_deadline: Duration,
    /// What the operator says about suggestions.
    pub suggestions: SuggestionRules,
}

impl std::fmt::Debug for RoomServices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RoomServices").field("provider", &self.provider.name()).finish_non_exhaustive()
    }
}

/// Why a room's task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Nobody was there; everything is stored.
    Idle,
    /// The server shuts down.
    Shutdown,
}

/// A room's task.
pub(super) struct RoomTask {
    id: RoomId,
    state: RoomState,
    /// Whose connection is whose; one whose place another took is not here any more, and is not listened to.
    connections: HashMap<ConnectionId, ParticipantId>,
    outboxes: HashMap<ParticipantId, Outbox>,
    plain: HashMap<ParticipantId, PlainOutbox>,
    /// How far the edits of some are.
    receipts: Receipts,
    /// What each connection that is behind has of each document.
    behind: HashMap<ParticipantId, HashMap<DocumentPath, StateVector>>,
    suggestions: HashMap<(ParticipantId, RequestId), CancellationToken>,
    taught: Taught,
    persistence: Persistence,
    /// The room's place among the other nodes, where there can be any.
    sharing: Option<Sharing>,
    services: RoomServices,
    handle: RoomHandle,
    meter: RoomMeter,
    /// Since when nobody is here.
    empty_since: Option<Instant>,
}

impl RoomTask {
    pub(super) fn new(
        id: RoomId,
        state: RoomState,
        log: &LogPosition,
        joined: Option<JoinedChannel>,
        services: RoomServices,
        handle: RoomHandle,
    ) -> Self {
        let persistence = Persistence::new(id.clone(), Arc::clone(&services.storage), log);
        let sharing = joined.map(|joined| joined.with_log(id.clone(), Arc::clone(&services.storage), log));
        let meter = RoomMeter::new(Arc::clone(&services.metrics));
        Self {
            id,
            state,
            meter,
            connections: HashMap::new(),
            outboxes: HashMap::new(),
            plain: HashMap::new(),
            receipts: Receipts::default(),
            behind: HashMap::new(),
            suggestions: HashMap::new(),
            taught: Taught::default(),
            persistence,
            sharing,
            services,
            handle,
            empty_since: Some(Instant::now()),
        }
    }

    /// Runs until the room may leave memory or the server shuts down. `may_go` is asked right before the room goes, and
    /// takes it out of the registry, so that nobody new finds it.
    pub(super) async fn run(mut self, mut inputs: mpsc::Receiver<Delivery>, may_go: impl FnOnce()) -> Ended {
        let shutdown = self.services.shutdown.clone();
        let mut sweep = tokio::time::interval(SWEEP.min(self.services.idle.max(Duration::from_millis(50))));
        let mut batch = Vec::with_capacity(BATCH);
        self.greet_nodes().await;
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => {
                    self.shut_down(inputs).await;
                    return Ended::Shutdown;
                }
                stored = self.persistence.next() => self.stored(stored),
                () = self.receipts.due() => {}
                came = nodes::next(&mut self.sharing) => self.take_from_nodes(came),
                // Before the inputs, which may never pause: whoever left in silence must be found in a busy room too.
                _ = sweep.tick() => {
                    self.sweep();
                    if self.may_leave_memory() {
                        break;
                    }
                }
                _ = inputs.recv_many(&mut batch, BATCH) => {
                    for Delivery { input, at } in batch.drain(..) {
                        self.meter.begin(report::arrived(&input, at));
                        self.handle(input);
                        self.meter.end();
                    }
                    // Whoever waits for somebody's edit comes first: the connections woken by now write it before anybody is told
                    // how far their own edits are, and before another thread is woken for the disk.
                    tokio::task::yield_now().await;
                }
            }
            self.receipts.tell(&self.outboxes);
            self.persistence.start(self.state.content());
            if self.persistence.is_full() {
                self.state.turn_away(JoinError::Unstored);
                self.perform();
            }
        }
        self.say_goodbye();
        may_go();
        // Whoever still holds the old handle gets no answer from here on, asks the registry, and finds the room loaded anew.
        inputs.close();
        tracing::debug!(room = %self.id, "the room leaves memory");
        Ended::Idle
    }

    fn handle(&mut self, input: RoomInput) {
        let now = Now { unix_ms: unix_ms() };
        self.state.note_time(now);
        match input {
            RoomInput::Join(join, answer) => {
                let connection = join.connection;
                let joined = self.state.join(*join);
                self.perform();
                let joined = joined.map(|welcome| {
                    let (ours, theirs) = outbox();
                    self.outboxes.insert(welcome.participant, ours);
                    self.connections.insert(connection, welcome.participant);
                    self.state.welcome_suggestions(welcome.participant);
                    self.state.tell_apart(welcome.participant);
                    (welcome, theirs)
                });
                // A client that went away while it joined is found by its closed outbox.
                drop(answer.send(joined));
            }
            RoomInput::JoinPlain(connection, id, answer) => {
                let joined = self.state.join_plain(id, now).map(|first| {
                    let (ours, theirs) = plain_outbox();
                    self.plain.insert(id, ours);
                    self.connections.insert(connection, id);
                    (first, theirs)
                });
                // Everybody, the new one too, gets the number of connections before the new one gets the text.
                self.perform();
                let joined = joined.map(|(first, outbox)| {
                    if let Some(outbox) = self.plain.get(&id) {
                        outbox.push_text(&first, false);
                    }
                    PlainJoined { participant: id, outbox }
                });
                drop(answer.send(joined));
            }
            RoomInput::Ended(connection, ending) => self.ended(connection, ending, now),
            RoomInput::Said(from, said) => {
                if let Some(from) = self.connections.get(&from).copied() {
                    self.said(from, said, now);
                }
            }
            RoomInput::PlainUpdate(from, update, answer) => {
                drop(answer.send(self.state.plain_update(from, &update, now)));
            }
            RoomInput::CaughtUp(connection) => {
                if let Some(id) = self.connections.get(&connection).copied() {
                    self.catch_up(id);
                }
            }
            RoomInput::Suggestion(report) => self.suggestion(report, now),
            RoomInput::Yjs(input) => self.yjs(input, now),
            RoomInput::Summary(answer) => drop(answer.send(self.state.summary())),
        }
        self.perform();
    }

    /// A connection ended; one whose place another took has ended before.
    fn ended(&mut self, connection: ConnectionId, ending: Ending, now: Now) {
        match (self.connections.get(&connection).copied(), ending) {
            (Some(id), Ending::Left) => self.state.leave(id),
            (Some(id), Ending::Lost { silent }) => self.state.lose(id, silent, now),
            (None, _) => {}
        }
    }

    fn said(&mut self, from: ParticipantId, said: Said, now: Now) {
        match said {
            Said::Edit(edit) => self.state.edit(from, &edit, now),
            Said::Presence(presence) => self.state.set_presence(from, presence),
            Said::Chat(chat) => self.state.chat(from, chat, now),
            Said::Summon(summon) => self.state.summon(from, summon),
            Said::Language(set) => self.state.set_language(from, &set),
            Said::Document(add) => self.state.add_document(from, add),
            Said::Role(set) => self.state.set_role(from, &set),
            Said::Models(set) => self.state.set_models(from, &set),
            Said::Suggest(ask) => self.state.request_suggestion(from, &ask, now),
            Said::EndSuggestion(ending) => self.state.end_suggestion(from, &ending),
        }
    }

    /// Does what the state machine wants done.
    fn perform(&mut self) {
        for effect in self.state.take_effects() {
            match effect {
                Effect::Send(to, frame) => {
                    self.note_error(&frame);
                    if let Some(outbox) = self.outboxes.get(&to) {
                        outbox.push(&frame);
                    }
                }
                Effect::Broadcast { frame, except } => {
                    for outbox in others(&self.outboxes, except) {
                        outbox.1.push(&frame);
                    }
                }
                Effect::BroadcastEdit { frame, except, document, inserted } => {
                    self.broadcast_edit(&frame, except, &document, &inserted);
                }
                Effect::Presence(of, frame) => {
                    for (_, outbox) in others(&self.outboxes, Some(of)) {
                        outbox.presence(of, &frame);
                    }
                }
                Effect::Receipt(to, receipt) => self.receipts.note(to, receipt),
                Effect::PlainText { author, every_one } => self.send_plain_text(author, every_one),
                Effect::PlainParticipants(count) => {
                    let frame = super::frame::PlainFrame::participants(count);
                    for outbox in self.plain.values() {
                        outbox.push_participants(&frame);
                    }
                }
                Effect::Suggest(suggest) => self.suggest(suggest),
                Effect::CancelSuggestion(participant, request) => {
                    if let Some(cancel) = self.suggestions.remove(&(participant, request)) {
                        cancel.cancel();
                    }
                }
                Effect::Detach(id) => self.detach(id),
                Effect::Close(id) => {
                    self.detach(id);
                    self.plain.remove(&id);
                    for outbox in self.outboxes.values() {
                        outbox.forget_presence(id);
                    }
                }
                effect @ (Effect::Publish(_) | Effect::Keep(..) | Effect::ReadStorage) => self.give_to_nodes(effect),
                Effect::Persist(persist) => {
                    self.meter.persists(persist.version);
                    self.persistence.push(Effect::Persist(persist), self.state.content());
                }
                stored => self.persistence.push(stored, self.state.content()),
            }
        }
    }

    /// Lets go of a participant's connection.
    fn detach(&mut self, id: ParticipantId) {
        self.connections.retain(|_, known| *known != id);
        self.outboxes.remove(&id);
        self.receipts.forget(id);
        self.behind.remove(&id);
    }

    fn broadcast_edit(
        &mut self,
        frame: &Arc<Frame>,
        except: Option<ParticipantId>,
        document: &DocumentPath,
        inserted: &[IdRange],
    ) {
        for (id, outbox) in others(&self.outboxes, except) {
            if outbox.push_edit(frame) || self.behind.contains_key(id) {
                continue;
            }
            tracing::debug!(room = %self.id, participant = %id, "a connection is behind");
            let mut states: HashMap<_, _> = self
                .state
                .content()
                .documents
                .iter()
                .map(|(path, document)| (path.clone(), document.state()))
                .collect();
            if let Some(state) = states.get_mut(document) {
                for range in inserted {
                    state.set(range.client, range.start.min(state.clock(range.client)));
                }
            }
            self.behind.insert(*id, states);
        }
    }

    /// A connection has written all that waited: it gets all that it missed at once.
    fn catch_up(&mut self, id: ParticipantId) {
        let (Some(outbox), Some(states)) = (self.outboxes.get(&id), self.behind.remove(&id)) else { return };
        let missing = self.state.content().documents.iter().filter_map(|(path, document)| {
            let known = states.get(path).map(StateVector::write).unwrap_or_default();
            let update = document.difference(&known).ok()?;
            let cost = update.len();
            Some(Frame::new(Missing { document: path.clone(), update: update.into() }, cost))
        });
        outbox.catch_up(&missing.collect::<Vec<_>>());
        self.services.metrics.edits.catch_ups.inc();
    }

    fn send_plain_text(&mut self, author: Option<String>, every_one: bool) {
        if self.plain.is_empty() {
            return;
        }
        let (frame, now) = (self.state.plain_text(author), Now { unix_ms: unix_ms() });
        for (id, outbox) in &self.plain {
            let replaced = outbox.push_text(&frame, !every_one);
            self.state.plain_sent(*id, replaced, now);
        }
    }

    fn stored(&mut self, stored: Stored) {
        match stored {
            Stored::Through(version) => {
                self.state.storage_state(None);
                self.state.let_in();
                self.state.stored(version);
                self.meter.stored(version);
            }
            Stored::Failed(problem) => {
                tracing::error!(room = %self.id, %problem, "edits can't be stored; the room keeps them and tries again");
                self.state.storage_state(Some(problem));
            }
            Stored::Gone => self.deleted(),
            Stored::Overdue(problem) => {
                tracing::error!(room = %self.id, %problem, "edits are not stored");
                self.state.storage_state(Some(problem));
            }
        }
        self.perform();
    }

    /// Finds connections that ended without a word, and participants who were away for too long.
    fn sweep(&mut self) {
        let now = Now { unix_ms: unix_ms() };
        let gone = self.outboxes.iter().filter(|(_, outbox)| outbox.is_abandoned()).map(|(id, _)| *id);
        let plain_gone = self.plain.iter().filter(|(_, outbox)| outbox.is_abandoned()).map(|(id, _)| *id);
        for id in gone.chain(plain_gone).collect::<Vec<_>>() {
            self.state.lose(id, Duration::ZERO, now);
        }
        self.state.expire(now);
        self.state.beat(now);
        if self.services.expiry.is_some_and(|expiry| expiry.must_note(self.state.content().updated_ms, now.unix_ms)) {
            self.state.note_use(now);
        }
        self.perform();
        let empty = self.state.participants_here() == 0;
        self.empty_since = if empty { self.empty_since.or_else(|| Some(Instant::now())) } else { None };
        self.report();
    }

    /// Whether nobody has been here for long enough and everything is stored, compacted.
    fn may_leave_memory(&mut self) -> bool {
        if self.state.is_deleted() {
            return true;
        }
        let idle = self.empty_since.is_some_and(|since| since.elapsed() >= self.services.idle);
        if !idle || !self.persistence.is_settled() {
            return false;
        }
        !self.persistence.compact(self.state.content())
    }

    /// Tells everybody, and stores what waits. What came before is the room's: plain clients bring nothing of it to another node.
    async fn shut_down(&mut self, mut inputs: mpsc::Receiver<Delivery>) {
        for _ in 0..inputs.len() {
            if let Ok(Delivery { input, .. }) = inputs.try_recv() {
                self.handle(input);
            }
        }
        let retry_after_ms = if self.hand_over() { HANDOVER_RETRY_MS } else { SHUTDOWN_RETRY_MS };
        let closing = Closing { reason: ClosingReason::Shutdown, retry_after_ms: Some(retry_after_ms) };
        let frame = Frame::new(closing, 32);
        for outbox in self.outboxes.values() {
            outbox.push(&frame);
        }
        self.outboxes.clear();
        self.plain.clear();
        // Who comes or goes from here on does so on another node; texts that were on their way here have nobody else.
        inputs.close();
        while let Ok(Delivery { input, .. }) = inputs.try_recv() {
            if matches!(input, RoomInput::PlainUpdate(..)) {
                self.handle(input);
            }
        }
        self.persistence.compact(self.state.content());
        let finished = async {
            while !self.persistence.is_settled() {
                self.persistence.start(self.state.content());
                if let Stored::Failed(problem) = self.persistence.next().await {
                    tracing::error!(room = %self.id, %problem, "edits can't be stored while the server shuts down");
                }
            }
        };
        if tokio::time::timeout(self.services.shutdown_deadline, finished).await.is_err() {
            tracing::error!(room = %self.id, "gave up storing the room's last edits");
            // The other nodes wait in vain for a sign of life, and store what they have of these edits.
            return;
        }
        self.say_goodbye();
    }
}

/// Every outbox but one.
fn others(
    outboxes: &HashMap<ParticipantId, Outbox>,
    except: Option<ParticipantId>,
) -> impl Iterator<Item = (&ParticipantId, &Outbox)> {
    outboxes.iter().filter(move |(id, _)| Some(**id) != except)
}
