// The WebSocket to a room: opened, found dead where it is silent, opened again after it was lost. Knows frames, and of messages only that the
// first one says hello, that pings ask for a sign of life, and that `closing` says when to come back.
import { decode, encode } from "../protocol/codec";
import { SUBPROTOCOL, type ClientMessage, type ServerMessage } from "../protocol/messages";
import { Backoff } from "./backoff";

/** How the connection is. */
export type Link = "connecting" | "online" | "offline";

/** How often is looked whether the connection lives. */
const LOOK_MS = 1_000;

/** A ping goes out this often; one without an answer, or anything else, for this long means that the connection is dead. Together they
 * leave time to come back within the 25 s in which the server takes a participant for the same one. */
const PING_MS = 5_000;
const ANSWER_MS = 8_000;

/** How long a welcome may take. It is one message, of which a page sees nothing until all of it is there, so that after each try that took
 * too long the next one may take longer. */
const WELCOME_MS = 10_000;
const LONGEST_WELCOME_MS = 80_000;

/** Tries that somebody asks for, by a key for instance, are at least this far apart. */
const TRY_PAUSE_MS = 1_000;

/** What a connection tells. */
export interface ConnectionEvents {
  /** The first message on each connection. */
  hello(): ClientMessage;
  message(message: ServerMessage): void;
  link(link: Link): void;
  roundTrip(milliseconds: number): void;
}

/** A connection that comes back by itself until it is stopped. */
export class Connection {
  private socket: WebSocket | null = null;
  private timer: number | undefined;
  private watch: number | undefined;
  private readonly backoff = new Backoff();
  private stopped = false;
  private openedAt = 0;
  private welcomedAt: number | null = null;
  private welcomeMs = WELCOME_MS;
  /** No try before this time. */
  private notBefore = 0;
  private retryAfterMs = 0;
  private lookedAt = 0;
  private ping = { nonce: 0, sentAt: 0, at: 0, waits: false, forgiven: false };
  /** Bytes on their way out when that was last looked at. */
  private leaving = 0;
  private readonly listeners: [EventTarget, string, () => void][];

  constructor(
    private readonly address: string,
    private readonly events: ConnectionEvents,
  ) {
    const now = (): void => this.tryNow();
    this.listeners = [
      [window, "online", now],
      [window, "keydown", now],
      [window, "pointerdown", now],
      [document, "visibilitychange", () => this.seen()],
      [window, "offline", () => this.lost()],
      [window, "pagehide", () => this.leave()],
    ];
    for (const [target, event, listener] of this.listeners) target.addEventListener(event, listener, true);
    this.open();
  }

  /** Sends a message; false where there is no connection, and it is lost. */
  send(message: ClientMessage): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(encode(message));
    return true;
  }

  /** The welcome came, and is good. */
  welcomed(): void {
    this.events.link("online");
  }

  /** Closes, and opens anew at once. */
  restart(): void {
    this.drop();
    this.open();
  }

  /** Closes for good. */
  stop(): void {
    this.stopped = true;
    window.clearTimeout(this.timer);
    this.leave();
    this.drop();
    for (const [target, event, listener] of this.listeners) target.removeEventListener(event, listener, true);
    this.events.link("offline");
  }

  private leave(): void {
    this.send({ type: "leave" });
  }

  /** Somebody is here, or the network is: no reason to wait any longer. */
  private tryNow(): void {
    if (this.socket !== null || this.stopped) return;
    const pause = this.notBefore - performance.now();
    if (pause <= 0) return this.open();
    this.openIn(pause);
  }

  /** Somebody looks at the page again, which may have slept for hours. */
  private seen(): void {
    if (document.visibilityState !== "visible") return;
    if (this.socket === null) this.tryNow();
    else if (this.welcomedAt !== null && !this.ping.waits) this.askForSignOfLife();
  }

  private lost(): void {
    const held = this.welcomedAt === null ? 0 : performance.now() - this.welcomedAt;
    this.drop();
    if (this.stopped) return;
    this.events.link("offline");
    this.openIn(this.backoff.next(Math.random(), held, this.retryAfterMs));
    this.notBefore = Math.max(this.openedAt + TRY_PAUSE_MS, performance.now() + this.retryAfterMs);
    this.retryAfterMs = 0;
  }

  private openIn(pause: number): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.open(), pause);
  }

  private open(): void {
    window.clearTimeout(this.timer);
    this.events.link("connecting");
    const socket = new WebSocket(this.address, [SUBPROTOCOL]);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.openedAt = this.lookedAt = performance.now();
    this.welcomedAt = null;
    this.ping.waits = false;
    this.leaving = 0;
    this.watch = window.setInterval(() => this.look(), LOOK_MS);
    socket.onopen = () => socket.send(encode(this.events.hello()));
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) => this.hear(decode(event.data));
    socket.onclose = () => this.lost();
  }

  private hear(message: ServerMessage): void {
    this.ping.waits = false;
    if (message.type === "pong" && message.nonce === this.ping.nonce) {
      this.events.roundTrip(performance.now() - this.ping.sentAt);
    } else if (message.type === "closing" && typeof message.retryAfterMs === "number") {
      this.retryAfterMs = Math.max(message.retryAfterMs, 50);
    } else if (message.type === "welcome") {
      this.welcomedAt = performance.now();
      this.welcomeMs = WELCOME_MS;
      this.askForSignOfLife();
    }
    this.events.message(message);
  }

  /** Whether the connection lives. */
  private look(): void {
    const now = performance.now();
    // A page that slept, or that the browser holds back because nobody sees it, has not read what came meanwhile: its silence counts for nothing.
    const slept = now - this.lookedAt > 3 * LOOK_MS;
    this.lookedAt = now;
    const leaving = this.socket?.bufferedAmount ?? 0;
    const moves = leaving < this.leaving;
    this.leaving = leaving;
    if (this.welcomedAt === null) {
      if (moves || slept) this.openedAt = now;
      if (now - this.openedAt < this.welcomeMs) return;
      this.welcomeMs = Math.min(2 * this.welcomeMs, LONGEST_WELCOME_MS);
      this.lost();
    } else if (!this.ping.waits) {
      if (now - this.ping.sentAt >= PING_MS) this.askForSignOfLife();
    } else if (moves || (slept && !this.ping.forgiven)) {
      // What goes out piece by piece is read by somebody.
      this.ping.at = now;
      this.ping.forgiven ||= slept;
    } else if (now - this.ping.at >= ANSWER_MS) {
      this.lost();
    }
  }

  private askForSignOfLife(): void {
    const now = performance.now();
    this.ping = { nonce: Math.floor(Math.random() * 0xffff_ffff), sentAt: now, at: now, waits: true, forgiven: false };
    this.send({ type: "ping", nonce: this.ping.nonce });
  }

  /** Lets go of the socket without waiting for it. */
  private drop(): void {
    window.clearInterval(this.watch);
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
