//! What comes next, and how likely: the counts of all contexts mixed from the one that says least to the one that says most, each
//! believed as far as it has been seen (Witten and Bell, "The zero-frequency problem", 1991), lines nearby and the other documents
//! of the room counting beside the document itself. Knows no lines; the caller says what stands before the place.

use crate::{
    counts::{Counts, Followers, Map},
    grams::{self, CONTEXTS, Context, Keys, NO_COPY, REACH, TOKEN_CONTEXTS},
    near::Near,
    token::{Piece, Spacing, TokenId, Vocabulary},
    weights::Weights,
};

/// Words that are looked at because they begin as what is typed does, at most.
const WORDS_MAX: usize = 2_048;

/// Followers of a context that are all looked at; of more, those that make up more than this part of all.
const FOLLOWERS_MAX: u32 = 128;

/// What the room knows at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Predictor<'m> {
    pub(crate) vocabulary: &'m Vocabulary,
    /// The counts of the document.
    pub(crate) own: &'m Counts,
    /// Those of the room's other documents.
    pub(crate) others: &'m [&'m Counts],
    pub(crate) near: &'m Near,
    pub(crate) weights: &'m Weights,
}

/// What is there of the next token already.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Typed<'t> {
    /// The white space before it, if that is decided.
    pub(crate) spacing: Option<Spacing>,
    /// How it begins.
    pub(crate) begun: &'t str,
}

/// What comes next.
#[derive(Debug, Default)]
pub(crate) struct Next {
    /// The tokens that go on from what is typed, the most likely first, with their chances.
    pub(crate) ranked: Vec<(Piece, f64)>,
    /// The chance that what is typed is the whole token.
    pub(crate) complete: f64,
}

/// Tokens that come into question, with their chances so far.
#[derive(Debug, Default)]
struct Field {
    tokens: Vec<(Piece, f64)>,
    places: Map<u32, usize>,
}

impl Field {
    fn put(&mut self, piece: Piece) -> usize {
        let tokens = &mut self.tokens;
        *self.places.entry(piece.0).or_insert_with(|| {
            tokens.push((piece, 0.0));
            tokens.len() - 1
        })
    }

    fn chance(&mut self, piece: u32) -> Option<&mut f64> {
        self.places.get(&piece).and_then(|place| self.tokens.get_mut(*place)).map(|(_, chance)| chance)
    }
}

/// What stood after one kind of context.
#[derive(Debug, Default)]
struct Evidence {
    followers: Vec<(u32, f64)>,
    total: f64,
    different: f64,
}

