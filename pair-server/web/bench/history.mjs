// A room's history of many single edits, made by four people in turn through the very server that is measured. The same edits on every
// server. Knows y-websocket's provider and no server.
import { WebSocket } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { until } from "../tests/support/processes.mjs";

/** The first line of the text, by which a page is known to be readable. */
export const FIRST_LINE = "// the first line";

const WRITERS = 4;

/** Edits that somebody makes before another one goes on. */
const SITTING = 1_000;

const WORDS = "let match room fn return edit if else for in state update self text None Some => { } ( ) ; , . & participant document".split(" ");

/** Numbers of 0 up to 1 from a seed (mulberry32, by Tommy Ettinger, public domain). */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One sitting: words and line ends typed key by key, one key in eight a backspace, now and then elsewhere. */
async function sit(text, random, edits) {
  let at = 0;
  let waiting = "";
  for (let edit = 0; edit < edits; edit++) {
    if (edit % 50 === 0) at = FIRST_LINE.length + 1 + Math.floor(random() * (text.length - FIRST_LINE.length));
    if (waiting === "") waiting = WORDS[Math.floor(random() * WORDS.length)] + (random() < 0.18 ? "\n    " : " ");
    if (random() < 0.125 && at > FIRST_LINE.length + 1) {
      text.delete(--at, 1);
    } else {
      text.insert(at++, waiting[0]);
      waiting = waiting.slice(1);
    }
    // Lets the socket take what it has.
    if (edit % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Makes the history in a room at `address` (ws://…), and gives its text when every writer has all of it. */
export async function makeHistory(address, room, edits) {
  const random = randomFrom(6);
  const writers = Array.from({ length: WRITERS }, (_, index) => {
    const doc = new Y.Doc();
    doc.clientID = 1_001 + index;
    const provider = new WebsocketProvider(address, room, doc, { WebSocketPolyfill: WebSocket, disableBc: true });
    return { provider, doc, text: doc.getText("code") };
  });
  await until("the writers in step", () => writers.every(({ provider }) => provider.synced));
  writers[0].text.insert(0, `${FIRST_LINE}\n`);
  const alike = () => writers.every(({ text }) => text.length === writers[0].text.length && text.toString() === writers[0].text.toString());
  for (let made = 0; made < edits; made += SITTING) {
    await until("the same text at every writer", alike, 60_000);
    await sit(writers[(made / SITTING) % WRITERS].text, random, SITTING);
    const length = writers[(made / SITTING) % WRITERS].text.length;
    await until("the sitting at every writer", () => writers.every(({ text }) => text.length === length), 60_000);
  }
  await until("the same text at every writer", alike, 60_000);
  const text = writers[0].text.toString();
  for (const { provider } of writers) provider.destroy();
  return text;
}
