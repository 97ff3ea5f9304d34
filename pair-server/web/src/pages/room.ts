// The page of a room: the text, the people, suggestions, chat, and the line that says how all of it is. Puts them together.
import { Editor } from "../editor/editor";
import { LANGUAGES, languageNamed } from "../editor/languages";
import { keepIdentity, keptIdentity, type Identity } from "../identity";
import { Room } from "../room/room";
import { chatPanel } from "../ui/chat";
import { announce, copy, download, element } from "../ui/elements";
import { identityFields } from "../ui/identity-form";
import { People } from "../ui/people";
import { statusBar } from "../ui/status";
import { suggestionsPanel } from "../ui/suggestions";

/** Shows the room; asks for a name before, where none is known. */
export async function showRoom(app: HTMLElement, id: string): Promise<void> {
  document.title = `${id} · pair`;
  const identity = keptIdentity();
  if (identity === null) {
    const joined = await askForIdentity(app, `Join ${id}`, "Join", null);
    if (joined !== null) await enter(app, id, joined);
  } else {
    await enter(app, id, identity);
  }
}

async function enter(app: HTMLElement, id: string, identity: Identity): Promise<void> {
  const address = new URL(location.href);
  const token = address.searchParams.get("token") ?? sessionStorage.getItem(`pair.token.${id}`);
  if (address.searchParams.has("token")) {
    // Whoever looks over a shoulder or copies the address gets no rights by it.
    sessionStorage.setItem(`pair.token.${id}`, token ?? "");
    history.replaceState(null, "", address.pathname);
  }
  const room = await Room.open(id, identity, token);
  const host = element("div", { class: "editor" });
  let people: People | null = null;
  const editor = new Editor(host, room, { suggest: () => room.suggest(editor.cursor), moved: () => people?.stop() });
  people = new People(room, (at) => editor.reveal(at));
  const status = statusBar(room, () => editor.place);
  const suggestions = suggestionsPanel(room, {
    ask: () => room.suggest(editor.cursor),
    accepted: (end) => {
      editor.moveTo(end);
      editor.focus();
    },
  });
  const side = element("aside", { class: "side", id: "side", "aria-label": "Room" }, people.element, suggestions, chatPanel(room));
  const notices = element("div", { class: "notices", role: "alert" });
  room.onNotice = ({ text, kept }) => showNotice(notices, text, kept, id);
  const page = element("div", { class: "room" });
  page.append(
    header(room, id, page, app),
    element("main", { class: "text", "aria-label": "Shared text" }, host),
    side,
    status.element,
    notices,
  );
  app.replaceChildren(page);
  host.addEventListener("keyup", status.refresh);
  host.addEventListener("pointerup", status.refresh);
  status.refresh();
  room.connect();
  editor.focus();
}

function header(room: Room, id: string, page: HTMLElement, app: HTMLElement): HTMLElement {
  const language: HTMLSelectElement = element(
    "select",
    { "aria-label": "Language", title: "Language", change: () => room.setLanguage(language.value) },
    ...LANGUAGES.map(({ name }) => element("option", { value: name }, name)),
  );
  const showLanguage = (): void => {
    if (![...language.options].some((option) => option.value === room.language)) {
      language.append(element("option", { value: room.language }, room.language));
    }
    language.value = room.language;
    language.disabled = !room.mayEdit || room.link !== "online";
  };
  room.on(["language", "people", "link"], showLanguage);
  showLanguage();
  const link = element("button", { type: "button", title: "Copy the link to this room" }, "Copy link");
  link.addEventListener("click", () => {
    void copy(`${location.origin}/room/${id}`).then((copied) => {
      link.textContent = copied ? "Copied" : "Copy the address";
      announce(copied ? "Link copied" : "Copy the link from the address bar");
      setTimeout(() => (link.textContent = "Copy link"), 2_000);
    });
  });
  const save = element("button", { type: "button", title: "Save the text as a file" }, "Download");
  save.addEventListener("click", () => download(fileName(room, id), room.replica.text.toString()));
  const me = element("button", { type: "button", title: "Your name and colour" }, "You");
  me.addEventListener("click", () => {
    void askForIdentity(app, "You", "Save", keptIdentity()).then((identity) => {
      if (identity !== null) room.rename(identity);
      me.focus();
    });
  });
  const toggle = element("button", { type: "button", class: "toggle", "aria-controls": "side", "aria-expanded": "false" }, "Room");
  toggle.addEventListener("click", () => {
    const open = page.classList.toggle("side-open");
    toggle.setAttribute("aria-expanded", String(open));
    toggle.textContent = open ? "Text" : "Room";
  });
  return element(
    "header",
    { class: "bar" },
    element("a", { href: "/", class: "home", "aria-label": "pair, all rooms" }, element("span", { class: "logo", "aria-hidden": "true" }), "pair"),
    element("h1", { class: "room-id" }, id),
    element("span", { class: "spacer" }),
    language,
    link,
    save,
    me,
    toggle,
  );
}

function fileName(room: Room, id: string): string {
  const path = room.replica.document?.split("/").pop() ?? "main";
  return path.includes(".") ? path : `${path === "main" ? id : path}.${languageNamed(room.language).file}`;
}

function showNotice(notices: HTMLElement, text: string, kept: string | undefined, id: string): void {
  const notice = element("div", { class: "notice" }, element("p", {}, text));
  if (kept !== undefined) {
    notice.append(element("button", { type: "button", class: "small", click: () => download(`${id}-mine.txt`, kept) }, "Download your text"));
  }
  notice.append(element("button", { type: "button", class: "small", click: () => notice.remove() }, "Close"));
  notices.append(notice);
  if (kept === undefined) setTimeout(() => notice.remove(), 8_000);
}

/** Asks for a name and a colour; none where the person changed their mind. */
function askForIdentity(app: HTMLElement, title: string, action: string, known: Identity | null): Promise<Identity | null> {
  const fields = identityFields(known);
  const form = element("form", { method: "dialog" }, element("h2", { id: "identity-title" }, title), fields.element);
  form.append(element("div", { class: "buttons" }, element("button", { type: "submit", class: "primary" }, action)));
  const dialog = element("dialog", { class: "card", "aria-labelledby": "identity-title" }, form);
  document.body.append(dialog);
  if (known === null) app.replaceChildren(element("main", { class: "start", "aria-label": "pair" }));
  dialog.showModal();
  return new Promise((resolve) => {
    let chosen: Identity | null = null;
    form.addEventListener("submit", () => {
      chosen = fields.value();
      keepIdentity(chosen);
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (chosen === null && known === null) location.assign("/");
      resolve(chosen);
    });
  });
}
