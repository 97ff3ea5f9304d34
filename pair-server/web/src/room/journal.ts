// Edits in this browser's IndexedDB, so that a reload without a connection loses none. A journal holds the client id and the secret that the
// tab writes under, and the updates of each document. Two tabs never share one. Knows no connection.
//
// A page never goes on under the client id of the page before: what that one had sent may not be in the journal, and the same clocks would mean
// something else. It says what it was called formerly.
import * as Y from "yjs";
import type { Former } from "../protocol/messages";
import { store, stored } from "../stored";
import { entriesOf, entryOf, openDatabase, rowsOf, write, type Entry, type Found } from "./database";
import { hasLocks, takeLock, takeLockOf } from "./journal-lock";

/** Updates in a journal from which on they are replaced by one when it is opened. */
const COMPACT_AFTER = 64;

/** Others' updates of this time are written together. */
const OTHERS_PAUSE_MS = 250;

/** What could not be written is tried again after this time. */
const RETRY_MS = 5_000;

/** Former client ids that the server looks at. */
const FORMER_MAX = 16;

const TAB_KEY = "pair.journal.";

/** An update on its way into the journal. */
interface Waiting {
  document: string;
  update: Uint8Array;
  /** Called when it is there, for each of this tab's own edits in it. */
  kept: (() => void)[];
}

/** Random hexadecimal digits; `crypto.randomUUID` is missing on pages that came over plain HTTP. */
function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function newName(): Pick<Entry, "clientId" | "secret"> {
  return { clientId: crypto.getRandomValues(new Uint32Array(1))[0] ?? 1, secret: randomHex(16) };
}

/** What several updates of a document are together, by document. */
function merged(updates: Iterable<{ document: string; update: Uint8Array }>): Map<string, Uint8Array> {
  const all = new Map<string, Uint8Array[]>();
  for (const { document, update } of updates) all.set(document, [...(all.get(document) ?? []), update]);
  return new Map([...all].map(([document, several]) => [document, several.length === 1 && several[0] ? several[0] : Y.mergeUpdates(several)]));
}

/** Whether Yjs can read what is in a row. */
function isReadable({ row }: Found): boolean {
  try {
    return typeof row.document === "string" && row.update instanceof Uint8Array && Y.decodeUpdate(row.update).structs.length >= 0;
  } catch {
    return false;
  }
}

/** The journal of one tab's replicas of a room's documents. */
export class Journal {
  /** Called when it can keep edits again, or no more. */
  onChange: () => void = () => undefined;
  /** What is not written yet; others' updates of it a page that dies asks the server for again. */
  private waiting: Waiting[] = [];
  private timer: number | undefined;
  /** The last attempt to write failed. */
  private failing = false;
  private failures = 0;

  private constructor(
    private database: IDBDatabase | null,
    private readonly entry: Entry,
  ) {
    if (database === null) return;
    // A newer page may want another version; and somebody may delete what this browser keeps.
    database.onversionchange = () => {
      database.close();
      this.forsake();
    };
    database.onclose = () => this.forsake();
  }

  /** Opens this tab's journal of a room, or one that a closed tab left, or makes a new one. */
  static async open(room: string): Promise<Journal> {
    const database = await openDatabase();
    if (database !== null) {
      try {
        const journal = await Journal.find(database, room);
        if (journal !== null) return journal.renewed();
      } catch {
        // What is there can't be read now. It stays as it is; edits go into a journal of their own, if that can be written.
      }
    }
    return Journal.make(database, room);
  }

  private static async find(database: IDBDatabase, room: string): Promise<Journal | null> {
    const entries = await entriesOf(database, room);
    const own = stored("session", TAB_KEY + room);
    const rank = (entry: Entry): number => 2 * Number(entry.id === own) + Number(entry.dirty);
    entries.sort((one, other) => rank(other) - rank(one) || other.usedAt - one.usedAt);
    let journal: Journal | null = null;
    for (const { id, dirty } of entries) {
      if (journal !== null && !dirty) break;
      if ((id !== own && !hasLocks()) || !(await takeLockOf(id, dirty))) continue;
      // Whoever had it may have written on, or have given it up to yet another tab.
      const entry = await entryOf(database, id);
      if (entry === null) continue;
      // What several closed tabs could not send comes together in one journal.
      if (journal === null) journal = new Journal(database, entry);
      else await journal.absorb(database, entry).catch(() => undefined);
    }
    return journal;
  }

  /** Takes over the updates of another journal, which is no more. Its lock stays with this page. */
  private async absorb(database: IDBDatabase, entry: Entry): Promise<void> {
    const rows = await rowsOf(database, entry.id);
    const { clientId, secret, former } = entry;
    const taken: Entry = {
      ...this.entry,
      dirty: true,
      former: [...(this.entry.former ?? []), { clientId, clientSecret: secret }, ...(former ?? [])].slice(0, FORMER_MAX),
    };
    await write(database, (journals, updates) => {
      for (const { key, row } of rows) updates.put({ ...row, journal: taken.id }, key);
      journals.put(taken);
      journals.delete(entry.id);
    });
    Object.assign(this.entry, taken);
  }

  /** A new journal for the same room, in place of this one, which is thrown away as far as that is possible. */
  async replace(): Promise<Journal> {
    window.clearTimeout(this.timer);
    this.waiting = [];
    const { database, entry } = this;
    if (database !== null) {
      try {
        const rows = await rowsOf(database, entry.id);
        await write(database, (journals, updates) => {
          journals.delete(entry.id);
          for (const { key } of rows) updates.delete(key);
        });
      } catch {
        // It stays behind; the new one has a name of its own.
      }
    }
    return Journal.make(database, entry.room);
  }

