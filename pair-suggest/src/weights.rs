//! The numbers of the model that no text tells: what each kind of evidence counts for. Found by `scripts/bench suggest` on a tuning
//! set, whose files are not those that it reports on.

use crate::grams::{CONTEXTS, TOKEN_CONTEXTS};

/// How much a context's counts are believed: with `total` counts of `different` followers, the lower contexts together count for
/// `per_follower * different + always` more (Witten and Bell 1991 is 1 and 0).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Doubt {
    /// For each different follower.
    pub per_follower: f64,
    /// In any case.
    pub always: f64,
}

/// What a chance that the counts give is worth in truth: its logit is stretched and moved (Platt, "Probabilistic outputs for support
/// vector machines", 1999), because contexts that hold each other don't bear witness independently.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// What the logit is multiplied by.
    pub slope: f64,
    /// What is added then.
    pub offset: f64,
}

impl Calibration {
    /// The chance that is meant by a chance that was counted.
    pub(crate) fn of(self, chance: f64) -> f64 {
        let chance = chance.clamp(1e-9, 1.0 - 1e-6);
        let logit = (chance / (1.0 - chance)).ln() * self.slope + self.offset;
        1.0 / (1.0 + (-logit).exp())
    }
}

/// All weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// What a token right beside the cursor counts for, where any in the document counts for 1.
    pub near: f64,
    /// Tokens from the cursor over which that falls to a third (1/e).
    pub near_tokens: f64,
    /// What a token in another document of the room counts for.
    pub room: f64,
    /// The doubt about each kind of context, in their order: first those of tokens, then those of copies.
    pub doubts: [Doubt; CONTEXTS.len()],
    /// The share of the copies' say, where nothing is doubted.
    pub copies: f64,
    /// The chance that a word nobody has seen begins with the typed character, and with each one after that.
    pub new_word: (f64, f64),
    /// The chance that a word nobody has seen is complete.
    pub new_word_complete: f64,
    /// What the chance of a token is worth of which nothing is typed yet, and of one that is begun.
    pub calibrations: (Calibration, Calibration),
    /// A suggestion is shown from this confidence on.
    pub show: f64,
    /// A suggestion goes on while the next token's chance is above `1 - extend / characters so far`.
    pub extend: f64,
}

impl Default for Weights {
    fn default() -> Self {
        let mut doubts = [Doubt { per_follower: 6.0, always: 4.0 }; CONTEXTS.len()];
        for doubt in doubts.iter_mut().skip(TOKEN_CONTEXTS) {
            *doubt = Doubt { per_follower: 0.5, always: 0.5 };
        }
        Self {
            near: 2.0,
            near_tokens: 300.0,
            room: 0.5,
            doubts,
            copies: 0.5,
            new_word: (0.05, 0.2),
            new_word_complete: 0.2,
            calibrations: (Calibration { slope: 0.75, offset: -0.05 }, Calibration { slope: 0.65, offset: -0.75 }),
            show: 0.49,
            extend: 1.0,
        }
    }
}
