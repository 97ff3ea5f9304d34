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
// y-monaco leaves the look of the others' cursors to the page.
const look = new CSSStyleSheet();
look.replaceSync(".yRemoteSelection { background: #ee635255 } .yRemoteSelectionHead { position: absolute; border-left: 2px solid #ee6352; height: 100% }");
document.adoptedStyleSheets = [look];
const host = document.getElementById("editor");
host.style.height = "400px";
const editor = monaco.editor.create(host, { value: "", language: "plaintext" });
window.binding = new MonacoBinding(window.text, editor.getModel(), new Set([editor]), window.provider.awareness);
