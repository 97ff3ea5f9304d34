// Making elements. Text is always text: nothing from a room is ever read as HTML.

type Child = Node | string | null;

/** An element with attributes and children; attributes that are false or null are left out. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string | boolean | null | (() => void)> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A spot of colour; by a property, because the pages' policy forbids style attributes. */
export function swatch(color: string): HTMLElement {
  const spot = element("span", { class: "swatch", "aria-hidden": "true" });
  spot.style.setProperty("--peer", color);
  return spot;
}

/** Whether a finger is what points here: then there may be no keys to speak of. */
export const byTouch = (): boolean => matchMedia("(pointer: coarse)").matches;

/** Says something to people who hear the page. */
export function announce(text: string): void {
  const announcer = document.getElementById("announcer");
  if (announcer !== null) announcer.textContent = text;
}

/** Copies a text; pages over plain HTTP have no clipboard of their own. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = element("textarea", { class: "visually-hidden", "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}

/** Saves a text as a file. */
export function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1_000);
}

/** Shows a dialog until it is closed. */
export function showDialog(title: string, form: HTMLFormElement): Promise<void> {
  const id = `dialog-${title.replace(/\W+/g, "-").toLowerCase()}`;
  form.prepend(element("h2", { id }, title));
  const dialog = element("dialog", { class: "card", "aria-labelledby": id }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
  });
}

/** Asks for one line of text; null where the person changed their mind. `wrong` says what is wrong with it. */
export async function ask(
  title: string,
  label: string,
  placeholder: string,
  action: string,
  wrong: (text: string) => string | null,
): Promise<string | null> {
  const problem = element("p", { class: "problem", role: "alert", id: "asked-problem" });
  const field = element("input", {
    id: "asked", type: "text", autocomplete: "off", spellcheck: "false", autocapitalize: "off", placeholder, "aria-describedby": "asked-problem",
  });
  const form: HTMLFormElement = element("form", { method: "dialog" }, element("div", { class: "fields" }, element("label", { for: "asked" }, label), field, problem));
  const cancel = element("button", { type: "button", click: () => form.closest("dialog")?.close() }, "Cancel");
  form.append(element("div", { class: "buttons" }, element("button", { type: "submit", class: "primary" }, action), cancel));
  let given: string | null = null;
  form.addEventListener("submit", (event) => {
    const text = field.value.trim();
    problem.textContent = wrong(text) ?? "";
    if (problem.textContent === "") given = text;
    else event.preventDefault();
  });
  await showDialog(title, form);
  return given;
}
