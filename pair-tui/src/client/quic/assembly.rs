//! A Welcome whose differences travel apart from it, put together again. A client that has nothing of a document gets the Welcome when
//! the text is there: nobody types into a text that is yet to come. One that comes back with its documents gets the Welcome at once and
//! goes on; only the others' edits of a document wait until what they stand on is there. Pure: knows no connection.

use protocol::{
    DocumentPath, ServerMessage,
    message::{
        client::Hello,
        server::{Missing, Welcome},
    },
};
use std::collections::{HashSet, VecDeque};

/// Messages that may be held back. When they are as many, the ordered stream is not read until the snapshot has come.
const HELD_MAX: usize = 1_024;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    /// Documents that this client has something of.
    known: HashSet<DocumentPath>,
    /// The Welcome, while it waits for documents that this client has nothing of.
    welcome: Option<Welcome>,
    /// Documents whose difference is on its way.
    awaited: HashSet<DocumentPath>,
    held: VecDeque<ServerMessage>,
}

impl Assembly {
    /// Takes notice of what this client has.
    pub(super) fn expect(&mut self, hello: &Hello) {
        let known = hello.documents.iter().filter(|one| !one.state_vector.is_empty());
        self.known = known.map(|one| one.document.clone()).collect();
    }

    /// Whether nothing more of the ordered stream should be read now.
    pub(super) fn is_full(&self) -> bool {
        self.held.len() >= HELD_MAX
    }

    /// Takes a message of the ordered stream; gives what can be handed on.
    pub(super) fn take(&mut self, message: ServerMessage) -> Vec<ServerMessage> {
        if let ServerMessage::Welcome(welcome) = message {
            let apart = welcome.documents.iter().filter(|one| one.snapshot);
            self.awaited = apart.map(|one| one.document.clone()).collect();
            self.welcome = Some(welcome);
            return self.release();
        }
        if self.must_wait(&message) {
            self.held.push_back(message);
            return Vec::new();
        }
        vec![message]
    }

    /// Takes a difference of the snapshot; gives what can be handed on.
    pub(super) fn snapshot(&mut self, missing: Missing) -> Vec<ServerMessage> {
        if !self.awaited.remove(&missing.document) {
            return Vec::new();
        }
        let Some(welcome) = &mut self.welcome else {
            let mut ready = vec![missing.into()];
            ready.extend(self.release_held());
            return ready;
        };
        for one in welcome.documents.iter_mut().filter(|one| one.document == missing.document) {
            one.difference = missing.update.clone();
            one.snapshot = false;
        }
        self.release()
    }

    /// The Welcome, if it need not wait any longer, and what waited for it.
    fn release(&mut self) -> Vec<ServerMessage> {
        if !self.awaited.is_subset(&self.known) {
            return Vec::new();
        }
        let mut ready: Vec<_> = self.welcome.take().map(ServerMessage::Welcome).into_iter().collect();
        ready.extend(self.release_held());
        ready
    }

    fn release_held(&mut self) -> Vec<ServerMessage> {
        let held = std::mem::take(&mut self.held);
        let (waiting, ready): (VecDeque<_>, VecDeque<_>) =
            held.into_iter().partition(|message| self.must_wait(message));
        self.held = waiting;
        ready.into()
    }

