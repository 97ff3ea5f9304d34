//! From chances to suggestions: the rest of the token, then as many more as pay, to the end of the line at most. Says nothing when
//! nothing is likely enough. Knows the predictor; no counts.

use crate::{
    predict::{Predictor, Typed},
    token::{Piece, Spacing, TokenId},
    tracked::ends_line,
    weights::Weights,
};

/// Characters of a suggestion at most: beyond, nobody reads it.
const CHARACTERS_MAX: usize = 200;

/// Tokens of a suggestion at most.
const TOKENS_MAX: usize = 48;

/// First tokens that are looked at at all, of those that go on from what is typed and of those behind it.
const FIRSTS_MAX: usize = 32;

/// First tokens that are followed up.
const BEGINNINGS_MAX: usize = 4;

/// How far a suggestion goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// To the end of the token.
    Token,
    /// Over several tokens.
    Statement,
    /// To the end of the line.
    Line,
}

/// One suggestion.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What would be inserted at the place.
    pub text: String,
    /// How likely it is exactly what comes, from 0 to 1.
    pub confidence: f64,
    /// How far it goes.
    pub extent: Extent,
}

/// A place where something is to be suggested.
#[derive(Debug)]
pub(crate) struct Spot<'t> {
    /// The tokens before the cursor, without one that the cursor touches.
    pub(crate) before: Vec<TokenId>,
    /// The token that the cursor touches, if it has a number.
    pub(crate) touched: Option<TokenId>,
    /// What there is of the next token.
    pub(crate) typed: Typed<'t>,
    /// The rest of the line.
    pub(crate) rest: &'t str,
}

/// One way to go on.
#[derive(Debug, Clone)]
struct Beginning {
    before: Vec<TokenId>,
    piece: Piece,
    chance: f64,
    text: String,
}

/// The next tokens, the most likely first: how each goes on from what is typed, and its chance.
pub(crate) fn next_tokens(spot: &Spot<'_>, predictor: &Predictor<'_>, most: usize) -> Vec<(String, f64)> {
    let beginnings = beginnings(spot, predictor);
    beginnings.into_iter().filter(|one| !ends_line(one.piece)).map(|one| (one.text, one.chance)).take(most).collect()
}

/// The suggestions at a place, the best first; none when nothing is likely enough.
pub(crate) fn suggest(spot: &Spot<'_>, predictor: &Predictor<'_>) -> Vec<Candidate> {
    let Weights { show, .. } = *predictor.weights;
    let ends = spot.rest.trim().is_empty();
    let mut candidates = beginnings(spot, predictor)
        .into_iter()
        .filter(|one| !ends_line(one.piece) && one.piece.spacing() != Spacing::Wide)
        .take(BEGINNINGS_MAX)
        .map(|one| if ends { extended(one, predictor) } else { alone(one) })
        .filter(|one| one.text.chars().count() > 1 && !spot.rest.starts_with(one.text.trim_start()))
        .collect::<Vec<_>>();
    // What is worth most first, among what is likely enough.
    candidates.sort_by(|a, b| {
        let rank = |one: &Candidate| (one.confidence >= show, worth(one));
        let (a_rank, b_rank) = (rank(a), rank(b));
        b_rank.0.cmp(&a_rank.0).then(b_rank.1.total_cmp(&a_rank.1)).then_with(|| a.text.cmp(&b.text))
    });
    if candidates.first().is_none_or(|best| best.confidence < show) {
        candidates.clear();
    }
    candidates
}

/// Characters that a suggestion may be expected to save.
fn worth(candidate: &Candidate) -> f64 {
    let characters = u32::try_from(candidate.text.chars().count()).unwrap_or(u32::MAX);
    candidate.confidence * (f64::from(characters) - 1.0)
}

fn alone(one: Beginning) -> Candidate {
    Candidate { text: one.text, confidence: one.chance, extent: Extent::Token }
}

/// The ways to go on: the rest of the token that the cursor touches, and what comes behind it if it is complete.
fn beginnings(spot: &Spot<'_>, predictor: &Predictor<'_>) -> Vec<Beginning> {
    let (fresh, typed) = predictor.weights.calibrations;
    let calibration = if spot.typed.begun.is_empty() { fresh } else { typed };
    let next = predictor.next(&spot.before, spot.typed);
    let rest = |piece: Piece| {
        let text = predictor.vocabulary.text(piece.id());
        let rest = text.strip_prefix(spot.typed.begun).unwrap_or_default();
        let space = spot.typed.spacing.is_none() && piece.spacing() != Spacing::Tight;
        if space { format!(" {rest}") } else { rest.to_owned() }
    };
    let begin = |(piece, chance): &(Piece, f64)| Beginning {
        before: spot.before.clone(),
        piece: *piece,
        chance: calibration.of(*chance),
        text: rest(*piece),
    };
    let mut all = next.ranked.iter().take(FIRSTS_MAX).map(begin).collect::<Vec<_>>();
    if let Some(touched) = spot.touched.filter(|_| next.complete > 0.0) {
        let before = [&*spot.before, &[touched]].concat();
        let behind = predictor.next(&before, Typed::default()).ranked;
        let word = predictor.vocabulary.shape(touched).is_word();
        let separate = |piece: Piece| {
            !(word && piece.spacing() == Spacing::Tight && predictor.vocabulary.shape(piece.id()).is_word())
        };
        all.extend(behind.iter().filter(|(piece, _)| separate(*piece)).take(FIRSTS_MAX).map(|(piece, chance)| {
            let text = predictor.vocabulary.text(piece.id());
            let text = if piece.spacing() == Spacing::Tight { text.to_owned() } else { format!(" {text}") };
            Beginning { before: before.clone(), piece: *piece, chance: fresh.of(*chance) * next.complete, text }
        }));
        all.sort_by(|a, b| b.chance.total_cmp(&a.chance).then_with(|| a.text.cmp(&b.text)));
    }
    all
}

/// Goes on from a beginning as long as that pays. A suggestion of `n` characters saves `n - 1` when it is right; going on puts those at
/// risk, and staying costs one key more when it would have been right: with a chance `q` going on pays if `q n > n - 1`.
fn extended(one: Beginning, predictor: &Predictor<'_>) -> Candidate {
    let Weights { show, extend, .. } = *predictor.weights;
    let Beginning { mut before, piece, mut chance, mut text } = one;
    before.push(piece.id());
    let mut extent = Extent::Token;
    for _ in 0..TOKENS_MAX {
        let characters = text.chars().count();
        let next = predictor.next(&before, Typed::default());
        let Some((piece, q)) = next.ranked.first().copied() else { break };
        let q = predictor.weights.calibrations.0.of(q);
        let length = f64::from(u32::try_from(characters).unwrap_or(u32::MAX));
        if ends_line(piece) {
            if q > 0.5 {
                extent = Extent::Line;
            }
            break;
        }
        if q <= 1.0 - extend / length
            || chance * q < show
            || piece.spacing() == Spacing::Wide
            || characters > CHARACTERS_MAX
        {
            break;
        }
        if piece.spacing() == Spacing::Space {
            text.push(' ');
        }
        text.push_str(predictor.vocabulary.text(piece.id()));
        before.push(piece.id());
        chance *= q;
        extent = Extent::Statement;
    }
    Candidate { text, confidence: chance, extent }
}
