// When to try again: pauses that double from 100 ms to 5 s, each drawn at random from the whole span, so that a room's clients do not come back
// all at once. As in the terminal client (client/reconnect.rs). Pure: knows neither clock nor chance, both come as arguments.

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** A connection that held this long after its welcome was a good one: the next pause is a first one again. */
export const GOOD_AFTER_MS = 5_000;

/** Counts failures in a row. */
export class Backoff {
  private failures = 0;

  /** The pause after one failure more. `random` is from 0 to 1; `heldMs` how long the connection held, 0 where no welcome came. */
  next(random: number, heldMs: number, atLeastMs: number): number {
    if (heldMs >= GOOD_AFTER_MS) this.failures = 0;
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(this.failures, 16), LONGEST_PAUSE_MS);
    this.failures += 1;
    return atLeastMs + longest * random;
  }
}
