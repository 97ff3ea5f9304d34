//! Somebody in the room: who, where, and what they did last. Knows no other document than by its path, and no screen.

use crate::editor::selection::Selection;
use protocol::{
    Anchor, ByteOffset, DocumentPath, ParticipantId,
    presence::{AnchoredSelection, Color, Dialect, Participant, Presence, Role},
    text::TextDelta,
};

/// After this many milliseconds without a sign of life somebody counts as idle.
pub const IDLE_AFTER_MS: u64 = 120_000;
/// A name stands on its colour beside its cursor for this many milliseconds after a move.
pub const NAME_SHOWN_MS: u64 = 3_000;
/// From then until this many milliseconds after the move it is only written there, quietly; after that the cursor has no name.
pub const NAME_QUIET_MS: u64 = 10_000;
/// Somebody counts as typing until this many milliseconds after their last edit.
pub const TYPING_MS: u64 = 3_000;
/// The line that somebody edited last is marked for this many milliseconds.
pub const EDIT_MARKED_MS: u64 = 10_000;

/// How a name stands at a cursor, by the time since that moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameStage {
    /// Not at all: only the cursor is there.
    Gone,
    /// Written in their colour.
    Quiet,
    /// On their colour.
    Full,
}

/// The last edit that came from somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastEdit {
    /// Of which document.
    pub document: DocumentPath,
    /// Where in its text as it is now.
    pub at: ByteOffset,
    /// When, in milliseconds.
    pub at_ms: u64,
}

/// What somebody sees of a document: from the first place to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The start of their first line.
    pub first: ByteOffset,
    /// The end of their last line.
    pub last: ByteOffset,
}

/// Where somebody is, in the text as it is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Whereabouts {
    /// Their selections, the main one first; empty while their characters have not come.
    selections: Vec<Selection>,
    /// What they see; none where they don't say, and while it has not come.
    seen: Option<Seen>,
}

/// Somebody else in the room, or this participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: ParticipantId,
    /// Display name.
    pub name: String,
    /// Their colour.
    pub color: Color,
    /// What they may do.
    pub role: Role,
    /// How they speak with the server.
    pub dialect: Dialect,
    /// Where they said they are.
    pub presence: Option<Presence>,
    /// Their connection was lost; they come back soon, or leave.
    pub is_away: bool,
    /// When their cursor moved last, in milliseconds; none: not since this client knows them.
    pub moved_at_ms: Option<u64>,
    /// When they last gave a sign of life, in milliseconds: moved, scrolled, edited, spoke, or came.
    pub active_at_ms: u64,
    /// Their last edit, if this client saw one.
    pub last_edit: Option<LastEdit>,
    whereabouts: Whereabouts,
}

impl Person {
    /// A person as the server describes them at this time.
    pub fn new(participant: Participant, now_ms: u64) -> Self {
        let Participant { id, name, color, role, dialect, presence, away } = participant;
        Self {
            id,
            name,
            color,
            role,
            dialect,
            presence,
            is_away: away,
            moved_at_ms: None,
            active_at_ms: now_ms,
            last_edit: None,
            whereabouts: Whereabouts::default(),
        }
    }

    /// Takes over what this client saw of them before its own connection was lost.
    pub fn remember(&mut self, before: &Self) {
        (self.moved_at_ms, self.active_at_ms) = (before.moved_at_ms, before.active_at_ms);
        self.last_edit.clone_from(&before.last_edit);
    }

    /// The document they look at.
    pub fn document(&self) -> Option<&DocumentPath> {
        self.presence.as_ref().map(|presence| &presence.document)
    }

    /// Whom they follow.
    pub fn following(&self) -> Option<ParticipantId> {
        self.presence.as_ref().and_then(|presence| presence.following)
    }

    /// Their main selection in the document they look at.
    pub fn selection(&self) -> Option<Selection> {
        self.whereabouts.selections.first().copied()
    }

    /// Their selections in a document, the main one first; none where they are elsewhere.
    pub fn selections_in(&self, document: &DocumentPath) -> &[Selection] {
        if self.document() == Some(document) { &self.whereabouts.selections } else { &[] }
    }

