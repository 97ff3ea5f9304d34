// The room protocol's MessagePack codec: messages of messages.ts to frames and back. Knows no connection.
import { decode as unpack, encode as pack } from "@msgpack/msgpack";
import type { ClientMessage, ServerMessage } from "./messages";

/** A message as a binary frame. */
export function encode(message: ClientMessage): Uint8Array<ArrayBuffer> {
  return pack(message, { ignoreUndefined: true });
}

/** The message of a frame. Its type may be one that this client does not know, which it then skips. */
export function decode(frame: ArrayBuffer): ServerMessage {
  return unpack(new Uint8Array(frame)) as ServerMessage;
}
