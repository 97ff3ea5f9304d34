// A room as this page knows it: its documents, who is here and where, chat, suggestions, language, and how the connection is. Puts the
// connection, the journal and the replicas together; knows no page, which listens to its events.
import type { Identity } from "../identity";
import {
  PROTOCOL_VERSION,
  type ChatMessage,
  type ClientMessage,
  type Error as RoomError,
  type Limits,
  type Participant,
  type Role,
  type ServerMessage,
  type Summoned,
  type Welcome,
} from "../protocol/messages";
import { Connection, type Link } from "./connection";
import { Journal } from "./journal";
import { Outbox } from "./outbox";
import { PresenceSender } from "./presence";
import { Proposals } from "./proposals";
import { Replica } from "./replica";

/** What changed. `shown`: another replica is to be seen from now on. */
export type RoomEvent =
  "link" | "people" | "presence" | "chat" | "suggestions" | "language" | "progress" | "documents" | "shown" | "summons";

/** Something that a person should read; `kept` is their text where it could not be kept in the room. */
export interface Notice {
  text: string;
  kept?: string;
}

/** Errors of a hello that coming back does not cure. */
const FINAL = new Set(["unsupported_version", "invalid_token", "room_not_found"]);

/** A summons goes away by itself. */
const SUMMONS_MS = 30_000;

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
  readonly replicas = new Map<string, Replica>();
  /** How often each of the others moved or typed. */
  readonly stirred = new Map<number, number>();
  chat: ChatMessage[] = [];
  /** Somebody asks this page to come along. */
  summons: Summoned | null = null;
  /** Whose screen this page goes along with. */
  following: number | null = null;
  /** Says where this participant is. */
  readonly presence = new PresenceSender(
    () => (this.replica === null || this.link !== "online" ? null : { replica: this.replica, visiting: this.visiting, following: this.following }),
    (presence) => this.send({ type: "presence", ...presence }),
  );
  /** The suggestions, and what this page does with them. */
  readonly proposals = new Proposals(this, {
    send: (message) => this.send(message),
    whenSent: () => this.outbox.whenSent(),
    notify: (text) => this.notify({ text }),
    changed: () => this.tell("suggestions"),
  });
  private connection: Connection | null = null;
  /** Notices from before anybody listened. */
  private early: Notice[] = [];
  private notify = (notice: Notice): void => void this.early.push(notice);
  /** The server said once what it does with rooms that nobody uses. */
  private knowsExpiry = false;
  private readonly listeners = new Map<RoomEvent, Set<() => void>>();
  private summonsTimer: number | undefined;
  private shown: string | null = null;
  /** The document that is to be shown as soon as it is there: a wish of the address, or one that was just added. */
  private wished: string | null;
  /** Where the own cursor is. Whoever looks along elsewhere has none there. */
  private home: string | null = null;

  private constructor(
    readonly id: string,
    private identity: Identity,
    private readonly token: string | null,
    private outbox: Outbox,
    wished: string | null,
  ) {
    this.wished = wished;
  }

  /** Opens the room: what this browser kept of it is there at once, the rest comes with the connection. */
  static async open(id: string, identity: Identity, token: string | null, document: string | null): Promise<Room> {
    const journal = await Journal.open(id);
    let room: Room | null = null;
    const outbox = new Outbox(journal, (message) => room?.send(message) ?? false, () => room?.tell("progress"));
    room = new Room(id, identity, token, outbox, document);
    await room.load();
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

  /** Calls back after each change of a kind. */
  on(events: RoomEvent[], listener: () => void): void {
    for (const event of events) {
      const known = this.listeners.get(event) ?? new Set();
      this.listeners.set(event, known.add(listener));
    }
  }

  /** Who shows notices. */
  set onNotice(show: (notice: Notice) => void) {
    this.notify = show;
    for (const notice of this.early.splice(0)) show(notice);
  }

  get me(): Participant | null {
    return this.participant === null ? null : (this.people.get(this.participant) ?? null);
  }

  /** Colours that the others have, and who. */
  get takenColors(): Map<string, string> {
    const others = [...this.people.values()].filter(({ id }) => id !== this.participant);
    return new Map(others.map(({ color, name }) => [color.toLowerCase(), name]));
  }

  /** Whether keys may change the shown text: not a viewer's, nor a text that one only looks at with somebody. */
  get mayWrite(): boolean {
    return this.mayEdit && !this.visiting && this.replica !== null;
  }

  get mayEdit(): boolean {
    return this.role !== "viewer";
  }

  /** Whether this page looks along in a document where its own cursor is not. */
  get visiting(): boolean {
    return this.shown !== this.home;
  }

  /** The replica of the shown document; none before anything of the room is known. */
  get replica(): Replica | null {
    return this.shown === null ? null : (this.replicas.get(this.shown) ?? null);
  }

  get progress() {
    return this.outbox.progress;
  }

  /** Whether edits outlive this page. */
  get keeps(): boolean {
    return this.outbox.journal.keeps;
  }

  /** Whether something would be lost if this page were closed now. */
  get atRisk(): boolean {
    return this.outbox.atRisk;
  }

  /** Whether edits of an earlier visit wait to be sent. */
  get dirty(): boolean {
    return this.outbox.journal.dirty;
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

  /** Shows a document, with the own cursor in it. */
  show(path: string): void {
    if (!this.replicas.has(path)) return;
    this.wished = null;
    this.home = path;
    this.look(path);
  }

  /** Adds an empty document for everybody, and shows it when it is there. */
  addDocument(path: string): void {
    if (this.replicas.has(path)) return this.show(path);
    this.wished = path;
    this.send({ type: "addDocument", document: path });
  }

  /** Goes along with somebody from now on. */
  follow(participant: number): void {
    this.following = participant;
    this.presence.soon();
    this.tell("people", "presence");
  }

  /** Follows nobody any more: the own cursor comes along to the shown document, or this page goes back to where it is. */
  stopFollowing(whereTo: "stay" | "back"): void {
    if (this.following === null && !this.visiting) return;
    this.following = null;
    if (whereTo === "stay") this.home = this.shown;
    else if (this.home !== null) this.look(this.home);
    this.presence.soon();
    this.tell("people", "presence");
  }

  /** Looks at another document without taking the cursor there. */
  visit(path: string): void {
    if (this.replicas.has(path)) this.look(path);
  }

  /** Asks the others to come to a place of the shown document. */
  summon(at: number): boolean {
    const { replica } = this;
    return replica !== null && this.send({ type: "summon", document: replica.path, at: replica.anchor(at) });
  }

  /** Goes along with who asked, or does not. */
  answerSummons(come: boolean): void {
    const { summons } = this;
    this.summons = null;
    this.tell("summons");
    if (come && summons !== null && this.people.has(summons.participant)) this.follow(summons.participant);
  }

  private send(message: ClientMessage): boolean {
    return this.connection?.send(message) ?? false;
  }

  private tell(...events: RoomEvent[]): void {
    for (const event of events) this.listeners.get(event)?.forEach((listener) => listener());
  }

  /** Replicas of what the journal has. */
  private async load(): Promise<void> {
    this.language = this.outbox.journal.language ?? this.language;
    this.replicas.clear();
    const { updates, broken } = await this.outbox.journal.load();
    for (const [path, kept] of updates) {
      const replica = Replica.from(path, this.outbox, kept);
      if (replica === null) {
        broken.push(path);
        await this.outbox.journal.setDocumentAside(path);
      } else {
        this.replicas.set(path, replica);
      }
    }
    for (const path of new Set(broken)) {
      this.notify({ text: `Some of what this browser kept of ${path} can't be read. It was set aside; look whether your last edits are there.` });
    }
    this.chooseShown();
  }

  private chooseShown(): void {
    const before = this.shown;
    if (this.wished !== null && this.replicas.has(this.wished)) {
      this.home = this.shown = this.wished;
      this.wished = null;
    } else if (this.shown === null || !this.replicas.has(this.shown)) {
      this.home = this.shown = this.replicas.keys().next().value ?? null;
    }
    if (before !== this.shown) this.tell("shown");
  }

  private look(path: string): void {
    if (path === this.shown) return;
    this.shown = path;
    this.presence.forget();
    this.tell("shown", "presence", "suggestions");
  }

  private linked(link: Link): void {
    this.link = link;
    if (link === "offline") {
      this.outbox.lost();
      this.roundTrip = null;
      this.people.clear();
      this.proposals.lost();
      this.tell("people", "presence", "suggestions");
    }
    this.tell("link");
  }

  private hello(): ClientMessage {
    const { clientId, secret, former } = this.outbox.journal;
    return {
      type: "hello",
      version: PROTOCOL_VERSION,
      minVersion: null,
      client: "pair-web",
      name: this.identity.name,
      color: this.identity.color,
      token: this.token,
      clientId,
      clientSecret: secret,
      formerly: former,
      documents: [...this.replicas.values()].map((replica) => replica.state),
    };
  }

  private hear(message: ServerMessage): void {
    switch (message.type) {
      case "welcome":
        return this.welcomed(message);
      case "edit":
        this.stir(message.participant);
        return this.replicas.get(message.document)?.apply(message.update);
      case "difference":
        return this.replicas.get(message.document)?.apply(message.update);
      case "receipt":
        return this.outbox.received(message);
      case "presence": {
        const person = this.people.get(message.participant);
        if (person !== undefined) person.presence = message.presence;
        this.stir(message.participant);
        return this.tell("presence");
      }
      case "participantJoined":
      case "participantChanged":
        return this.changed(message.participant);
      case "participantLeft":
        return this.left(message.participant);
      case "documentAdded":
        return this.added(message.document);
      case "summoned":
        return this.summoned(message);
      case "languageChanged":
        this.language = message.language;
        this.outbox.journal.setLanguage(message.language);
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
        return this.proposals.hear(message);
    }
  }

  private welcomed(welcome: Welcome): void {
    this.participant = welcome.participant;
    this.limits = welcome.limits;
    this.storageProblem = welcome.storage.problem;
    this.chat = [...welcome.chat];
    this.language = welcome.language;
    this.outbox.journal.setLanguage(welcome.language);
    this.people.clear();
    for (const person of welcome.participants) this.people.set(person.id, person);
    this.role = welcome.role;
    this.outbox.welcomed();
    if (!this.takeDocuments(welcome)) return void this.startOver(null);
    this.outbox.brought();
    this.connection?.welcomed();
    this.proposals.welcomed();
    this.tellExpiry(welcome.limits.roomExpiryDays);
    this.presence.begin();
    this.tell("documents", "people", "presence", "suggestions", "chat", "language", "progress");
  }

  private tellExpiry(days: number | null | undefined): void {
    // Servers that delete no rooms leave it out.
    if (typeof days !== "number" || this.knowsExpiry) return;
    this.knowsExpiry = true;
    this.notify({ text: `The server deletes rooms that nobody opens or changes for ${days} days.` });
  }

  /** Brings every document up to date; false where this page can't go on under its id. */
  private takeDocuments({ documents }: Welcome): boolean {
    const own = [...this.replicas.values()].filter(({ path }) => !documents.some(({ document }) => document === path));
    const kept = new Map(this.replicas);
    // In the room's order, the default one first.
    this.replicas.clear();
    for (const welcome of documents) {
      const replica = kept.get(welcome.document) ?? new Replica(welcome.document, this.outbox);
      this.replicas.set(welcome.document, replica);
      if (!replica.welcome(welcome, this.mayEdit)) return false;
    }
    // A room that was lost on the server has less than this page.
    for (const replica of own) {
      this.replicas.set(replica.path, replica);
      this.send({ type: "addDocument", document: replica.path });
      replica.welcome({ difference: new Uint8Array(), stateVector: new Uint8Array() }, true);
    }
    this.chooseShown();
    return true;
  }

  private stir(participant: number): void {
    this.stirred.set(participant, (this.stirred.get(participant) ?? 0) + 1);
  }

  private added(path: string): void {
    if (this.replicas.has(path)) return;
    this.replicas.set(path, new Replica(path, this.outbox));
    this.tell("documents");
    if (this.wished === path) this.show(path);
  }

  private summoned(summons: Summoned): void {
    if (this.following === summons.participant) return;
    this.summons = summons;
    window.clearTimeout(this.summonsTimer);
    this.summonsTimer = window.setTimeout(() => this.answerSummons(false), SUMMONS_MS);
    this.tell("summons");
  }

  private changed(participant: Participant): void {
    const before = this.people.get(participant.id);
    // A change of somebody tells nothing of where they are.
    this.people.set(participant.id, { ...participant, presence: participant.presence ?? before?.presence ?? null });
    if (participant.id === this.participant) this.role = participant.role;
    this.tell("people", "presence");
  }

  private left(participant: number): void {
    this.people.delete(participant);
    this.stirred.delete(participant);
    this.proposals.left(participant);
    if (this.following === participant) this.stopFollowing("stay");
    if (this.summons?.participant === participant) this.answerSummons(false);
    this.tell("people", "presence", "suggestions");
  }

  private failed(error: RoomError): void {
    if (error.code === "client_id_taken" && this.link !== "online") {
      void this.startOver(null);
    } else if (error.seq !== undefined && error.seq !== null) {
      void this.startOver({ reason: `The room did not take your last edit: ${error.message}.`, document: error.document ?? null });
    } else {
      this.notify({ text: `${error.message}.` });
      if (FINAL.has(error.code)) this.connection?.stop();
    }
  }

  /** Goes on under another client id, without what the room did not take. With a reason, the text that has it goes to the notice. */
  private async startOver(refused: { reason: string; document: string | null } | null): Promise<void> {
    this.connection?.stop();
    const text = this.replicas.get(refused?.document ?? this.shown ?? "")?.text.toString() ?? "";
    this.wished = this.home;
    const journal = await this.outbox.journal.replace();
    this.outbox = new Outbox(journal, (message) => this.send(message), () => this.tell("progress"));
    await this.load();
    this.tell("shown", "documents");
    if (refused !== null) this.notify({ text: refused.reason, kept: text });
    this.connect();
  }
}
