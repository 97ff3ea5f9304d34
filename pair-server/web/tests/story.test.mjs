// Two browsers and a terminal in one room, with the whole story: typing at once, cursors both ways, follow, chat, a suggestion, a server
// that is killed and comes back, a reload without a connection, a phone. Pictures of it go to target/web-screens.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Person } from "./support/person.mjs";
import { Terminal, screenshot, until } from "./support/processes.mjs";
import { browserAndServer } from "./support/shared.mjs";

const { browser, server } = await browserAndServer();

/** Everybody has this text. */
async function everybodyShows(people, terminal, part) {
  for (const person of people) await person.shows(part);
  await terminal.shows(part);
  await until(`${part} at the server`, async () => (await server.code("story")).includes(part));
}

/** Whoever moves and types is seen where they are: a browser's cursor in the terminal, a terminal's in the browser, with text behind both. */
async function seeEachOther(ada, terminal) {
  await ada.atEnd();
  await ada.type("\nleft right");
  for (let times = 0; times < " right".length; times++) await ada.page.keyboard.press("ArrowLeft");
  await terminal.shows("left▏right");
  await ada.type("mid");
  await terminal.shows("leftmid▏right");
  terminal.type("\x1b[1;5H\x1b[C\x1b[C");
  const [first] = (await ada.text()).split("\n");
  await ada.seesCursor("Tess", first.slice(0, 2));
  terminal.type("-mid-");
  await ada.seesCursor("Tess", `${first.slice(0, 2)}-mid-`);
}

test("two browsers and a terminal share a room through everything", async (context) => {
  const ada = await Person.join(browser, server, "story", "Ada");
  let cut = false;
  const wire = (socket) => (cut ? socket.close() : socket.connectToServer());
  const grace = await Person.join(browser, server, "story", "Grace", { colorScheme: "light", wire });
  const terminal = new Terminal(server, "story", "Tess");
  context.after(() => terminal.stop());
  await terminal.shows("Start collaborating");
  await until("three people", async () => (await ada.page.locator(".people li").count()) === 3);

  // All three type at once.
  await ada.atEnd();
  await ada.type("ada\n");
  await grace.atEnd();
  await grace.type("grace\n");
  await Promise.all([ada.type("def total(items):\n"), grace.type("# and I"), terminal.type("tess ")]);
  await everybodyShows([ada, grace], terminal, "def total(items):");
  await everybodyShows([ada, grace], terminal, "# and I");
  await everybodyShows([ada, grace], terminal, "tess ");

  // Cursors are seen both ways.
  await ada.sees("Grace");
  await ada.sees("Tess");
  await grace.sees("Ada");
  await terminal.shows("Grace");
  await ada.durable();
  await seeEachOther(ada, terminal);
  await screenshot(ada.page, "story-1-three-cursors-dark");
  await screenshot(grace.page, "story-2-three-cursors-light");

  // Chat, both ways.
  await ada.page.getByLabel("Write to the room").fill("shall we?");
  await ada.page.keyboard.press("Enter");
  await grace.page.locator(".messages").getByText("shall we?").waitFor();
  await terminal.shows("shall we?");

  // A suggestion that everybody sees, taken.
  await ada.atEnd();
  await ada.type("\ntot");
  await ada.durable();
  await ada.page.keyboard.press("Control+Space");
  await grace.page.getByText("Ada asked").waitFor();
  await ada.page.locator(".ghost").waitFor();
  await screenshot(grace.page, "story-3-suggestion");
  await ada.page.keyboard.press("Tab");
  await everybodyShows([ada, grace], terminal, "total");
  await until("the suggestion's end", async () => (await grace.page.getByText("Ada asked").count()) === 0);

  // Following: where Grace goes, Ada sees.
  await grace.atEnd();
  await grace.type("\n".repeat(60) + "far below");
  await ada.page.getByRole("button", { name: "Follow Grace" }).click();
  await ada.shows("far below");
  await grace.page.keyboard.press("Control+Home");
  await ada.shows("Start collaborating");
  await screenshot(ada.page, "story-4-following");
  await ada.page.getByRole("button", { name: "Follow Grace" }).click();
  await grace.durable();

  // The server is killed and comes back while all three type.
  await ada.editor.focus();
  await ada.page.keyboard.press("Control+Home");
  await grace.atEnd();
  await server.down();
  await Promise.all([ada.type("offline-ada\n"), grace.type("offline-grace\n"), terminal.type("offline-tess\r")]);
  await ada.stateIs("kept here");
  await screenshot(ada.page, "story-5-offline");
  await Promise.all([server.up(), ada.type("more-ada\n"), grace.type("more-grace\n")]);
  for (const part of ["offline-ada", "offline-tess", "more-ada"]) {
    await ada.shows(part);
    await terminal.shows(part);
  }
  for (const part of ["offline-grace", "more-grace"]) await grace.shows(part);
  await Promise.all([ada.durable(), grace.durable()]);
  const code = await server.code("story");
  for (const part of ["# Start collaborating...", "def total", "offline-ada", "far below"]) {
    assert.equal(code.split(part).length, 2, `${part} is in the text once:\n${code}`);
  }

  // A tab that is reloaded while it has no connection loses nothing: the page comes from the server, its WebSocket does not get through.
  cut = true;
  await server.down();
  await grace.stateIs("offline");
  await grace.page.keyboard.press("Control+Home");
  await grace.type("kept-through-reload ");
  await grace.stateIs("kept here");
  await server.up();
  await ada.durable();
  await grace.page.reload();
  await grace.shows("kept-through-reload ");
  await grace.stateIs("kept here");
  assert.equal(await grace.page.getByLabel("Language").inputValue(), "python");
  await screenshot(grace.page, "story-6-reloaded-offline");
  assert.ok(!(await server.code("story")).includes("kept-through-reload"), "it is nowhere but in Grace's browser");
  cut = false;
  await grace.durable();
  await ada.page.keyboard.press("Control+Home");
  await ada.shows("kept-through-reload ");
  assert.equal((await server.code("story")).split("kept-through-reload").length, 2);
  assert.deepEqual(ada.problems, []);
  await Promise.all([ada.context.close(), grace.context.close()]);
});

