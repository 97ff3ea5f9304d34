// The WebSocket to a room: opened, opened again after it was lost, with pauses that grow. Knows frames, and of messages only that the
// first one says hello and that `closing` says when to come back.
import { decode, encode } from "../protocol/codec";
import { SUBPROTOCOL, type ClientMessage, type ServerMessage } from "../protocol/messages";

/** How the connection is. */
export type Link = "connecting" | "online" | "offline";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** A connection is taken for dead when nothing came for this long; pings ask for a sign of life before. */
const SILENCE_MS = 25_000;
const PING_MS = 8_000;

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
  private pinger: number | undefined;
  private pause = FIRST_PAUSE_MS;
  private stopped = false;
  private heardAt = 0;
  private ping: { nonce: number; at: number } | null = null;

  constructor(
    private readonly address: string,
    private readonly events: ConnectionEvents,
  ) {
    window.addEventListener("online", this.now);
    window.addEventListener("offline", this.lost);
    window.addEventListener("pagehide", this.leave);
    this.open();
  }

  /** Sends a message; false where there is no connection, and it is lost. */
  send(message: ClientMessage): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(encode(message));
    return true;
  }

  /** The welcome came: the next pause is a short one again. */
  welcomed(): void {
    this.pause = FIRST_PAUSE_MS;
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
    this.leave();
    this.drop();
    window.removeEventListener("online", this.now);
    window.removeEventListener("offline", this.lost);
    window.removeEventListener("pagehide", this.leave);
    this.events.link("offline");
  }

  private readonly leave = (): void => {
    this.send({ type: "leave" });
  };

  private readonly now = (): void => {
    if (this.socket === null && !this.stopped) this.open();
  };

  private readonly lost = (): void => {
    this.drop();
    this.later();
  };

  private open(): void {
    window.clearTimeout(this.timer);
    this.events.link("connecting");
    const socket = new WebSocket(this.address, [SUBPROTOCOL]);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.heardAt = Date.now();
    socket.onopen = () => {
      socket.send(encode(this.events.hello()));
      this.pinger = window.setInterval(() => this.lookAfter(), PING_MS);
    };
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) => this.hear(decode(event.data));
    socket.onclose = () => {
      this.drop();
      this.later();
    };
  }

  private hear(message: ServerMessage): void {
    this.heardAt = Date.now();
    if (message.type === "pong" && message.nonce === this.ping?.nonce) {
      this.events.roundTrip(performance.now() - this.ping.at);
    } else if (message.type === "closing" && message.retryAfterMs !== null) {
      this.pause = Math.max(message.retryAfterMs, 50);
    } else if (message.type === "welcome") {
      this.lookAfter();
    }
    this.events.message(message);
  }

  private lookAfter(): void {
    if (Date.now() - this.heardAt > SILENCE_MS) return this.lost();
    this.ping = { nonce: Math.floor(Math.random() * 0xffff_ffff), at: performance.now() };
    this.send({ type: "ping", nonce: this.ping.nonce });
  }

  /** Lets go of the socket without waiting for it. */
  private drop(): void {
    window.clearInterval(this.pinger);
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private later(): void {
    if (this.stopped) return;
    this.events.link("offline");
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.open(), this.pause * (0.75 + Math.random() / 2));
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }
}
