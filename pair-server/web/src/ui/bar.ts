// The bar above a room: its name and language, the link, the text as a file, who one is, and on a phone the way to the pane. Knows the room.
import { LANGUAGES, languageNamed } from "../editor/languages";
import type { Room } from "../room/room";
import { announce, copy, download, element } from "./elements";

/** What the bar asks of the page. */
export interface BarEvents {
  rename(): Promise<void>;
  /** Shows or hides the pane beside the text. */
  pane(open: boolean): void;
}

/** The bar, and the button of the pane on it. */
export class Bar {
  readonly element: HTMLElement;
  private readonly toggle = element("button", { type: "button", class: "toggle", "aria-controls": "side", "aria-expanded": "false" }, "Room");
  private open = false;
  private unread = 0;

  constructor(
    room: Room,
    private readonly events: BarEvents,
  ) {
    const me = element("button", { type: "button", title: "Your name and colour" }, "You");
    me.addEventListener("click", () => void events.rename().then(() => me.focus()));
    this.toggle.addEventListener("click", () => this.setPane(!this.open));
    const home = element("a", { href: "/", class: "home", "aria-label": "pair, all rooms" }, element("span", { class: "logo", "aria-hidden": "true" }), "pair");
    this.element = element(
      "header",
      { class: "bar" },
      home,
      element("h1", { class: "room-id", title: room.id }, room.id),
      element("span", { class: "spacer" }),
      languageChoice(room),
      linkButton(room),
      saveButton(room),
      me,
      this.toggle,
    );
  }

  /** Where there is no place for both, the pane or the text. */
  setPane(open: boolean): void {
    this.open = open;
    this.events.pane(open);
    this.show();
  }

  /** Messages that nobody has seen yet. */
  setUnread(count: number): void {
    this.unread = count;
    this.show();
  }

  private show(): void {
    this.toggle.setAttribute("aria-expanded", String(this.open));
    this.toggle.textContent = this.open ? "Text" : this.unread > 0 ? `Room · ${this.unread} new` : "Room";
  }
}

function languageChoice(room: Room): HTMLElement {
  const language: HTMLSelectElement = element(
    "select",
    { "aria-label": "Language", title: "Language", change: () => room.setLanguage(language.value) },
    ...LANGUAGES.map(({ name }) => element("option", { value: name }, name)),
  );
  const show = (): void => {
    if (![...language.options].some((option) => option.value === room.language)) {
      language.append(element("option", { value: room.language }, room.language));
    }
    language.value = room.language;
    language.disabled = !room.mayEdit || room.link !== "online";
  };
  room.on(["language", "people", "link"], show);
  show();
  return language;
}

function linkButton(room: Room): HTMLElement {
  const link = element("button", { type: "button", title: "Copy the link to this room" }, "Copy link");
  link.addEventListener("click", () => {
    void copy(`${location.origin}/room/${room.id}`).then((copied) => {
      link.textContent = copied ? "Copied" : "Copy the address";
      announce(copied ? "Link copied" : "Copy the link from the address bar");
      setTimeout(() => (link.textContent = "Copy link"), 2_000);
    });
  });
  return link;
}

function saveButton(room: Room): HTMLElement {
  const save = element("button", { type: "button", title: "Save the text as a file" }, "Download");
  save.addEventListener("click", () => {
    const { replica } = room;
    if (replica !== null) download(fileName(room, replica.path), replica.text.toString());
  });
  return save;
}

function fileName(room: Room, document: string): string {
  const path = document.split("/").pop() ?? document;
  return path.includes(".") ? path : `${path === "main" ? room.id : path}.${languageNamed(room.language).files[0] ?? "txt"}`;
}