impl Predictor<'_> {
    /// What comes behind some tokens.
    pub(crate) fn next(&self, before: &[TokenId], typed: Typed<'_>) -> Next {
        let keys = grams::keys(before, self.vocabulary);
        let evidence = self.evidence(before, &keys);
        let mut field = self.field(&evidence, typed);
        let mut new = self.bases(&mut field);
        for (evidence, doubt) in evidence.iter().zip(&self.weights.doubts) {
            if evidence.total == 0.0 {
                continue;
            }
            let doubted = doubt.per_follower * evidence.different + doubt.always;
            let all = evidence.total + doubted;
            field.tokens.iter_mut().for_each(|(_, chance)| *chance *= doubted / all);
            new *= doubted / all;
            for (follower, count) in &evidence.followers {
                if let Some(chance) = field.chance(*follower) {
                    *chance += count / all;
                }
            }
        }
        self.copy(before, &keys, typed, &mut field, &mut new);
        self.rank(field, typed, new)
    }

    /// What stood after each kind of context of tokens.
    fn evidence(&self, before: &[TokenId], keys: &Keys) -> [Evidence; TOKEN_CONTEXTS] {
        let mut evidence = std::array::from_fn(|_| Evidence::default());
        for (evidence, key) in evidence.iter_mut().zip(keys) {
            for (counts, weight) in self.all_counts() {
                let Some(followers) = counts.after(*key) else { continue };
                let (total, different) = followers.sums();
                // The rare ones among very many can't come out on top, and looking at all of them would take most of the time.
                let least = if different > FOLLOWERS_MAX { total / FOLLOWERS_MAX } else { 0 };
                let likely = followers.iter().filter(|(_, count)| *count > least);
                evidence.followers.extend(likely.map(|(follower, count)| (follower, f64::from(count) * weight)));
                evidence.total += f64::from(total) * weight;
                evidence.different += f64::from(different) * weight;
            }
        }
        self.near.followers(before, |length, piece, weight| {
            for (evidence, context) in evidence.iter_mut().zip(CONTEXTS) {
                if matches!(context, Context::Exact(tokens) if tokens <= length) {
                    evidence.followers.push((piece.0, weight));
                    evidence.total += weight;
                }
            }
        });
        evidence
    }

    fn all_counts(&self) -> impl Iterator<Item = (&Counts, f64)> {
        std::iter::once((self.own, 1.0)).chain(self.others.iter().map(|other| (*other, self.weights.room)))
    }

    /// The tokens that come into question.
    fn field(&self, evidence: &[Evidence], typed: Typed<'_>) -> Field {
        let mut field = Field::default();
        for (follower, _) in evidence.iter().flat_map(|evidence| &evidence.followers) {
            let piece = Piece(*follower);
            let fits = match typed.spacing {
                None => true,
                // Somebody who typed more white space than the model knows means to put something there.
                Some(spacing) => {
                    piece.spacing() == spacing || (spacing == Spacing::Wide && piece.spacing() == Spacing::Space)
                }
            };
            if fits && self.vocabulary.text(piece.id()).starts_with(typed.begun) {
                field.put(piece);
            }
        }
        if !typed.begun.is_empty() {
            let spacing = typed.spacing.unwrap_or(Spacing::Tight);
            for id in self.vocabulary.beginning(typed.begun).take(WORDS_MAX) {
                field.put(Piece::new(id, spacing));
            }
        }
        field
    }

    /// Gives each token the chance that it has without any context; gives what is left for a token that nobody has seen.
    fn bases(&self, field: &mut Field) -> f64 {
        let (mut total, mut different) = (self.near.total(), 0.0);
        for (counts, weight) in self.all_counts() {
            let (tokens, texts) = counts.totals();
            #[allow(clippy::cast_precision_loss, reason = "a count of tokens is far below 2^52")]
            let (tokens, texts) = (tokens as f64, texts as f64);
            total += tokens * weight;
            different += texts * weight;
        }
        let all = total + different + 1.0;
        for (piece, chance) in &mut field.tokens {
            let seen = self.all_counts().map(|(counts, weight)| f64::from(counts.of_token(piece.id().0)) * weight);
            *chance = (seen.sum::<f64>() + self.near.of_token(piece.id())) / all;
        }
        (different + 1.0) / all
    }

    /// Lets the words that stand before the place come again where words came again in lines like this one.
    fn copy(&self, before: &[TokenId], keys: &Keys, typed: Typed<'_>, field: &mut Field, new: &mut f64) {
        let mut chances = [0.0; REACH + 1];
        let mut belief = 0.0;
        for (key, doubt) in keys.iter().zip(&self.weights.doubts).skip(TOKEN_CONTEXTS) {
            let (mut followers, mut total, mut different) = ([0.0; REACH + 1], 0.0, 0.0);
            for (counts, weight) in self.all_counts() {
                for (follower, count) in counts.after(*key).into_iter().flat_map(Followers::iter) {
                    if let Some(seen) = followers.get_mut(follower as usize) {
                        *seen += f64::from(count) * weight;
                    }
                    total += f64::from(count) * weight;
                    different += weight;
                }
            }
            if total > 0.0 {
                let doubted = doubt.per_follower * different + doubt.always;
                let all = total + doubted;
                for (chance, seen) in chances.iter_mut().zip(followers) {
                    *chance = (*chance * doubted + seen) / all;
                }
                belief = (belief * doubted + total) / all;
            }
        }
        let share = self.weights.copies;
        let none = chances.first().copied().unwrap_or_default() + (1.0 - belief);
        let keep = 1.0 - share + share * none;
        let spacing = typed.spacing.unwrap_or_else(|| self.likely_spacing(before, field));
        field.tokens.iter_mut().for_each(|(_, chance)| *chance *= keep);
        *new *= keep;
        for (words, chance) in (NO_COPY..).zip(chances).skip(1).filter(|(_, chance)| *chance > 0.0) {
            let Some(id) = grams::word_back(before, words, self.vocabulary) else { continue };
            if self.vocabulary.text(id).starts_with(typed.begun) {
                let place = field.put(Piece::new(id, spacing));
                if let Some((_, known)) = field.tokens.get_mut(place) {
                    *known += share * chance;
                }
            }
        }
    }

    /// The white space that a word would have here.
    fn likely_spacing(&self, before: &[TokenId], field: &Field) -> Spacing {
        let mut sums = [0.0, 0.0];
        for (piece, chance) in &field.tokens {
            if self.vocabulary.shape(piece.id()).is_word()
                && let Some(sum) = sums.get_mut(piece.spacing() as usize)
            {
                *sum += chance;
            }
        }
        let [tight, space] = sums;
        let after_word = before.last().is_some_and(|id| self.vocabulary.shape(*id).is_word());
        if after_word || space > tight { Spacing::Space } else { Spacing::Tight }
    }

    /// The chances of what fits what is typed, out of all that does.
    fn rank(&self, field: Field, typed: Typed<'_>, new: f64) -> Next {
        let mut ranked = field.tokens;
        let text = |piece: Piece| self.vocabulary.text(piece.id());
        // The same order, and so the same sums, whatever way the counts came about.
        ranked.sort_unstable_by(|(a, one), (b, other)| {
            other.total_cmp(one).then_with(|| text(*a).cmp(text(*b))).then_with(|| a.0.cmp(&b.0))
        });
        let typed_characters = typed.begun.chars().count();
        let (first, each) = self.weights.new_word;
        let new = match i32::try_from(typed_characters) {
            Ok(0) => new,
            Ok(count) => new * first * each.powi(count - 1),
            Err(_) => 0.0,
        };
        let all = ranked.iter().map(|(_, chance)| chance).sum::<f64>() + new;
        if all <= 0.0 {
            return Next::default();
        }
        let mut complete = if typed_characters > 0 { new * self.weights.new_word_complete / all } else { 0.0 };
        ranked.retain_mut(|(piece, chance)| {
            *chance /= all;
            let is_whole = !typed.begun.is_empty() && text(*piece) == typed.begun;
            if is_whole {
                complete += *chance;
            }
            !is_whole
        });
        Next { ranked, complete }
    }
}
