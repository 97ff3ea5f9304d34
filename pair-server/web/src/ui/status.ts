// How the connection is and how safe the edits are, in a few words that are true. Knows the room.
import type { Room } from "../room/room";
import { announce, element } from "./elements";

/** What the line says, and how good that is. */
export function statusOf(room: Room): { text: string; level: "good" | "busy" | "bad" } {
  const { local, sent, received } = room.replica.progress;
  if (room.link !== "online") {
    const kept = local > 0 ? `, ${local} ${local === 1 ? "edit" : "edits"} kept here` : room.replica.dirty ? ", your edits are kept here" : "";
    return { text: `${room.link === "connecting" ? "connecting" : "offline"}${kept}`, level: room.link === "offline" ? "bad" : "busy" };
  }
  if (room.storageProblem !== null) return { text: `not stored: ${room.storageProblem}`, level: "bad" };
  if (local > 0) return { text: `local ${local}`, level: "busy" };
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
  let link = room.link;
  const refresh = (): void => {
    const { text: words, level } = statusOf(room);
    if (text.textContent !== words) text.textContent = words;
    bar.dataset["level"] = level;
    trip.textContent = room.roundTrip === null ? "" : `${Math.max(1, Math.round(room.roundTrip))} ms`;
    const { line, column } = place();
    cursor.textContent = `${room.mayEdit ? "" : "read only · "}${line}:${column}`;
    if (link !== room.link && room.link !== "connecting") announce(room.link === "online" ? "Connected" : "Offline. You can go on typing.");
    link = room.link;
  };
  room.on(["link", "progress", "people"], refresh);
  return { element: bar, refresh };
}
