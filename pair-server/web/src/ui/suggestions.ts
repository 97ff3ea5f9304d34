// The suggestions of the room: asked for, streaming, complete; taken or put away by anybody. Knows the room.
import type { Room } from "../room/room";
import { keyOf, type Suggestion } from "../room/suggestions";
import { announce, byTouch, element } from "./elements";

/** What the pane asks of the page. */
export interface SuggestionEvents {
  ask(): void;
  /** A suggestion is in its document's text, up to this place. */
  accepted(document: string, end: number): void;
}

/** One suggestion on the page; it stays the same element while text comes, so that its buttons keep the focus. */
class Card {
  readonly element: HTMLElement;
  private readonly about = element("p", { class: "note" });
  private readonly text = element("pre", { tabindex: "0" });
  private readonly accept = element("button", { type: "button", class: "primary small", title: "Tab in the text" }, "Accept");
  private readonly next = element("button", { type: "button", class: "small", hidden: true });
  private announced = false;

  constructor(
    private readonly room: Room,
    private readonly suggestion: Suggestion,
    events: SuggestionEvents,
  ) {
    this.accept.addEventListener("click", () => {
      const end = room.proposals.take(suggestion);
      if (end !== null) events.accepted(suggestion.document, end);
    });
    const dismiss = (): void => room.proposals.putAway(suggestion);
    this.next.addEventListener("click", () => room.proposals.chooseNext(suggestion));
    this.element = element(
      "article",
      { class: "suggestion", "aria-label": `Suggestion, ${this.asker} asked` },
      this.about,
      this.text,
      element("div", { class: "buttons" }, this.accept, this.next, element("button", { type: "button", class: "small", click: dismiss }, "Dismiss")),
    );
  }

  show(): void {
    const { room, suggestion } = this;
    const where = suggestion.document === room.replica?.path ? "" : ` in ${suggestion.document}`;
    const state = suggestion.done === null ? "…" : `${suggestion.done.milliseconds} ms`;
    this.about.textContent = `${this.asker} asked${where} · ${suggestion.provider} ${suggestion.model} · ${state}`;
    const among = suggestion.items.findIndex((item) => item.text === suggestion.text) + 1;
    this.next.hidden = suggestion.items.length < 2;
    this.next.textContent = `Next (${among}/${suggestion.items.length})`;
    if (this.text.textContent !== suggestion.text) this.text.textContent = suggestion.text;
    this.accept.hidden = !room.mayEdit;
    this.accept.disabled = suggestion.text === "";
    if (suggestion.done !== null && !this.announced) announce(`Suggestion: ${suggestion.text}`);
    this.announced = suggestion.done !== null;
  }

  private get asker(): string {
    const { participant } = this.suggestion;
    return participant === this.room.participant ? "You" : (this.room.people.get(participant)?.name ?? "Somebody");
  }
}

/** The pane. */
export function suggestionsPanel(room: Room, events: SuggestionEvents): HTMLElement {
  const ask = element("button", { type: "button", class: "small", title: "At the cursor (Ctrl-Space)", click: () => events.ask() }, "Suggest");
  const none = element("p", { class: "note" }, `Ask for one at your cursor: ${byTouch() ? "“Suggest”, here or below the text" : "Ctrl-Space"}. Everybody sees it.`);
  const list = element("div", { class: "suggestions" }, none);
  const cards = new Map<string, Card>();
  const show = (): void => {
    ask.hidden = !room.mayEdit;
    ask.disabled = !room.mayWrite || room.link !== "online";
    const all = room.proposals.newest;
    const keys = new Set(all.map(keyOf));
    for (const [key, card] of cards) {
      if (keys.has(key)) continue;
      card.element.remove();
      cards.delete(key);
    }
    // From the oldest on, each before those that are there.
    for (const suggestion of [...all].reverse()) {
      const key = keyOf(suggestion);
      let card = cards.get(key);
      if (card === undefined) {
        cards.set(key, (card = new Card(room, suggestion, events)));
        list.prepend(card.element);
      }
      card.show();
    }
    none.hidden = all.length > 0;
    // Who can't ask has nothing to see here as long as nobody else asks.
    panel.hidden = all.length === 0 && !room.mayEdit;
  };
  const panel = element(
    "section",
    { class: "panel", "aria-labelledby": "suggestions-heading" },
    element("div", { class: "heading" }, element("h2", { id: "suggestions-heading" }, "Suggestions"), ask),
    list,
  );
  room.on(["suggestions", "people", "link", "shown"], show);
  show();
  return panel;
}
