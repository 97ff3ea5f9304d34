// The way of this browser's own edits, those of all documents together: into the journal, to the server, into the server's storage. Knows the
// journal, and by a function how to send; no document's text.
import * as Y from "yjs";
import type { ClientMessage, Receipt } from "../protocol/messages";
import type { Journal } from "./journal";

/** Edits of this pause go out as one message. */
const SEND_PAUSE_MS = 12;

/** How many edits are where; 0 where nothing is under way. */
export interface Progress {
  /** Made here, and not yet in the journal. */
  writing: number;
  /** In the journal, and not sent. */
  local: number;
  /** Messages that are sent, and not yet handled by the server. */
  sent: number;
  /** Messages that the server has handled, and that are not yet durable. */
  received: number;
}

/** What is on its way. */
export class Outbox {
  private waiting = new Map<string, Uint8Array[]>();
  private writing = 0;
  /** Edits in the journal that the difference after the next welcome brings. */
  private kept = 0;
  private seq = 0;
  private receipt: Receipt = { received: 0, durable: 0 };
  private timer: number | undefined;
  private sentAt = 0;
  private waiters: (() => void)[] = [];
  private online = false;

  constructor(
    readonly journal: Journal,
    private readonly send: (message: ClientMessage) => boolean,
    private readonly progressed: () => void,
  ) {}

  get progress(): Progress {
    const { writing, kept, seq, receipt } = this;
    const waiting = [...this.waiting.values()].reduce((sum, updates) => sum + updates.length, 0);
    if (!this.online) return { writing, local: kept, sent: 0, received: 0 };
    return { writing, local: waiting, sent: seq - receipt.received, received: receipt.received - receipt.durable };
  }

  /** An edit of this browser's own. */
  edited(document: string, update: Uint8Array): void {
    this.writing += 1;
    const journaled = (): void => {
      this.writing -= 1;
      if (!this.online) this.kept += 1;
      else this.waiting.set(document, [...(this.waiting.get(document) ?? []), update]);
      this.flushSoon();
      this.progressed();
    };
    this.journal.append(document, update).then(journaled, journaled);
    this.progressed();
  }

  /** Somebody else's update, which a reload then has without asking for it. */
  keep(document: string, update: Uint8Array): void {
    this.journal.keep(document, update);
  }

  /** A welcome came: messages are counted anew, and a difference for each document brings everything that waited. */
  welcomed(): void {
    this.online = true;
    this.waiting.clear();
    [this.kept, this.seq] = [0, 0];
    this.receipt = { received: 0, durable: 0 };
  }

  /** Sends what the server lacks of a document. */
  bring(document: string, update: Uint8Array): void {
    if (this.send({ type: "difference", document, seq: this.seq + 1, update })) this.seq += 1;
  }

  /** The connection is gone; edits are kept. */
  lost(): void {
    if (!this.online) return;
    const { local, sent, received } = this.progress;
    this.kept = local + sent + received;
    this.online = false;
    this.release();
  }

  /** When every edit that was made so far is on its way, so that what refers to them may follow; at once where there is no connection. */
  whenSent(): Promise<void> {
    if (!this.online || this.waiting.size + this.writing === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  /** How far the server is. */
  received(receipt: Receipt): void {
    this.receipt = receipt;
    this.settle();
    this.progressed();
  }

  /** Notes in the journal that nothing waits, where that is so. */
  settle(): void {
    const { writing, local, sent, received } = this.progress;
    if (this.online && writing + local + sent + received === 0) void this.journal.settle();
  }

  private flushSoon(): void {
    if (this.timer !== undefined || this.waiting.size === 0) return;
    const pause = this.sentAt + SEND_PAUSE_MS - performance.now();
    if (pause <= 0) return this.flush();
    this.timer = window.setTimeout(() => {
      this.timer = undefined;
      this.flush();
    }, pause);
  }

  private flush(): void {
    if (!this.online) return;
    for (const [document, updates] of this.waiting) {
      const [first] = updates;
      const update = updates.length === 1 && first !== undefined ? first : Y.mergeUpdates(updates);
      if (!this.send({ type: "edit", document, seq: this.seq + 1, update })) return;
      this.seq += 1;
      this.waiting.delete(document);
    }
    this.sentAt = performance.now();
    if (this.writing === 0) this.release();
    this.progressed();
  }

  private release(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }
}
