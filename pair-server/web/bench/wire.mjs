// A TCP relay that counts: what goes over it is what a WebSocket takes on the wire, without the headers of TCP and IP. Knows no protocol.
import { connect, createServer } from "node:net";

/** A relay to a port of this machine. */
export async function relayTo(port) {
  const relay = { up: 0, down: 0 };
  const sockets = new Set();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket.setNoDelay(true));
      socket.on("error", () => undefined);
      socket.on("close", () => {
        near.destroy();
        far.destroy();
        sockets.delete(socket);
      });
    }
    near.on("data", (bytes) => (relay.up += bytes.length)).pipe(far);
    far.on("data", (bytes) => (relay.down += bytes.length)).pipe(near);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  relay.port = server.address().port;
  relay.close = () => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  };
  return relay;
}
