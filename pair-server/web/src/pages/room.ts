// The page of a room: the documents, the people, suggestions, chat, and the line that says how all of it is. Puts them together.
import { Editor } from "../editor/editor";
import { keepIdentity, keptIdentity, type Identity } from "../identity";
import { Room } from "../room/room";
import { store, stored } from "../stored";
import { Bar } from "../ui/bar";
import { Chat } from "../ui/chat";
import { documentsBar } from "../ui/documents";
import { element, showDialog } from "../ui/elements";
import { identityFields } from "../ui/identity-form";
import { noticesOf } from "../ui/notices";
import { People } from "../ui/people";
import { statusBar } from "../ui/status";
import { suggestionsPanel } from "../ui/suggestions";
import { touchBar } from "../ui/touch-bar";

/** Shows the room; asks for a name before, where none is known. */
export async function showRoom(app: HTMLElement, id: string): Promise<void> {
  document.title = `${id} · pair`;
  let identity = keptIdentity();
  if (identity === null) {
    app.replaceChildren(element("main", { class: "start", "aria-label": "pair" }));
    identity = await askForIdentity(`Join ${id}`, "Join", null);
    if (identity === null) return location.assign("/");
  }
  await enter(app, id, identity);
}

async function enter(app: HTMLElement, id: string, identity: Identity): Promise<void> {
  const room = await Room.open(id, identity, takeToken(id), documentInAddress());
  const host = element("div", { class: "editor" });
  const status = statusBar(room, () => editor.place);
  const editor: Editor = new Editor(host, room, {
    moved: () => {
      status.refresh();
      touch.refresh();
    },
  });
  const touch = touchBar(room, {
    ask: () => room.proposals.ask(editor.cursor),
    take: () => void editor.accept(),
    dismiss: () => void editor.dismiss(),
    here: () => editor.suggestionHere?.participant ?? null,
  });
  const notices = noticesOf(room);
  const call = (): void => {
    const others = room.people.size - 1;
    if (others < 1) return notices.show({ text: "There is nobody to ask yet. Copy the link and send it to a friend." });
    if (room.summon(editor.cursor)) notices.show({ text: others === 1 ? "You asked the other one to come here." : "You asked the others to come here." });
  };
  const showAs = (...seen: Parameters<Editor["showAs"]>): void => editor.showAs(...seen);
  const suggestions = suggestionsPanel(room, {
    ask: () => room.proposals.ask(editor.cursor),
    accepted: (path, end) => {
      if (path !== room.replica?.path) return;
      editor.moveTo(end);
      editor.focus();
    },
  });
  const page = element("div", { class: "room" });
  const bar = new Bar(room, {
    rename: async () => {
      const changed = await askForIdentity("You", "Save", room.me ?? keptIdentity(), room.takenColors);
      if (changed !== null) room.rename(changed);
    },
    pane: (open) => {
      page.classList.toggle("side-open", open);
      chat.seen();
    },
  });
  const chat = new Chat(room, (unread) => {
    bar.setUnread(unread);
    document.title = `${unread > 0 ? `(${unread}) ` : ""}${id} · pair`;
  });
  const documents = documentsBar(room, () => {
    bar.setPane(false);
    editor.focus();
  });
  page.append(
    bar.element,
    element("main", { class: "text", "aria-label": "Shared text" }, documents, followingBar(room, editor), host, touch.element),
    element("aside", { class: "side", id: "side", "aria-label": "Room" }, new People(room, { call, showAs }).element, suggestions, chat.element),
    status.element,
    notices.element,
  );
  app.replaceChildren(page);
  keepDocumentInAddress(room);
  window.addEventListener("beforeunload", (event) => {
    if (room.atRisk) event.preventDefault();
  });
  page.addEventListener("keydown", (event) => {
    if (event.key === "F9") call();
    else if (event.key === "F8") room.answerSummons(true);
    else if (event.key === "Escape" && room.following !== null && !event.defaultPrevented) room.stopFollowing("stay");
    else return;
    event.preventDefault();
  });
  status.refresh();
  touch.refresh();
  room.connect();
  editor.focus();
}

/** Whose screen this is while somebody is followed, and the way out. */
function followingBar(room: Room, editor: Editor): HTMLElement {
  const words = element("span");
  const stop = (): void => {
    room.stopFollowing("stay");
    editor.focus();
  };
  const bar = element("div", { class: "following", hidden: true }, words, element("button", { type: "button", class: "small", title: "Escape", click: stop }, "Stop"));
  const show = (): void => {
    const person = room.following === null ? undefined : room.people.get(room.following);
    bar.hidden = person === undefined;
    words.textContent = person === undefined ? "" : `You see what ${person.name} sees.${room.visiting ? " A key takes you back to your own text." : ""}`;
    if (person !== undefined) bar.style.setProperty("--peer", person.color);
  };
  room.on(["people", "shown"], show);
  return bar;
}

/** Under which a room's access token is kept in this tab. */
export const tokenKey = (id: string): string => `pair.token.${id}`;

/** The access token of the room: whoever looks over a shoulder or copies the address gets no rights by it. */
function takeToken(id: string): string | null {
  const address = new URL(location.href);
  const given = address.searchParams.get("token");
  if (given === null) return stored("session", tokenKey(id));
  // Where the browser keeps nothing, a reload finds it in the address.
  if (store("session", tokenKey(id), given)) history.replaceState(null, "", address.pathname + address.hash);
  return given;
}

/** The document that the address names behind `#`. */
function documentInAddress(): string | null {
  try {
    return decodeURIComponent(location.hash.slice(1)) || null;
  } catch {
    return null;
  }
}

/** A reload shows the same document, and a link may lead to one. */
function keepDocumentInAddress(room: Room): void {
  room.on(["shown"], () => {
    const { replica } = room;
    if (replica === null || room.visiting) return;
    const isDefault = replica.path === room.replicas.keys().next().value;
    history.replaceState(null, "", location.pathname + location.search + (isDefault ? "" : `#${encodeURI(replica.path)}`));
  });
  window.addEventListener("hashchange", () => room.show(documentInAddress() ?? ""));
}

/** Asks for a name and a colour; none where the person changed their mind. */
async function askForIdentity(title: string, action: string, known: Identity | null, taken?: Map<string, string>): Promise<Identity | null> {
  const fields = identityFields(known, taken);
  const form = element("form", { method: "dialog" }, fields.element);
  form.append(element("div", { class: "buttons" }, element("button", { type: "submit", class: "primary" }, action)));
  let chosen: Identity | null = null;
  form.addEventListener("submit", () => {
    chosen = fields.value();
    keepIdentity(chosen);
  });
  await showDialog(title, form);
  return chosen;
}
