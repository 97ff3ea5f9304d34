// What keys do elsewhere, as buttons for fingers: to ask for a suggestion at the cursor, to take it, to put it away. Knows the room; is seen
// only where the pointer is a finger.
import type { Room } from "../room/room";
import { element } from "./elements";

/** What the buttons ask of the page. */
export interface TouchEvents {
  ask(): void;
  take(): void;
  dismiss(): void;
  /** Whose suggestion stands at the cursor; none: nobody's. */
  here(): number | null;
}

/** The row of buttons below the text. */
export function touchBar(room: Room, events: TouchEvents): { element: HTMLElement; refresh(): void } {
  const button = (words: string, does: () => void, look = ""): HTMLButtonElement => {
    const made = element("button", { type: "button", class: look, click: does }, words);
    // The text keeps the focus, and the keyboard on the screen stays.
    made.addEventListener("pointerdown", (event) => event.preventDefault());
    made.addEventListener("mousedown", (event) => event.preventDefault());
    return made;
  };
  const ask = button("Suggest", () => events.ask());
  const take = button("Take it", () => events.take(), "primary");
  const dismiss = button("Dismiss", () => events.dismiss());
  const bar = element("div", { class: "touch", role: "group", "aria-label": "Suggestion at the cursor" }, ask, take, dismiss);
  const refresh = (): void => {
    const here = events.here();
    bar.hidden = !room.mayWrite;
    ask.hidden = here !== null;
    ask.disabled = room.link !== "online";
    take.hidden = here === null;
    dismiss.hidden = here === null || here !== room.participant;
  };
  room.on(["suggestions", "people", "link", "shown"], refresh);
  return { element: bar, refresh };
}
