// A connection that dies, in silence or not: it is noticed, and opened again, at once when somebody is here. The pages' clock is the tests'.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Person } from "./support/person.mjs";
import { until } from "./support/processes.mjs";
import { browserAndServer } from "./support/shared.mjs";
import { loadSource } from "./support/source.mjs";

const { browser, server } = await browserAndServer();

test("pauses double up to five seconds, a good connection starts over, and what the server asked for is kept", async () => {
  const { Backoff } = await loadSource("room/backoff.ts");
  const backoff = new Backoff();
  for (const longest of [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]) assert.equal(backoff.next(1, 10, 0), longest);
  assert.equal(backoff.next(1, 5_000, 0), 100);
  assert.equal(backoff.next(0.5, 0, 2_000), 2_100);
});

test("a connection that died in silence is noticed while the participant may still come back", async () => {
  let silent = false;
  const wire = (socket) => {
    const far = socket.connectToServer();
    socket.onMessage((message) => silent || far.send(message));
    far.onMessage((message) => silent || socket.send(message));
  };
  const ada = await Person.join(browser, server, "silence", "Ada", { wire, clock: true });
  const grace = await Person.join(browser, server, "silence", "Grace");
  // An answer to each ping: nothing is taken for dead however long nobody types.
  for (let seconds = 0; seconds < 60; seconds += 5) {
    await ada.page.clock.runFor(5_000);
    await until("the answer", async () => (await ada.page.locator(".status .note").first().textContent()).endsWith(" ms"));
    await ada.durable();
  }
  silent = true;
  await ada.page.clock.runFor(15_000);
  assert.ok(!(await ada.state.textContent()).includes("durable"), await ada.state.textContent());
  silent = false;
  // The try that nobody answered is given up as well.
  await ada.page.clock.runFor(11_000);
  await ada.durable();
  assert.equal(await grace.page.locator(".people li").count(), 2);
  assert.deepEqual([...ada.problems, ...grace.problems], []);
  await Promise.all([ada.context.close(), grace.context.close()]);
});

test("a key, the network's return and a look at the page try again at once, but not more often than once in a second", async () => {
  let cut = false;
  let tries = 0;
  let sockets = [];
  const wire = (socket) => {
    tries += 1;
    if (cut) socket.close();
    else sockets.push(socket.connectToServer());
  };
  const ada = await Person.join(browser, server, "again", "Ada", { wire, clock: true });
  const { page } = ada;
  // Each pause as long as it may be.
  await page.evaluate(() => (Math.random = () => 0.999));
  const signs = {
    "a key": () => page.keyboard.press("Shift"),
    "the network": () => page.evaluate(() => window.dispatchEvent(new Event("online"))),
    "a look": () => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange"))),
  };
  await page.clock.pauseAt(Date.now() + 3_600_000);
  for (const [what, sign] of Object.entries(signs)) {
    await ada.durable();
    cut = true;
    for (const socket of sockets.splice(0)) socket.close();
    await ada.stateIs("offline");
    // Until the pauses are long, and just after a try.
    await page.clock.runFor(20_000);
    const before = tries;
    while (tries === before) await page.clock.runFor(100);
    await ada.stateIs("offline");
    const failed = tries;
    for (let times = 0; times < 5; times++) await sign();
    assert.equal(tries, failed, `${what} asks again too early`);
    await page.clock.runFor(1_000);
    await until("the try that was asked for", () => tries === failed + 1);
    await ada.stateIs("offline");
    await page.clock.runFor(1_100);
    assert.equal(tries, failed + 1, "the next one is far");
    cut = false;
    await sign();
    await until(`the try after ${what}`, () => tries === failed + 2);
    await ada.durable();
  }
  await ada.context.close();
});
