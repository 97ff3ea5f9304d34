//! The model of a room: its documents, followed edit by edit, and what it suggests at a place in one of them. Knows no room of the
//! server: documents come by path, places in bytes.

use crate::{
    lexer::{LINE_BYTES_MAX, Lexeme, lexemes},
    lexis::{self, Lexis},
    near::Near,
    predict::{Predictor, Typed},
    suggest::{self, Candidate, Spot},
    token::{Piece, Spacing, TokenId, Vocabulary},
    tracked::{LinePlace, Tracked},
    weights::Weights,
};
use protocol::{ByteOffset, DocumentPath};
use std::{collections::BTreeMap, ops::Range};

/// Bytes of text that a room's model follows at most, in all its documents: some 25,000 lines. What is beyond is not followed.
pub const ROOM_BYTES_MAX: usize = 1 << 20;

/// Tokens that a room's model follows at most. Each takes up to 450 bytes where no two are alike, a third of that in code.
pub const ROOM_TOKENS_MAX: usize = 300_000;

/// Bytes that a text may grow by at a time without being counted from nothing, which is when its tokens are looked at first.
const GROWTH_MAX: usize = 64 << 10;

/// Other documents of the room that are asked at most.
const OTHERS_MAX: usize = 16;

/// A language model of one room's documents.
#[derive(Debug)]
pub struct RoomModel {
    lexis: &'static Lexis,
    vocabulary: Vocabulary,
    documents: BTreeMap<DocumentPath, Tracked>,
    weights: Weights,
}

impl RoomModel {
    /// The model of a room without documents. The language's name says how texts are cut into tokens.
    pub fn new(language: &str) -> Self {
        Self::with_weights(language, Weights::default())
    }

    /// The same with other weights, for those who look for better ones.
    pub fn with_weights(language: &str, weights: Weights) -> Self {
        Self { lexis: lexis::of(language), vocabulary: Vocabulary::default(), documents: BTreeMap::new(), weights }
    }

    /// Follows a document from now on, or anew. Gives whether it does: see [`ROOM_BYTES_MAX`].
    pub fn open(&mut self, document: &DocumentPath, text: &str) -> bool {
        self.close(document);
        if !self.has_room_for(text.len()) {
            return false;
        }
        let tokens_max = ROOM_TOKENS_MAX.saturating_sub(self.tokens());
        let tracked = Tracked::new(text, self.lexis, &mut self.vocabulary, tokens_max);
        tracked.map(|tracked| self.documents.insert(document.clone(), tracked));
        self.follows(document)
    }

    /// Follows a document, whose text is this now: what differs from what is known counts as edited. Gives whether it does.
    pub fn follow(&mut self, document: &DocumentPath, text: &str) -> bool {
        let known = self.documents.get(document).map_or(0, Tracked::len);
        let growth = text.len().saturating_sub(known);
        let fits = growth <= GROWTH_MAX && self.has_room_for(growth);
        match self.documents.get_mut(document) {
            Some(tracked) if fits => tracked.become_text(text, &mut self.vocabulary),
            _ => return self.open(document, text),
        }
        self.keep_within(document);
        self.follows(document)
    }

    /// Forgets a document.
    pub fn close(&mut self, document: &DocumentPath) {
        if let Some(tracked) = self.documents.remove(document) {
            tracked.close(&mut self.vocabulary);
        }
    }

    /// Whether a document is followed.
    pub fn follows(&self, document: &DocumentPath) -> bool {
        self.documents.contains_key(document)
    }

    /// Somebody edited a document: a range, in bytes of the text as it was, is replaced. A document that grows too
    /// large, or by too much at a time, is forgotten until it is followed anew.
    pub fn edit(&mut self, document: &DocumentPath, range: Range<ByteOffset>, inserted: &str) {
        let fits = inserted.len() <= GROWTH_MAX && self.has_room_for(inserted.len());
        match self.documents.get_mut(document) {
            Some(tracked) if fits => tracked.edit(range, inserted, &mut self.vocabulary),
            Some(_) => self.close(document),
            None => {}
        }
        self.keep_within(document);
    }

    /// What may be inserted at a place, the best first. Nothing in a document that is not followed, and nothing when nothing is likely
    /// enough.
    pub fn suggest(&mut self, document: &DocumentPath, at: ByteOffset) -> Vec<Candidate> {
        self.at(document, at, suggest::suggest).unwrap_or_default()
    }

