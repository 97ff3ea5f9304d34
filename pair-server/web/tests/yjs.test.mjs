// Unmodified npm packages as clients of /yjs: y-websocket's provider in node and in Chromium, with y-codemirror.next and with y-monaco. A soak
// of all kinds of clients at once, for a minute; PAIR_WEB_SOAK_SECONDS=600 makes it long.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { servePages } from "./support/pages.mjs";
import { Person } from "./support/person.mjs";
import { Server, Terminal, launchBrowser, screenshot, until } from "./support/processes.mjs";

const START = "# Start collaborating...\n";
const SOAK_MS = 1_000 * Number(process.env.PAIR_WEB_SOAK_SECONDS ?? 60);

let browser, server, pages;
before(async () => {
  [browser, server, pages] = await Promise.all([launchBrowser(), Server.start(), servePages(["codemirror", "monaco"])]);
});
after(async () => {
  await browser?.close();
  pages?.close();
  await server?.stop();
});

/** A node script with a document and a provider. */
function nodeClient(room, doc = new Y.Doc()) {
  const provider = new WebsocketProvider(`${server.url.replace("http", "ws")}/yjs`, room, doc, { WebSocketPolyfill: WebSocket, disableBc: true });
  return { doc, provider, text: doc.getText("code"), stop: () => (provider.destroy(), doc.destroy()) };
}

