// The editor of the shown document: CodeMirror over its replica, with the others' cursors and the suggestion at its place. Knows the room by
// what it shows of it; pages put it somewhere.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, indentLess, indentMore } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Prec, type Extension, type Text } from "@codemirror/state";
import {
  EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers,
} from "@codemirror/view";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import type { Replica } from "../room/replica";
import type { Room } from "../room/room";
import type { Suggestion } from "../room/suggestions";
import { ghost, showGhost } from "./ghost";
import { languageNamed, languageOf } from "./languages";
import { carriageReturns } from "./line-ends";
import { PeerColors, peers, showPeers, type PeerPlace } from "./peers";
import { theme } from "./theme";

/** What the editor asks of the page. */
export interface EditorEvents {
  /** The cursor, or what is seen, is elsewhere. */
  moved(): void;
}

/** The editor in an element. */
export class Editor {
  private view: EditorView;
  private replica: Replica | null = null;
  private readonly root: ShadowRoot;
  private readonly colors: PeerColors;
  private readonly language = new Compartment();
  private readonly writable = new Compartment();
  private shownLanguage = "";
  private frame: number | undefined;
  private shownPlaces: { words: string; text: Text | null } = { words: "", text: null };

  constructor(
    host: HTMLElement,
    private readonly room: Room,
    private readonly events: EditorEvents,
  ) {
    // CodeMirror adopts its style sheets in a shadow root; elsewhere it would add style elements, which the pages' policy forbids.
    this.root = host.attachShadow({ mode: "open" });
    this.colors = new PeerColors(this.root);
    this.view = this.open();
    void this.highlight();
    room.on(["shown"], () => this.reopen());
    room.on(["language"], () => void this.highlight());
    room.on(["people", "presence", "suggestions"], () => this.refreshSoon());
    room.on(["people", "link"], () => this.view.dispatch({ effects: this.writable.reconfigure(this.writing()) }));
  }

  focus(): void {
    this.view.focus();
  }

  /** The cursor, in UTF-16 code units. */
  get cursor(): number {
    return this.view.state.selection.main.head;
  }

  /** Line and column of the cursor, from 1. */
  get place(): { line: number; column: number } {
    return this.placeOf(this.cursor);
  }

  /** Line and column of a place, from 1. */
  placeOf(at: number): { line: number; column: number } {
    const line = this.view.state.doc.lineAt(Math.min(at, this.view.state.doc.length));
    return { line: line.number, column: at - line.from + 1 };
  }

  /** What can be seen, in whole lines. */
  get visible(): { from: number; to: number } {
    const { scrollTop, clientHeight } = this.view.scrollDOM;
    const top = scrollTop - this.view.documentPadding.top;
    const lineAt = (height: number) => this.view.lineBlockAtHeight(Math.max(0, height));
    return { from: lineAt(top).from, to: lineAt(top + clientHeight - 1).to };
  }

  /** Shows what somebody else sees; where this screen is smaller, what is around their cursor. */
  showAs(visible: { from: number; to: number } | null, cursor: number | null): void {
    const { doc } = this.view.state;
    const lines = ({ from, to }: { from: number; to: number }): number =>
      doc.lineAt(Math.min(to, doc.length)).number - doc.lineAt(Math.min(from, doc.length)).number;
    const whole = visible !== null && (cursor === null || lines(visible) <= lines(this.visible));
    const at = whole ? visible.from : cursor;
    if (at === null) return;
    const effect = EditorView.scrollIntoView(Math.min(at, doc.length), whole ? { y: "start", yMargin: 0 } : { y: "center" });
    this.view.dispatch({ effects: effect });
  }

  /** Puts the cursor somewhere. */
  moveTo(at: number): void {
    this.view.dispatch({ selection: { anchor: Math.min(at, this.view.state.doc.length) }, scrollIntoView: true });
  }

  /** The newest suggestion of this participant's own in the shown document, or else anybody's, that has text. */
  get suggestion(): Suggestion | null {
    const here = this.room.proposals.newest.filter(({ text, document }) => text !== "" && document === this.replica?.path);
    return here.find((suggestion) => suggestion.participant === this.room.participant) ?? here[0] ?? null;
  }

  /** That suggestion where it stands right at the cursor: there a key takes it. Anybody's elsewhere is taken in the pane. */
  get suggestionHere(): Suggestion | null {
    const { suggestion } = this;
    return suggestion !== null && this.room.mayWrite && this.replica?.resolve(suggestion.at) === this.cursor ? suggestion : null;
  }

  /** Takes the suggestion at the cursor; false where there is none. */
  accept(): boolean {
    const suggestion = this.suggestionHere;
    const end = suggestion === null ? null : this.room.proposals.take(suggestion);
    if (end !== null) this.moveTo(end);
    return end !== null;
  }

  /** Puts the own suggestion away, or stops following; false where there is neither. */
  dismiss(): boolean {
    const suggestion = this.suggestion;
    if (suggestion !== null && suggestion.participant === this.room.participant) {
      this.room.proposals.putAway(suggestion);
      return true;
    }
    if (this.room.following === null) return false;
    const { from } = this.visible;
    this.room.stopFollowing("stay");
    this.moveTo(from);
    return true;
  }

  private open(): EditorView {
    const replica = this.room.replica;
    this.replica = replica;
    const state = EditorState.create({ doc: replica?.text.toString() ?? "", extensions: this.extensions(replica) });
    const view = new EditorView({ state, parent: this.root, root: this.root });
    view.scrollDOM.addEventListener("scroll", () => this.refreshSoon(), { passive: true });
    // Whoever scrolls by themselves follows nobody any more.
    for (const own of ["wheel", "touchmove"]) view.scrollDOM.addEventListener(own, () => this.room.stopFollowing("stay"), { passive: true });
    this.shownLanguage = "";
    return view;
  }

