// Edits in this browser's IndexedDB, so that a reload without a connection loses none. A journal holds one replica: the client id and the
// secret that it writes under, and its updates. Two tabs never share one: a lock says that it is taken. Knows no connection.
//
// An edit is sent only when it is in the journal. So the server never has text of ours that a reloaded page does not, under whose clocks it
// would write something else.
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

/** Updates in a journal from which on they are replaced by one when it is opened. */
const COMPACT_AFTER = 64;

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

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("the database failed"));
  });
}

async function openDatabase(): Promise<IDBDatabase | null> {
  try {
    const request = indexedDB.open("pair", 1);
    request.onupgradeneeded = () => {
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
async function takeLockOf(entry: Entry): Promise<boolean> {
  for (let tries = entry.dirty ? 5 : 1; tries > 0; tries--) {
    if (await takeLock(entry.id)) return true;
    if (tries > 1) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

/** One replica's journal. */
export class Journal {
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
      entries.sort((one, other) => Number(other.id === own) - Number(one.id === own) || other.usedAt - one.usedAt);
      for (const entry of entries) {
        if ((entry.id === own || locks) && (await takeLockOf(entry))) return new Journal(database, entry).remembered();
      }
    }
    return Journal.make(database, room);
  }

  /** A new journal for the same room, in place of this one, which is thrown away. */
  async replace(): Promise<Journal> {
    if (this.database !== null) {
      const transaction = this.database.transaction(["journals", "updates"], "readwrite");
      transaction.objectStore("journals").delete(this.entry.id);
      this.deleteUpdates(transaction);
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

  /** Everything that it holds, as one update; none where it holds nothing. */
  async load(): Promise<Uint8Array | null> {
    if (this.database === null) return null;
    const index = this.database.transaction("updates").objectStore("updates").index("journal");
    const rows = (await done(index.getAll(this.entry.id))) as { update: Uint8Array }[];
    if (rows.length === 0) return null;
    const merged = Y.mergeUpdates(rows.map((row) => row.update));
    if (rows.length > COMPACT_AFTER) {
      const transaction = this.database.transaction(["updates"], "readwrite");
      this.deleteUpdates(transaction);
      transaction.objectStore("updates").add({ journal: this.entry.id, update: merged });
      await committed(transaction);
    }
    return merged;
  }

  /** Adds an update; when it resolves, a reload has it. `own`: it is an edit of this replica. */
  async append(update: Uint8Array, own: boolean): Promise<void> {
    if (own) this.entry.dirty = true;
    if (this.database === null) return;
    const transaction = this.database.transaction(["journals", "updates"], "readwrite", { durability: "relaxed" });
    transaction.objectStore("updates").add({ journal: this.entry.id, update });
    if (own) transaction.objectStore("journals").put(this.entry);
    await committed(transaction);
  }

  /** Notes that the server has stored everything. */
  async settle(): Promise<void> {
    if (!this.entry.dirty) return;
    this.entry.dirty = false;
    await this.writeEntry();
  }

  private deleteUpdates(transaction: IDBTransaction): void {
    const updates = transaction.objectStore("updates");
    updates.index("journal").openKeyCursor(this.entry.id).onsuccess = (event) => {
      const cursor = (event.target as IDBRequest<IDBCursor | null>).result;
      if (cursor === null) return;
      updates.delete(cursor.primaryKey);
      cursor.continue();
    };
  }

  private async writeEntry(): Promise<void> {
    if (this.database === null) return;
    this.entry.usedAt = Date.now();
    const transaction = this.database.transaction("journals", "readwrite", { durability: "relaxed" });
    transaction.objectStore("journals").put(this.entry);
    await committed(transaction);
  }
}
