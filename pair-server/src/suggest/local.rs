//! Suggestions from the room itself: a model of each room, which learns from its documents (`pair-suggest`). No network, no other
//! text. Knows a room by its id only; what a document's text is now comes with each request, and the model takes what differs as edited.

use super::{ITEMS_MAX, Item, Maker, RoomText, SuggestError, SuggestionPiece, SuggestionProvider, SuggestionRequest};
use futures::{FutureExt, StreamExt, stream, stream::BoxStream};
use pair_suggest::{Candidate, RoomModel};
use protocol::{ByteOffset, DocumentPath, RoomId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Bytes of text on each side of the cursor that a text is read with that no room's model follows, which takes some milliseconds.
const WINDOW_BYTES: usize = 16 << 10;

/// Bytes of text that the models of all rooms follow together, at some 60 bytes of memory each in code. Beyond, the models of the rooms that
/// were longest without a suggestion are forgotten; each is made again at its room's next one.
const MODELS_BYTES_MAX: usize = 2 << 20;

/// Bytes that a room counts for even where its documents are empty, so that there are not more than a thousand models.
const ROOM_BYTES_MIN: usize = 4 << 10;

/// The provider.
#[derive(Debug, Clone)]
pub struct LocalProvider {
    models: Arc<Mutex<Models>>,
    /// Owns the work, which may take some time when a model is new.
    tracker: TaskTracker,
}

/// The models of the rooms that suggestions were made for.
#[derive(Debug)]
struct Models {
    /// See [`MODELS_BYTES_MAX`].
    bytes_max: usize,
    rooms: HashMap<RoomId, RoomPlace>,
    /// Suggestions so far.
    asked: u64,
}

#[derive(Debug)]
struct RoomPlace {
    model: Arc<Mutex<RoomModel>>,
    language: String,
    /// Bytes that it followed after its last suggestion, and when that was.
    bytes: usize,
    asked: u64,
}

impl LocalProvider {
    /// A provider that knows no room yet.
    pub fn new(tracker: TaskTracker) -> Self {
        Self { models: Arc::default(), tracker }
    }
}

impl SuggestionProvider for LocalProvider {
    fn name(&self) -> &'static str {
        "local"
    }

    fn model(&self) -> &'static str {
        "n-grams of the room"
    }

    fn suggest(
        &self,
        request: SuggestionRequest,
        cancel: CancellationToken,
    ) -> BoxStream<'static, Result<SuggestionPiece, SuggestError>> {
        let models = Arc::clone(&self.models);
        let work = self.tracker.spawn_blocking(move || candidates(&models, request));
        let maker = self.maker();
        let pieces = work.map(move |made| match made {
            Ok(candidates) => pieces(candidates, &maker),
            Err(error) => {
                vec![Err(SuggestError::Failed { provider: "local", reason: format!("the model failed: {error}") })]
            }
        });
        stream::once(pieces).flat_map(stream::iter).take_until(cancel.cancelled_owned()).boxed()
    }
}

/// The best suggestion as the text, the others as alternatives.
fn pieces(candidates: Vec<Candidate>, maker: &Maker) -> Vec<Result<SuggestionPiece, SuggestError>> {
    let texts = candidates.into_iter().take(ITEMS_MAX).enumerate();
    let piece = |(nth, Candidate { text, .. })| match nth {
        0 => SuggestionPiece::Text(text),
        _ => SuggestionPiece::Alternative(Item { text, maker: maker.clone() }),
    };
    texts.map(|one| Ok(piece(one))).collect()
}

/// The suggestions for a request, the best first.
fn candidates(models: &Mutex<Models>, request: SuggestionRequest) -> Vec<Candidate> {
    let SuggestionRequest { code, cursor, language, of, .. } = request;
    let Some(RoomText { room, document, others }) = of else { return in_text(&code, cursor, &language) };
    let shared = lock(models).place(&room, &language);
    let (found, bytes) = {
        let mut model = shared.lock().unwrap_or_else(|poisoned| {
            // A panic left it half done.
            shared.clear_poison();
            let mut model = poisoned.into_inner();
            *model = RoomModel::new(&language);
            model
        });
        for (path, text) in others {
            model.follow(&path, &text);
        }
        let found = model.follow(&document, &code).then(|| model.suggest(&document, cursor));
        (found, model.followed_bytes())
    };
    lock(models).settle(&room, bytes);
    found.unwrap_or_else(|| in_text(&code, cursor, &language))
}

