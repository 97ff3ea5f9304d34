// The pages for everybody: axe-core finds nothing serious on any of them, and the whole flow works by keyboard alone.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Person } from "./support/person.mjs";
import { until } from "./support/processes.mjs";
import { browserAndServer } from "./support/shared.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const { browser, server } = await browserAndServer();

async function assertAccessible(page, what) {
  // By the debugger, so that the pages' policy stays in force.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const named = serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join("; ")}`);
  assert.deepEqual(named, [], what);
}

for (const colorScheme of ["dark", "light"]) {
  test(`axe-core finds nothing serious, ${colorScheme}`, async () => {
    const start = await Person.open(browser, server.url, { colorScheme });
    await assertAccessible(start.page, "the first page");
    await start.page.goto(`${server.url}/room/access`);
    await start.page.getByRole("dialog").waitFor();
    await assertAccessible(start.page, "the question for a name");
    const ada = await Person.join(browser, server, `access-${colorScheme}`, "Ada", { colorScheme });
    const grace = await Person.join(browser, server, `access-${colorScheme}`, "Grace", { colorScheme });
    await grace.atEnd();
    await grace.type("def total(items):\ntot");
    await grace.durable();
    await grace.page.keyboard.press("Control+Space");
    await ada.page.getByText("Grace asked").waitFor();
    await ada.sees("Grace");
    await grace.page.getByLabel("Write to the room").fill("hello");
    await grace.page.keyboard.press("Enter");
    await ada.page.locator(".messages").getByText("hello").waitFor();
    await assertAccessible(ada.page, "a room");
    await ada.page.getByRole("button", { name: "New document" }).click();
    await assertAccessible(ada.page, "the question for a document");
    await ada.addDocument("src/main.rs");
    await grace.page.getByRole("button", { name: "Follow Ada" }).click();
    await grace.page.getByText("You see what Ada sees").waitFor();
    await assertAccessible(grace.page, "a room while somebody is followed");
    await grace.page.getByRole("button", { name: "Stop" }).click();
    await ada.page.getByRole("button", { name: "Call here" }).click();
    await grace.page.locator(".notice").getByText("Ada asks you to come").waitFor();
    await assertAccessible(grace.page, "a room with a call");
    await assertAccessible(ada.page, "a room with a notice and two documents");
    await server.down();
    await ada.stateIs("offline");
    await assertAccessible(ada.page, "a room without a connection");
    await server.up();
    await grace.durable();
    await grace.page.setViewportSize({ width: 360, height: 740 });
    await assertAccessible(grace.page, "a room on a phone");
    await grace.page.getByRole("button", { name: /^Room/ }).click();
    await assertAccessible(grace.page, "the pane on a phone");
    for (const person of [start, ada, grace]) await person.context.close();
  });
}

test("the whole flow works by keyboard alone", async () => {
  const ada = await Person.open(browser, server.url);
  ada.name = "Ada";
  const { keyboard } = ada.page;
  const focused = () => ada.page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");
  const tabTo = async (name) => {
    for (let presses = 0; presses < 40; presses++) {
      if ((await focused()).includes(name) || (name === "#name" && (await ada.page.evaluate(() => document.activeElement?.id === "name")))) return;
      await keyboard.press("Tab");
    }
    assert.fail(`Tab never reaches ${name}`);
  };
  await tabTo("#name");
  await keyboard.type("Ada");
  await tabTo("Create a room");
  await keyboard.press("Enter");
  await ada.page.waitForURL("**/room/*");
  await ada.durable();
  // The text has the focus.
  await keyboard.press("Control+End");
  await keyboard.type("def total(items):\ntot");
  await ada.durable();
  await keyboard.press("Control+Space");
  await ada.page.locator(".ghost").waitFor();
  await keyboard.press("Tab");
  await until("the suggestion in the text", async () => (await ada.text()).includes("\n    total") || (await ada.text()).endsWith("total"));
  // Escape, then Tab leaves the text.
  await keyboard.press("Escape");
  await keyboard.press("Tab");
  await tabTo("Suggest");
  await tabTo("Write to the room");
  await keyboard.type("by keyboard");
  await keyboard.press("Enter");
  await ada.page.getByText("by keyboard").waitFor();
  // Another document, and back to the first one.
  const back = async (name) => {
    for (let presses = 0; presses < 40 && (await focused()) !== name; presses++) await keyboard.press("Shift+Tab");
    assert.equal(await focused(), name);
  };
  await back("New document");
  await keyboard.press("Enter");
  await keyboard.type("notes.md");
  await keyboard.press("Enter");
  await ada.page.locator('.documents [aria-current][title="notes.md"]').waitFor();
  await keyboard.type("# by keyboard too");
  await ada.durable();
  await keyboard.press("Escape");
  await keyboard.press("Shift+Tab");
  await back("main");
  await keyboard.press("Enter");
  await ada.shows("def total(items)");
  assert.deepEqual(ada.problems, []);
  await ada.context.close();
});
