// A server that was killed and had not stored a deletion, which only one page has seen: the page brings it back.
import assert from "node:assert/strict";
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Person } from "./support/person.mjs";
import { until } from "./support/processes.mjs";
import { browserAndServer } from "./support/shared.mjs";

const { browser, server } = await browserAndServer();

const files = () => readdirSync(server.folder).filter((name) => name.startsWith("pair.db"));

test("a deletion that the server lost comes back through a page that saw it", async () => {
  const ada = await Person.join(browser, server, "lost", "Ada");
  await ada.atEnd();
  await ada.type("kept, deleted");
  await ada.durable();
  const before = await server.code("lost");
  // What is on the disk now is all that will be there after the crash.
  await server.down();
  for (const name of files()) cpSync(join(server.folder, name), join(server.folder, `stored-${name}`));
  await server.up();
  const grace = await Person.join(browser, server, "lost", "Grace");
  await ada.durable();
  await ada.atEnd();
  for (let count = ", deleted".length; count > 0; count--) await ada.page.keyboard.press("Backspace");
  await ada.durable();
  const text = before.slice(0, -", deleted".length);
  await until("the deletion on Grace's page", async () => (await grace.text()) === text);
  await ada.context.close();
  await server.down();
  for (const name of files()) rmSync(join(server.folder, name));
  for (const name of readdirSync(server.folder).filter((name) => name.startsWith("stored-"))) {
    cpSync(join(server.folder, name), join(server.folder, name.slice("stored-".length)));
  }
  await grace.stateIs("offline");
  await server.up();
  await until("the deletion at the server", async () => (await server.code("lost")) === text);
  assert.equal(await grace.text(), text);
  await grace.context.close();
});
