// The first page: make a room or go into one. Knows how rooms are made, nothing of what happens in them.
import { LANGUAGES } from "../editor/languages";
import { keepIdentity, keptIdentity } from "../identity";
import { store } from "../stored";
import { element } from "../ui/elements";
import { identityFields } from "../ui/identity-form";
import { tokenKey } from "./room";

/** The room that somebody means by an id, a link to a page, or a link for the terminal. */
export function roomIn(text: string): string | null {
  const last = text.trim().replace(/[?#].*$/, "").replace(/\/+$/, "").split("/").pop() ?? "";
  return /^[A-Za-z0-9_-]{1,64}$/.test(last) ? last : null;
}

/** Shows the page. */
export function showStart(app: HTMLElement): void {
  document.title = "pair";
  const identity = identityFields(keptIdentity());
  const language = element(
    "select",
    { id: "language", name: "language" },
    ...LANGUAGES.map(({ name }) => element("option", { value: name, selected: name === "python" }, name)),
  );
  const problem = element("p", { class: "problem", role: "alert" });
  const link = element("input", {
    id: "room", name: "room", type: "text", autocomplete: "off", spellcheck: "false", placeholder: "brave-otter-7f3k-9m2q-8xt",
  });
  const enter = (room: string, token?: string): void => {
    keepIdentity(identity.value());
    location.assign(`/room/${room}${token === undefined ? "" : `?token=${encodeURIComponent(token)}`}`);
  };
  const form = element(
    "form",
    { class: "card" },
    identity.element,
    element(
      "div",
      { class: "ways" },
      element(
        "section",
        { "aria-labelledby": "new-room" },
        element("h2", { id: "new-room" }, "New room"),
        element("label", { for: "language" }, "Language"),
        language,
        element("button", { type: "submit", value: "create", class: "primary" }, "Create a room"),
      ),
      element(
        "section",
        { "aria-labelledby": "known-room" },
        element("h2", { id: "known-room" }, "A room that is there"),
        element("label", { for: "room" }, "Room or link"),
        link,
        element("button", { type: "submit", value: "join" }, "Join"),
      ),
    ),
    problem,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    problem.textContent = "";
    // Enter in the field of the room means that room, whatever button comes first.
    const join = event.submitter?.getAttribute("value") === "join" || (link.value !== "" && document.activeElement === link);
    if (!join) return void create(language.value, enter, problem);
    const room = roomIn(link.value);
    if (room !== null) return enter(room);
    problem.textContent = "That is no room. Paste the link that you were sent, or the room's name.";
    link.focus();
  });
  app.replaceChildren(
    element(
      "main",
      { class: "start" },
      element("h1", {}, element("span", { class: "logo", "aria-hidden": "true" }), "pair"),
      element("p", { class: "lead" }, "One text, many cursors: in the browser and in the terminal."),
      form,
    ),
  );
}

async function create(language: string, enter: (room: string, token?: string) => void, problem: HTMLElement): Promise<void> {
  try {
    const answer = await fetch("/rooms", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ language }),
    });
    const made: unknown = await answer.json();
    if (answer.ok && typeof made === "object" && made !== null && "roomId" in made && typeof made.roomId === "string") {
      const token = "ownerToken" in made && typeof made.ownerToken === "string" ? made.ownerToken : undefined;
      return enter(made.roomId, token === undefined || store("session", tokenKey(made.roomId), token) ? undefined : token);
    }
    problem.textContent = `The server could not make a room (${answer.status}). Try again in a moment.`;
  } catch {
    problem.textContent = "The server can't be reached. Try again in a moment.";
  }
}
