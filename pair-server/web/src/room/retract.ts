// Taking text out of a document again by its ids, so that undo and redo neither bring it back nor stumble over it. Knows Yjs; no room.
import * as Y from "yjs";

/** Text under the ids that its writer gave it; it may have been split and partly deleted since. */
export interface Piece {
  client: number;
  clock: number;
  len: number;
}

type IdSet = ReturnType<typeof Y.createDeleteSet>;

/** Whether a document has ever had some of the text. */
export function knows(doc: Y.Doc, { client, clock }: Piece): boolean {
  return Y.getState(doc.store, client) > clock;
}

/** Deletes what is left of a piece, and what redo made of it under other ids; false where nothing was left. */
export function retract(doc: Y.Doc, undo: Y.UndoManager, piece: Piece, origin: unknown): boolean {
  let wasThere = false;
  const gone = Y.createDeleteSet();
  Y.transact(doc, (transaction) => {
    const pieces = [piece];
    for (const one of pieces) {
      Y.iterateDeletedStructs(transaction, idsOf(one), (struct) => {
        add(gone, { ...struct.id, len: struct.length });
        if (!(struct instanceof Y.Item)) return;
        if (struct.redone !== null) pieces.push({ ...struct.redone, len: struct.length });
        wasThere ||= !struct.deleted;
        struct.delete(transaction);
      });
    }
    // As for others' changes: Yjs then forgets where it found places in the text before.
  }, origin, false);
  // Yjs brings back on undo and redo what such a step deleted.
  for (const step of [...undo.undoStack, ...undo.redoStack]) subtract(step.deletions, gone);
  return wasThere;
}

function idsOf(piece: Piece): IdSet {
  const ids = Y.createDeleteSet();
  add(ids, piece);
  return ids;
}

function add(ids: IdSet, { client, clock, len }: Piece): void {
  ids.clients.set(client, [...(ids.clients.get(client) ?? []), { clock, len }]);
}

function subtract(ids: IdSet, gone: IdSet): void {
  for (const [client, holes] of gone.clients) {
    const ranges = ids.clients.get(client);
    if (ranges === undefined) continue;
    const left = holes.reduce((parts, hole) => parts.flatMap((part) => around(part, hole)), ranges);
    if (left.length > 0) ids.clients.set(client, left);
    else ids.clients.delete(client);
  }
}

/** What of a range lies before a hole and behind it. */
function around({ clock, len }: Omit<Piece, "client">, hole: Omit<Piece, "client">): Omit<Piece, "client">[] {
  const behind = Math.max(clock, hole.clock + hole.len);
  const parts = [{ clock, len: Math.min(len, hole.clock - clock) }, { clock: behind, len: clock + len - behind }];
  return parts.filter((part) => part.len > 0);
}
