//! What the model counts: after which contexts a token stood. A context is what the last tokens were, or what they looked like, or
//! which of them were the same. Knows tokens by number and shape; no counts.
//!
//! The exact contexts are the n-grams of Hellendoorn and Devanbu, "Are deep neural networks the best choice for modeling source
//! code?" (FSE 2017). Those of shapes let a new name be followed by what followed others of its kind. Those of copies know that lines repeat each other with
//! another name in the same places (`self.a = a`, then `self.b = b`), which a count of names never sees twice.

use crate::token::{Shape, TokenId, Vocabulary};

/// Tokens back that anything counted for a token depends on.
pub(crate) const REACH: usize = 16;

/// A kind of context, with the number of tokens that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Context {
    /// The tokens themselves.
    Exact(usize),
    /// Words by their shape, signs by themselves.
    Shapes(usize),
    /// Words by how many words back the same one stood, else by shape. What is counted after it is the same for the next token.
    Copies(usize),
}

/// The kinds of contexts, those that say least first. The copies come last.
pub(crate) const CONTEXTS: [Context; 12] = [
    Context::Shapes(1),
    Context::Shapes(2),
    Context::Exact(1),
    Context::Shapes(3),
    Context::Shapes(5),
    Context::Exact(2),
    Context::Exact(3),
    Context::Exact(4),
    Context::Exact(6),
    Context::Copies(2),
    Context::Copies(4),
    Context::Copies(7),
];

/// How many of [`CONTEXTS`] count tokens; the others count copies.
pub(crate) const TOKEN_CONTEXTS: usize = 9;

/// The most tokens of an exact context.
pub(crate) const EXACT_MAX: usize = 6;

/// The most tokens of any context.
const TOKENS_MAX: usize = 7;

/// What is counted after a context of copies when the token is none.
pub(crate) const NO_COPY: u32 = 0;

impl Context {
    /// Tokens back that counts after this context depend on.
    pub(crate) fn reach(self) -> usize {
        match self {
            Self::Exact(tokens) | Self::Shapes(tokens) => tokens,
            Self::Copies(_) => REACH,
        }
    }
}

/// The contexts of one place, hashed: in the order of [`CONTEXTS`].
pub(crate) type Keys = [u64; CONTEXTS.len()];

/// The contexts of the place behind some tokens, of which the last [`REACH`] matter.
pub(crate) fn keys(before: &[TokenId], vocabulary: &Vocabulary) -> Keys {
    let before = last(before);
    let at = |back: usize| before.len().checked_sub(back).and_then(|at| before.get(at)).copied();
    let mut exact = [1_u64; TOKENS_MAX + 1];
    let mut shapes = [2_u64; TOKENS_MAX + 1];
    let mut copies = [3_u64; TOKENS_MAX + 1];
    for back in 1..=TOKENS_MAX {
        let token = at(back);
        let itself = token.map_or(0, |id| u64::from(id.0) + 16);
        let shape = token.map_or(Shape::Itself, |id| vocabulary.shape(id));
        let by_shape = if shape.is_word() { shape as u64 } else { itself };
        let repeats = token
            .filter(|_| shape.is_word())
            .map_or(NO_COPY, |id| copied(before.get(..before.len() - back).unwrap_or_default(), id, vocabulary));
        let by_copy = if repeats == NO_COPY { by_shape } else { u64::from(repeats) << 40 };
        exact[back] = mix(exact[back - 1], itself);
        shapes[back] = mix(shapes[back - 1], by_shape);
        copies[back] = mix(copies[back - 1], by_copy);
    }
    CONTEXTS.map(|context| {
        let (hashes, tokens) = match context {
            Context::Exact(tokens) => (&exact, tokens),
            Context::Shapes(tokens) => (&shapes, tokens),
            Context::Copies(tokens) => (&copies, tokens),
        };
        mix(hashes.get(tokens).copied().unwrap_or_default(), tokens as u64)
    })
}

/// How many words back the same word stands; [`NO_COPY`] where it does not, or where the token is no word.
pub(crate) fn copied(before: &[TokenId], id: TokenId, vocabulary: &Vocabulary) -> u32 {
    if !vocabulary.shape(id).is_word() {
        return NO_COPY;
    }
    let mut words = 0;
    for earlier in last(before).iter().rev() {
        if vocabulary.shape(*earlier).is_word() {
            words += 1;
        }
        if *earlier == id {
            return words;
        }
    }
    NO_COPY
}

/// The word that stands so many words back.
pub(crate) fn word_back(before: &[TokenId], words: u32, vocabulary: &Vocabulary) -> Option<TokenId> {
    let nth = usize::try_from(words).ok()?.checked_sub(1)?;
    last(before).iter().rev().filter(|id| vocabulary.shape(**id).is_word()).nth(nth).copied()
}

fn last(before: &[TokenId]) -> &[TokenId] {
    before.get(before.len().saturating_sub(REACH)..).unwrap_or_default()
}

/// Takes a number into a hash. Two contexts that get one hash would only blur a probability.
fn mix(hash: u64, number: u64) -> u64 {
    let mixed = (hash.rotate_left(23) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}
