// The editor of the room's text: CodeMirror over the replica, with the others' cursors and the suggestion at its place. Knows the room by
// what it shows of it; pages put it somewhere.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, indentLess, indentMore } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Prec, type Extension } from "@codemirror/state";
import {
  EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers,
} from "@codemirror/view";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import { UndoManager } from "yjs";
import type { Room, Suggestion } from "../room/room";
import { ghost, showGhost } from "./ghost";
import { languageNamed } from "./languages";
import { PeerColors, peers, showPeers, type PeerPlace } from "./peers";
import { theme } from "./theme";

/** What the editor asks of the page. */
export interface EditorEvents {
  /** Ask for a suggestion at the cursor. */
  suggest(): void;
  /** The person moved by themselves, so that they follow nobody any more. */
  moved(): void;
}

/** The editor in an element. */
export class Editor {
  private view: EditorView;
  private readonly root: ShadowRoot;
  private readonly colors: PeerColors;
  private readonly language = new Compartment();
  private readonly writable = new Compartment();
  private shownLanguage = "";
  private undo: UndoManager | null = null;

  constructor(
    host: HTMLElement,
    private readonly room: Room,
    private readonly events: EditorEvents,
  ) {
    // CodeMirror adopts its style sheets in a shadow root; elsewhere it would add style elements, which the pages' policy forbids.
    this.root = host.attachShadow({ mode: "open" });
    this.colors = new PeerColors(this.root);
    this.view = this.open();
    room.on(["replica"], () => this.reopen());
    room.on(["language"], () => void this.highlight());
    room.on(["people", "presence"], () => this.showPeers());
    room.on(["suggestions"], () => this.showGhost());
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
    const line = this.view.state.doc.lineAt(this.cursor);
    return { line: line.number, column: this.cursor - line.from + 1 };
  }

  /** Scrolls a place into the middle. */
  reveal(at: number): void {
    const place = Math.min(at, this.view.state.doc.length);
    this.view.dispatch({ effects: EditorView.scrollIntoView(place, { y: "center" }) });
  }

  /** Puts the cursor somewhere. */
  moveTo(at: number): void {
    this.view.dispatch({ selection: { anchor: at }, scrollIntoView: true });
  }

  /** The newest suggestion of this participant's own, or else anybody's, that has text. */
  get suggestion(): Suggestion | null {
    const all = [...this.room.suggestions.values()].filter((suggestion) => suggestion.text !== "").reverse();
    return all.find((suggestion) => suggestion.participant === this.room.participant) ?? all[0] ?? null;
  }

  private open(): EditorView {
    this.undo = new UndoManager(this.room.replica.text, { captureTimeout: 500 });
    const state = EditorState.create({ doc: this.room.replica.text.toString(), extensions: this.extensions(this.undo) });
    const view = new EditorView({ state, parent: this.root, root: this.root });
    this.shownLanguage = "";
    return view;
  }

  private reopen(): void {
    this.view.destroy();
    this.undo?.destroy();
    this.view = this.open();
    void this.highlight();
    this.showPeers();
  }

  private extensions(undoManager: UndoManager): Extension {
    return [
      lineNumbers(), highlightActiveLineGutter(), highlightActiveLine(), highlightSpecialChars(), drawSelection(),
      EditorState.allowMultipleSelections.of(true), EditorView.lineWrapping, indentOnInput(), bracketMatching(), closeBrackets(),
      highlightSelectionMatches(), indentUnit.of("    "),
      Prec.high(keymap.of(this.ownKeys())),
      keymap.of([...closeBracketsKeymap, ...yUndoManagerKeymap, ...defaultKeymap, ...searchKeymap]),
      yCollab(this.room.replica.text, null, { undoManager }),
      peers, ghost, theme,
      this.language.of([]), this.writable.of(this.writing()),
      EditorView.contentAttributes.of({ "aria-label": "Text of the room. Escape, then Tab leaves the editor." }),
      EditorView.updateListener.of((update) => {
        if (update.selectionSet || update.docChanged || update.viewportChanged || update.focusChanged) this.point();
        // Places of text that has come only now may be found now.
        if (update.docChanged) queueMicrotask(() => { this.showPeers(); this.showGhost(); });
        if (update.transactions.some((transaction) => transaction.isUserEvent("select") || transaction.isUserEvent("input"))) {
          this.events.moved();
        }
      }),
    ];
  }

  private ownKeys() {
    const suggest = (): boolean => {
      this.events.suggest();
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

  private accept(): boolean {
    const suggestion = this.suggestion;
    // Tab takes what stands right at the cursor; anybody's suggestion elsewhere is taken in the pane.
    if (suggestion === null || this.room.resolve(suggestion.at) !== this.cursor) return false;
    const end = this.room.accept(suggestion);
    if (end !== null) this.moveTo(end);
    return end !== null;
  }

  private dismiss(): boolean {
    const suggestion = this.suggestion;
    if (suggestion === null || suggestion.participant !== this.room.participant) return false;
    this.room.endSuggestion(suggestion, suggestion.done === null ? "cancelled" : "dismissed");
    return true;
  }

  private writing(): Extension {
    return EditorState.readOnly.of(!this.room.mayEdit);
  }

  private async highlight(): Promise<void> {
    const wanted = this.room.language;
    if (wanted === this.shownLanguage) return;
    this.shownLanguage = wanted;
    const loaded = await languageNamed(wanted).load?.().catch(() => []);
    if (wanted === this.room.language) this.view.dispatch({ effects: this.language.reconfigure(loaded ?? []) });
  }

  private point(): void {
    const { ranges, main } = this.view.state.selection;
    const ordered = [main, ...ranges.filter((range) => range !== main)];
    this.room.point(ordered.map(({ anchor, head }) => ({ anchor, head })), this.view.viewport);
  }

  private showPeers(): void {
    const places: PeerPlace[] = [];
    for (const person of this.room.people.values()) {
      if (person.id === this.room.participant || person.presence?.document !== this.room.replica.document) continue;
      const selections = (person.presence?.selections ?? []).flatMap(({ anchor, head }) => {
        const [from, to] = [this.room.resolve(anchor), this.room.resolve(head)];
        return from === null || to === null ? [] : [{ anchor: from, head: to }];
      });
      this.colors.add(person.color);
      places.push({ name: person.name, color: person.color, selections });
    }
    this.view.dispatch({ effects: showPeers.of(places) });
  }

  private showGhost(): void {
    const suggestion = this.suggestion;
    const at = suggestion === null ? null : this.room.resolve(suggestion.at);
    this.view.dispatch({ effects: showGhost.of(suggestion === null || at === null ? null : { at, text: suggestion.text }) });
  }
}
