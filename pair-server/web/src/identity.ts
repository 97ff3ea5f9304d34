// Who sits here: name and colour, kept in this browser for the next room. Knows no room.

import { store, stored } from "./stored";

/** A display name and a colour as `#rrggbb`. */
export interface Identity {
  name: string;
  color: string;
}

/** Colours that can be told apart on dark and on light, the same as the server gives. */
export const COLORS = ["#e06c75", "#61afef", "#98c379", "#c678dd", "#d19a66", "#56b6c2", "#e5c07b", "#ff79c6"];

const KEY = "pair.identity";

/** What was kept; none at the first visit, or where the browser keeps nothing. */
export function keptIdentity(): Identity | null {
  try {
    const kept: unknown = JSON.parse(stored("local", KEY) ?? "null");
    if (typeof kept === "object" && kept !== null && "name" in kept && "color" in kept) {
      const { name, color } = kept;
      if (typeof name === "string" && name !== "" && typeof color === "string" && /^#[0-9a-f]{6}$/i.test(color)) {
        return { name, color };
      }
    }
  } catch {
    // Somebody else wrote there; the next visit finds what this one keeps.
  }
  return null;
}

/** Keeps it for the next room. */
export function keepIdentity(identity: Identity): void {
  store("local", KEY, JSON.stringify(identity));
}

/** Any of the colours. */
export function anyColor(): string {
  return COLORS[Math.floor(Math.random() * COLORS.length)] ?? "#61afef";
}
