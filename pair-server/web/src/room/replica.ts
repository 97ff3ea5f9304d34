// This browser's replica of one document of the room. Knows the outbox, which its edits go through; no page.
import * as Y from "yjs";
import { ROOT_NAME, type Anchor, type DocumentWelcome } from "../protocol/messages";
import type { Outbox } from "./outbox";
import { knows, retract, type Piece } from "./retract";

/** Where an update came from, as Yjs hands it to observers. */
const REMOTE = Symbol("remote");
const LOADED = Symbol("loaded");

/** An own edit that undo passes over. */
const RETRACTED = Symbol("retracted");

/** Edits within this time are undone together. */
const UNDO_PAUSE_MS = 500;

/** A page that nobody sees has no frames; there others' updates of this time are taken in together. */
const UNSEEN_MS = 100;

/** A selection in the text, in UTF-16 code units. */
export interface Selection {
  anchor: number;
  head: number;
}

/** A replica of one document. */
export class Replica {
  readonly doc = new Y.Doc();
  readonly text = this.doc.getText(ROOT_NAME);
  readonly undo: Y.UndoManager;
  /** Where the cursor was when the document was last shown. */
  left: { anchor: Anchor; head: Anchor } | null = null;
  private incoming: Uint8Array[] = [];
  private frame: number | undefined;
  private timer: number | undefined;

  /** With what the journal holds of it. */
  constructor(
    readonly path: string,
    private readonly outbox: Outbox,
    kept?: Uint8Array,
  ) {
    if (kept !== undefined) Y.applyUpdate(this.doc, kept, LOADED);
    // After what the journal has, or Yjs would think that somebody else writes under this id.
    this.doc.clientID = outbox.journal.clientId;
    this.doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin === REMOTE) outbox.keep(path, update);
      else outbox.edited(path, update);
    });
    this.undo = new Y.UndoManager(this.text, { captureTimeout: UNDO_PAUSE_MS });
  }

  /** With what the journal holds of it; none where that makes no sense. */
  static from(path: string, outbox: Outbox, kept: Uint8Array): Replica | null {
    try {
      return new Replica(path, outbox, kept);
    } catch {
      return null;
    }
  }

  /** Whether it goes on under its own id; Yjs takes another where the room has text under it that is not here. */
  get intact(): boolean {
    return this.doc.clientID === this.outbox.journal.clientId;
  }

  /** What a hello says of it. */
  get state(): { document: string; stateVector: Uint8Array } {
    this.takeIn();
    return { document: this.path, stateVector: Y.encodeStateVector(this.doc) };
  }

  /** The server's answer to hello: its text comes in, and what it lacks goes out. False where it lacks what this page `mayEdit` not bring. */
  welcome({ difference, stateVector }: Pick<DocumentWelcome, "difference" | "stateVector">, mayEdit: boolean): boolean {
    const fresh = this.doc.store.clients.size === 0 && this.incoming.length === 0;
    if (difference.length > 0) this.incoming.push(difference);
    this.takeIn();
    if (!this.intact) return false;
    const known = stateVector.length > 0 ? Y.decodeStateVector(stateVector) : new Map<number, number>();
    const ahead = [...this.doc.store.clients.keys()].some((client) => Y.getState(this.doc.store, client) > (known.get(client) ?? 0));
    const { dirty } = this.outbox.journal;
    // A server that was killed may have lost what others wrote and deleted, who don't come back: whoever saw it brings it.
    if (!dirty && (fresh || (!ahead && !this.deletesBeyond(difference)))) return true;
    if (!dirty && !mayEdit) return false;
    this.outbox.bring(this.path, Y.encodeStateAsUpdate(this.doc, stateVector.length > 0 ? stateVector : undefined));
    return true;
  }

  /** Whether something is deleted here that is not in a difference. State vectors do not count deletions, but differences have them all. */
  private deletesBeyond(difference: Uint8Array): boolean {
    const theirs = difference.length > 0 ? Y.decodeUpdate(difference).ds : Y.createDeleteSet();
    // Of lists that may touch and overlap, Yjs makes lists that do not.
    return !Y.equalDeleteSets(Y.createDeleteSetFromStructStore(this.doc.store), Y.mergeDeleteSets([theirs]));
  }

  /** An update of somebody else: the first one before a frame is taken in at once, more of them together in that frame. An editor writes its
   * lines anew for each change of its text, and is painted once. */
  apply(update: Uint8Array): void {
    this.incoming.push(update);
    if (this.frame !== undefined) return;
    this.takeIn();
    const inTime = (): void => {
      if (this.frame !== undefined) cancelAnimationFrame(this.frame);
      window.clearTimeout(this.timer);
      this.frame = undefined;
      this.takeIn();
    };
    this.frame = requestAnimationFrame(inTime);
    this.timer = window.setTimeout(inTime, UNSEEN_MS);
  }

  private takeIn(): void {
    if (this.incoming.length === 0) return;
    const updates = this.incoming.splice(0);
    Y.transact(this.doc, () => updates.forEach((update) => Y.applyUpdate(this.doc, update, REMOTE)), REMOTE, false);
  }

  /** Puts text in, and gives the ids that it has. */
  insert(at: number, text: string): Piece {
    const piece = { client: this.doc.clientID, clock: Y.getState(this.doc.store, this.doc.clientID), len: text.length };
    this.text.insert(at, text);
    return piece;
  }

  /** Takes out what is left of such text, wherever others wrote into it; undo brings it back no more. False where nothing was left. */
  retract(piece: Piece): boolean {
    return retract(this.doc, this.undo, piece, RETRACTED);
  }

  /** Whether such text is in here, or was. */
  knows(piece: Piece): boolean {
    return knows(this.doc, piece);
  }

  /** A place that stays with its text, however that moves. */
  anchor(at: number): Anchor {
    const { item, assoc } = Y.createRelativePositionFromTypeIndex(this.text, Math.min(at, this.text.length));
    return { item, assoc };
  }

  /** Where an anchor is now; none where its text has not come yet. */
  resolve(anchor: Anchor): number | null {
    const json = { item: anchor.item, tname: anchor.item === null ? ROOT_NAME : null, assoc: anchor.assoc };
    const place = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(json), this.doc);
    return place !== null && place.type === this.text ? place.index : null;
  }
}
