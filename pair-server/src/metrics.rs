//! What the server counts and times for its operator, as `GET /metrics` gives it in the OpenMetrics text format
//! (<https://prometheus.io/docs/specs/om/open_metrics_spec>). Recording on the way of an edit is an addition to an atomic: no lock, no
//! allocation. Knows no room, no connection and no storage: they record here. No room, name, address or text is in a label.

use prometheus_client::{
    encoding::text,
    metrics::{counter::Counter, family::Family, gauge::Gauge, info::Info},
    registry::Registry,
};
use std::time::Duration;

pub mod histogram;
pub mod label;
mod process;
pub mod suggestion;
pub mod values;

use histogram::Histogram;
use label::{Each, Grid, Label, single};
use values::{Closed, Dialect, FanoutFailure, SizeClass, StorageOperation, SuggestionOutcome, Transport};

/// Labels whose values are not all known beforehand; their series are found under a lock, which nothing on the way of an edit takes.
type Labels<const N: usize> = [(&'static str, String); N];

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Rooms and who is in them.
    pub rooms: RoomMetrics,
    /// Edits on their way.
    pub edits: EditMetrics,
    /// Connections and their bytes.
    pub connections: ConnectionMetrics,
    /// Storage.
    pub storage: StorageMetrics,
    /// The way to the other nodes.
    pub fanout: FanoutMetrics,
    suggestions: Family<Labels<2>, Counter>,
    suggestion_seconds: Family<Labels<1>, Histogram>,
    errors_told: Family<Labels<1>, Counter>,
    requests: Family<Labels<3>, Counter>,
    request_seconds: Family<Labels<1>, Histogram>,
}

/// Rooms in memory. Gauges follow with a delay of up to two seconds: each room says how it is when it looks after its connections.
#[derive(Debug)]
pub struct RoomMetrics {
    /// Rooms in memory.
    pub open: Each<SizeClass, Gauge>,
    /// About how many bytes they hold.
    pub memory_bytes: Each<SizeClass, Gauge>,
    /// Participants who are here.
    pub participants: Each<Dialect, Gauge>,
    /// Participants that are behind: what they miss is sent as one difference.
    pub behind: Gauge,
    /// Bytes that wait in outboxes for their connections.
    pub outbox_bytes: Gauge,
    /// Bytes that wait for storage.
    pub unstored_bytes: Gauge,
    /// Rooms that were loaded from storage.
    pub loaded: Counter,
    /// Rooms whose task panicked.
    pub panicked: Counter,
    /// Rooms that were deleted because nobody used them for long.
    pub expired: Counter,
    /// Inputs that wait in the mailboxes of all rooms, as of the scrape.
    pub mailbox_inputs: Gauge,
    /// Inputs that wait in the fullest one.
    pub mailbox_inputs_max: Gauge,
}

/// Edits.
#[derive(Debug)]
pub struct EditMetrics {
    /// Edits that came.
    pub received: Each<Dialect, Counter>,
    /// Bytes of them.
    pub bytes: Each<Dialect, Counter>,
    /// From the moment that the session hands an edit to its room until it is queued for everybody else.
    pub broadcast: Histogram,
    /// From that moment until it is stored.
    pub durable: Histogram,
    /// Participants that were brought up to date by one difference because they had fallen behind.
    pub catch_ups: Counter,
}

/// Connections to rooms.
#[derive(Debug)]
pub struct ConnectionMetrics {
    /// Connections now.
    pub open: Grid<Dialect, Transport, Gauge>,
    /// Connections that began.
    pub opened: Grid<Dialect, Transport, Counter>,
    /// Connections that ended.
    pub closed: Each<Closed, Counter>,
    /// Connections that were refused before they began: too many of one address.
    pub refused: Counter,
    /// Bytes of frames that came.
    pub received_bytes: Each<Transport, Counter>,
    /// Bytes of frames that were sent.
    pub sent_bytes: Each<Transport, Counter>,
}

/// Storage.
#[derive(Debug)]
pub struct StorageMetrics {
    /// What is asked of storage and not answered yet.
    pub waiting: Each<StorageOperation, Gauge>,
    /// How long it took.
    pub seconds: Each<StorageOperation, Histogram>,
    /// What failed.
    pub errors: Each<StorageOperation, Counter>,
    /// Records in batches that were stored: records divided by batches is how many share a commit of their room.
    pub records: Counter,
}

/// The way to the other nodes.
#[derive(Debug)]
pub struct FanoutMetrics {
    /// Whether they can be reached, as of the scrape: 1 or 0; 1 also where there can be none.
    pub up: Gauge,
    /// Messages that wait for the way out, as of the scrape.
    pub waiting: Gauge,
    /// What failed.
    pub errors: Each<FanoutFailure, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(process::Process));
        let all = registry.sub_registry_with_prefix("pair");
        all.register("build", "The server's version", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        let rooms = RoomMetrics::register(all);
        let edits = EditMetrics::register(all);
        let connections = ConnectionMetrics::register(all);
        let storage = StorageMetrics::register(all);
        let fanout = FanoutMetrics::register(all);
        let suggestions = single(all, "suggestions", "Suggestions that ended, by provider and outcome");
        let suggestion_seconds = single(all, "suggestion_seconds", "How long suggestions took");
        let errors_told = single(all, "errors", "Errors that participants were told, by their stable code");
        let requests = single(all, "http_requests", "HTTP requests that were answered");
        let request_seconds = single(all, "http_request_seconds", "How long answers took");
        Self {
            registry,
            rooms,
            edits,
            connections,
            storage,
            fanout,
            suggestions,
            suggestion_seconds,
            errors_told,
            requests,
            request_seconds,
        }
    }
}

