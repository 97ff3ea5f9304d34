//! One document as the model follows it: its lines, their tokens, and what is counted of them. An edit takes back the counts of the
//! tokens that it touches and of the few behind them, and adds what stands there then; nothing is counted anew. Knows no prediction.

use crate::{
    counts::Counts,
    grams::{self, CONTEXTS, REACH, TOKEN_CONTEXTS},
    lexer::{Lexeme, lexemes},
    lexis::Lexis,
    token::{END_OF_LINE, LINE_BREAK, Piece, Spacing, TokenId, Vocabulary},
};
use protocol::ByteOffset;
use std::ops::Range;

/// Lines that are looked through together, in the old text and the new one, for where they are the same again.
const LOOK_AHEAD: usize = 64;

/// One line without its line break.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) text: Box<str>,
    /// The indentation, if there is any, the tokens, and the line break.
    pub(crate) pieces: Box<[Piece]>,
}

/// A place as a line and bytes into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinePlace {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Whether something is counted, or is not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counting {
    Add,
    Remove,
}

/// A document with its counts.
#[derive(Debug)]
pub(crate) struct Tracked {
    lexis: &'static Lexis,
    lines: Vec<Line>,
    counts: Counts,
    bytes: usize,
}

/// The tokens of a line, each of which counts as used.
pub(crate) fn pieces(line: &str, lexis: &'static Lexis, vocabulary: &mut Vocabulary) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(line.len() / 4 + 2);
    for Lexeme { before, text } in lexemes(line, lexis) {
        let spacing = match pieces.is_empty() {
            true if before.is_empty() => Spacing::Tight,
            true => {
                pieces.push(Piece::new(vocabulary.take(before), Spacing::Tight));
                Spacing::Tight
            }
            false => Spacing::of(before),
        };
        pieces.push(Piece::new(vocabulary.take(text), spacing));
    }
    pieces.push(Piece::new(vocabulary.take(LINE_BREAK), Spacing::Tight));
    pieces
}

impl Tracked {
    /// Counts a whole text, unless it has more tokens than may be.
    pub(crate) fn new(
        text: &str,
        lexis: &'static Lexis,
        vocabulary: &mut Vocabulary,
        tokens_max: usize,
    ) -> Option<Self> {
        let mut document = Self { lexis, lines: Vec::new(), counts: Counts::default(), bytes: text.len() };
        document.lines = text.split('\n').map(|line| document.line(line, vocabulary)).collect();
        let all = document.lines.iter().flat_map(|line| line.pieces.iter().copied()).collect::<Vec<_>>();
        if all.len() > tokens_max {
            document.close(vocabulary);
            return None;
        }
        document.count(&all, 0..all.len(), Counting::Add, vocabulary);
        Some(document)
    }

    /// Gives back all its tokens.
    pub(crate) fn close(self, vocabulary: &mut Vocabulary) {
        for piece in self.lines.iter().flat_map(|line| line.pieces.iter()) {
            vocabulary.give_back(piece.id());
        }
    }

    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Tokens of the text.
    pub(crate) fn tokens(&self) -> usize {
        usize::try_from(self.counts.totals().0).unwrap_or(usize::MAX)
    }

    /// Bytes of the text.
    pub(crate) fn len(&self) -> usize {
        self.bytes
    }

    /// About how many bytes it takes.
    pub(crate) fn memory(&self) -> usize {
        let lines = self.lines.iter().map(|line| line.text.len() + size_of_val(&*line.pieces) + size_of::<Line>() + 32);
        lines.sum::<usize>() + self.counts.bytes()
    }

    /// The place of a byte; behind the end counts as the end, and inside a character as its start.
    pub(crate) fn place(&self, at: ByteOffset) -> LinePlace {
        let mut rest = at.0;
        for (line, Line { text, .. }) in self.lines.iter().enumerate() {
            if rest <= text.len() {
                return LinePlace { line, column: text.floor_char_boundary(rest) };
            }
            rest -= text.len() + 1;
        }
        let line = self.lines.len().saturating_sub(1);
        LinePlace { line, column: self.lines.last().map_or(0, |line| line.text.len()) }
    }

    /// Replaces a range of the text, in bytes of it as it is now.
    pub(crate) fn edit(&mut self, range: Range<ByteOffset>, inserted: &str, vocabulary: &mut Vocabulary) {
        let from = self.place(range.start);
        let to = self.place(ByteOffset(range.end.0.max(range.start.0)));
        let part = |place: LinePlace| self.lines.get(place.line).map(|line| line.text.split_at(place.column));
        let (Some((head, _)), Some((_, tail))) = (part(from), part(to)) else { return };
        let text = [head, inserted, tail].concat();
        self.replace(from.line..to.line + 1, text.split('\n'), vocabulary);
    }

    /// Becomes another text, by edits of the lines that differ; where many do, of all between the first and the last.
    pub(crate) fn become_text(&mut self, text: &str, vocabulary: &mut Vocabulary) {
        let new = text.split('\n').collect::<Vec<_>>();
        let mut at = 0;
        loop {
            let old = self.lines.get(at..).unwrap_or_default();
            let rest = new.get(at..).unwrap_or_default();
            let same = |(old, new): &(&Line, &&str)| *old.text == ***new;
            let ahead = old.iter().zip(rest).take_while(same).count();
            let (old, rest) = (old.get(ahead..).unwrap_or_default(), rest.get(ahead..).unwrap_or_default());
            if old.is_empty() && rest.is_empty() {
                return;
            }
            let (gone, come) = next_same(old, rest).unwrap_or_else(|| {
                let behind = old.iter().rev().zip(rest.iter().rev()).take_while(same).count();
                (old.len() - behind, rest.len() - behind)
            });
            at += ahead;
            self.replace(at..at + gone, rest.iter().take(come).copied(), vocabulary);
            at += come;
        }
    }

