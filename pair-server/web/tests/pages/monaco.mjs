// What the README of y-monaco shows, over y-websocket.
import * as monaco from "monaco-editor/esm/vs/editor/editor.api.js";
import { MonacoBinding } from "y-monaco";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

const address = new URLSearchParams(location.search);
const doc = new Y.Doc();
window.text = doc.getText("code");
window.provider = new WebsocketProvider(address.get("server"), address.get("room"), doc, { disableBc: true });
window.provider.awareness.setLocalStateField("user", { name: address.get("name"), color: "#ee6352" });
const host = document.getElementById("editor");
host.style.height = "400px";
const editor = monaco.editor.create(host, { value: "", language: "plaintext" });
window.binding = new MonacoBinding(window.text, editor.getModel(), new Set([editor]), window.provider.awareness);
