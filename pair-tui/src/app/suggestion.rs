//! The suggestions that the room sees, and which of them is shown here. Knows no provider and no screen.

use protocol::{
    Anchor, ByteOffset, DocumentPath, ParticipantId, RequestId,
    message::{
        client::SuggestionOutcome,
        server::{PastSuggestion, SuggestionDone, SuggestionItem, SuggestionSettings, SuggestionStarted},
    },
};

pub mod claims;

use claims::Claims;

/// Suggestions of before that are kept.
const PAST_MAX: usize = 100;

/// One suggestion, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Who asked.
    pub participant: ParticipantId,
    /// Which of their requests.
    pub request: RequestId,
    /// Which document it is for.
    pub document: DocumentPath,
    /// Where it would go: as its asker said, or behind what was taken of it here.
    pub anchor: Anchor,
    /// Where it would go, in the text as it is now; none while that place has not come.
    pub at: Option<ByteOffset>,
    /// Whether the asker's client asked by itself, after a pause.
    pub by_pause: bool,
    /// What has come of it, less what was taken already.
    pub text: String,
    /// How long it took in milliseconds, when it is complete.
    pub milliseconds: Option<u64>,
    /// What went wrong on the way.
    pub problem: Option<String>,
    /// All texts that may be taken, whole, the streamed one first.
    items: Vec<SuggestionItem>,
    chosen: usize,
    /// What of the chosen text is in the document already.
    taken: String,
    /// How that was taken last.
    how: Option<SuggestionOutcome>,
}

impl Suggestion {
    /// One of which nothing has come yet.
    pub fn new(started: SuggestionStarted, at: Option<ByteOffset>) -> Self {
        let SuggestionStarted { participant, request, document, at: anchor, provider, model, by_pause, .. } = started;
        Self {
            participant,
            request,
            document,
            anchor,
            at,
            by_pause,
            text: String::new(),
            milliseconds: None,
            problem: None,
            items: vec![SuggestionItem { text: String::new(), provider, model }],
            chosen: 0,
            taken: String::new(),
            how: None,
        }
    }

    /// Its text goes on. What follows after it was complete is a repetition.
    pub fn append(&mut self, text: &str) {
        if self.milliseconds.is_none()
            && let Some(first) = self.items.first_mut()
        {
            first.text.push_str(text);
            self.text.push_str(text);
        }
    }

    /// It is complete.
    pub fn complete(&mut self, done: SuggestionDone) {
        if self.milliseconds.replace(done.milliseconds).is_some() {
            return;
        }
        self.problem = done.problem;
        if let Some(first) = self.items.first_mut() {
            (first.provider, first.model) = (done.provider, done.model);
        }
        self.items.extend(done.items.into_iter().skip(1));
    }

    /// What makes it: provider and model of the chosen text.
    pub fn maker(&self) -> (&str, &str) {
        self.items.get(self.chosen).map_or(("", ""), |item| (&item.provider, &item.model))
    }

    /// Which of how many texts is chosen, from 1 on. Those that begin otherwise than what was taken do not count.
    pub fn place_among(&self) -> (usize, usize) {
        let fitting: Vec<_> = self.fitting().collect();
        let place = fitting.iter().position(|at| *at == self.chosen).unwrap_or(0);
        (place + 1, fitting.len())
    }

    fn fitting(&self) -> impl DoubleEndedIterator<Item = usize> {
        let fits = |item: &SuggestionItem| item.text.strip_prefix(&self.taken).is_some_and(|rest| !rest.is_empty());
        self.items.iter().enumerate().filter(move |(_, item)| fits(item)).map(|(at, _)| at)
    }

    /// Chooses the next text, or the one before; false where there is none in that direction.
    pub fn choose(&mut self, forward: bool) -> bool {
        let next = if forward {
            self.fitting().find(|at| *at > self.chosen)
        } else {
            self.fitting().rev().find(|at| *at < self.chosen)
        };
        let Some(next) = next else { return false };
        self.chosen = next;
        let rest = self.items.get(next).and_then(|item| item.text.strip_prefix(&self.taken));
        self.text = rest.unwrap_or_default().to_owned();
        true
    }

    /// Its beginning is in the document now.
    pub fn consume(&mut self, taken: &str, how: SuggestionOutcome) {
        self.text = self.text.strip_prefix(taken).unwrap_or_default().to_owned();
        self.taken.push_str(taken);
        self.how = Some(how);
    }

