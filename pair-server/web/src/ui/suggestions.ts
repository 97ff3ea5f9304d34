// The suggestions of the room: asked for, streaming, complete; taken or put away by anybody. Knows the room.
import { keyOf, type Room, type Suggestion } from "../room/room";
import { announce, element } from "./elements";

/** What the pane asks of the page. */
export interface SuggestionEvents {
  ask(): void;
  accepted(end: number): void;
}

/** The pane. */
export function suggestionsPanel(room: Room, events: SuggestionEvents): HTMLElement {
  const ask = element("button", { type: "button", class: "small", click: () => events.ask() }, "Suggest");
  ask.title = "At the cursor (Ctrl-Space)";
  const list = element("div", { class: "suggestions" });
  const announced = new Set<string>();
  const card = (suggestion: Suggestion): HTMLElement => {
    const asker = suggestion.participant === room.participant ? "You" : (room.people.get(suggestion.participant)?.name ?? "Somebody");
    const state = suggestion.done === null ? "…" : `${suggestion.done.milliseconds} ms`;
    const among = suggestion.items.findIndex((item) => item.text === suggestion.text) + 1;
    const next =
      suggestion.items.length < 2
        ? []
        : [element("button", { type: "button", class: "small", click: () => room.chooseNext(suggestion) }, `Next (${among}/${suggestion.items.length})`)];
    const accept = element(
      "button",
      {
        type: "button", class: "primary small", disabled: !room.mayEdit || suggestion.text === "",
        click: () => {
          const end = room.accept(suggestion);
          if (end !== null) events.accepted(end);
        },
      },
      "Accept",
    );
    accept.title = "Tab in the text";
    const dismiss = element(
      "button",
      { type: "button", class: "small", click: () => room.endSuggestion(suggestion, suggestion.done === null ? "cancelled" : "dismissed") },
      "Dismiss",
    );
    return element(
      "article",
      { class: "suggestion", "aria-label": `Suggestion, ${asker} asked` },
      element("p", { class: "note" }, `${asker} asked · ${suggestion.provider} ${suggestion.model} · ${state}`),
      element("pre", { tabindex: "0" }, suggestion.text),
      element("div", { class: "buttons" }, accept, ...next, dismiss),
    );
  };
  const show = (): void => {
    ask.disabled = !room.mayEdit || room.link !== "online";
    const all = [...room.suggestions.values()].reverse();
    list.replaceChildren(
      ...(all.length === 0 ? [element("p", { class: "note" }, "Ask for one at your cursor: Ctrl-Space. Everybody sees it.")] : all.map(card)),
    );
    for (const suggestion of all) {
      if (suggestion.done === null || announced.has(keyOf(suggestion))) continue;
      announced.add(keyOf(suggestion));
      announce(`Suggestion: ${suggestion.text}`);
    }
  };
  room.on(["suggestions", "people", "link"], show);
  show();
  const heading = element("h2", { id: "suggestions-heading" }, "Suggestions");
  return element(
    "section",
    { class: "panel", "aria-labelledby": "suggestions-heading" },
    element("div", { class: "heading" }, heading, ask),
    list,
  );
}
