// What a person should read now: notices of the room, and somebody who asks to come along. Takes the keyboard from nobody. Knows the room.
import type { Notice, Room } from "../room/room";
import { announce, download, element } from "./elements";

/** A notice without a text to keep goes away after this time. */
const NOTICE_MS = 8_000;

/** The place for them. */
export function noticesOf(room: Room): { element: HTMLElement; show(notice: Notice): void } {
  const notices = element("div", { class: "notices" });
  const show = ({ text, kept }: Notice): void => {
    const notice = element("div", { class: "notice", role: "alert" }, element("p", {}, text));
    if (kept !== undefined) {
      notice.append(element("button", { type: "button", class: "small", click: () => download(`${room.id}-mine.txt`, kept) }, "Download your text"));
    }
    notice.append(element("button", { type: "button", class: "small", click: () => notice.remove() }, "Close"));
    notices.append(notice);
    if (kept === undefined) setTimeout(() => notice.remove(), NOTICE_MS);
  };
  room.onNotice = show;
  let summons: HTMLElement | null = null;
  room.on(["summons"], () => {
    summons?.remove();
    summons = room.summons === null ? null : summonsNotice(room);
    if (summons !== null) notices.append(summons);
  });
  return { element: notices, show };
}

function summonsNotice(room: Room): HTMLElement {
  const { summons } = room;
  const who = (summons === null ? undefined : room.people.get(summons.participant))?.name ?? "Somebody";
  const where = summons === null || summons.document === room.replica?.path ? "" : ` to ${summons.document}`;
  const text = `${who} asks you to come${where}.`;
  announce(`${text} F8 goes along.`);
  return element(
    "div",
    { class: "notice" },
    element("p", {}, text),
    element("button", { type: "button", class: "primary small", title: "F8", click: () => room.answerSummons(true) }, "Go along"),
    element("button", { type: "button", class: "small", click: () => room.answerSummons(false) }, "Not now"),
  );
}