impl RoomMetrics {
    fn register(all: &mut Registry) -> Self {
        Self {
            open: Each::register(all, "rooms", "Rooms in memory, by the bytes of their text"),
            memory_bytes: Each::register(
                all,
                "room_memory_bytes",
                "About how much memory rooms hold, by the bytes of their text",
            ),
            participants: Each::register(all, "participants", "Participants who are here"),
            behind: single(all, "participants_behind", "Participants that miss edits, and will get them at once"),
            outbox_bytes: single(all, "outbox_bytes", "Bytes that wait to be written to connections"),
            unstored_bytes: single(all, "unstored_bytes", "Bytes that wait for storage"),
            loaded: single(all, "rooms_loaded", "Rooms that were loaded from storage"),
            panicked: single(all, "rooms_panicked", "Rooms whose task panicked and that were loaded anew"),
            expired: single(all, "rooms_expired", "Rooms that were deleted because nobody used them for long"),
            mailbox_inputs: single(all, "mailbox_inputs", "Inputs that wait for all rooms"),
            mailbox_inputs_max: single(
                all,
                "mailbox_inputs_max",
                "Inputs that wait for the room that has most of them",
            ),
        }
    }
}

impl EditMetrics {
    fn register(all: &mut Registry) -> Self {
        Self {
            received: Each::register(all, "edits", "Edits that came"),
            bytes: Each::register(all, "edit_bytes", "Bytes of edits that came"),
            broadcast: single(
                all,
                "edit_broadcast_seconds",
                "From the receipt of an edit until it is queued for all others",
            ),
            durable: single(all, "edit_durable_seconds", "From the receipt of an edit until it is stored"),
            catch_ups: single(all, "catch_ups", "Participants that fell behind and were brought up to date at once"),
        }
    }
}

impl ConnectionMetrics {
    fn register(all: &mut Registry) -> Self {
        Self {
            open: Grid::register(all, "connections", "Connections to rooms"),
            opened: Grid::register(all, "connections_opened", "Connections to rooms that began"),
            closed: Each::register(all, "connections_closed", "Connections to rooms that ended"),
            refused: single(
                all,
                "connections_refused",
                "Connections that were refused because their address has too many",
            ),
            received_bytes: Each::register(all, "received_bytes", "Bytes of frames that came"),
            sent_bytes: Each::register(all, "sent_bytes", "Bytes of frames that were sent"),
        }
    }
}

impl StorageMetrics {
    fn register(all: &mut Registry) -> Self {
        Self {
            waiting: Each::register(all, "storage_waiting", "What is asked of storage and not answered yet"),
            seconds: Each::register(all, "storage_seconds", "How long storage took"),
            errors: Each::register(all, "storage_errors", "What storage did not do"),
            records: single(all, "storage_records", "Records that were stored"),
        }
    }
}

impl FanoutMetrics {
    fn register(all: &mut Registry) -> Self {
        Self {
            up: single(all, "fanout_up", "Whether the other nodes can be reached, or there can be none"),
            waiting: single(all, "fanout_waiting", "Messages that wait for the way to the other nodes"),
            errors: Each::register(all, "fanout_errors", "Failures between nodes"),
        }
    }
}

impl Metrics {
    /// Everything in the text format.
    pub fn encode(&self) -> String {
        let mut text = String::with_capacity(16 << 10);
        if text::encode(&mut text, &self.registry).is_err() {
            // Writing to a string does not fail.
            text.clear();
        }
        text
    }

    /// A suggestion ended.
    pub fn suggestion(&self, provider: &str, outcome: SuggestionOutcome, took: Duration) {
        let labels = [("provider", provider.to_owned()), ("outcome", outcome.word().to_owned())];
        self.suggestions.get_or_create(&labels).inc();
        self.suggestion_seconds.get_or_create(&[("provider", provider.to_owned())]).observe(took);
    }

    /// A participant was told of an error; `code` is one of the protocol's words.
    pub fn error_told(&self, code: &str) {
        self.errors_told.get_or_create(&[("code", code.to_owned())]).inc();
    }

    /// A request was answered; `route` is the router's pattern, never what the caller wrote.
    pub fn request(&self, route: &str, method: &str, status: u16, took: Duration) {
        let labels = [("route", route.to_owned()), ("method", method.to_owned()), ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
        self.request_seconds.get_or_create(&[("route", route.to_owned())]).observe(took);
    }

    /// Something failed between nodes.
    pub fn fanout_failed(&self, failure: FanoutFailure) {
        self.fanout.errors.of(failure).inc();
    }
}
