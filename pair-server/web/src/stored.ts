// The browser's small storages: of this browser, and of this tab. Where they are blocked, each use of them throws; here it says false. Knows no keys.

/** `local` is the browser's, `session` the tab's. */
export type Area = "local" | "session";

const areaOf = (area: Area): Storage => (area === "local" ? localStorage : sessionStorage);

/** What is kept under a key; none also where the browser keeps nothing. */
export function stored(area: Area, key: string): string | null {
  try {
    return areaOf(area).getItem(key);
  } catch {
    return null;
  }
}

/** Keeps something; false where the browser does not. */
export function store(area: Area, key: string, value: string): boolean {
  try {
    areaOf(area).setItem(key, value);
    return true;
  } catch {
    return false;
  }
}
