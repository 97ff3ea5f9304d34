//! A plain client as a replica that speaks whole texts: which texts it may be looking at, and what it changed. Knows neither
//! sockets nor the CRDT.
//!
//! A plain client has no versions. What it changed is the difference between what it sent and the text that it was looking at: one of
//! the texts sent to it since its last message, or the one before, or its own last text. The one that explains the new text by the
//! least change is taken; the change is then carried past everything that happened since ([`super::change::transform`]), so
//! that nothing it had not seen is touched.

use super::change::{Change, from_delta, transform};
use protocol::{
    ByteOffset,
    text::{TextDelta, difference},
};
use ropey::Rope;
use std::collections::VecDeque;

/// Most texts remembered per plain client. Beyond, the oldest is forgotten: a client that is more than this many texts behind
/// is taken to look at a newer one. Texts leave with a pause ([`super::outbox::PLAIN_TEXT_PAUSE`]), so that these span more than a second.
const REMEMBERED_TEXTS: usize = 128;

/// Most primitives of the room's history that are kept for plain clients. A text older than that is compared with the
/// current one instead, which finds the same change less exactly.
const HISTORY_MAX: usize = 200_000;

/// The how-manieth change of the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TextVersion(u64);

/// The changes of a text since the oldest version that a plain client may still be looking at.
#[derive(Debug, Default)]
pub(super) struct TextHistory {
    version: TextVersion,
    changes: VecDeque<(TextVersion, Change)>,
    primitives: usize,
}

impl TextHistory {
    /// The version now.
    pub(super) fn version(&self) -> TextVersion {
        self.version
    }

    /// Adds what just happened to the text.
    pub(super) fn push(&mut self, delta: &TextDelta) {
        self.version.0 += 1;
        let change = from_delta(delta, false);
        self.primitives += change.len();
        self.changes.push_back((self.version, change));
        while self.primitives > HISTORY_MAX {
            self.pop();
        }
    }

    /// Forgets what nobody needs any more: everything up to a version.
    pub(super) fn forget_through(&mut self, version: TextVersion) {
        while self.changes.front().is_some_and(|(first, _)| *first <= version) {
            self.pop();
        }
    }

    fn pop(&mut self) {
        if let Some((_, change)) = self.changes.pop_front() {
            self.primitives -= change.len();
        }
    }

    /// Everything since a version; none where that is forgotten.
    fn since(&self, version: TextVersion) -> Option<Change> {
        let known = version == self.version || self.changes.front().is_some_and(|(first, _)| first.0 <= version.0 + 1);
        known.then(|| {
            let newer = self.changes.partition_point(|(at, _)| *at <= version);
            self.changes.range(newer..).flat_map(|(_, change)| change.iter().cloned()).collect()
        })
    }
}

/// A text that the client may be looking at.
#[derive(Debug)]
struct SeenText {
    text: Rope,
    /// What leads from the text to the room's text at `version`; empty for a text that the room itself held.
    to_version: Change,
    version: TextVersion,
}

/// One plain client's replica.
#[derive(Debug, Default)]
pub(super) struct PlainReplica {
    /// The texts it may be looking at, oldest first.
    seen: VecDeque<SeenText>,
}

impl PlainReplica {
    /// Remembers that the room's current text was sent to the client. `instead` says that the text sent before never left, and
    /// this one goes in its place.
    pub(super) fn sent(&mut self, text: Rope, version: TextVersion, instead: bool) {
        if instead && self.seen.len() > 1 && self.seen.back().is_some_and(|last| last.to_version.is_empty()) {
            self.seen.pop_back();
        }
        self.seen.push_back(SeenText { text, to_version: Change::new(), version });
        if self.seen.len() > REMEMBERED_TEXTS {
            self.seen.pop_front();
        }
    }

    /// The oldest version that the client may still be looking at.
    pub(super) fn oldest_version(&self) -> Option<TextVersion> {
        self.seen.iter().map(|seen| seen.version).min()
    }

    /// What the client changed, as it must be applied to the room's current text. `cursor` is the client's cursor in its new text.
    ///
    /// The caller applies it, pushes it to the history, and then calls [`PlainReplica::settle`].
    pub(super) fn receive(&self, new: &str, cursor: Option<ByteOffset>, now: &Rope, history: &TextHistory) -> Received {
        // Of several that explain it equally the oldest: the client may come to look at every one behind it.
        let best = self.seen.iter().enumerate().min_by_key(|(_, seen)| changed_bytes(&seen.text, new));
        let (index, base) = best.map_or((None, None), |(index, seen)| (Some(index), Some(seen)));
        let base_text = base.map_or_else(|| now.to_string(), |seen| seen.text.to_string());
        let own = from_delta(&difference(&base_text, new, cursor), true);
        let others = match base {
            None => Change::new(),
            Some(seen) => match history.since(seen.version) {
                Some(newer) => seen.to_version.iter().cloned().chain(newer).collect(),
                None => from_delta(&difference(&base_text, &now.to_string(), None), false),
            },
        };
        let (change, others_after) = transform(own, others);
        Received { base: index, change, others_after }
    }