    /// The tokens that may come next, the most likely first: how each goes on from what is typed, with its chance.
    pub fn next_tokens(&mut self, document: &DocumentPath, at: ByteOffset, most: usize) -> Vec<(String, f64)> {
        self.at(document, at, |spot, predictor| suggest::next_tokens(spot, predictor, most)).unwrap_or_default()
    }

    /// Bytes of text that it follows.
    pub fn followed_bytes(&self) -> usize {
        self.documents.values().map(Tracked::len).sum()
    }

    /// About how many bytes the model takes.
    pub fn memory(&self) -> usize {
        self.vocabulary.bytes() + self.documents.values().map(Tracked::memory).sum::<usize>()
    }

    fn tokens(&self) -> usize {
        self.documents.values().map(Tracked::tokens).sum()
    }

    /// Forgets a document that has grown too large.
    fn keep_within(&mut self, document: &DocumentPath) {
        if self.tokens() > ROOM_TOKENS_MAX {
            self.close(document);
        }
    }

    fn has_room_for(&self, bytes: usize) -> bool {
        self.followed_bytes().saturating_add(bytes) <= ROOM_BYTES_MAX
    }

    /// Looks from a place, while the line there counts as not written.
    fn at<T>(
        &mut self,
        document: &DocumentPath,
        at: ByteOffset,
        look: impl FnOnce(&Spot<'_>, &Predictor<'_>) -> T,
    ) -> Option<T> {
        let Self { lexis, vocabulary, documents, weights } = self;
        let mut tracked = documents.remove(document)?;
        let place = tracked.place(at);
        let others = documents.values().map(Tracked::counts).take(OTHERS_MAX).collect::<Vec<_>>();
        let looked = tracked.without(place.line, vocabulary, |tracked| {
            let (spot, on_line) = spot(tracked, place, lexis, vocabulary)?;
            let near = Near::new(tracked.lines(), place.line, &on_line, weights);
            let predictor = Predictor { vocabulary, own: tracked.counts(), others: &others, near: &near, weights };
            Some(look(&spot, &predictor))
        });
        documents.insert(document.clone(), tracked);
        looked
    }
}

/// What stands around a place; with the tokens of its line before it. None inside a word.
fn spot<'t>(
    tracked: &'t Tracked,
    place: LinePlace,
    lexis: &'static Lexis,
    vocabulary: &Vocabulary,
) -> Option<(Spot<'t>, Vec<Piece>)> {
    let line = &tracked.lines().get(place.line)?.text;
    let (head, rest) = line.split_at(place.column);
    let in_word = |c: Option<char>| c.is_some_and(|c| lexis.is_word(c));
    if in_word(head.chars().next_back()) && in_word(rest.chars().next()) {
        return None;
    }
    let (_, head) = head.split_at(head.ceil_char_boundary(head.len().saturating_sub(LINE_BYTES_MAX)));
    let mut cut = lexemes(head, lexis);
    let lexemes = cut.by_ref().collect::<Vec<_>>();
    let (white, _) = cut.rest();
    // A word that no line has gets no number: it is left out, which only shortens the context.
    let number = |text: &str| vocabulary.find(text);
    let indentation = lexemes.first().map_or(white, |first| first.before);
    let mut pieces = Vec::with_capacity(lexemes.len() + 1);
    pieces.extend(number(indentation).filter(|_| !indentation.is_empty()).map(|id| Piece::new(id, Spacing::Tight)));
    let (touched, whole) = match lexemes.split_last() {
        Some((last, whole)) if white.is_empty() => (Some(*last), whole),
        _ => (None, &*lexemes),
    };
    let spacing_of = |nth: usize, before: &str| if nth == 0 { Spacing::Tight } else { Spacing::of(before) };
    let solid = whole.iter().enumerate();
    pieces.extend(
        solid.filter_map(|(nth, Lexeme { before, text })| Some(Piece::new(number(text)?, spacing_of(nth, before)))),
    );
    let typed = match touched {
        Some(Lexeme { before, text }) => Typed { spacing: Some(spacing_of(whole.len(), before)), begun: text },
        None if lexemes.is_empty() => Typed { spacing: Some(Spacing::Tight), begun: "" },
        None => Typed { spacing: Some(Spacing::of(white)), begun: "" },
    };
    let above = tracked.pieces_before(place.line);
    let before = above.iter().chain(&pieces).map(|piece| piece.id()).collect::<Vec<TokenId>>();
    let touched = touched.and_then(|touched| number(touched.text));
    Some((Spot { before, touched, typed, rest }, pieces))
}

#[cfg(test)]
mod tests;
