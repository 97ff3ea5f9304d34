// A room as this page knows it: who is here and where, chat, suggestions, language, and how the connection is. Puts the connection, the
// journal and the replica together; knows no page, which listens to its events.
import * as Y from "yjs";
import type { Identity } from "../identity";
import {
  PROTOCOL_VERSION,
  ROOT_NAME,
  type Anchor,
  type ChatMessage,
  type ClientMessage,
  type Error as RoomError,
  type Limits,
  type Participant,
  type Role,
  type ServerMessage,
  type SuggestionEnd,
  type SuggestionItem,
  type Welcome,
} from "../protocol/messages";
import { Connection, type Link } from "./connection";
import { Journal } from "./journal";
import { Replica } from "./replica";

/** A suggestion as the room sees it. */
export interface Suggestion {
  participant: number;
  request: number;
  at: Anchor;
  text: string;
  provider: string;
  model: string;
  /** All texts that may be taken, once it is complete; `text` is one of them. */
  items: SuggestionItem[];
  /** Model and time, once it is complete. */
  done: { model: string; milliseconds: number } | null;
}

/** What changed. `replica`: there is another document from now on. */
export type RoomEvent = "link" | "people" | "presence" | "chat" | "suggestions" | "language" | "progress" | "replica";

/** Something that a person should read; `kept` is their text where it could not be kept in the room. */
export interface Notice {
  text: string;
  kept?: string;
}

/** Errors of a hello that coming back does not cure. */
const FINAL = new Set(["unsupported_version", "invalid_token", "room_not_found"]);

/** A room that this page is in. */
export class Room {
  link: Link = "connecting";
  participant: number | null = null;
  role: Role = "editor";
  language = "text";
  limits: Limits | null = null;
  storageProblem: string | null = null;
  roundTrip: number | null = null;
  readonly people = new Map<number, Participant>();
  readonly suggestions = new Map<string, Suggestion>();
  chat: ChatMessage[] = [];
  onNotice: (notice: Notice) => void = () => undefined;

  private connection: Connection | null = null;
  private readonly listeners = new Map<RoomEvent, Set<() => void>>();
  private nextRequest = 1;
  private presenceTimer: number | undefined;
  private presence: { selections: { anchor: Anchor; head: Anchor }[]; visible: { anchor: Anchor; head: Anchor } } | null =
    null;

  private constructor(
    readonly id: string,
    private identity: Identity,
    private readonly token: string | null,
    private journal: Journal,
    public replica: Replica,
  ) {}

  /** Opens the room: what this browser kept of it is there at once, the rest comes with the connection. */
  static async open(id: string, identity: Identity, token: string | null): Promise<Room> {
    const journal = await Journal.open(id);
    let room: Room | null = null;
    const replica = await Replica.open(journal, (message) => room?.send(message) ?? false, () => room?.tell("progress"));
    room = new Room(id, identity, token, journal, replica);
    return room;
  }

  /** Connects, and stays connected. */
  connect(): void {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.connection = new Connection(`${scheme}//${location.host}/ws/${this.id}`, {
      hello: () => this.hello(),
      message: (message) => this.hear(message),
      link: (link) => this.linked(link),
      roundTrip: (milliseconds) => {
        this.roundTrip = milliseconds;
        this.tell("progress");
      },
    });
  }

  /** Calls back after each change of a kind; gives the way to stop that. */
  on(events: RoomEvent[], listener: () => void): void {
    for (const event of events) {
      const known = this.listeners.get(event) ?? new Set();
      this.listeners.set(event, known.add(listener));
    }
  }

  get me(): Participant | null {
    return this.participant === null ? null : (this.people.get(this.participant) ?? null);
  }

  get mayEdit(): boolean {
    return this.role !== "viewer";
  }

  /** Another name or colour: the server learns it by a new hello. */
  rename(identity: Identity): void {
    this.identity = identity;
    this.connection?.restart();
  }

  say(text: string): boolean {
    return this.send({ type: "chat", text });
  }

  setLanguage(language: string): void {
    this.send({ type: "setLanguage", language });
  }

