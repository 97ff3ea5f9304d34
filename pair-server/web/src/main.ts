// Which page an address shows.
import "./styles.css";
import { showProblem } from "./pages/problem";
import { showRoom } from "./pages/room";
import { roomIn, showStart } from "./pages/start";

/** A part of the address as it is meant; none where it can't be read. */
function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

async function show(app: HTMLElement): Promise<void> {
  const [, first, second = ""] = location.pathname.split("/");
  if ((first !== "room" && first !== "rooms") || second === "") return showStart(app);
  const room = roomIn(decoded(second) ?? "");
  if (room === null) return showProblem(app, "There is no such room", "The name of a room has 1 to 64 letters, digits, “-” and “_”. Look at the link again.");
  await showRoom(app, room);
}

const app = document.getElementById("app");
if (app !== null) {
  show(app).catch((error: unknown) => {
    showProblem(app, "This page did not start", `Load it again; if that does not help, tell whoever runs the server: ${String(error)}`);
  });
}
