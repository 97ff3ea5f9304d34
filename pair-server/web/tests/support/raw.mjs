// A client of the room protocol without a text: it says and hears messages. Knows no page.
import { decode, encode } from "@msgpack/msgpack";
import { WebSocket } from "ws";
import { until } from "./processes.mjs";

export class RawClient {
  static async join(server, room, name) {
    const client = new RawClient();
    client.heard = [];
    client.socket = new WebSocket(`${server.url.replace("http", "ws")}/ws/${room}`, ["pair.v1.msgpack"]);
    client.socket.on("message", (frame) => client.heard.push(decode(frame)));
    await new Promise((resolve, reject) => client.socket.once("open", resolve).once("error", reject));
    const clientId = Math.floor(Math.random() * 2 ** 31) + 1;
    client.send({
      type: "hello", version: 1, minVersion: null, client: "raw", name, color: null, token: null, clientId,
      clientSecret: clientId.toString(16).padStart(32, "0"), documents: [],
    });
    client.participant = (await client.hears("welcome")).participant;
    return client;
  }

  send(message) {
    this.socket.send(encode(message, { ignoreUndefined: true }));
  }

  /** The first message of a type, now or later. */
  hears(type) {
    return until(`${type} at the raw client`, () => this.heard.find((message) => message.type === type));
  }

  stop() {
    this.socket.terminate();
  }
}
