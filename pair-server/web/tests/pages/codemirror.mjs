// What the README of y-codemirror.next shows, over y-websocket.
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { yCollab } from "y-codemirror.next";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

const address = new URLSearchParams(location.search);
const doc = new Y.Doc();
window.text = doc.getText("code");
window.provider = new WebsocketProvider(address.get("server"), address.get("room"), doc, { disableBc: true });
window.provider.awareness.setLocalStateField("user", { name: address.get("name"), color: "#30bced", colorLight: "#30bced33" });
window.provider.once("sync", () => {
  const state = EditorState.create({ doc: window.text.toString(), extensions: [yCollab(window.text, window.provider.awareness)] });
  window.view = new EditorView({ state, parent: document.getElementById("editor") });
});