  /** Says where this participant is, at most every 50 ms. Places count UTF-16 code units. */
  point(selections: { anchor: number; head: number }[], visible: { from: number; to: number }): void {
    const selection = (one: { anchor: number; head: number }) => ({ anchor: this.anchor(one.anchor), head: this.anchor(one.head) });
    this.presence = {
      selections: selections.slice(0, 64).map(selection),
      visible: { anchor: this.anchor(visible.from), head: this.anchor(visible.to) },
    };
    this.presenceTimer ??= window.setTimeout(() => {
      this.presenceTimer = undefined;
      this.sendPresence();
    }, 50);
  }

  /** Asks for a suggestion at a place in the text. */
  suggest(at: number): void {
    const document = this.replica.document;
    if (document === null) return;
    for (const suggestion of this.suggestions.values()) {
      if (suggestion.participant === this.participant) this.endSuggestion(suggestion, suggestion.done ? "dismissed" : "cancelled");
    }
    const place = this.anchor(at);
    // The place may be text that is still on its way into the journal.
    void this.replica.whenSent().then(() => {
      this.send({ type: "requestSuggestion", request: this.nextRequest++, document, at: place });
    });
  }

  /** Takes a suggestion into the text, where its place is now. Gives the place behind it. */
  accept(suggestion: Suggestion): number | null {
    const at = this.resolve(suggestion.at);
    if (at === null || !this.mayEdit) return null;
    this.replica.text.insert(at, suggestion.text);
    this.endSuggestion(suggestion, "accepted");
    return at + suggestion.text.length;
  }

  endSuggestion(suggestion: Suggestion, end: SuggestionEnd): void {
    const { participant, request } = suggestion;
    this.send({ type: "endSuggestion", participant, request, end });
    this.suggestions.delete(keyOf(suggestion));
    this.tell("suggestions");
  }

  /** Chooses the next text of a suggestion, after its last one the first. */
  chooseNext(suggestion: Suggestion): void {
    const at = suggestion.items.findIndex((item) => item.text === suggestion.text);
    const next = suggestion.items[(at + 1) % suggestion.items.length];
    if (next === undefined) return;
    suggestion.text = next.text;
    suggestion.provider = next.provider;
    suggestion.model = next.model;
    this.tell("suggestions");
  }

  /** Where an anchor is now; none where its text has not come yet. */
  resolve(anchor: Anchor): number | null {
    const json = { item: anchor.item, tname: anchor.item === null ? ROOT_NAME : null, assoc: anchor.assoc };
    const position = Y.createRelativePositionFromJSON(json);
    const place = Y.createAbsolutePositionFromRelativePosition(position, this.replica.doc);
    return place !== null && place.type === this.replica.text ? place.index : null;
  }

  private anchor(at: number): Anchor {
    const position = Y.createRelativePositionFromTypeIndex(this.replica.text, Math.min(at, this.replica.text.length));
    return { item: position.item, assoc: position.assoc };
  }

  private send(message: ClientMessage): boolean {
    return this.connection?.send(message) ?? false;
  }

  private tell(event: RoomEvent): void {
    this.listeners.get(event)?.forEach((listener) => listener());
  }

  private linked(link: Link): void {
    this.link = link;
    if (link === "offline") {
      this.replica.lost();
      this.roundTrip = null;
      this.people.clear();
      this.suggestions.clear();
      for (const event of ["people", "presence", "suggestions"] as const) this.tell(event);
    }
    this.tell("link");
  }

  private hello(): ClientMessage {
    return {
      type: "hello",
      version: PROTOCOL_VERSION,
      minVersion: null,
      client: "pair-web",
      name: this.identity.name,
      color: this.identity.color,
      token: this.token,
      clientId: this.journal.clientId,
      clientSecret: this.journal.secret,
      documents: this.replica.state,
    };
  }

