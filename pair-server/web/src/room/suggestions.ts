// The suggestions of a room as they start, stream, are complete and end. Knows messages; no connection and no text.
import type { Anchor, ServerMessage, SuggestionItem } from "../protocol/messages";

/** A suggestion as the room sees it. */
export interface Suggestion {
  participant: number;
  request: number;
  document: string;
  at: Anchor;
  text: string;
  provider: string;
  model: string;
  /** All texts that may be taken, once it is complete; `text` is one of them. Empty: there is that one only. */
  items: SuggestionItem[];
  /** Model and time, once it is complete. */
  done: { model: string; milliseconds: number } | null;
}

/** A suggestion's name. */
export function keyOf(suggestion: { participant: number; request: number }): string {
  return `${suggestion.participant}/${suggestion.request}`;
}

/** Those that are not over. */
export class Suggestions {
  private readonly all = new Map<string, Suggestion>();

  /** The newest first. */
  get newest(): Suggestion[] {
    return [...this.all.values()].reverse();
  }

  /** Takes news in. "empty": one is complete and has nothing to say; null: the message is about something else. */
  hear(message: ServerMessage): "changed" | { empty: Suggestion } | null {
    switch (message.type) {
      case "suggestionStarted": {
        const { participant, request, document, at, provider } = message;
        this.all.set(keyOf(message), { participant, request, document, at, provider, model: message.model ?? "", items: [], text: "", done: null });
        return "changed";
      }
      case "suggestionDelta": {
        const suggestion = this.all.get(keyOf(message));
        if (suggestion !== undefined) suggestion.text += message.text;
        return "changed";
      }
      case "suggestionDone": {
        const suggestion = this.all.get(keyOf(message));
        if (suggestion === undefined) return "changed";
        suggestion.done = { model: message.model, milliseconds: message.milliseconds };
        suggestion.provider = message.provider;
        suggestion.model = message.model;
        suggestion.items = message.items ?? [];
        if (suggestion.text !== "") return "changed";
        this.all.delete(keyOf(message));
        return { empty: suggestion };
      }
      case "suggestionEnded":
        this.all.delete(keyOf(message));
        return "changed";
      default:
        return null;
    }
  }

  /** Chooses the next text of one, after its last the first. */
  chooseNext(suggestion: Suggestion): void {
    const at = suggestion.items.findIndex((item) => item.text === suggestion.text);
    const next = suggestion.items[(at + 1) % suggestion.items.length];
    if (next !== undefined) Object.assign(suggestion, next);
  }

  remove(suggestion: Suggestion): void {
    this.all.delete(keyOf(suggestion));
  }

  /** Those of somebody who left end with them. */
  removeOf(participant: number): void {
    for (const suggestion of this.newest) if (suggestion.participant === participant) this.remove(suggestion);
  }

  clear(): void {
    this.all.clear();
  }
}