async function openEditor(kind, room, name) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${pages.url}/${kind}?server=${encodeURIComponent(`${server.url.replace("http", "ws")}/yjs`)}&room=${room}&name=${name}`);
  await page.waitForFunction(() => window.provider?.synced);
  return { page, close: () => context.close(), text: () => page.evaluate(() => window.text.toString()) };
}

test("node scripts with y-websocket share a room, and a restart doubles nothing", async (context) => {
  const [ada, grace] = [nodeClient("node"), nodeClient("node")];
  context.after(() => [ada, grace].forEach((node) => node.stop()));
  await until("both in step", () => ada.provider.synced && grace.provider.synced);
  ada.provider.awareness.setLocalStateField("user", { name: "Ada", color: "#61afef" });
  ada.text.insert(0, "ada ");
  await until("ada's text at grace's", () => grace.text.toString() === `ada ${START}`);
  await until("ada's name at grace's", () => [...grace.provider.awareness.getStates().values()].some((state) => state.user?.name === "Ada"));
  await server.down();
  await until("the loss of the connection", () => !ada.provider.wsconnected && !grace.provider.wsconnected);
  ada.text.insert(0, "offline ");
  await server.up();
  await until("both in step again", () => ada.provider.synced && grace.provider.synced);
  await until("the offline edit at grace's", () => grace.text.toString() === `offline ada ${START}`);
  assert.equal(await server.code("node"), `offline ada ${START}`);
});

test("y-codemirror.next, y-monaco, the web client and a terminal share a room with their cursors", async (context) => {
  const person = await Person.join(browser, server, "editors", "Ada");
  const [codemirror, monaco] = [await openEditor("codemirror", "editors", "Cody"), await openEditor("monaco", "editors", "Mona")];
  const terminal = new Terminal(server, "editors", "Tess");
  context.after(() => terminal.stop());
  await terminal.shows("Start collaborating");
  await codemirror.page.locator(".cm-content").click();
  await codemirror.page.keyboard.press("Control+End");
  await codemirror.page.keyboard.type("from codemirror\n");
  await monaco.page.locator(".monaco-editor").first().click();
  await monaco.page.keyboard.press("Control+End");
  await monaco.page.keyboard.type("from monaco\n");
  await person.atEnd();
  await person.type("from the web client");
  terminal.type("from tess ");
  const parts = ["from codemirror", "from monaco", "from the web client", "from tess "];
  for (const part of parts) {
    await terminal.shows(part);
    await person.shows(part);
    for (const editor of [codemirror, monaco]) await until(`${part} in another editor`, async () => (await editor.text()).includes(part));
  }
  await person.sees("Cody");
  await person.sees("Mona");
  await person.sees("Tess");
  // The two bindings keep their places in different fields of awareness; the server tells each in both.
  const names = () => codemirror.page.locator(".cm-ySelectionInfo").allTextContents();
  await until("the cursors in CodeMirror", async () => (await names()).sort().join() === "Ada,Mona,Tess");
  const heads = () => monaco.page.evaluate(() => {
    const shown = [...document.querySelectorAll(".yRemoteSelectionHead")].map((head) => /yRemoteSelectionHead-(\d+)/.exec(head.className)[1]);
    return shown.map((client) => window.provider.awareness.getStates().get(Number(client))?.user.name).sort().join();
  });
  await until("the cursors in Monaco", async () => (await heads()) === "Ada,Cody,Tess");
  await screenshot(person.page, "yjs-1-web-client");
  await screenshot(codemirror.page, "yjs-2-y-codemirror");
  await screenshot(monaco.page, "yjs-3-y-monaco");
  await Promise.all([codemirror.close(), monaco.close(), person.context.close()]);
});

test("five browsers, three node scripts and two terminals type at random and end with one text", async (context) => {
  const people = [];
  for (const name of ["Ada", "Grace", "Edsger"]) people.push(await Person.join(browser, server, "soak", name));
  const editors = [await openEditor("codemirror", "soak", "Cody"), await openEditor("codemirror", "soak", "Coral")];
  const nodes = [nodeClient("soak"), nodeClient("soak"), nodeClient("soak")];
  context.after(() => nodes.forEach((node) => node.stop()));
  const terminals = ["Tess", "Theo"].map((name) => new Terminal(server, "soak", name));
  context.after(() => Promise.all(terminals.map((terminal) => terminal.stop())));
  for (const terminal of terminals) await terminal.shows("Start collaborating");
  await until("the scripts in step", () => nodes.every((node) => node.provider.synced));
  for (const person of people) await person.editor.focus();
  for (const { page } of editors) await page.locator(".cm-content").focus();
  const end = Date.now() + SOAK_MS;
  const keys = ["a", "b", "c", "Enter", "Backspace", "ArrowUp", "ArrowLeft", "ArrowDown", "End"];
  const any = (list) => list[Math.floor(Math.random() * list.length)];
  const typing = [...people, ...editors].map(async ({ page }) => {
    while (Date.now() < end) await page.keyboard.press(any(keys));
  });
  const scripts = nodes.map(async ({ text }, index) => {
    while (Date.now() < end) {
      const at = Math.floor(Math.random() * (text.length + 1));
      if (Math.random() < 0.3 && at < text.length) text.delete(at, 1);
      else text.insert(at, String(index));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  const ptys = terminals.map(async (terminal) => {
    while (Date.now() < end) {
      terminal.type(any(["x", "y", "\r", "\x7f", "\x1b[A", "\x1b[B"]));
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  });
  await Promise.all([...typing, ...scripts, ...ptys]);
  for (const person of people) await person.durable();
  const texts = async () => [
    await server.code("soak"), ...nodes.map(({ text }) => text.toString()), ...(await Promise.all(editors.map((editor) => editor.text()))),
  ];
  await until("equal texts", async () => new Set(await texts()).size === 1);
  const text = await server.code("soak");
  assert.ok(text.length > 100, "much was typed");
  // The web client and the terminal show parts of long texts: their first lines are those of the text.
  const first = text.split("\n").slice(0, 3);
  for (const person of people) {
    await person.page.keyboard.press("Control+Home");
    await until(`the first lines at ${person.name}'s`, async () => first.every(async (line) => (await person.text()).includes(line)));
    const [file] = await Promise.all([person.page.waitForEvent("download"), person.page.getByRole("button", { name: "Download" }).click()]);
    const { readFileSync } = await import("node:fs");
    assert.equal(readFileSync(await file.path(), "utf8"), text);
    assert.deepEqual(person.problems, []);
  }
  for (const terminal of terminals) {
    terminal.type("\x1b[1;5H");
    // What y-codemirror.next puts around its cursors can get into the text with a key beside one; a terminal shows such characters by number.
    const shown = first[0].replaceAll("\u2060", "<2060>");
    if (shown.length < 50) await terminal.shows(shown);
  }
  await Promise.all([...people.map(({ context: one }) => one.close()), ...editors.map((editor) => editor.close())]);
});