    /// Whether it is the same one, as far as either has come.
    pub fn is_same(&self, other: &Self) -> bool {
        self.participant == other.participant && self.request == other.request
    }

    /// Whether anything of it is in the document already.
    pub fn is_begun(&self) -> bool {
        !self.taken.is_empty()
    }

    /// What became of it where it ends now: what was taken of it before counts.
    pub fn outcome(&self, end: SuggestionOutcome) -> SuggestionOutcome {
        match (self.how, end) {
            (Some(SuggestionOutcome::Typed), SuggestionOutcome::Cancelled | SuggestionOutcome::Dismissed)
            | (None, _) => end,
            (Some(how), _) => how,
        }
    }
}

/// All open suggestions, and those of before.
#[derive(Debug, Clone, Default)]
pub struct Suggestions {
    open: Vec<Suggestion>,
    shown: usize,
    /// What was taken of some, until the room says who was first.
    pub claims: Claims,
    /// Those that have ended, oldest first.
    pub past: Vec<PastSuggestion>,
    /// How they are made in this room; none: an older server does not say.
    pub settings: Option<SuggestionSettings>,
}

impl Suggestions {
    /// Adds one. This participant's own is shown at once, unless it came of a pause and somebody asked for the shown one; another's only where
    /// nothing else is. One that is here complete already, or was taken here, is told once more because the connection is new.
    pub fn start(&mut self, suggestion: Suggestion, is_mine: bool) {
        let known = self.get_mut(suggestion.participant, suggestion.request);
        let is_complete = known.is_some_and(|known| known.milliseconds.is_some());
        if is_complete || self.claims.has(suggestion.participant, suggestion.request) {
            return;
        }
        self.end(suggestion.participant, suggestion.request);
        let disturbs = suggestion.by_pause && self.shown().is_some_and(|shown| !shown.by_pause);
        self.open.push(suggestion);
        if is_mine && !disturbs || self.open.len() == 1 {
            self.shown = self.open.len() - 1;
        }
    }

    /// Adds to those of before.
    pub fn remember(&mut self, past: Vec<PastSuggestion>) {
        self.past.extend(past);
        self.past.drain(..self.past.len().saturating_sub(PAST_MAX));
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Suggestion> {
        self.open.iter()
    }

    /// The shown one.
    pub fn shown_mut(&mut self) -> Option<&mut Suggestion> {
        self.open.get_mut(self.shown)
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

    /// Removes all that are open.
    pub fn clear(&mut self) {
        self.open.clear();
        self.shown = 0;
    }

    /// The one that is shown.
    pub fn shown(&self) -> Option<&Suggestion> {
        self.open.get(self.shown)
    }

    /// Shows the next text of the shown one, behind its last one the next suggestion; false where there is no other.
    pub fn show_next(&mut self) -> bool {
        if self.shown_mut().is_some_and(|shown| shown.choose(true)) {
            return true;
        }
        if self.open.len() < 2 {
            return false;
        }
        self.shown = (self.shown + 1) % self.open.len();
        true
    }

    /// Shows the text before of the shown one, before its first one the suggestion before; false where there is no other.
    pub fn show_previous(&mut self) -> bool {
        if self.shown_mut().is_some_and(|shown| shown.choose(false)) {
            return true;
        }
        if self.open.len() < 2 {
            return false;
        }
        self.shown = (self.shown + self.open.len() - 1) % self.open.len();
        true
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.open.len()
    }

    /// Finds all places in a document as it is now: each is where its anchor is, whoever edited what.
    pub fn follow(&mut self, document: &DocumentPath, resolve: impl Fn(&Anchor) -> Option<ByteOffset>) {
        for one in self.open.iter_mut().filter(|one| one.document == *document) {
            one.at = resolve(&one.anchor);
        }
    }
}

/// The first line of a text with its line end; one that only has the line end is taken with the next line, for who wants a line wants to see
/// something.
pub fn first_line(text: &str) -> &str {
    let start = text.len() - text.trim_start_matches('\n').len();
    let end = text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| start + end);
    text.get(..end).unwrap_or(text)
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
    use super::{first_line, first_word};

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

    #[test]
    fn lines_are_taken_one_by_one() {
        let mut rest = "one\n    two\n\nthree\n";
        let mut lines = Vec::new();
        while !rest.is_empty() {
            let line = first_line(rest);
            lines.push(line);
            rest = rest.strip_prefix(line).unwrap();
        }
        assert_eq!(lines, ["one", "\n    two", "\n\nthree", "\n"]);
    }
}