  private hear(message: ServerMessage): void {
    switch (message.type) {
      case "welcome":
        return this.welcomed(message);
      case "edit":
      case "difference":
        return this.replica.apply(message.document, message.update);
      case "receipt":
        return this.replica.received(message);
      case "presence": {
        const person = this.people.get(message.participant);
        if (person !== undefined) person.presence = message.presence;
        return this.tell("presence");
      }
      case "participantJoined":
      case "participantChanged":
        return this.changed(message.participant);
      case "participantLeft":
        this.people.delete(message.participant);
        for (const suggestion of this.suggestions.values()) {
          if (suggestion.participant === message.participant) this.suggestions.delete(keyOf(suggestion));
        }
        for (const event of ["people", "presence", "suggestions"] as const) this.tell(event);
        return;
      case "languageChanged":
        this.language = message.language;
        return this.tell("language");
      case "chat":
        this.chat.push(message);
        return this.tell("chat");
      case "storage":
        this.storageProblem = message.problem;
        return this.tell("progress");
      case "error":
        return this.failed(message);
      case "closing":
        if (message.reason === "replaced") void this.startOver(null);
        return;
      default:
        return this.hearSuggestion(message);
    }
  }

  private hearSuggestion(message: ServerMessage): void {
    if (message.type === "suggestionStarted") {
      if (message.document !== this.replica.document) return;
      const { participant, request, at, provider } = message;
      this.suggestions.set(keyOf(message), { participant, request, at, provider, model: message.model ?? "", items: [], text: "", done: null });
    } else if (message.type === "suggestionDelta") {
      const suggestion = this.suggestions.get(keyOf(message));
      if (suggestion !== undefined) suggestion.text += message.text;
    } else if (message.type === "suggestionDone") {
      const suggestion = this.suggestions.get(keyOf(message));
      if (suggestion !== undefined) {
        suggestion.done = { model: message.model, milliseconds: message.milliseconds };
        suggestion.provider = message.provider;
        suggestion.model = message.model;
        suggestion.items = message.items ?? [];
        if (suggestion.text === "") {
          this.suggestions.delete(keyOf(message));
          if (suggestion.participant === this.participant) this.onNotice({ text: "No suggestion for this place." });
        }
      }
    } else if (message.type === "suggestionEnded") {
      this.suggestions.delete(keyOf(message));
    } else {
      return;
    }
    this.tell("suggestions");
  }

  private welcomed(welcome: Welcome): void {
    this.participant = welcome.participant;
    this.limits = welcome.limits;
    this.storageProblem = welcome.storage.problem;
    this.chat = [...welcome.chat];
    this.language = welcome.language;
    this.people.clear();
    for (const person of welcome.participants) this.people.set(person.id, person);
    this.role = welcome.role;
    const [document] = welcome.documents;
    if (document !== undefined && !this.replica.welcome(document)) return void this.startOver(null);
    this.connection?.welcomed();
    this.sendPresence();
    for (const event of ["people", "presence", "suggestions", "chat", "language", "progress"] as const) this.tell(event);
  }

  private changed(participant: Participant): void {
    this.people.set(participant.id, participant);
    if (participant.id === this.participant) this.role = participant.role;
    this.tell("people");
    this.tell("presence");
  }

  private failed(error: RoomError): void {
    if (error.code === "client_id_taken" && this.link !== "online") {
      void this.startOver(null);
    } else if (error.seq !== undefined && error.seq !== null) {
      void this.startOver(`The room did not take your last edit: ${error.message}.`);
    } else {
      this.onNotice({ text: `${error.message}.` });
      if (FINAL.has(error.code)) this.connection?.stop();
    }
  }

  /** Goes on under another client id, without what the room did not take. With a reason, what is not in the room goes to the notice. */
  private async startOver(reason: string | null): Promise<void> {
    this.connection?.stop();
    const kept = this.replica.text.toString();
    this.journal = await this.journal.replace();
    this.replica = await Replica.open(this.journal, (message) => this.send(message), () => this.tell("progress"));
    this.tell("replica");
    if (reason !== null) this.onNotice({ text: reason, kept });
    this.connect();
  }

  private sendPresence(): void {
    const document = this.replica.document;
    if (document === null || this.presence === null) return;
    this.send({ type: "presence", document, ...this.presence, following: null });
  }
}

/** A suggestion's name. */
export function keyOf(suggestion: { participant: number; request: number }): string {
  return `${suggestion.participant}/${suggestion.request}`;
}
