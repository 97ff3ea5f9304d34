// The chat. Knows the room.
import { CHAT_BYTES, type ChatMessage } from "../protocol/messages";
import type { Room } from "../room/room";
import { announce, element } from "./elements";

/** The messages and the field below them. */
export class Chat {
  readonly element: HTMLElement;
  private readonly list = element("ol", { class: "messages", "aria-label": "Messages", tabindex: "0" });
  private readonly field = element("input", {
    id: "chat", type: "text", autocomplete: "off", maxlength: "2000", placeholder: "Write to the room", "aria-label": "Write to the room",
  });
  private readonly send = element("button", { type: "submit" }, "Send");
  private readonly time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  /** Those of the room's messages that are in the list; a welcome brings others, or the same again. */
  private shown: ChatMessage[] = [];
  private unread = 0;

  /** `unread` hears how many messages came while nobody could see them. */
  constructor(
    private readonly room: Room,
    private readonly onUnread: (count: number) => void,
  ) {
    const form = element("form", { class: "composer" }, this.field, this.send);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.say();
    });
    const heading = element("h2", { id: "chat-heading" }, "Chat");
    this.element = element("section", { class: "panel chat", "aria-labelledby": "chat-heading" }, heading, this.list, form);
    room.on(["chat"], () => this.show());
    room.on(["link"], () => (this.send.disabled = room.link !== "online"));
    document.addEventListener("visibilitychange", () => this.seen());
    this.show();
  }

  /** Somebody may see the messages now. */
  seen(): void {
    if (!this.canBeSeen || this.unread === 0) return;
    this.unread = 0;
    this.onUnread(0);
    this.list.scrollTop = this.list.scrollHeight;
  }

  private get canBeSeen(): boolean {
    return document.visibilityState === "visible" && this.list.offsetParent !== null;
  }

  private say(): void {
    const text = this.field.value.trim();
    const most = this.room.limits?.chatBytes ?? CHAT_BYTES;
    if (new TextEncoder().encode(text).length > most) {
      this.room.onNotice({ text: `A message has at most ${most} bytes. Send it in parts.` });
    } else if (text !== "" && this.room.say(text)) {
      this.field.value = "";
    }
  }

  private show(): void {
    const { chat } = this.room;
    const same = (one: ChatMessage, other: ChatMessage | undefined): boolean => one.atMs === other?.atMs && one.name === other.name && one.text === other.text;
    const grown = this.shown.every((message, at) => same(message, chat[at]));
    if (!grown) this.list.replaceChildren();
    // The history of a welcome is news only beyond what was known before.
    const last = this.shown.at(-1);
    const first = this.shown.length === 0 && chat.every((message) => message.participant === null);
    const known = grown ? this.shown.length : chat.findLastIndex((message) => same(message, last)) + 1;
    for (const message of chat.slice(grown ? known : 0)) this.list.append(this.row(message));
    this.shown = [...chat];
    this.list.scrollTop = this.list.scrollHeight;
    if (first) return;
    const news = chat.slice(known).filter((message) => message.participant === null || message.participant !== this.room.participant);
    const newest = news.at(-1);
    if (newest === undefined) return;
    announce(`${newest.name}: ${newest.text}`);
    if (this.canBeSeen) return;
    this.unread += news.length;
    this.onUnread(this.unread);
  }

  private row(message: ChatMessage): HTMLElement {
    const color = message.participant === null ? undefined : this.room.people.get(message.participant)?.color;
    const name = element("span", { class: "name" }, message.name);
    if (color !== undefined) name.style.setProperty("--peer", color);
    return element("li", {}, name, element("time", {}, this.time.format(message.atMs)), element("p", {}, message.text));
  }
}
