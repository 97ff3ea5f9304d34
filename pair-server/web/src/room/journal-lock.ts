// That a journal belongs to one tab. Browsers have locks for that, but only on pages that came by HTTPS or from this machine; over plain HTTP the
// tabs ask each other. Knows no journal but by its id.

/** Whether this browser has locks here. */
export const hasLocks = (): boolean => "locks" in navigator;

/** A tab that has a journal answers in this time. */
const ANSWER_MS = 300;

/** A question, or the answer to the one with this `mark`. */
type Word = { ask: string; mark: number } | { taken: string; mark: number };

/** Takes a journal for as long as the page lives; false where another tab has it. */
export function takeLock(id: string): Promise<boolean> {
  if (!hasLocks()) return takeByAsking(id);
  return new Promise((resolve) => {
    const held = navigator.locks.request(`pair.journal.${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => undefined);
    });
    held.catch(() => resolve(false));
  });
}

/** As `takeLock`, with patience where edits wait in the journal: the tab that had it may have been closed a moment ago. */
export async function takeLockOf(id: string, dirty: boolean): Promise<boolean> {
  for (let tries = dirty && hasLocks() ? 5 : 1; tries > 0; tries--) {
    if (await takeLock(id)) return true;
    if (tries > 1) await new Promise((resolve) => window.setTimeout(resolve, 100));
  }
  return false;
}

/** Takes a journal unless another tab says that it has it. Of tabs that ask at once, the one with the smaller mark gets it. */
function takeByAsking(id: string): Promise<boolean> {
  let channel: BroadcastChannel;
  try {
    channel = new BroadcastChannel(`pair.journal.${id}`);
  } catch {
    // Without any way to ask, the tab's own storage is all that tells tabs apart.
    return Promise.resolve(true);
  }
  const mark = Math.random();
  let mine = false;
  return new Promise((resolve) => {
    const end = (taken: boolean): void => {
      window.clearTimeout(timer);
      mine = taken;
      if (!taken) channel.close();
      resolve(taken);
    };
    const timer = window.setTimeout(() => end(true), ANSWER_MS);
    channel.onmessage = ({ data }: MessageEvent<Word>) => {
      if ("taken" in data) {
        if (data.mark === mark && !mine) end(false);
      } else if (mine || mark < data.mark) {
        channel.postMessage({ taken: id, mark: data.mark });
      } else {
        end(false);
      }
    };
    channel.postMessage({ ask: id, mark });
  });
}
