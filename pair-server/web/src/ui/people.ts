// Who is here: names, how they are connected, and following one of them. Knows the room.
import type { Participant } from "../protocol/messages";
import type { Room } from "../room/room";
import { announce, element, swatch } from "./elements";

const DIALECTS = { pair: "", plain: "whole texts", yjs: "Yjs" } as const;

/** The list, and whom this page follows. */
export class People {
  readonly element: HTMLElement;
  private readonly list = element("ul", { class: "people" });
  private readonly heading = element("h2", { id: "people-heading" }, "People");
  private followed: number | null = null;
  private known = new Map<number, string>();

  constructor(
    private readonly room: Room,
    private readonly reveal: (at: number) => void,
  ) {
    this.element = element("section", { class: "panel", "aria-labelledby": "people-heading" }, this.heading, this.list);
    room.on(["people", "link"], () => this.show());
    room.on(["presence"], () => this.follow());
    this.show();
  }

  /** Follows nobody any more. */
  stop(): void {
    if (this.followed === null) return;
    this.followed = null;
    this.show();
  }

  private show(): void {
    const people = [...this.room.people.values()].sort(
      (one, other) => Number(other.id === this.room.participant) - Number(one.id === this.room.participant) || one.id - other.id,
    );
    if (this.followed !== null && !this.room.people.has(this.followed)) this.followed = null;
    this.heading.textContent = people.length === 0 ? "People" : `People (${people.length})`;
    const focused = this.list.contains(document.activeElement) ? document.activeElement?.getAttribute("data-person") : null;
    this.list.replaceChildren(...people.map((person) => this.row(person)));
    if (focused) this.list.querySelector<HTMLElement>(`[data-person="${focused}"]`)?.focus();
    this.tellChanges(people);
  }

  private row(person: Participant): HTMLElement {
    const me = person.id === this.room.participant;
    const notes = [me ? "you" : "", person.role === "editor" ? "" : person.role, DIALECTS[person.dialect]].filter((note) => note !== "");
    const followed = this.followed === person.id;
    const button = element(
      "button",
      {
        type: "button", class: "small", "data-person": String(person.id), "aria-pressed": String(followed),
        "aria-label": `Follow ${person.name}`,
        click: () => {
          this.followed = followed ? null : person.id;
          this.show();
          this.follow();
        },
      },
      followed ? "Following" : "Follow",
    );
    return element(
      "li",
      {},
      swatch(person.color),
      element("span", { class: "name" }, person.name),
      notes.length > 0 ? element("span", { class: "note" }, notes.join(", ")) : null,
      me ? null : button,
    );
  }

  private follow(): void {
    const person = this.followed === null ? undefined : this.room.people.get(this.followed);
    const [main] = person?.presence?.selections ?? [];
    if (main === undefined || person?.presence?.document !== this.room.replica.document) return;
    const at = this.room.resolve(main.head);
    if (at !== null) this.reveal(at);
  }

  private tellChanges(people: Participant[]): void {
    const now = new Map(people.map((person) => [person.id, person.name]));
    if (this.known.size > 0 && now.size > 0) {
      for (const [id, name] of now) if (!this.known.has(id)) announce(`${name} joined`);
      for (const [id, name] of this.known) if (!now.has(id)) announce(`${name} left`);
    }
    this.known = now;
  }
}
