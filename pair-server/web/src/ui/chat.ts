// The chat. Knows the room.
import type { Room } from "../room/room";
import { announce, element } from "./elements";

/** The messages and the field below them. `unread` says how many came while nobody could see them. */
export function chatPanel(room: Room): HTMLElement {
  const list = element("ol", { class: "messages", "aria-label": "Messages", tabindex: "0" });
  const field = element("input", {
    id: "chat", type: "text", autocomplete: "off", maxlength: "2000", placeholder: "Write to the room", "aria-label": "Write to the room",
  });
  const form = element("form", { class: "composer" }, field, element("button", { type: "submit" }, "Send"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text !== "" && room.say(text)) field.value = "";
  });
  let shown = 0;
  const show = (): void => {
    const first = shown === 0;
    if (room.chat.length < shown) shown = 0;
    if (shown === 0) list.replaceChildren();
    const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
    const news = room.chat.slice(shown);
    for (const message of news) {
      const color = message.participant === null ? undefined : room.people.get(message.participant)?.color;
      const name = element("span", { class: "name" }, message.name);
      if (color !== undefined) name.style.setProperty("--peer", color);
      list.append(element("li", {}, name, element("time", {}, time.format(message.atMs)), element("p", {}, message.text)));
    }
    shown = room.chat.length;
    list.scrollTop = list.scrollHeight;
    const last = news.at(-1);
    if (!first && last !== undefined && last.participant !== room.participant) announce(`${last.name}: ${last.text}`);
  };
  room.on(["chat"], () => {
    // A welcome brings the whole history again.
    if (room.chat.length <= shown) shown = 0;
    show();
  });
  show();
  return element("section", { class: "panel chat", "aria-labelledby": "chat-heading" }, element("h2", { id: "chat-heading" }, "Chat"), list, form);
}
