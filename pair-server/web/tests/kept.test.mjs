// What a browser keeps of unsent edits, and what it says where it can't: a full disk, no database, entries that make no sense.
import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "@msgpack/msgpack";
import { Person } from "./support/person.mjs";
import { until } from "./support/processes.mjs";
import { browserAndServer } from "./support/shared.mjs";

const { browser, server } = await browserAndServer();

/** Put into a page before anything of it runs: its database takes nothing while `window.full`, and gives nothing up while `window.stuck`. */
function brittle() {
  const failing = (name, when) => {
    const real = IDBObjectStore.prototype[name];
    IDBObjectStore.prototype[name] = function (...given) {
      if (window[when]) throw new DOMException("no place", "QuotaExceededError");
      return real.apply(this, given);
    };
  };
  failing("add", "full");
  failing("delete", "stuck");
}

/** Closes as a person does; gives whether the page asked. */
async function asksBeforeItCloses(person) {
  let asked = false;
  person.page.once("dialog", (dialog) => {
    asked = dialog.type() === "beforeunload";
    return dialog.dismiss();
  });
  const closed = person.page.waitForEvent("close").then(() => true);
  await person.page.close({ runBeforeUnload: true });
  await Promise.race([closed, until("the question", () => asked)]);
  return asked;
}

test("edits that the browser can't keep are said to be in this page only, closing asks, and they are kept as soon as that is possible", async () => {
  let cut = false;
  const wire = (socket) => (cut ? socket.close() : socket.connectToServer());
  const ada = await Person.join(browser, server, "full", "Ada", { wire, clock: true, script: brittle });
  await ada.atEnd();
  await ada.type("sent\n");
  await ada.durable();
  cut = true;
  await server.down();
  await ada.stateIs("offline");
  await ada.type("ab");
  await ada.stateIs("2 edits kept here");
  await ada.page.evaluate(() => (window.full = true));
  await ada.type("cde");
  await ada.stateIs("3 edits in this page only, 2 edits kept here");
  assert.ok(await asksBeforeItCloses(ada), "it would be lost");
  await ada.page.evaluate(() => (window.full = false));
  await ada.page.clock.runFor(5_000);
  await ada.stateIs("5 edits kept here");
  await ada.type("f");
  await ada.stateIs("6 edits kept here");
  await server.up();
  await ada.page.reload();
  await ada.shows("sent\nabcdef");
  cut = false;
  await ada.durable();
  assert.ok((await server.code("full")).endsWith("sent\nabcdef"));
  assert.deepEqual(ada.problems, []);
  assert.ok(!(await asksBeforeItCloses(ada)), "nothing would be lost");
  await ada.context.close();
});

test("a page never goes on under clocks that the page before it used", async () => {
  let cut = false;
  const wire = (socket) => (cut ? socket.close() : socket.connectToServer());
  const ada = await Person.join(browser, server, "clocks", "Ada", { wire, script: brittle });
  await ada.atEnd();
  await ada.type("kept\n");
  await ada.durable();
  await ada.page.evaluate(() => (window.full = true));
  await ada.type("only the server has this\n");
  await ada.durable();
  cut = true;
  await ada.page.reload();
  await ada.stateIs("offline");
  assert.ok(!(await ada.text()).includes("only the server"));
  await ada.page.keyboard.press("Control+Home");
  await ada.type("and only the page this\n");
  await ada.stateIs("kept here");
  cut = false;
  await ada.shows("only the server has this");
  await ada.durable();
  const code = await server.code("clocks");
  for (const part of ["kept\n", "only the server has this\n", "and only the page this\n"]) assert.equal(code.split(part).length, 2, code);
  assert.equal(await ada.text(), code);
  assert.deepEqual(ada.problems, []);
  await ada.context.close();
});

test("what can't be read in a journal is set aside, and the page goes on", async () => {
  const ada = await Person.join(browser, server, "broken", "Ada");
  await ada.atEnd();
  await ada.type("whole\n");
  await ada.durable();
  await ada.page.evaluate(async () => {
    const settled = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    const database = await settled(indexedDB.open("pair", 2));
    const stores = database.transaction(["journals", "updates"], "readwrite");
    const [entry] = await settled(stores.objectStore("journals").getAll());
    // An entry without an id to write under, one update that is none, and one that is of another kind.
    await settled(stores.objectStore("journals").put({ id: "0000", room: entry.room, dirty: true, usedAt: Date.now() + 1_000_000 }));
    await settled(stores.objectStore("updates").add({ journal: entry.id, document: "main", update: new Uint8Array([255, 255, 255, 255]) }));
    await settled(stores.objectStore("updates").add({ journal: entry.id, document: "main", update: "nonsense" }));
    database.close();
  });
  await ada.page.reload();
  await ada.page.locator(".notice").getByText("can't be read").waitFor();
  await ada.durable();
  await ada.atEnd();
  await ada.type("and on");
  await ada.durable();
  assert.ok((await server.code("broken")).endsWith("whole\nand on"));
  // Nobody stumbles over it twice.
  await ada.page.reload();
  await ada.durable();
  assert.deepEqual(await ada.page.locator(".notice").allTextContents(), []);
  assert.deepEqual(ada.problems, []);
  await ada.context.close();
});

test("a page whose edit was refused goes on, even if its journal can't be thrown away", async () => {
  let refuse;
  const wire = (socket) => {
    socket.connectToServer();
    refuse = () => socket.send(Buffer.from(encode({ type: "error", code: "document_too_large", message: "the text would be too long", seq: 1, document: "main" })));
  };
  const ada = await Person.join(browser, server, "refused", "Ada", { wire, script: brittle });
  await ada.atEnd();
  await ada.type("typed");
  await ada.durable();
  await ada.page.evaluate(() => (window.stuck = true));
  refuse();
  await ada.page.locator(".notice").getByText("The room did not take your last edit").waitFor();
  await ada.durable();
  await ada.atEnd();
  await ada.type(" on");
  await ada.durable();
  assert.ok((await server.code("refused")).endsWith("typed on"));
  assert.deepEqual(ada.problems, []);
  await ada.context.close();
});
