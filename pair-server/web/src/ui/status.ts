// How the connection is and how safe the edits are, in a few words that are true. Knows the room.
import type { Room } from "../room/room";
import { announce, element } from "./elements";

const counted = (edits: number): string => `${edits} ${edits === 1 ? "edit" : "edits"}`;

/** What is true of edits that have no way to the server: in the journal, on their way into it, or in this page alone. */
function offlineEdits(room: Room): string {
  const { writing, local } = room.progress;
  const kept = local > 0 ? `, ${counted(local)} kept here` : "";
  if (!room.keeps) return `${writing > 0 ? `, ${counted(writing)} in this page only` : ""}${kept}`;
  if (writing > 0) return `, keeping ${counted(writing)}`;
  return kept === "" && room.dirty ? ", your edits are kept here" : kept;
}

/** What the line says, and how good that is. */
export function statusOf(room: Room): { text: string; level: "good" | "busy" | "bad" } {
  const { writing, local, sent, received } = room.progress;
  if (room.link !== "online") {
    return { text: `${room.link}${offlineEdits(room)}`, level: room.link === "offline" ? "bad" : "busy" };
  }
  if (room.storageProblem !== null) return { text: `not stored: ${room.storageProblem}`, level: "bad" };
  if (writing + local > 0) return { text: `local ${writing + local}`, level: "busy" };
  if (sent > 0) return { text: `sending ${sent}`, level: "busy" };
  if (received > 0) return { text: `received, storing ${received}`, level: "busy" };
  return { text: "durable ✓", level: "good" };
}

/** The line below the text. `place` gives the cursor's line and column. */
export function statusBar(room: Room, place: () => { line: number; column: number }): { element: HTMLElement; refresh(): void } {
  const dot = element("span", { class: "dot", "aria-hidden": "true" });
  const text = element("span", { class: "state" });
  const cursor = element("span", { class: "note" });
  const trip = element("span", { class: "note" });
  const bar = element("footer", { class: "status", "aria-label": "State of the room" }, dot, text, trip, element("span", { class: "spacer" }), cursor);
  let announced: Room["link"] = "connecting";
  const refresh = (): void => {
    const { text: words, level } = statusOf(room);
    if (text.textContent !== words) text.textContent = words;
    bar.dataset["level"] = level;
    trip.textContent = room.roundTrip === null ? "" : `${Math.max(1, Math.round(room.roundTrip))} ms`;
    const { line, column } = place();
    cursor.textContent = `${room.mayEdit ? "" : "read only · "}${line}:${column}`;
    // Each try to come back is a "connecting" between two "offline", of which nobody wants to hear.
    if (room.link !== "connecting" && room.link !== announced) {
      if (announced !== "connecting" || room.link === "offline") announce(room.link === "online" ? "Connected" : "Offline. You can go on typing.");
      announced = room.link;
    }
  };
  room.on(["link", "progress", "people"], refresh);
  return { element: bar, refresh };
}
