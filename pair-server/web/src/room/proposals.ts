// What this page does with suggestions: asks for them, takes them, puts them away. Several people may take one at the same time, each at once
// in their own text; the server says who was first, and whoever was not takes out again what they put in. Knows replicas, and by functions how
// to speak; no connection and no page.
import type { ClientMessage, Participant, ServerMessage, SuggestionEnd, SuggestionEnded } from "../protocol/messages";
import type { Replica } from "./replica";
import type { Piece } from "./retract";
import { keyOf, Suggestions, type Suggestion } from "./suggestions";

/** What of the room suggestions are about. */
export interface Surroundings {
  readonly participant: number | null;
  readonly mayEdit: boolean;
  readonly replica: Replica | null;
  readonly replicas: ReadonlyMap<string, Replica>;
  readonly people: ReadonlyMap<number, Participant>;
}

/** How suggestions are spoken about. */
export interface Ways {
  send(message: ClientMessage): boolean;
  /** When every edit that was made so far is on its way. */
  whenSent(): Promise<void>;
  /** Tells this page's person something. */
  notify(text: string): void;
  changed(): void;
}

/** A suggestion that this page took, as long as the server has not said who was first. */
interface Claim {
  participant: number;
  request: number;
  document: string;
  piece: Piece;
  /** Who this page was, each time that it said so. */
  takers: Set<number | null>;
}

/** The suggestions of a room, and this page's part in them. */
export class Proposals {
  private readonly open = new Suggestions();
  private readonly claims = new Map<string, Claim>();
  private nextRequest = 1;

  constructor(
    private readonly room: Surroundings,
    private readonly ways: Ways,
  ) {}

  /** Those that are not over, the newest first. */
  get newest(): Suggestion[] {
    return this.open.newest;
  }

  /** Asks for one at a place in the shown text. */
  ask(at: number): void {
    const { replica, participant } = this.room;
    if (replica === null) return;
    for (const suggestion of this.newest) if (suggestion.participant === participant) this.putAway(suggestion);
    const place = replica.anchor(at);
    // The place may be text that is not sent yet.
    void this.ways.whenSent().then(() => {
      this.ways.send({ type: "requestSuggestion", request: this.nextRequest++, document: replica.path, at: place });
    });
  }

  /** Takes one into its text, where its place is now. Gives the place behind it. */
  take(suggestion: Suggestion): number | null {
    const { participant, request, document, text } = suggestion;
    const replica = this.room.replicas.get(document);
    const at = replica?.resolve(suggestion.at) ?? null;
    if (replica === undefined || at === null || !this.room.mayEdit) return null;
    const claim = { participant, request, document, piece: replica.insert(at, text), takers: new Set([this.room.participant]) };
    this.claims.set(keyOf(suggestion), claim);
    this.end(suggestion, "accepted");
    return at + text.length;
  }

  /** Says that nobody here wants one. */
  putAway(suggestion: Suggestion): void {
    this.end(suggestion, suggestion.done === null ? "cancelled" : "dismissed");
  }

  /** Shows the next of a suggestion's texts. */
  chooseNext(suggestion: Suggestion): void {
    this.open.chooseNext(suggestion);
    this.ways.changed();
  }

  /** Takes news in; other messages it passes over. */
  hear(message: ServerMessage): void {
    // One that is taken here is told again to whoever comes back before the server knows that.
    if (message.type === "suggestionStarted" && this.claims.has(keyOf(message))) return;
    const news = this.open.hear(message);
    if (message.type === "suggestionEnded") this.settle(message);
    if (news === null) return;
    if (news !== "changed" && news.empty.participant === this.room.participant) this.ways.notify("No suggestion for this place.");
    this.ways.changed();
  }

  /** After a welcome: what the connection before may have lost is said again. */
  welcomed(): void {
    const { participant, people, replicas } = this.room;
    for (const [key, claim] of this.claims) {
      // The suggestions of whoever left ended with them, and text that did not come along can't be taken twice.
      if (people.has(claim.participant) && replicas.get(claim.document)?.knows(claim.piece)) {
        claim.takers.add(participant);
        this.say(claim, "accepted");
      } else {
        this.claims.delete(key);
      }
    }
  }

  /** Those of somebody who left end with them. */
  left(participant: number): void {
    this.open.removeOf(participant);
    for (const [key, claim] of this.claims) if (claim.participant === participant) this.claims.delete(key);
  }

  /** The connection is gone, and with it what was shown; what was taken is not settled yet. */
  lost(): void {
    this.open.clear();
  }

  private end(suggestion: Suggestion, end: SuggestionEnd): void {
    this.say(suggestion, end);
    this.open.remove(suggestion);
    this.ways.changed();
  }

  private say({ participant, request }: Pick<Suggestion, "participant" | "request">, end: SuggestionEnd): void {
    this.ways.send({ type: "endSuggestion", participant, request, end });
  }

  /** The server says what became of one. If somebody else took it first, this page takes its text out again. */
  private settle(ended: SuggestionEnded): void {
    const claim = this.claims.get(keyOf(ended));
    this.claims.delete(keyOf(ended));
    if (claim === undefined || ended.end !== "accepted" || claim.takers.has(ended.by)) return;
    const wasThere = this.room.replicas.get(claim.document)?.retract(claim.piece) ?? false;
    if (!wasThere) return;
    this.ways.notify(`${this.room.people.get(ended.by)?.name ?? "Somebody"} took it first; yours was taken back.`);
  }
}
