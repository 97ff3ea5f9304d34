// A suggestion at its place in the text, pale until it is taken. Knows a text and a place.
import { StateEffect, StateField, type Extension } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, type DecorationSet } from "@codemirror/view";

class Ghost extends WidgetType {
  constructor(private readonly text: string) {
    super();
  }

  override eq(other: Ghost): boolean {
    return other.text === this.text;
  }

  override toDOM(): HTMLElement {
    const ghost = document.createElement("span");
    ghost.className = "ghost";
    ghost.setAttribute("aria-hidden", "true");
    ghost.textContent = this.text;
    return ghost;
  }
}

/** Shows a suggestion, or none. */
export const showGhost = StateEffect.define<{ at: number; text: string } | null>();

/** The suggestion that stands in the text. */
export const ghost: Extension = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    const news = transaction.effects.find((effect) => effect.is(showGhost));
    if (news === undefined) return transaction.docChanged ? shown.map(transaction.changes) : shown;
    const suggestion = news.value as { at: number; text: string } | null;
    if (suggestion === null || suggestion.text === "" || suggestion.at > transaction.newDoc.length) return Decoration.none;
    return Decoration.set([Decoration.widget({ widget: new Ghost(suggestion.text), side: 1 }).range(suggestion.at)]);
  },
  provide: (field) => EditorView.decorations.from(field),
});