    /// Where their cursor is in a document, if it is there.
    pub fn cursor_in(&self, document: &DocumentPath) -> Option<ByteOffset> {
        self.selections_in(document).first().map(|selection| selection.head)
    }

    /// What they see of the document they look at.
    pub fn seen(&self) -> Option<Seen> {
        self.whereabouts.seen
    }

    /// For how long they have given no sign of life, in milliseconds, if that is long.
    pub fn idle_ms(&self, now_ms: u64) -> Option<u64> {
        Some(now_ms.saturating_sub(self.active_at_ms)).filter(|idle| *idle > IDLE_AFTER_MS)
    }

    /// Whether they edit just now.
    pub fn is_typing(&self, now_ms: u64) -> bool {
        self.last_edit.as_ref().is_some_and(|edit| now_ms.saturating_sub(edit.at_ms) < TYPING_MS)
    }

    /// How their name stands at their cursor.
    pub fn name_stage(&self, now_ms: u64) -> NameStage {
        match self.moved_at_ms.map(|at| now_ms.saturating_sub(at)) {
            Some(0..NAME_SHOWN_MS) => NameStage::Full,
            Some(NAME_SHOWN_MS..NAME_QUIET_MS) => NameStage::Quiet,
            _ => NameStage::Gone,
        }
    }

    /// They said where they are. Their view moves along with the text it shows, and their program says so; only what is no such move
    /// is a sign of life, and only another selection lets their name be seen: `resolve` finds places in the text of a document.
    pub fn moved(
        &mut self,
        presence: Presence,
        now_ms: u64,
        resolve: impl Fn(&DocumentPath, &Anchor) -> Option<ByteOffset>,
    ) {
        let was = std::mem::take(&mut self.whereabouts);
        let before = self.presence.replace(presence);
        self.resolve(resolve);
        let (same_document, same_following) = (
            before.as_ref().map(|before| &before.document) == self.document(),
            before.as_ref().and_then(|before| before.following) == self.following(),
        );
        let now = &self.whereabouts;
        let same_cursor = same_document && now.selections == was.selections;
        let top = |whereabouts: &Whereabouts| whereabouts.seen.map(|seen| seen.first);
        let scrolled = top(now) != top(&was) && self.following().is_none();
        if !same_cursor && !now.selections.is_empty() {
            self.moved_at_ms = Some(now_ms);
        }
        if !same_cursor || !same_following || scrolled {
            self.active_at_ms = now_ms;
        }
    }

    /// Whether a place that they named has not been found yet.
    pub fn is_unresolved(&self) -> bool {
        self.presence.as_ref().is_some_and(|presence| {
            presence.selections.len() != self.whereabouts.selections.len()
                || presence.visible.is_some() != self.whereabouts.seen.is_some()
        })
    }

    /// Finds the places that they named from their anchors.
    pub fn resolve(&mut self, resolve: impl Fn(&DocumentPath, &Anchor) -> Option<ByteOffset>) {
        let Some(presence) = &self.presence else { return };
        let both = |pair: &AnchoredSelection| {
            let place = |anchor| resolve(&presence.document, anchor);
            Some((place(&pair.anchor)?, place(&pair.head)?))
        };
        let selection = |pair| both(pair).map(|(anchor, head)| Selection::new(anchor, head));
        self.whereabouts = Whereabouts {
            selections: presence.selections.iter().map(selection).collect::<Option<_>>().unwrap_or_default(),
            seen: presence.visible.as_ref().and_then(both).map(|(first, last)| Seen { first, last }),
        };
    }

    /// Finds their places anew after a change of a document. Only their anchors say on which side of new text a cursor stands, and a program whose
    /// anchors are the same as before says nothing: a browser's while somebody types in it.
    pub fn follow(&mut self, document: &DocumentPath, resolve: impl Fn(&Anchor) -> Option<ByteOffset>) {
        if self.document() == Some(document) && !self.is_unresolved() {
            self.resolve(|_, anchor| resolve(anchor));
        }
    }

    /// They edited a document there.
    pub fn edited(&mut self, document: &DocumentPath, at: ByteOffset, now_ms: u64) {
        self.last_edit = Some(LastEdit { document: document.clone(), at, at_ms: now_ms });
        self.active_at_ms = now_ms;
    }

