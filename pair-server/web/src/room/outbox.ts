// The way of this browser's own edits, those of all documents together: to the server and into the journal at once, and into the server's
// storage. Knows the journal, and by a function how to send; no document's text.
import * as Y from "yjs";
import type { ClientMessage, Receipt } from "../protocol/messages";
import type { Journal } from "./journal";

/** Edits of this pause go out as one message. */
const SEND_PAUSE_MS = 12;

/** How much is where; 0 where nothing is under way. */
export interface Progress {
  /** Edits that are neither stored by the server nor in the journal, while there is no connection. */
  writing: number;
  /** Edits that are not sent: in the journal, or about to be sent where there is a connection. */
  local: number;
  /** Messages that are sent, and not yet handled by the server. */
  sent: number;
  /** Messages that the server has handled, and that are not yet durable. */
  received: number;
}

/** A message on its way: with it all edits up to `edits` are sent. */
interface Sent {
  seq: number;
  edits: number;
}

/** What is on its way. Edits are counted from the first one of this page on. */
export class Outbox {
  private waiting = new Map<string, Uint8Array[]>();
  private made = 0;
  private kept = 0;
  private durable = 0;
  private onTheWay: Sent[] = [];
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
  ) {
    journal.onChange = progressed;
  }

  get progress(): Progress {
    const { seq, receipt, unkept } = this;
    if (!this.online) return { writing: unkept, local: this.made - this.durable - unkept, sent: 0, received: 0 };
    return { writing: 0, local: this.unsent, sent: seq - receipt.received, received: receipt.received - receipt.durable };
  }

  /** Whether something would be lost with this page. */
  get atRisk(): boolean {
    return !this.journal.keeps && this.unkept > 0;
  }

  /** Edits that are neither stored by the server nor in the journal. */
  private get unkept(): number {
    return this.made - Math.max(this.kept, this.durable);
  }

  private get unsent(): number {
    return [...this.waiting.values()].reduce((sum, updates) => sum + updates.length, 0);
  }

  /** An edit of this browser's own. */
  edited(document: string, update: Uint8Array): void {
    this.made += 1;
    const { made } = this;
    void this.journal.append(document, update).then(() => {
      this.kept = Math.max(this.kept, made);
      if (!this.online) this.progressed();
    });
    if (this.online) this.waiting.set(document, [...(this.waiting.get(document) ?? []), update]);
    this.flushSoon();
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
    this.onTheWay = [];
    this.seq = 0;
    this.receipt = { received: 0, durable: 0 };
  }

  /** Sends what the server lacks of a document. */
  bring(document: string, update: Uint8Array): void {
    if (!this.send({ type: "difference", document, seq: this.seq + 1, update })) return;
    this.seq += 1;
    // Edits are in several documents; with the last difference all of them are sent.
    this.onTheWay = [{ seq: this.seq, edits: this.made }];
  }

  /** All documents were looked at; what needed no difference the server has. */
  brought(): void {
    if (this.onTheWay.length === 0) this.durable = this.made;
    this.settle();
  }

  /** The connection is gone; edits are kept. */
  lost(): void {
    if (!this.online) return;
    this.online = false;
    this.release();
  }

  /** When every edit that was made so far is on its way, so that what refers to them may follow; at once where there is no connection. */
  whenSent(): Promise<void> {
    if (!this.online || this.waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  /** How far the server is. */
  received(receipt: Receipt): void {
    this.receipt = receipt;
    for (let first = this.onTheWay[0]; first !== undefined && first.seq <= receipt.durable; first = this.onTheWay[0]) {
      this.durable = first.edits;
      this.onTheWay.shift();
    }
    this.settle();
    this.progressed();
  }

  /** Notes in the journal that nothing waits, where that is so. */
  private settle(): void {
    if (this.online && this.waiting.size === 0 && this.seq === this.receipt.durable) void this.journal.settle();
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
      // Which of the edits are in another document's message only the last one of them knows.
      const before = this.onTheWay.at(-1)?.edits ?? this.durable;
      this.onTheWay.push({ seq: this.seq, edits: this.waiting.size === 0 ? this.made : before });
    }
    this.sentAt = performance.now();
    this.release();
    this.progressed();
  }

  private release(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }
}
