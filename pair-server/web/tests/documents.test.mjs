// Several documents of a room, and going along with somebody through them: added, opened, edited apart, kept through a reload without a
// connection; followed, called, and left again. Pictures of it go to target/web-screens.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Person } from "./support/person.mjs";
import { Terminal, screenshot, until } from "./support/processes.mjs";
import { browserAndServer } from "./support/shared.mjs";

const { browser, server } = await browserAndServer();

test("documents are added, opened, edited apart, and kept through a reload without a connection", async (context) => {
  let cut = false;
  const wire = (socket) => (cut ? socket.close() : socket.connectToServer());
  const ada = await Person.join(browser, server, "documents", "Ada", { wire });
  const grace = await Person.join(browser, server, "documents", "Grace", { colorScheme: "light" });
  const terminal = new Terminal(server, "documents", "Tess");
  context.after(() => terminal.stop());
  await terminal.shows("Start collaborating");
  await ada.page.getByRole("button", { name: "New document" }).click();
  await ada.page.getByLabel("Path").fill("../main.rs");
  await ada.page.keyboard.press("Enter");
  await ada.page.getByText("parts with a slash between them").waitFor();
  await screenshot(ada.page, "documents-1-dialog");
  await ada.addDocument("src/main.rs");
  await ada.type("fn first");
  await grace.openDocument("main.rs");
  await grace.shows("fn first");
  await grace.openDocument("main");
  await grace.shows("Start collaborating");
  await terminal.shows("src/main.rs");
  await Promise.all([ada.type("() {}"), grace.atEnd().then(() => grace.type("in main"))]);
  await Promise.all([ada.durable(), grace.durable()]);
  assert.ok((await server.code("documents")).endsWith("in main"));
  await until("Ada in the other document", async () => (await grace.page.locator(".people").textContent()).includes("in src/main.rs"));
  await screenshot(grace.page, "documents-2-two");

  cut = true;
  await server.down();
  await ada.stateIs("offline");
  await ada.type(" // unsent");
  await ada.openDocument("main");
  await ada.atEnd();
  await ada.type(" and here");
  await ada.stateIs("kept here");
  await server.up();
  await ada.openDocument("main.rs");
  await ada.page.reload();
  await ada.shows("fn first() {} // unsent");
  assert.ok(ada.page.url().endsWith("#src/main.rs"), ada.page.url());
  cut = false;
  await ada.durable();
  await grace.shows("in main and here");
  await grace.openDocument("main.rs");
  await grace.shows("fn first() {} // unsent");
  assert.equal(await server.code("documents"), "# Start collaborating...\nin main and here");
  const [file] = await Promise.all([grace.page.waitForEvent("download"), grace.page.getByRole("button", { name: "Download" }).click()]);
  assert.equal(file.suggestedFilename(), "main.rs");
  assert.deepEqual([...ada.problems, ...grace.problems], []);
  await Promise.all([ada.context.close(), grace.context.close()]);
});

test("somebody who is followed leads through documents, and a key goes back to the own text", async () => {
  const ada = await Person.join(browser, server, "along", "Ada");
  const grace = await Person.join(browser, server, "along", "Grace", { colorScheme: "light" });
  await ada.addDocument("lib.rs");
  await ada.type("pub fn shown() {}");
  await grace.atEnd();
  await grace.page.getByRole("button", { name: "Follow Ada" }).click();
  await grace.shows("pub fn shown");
  await until("that Ada is followed", async () => (await ada.page.locator(".people").textContent()).includes("follows you"));
  await screenshot(grace.page, "along-1-following");
  // The first key takes her back; only what follows is typed, and at her own place.
  await grace.editor.focus();
  await grace.type("xmine");
  await grace.shows("Start collaborating...\nmine");
  await grace.durable();
  assert.equal(await server.code("along"), "# Start collaborating...\nmine");
  assert.ok((await ada.text()).startsWith("pub fn shown() {}"), "nothing of it is where she only looked");

  await ada.page.keyboard.press("F9");
  await grace.page.locator(".notice").getByText("Ada asks you to come to lib.rs").waitFor();
  await screenshot(grace.page, "along-2-called");
  await grace.page.keyboard.press("F8");
  await grace.shows("pub fn shown");
  await grace.page.keyboard.press("Escape");
  await until("that she follows nobody", async () => !(await ada.page.locator(".people").textContent()).includes("follows you"));
  await grace.shows("pub fn shown");
  await grace.type("// here ");
  await ada.shows("// here ");
  assert.deepEqual([...ada.problems, ...grace.problems], []);
  await Promise.all([ada.context.close(), grace.context.close()]);
});

test("what came while nobody looked at the chat is counted", async () => {
  const phone = await Person.join(browser, server, "unread", "Phoebe", { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
  const ada = await Person.join(browser, server, "unread", "Ada");
  for (const words of ["one", "two"]) {
    await ada.page.getByLabel("Write to the room").fill(words);
    await ada.page.keyboard.press("Enter");
  }
  await phone.page.getByRole("button", { name: "Room · 2 new" }).tap();
  await phone.page.locator(".messages").getByText("two").waitFor();
  await phone.page.getByRole("button", { name: "Text", exact: true }).tap();
  await phone.page.getByRole("button", { name: "Room", exact: true }).waitFor();
  assert.ok(!(await phone.page.title()).startsWith("("), await phone.page.title());
  await Promise.all([ada.context.close(), phone.context.close()]);
});

test("line ends stay as they are in a text that has carriage returns", async () => {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ code: "one\r\ntwo\r\n", language: "text" }) };
  const { roomId } = await (await fetch(`${server.url}/rooms`, request)).json();
  const ada = await Person.join(browser, server, roomId, "Ada");
  await ada.page.keyboard.press("Control+Home");
  await ada.page.keyboard.press("ArrowDown");
  await ada.type("x");
  await ada.atEnd();
  await ada.type("three");
  await ada.durable();
  assert.equal(await server.code(roomId), "one\r\nxtwo\r\nthree");
  await ada.context.close();
});