/// The suggestions at a place in a text that no room has, or that is too large to be followed: from what is around the place.
fn in_text(code: &str, cursor: ByteOffset, language: &str) -> Vec<Candidate> {
    let cursor = code.floor_char_boundary(cursor.0);
    let from = code.ceil_char_boundary(cursor.saturating_sub(WINDOW_BYTES)).min(cursor);
    let to = code.floor_char_boundary(cursor.saturating_add(WINDOW_BYTES));
    let mut model = RoomModel::new(language);
    let document = DocumentPath::main();
    model.open(&document, code.get(from..to).unwrap_or_default());
    model.suggest(&document, ByteOffset(cursor - from))
}

/// A panic while the lock was held left a map that is whole: nothing in here is half done.
fn lock(models: &Mutex<Models>) -> std::sync::MutexGuard<'_, Models> {
    models.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for Models {
    fn default() -> Self {
        Self { bytes_max: MODELS_BYTES_MAX, rooms: HashMap::new(), asked: 0 }
    }
}

impl Models {
    /// A room's model, made anew where there is none, or one of another language.
    fn place(&mut self, room: &RoomId, language: &str) -> Arc<Mutex<RoomModel>> {
        self.asked += 1;
        let new = || RoomPlace {
            model: Arc::new(Mutex::new(RoomModel::new(language))),
            language: language.to_owned(),
            bytes: 0,
            asked: 0,
        };
        let place = self.rooms.entry(room.clone()).or_insert_with(new);
        if place.language != language {
            *place = new();
        }
        place.asked = self.asked;
        Arc::clone(&place.model)
    }

    /// Notes how much a room's model follows, and forgets others where all follow too much.
    fn settle(&mut self, room: &RoomId, bytes: usize) {
        if let Some(place) = self.rooms.get_mut(room) {
            place.bytes = bytes.max(ROOM_BYTES_MIN);
        }
        while self.rooms.values().map(|place| place.bytes).sum::<usize>() > self.bytes_max {
            let oldest = self.rooms.iter().filter(|(known, _)| *known != room).min_by_key(|(_, place)| place.asked);
            let Some(oldest) = oldest.map(|(room, _)| room.clone()) else { break };
            self.rooms.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suggest::{Spender, Who};

    /// What is suggested at the end of a text.
    fn at_end(models: &Mutex<Models>, code: &str, of: Option<RoomText>) -> String {
        let request = SuggestionRequest {
            code: code.to_owned(),
            cursor: ByteOffset(code.len()),
            language: "rust".to_owned(),
            models: false,
            spender: Spender { who: Who::Address([127, 0, 0, 1].into()), room: None },
            of,
        };
        candidates(models, request).into_iter().next().map(|best| best.text).unwrap_or_default()
    }

    fn room(name: &str, others: &[(&str, &str)]) -> RoomText {
        let others = others.iter().map(|(path, text)| (path.parse().unwrap(), (*text).to_owned())).collect();
        RoomText { room: name.parse().unwrap(), document: DocumentPath::main(), others }
    }

    #[test]
    fn a_bare_text_teaches_about_itself() {
        let models = Mutex::default();
        assert_eq!(at_end(&models, "let participants = 3;\nfoo(parti", None), "cipants");
        let long = format!("{}\nlet participants = 3;\nfoo(parti", "é".repeat(WINDOW_BYTES));
        assert_eq!(at_end(&models, &long, None), "cipants");
        assert!(lock(&models).rooms.is_empty());
    }

    #[test]
    fn a_room_remembers_its_documents_and_no_other_room_does() {
        let models = Mutex::default();
        let other = [("lib.rs", "pub struct Participant;\npub struct Participant;\n")];
        assert_eq!(at_end(&models, "let one: Partic", Some(room("a", &other))), "ipant");
        assert_eq!(at_end(&models, "let one = 1;\nlet two: Partic", Some(room("a", &[]))), "ipant");
        assert_eq!(at_end(&models, "let one: Partic", Some(room("b", &[]))), "");
        // Its text changed.
        assert_eq!(at_end(&models, "let one: Partic", Some(room("a", &[("lib.rs", "")]))), "");
    }

    #[test]
    fn the_rooms_that_were_longest_without_a_suggestion_are_forgotten() {
        let models = Mutex::new(Models { bytes_max: 64 << 10, ..Models::default() });
        let large = "x\n".repeat(8 << 10);
        for name in ["a", "b", "c", "d", "a", "e"] {
            at_end(&models, &large, Some(room(name, &[])));
        }
        let models = lock(&models);
        let mut rooms = models.rooms.keys().map(RoomId::as_str).collect::<Vec<_>>();
        rooms.sort_unstable();
        assert_eq!(rooms, ["a", "c", "d", "e"]);
    }
}
