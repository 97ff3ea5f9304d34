// How somebody comes in: by an address that is none, in a browser that blocks all storage, as a viewer, into a room that will be deleted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Person } from "./support/person.mjs";
import { screenshot, until } from "./support/processes.mjs";
import { browserAndServer } from "./support/shared.mjs";

const { browser, server } = await browserAndServer(["--room-expiry-days=30"]);

test("an address that can be no room's says so and leads to the first page", async () => {
  const ada = await Person.open(browser, server.url);
  for (const path of ["/room/%", "/room/%ff", "/room/no%20room", `/room/${"x".repeat(65)}`]) {
    const answer = await ada.page.goto(server.url + path);
    assert.equal(answer.status(), 404, path);
    await ada.page.getByRole("heading", { name: "There is no such room" }).waitFor();
  }
  await screenshot(ada.page, "entry-1-no-room");
  await ada.page.getByRole("link", { name: "All rooms" }).click();
  await ada.page.getByRole("button", { name: "Create a room" }).waitFor();
  assert.deepEqual(ada.problems.filter((problem) => !problem.includes("status of 404")), []);
  await ada.context.close();
});

test("a browser that blocks all storage gets everything but what outlives its page, and says so", async () => {
  let cut = false;
  const wire = (socket) => (cut ? socket.close() : socket.connectToServer());
  const blocked = () => {
    const refuse = () => {
      throw new DOMException("blocked", "SecurityError");
    };
    for (const name of ["localStorage", "sessionStorage", "indexedDB"]) Object.defineProperty(window, name, { get: refuse });
  };
  const ada = await Person.open(browser, server.url, { wire, script: blocked });
  ada.name = "Ada";
  await ada.page.getByLabel("Your name").fill("Ada");
  await ada.page.getByRole("button", { name: "Create a room" }).click();
  await ada.page.waitForURL("**/room/*");
  await ada.page.getByLabel("Your name").fill("Ada");
  await ada.page.getByRole("button", { name: "Join" }).click();
  await ada.durable();
  await ada.page.locator(".people").getByText("owner").waitFor();
  await ada.atEnd();
  await ada.type("typed");
  await ada.durable();
  cut = true;
  await server.down();
  await ada.stateIs("offline");
  await ada.type("unsent");
  await ada.stateIs("6 edits in this page only");
  await screenshot(ada.page, "entry-2-this-page-only");
  const asked = ada.page.waitForEvent("dialog");
  await ada.page.close({ runBeforeUnload: true });
  const dialog = await asked;
  assert.equal(dialog.type(), "beforeunload");
  await dialog.dismiss();
  cut = false;
  await server.up();
  await ada.durable();
  const room = new URL(ada.page.url()).pathname.split("/").pop();
  assert.ok((await server.code(room)).endsWith("typedunsent"));
  assert.deepEqual(ada.problems, []);
  await ada.context.close();
});

test("a viewer sees no control that is not theirs", async () => {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ code: "read me", guestRole: "viewer" }) };
  const { roomId } = await (await fetch(`${server.url}/rooms`, request)).json();
  const ada = await Person.join(browser, server, roomId, "Ada");
  await ada.shows("read me");
  await ada.page.locator(".status").getByText("read only").waitFor();
  for (const name of ["New document", "Suggest"]) assert.equal(await ada.page.getByRole("button", { name }).count(), 0, name);
  assert.ok(await ada.page.getByLabel("Language").isDisabled());
  assert.equal(await ada.page.getByRole("heading", { name: "Suggestions" }).count(), 0);
  await screenshot(ada.page, "entry-3-viewer");
  assert.deepEqual(ada.problems, []);
  await ada.context.close();
});

test("who comes in is told once that the server deletes rooms that nobody uses", async () => {
  const sockets = [];
  const wire = (socket) => sockets.push(socket.connectToServer());
  const ada = await Person.join(browser, server, "expires", "Ada", { wire });
  const words = ada.page.locator(".notice").getByText("The server deletes rooms that nobody opens or changes for 30 days.");
  await words.waitFor();
  await ada.page.locator(".notice").getByRole("button", { name: "Close" }).click();
  const grace = await Person.join(browser, server, "expires", "Grace");
  await ada.page.locator(".people").getByText("Grace").waitFor();
  for (const socket of sockets.splice(0)) socket.close();
  await until("another connection", () => sockets.length === 1);
  await ada.durable();
  await ada.page.locator(".people").getByText("Grace").waitFor();
  assert.equal(await words.count(), 0);
  await Promise.all([ada.context.close(), grace.context.close()]);
});