    /// Replaces whole lines.
    pub(crate) fn replace<'t>(
        &mut self,
        range: Range<usize>,
        texts: impl Iterator<Item = &'t str>,
        vocabulary: &mut Vocabulary,
    ) {
        let new = texts.map(|text| self.line(text, vocabulary)).collect::<Vec<_>>();
        let old_pieces = of_lines(self.lines.get(range.clone()).unwrap_or_default());
        let new_pieces = of_lines(&new);
        let same = |pair: &(&Piece, &Piece)| pair.0 == pair.1;
        let ahead = old_pieces.iter().zip(&new_pieces).take_while(same).count();
        let most = old_pieces.len().min(new_pieces.len()) - ahead;
        let behind = old_pieces.iter().rev().zip(new_pieces.iter().rev()).take(most).take_while(same).count();
        let (before, after) = (self.pieces_before(range.start), self.pieces_after(range.end));
        for (pieces, counting) in [(old_pieces, Counting::Remove), (new_pieces, Counting::Add)] {
            let changed = before.len() + ahead..before.len() + pieces.len() - behind;
            self.count(&[&*before, &*pieces, &*after].concat(), changed, counting, vocabulary);
        }
        let bytes = |lines: &[Line]| lines.iter().map(|line| line.text.len() + 1).sum::<usize>();
        self.bytes += bytes(&new);
        let end = range.end.min(self.lines.len());
        let old = self.lines.splice(range.start.min(end)..end, new).collect::<Vec<_>>();
        self.bytes = self.bytes.saturating_sub(bytes(&old));
        for piece in old.iter().flat_map(|line| line.pieces.iter()) {
            vocabulary.give_back(piece.id());
        }
    }

    /// Does something while a line counts as not written: a line is no evidence for what it should be.
    pub(crate) fn without<T>(&mut self, line: usize, vocabulary: &Vocabulary, act: impl FnOnce(&Self) -> T) -> T {
        let (before, after) = (self.pieces_before(line), self.pieces_after(line + 1));
        let held = self.lines.get(line).map(|line| &*line.pieces).unwrap_or_default();
        let held_out = before.len()..before.len() + held.len();
        let window = [&*before, held, &*after].concat();
        self.count(&window, held_out.clone(), Counting::Remove, vocabulary);
        let done = act(self);
        self.count(&window, held_out, Counting::Add, vocabulary);
        done
    }

    /// Counts some tokens of a window, and what of those behind them depends on them.
    fn count(&mut self, window: &[Piece], changed: Range<usize>, counting: Counting, vocabulary: &Vocabulary) {
        let ids = window.iter().map(|piece| piece.id()).collect::<Vec<TokenId>>();
        for piece in window.get(changed.clone()).unwrap_or_default() {
            match counting {
                Counting::Add => self.counts.add_token(piece.id().0),
                Counting::Remove => self.counts.remove_token(piece.id().0),
            }
        }
        let end = window.len().min(changed.end + REACH);
        for (at, piece) in window.iter().enumerate().take(end).skip(changed.start) {
            let before = ids.get(..at).unwrap_or_default();
            let keys = grams::keys(before, vocabulary);
            let copied = grams::copied(before, piece.id(), vocabulary);
            // How many tokens back the last changed one is; none: the token itself is.
            let back = (at + 1).saturating_sub(changed.end);
            for (number, (context, key)) in CONTEXTS.iter().zip(keys).enumerate() {
                if context.reach() < back {
                    continue;
                }
                let follower = if number < TOKEN_CONTEXTS { piece.0 } else { copied };
                match counting {
                    Counting::Add => self.counts.add(key, follower),
                    Counting::Remove => self.counts.remove(key, follower),
                }
            }
        }
    }

    fn line(&self, text: &str, vocabulary: &mut Vocabulary) -> Line {
        Line { text: text.into(), pieces: pieces(text, self.lexis, vocabulary).into() }
    }

    /// The last tokens before a line, as many as anything behind depends on.
    pub(crate) fn pieces_before(&self, line: usize) -> Vec<Piece> {
        let above = self.lines.get(..line).unwrap_or_default();
        let mut pieces =
            above.iter().rev().flat_map(|line| line.pieces.iter().rev().copied()).take(REACH).collect::<Vec<_>>();
        pieces.reverse();
        pieces
    }

    /// The first tokens from a line on.
    fn pieces_after(&self, line: usize) -> Vec<Piece> {
        let below = self.lines.get(line..).unwrap_or_default();
        below.iter().flat_map(|line| line.pieces.iter().copied()).take(REACH).collect()
    }
}

/// How many lines differ here until two in a row are the same again, within a short way: those that go and those that come.
fn next_same(old: &[Line], new: &[&str]) -> Option<(usize, usize)> {
    let same = |gone: usize, come: usize| {
        (0..2).all(|next| match (old.get(gone + next), new.get(come + next)) {
            (Some(old), Some(new)) => *old.text == **new,
            (None, None) => true,
            _ => false,
        })
    };
    let pairs = (1..LOOK_AHEAD).flat_map(|both| (0..=both).map(move |gone| (gone, both - gone)));
    pairs.into_iter().find(|(gone, come)| *gone <= old.len() && *come <= new.len() && same(*gone, *come))
}

fn of_lines(lines: &[Line]) -> Vec<Piece> {
    lines.iter().flat_map(|line| line.pieces.iter().copied()).collect()
}

/// Whether a token ends its line.
pub(crate) fn ends_line(piece: Piece) -> bool {
    piece.id() == END_OF_LINE
}