  private reopen(): void {
    const focused = this.view.hasFocus;
    const { anchor, head } = this.view.state.selection.main;
    if (this.replica !== null) this.replica.left = { anchor: this.replica.anchor(anchor), head: this.replica.anchor(head) };
    this.view.destroy();
    this.view = this.open();
    this.comeBack();
    if (focused) this.view.focus();
    void this.highlight();
    this.showPlaces();
    this.point();
  }

  /** To where the cursor was when the document was left. */
  private comeBack(): void {
    const { replica } = this;
    if (replica === null || replica.left === null) return;
    const [anchor, head] = [replica.resolve(replica.left.anchor), replica.resolve(replica.left.head)];
    if (anchor === null || head === null) return;
    this.view.dispatch({ selection: { anchor, head }, effects: EditorView.scrollIntoView(head, { y: "center" }) });
  }

  private extensions(replica: Replica | null): Extension {
    return [
      lineNumbers(), highlightActiveLineGutter(), highlightActiveLine(), drawSelection(), carriageReturns,
      EditorState.allowMultipleSelections.of(true), EditorView.lineWrapping, indentOnInput(), bracketMatching(), closeBrackets(),
      highlightSelectionMatches(), indentUnit.of("    "),
      Prec.high(keymap.of(this.ownKeys())),
      keymap.of([...closeBracketsKeymap, ...(replica === null ? [] : yUndoManagerKeymap), ...defaultKeymap, ...searchKeymap]),
      replica === null ? [] : yCollab(replica.text, null, { undoManager: replica.undo }),
      peers, ghost, theme,
      this.language.of([]), this.writable.of(this.writing()),
      EditorView.contentAttributes.of({ "aria-label": "Text of the room. Escape, then Tab leaves the editor." }),
      EditorView.domEventHandlers({ keydown: (event) => this.goBackToType(event) }),
      EditorView.updateListener.of((update) => {
        // Places of text that has come only now may be found now.
        if (update.selectionSet || update.docChanged || update.geometryChanged || update.focusChanged) this.refreshSoon();
        const own = update.transactions.some((transaction) => transaction.isUserEvent("select") || transaction.isUserEvent("input"));
        if (own) this.room.stopFollowing("stay");
      }),
    ];
  }

  private ownKeys() {
    const suggest = (): boolean => {
      if (this.room.mayWrite) this.room.proposals.ask(this.cursor);
      return true;
    };
    return [
      { key: "Tab", run: (view: EditorView) => this.accept() || indentMore(view), shift: indentLess },
      { key: "Alt-Enter", run: () => this.accept() },
      { key: "Escape", run: () => this.dismiss() },
      { key: "Ctrl-Space", run: suggest },
      { key: "Mod-i", run: suggest },
    ];
  }

  /** A key goes to where the own cursor is, never into a text that one only looks at; it takes one back there and does no more. */
  private goBackToType(event: KeyboardEvent): boolean {
    const types = event.key.length === 1 || event.key === "Enter" || event.key === "Backspace" || event.key === "Delete";
    if (!this.room.visiting || !types || event.ctrlKey || event.metaKey) return false;
    event.preventDefault();
    // This view is on its way out with that, and must be through with the key before.
    queueMicrotask(() => this.room.stopFollowing("back"));
    return true;
  }

  private writing(): Extension {
    return EditorState.readOnly.of(!this.room.mayWrite);
  }

  private async highlight(): Promise<void> {
    const path = this.replica?.path ?? "";
    // The room's language is that of its first document, whatever that is called; the names of the others tell theirs.
    const isFirst = path === this.room.replicas.keys().next().value;
    const wanted = (isFirst ? null : languageOf(path)) ?? languageNamed(this.room.language);
    if (wanted.name === this.shownLanguage) return;
    this.shownLanguage = wanted.name;
    const loaded = await wanted.load?.().catch(() => []);
    if (wanted.name === this.shownLanguage) this.view.dispatch({ effects: this.language.reconfigure(loaded ?? []) });
  }

  private point(): void {
    const { ranges, main } = this.view.state.selection;
    const ordered = [main, ...ranges.filter((range) => range !== main)];
    this.room.presence.point(ordered.map(({ anchor, head }) => ({ anchor, head })), () => this.visible);
    this.events.moved();
  }

  /** Tells where this participant is and shows where the others are, once for everything that happens before the next frame. */
  private refreshSoon(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.showPlaces();
      this.point();
    });
  }

  private showPlaces(): void {
    const suggestion = this.suggestion;
    const at = suggestion === null ? null : (this.replica?.resolve(suggestion.at) ?? null);
    const ghostly = suggestion === null || at === null ? null : { at, text: suggestion.text };
    const peerPlaces = this.peerPlaces();
    const words = JSON.stringify([ghostly, peerPlaces]);
    if (words === this.shownPlaces.words && this.view.state.doc === this.shownPlaces.text) return;
    this.shownPlaces = { words, text: this.view.state.doc };
    this.view.dispatch({ effects: [showPeers.of(peerPlaces), showGhost.of(ghostly)] });
  }

  private peerPlaces(): PeerPlace[] {
    const { replica, room } = this;
    const here = [...room.people.values()].filter(({ id, presence }) => id !== room.participant && presence?.document === replica?.path);
    return here.map(({ id, name, color, presence }) => {
      this.colors.add(color);
      const selections = (presence?.selections ?? []).flatMap(({ anchor, head }) => {
        const [from, to] = [replica?.resolve(anchor) ?? null, replica?.resolve(head) ?? null];
        return from === null || to === null ? [] : [{ anchor: from, head: to }];
      });
      return { name, color, stirred: room.stirred.get(id) ?? 0, selections };
    });
  }
}
