// Edits in this browser's IndexedDB, so that a reload without a connection loses none. A journal holds the client id and the
// secret that the tab writes under, and the updates of each document. Two tabs never share one: a lock says that it is taken. Knows no connection.
//
// An edit is sent only when it is in the journal. So the server never has text of ours that a reloaded page does not, under whose clocks it
// would write something else.
//
// Every transaction is committed by name as soon as its requests are made: then all of it is with the browser's own process, and happens even
// if the tab is closed at once. A transaction that commits by itself waits for this page to hear of each request, and dies with it.
import * as Y from "yjs";

/** What a journal is about. */
interface Entry {
  id: string;
  room: string;
  clientId: number;
  secret: string;
  /** Whether something in it was not durable at the server when this was written. */
  dirty: boolean;
  usedAt: number;
}

/** An update in a journal. */
interface Row {
  journal: string;
  document: string;
  update: Uint8Array;
}

/** Updates in a journal from which on they are replaced by one when it is opened. */
const COMPACT_AFTER = 64;

/** Others' updates of this time are written together. */
const OTHERS_PAUSE_MS = 250;

const TAB_KEY = "pair.journal.";

/** Random hexadecimal digits; `crypto.randomUUID` is missing on pages that came over plain HTTP. */
function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function newEntry(room: string): Entry {
  const clientId = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
  return { id: randomHex(8), room, clientId, secret: randomHex(16), dirty: false, usedAt: Date.now() };
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the database failed"));
  });
}

/** Asks for the commit of a transaction whose requests are all made; resolves when it is done. */
function committed(transaction: IDBTransaction): Promise<void> {
  transaction.commit();
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("the database failed"));
  });
}

async function openDatabase(): Promise<IDBDatabase | null> {
  try {
    const request = indexedDB.open("pair", 2);
    request.onupgradeneeded = () => {
      // The first version knew one document per room; it was never released.
      for (const store of [...request.result.objectStoreNames]) request.result.deleteObjectStore(store);
      request.result.createObjectStore("journals", { keyPath: "id" }).createIndex("room", "room");
      request.result.createObjectStore("updates", { autoIncrement: true }).createIndex("journal", "journal");
    };
    return await done(request);
  } catch {
    // Private windows of some browsers keep nothing; everything works until the page is closed.
    return null;
  }
}