    fn must_wait(&self, message: &ServerMessage) -> bool {
        let document = match message {
            _ if self.welcome.is_some() => return true,
            ServerMessage::Edited(edited) => &edited.document,
            ServerMessage::Missing(missing) => &missing.document,
            _ => return false,
        };
        self.awaited.contains(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{
        ClientId, Limits, ParticipantId,
        message::{
            DocumentState,
            server::{DocumentWelcome, Edited, Pong, StorageState},
        },
        presence::Role,
    };

    fn welcome(documents: &[(&str, bool)]) -> ServerMessage {
        let document = |&(path, snapshot): &(&str, bool)| DocumentWelcome {
            document: path.parse().unwrap(),
            difference: Vec::new().into(),
            snapshot,
            state_vector: vec![1].into(),
        };
        Welcome {
            version: 1,
            server: String::new(),
            room: "room".parse().unwrap(),
            participant: ParticipantId::from_random(1),
            role: Role::Editor,
            limits: Limits::default(),
            language: String::new(),
            participants: Vec::new(),
            documents: documents.iter().map(document).collect(),
            chat: Vec::new(),
            storage: StorageState::default(),
        }
        .into()
    }

    fn edit(path: &str, byte: u8) -> ServerMessage {
        let participant = ParticipantId::from_random(2);
        Edited { document: path.parse().unwrap(), participant, update: vec![byte].into() }.into()
    }

    fn missing(path: &str) -> Missing {
        Missing { document: path.parse().unwrap(), update: vec![9].into() }
    }

    /// An assembly of a client that has one document.
    fn of_client_with(path: &str) -> Assembly {
        let documents = vec![DocumentState { document: path.parse().unwrap(), state_vector: vec![1].into() }];
        let known = documents.into_iter().map(|one| one.document).collect();
        Assembly { known, ..Assembly::default() }
    }

    fn words(messages: &[ServerMessage]) -> Vec<&str> {
        messages.iter().map(ServerMessage::type_word).collect()
    }

    #[test]
    fn a_new_client_gets_the_welcome_with_the_text_and_then_the_rest() {
        let mut assembly = Assembly::default();
        assert!(assembly.take(welcome(&[("a", true), ("b", true), ("c", false)])).is_empty());
        assert!(assembly.take(edit("c", 1)).is_empty());
        assert!(assembly.take(Pong { nonce: 1 }.into()).is_empty());
        assert!(assembly.snapshot(missing("a")).is_empty());
        let ready = assembly.snapshot(missing("b"));
        assert_eq!(words(&ready), ["welcome", "edit", "pong"]);
        let ServerMessage::Welcome(welcome) = &ready[0] else { panic!("{ready:?}") };
        let differences: Vec<_> = welcome.documents.iter().map(|one| (one.snapshot, one.difference.len())).collect();
        assert_eq!(differences, [(false, 1), (false, 1), (false, 0)]);
        assert_eq!(words(&assembly.take(edit("a", 2))), ["edit"]);
    }

    #[test]
    fn a_client_that_comes_back_goes_on_while_its_text_is_caught_up() {
        let mut assembly = of_client_with("a");
        assert_eq!(words(&assembly.take(welcome(&[("a", true), ("b", false)]))), ["welcome"]);
        assert_eq!(words(&assembly.take(Pong { nonce: 1 }.into())), ["pong"]);
        assert_eq!(words(&assembly.take(edit("b", 1))), ["edit"]);
        assert!(assembly.take(edit("a", 2)).is_empty());
        assert!(assembly.take(missing("a").into()).is_empty(), "a later difference stands on the snapshot as well");
        assert_eq!(words(&assembly.snapshot(missing("a"))), ["difference", "edit", "difference"]);
        assert!(assembly.snapshot(missing("a")).is_empty(), "what nobody awaits is dropped");
    }

    #[test]
    fn a_welcome_that_has_everything_waits_for_nothing() {
        let mut assembly = Assembly::default();
        assert_eq!(words(&assembly.take(welcome(&[("a", false)]))), ["welcome"]);
        assert_eq!(words(&assembly.take(edit("a", 1))), ["edit"]);
    }

    #[test]
    fn too_much_that_waits_stops_the_reading() {
        let mut assembly = of_client_with("a");
        assembly.take(welcome(&[("a", true)]));
        for _ in 0..HELD_MAX {
            assert!(!assembly.is_full());
            assembly.take(edit("a", 1));
        }
        assert!(assembly.is_full());
        assert_eq!(assembly.snapshot(missing("a")).len(), HELD_MAX + 1);
        assert!(!assembly.is_full());
    }

    #[test]
    fn an_empty_state_vector_is_nothing() {
        let mut assembly = of_client_with("a");
        let documents = vec![DocumentState { document: "a".parse().unwrap(), state_vector: Vec::new().into() }];
        assembly.expect(&Hello {
            version: 1,
            min_version: None,
            client: String::new(),
            name: String::new(),
            color: None,
            token: None,
            client_id: ClientId::from_random_32(1),
            client_secret: String::new(),
            documents,
        });
        assert!(assembly.take(welcome(&[("a", true)])).is_empty());
    }
}
