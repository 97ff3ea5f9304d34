//! When to try again: delays that double from 100 ms to 5 s, each drawn at random from the whole span ("full jitter"), so that a
//! room's clients don't come back all at once. Pure: knows neither clock nor chance, both come as arguments.

use std::time::Duration;

/// The longest first delay.
pub const FIRST_DELAY: Duration = Duration::from_millis(100);

/// The longest delay at all.
pub const LONGEST_DELAY: Duration = Duration::from_secs(5);

/// A connection that held this long after its Welcome was a good one: the next delay is a first one again.
pub const GOOD_AFTER: Duration = Duration::from_secs(5);

/// Counts failures in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The delay after one failure more. `random` is any random number, `held` how long the connection held after its Welcome,
    /// `at_least` what the server asked for.
    pub fn next(&mut self, random: u64, held: Option<Duration>, at_least: Option<Duration>) -> Duration {
        if held.is_some_and(|held| held >= GOOD_AFTER) {
            self.failures = 0;
        }
        let longest = FIRST_DELAY.saturating_mul(1 << self.failures.min(16)).min(LONGEST_DELAY);
        self.failures = self.failures.saturating_add(1);
        let span = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        let jittered = Duration::from_millis(random % span);
        at_least.map_or(jittered, |least| least.saturating_add(jittered))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest_and_a_good_connection_starts_over() {
        let mut backoff = Backoff::default();
        // The largest draw of each span: spans are 101, 201, 401... milliseconds wide.
        let largest = |backoff: &Backoff| {
            let mut copy = *backoff;
            (0..=5_001_u64)
                .map(|random| {
                    copy = *backoff;
                    copy.next(random, None, None)
                })
                .max()
        };
        for expected in [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000] {
            assert_eq!(largest(&backoff), Some(Duration::from_millis(expected)));
            backoff.next(0, Some(Duration::from_millis(10)), None);
        }
        assert!(backoff.next(5_000, Some(GOOD_AFTER), None) <= FIRST_DELAY);
    }

    #[test]
    fn what_the_server_asked_for_is_kept() {
        let mut backoff = Backoff::default();
        let delay = backoff.next(50, None, Some(Duration::from_secs(2)));
        assert_eq!(delay, Duration::from_millis(2_050));
    }
}
