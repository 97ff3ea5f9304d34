// Who is here and where: names, how they are connected, following one of them, calling all of them. Knows the room.
import type { Participant } from "../protocol/messages";
import type { Room } from "../room/room";
import { announce, element, swatch } from "./elements";

const DIALECTS = { pair: "", plain: "whole texts", yjs: "Yjs" } as const;

/** What the list asks of the page. */
export interface PeopleEvents {
  /** Ask the others to come to the cursor. */
  call(): void;
  /** Show what somebody else sees, and where their cursor is, in the shown document. */
  showAs(visible: { from: number; to: number } | null, cursor: number | null): void;
}

/** The list. */
export class People {
  readonly element: HTMLElement;
  private readonly list = element("ul", { class: "people" });
  private readonly heading = element("h2", { id: "people-heading" }, "People");
  private readonly call: HTMLButtonElement;
  private known = new Map<number, string>();

  constructor(
    private readonly room: Room,
    private readonly events: PeopleEvents,
  ) {
    this.call = element("button", { type: "button", class: "small", title: "Ask everybody to come to your cursor (F9)", click: () => events.call() }, "Call here");
    this.element = element("section", { class: "panel", "aria-labelledby": "people-heading" }, element("div", { class: "heading" }, this.heading, this.call), this.list);
    room.on(["people", "link", "shown"], () => this.show());
    room.on(["presence"], () => {
      this.showPlaces();
      this.goAlong();
    });
    room.on(["shown"], () => this.goAlong());
    this.show();
  }

  private show(): void {
    const people = [...this.room.people.values()].sort(
      (one, other) => Number(other.id === this.room.participant) - Number(one.id === this.room.participant) || one.id - other.id,
    );
    this.call.disabled = this.room.link !== "online" || people.length < 2;
    this.heading.textContent = people.length === 0 ? "People" : `People (${people.length})`;
    const focused = this.list.contains(document.activeElement) ? document.activeElement?.getAttribute("data-person") : null;
    this.list.replaceChildren(...people.map((person) => this.row(person)));
    if (focused) this.list.querySelector<HTMLElement>(`[data-person="${focused}"]`)?.focus();
    this.tellChanges(people);
  }

  private row(person: Participant): HTMLElement {
    const me = person.id === this.room.participant;
    const followed = this.room.following === person.id;
    const button = element(
      "button",
      {
        type: "button", class: "small", "data-person": String(person.id), "aria-pressed": String(followed),
        "aria-label": `Follow ${person.name}`,
        click: () => {
          if (followed) this.room.stopFollowing("stay");
          else this.room.follow(person.id);
        },
      },
      "Follow",
    );
    const note = element("span", { class: "note", "data-notes": String(person.id) }, this.notes(person));
    return element("li", {}, swatch(person.color), element("span", { class: "who" }, element("span", { class: "name" }, person.name), note), me ? null : button);
  }

  private notes(person: Participant): string {
    const { room } = this;
    const where = person.presence?.document;
    const notes = [
      person.id === room.participant ? "you" : "",
      person.away === true ? "away" : "",
      person.role === "editor" ? "" : person.role,
      DIALECTS[person.dialect],
      where === undefined || where === room.replica?.path ? "" : `in ${where}`,
      person.presence?.following === room.participant && room.participant !== null ? "follows you" : "",
    ];
    return notes.filter((note) => note !== "").join(", ");
  }

  /** Presence changes often: only the words of those who are elsewhere now. */
  private showPlaces(): void {
    for (const person of this.room.people.values()) {
      const note = this.list.querySelector(`[data-notes="${person.id}"]`);
      const notes = this.notes(person);
      if (note !== null && note.textContent !== notes) note.textContent = notes;
    }
  }

  /** Shows what the followed one sees, in their document. */
  private goAlong(): void {
    const { room } = this;
    const presence = room.following === null ? null : room.people.get(room.following)?.presence;
    if (!presence || this.standsStill()) return;
    if (presence.document !== room.replica?.path) return room.visit(presence.document);
    const { visible, selections } = presence;
    const [from, to] = visible ? [room.replica.resolve(visible.anchor), room.replica.resolve(visible.head)] : [null, null];
    const [main] = selections;
    const cursor = main === undefined ? null : room.replica.resolve(main.head);
    const seen = from === null || to === null ? null : { from, to };
    // Whoever scrolled away from their cursor shows what they look at.
    const apart = cursor !== null && seen !== null && (cursor < seen.from || cursor > seen.to);
    this.events.showAs(seen, apart ? null : cursor);
  }

  /** In a ring of followers the one with the smallest id stands still, or they would swap places for ever. */
  private standsStill(): boolean {
    const { room } = this;
    let least = room.participant;
    let next = room.following;
    for (let steps = room.people.size; steps > 0 && next !== null && least !== null; steps--) {
      if (next === room.participant) return least === room.participant;
      least = Math.min(least, next);
      next = room.people.get(next)?.presence?.following ?? null;
    }
    return false;
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
