// This browser's replica of the room's text, and how far its edits have come: in the journal, at the server, in the server's storage.
// Knows the journal, and by a function how to send; no page.
import * as Y from "yjs";
import { ROOT_NAME, type ClientMessage, type DocumentWelcome, type Receipt } from "../protocol/messages";
import type { Journal } from "./journal";

/** Edits of this pause go out as one message. */
const SEND_PAUSE_MS = 12;

/** How many edits are where; all counts are messages, and 0 where nothing is under way. */
export interface Progress {
  /** Made here, and not sent. */
  local: number;
  /** Sent, and not yet handled by the server. */
  sent: number;
  /** Handled by the server, and not yet durable. */
  received: number;
}

/** Where an update came from, as Yjs hands it to observers. */
export const REMOTE = Symbol("remote");
const LOADED = Symbol("loaded");

/** A replica of one document. */
export class Replica {
  readonly doc = new Y.Doc();
  readonly text = this.doc.getText(ROOT_NAME);
  private path: string | null = null;
  private waiting: Uint8Array[] = [];
  private writing = 0;
  private seq = 0;
  private receipt: Receipt = { received: 0, durable: 0 };
  private timer: number | undefined;
  private sentAt = 0;
  private waiters: (() => void)[] = [];
  private online = false;

  private constructor(
    private journal: Journal,
    private readonly send: (message: ClientMessage) => boolean,
    private readonly progressed: () => void,
  ) {}

  /** A replica with what the journal holds. */
  static async open(
    journal: Journal,
    send: (message: ClientMessage) => boolean,
    progressed: () => void,
  ): Promise<Replica> {
    const replica = new Replica(journal, send, progressed);
    const kept = await journal.load();
    if (kept !== null) Y.applyUpdate(replica.doc, kept, LOADED);
    // After what the journal has, or Yjs would think that somebody else writes under this id.
    replica.doc.clientID = journal.clientId;
    replica.doc.on("update", (update: Uint8Array, origin: unknown) => replica.changed(update, origin));
    return replica;
  }

  /** The document's path; none before the first welcome. */
  get document(): string | null {
    return this.path;
  }

  /** What a hello says of it. */
  get state(): { document: string; stateVector: Uint8Array }[] {
    return this.path === null ? [] : [{ document: this.path, stateVector: Y.encodeStateVector(this.doc) }];
  }

  get progress(): Progress {
    const { received, durable } = this.receipt;
    const local = this.waiting.length + this.writing;
    if (!this.online) return { local: local + (this.seq - durable), sent: 0, received: 0 };
    return { local, sent: this.seq - received, received: received - durable };
  }

  /** Whether edits of an earlier visit wait to be sent. */
  get dirty(): boolean {
    return this.journal.dirty;
  }

  /** The server's answer to hello: its text comes in, and what it lacks goes out. False where the replica can't go on under its id. */
  welcome(welcome: DocumentWelcome): boolean {
    this.path = welcome.document;
    Y.applyUpdate(this.doc, welcome.difference, REMOTE);
    if (this.doc.clientID !== this.journal.clientId) return false;
    this.online = true;
    this.waiting = [];
    this.seq = 0;
    this.receipt = { received: 0, durable: 0 };
    const lacking = Y.encodeStateAsUpdate(this.doc, welcome.stateVector);
    const known = Y.decodeStateVector(welcome.stateVector);
    const ahead = [...this.doc.store.clients].some(([client]) => Y.getState(this.doc.store, client) > (known.get(client) ?? 0));
    if (ahead || this.journal.dirty) {
      this.seq = 1;
      this.send({ type: "difference", document: welcome.document, seq: 1, update: lacking });
    }
    this.progressed();
    return true;
  }

  /** The connection is gone; edits are kept. */
  lost(): void {
    this.online = false;
    this.release();
    this.progressed();
  }

  /** An update of somebody else. */
  apply(document: string, update: Uint8Array): void {
    if (document === this.path) Y.applyUpdate(this.doc, update, REMOTE);
  }

  /** When every edit that was made so far is on its way, so that what refers to them may follow; at once where there is no connection. */
  whenSent(): Promise<void> {
    if (!this.online || this.waiting.length + this.writing === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  /** How far the server is. */
  received(receipt: Receipt): void {
    this.receipt = receipt;
    const { local, sent, received } = this.progress;
    if (local + sent + received === 0) void this.journal.settle();
    this.progressed();
  }

  private changed(update: Uint8Array, origin: unknown): void {
    if (origin === LOADED) return;
    const own = origin !== REMOTE;
    if (!own) {
      void this.journal.append(update, false);
      return;
    }
    this.writing += 1;
    const journaled = (): void => {
      this.writing -= 1;
      // Offline, the journal and the document have it; the difference of the next welcome brings it.
      if (this.online) this.waiting.push(update);
      else this.seq += 1;
      this.flushSoon();
      this.progressed();
    };
    this.journal.append(update, true).then(journaled, journaled);
    this.progressed();
  }

  private flushSoon(): void {
    if (this.timer !== undefined || this.waiting.length === 0) return;
    const pause = Math.max(0, this.sentAt + SEND_PAUSE_MS - performance.now());
    this.timer = window.setTimeout(() => {
      this.timer = undefined;
      this.flush();
    }, pause);
    if (pause === 0) {
      window.clearTimeout(this.timer);
      this.timer = undefined;
      this.flush();
    }
  }

  private flush(): void {
    if (!this.online || this.path === null || this.waiting.length === 0) return;
    const update = this.waiting.length === 1 ? this.waiting[0] : Y.mergeUpdates(this.waiting);
    if (update === undefined || !this.send({ type: "edit", document: this.path, seq: this.seq + 1, update })) return;
    this.seq += 1;
    this.waiting = [];
    this.sentAt = performance.now();
    if (this.writing === 0) this.release();
    this.progressed();
  }

  private release(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }
}
