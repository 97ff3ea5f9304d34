// Tabs of one browser in one room: each writes under an id of its own, and what a closed tab could not send any more the next one brings.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Person } from "./support/person.mjs";
import { launchBrowser, until } from "./support/processes.mjs";
import { browserAndServer } from "./support/shared.mjs";

const { browser, server } = await browserAndServer();

test("a new tab takes over what a closed tab could not send", async () => {
  let cut = false;
  const wire = (socket) => (cut ? socket.close() : socket.connectToServer());
  const ada = await Person.join(browser, server, "tabs", "Ada", { wire });
  await ada.atEnd();
  await ada.type("sent\n");
  await ada.durable();
  cut = true;
  await server.down();
  await ada.stateIs("offline");
  await ada.type("unsent");
  await ada.stateIs("6 edits kept here");
  await server.up();
  await ada.page.close();
  assert.ok(!(await server.code("tabs")).includes("unsent"), "it is nowhere but in Ada's browser");
  const next = await ada.tab(`${server.url}/room/tabs`);
  await next.shows("sent\nunsent");
  await next.stateIs("kept here");
  cut = false;
  await next.durable();
  await until("the edit at the server", async () => (await server.code("tabs")).endsWith("sent\nunsent"));
  await next.atEnd();
  await next.type(" and more");
  await next.durable();
  assert.ok((await server.code("tabs")).endsWith("sent\nunsent and more"));
  assert.deepEqual(next.problems, []);
  await ada.context.close();
});

test("what was typed at the very moment when a tab was closed is not lost", async () => {
  for (const [room, close] of [["closed", (page) => page.close()], ["crashed", crash]]) {
    let cut = false;
    const sockets = [];
    const wire = (socket) => (cut ? socket.close() : sockets.push(socket.connectToServer()));
    const ada = await Person.join(browser, server, room, "Ada", { wire });
    await ada.atEnd();
    cut = true;
    for (const socket of sockets) socket.close();
    await ada.stateIs("offline");
    await ada.type("typed and gone");
    await close(ada.page);
    cut = false;
    const next = await ada.tab(`${server.url}/room/${room}`);
    await until(`the edit of the ${room} tab`, async () => (await server.code(room)).endsWith("typed and gone"));
    assert.deepEqual(next.problems, []);
    await ada.context.close();
  }
});

test("what several closed tabs could not send comes with one new tab", async () => {
  let cut = false;
  const wire = (socket) => (cut ? socket.close() : socket.connectToServer());
  const ada = await Person.join(browser, server, "several", "Ada", { wire });
  const other = await ada.tab(`${server.url}/room/several`);
  await other.durable();
  cut = true;
  await server.down();
  for (const [tab, key, text] of [[ada, "Control+End", "from one"], [other, "Control+Home", "from another "]]) {
    await tab.stateIs("offline");
    await tab.editor.focus();
    await tab.page.keyboard.press(key);
    await tab.type(text);
    await tab.page.close();
  }
  cut = false;
  await server.up();
  const next = await ada.tab(`${server.url}/room/several`);
  await until("both edits at the server", async () => (await server.code("several")) === "from another # Start collaborating...\nfrom one");
  await next.durable();
  assert.deepEqual(next.problems, []);
  await ada.context.close();
});

/** As when the tab's process dies. */
async function crash(page) {
  const crashed = new Promise((resolve) => page.once("crash", resolve));
  const session = await page.context().newCDPSession(page);
  session.send("Page.crash").catch(() => undefined);
  await crashed;
}

test("two tabs of one browser are two people, and keep their edits apart", async () => {
  const ada = await Person.join(browser, server, "two-tabs", "Ada");
  const other = await ada.tab(`${server.url}/room/two-tabs`);
  await other.durable();
  await until("two people", async () => (await ada.page.locator(".people li").count()) === 2);
  await Promise.all([ada.atEnd().then(() => ada.type("one")), other.page.keyboard.press("Control+Home").then(() => other.type("two"))]);
  await ada.durable();
  await other.durable();
  const code = await server.code("two-tabs");
  assert.ok(code.startsWith("two") && code.endsWith("one"), code);
  assert.deepEqual([...ada.problems, ...other.problems], []);
  await ada.context.close();
});

test("a tab that is duplicated over plain HTTP gets a journal of its own", async (context) => {
  // Browsers take this machine's own addresses for safe, names that lead to it not: there are no locks then, as with a server in one's network.
  const plain = await launchBrowser(["--host-resolver-rules=MAP pair.test 127.0.0.1"]);
  context.after(() => plain.close());
  const address = `http://pair.test:${server.port}`;
  const ada = await Person.join(plain, { url: address }, "duplicated", "Ada");
  assert.equal(await ada.page.evaluate(() => "locks" in navigator), false);
  await ada.atEnd();
  await ada.type("before ");
  await ada.durable();
  const journal = (tab) => tab.page.evaluate(() => sessionStorage.getItem("pair.journal.duplicated"));
  const own = await journal(ada);
  // A window that a page opens has a copy of its session storage, as a duplicated tab has.
  const [popup] = await Promise.all([ada.page.waitForEvent("popup"), ada.page.evaluate(() => void window.open(location.href))]);
  const copy = Object.assign(new Person(), { name: "Ada's copy", context: ada.context, page: popup });
  await copy.durable();
  await until("two people", async () => (await ada.page.locator(".people li").count()) === 2);
  assert.notEqual(await journal(copy), own);
  await Promise.all([ada.type("one"), copy.page.keyboard.press("Control+Home").then(() => copy.type("two"))]);
  await Promise.all([ada.durable(), copy.durable()]);
  const code = await server.code("duplicated");
  assert.ok(code.startsWith("two") && code.endsWith("before one"), code);
  // Whoever is alone with a journal goes on with it.
  await ada.page.reload();
  await ada.durable();
  assert.equal(await journal(ada), own);
  assert.equal(await copy.page.locator(".people li").count(), 2);
  // Chromium says that one of the pages' headers counts over HTTPS only.
  assert.deepEqual(ada.problems.filter((problem) => !problem.includes("Cross-Origin-Opener-Policy")), []);
});
