// The others' cursors and selections in the text. Knows places in the editor's text only; colours go into a style sheet of the editor's
// root, because the pages' Content-Security-Policy allows no style attributes.
import { RangeSetBuilder, StateEffect, StateField, type Extension } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, type DecorationSet } from "@codemirror/view";

/** Somebody's cursor, and what they have selected. */
export interface PeerPlace {
  name: string;
  color: string;
  /** Grows whenever they move or type: then their name is at their cursor for a while. */
  stirred: number;
  selections: { anchor: number; head: number }[];
}

class Cursor extends WidgetType {
  constructor(
    private readonly name: string,
    private readonly color: string,
    private readonly stirred: number,
  ) {
    super();
  }

  override eq(other: Cursor): boolean {
    return other.name === this.name && other.color === this.color && other.stirred === this.stirred;
  }

  override toDOM(): HTMLElement {
    const cursor = document.createElement("span");
    cursor.className = "peer-cursor";
    cursor.setAttribute("aria-hidden", "true");
    cursor.style.setProperty("--peer", this.color);
    const label = document.createElement("span");
    label.className = "peer-name";
    label.textContent = this.name;
    // No characters of its own around the name: a browser may take those for text that somebody typed.
    cursor.append(label);
    return cursor;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

/** Shows the others here. */
export const showPeers = StateEffect.define<PeerPlace[]>();

function classOf(color: string): string {
  return `peer-selection peer-${color.replace(/[^0-9a-f]/gi, "").toLowerCase()}`;
}

function decorationsOf(peers: PeerPlace[], length: number): DecorationSet {
  const found: { from: number; to: number; decoration: Decoration }[] = [];
  for (const { name, color, stirred, selections } of peers) {
    for (const { anchor, head } of selections) {
      const [from, to] = [Math.min(anchor, head), Math.min(Math.max(anchor, head), length)];
      if (from < to) found.push({ from, to, decoration: Decoration.mark({ class: classOf(color) }) });
      if (head <= length) {
        const widget = Decoration.widget({ widget: new Cursor(name, color, stirred), side: head < anchor ? -1 : 1 });
        found.push({ from: head, to: head, decoration: widget });
      }
    }
  }
  found.sort((one, other) => one.from - other.from || one.decoration.startSide - other.decoration.startSide);
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to, decoration } of found) builder.add(from, to, decoration);
  return builder.finish();
}

/** Until the next news the places move along with the text. */
export const peers: Extension = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    const news = transaction.effects.find((effect) => effect.is(showPeers));
    if (news !== undefined) return decorationsOf(news.value as PeerPlace[], transaction.newDoc.length);
    return transaction.docChanged ? shown.map(transaction.changes) : shown;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** A style sheet with a rule for each colour that was ever seen. */
export class PeerColors {
  private readonly sheet = new CSSStyleSheet();
  private readonly known = new Set<string>();

  constructor(root: ShadowRoot) {
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, this.sheet];
  }

  add(color: string): void {
    if (this.known.has(color) || !/^#[0-9a-f]{6}$/i.test(color)) return;
    this.known.add(color);
    this.sheet.insertRule(`.peer-${color.slice(1).toLowerCase()} { background-color: ${color}44; }`);
  }
}