    /// The client looks at its own new text from now on, or at one that was sent after the one it changed.
    pub(super) fn settle(&mut self, new: Rope, received: Received, version: TextVersion) {
        if let Some(base) = received.base {
            self.seen.drain(..=base);
        }
        self.seen.push_front(SeenText { text: new, to_version: received.others_after, version });
    }
}

/// What a plain client changed.
#[derive(Debug)]
pub(super) struct Received {
    /// Which of the remembered texts it had been looking at.
    base: Option<usize>,
    /// The change, for the room's current text.
    pub(super) change: Change,
    /// What the others changed since, for the client's new text.
    others_after: Change,
}

/// How many bytes differ between the common ends of two texts: the size of the change that leads from one to the other, in whole
/// characters. Half of one does not count as common: 一 and 丁 share two of three bytes, and putting one in the other's place
/// would seem a smaller change than typing it.
fn changed_bytes(old: &Rope, new: &str) -> usize {
    let mut prefix = 0;
    let mut rest = new.as_bytes();
    for chunk in old.chunks() {
        let same = chunk.bytes().zip(rest).take_while(|(a, b)| a == *b).count();
        prefix += same;
        rest = rest.get(same..).unwrap_or_default();
        if same < chunk.len() {
            break;
        }
    }
    let prefix = new.floor_char_boundary(prefix);
    let shorter = old.len_bytes().min(new.len());
    let mut suffix = 0;
    let (mut chunks, _, _, _) = old.chunks_at_byte(old.len_bytes());
    let mut rest = new.as_bytes();
    while let Some(chunk) = chunks.prev() {
        let same = chunk.bytes().rev().zip(rest.iter().rev()).take_while(|(a, b)| a == *b).count();
        suffix += same;
        rest = rest.get(..rest.len() - same).unwrap_or_default();
        if same < chunk.len() {
            break;
        }
    }
    let suffix = new.len() - new.ceil_char_boundary(new.len() - suffix.min(shorter - prefix));
    (old.len_bytes() - prefix - suffix) + (new.len() - prefix - suffix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::change::as_edit;

    /// A room's text with one plain client.
    struct Story {
        text: Rope,
        history: TextHistory,
        replica: PlainReplica,
    }

    impl Story {
        fn new(text: &str) -> Self {
            let mut story =
                Self { text: Rope::from_str(text), history: TextHistory::default(), replica: PlainReplica::default() };
            story.send();
            story
        }

        fn send(&mut self) {
            self.replica.sent(self.text.clone(), self.history.version(), false);
        }

        /// Somebody else changes the text to this.
        fn others(&mut self, new: &str) {
            let delta = difference(&self.text.to_string(), new, None);
            self.history.push(&delta);
            self.text = Rope::from_str(new);
        }

        /// The plain client sends this; gives the room's text after it.
        fn plain(&mut self, new: &str) -> String {
            let received = self.replica.receive(new, None, &self.text, &self.history);
            let mut text = self.text.to_string();
            for primitive in &received.change {
                let (range, inserted) = as_edit(primitive);
                text.replace_range(range.start.0..range.end.0, inserted);
            }
            let delta = difference(&self.text.to_string(), &text, None);
            self.history.push(&delta);
            self.text = Rope::from_str(&text);
            self.replica.settle(Rope::from_str(new), received, self.history.version());
            text
        }
    }

    #[test]
    fn an_edit_it_has_not_seen_survives_its_update() {
        let mut story = Story::new("one\ntwo\n");
        story.others("ONE\none\ntwo\n");
        assert_eq!(story.plain("one\ntwo!\n"), "ONE\none\ntwo!\n");
        // It still has not seen the other's line, and types on.
        assert_eq!(story.plain("one\ntwo!?\n"), "ONE\none\ntwo!?\n");
        // Now it has.
        story.send();
        assert_eq!(story.plain("ONE\none\ntwo\n"), "ONE\none\ntwo\n");
    }

    #[test]
    fn deleting_what_it_typed_itself_is_a_deletion() {
        let mut story = Story::new("ab");
        assert_eq!(story.plain("abX"), "abX");
        assert_eq!(story.plain("ab"), "ab");
    }

    #[test]
    fn clearing_the_text_leaves_what_it_has_not_seen() {
        let mut story = Story::new("abc");
        story.others("abcNEW");
        assert_eq!(story.plain(""), "NEW");
    }

    #[test]
    fn a_client_far_behind_is_still_understood() {
        let mut story = Story::new("start\nend\n");
        for n in 0..300 {
            let text = story.text.to_string();
            story.others(&format!("{n}\n{text}"));
        }
        story.history.forget_through(story.history.version());
        let text = story.plain("start\nend\nmine\n");
        assert!(text.starts_with("299\n") && text.ends_with("start\nend\nmine\n"), "{text}");
    }
}