  private static async make(database: IDBDatabase | null, room: string): Promise<Journal> {
    const journal = new Journal(database, { id: randomHex(8), room, ...newName(), dirty: false, usedAt: Date.now() });
    await takeLock(journal.entry.id);
    await journal.writeEntry();
    return journal.remembered();
  }

  /** Goes on with it under a new client id. */
  private async renewed(): Promise<this> {
    const { clientId, secret, former } = this.entry;
    this.entry.former = [{ clientId, clientSecret: secret }, ...(former ?? [])].slice(0, FORMER_MAX);
    Object.assign(this.entry, newName());
    await this.writeEntry();
    return this.remembered();
  }

  private remembered(): this {
    store("session", TAB_KEY + this.entry.room, this.entry.id);
    return this;
  }

  /** The database is gone for this page. */
  private forsake(): void {
    window.clearTimeout(this.timer);
    this.database = null;
    this.waiting = [];
    this.onChange();
  }

  /** Whether anything outlives this page. */
  get keeps(): boolean {
    return this.database !== null && !this.failing;
  }

  get clientId(): number {
    return this.entry.clientId;
  }

  get secret(): string {
    return this.entry.secret;
  }

  /** What this journal's pages wrote under before. */
  get former(): Former[] {
    return this.entry.former ?? [];
  }

  get language(): string | undefined {
    return this.entry.language;
  }

  /** Remembers the room's language, for a page that is opened without a connection. */
  setLanguage(language: string): void {
    if (language === this.entry.language) return;
    this.entry.language = language;
    void this.writeEntry();
  }

  /** Whether something in it may not be durable at the server. */
  get dirty(): boolean {
    return this.entry.dirty;
  }

  /** Everything that it holds, as one update for each document, and of which documents something can't be read. That is set aside. */
  async load(): Promise<{ updates: Map<string, Uint8Array>; broken: string[] }> {
    const { database, entry } = this;
    if (database === null) return { updates: new Map(), broken: [] };
    const rows = await rowsOf(database, entry.id).catch(() => []);
    const readable = rows.filter(isReadable);
    const unreadable = rows.filter((found) => !readable.includes(found));
    await this.setAside(unreadable);
    const updates = merged(readable.map(({ row }) => row));
    if (readable.length > COMPACT_AFTER) {
      const compacting = write(database, (_, store) => {
        for (const { key } of readable) store.delete(key);
        for (const [document, update] of updates) store.add({ journal: entry.id, document, update });
      });
      await compacting.catch(() => undefined);
    }
    return { updates, broken: [...new Set(unreadable.map(({ row }) => String(row.document)))] };
  }

  /** Puts everything of a document aside: it can be read, but makes no sense. */
  async setDocumentAside(document: string): Promise<void> {
    if (this.database === null) return;
    const rows = await rowsOf(this.database, this.entry.id).catch(() => []);
    await this.setAside(rows.filter(({ row }) => row.document === document));
  }

  /** Where no page looks; nothing is deleted. */
  private async setAside(rows: Found[]): Promise<void> {
    if (this.database === null || rows.length === 0) return;
    const putting = write(this.database, (_, updates) => {
      for (const { key, row } of rows) updates.put({ ...row, journal: `aside.${this.entry.id}` }, key);
    });
    await putting.catch(() => undefined);
  }

  /** Adds an edit of this replica's own; when it resolves, a reload has it. Never, where the browser keeps nothing. */
  append(document: string, update: Uint8Array): Promise<void> {
    this.entry.dirty = true;
    return new Promise((kept) => {
      if (this.database === null) return;
      this.waiting.push({ document, update, kept: [kept] });
      if (!this.failing) void this.write();
    });
  }

  /** Adds somebody else's update, which the server has: it may wait for company. */
  keep(document: string, update: Uint8Array): void {
    if (this.database === null) return;
    this.waiting.push({ document, update, kept: [] });
    this.timer ??= window.setTimeout(() => void this.write(), OTHERS_PAUSE_MS);
  }

  /** Writes all that waits: an edit may stand on what others made before. While writing fails, only the timer calls this. */
  private async write(): Promise<void> {
    window.clearTimeout(this.timer);
    this.timer = undefined;
    const { database, entry, failures } = this;
    const batch = this.waiting.splice(0);
    if (database === null || batch.length === 0) return;
    const updates = merged(batch);
    const kept = batch.flatMap((waiting) => waiting.kept);
    try {
      await write(database, (journals, rows) => {
        for (const [document, update] of updates) rows.add({ journal: entry.id, document, update });
        if (kept.length > 0) journals.put(entry);
      });
      if (failures === this.failures) {
        for (const tell of kept) tell();
        return this.setFailing(false);
      }
      // Something before it failed meanwhile, without which this is worth nothing: it is written again behind that.
    } catch {
      this.failures += 1;
    }
    this.waiting.unshift(...[...updates].map(([document, update], at) => ({ document, update, kept: at === 0 ? kept : [] })));
    this.setFailing(true);
  }

  private setFailing(failing: boolean): void {
    if (this.database === null) return;
    const changed = failing !== this.failing;
    this.failing = failing;
    if (failing) this.timer ??= window.setTimeout(() => void this.write(), RETRY_MS);
    else if (changed && this.waiting.length > 0) void this.write();
    if (changed) this.onChange();
  }

  /** Notes that the server has stored everything. */
  async settle(): Promise<void> {
    if (!this.entry.dirty) return;
    this.entry.dirty = false;
    await this.writeEntry();
  }

  private async writeEntry(): Promise<void> {
    if (this.database === null) return;
    this.entry.usedAt = Date.now();
    // Where that fails, edits fail as well, and say so; the entry comes with the first that does not.
    await write(this.database, (journals) => journals.put(this.entry)).catch(() => undefined);
  }
}
