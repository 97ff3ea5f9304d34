//! The suggestions that the room sees, and which of them is shown here. Knows no provider and no screen.

use protocol::{Anchor, ByteOffset, DocumentPath, ParticipantId, RequestId, text::TextDelta};

/// One suggestion, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Who asked.
    pub participant: ParticipantId,
    /// Which of their requests.
    pub request: RequestId,
    /// Which document it is for.
    pub document: DocumentPath,
    /// Where it would go, as its asker said.
    pub anchor: Anchor,
    /// Where it would go, in the text as it is now; none while that place has not come.
    pub at: Option<ByteOffset>,
    /// What makes it.
    pub provider: String,
    /// What has come of it, less what was taken already.
    pub text: String,
    /// How long it took in milliseconds, when it is complete.
    pub milliseconds: Option<u64>,
}

/// All open suggestions.
#[derive(Debug, Clone, Default)]
pub struct Suggestions {
    open: Vec<Suggestion>,
    shown: usize,
}

impl Suggestions {
    /// Adds one. This participant's own is shown at once; another's only where nothing else is.
    pub fn start(&mut self, suggestion: Suggestion, is_mine: bool) {
        self.end(suggestion.participant, suggestion.request);
        self.open.push(suggestion);
        if is_mine || self.open.len() == 1 {
            self.shown = self.open.len() - 1;
        }
    }

    /// One of them.
    pub fn get_mut(&mut self, participant: ParticipantId, request: RequestId) -> Option<&mut Suggestion> {
        self.open.iter_mut().find(|one| one.participant == participant && one.request == request)
    }

    /// Removes one.
    pub fn end(&mut self, participant: ParticipantId, request: RequestId) {
        let found = self.open.iter().position(|one| one.participant == participant && one.request == request);
        if let Some(at) = found {
            self.open.remove(at);
            if self.shown > at || self.shown >= self.open.len() {
                self.shown = self.shown.saturating_sub(1);
            }
        }
    }

    /// Removes all of one participant.
    pub fn end_all_of(&mut self, participant: ParticipantId) {
        let requests: Vec<_> =
            self.open.iter().filter(|one| one.participant == participant).map(|one| one.request).collect();
        for request in requests {
            self.end(participant, request);
        }
    }

    /// Keeps those only that are complete and whose asker is still in the room.
    pub fn keep_complete(&mut self, is_here: impl Fn(ParticipantId) -> bool) {
        let gone = |one: &&Suggestion| one.milliseconds.is_none() || !is_here(one.participant);
        let gone: Vec<_> = self.open.iter().filter(gone).map(|one| (one.participant, one.request)).collect();
        for (participant, request) in gone {
            self.end(participant, request);
        }
    }

    /// Removes all.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The one that is shown.
    pub fn shown(&self) -> Option<&Suggestion> {
        self.open.get(self.shown)
    }

    /// Shows the next one; false where there is no other.
    pub fn show_next(&mut self) -> bool {
        if self.open.len() < 2 {
            return false;
        }
        self.shown = (self.shown + 1) % self.open.len();
        true
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.open.len()
    }

    /// Keeps places on their text after a change of a document.
    pub fn map(&mut self, document: &DocumentPath, delta: &TextDelta) {
        for one in self.open.iter_mut().filter(|one| one.document == *document) {
            one.at = one.at.map(|at| delta.map(at, true));
        }
    }

    /// Finds the places that were not there yet.
    pub fn resolve(&mut self, document: &DocumentPath, resolve: impl Fn(&Anchor) -> Option<ByteOffset>) {
        for one in self.open.iter_mut().filter(|one| one.document == *document && one.at.is_none()) {
            one.at = resolve(&one.anchor);
        }
    }
}

/// The first word of a text with the space before it, or a line break with the indentation after it.
pub fn first_word(text: &str) -> &str {
    let mut seen_word = false;
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        let is_word = c == '_' || c.is_alphanumeric();
        if seen_word && (c.is_whitespace() || !is_word) {
            end = at;
            break;
        }
        seen_word |= !c.is_whitespace();
    }
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::first_word;

    #[test]
    fn words_are_taken_one_by_one() {
        let mut rest = "return Effects::née(a_b);\n    x";
        let mut words = Vec::new();
        while !rest.is_empty() {
            let word = first_word(rest);
            words.push(word);
            rest = rest.strip_prefix(word).unwrap();
        }
        assert_eq!(words.concat(), "return Effects::née(a_b);\n    x");
        assert_eq!(words[..3], ["return", " Effects", ":"]);
    }
}
