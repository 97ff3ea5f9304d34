//! The lines near the cursor, which say most about the next one (Tu, Su and Devanbu, "On the localness of software", FSE 2014):
//! looked through for the places where the last tokens stood, nearer ones counting more. Knows tokens by number; no counts.

use crate::{
    counts::Map,
    grams::EXACT_MAX,
    token::{Piece, TokenId},
    tracked::Line,
    weights::Weights,
};

/// Lines above and below the cursor that are near.
const LINES_ABOVE: usize = 150;
const LINES_BELOW: usize = 50;

/// Tokens of them at most, on each side.
const TOKENS_MAX: usize = 2_000;

/// A stretch of tokens, with what each counts for.
#[derive(Debug, Default)]
struct Stretch {
    ids: Vec<TokenId>,
    pieces: Vec<Piece>,
    weights: Vec<f64>,
}

/// The lines near a place.
#[derive(Debug)]
pub(crate) struct Near {
    stretches: [Stretch; 2],
    /// What all the places of a token count for.
    tokens: Map<u32, f64>,
    total: f64,
}

impl Near {
    /// The lines around one, of which only the tokens before the cursor are given.
    pub(crate) fn new(lines: &[Line], line: usize, before_cursor: &[Piece], weights: &Weights) -> Self {
        let above = lines.get(line.saturating_sub(LINES_ABOVE)..line).unwrap_or_default();
        let below = lines.get(line + 1..lines.len().min(line + 1 + LINES_BELOW)).unwrap_or_default();
        let above = above.iter().rev().flat_map(|line| line.pieces.iter().rev());
        let mut up = before_cursor.iter().rev().chain(above).copied().take(TOKENS_MAX).collect::<Vec<_>>();
        let down = below.iter().flat_map(|line| line.pieces.iter()).copied().take(TOKENS_MAX).collect::<Vec<_>>();
        let fading = |count: usize| {
            let fade = (-1.0 / weights.near_tokens).exp();
            std::iter::successors(Some(weights.near), move |weight| Some(weight * fade)).take(count).collect::<Vec<_>>()
        };
        let (mut up_weights, down_weights) = (fading(up.len()), fading(down.len()));
        up.reverse();
        up_weights.reverse();
        let stretches = [(up, up_weights), (down, down_weights)].map(|(pieces, weights)| Stretch {
            ids: pieces.iter().map(|piece| piece.id()).collect(),
            pieces,
            weights,
        });
        let (mut tokens, mut total) = (Map::<u32, f64>::default(), 0.0);
        for stretch in &stretches {
            for (id, weight) in stretch.ids.iter().zip(&stretch.weights) {
                *tokens.entry(id.0).or_default() += weight;
                total += weight;
            }
        }
        Self { stretches, tokens, total }
    }

    /// What the places of a token count for.
    pub(crate) fn of_token(&self, id: TokenId) -> f64 {
        self.tokens.get(&id.0).copied().unwrap_or_default()
    }

    /// What all tokens count for.
    pub(crate) fn total(&self) -> f64 {
        self.total
    }

    /// Every near place where the last tokens stood: how many of them, what stood behind them, and what that counts for.
    pub(crate) fn followers(&self, before: &[TokenId], mut found: impl FnMut(usize, Piece, f64)) {
        let Some(last) = before.last() else { return };
        for Stretch { ids, pieces, weights } in &self.stretches {
            let behind = pieces.iter().zip(weights).skip(1);
            for (at, (id, (piece, weight))) in ids.iter().zip(behind).enumerate() {
                if id == last {
                    let here = ids.get(..=at).unwrap_or_default();
                    let pairs = here.iter().rev().zip(before.iter().rev()).take(EXACT_MAX);
                    found(pairs.take_while(|(here, wanted)| here == wanted).count(), *piece, *weight);
                }
            }
        }
    }
}
