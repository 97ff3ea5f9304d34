//! A plain client as a replica that speaks whole texts: which texts it may be looking at, and what it changed. Knows neither
//! sockets nor the CRDT.
//!
//! A plain client has no versions. What it changed is the difference between what it sent and the text that it was looking at: one of
//! the texts sent to it since its last message, or the one before, or its own last text. The one that explains the new text by the
//! least change is taken, where it is likely that the client still looks at it ([`explanation`]); the change is then carried past everything that happened since ([`super::change::transform`]), so
//! that nothing it had not seen is touched.

use super::change::{Change, from_delta, transform};
use explanation::{Outlook, cost};
use protocol::{
    ByteOffset,
    text::{TextDelta, difference},
};
use ropey::Rope;
use std::collections::VecDeque;

mod explanation;

/// Most texts remembered per plain client. Beyond, the oldest is forgotten: a client that is more than this many texts behind
/// is taken to look at a newer one. Texts leave with a pause ([`super::outbox::PLAIN_TEXT_PAUSE`]), so that these span more than a second.
const REMEMBERED_TEXTS: usize = 128;

/// A text that another one followed so many milliseconds ago is forgotten: no client looks at it any more. Its connection would
/// have been given up by then.
const FORGOTTEN_AFTER_MS: u64 = 60_000;

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
    /// When it was queued for the client, in milliseconds since 1970; none for the client's own text.
    sent_ms: Option<u64>,
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
    pub(super) fn sent(&mut self, text: Rope, version: TextVersion, instead: bool, now_ms: u64) {
        if instead && self.seen.len() > 1 && self.seen.back().is_some_and(|last| last.sent_ms.is_some()) {
            self.seen.pop_back();
        }
        self.seen.push_back(SeenText { text, to_version: Change::new(), version, sent_ms: Some(now_ms) });
        let long_followed =
            |followed: Option<u64>| followed.is_some_and(|ms| now_ms.saturating_sub(ms) > FORGOTTEN_AFTER_MS);
        while self.seen.len() > REMEMBERED_TEXTS || (self.seen.len() > 1 && long_followed(self.followed_ms(0))) {
            self.seen.pop_front();
        }
    }

    /// When the text that followed this one was queued; none for the last one, and for the client's own.
    fn followed_ms(&self, index: usize) -> Option<u64> {
        self.seen.get(index)?.sent_ms?;
        self.seen.get(index + 1)?.sent_ms
    }

    /// How likely it is, without knowing what came, that the client still looks at a text.
    fn outlook(&self, index: usize, now_ms: u64) -> Outlook {
        self.followed_ms(index).map_or(Outlook::Newest, |ms| Outlook::Followed { for_ms: now_ms.saturating_sub(ms) })
    }

    /// The oldest version that the client may still be looking at.
    pub(super) fn oldest_version(&self) -> Option<TextVersion> {
        self.seen.iter().map(|seen| seen.version).min()
    }

    /// What the client changed, as it must be applied to the room's current text. `cursor` is the client's cursor in its new text.
    ///
    /// The caller applies it, pushes it to the history, and then calls [`PlainReplica::settle`].
    pub(super) fn receive(
        &self,
        new: &str,
        cursor: Option<ByteOffset>,
        (now, history): (&Rope, &TextHistory),
        now_ms: u64,
    ) -> Received {
        let index = self.base_of(new, now_ms);
        let base = index.and_then(|index| self.seen.get(index));
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

    /// Which text explains best what the client sent. Of several that explain it equally the oldest: the client may come to look at
    /// every one behind it.
    fn base_of(&self, new: &str, now_ms: u64) -> Option<usize> {
        let mut best: Option<(usize, usize)> = None;
        for (index, seen) in self.seen.iter().enumerate() {
            let cost = cost(&seen.text, new, self.outlook(index, now_ms));
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, index));
            }
            // A single byte is the least that a client changes, so that comparing with the rest of the texts is spared while
            // somebody types alone.
            if cost <= 1 {
                break;
            }
        }
        best.map(|(_, index)| index)
    }

    /// The client looks at its own new text from now on, or at one that was sent after the one it changed.
    pub(super) fn settle(&mut self, new: Rope, received: Received, version: TextVersion) {
        if let Some(base) = received.base {
            self.seen.drain(..=base);
        }
        self.seen.push_front(SeenText { text: new, to_version: received.others_after, version, sent_ms: None });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::change::as_edit;

    /// A room's text with one plain client.
    struct Story {
        text: Rope,
        history: TextHistory,
        replica: PlainReplica,
        now_ms: u64,
    }

    impl Story {
        fn new(text: &str) -> Self {
            let mut story = Self {
                text: Rope::from_str(text),
                history: TextHistory::default(),
                replica: PlainReplica::default(),
                now_ms: 0,
            };
            story.send();
            story
        }

        fn send(&mut self) {
            self.replica.sent(self.text.clone(), self.history.version(), false, self.now_ms);
        }

        /// The plain client sends this, and is sent the room's text, which is on its way for a while.
        fn types(&mut self, new: &str) -> String {
            let text = self.plain(new);
            self.send();
            self.now_ms += 10;
            text
        }

        /// Somebody else changes the text to this.
        fn others(&mut self, new: &str) {
            let delta = difference(&self.text.to_string(), new, None);
            self.history.push(&delta);
            self.text = Rope::from_str(new);
        }

        /// The plain client sends this; gives the room's text after it.
        fn plain(&mut self, new: &str) -> String {
            let received = self.replica.receive(new, None, (&self.text, &self.history), self.now_ms);
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
    fn words_typed_at_one_place_while_their_echo_is_on_its_way_are_two_words() {
        let mut story = Story::new("start");
        story.others("start of");
        story.send();
        assert_eq!(story.types("start word1"), "start word1 of");
        // It looks at the text of before its own word, which came late, and types the next one there.
        let both = story.types("start of word2");
        assert!(both.contains("word1") && both.contains("word2"), "{both}");
    }

    #[test]
    fn a_key_taken_back_at_once_is_gone() {
        let mut story = Story::new("");
        for (typed, text) in [("a", "a"), ("ab", "ab"), ("a", "a"), ("", ""), ("c", "c"), ("", "")] {
            assert_eq!(story.types(typed), text);
        }
    }

    #[test]
    fn a_key_pressed_while_the_last_one_is_not_echoed_yet_is_a_second_one() {
        let mut story = Story::new("");
        story.types("a");
        story.types("ab");
        // The echo of the first key came, and took the second one from the screen for a moment.
        let text = story.types("ac");
        assert!(text == "abc" || text == "acb", "{text}");
    }

    #[test]
    fn what_was_selected_and_typed_over_later_is_replaced() {
        let mut story = Story::new("");
        story.types("a");
        story.types("ab");
        story.now_ms += 5_000;
        assert_eq!(story.types("ac"), "ac");
        assert_eq!(story.types("xc"), "xc");
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