/** Takes the lock of a journal for as long as the page lives; false where another tab has it. */
function takeLock(id: string): Promise<boolean> {
  // Pages over plain HTTP have no locks; the tab's own storage then tells tabs apart.
  if (!("locks" in navigator)) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request(`pair.journal.${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => undefined);
    });
  });
}

/** As `takeLock`, with patience where edits wait in the journal: the tab that had it may have been closed a moment ago. */
async function takeLockOf(id: string, dirty: boolean): Promise<boolean> {
  for (let tries = dirty ? 5 : 1; tries > 0; tries--) {
    if (await takeLock(id)) return true;
    if (tries > 1) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

/** The journal of one tab's replicas of a room's documents. */
export class Journal {
  /** Others' updates that are not written yet; a page that dies with them asks the server again. */
  private others: Row[] = [];
  private timer: number | undefined;

  private constructor(
    private readonly database: IDBDatabase | null,
    private readonly entry: Entry,
  ) {}

  /** Opens this tab's journal of a room, or one that a closed tab left, or makes a new one. */
  static async open(room: string): Promise<Journal> {
    const database = await openDatabase();
    if (database !== null) {
      const index = database.transaction("journals").objectStore("journals").index("room");
      const entries = (await done(index.getAll(room))) as Entry[];
      const own = sessionStorage.getItem(TAB_KEY + room);
      const locks = "locks" in navigator;
      const rank = (entry: Entry): number => 2 * Number(entry.id === own) + Number(entry.dirty);
      entries.sort((one, other) => rank(other) - rank(one) || other.usedAt - one.usedAt);
      let journal: Journal | null = null;
      for (const { id, dirty } of entries) {
        if (journal !== null && !dirty) break;
        if ((id !== own && !locks) || !(await takeLockOf(id, dirty))) continue;
        // Whoever had it may have written on, or have given it up to yet another tab.
        const entry = (await done(database.transaction("journals").objectStore("journals").get(id))) as Entry | undefined;
        if (entry === undefined) continue;
        // What several closed tabs could not send comes together in one journal.
        if (journal === null) journal = new Journal(database, entry);
        else await journal.absorb(entry);
      }
      if (journal !== null) return journal.remembered();
    }
    return Journal.make(database, room);
  }

  /** Takes over the updates of another journal, which is no more. Its lock stays with this page. */
  private async absorb(entry: Entry): Promise<void> {
    if (this.database === null) return;
    const rows = await this.rows(entry.id);
    this.entry.dirty = true;
    const transaction = this.database.transaction(["journals", "updates"], "readwrite");
    const updates = transaction.objectStore("updates");
    for (const { key, row } of rows) updates.put({ ...row, journal: this.entry.id }, key);
    transaction.objectStore("journals").put(this.entry);
    transaction.objectStore("journals").delete(entry.id);
    await committed(transaction);
  }

  /** A new journal for the same room, in place of this one, which is thrown away. */
  async replace(): Promise<Journal> {
    window.clearTimeout(this.timer);
    this.others = [];
    if (this.database !== null) {
      const rows = await this.rows(this.entry.id);
      const transaction = this.database.transaction(["journals", "updates"], "readwrite");
      transaction.objectStore("journals").delete(this.entry.id);
      for (const { key } of rows) transaction.objectStore("updates").delete(key);
      await committed(transaction);
    }
    return Journal.make(this.database, this.entry.room);
  }

  private static async make(database: IDBDatabase | null, room: string): Promise<Journal> {
    const journal = new Journal(database, newEntry(room));
    await takeLock(journal.entry.id);
    await journal.writeEntry();
    return journal.remembered();
  }

  private remembered(): this {
    sessionStorage.setItem(TAB_KEY + this.entry.room, this.entry.id);
    return this;
  }

  /** Whether anything outlives this page. */
  get keeps(): boolean {
    return this.database !== null;
  }

  get clientId(): number {
    return this.entry.clientId;
  }

  get secret(): string {
    return this.entry.secret;
  }

  /** Whether something in it may not be durable at the server. */
  get dirty(): boolean {
    return this.entry.dirty;
  }

  /** Everything that it holds, as one update for each document. */
  async load(): Promise<Map<string, Uint8Array>> {
    const rows = await this.rows(this.entry.id);
    const updates = new Map<string, Uint8Array[]>();
    for (const { row } of rows) updates.set(row.document, [...(updates.get(row.document) ?? []), row.update]);
    const merged = new Map([...updates].map(([document, all]) => [document, Y.mergeUpdates(all)]));
    if (this.database !== null && rows.length > COMPACT_AFTER) {
      const transaction = this.database.transaction(["updates"], "readwrite");
      const store = transaction.objectStore("updates");
      for (const { key } of rows) store.delete(key);
      for (const [document, update] of merged) store.add({ journal: this.entry.id, document, update });
      await committed(transaction);
    }
    return merged;
  }

  /** Adds an edit of this replica's own; when it resolves, a reload has it. */
  async append(document: string, update: Uint8Array): Promise<void> {
    this.entry.dirty = true;
    await this.write([{ journal: this.entry.id, document, update }]);
  }

  /** Adds somebody else's update, which the server has: it may wait for company. */
  keep(document: string, update: Uint8Array): void {
    if (this.database === null) return;
    this.others.push({ journal: this.entry.id, document, update });
    this.timer ??= window.setTimeout(() => void this.write([]), OTHERS_PAUSE_MS);
  }

  /** Writes rows behind what others made before, on which they may stand. */
  private async write(own: Row[]): Promise<void> {
    window.clearTimeout(this.timer);
    this.timer = undefined;
    if (this.database === null) return;
    const others = this.others.splice(0);
    const transaction = this.database.transaction(["journals", "updates"], "readwrite", { durability: "relaxed" });
    const updates = transaction.objectStore("updates");
    for (const document of new Set(others.map((row) => row.document))) {
      const update = Y.mergeUpdates(others.filter((row) => row.document === document).map((row) => row.update));
      updates.add({ journal: this.entry.id, document, update });
    }
    for (const row of own) updates.add(row);
    if (own.length > 0) transaction.objectStore("journals").put(this.entry);
    await committed(transaction);
  }

  /** Notes that the server has stored everything. */
  async settle(): Promise<void> {
    if (!this.entry.dirty) return;
    this.entry.dirty = false;
    await this.writeEntry();
  }

  private async rows(journal: string): Promise<{ key: IDBValidKey; row: Row }[]> {
    if (this.database === null) return [];
    const index = this.database.transaction("updates").objectStore("updates").index("journal");
    const [keys, rows] = await Promise.all([done(index.getAllKeys(journal)), done(index.getAll(journal) as IDBRequest<Row[]>)]);
    return rows.flatMap((row, at) => {
      const key = keys[at];
      return key === undefined ? [] : [{ key, row }];
    });
  }

  private async writeEntry(): Promise<void> {
    if (this.database === null) return;
    this.entry.usedAt = Date.now();
    const transaction = this.database.transaction("journals", "readwrite", { durability: "relaxed" });
    transaction.objectStore("journals").put(this.entry);
    await committed(transaction);
  }
}
