// Which page an address shows.
import "./styles.css";
import { showRoom } from "./pages/room";
import { roomIn, showStart } from "./pages/start";

const app = document.getElementById("app");
if (app !== null) {
  const [, first, second] = location.pathname.split("/");
  const room = first === "room" || first === "rooms" ? roomIn(decodeURIComponent(second ?? "")) : null;
  if (room === null) showStart(app);
  else void showRoom(app, room);
}
