// The browser's database of journals: what is in it, and how it is opened and written. Knows no room.
//
// Every transaction is committed by name as soon as its requests are made: then all of it is with the browser's own process, and happens even
// if the tab is closed at once. A transaction that commits by itself waits for this page to hear of each request, and dies with it.
import type { Former } from "../protocol/messages";

/** What a journal is about. */
export interface Entry {
  id: string;
  room: string;
  clientId: number;
  secret: string;
  /** Under what pages before this one wrote, the last one first. */
  former?: Former[];
  /** Whether something in it was not durable at the server when this was written. */
  dirty: boolean;
  usedAt: number;
  /** The room's language, as it was known last. */
  language?: string;
}

/** An update in a journal. */
export interface Row {
  journal: string;
  document: string;
  update: Uint8Array;
}

/** A row and where it is. */
export interface Found {
  key: IDBValidKey;
  row: Row;
}

/** A database that does not open in this time is as none. */
const OPEN_MS = 5_000;

/** What an entry must be for a journal to go on with it. Others stay where they are, and nobody uses them. */
function isSound(entry: unknown): entry is Entry {
  if (typeof entry !== "object" || entry === null) return false;
  const { id, room, clientId, secret, former } = entry as Partial<Record<keyof Entry, unknown>>;
  const known = typeof id === "string" && typeof room === "string" && typeof secret === "string" && /^[0-9a-f]{16,64}$/.test(secret);
  return known && Number.isInteger(clientId) && (former === undefined || Array.isArray(former));
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the database failed"));
  });
}

/** The database; none where the browser keeps nothing. */
export async function openDatabase(): Promise<IDBDatabase | null> {
  try {
    const request = indexedDB.open("pair", 2);
    request.onupgradeneeded = () => {
      // The first version knew one document per room; it was never released.
      for (const store of [...request.result.objectStoreNames]) request.result.deleteObjectStore(store);
      request.result.createObjectStore("journals", { keyPath: "id" }).createIndex("room", "room");
      request.result.createObjectStore("updates", { autoIncrement: true }).createIndex("journal", "journal");
    };
    const late = new Promise<null>((resolve) => window.setTimeout(() => resolve(null), OPEN_MS));
    return await Promise.race([done(request), late]);
  } catch {
    // Private windows of some browsers keep nothing; everything works until the page is closed.
    return null;
  }
}

/** Writes in one transaction; when it resolves, a reload finds it. */
export function write(database: IDBDatabase, make: (journals: IDBObjectStore, updates: IDBObjectStore) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(["journals", "updates"], "readwrite", { durability: "relaxed" });
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("the database failed"));
    try {
      make(transaction.objectStore("journals"), transaction.objectStore("updates"));
      transaction.commit();
    } catch (error) {
      transaction.abort();
      throw error;
    }
  });
}

/** The journals of a room. */
export async function entriesOf(database: IDBDatabase, room: string): Promise<Entry[]> {
  const index = database.transaction("journals").objectStore("journals").index("room");
  return (await done<unknown[]>(index.getAll(room))).filter(isSound);
}

/** One journal, if it is there. */
export async function entryOf(database: IDBDatabase, id: string): Promise<Entry | null> {
  const entry: unknown = await done<unknown>(database.transaction("journals").objectStore("journals").get(id));
  return isSound(entry) ? entry : null;
}

/** Everything that is in a journal. */
export async function rowsOf(database: IDBDatabase, journal: string): Promise<Found[]> {
  const index = database.transaction("updates").objectStore("updates").index("journal");
  const [keys, rows] = await Promise.all([done(index.getAllKeys(journal)), done(index.getAll(journal) as IDBRequest<Row[]>)]);
  return rows.flatMap((row, at) => {
    const key = keys[at];
    return key === undefined ? [] : [{ key, row }];
  });
}
