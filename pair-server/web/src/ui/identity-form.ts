// The fields for a name and a colour. Knows no room.
import { COLORS, anyColor, type Identity } from "../identity";
import { element } from "./elements";

/** The fields, and what they hold. */
export interface IdentityFields {
  element: HTMLElement;
  value(): Identity;
}

const COLOR_NAMES = ["Red", "Blue", "Green", "Purple", "Orange", "Teal", "Yellow", "Pink"];

/** `taken`: colours that somebody else has, and who. */
export function identityFields(identity: Identity | null, taken: ReadonlyMap<string, string> = new Map()): IdentityFields {
  const name = element("input", {
    id: "name", name: "name", type: "text", maxlength: "64", required: true, autocomplete: "nickname", value: identity?.name ?? "",
    placeholder: "Ada",
  });
  const chosen = identity?.color.toLowerCase() ?? anyColor();
  const colors = COLORS.includes(chosen) ? COLORS : [chosen, ...COLORS];
  const choices = colors.map((color) => {
    const name = COLOR_NAMES[COLORS.indexOf(color)] ?? "Your own colour";
    const owner = color === chosen ? undefined : taken.get(color);
    const label = owner === undefined ? name : `${name}: ${owner} has it`;
    const input = element("input", { type: "radio", name: "color", value: color, "aria-label": label, title: label, disabled: owner !== undefined });
    input.checked = color === chosen;
    const choice = element("label", { class: "color" }, input, element("span", { "aria-hidden": "true" }));
    choice.style.setProperty("--peer", color);
    return { choice, input };
  });
  const fields = element(
    "div",
    { class: "fields" },
    element("label", { for: "name" }, "Your name"),
    name,
    element(
      "fieldset",
      { class: "colors" },
      element("legend", {}, "Your colour"),
      element("div", { class: "choices" }, ...choices.map(({ choice }) => choice)),
    ),
  );
  const value = (): Identity => ({
    name: name.value.trim(),
    color: choices.find(({ input }) => input.checked)?.input.value ?? chosen,
  });
  return { element: fields, value };
}