    /// Keeps their places on the text after a change of a document.
    pub fn map(&mut self, document: &DocumentPath, delta: &TextDelta) {
        if self.document() == Some(document) {
            self.whereabouts.selections.iter_mut().for_each(|selection| *selection = selection.mapped(delta));
            if let Some(seen) = &mut self.whereabouts.seen {
                *seen = Seen { first: delta.map(seen.first, false), last: delta.map(seen.last, true) };
            }
        }
        if let Some(edit) = self.last_edit.as_mut().filter(|edit| edit.document == *document) {
            edit.at = delta.map(edit.at, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::position::{Association, ItemId};

    /// An anchor that [`found`] resolves to this place.
    fn at(place: u32) -> Anchor {
        let client = protocol::ClientId::from_random_32(1);
        Anchor { item: Some(ItemId { client, clock: place }), assoc: Association::After }
    }

    #[allow(clippy::unnecessary_wraps, reason = "it stands for what may find nothing")]
    fn found(_: &DocumentPath, anchor: &Anchor) -> Option<ByteOffset> {
        anchor.item.map(|item| ByteOffset(item.clock as usize))
    }

    fn presence(cursor: u32, top: u32) -> Presence {
        Presence {
            document: DocumentPath::main(),
            selections: vec![AnchoredSelection { anchor: at(cursor), head: at(cursor) }],
            visible: Some(AnchoredSelection { anchor: at(top), head: at(top + 100) }),
            following: None,
        }
    }

    fn grace() -> Person {
        let color = Color { red: 1, green: 2, blue: 3 };
        let id = ParticipantId::new(2).unwrap();
        let participant = Participant {
            id,
            name: "Grace".into(),
            color,
            role: Role::Editor,
            dialect: Dialect::Pair,
            presence: None,
            away: false,
        };
        Person::new(participant, 1_000)
    }

    #[test]
    fn a_name_fades_after_the_cursor_moved() {
        let mut grace = grace();
        assert_eq!(grace.name_stage(1_000), NameStage::Gone);
        grace.moved(presence(5, 0), 2_000, found);
        let stages = [2_000, 4_999, 5_000, 11_999, 12_000].map(|now| grace.name_stage(now));
        let [full, quiet, gone] = [NameStage::Full, NameStage::Quiet, NameStage::Gone];
        assert_eq!(stages, [full, full, quiet, quiet, gone]);
    }

    #[test]
    fn only_a_move_of_their_own_is_a_sign_of_life() {
        let mut grace = grace();
        grace.moved(presence(5, 0), 2_000, found);
        // Somebody else writes two lines before: her program says where she is now, but she did nothing.
        let splice = protocol::text::Splice { at: ByteOffset(0), removed: 0, inserted: "a\nb\n".into() };
        grace.map(&DocumentPath::main(), &TextDelta { splices: vec![splice] });
        grace.moved(presence(9, 4), 50_000, found);
        assert_eq!((grace.moved_at_ms, grace.active_at_ms), (Some(2_000), 2_000));
        // She scrolls: a sign of life, but her cursor is where it was.
        grace.moved(presence(9, 40), 60_000, found);
        assert_eq!((grace.moved_at_ms, grace.active_at_ms), (Some(2_000), 60_000));
        assert_eq!(grace.idle_ms(60_000 + IDLE_AFTER_MS), None);
        assert_eq!(grace.idle_ms(60_001 + IDLE_AFTER_MS), Some(IDLE_AFTER_MS + 1));
        // Her view goes along with somebody else's: nothing that she did, except that it began.
        let along = |top| Presence { following: ParticipantId::new(3).ok(), ..presence(9, top) };
        grace.moved(along(50), 70_000, found);
        grace.moved(along(60), 80_000, found);
        assert_eq!(grace.active_at_ms, 70_000);
        grace.edited(&DocumentPath::main(), ByteOffset(9), 90_000);
        assert_eq!((grace.active_at_ms, grace.is_typing(92_999), grace.is_typing(93_000)), (90_000, true, false));
    }
}
