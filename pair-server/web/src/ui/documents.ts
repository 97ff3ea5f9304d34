// The room's documents above the text: which one is shown, who is in which, and a new one. Knows the room.
import type { Room } from "../room/room";
import { ask, element } from "./elements";

/** Bytes of a path. */
const PATH_BYTES_MAX = 255;

/** What is wrong with a path for a document; null: nothing. The rules are those of docs/protocol.md, "documents". */
export function wrongWithPath(path: string): string | null {
  if (path === "") return "Give it a name, such as src/main.rs.";
  if (new TextEncoder().encode(path).length > PATH_BYTES_MAX) return "That is too long: 255 bytes are the most.";
  if (/[\\\u0000-\u001f\u007f-\u009f]/.test(path)) return "A path has neither backslashes nor control characters.";
  if (path.split("/").some((part) => part === "" || part === "." || part === "..")) {
    return "Write it as src/main.rs: parts with a slash between them, none of them empty, “.” or “..”.";
  }
  return null;
}

/** The row of documents. `shown` is called when somebody chose one. */
export function documentsBar(room: Room, shown: () => void): HTMLElement {
  const list = element("ul");
  const add = element("button", { type: "button", class: "add", title: "New document for everybody", "aria-label": "New document" }, "+");
  const row = (path: string): HTMLElement => {
    const current = path === room.replica?.path;
    const button = element(
      "button",
      {
        type: "button", "aria-current": current ? "page" : null, title: path,
        click: () => {
          room.stopFollowing("stay");
          room.show(path);
          shown();
        },
      },
      element("span", { class: "name" }, shortest(path, [...room.replicas.keys()])),
    );
    for (const person of room.people.values()) {
      if (person.id === room.participant || person.presence?.document !== path) continue;
      const dot = element("span", { class: "swatch", role: "img", "aria-label": person.name, title: person.name });
      dot.style.setProperty("--peer", person.color);
      button.append(dot);
    }
    return element("li", {}, button);
  };
  let before = "";
  const show = (): void => {
    const paths = [...room.replicas.keys()];
    const people = [...room.people.values()].map(({ name, color, presence }) => [name, color, presence?.document]);
    const state = JSON.stringify([room.replica?.path, paths, people]);
    if (state === before) return;
    before = state;
    const focused = [...list.children].findIndex((child) => child.contains(document.activeElement));
    list.replaceChildren(...paths.map(row));
    if (focused >= 0) list.children[focused]?.querySelector("button")?.focus();
    list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const enable = (): void => {
    add.hidden = !room.mayEdit;
    add.disabled = room.link !== "online";
  };
  add.addEventListener("click", () => {
    void ask("New document", "Path", "src/main.rs", "Add", wrongWithPath).then((path) => {
      if (path === null) return add.focus();
      room.stopFollowing("stay");
      room.addDocument(path);
      shown();
    });
  });
  room.on(["documents", "shown", "people", "presence"], show);
  room.on(["link", "people"], enable);
  show();
  enable();
  return element("nav", { class: "documents", "aria-label": "Documents" }, list, add);
}

/** As much of a path's end as tells it from the others. */
export function shortest(path: string, all: readonly string[]): string {
  const parts = path.split("/");
  for (let count = 1; count < parts.length; count++) {
    const end = parts.slice(-count).join("/");
    if (!all.some((other) => other !== path && (other === end || other.endsWith(`/${end}`)))) return end;
  }
  return path;
}