test("a phone of 360 pixels shows everything and cuts nothing off", async () => {
  const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
  const start = await Person.open(browser, server.url, phone);
  const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
  assert.ok(await fits(start.page), "the first page fits");
  await screenshot(start.page, "phone-1-start");
  const ada = await Person.join(browser, server, "phone", "Ada", phone);
  await ada.atEnd();
  await ada.type("on a phone");
  await ada.durable();
  assert.ok(await fits(ada.page), "the text fits");
  assert.ok(!(await ada.page.getByRole("heading", { name: /^People/ }).isVisible()), "nothing lies over the text");
  assert.ok(await ada.page.locator(".touch").getByRole("button", { name: "Suggest" }).isVisible(), "a finger can ask");
  await screenshot(ada.page, "phone-2-text");
  await ada.page.getByRole("button", { name: "Room", exact: true }).tap();
  await ada.page.getByLabel("Write to the room").fill("hello");
  await ada.page.getByRole("button", { name: "Send" }).tap();
  await ada.page.getByText("hello").waitFor();
  assert.ok(await fits(ada.page), "the room fits");
  for (const button of await ada.page.getByRole("button").all()) {
    const box = await button.boundingBox();
    assert.ok(box === null || (box.x >= 0 && box.x + box.width <= 360), `${await button.textContent()} is cut off`);
  }
  await screenshot(ada.page, "phone-3-room");
  await Promise.all([ada.context.close(), start.context.close()]);
});

test("languages are highlighted and changed, the text downloaded, the link copied", async () => {
  const ada = await Person.join(browser, server, "languages", "Ada", { permissions: ["clipboard-read", "clipboard-write"] });
  const grace = await Person.join(browser, server, "languages", "Grace");
  await ada.page.getByLabel("Language").selectOption("rust");
  await until("the language at Grace's", async () => (await grace.page.getByLabel("Language").inputValue()) === "rust");
  await grace.atEnd();
  await grace.type("fn main() {}");
  await until("a keyword in its colour", async () => (await ada.page.locator(".cm-line span", { hasText: /^fn$/ }).count()) === 1);
  const [file] = await Promise.all([ada.page.waitForEvent("download"), ada.page.getByRole("button", { name: "Download" }).click()]);
  assert.equal(file.suggestedFilename(), "languages.rs");
  await ada.page.getByRole("button", { name: "Copy link" }).click();
  await ada.page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await ada.page.evaluate(() => navigator.clipboard.readText()), `${server.url}/room/languages`);
  // A link for programs leads people to the page.
  await grace.page.goto(`${server.url}/rooms/languages`);
  await grace.shows("fn main() {}");
  assert.equal(new URL(grace.page.url()).pathname, "/room/languages");
  assert.deepEqual([...ada.problems, ...grace.problems], []);
  await Promise.all([ada.context.close(), grace.context.close()]);
});
