// Several people take one suggestion at the same time, each at once in their own text: it stands there once, whoever was first. And a suggestion
// that somebody takes a part of is theirs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Person } from "./support/person.mjs";
import { until } from "./support/processes.mjs";
import { RawClient } from "./support/raw.mjs";
import { browserAndServer } from "./support/shared.mjs";

const { browser, server } = await browserAndServer();

/** A network that can be held back: what is under way then waits until it is let go, or is lost with the connection. */
class Network {
  waiting = null;
  isDown = false;
  sockets = [];

  wire = (socket) => {
    if (this.isDown) return socket.close();
    const far = socket.connectToServer();
    this.sockets.push(socket, far);
    socket.onMessage((message) => this.pass(() => far.send(message)));
    far.onMessage((message) => this.pass(() => socket.send(message)));
  };

  hold() {
    this.waiting = [];
  }

  letGo() {
    const waiting = this.waiting;
    this.waiting = null;
    for (const deliver of waiting) deliver();
  }

  /** Everything that is held back is lost. */
  cut() {
    this.isDown = true;
    this.waiting = null;
    for (const socket of this.sockets.splice(0)) socket.close();
  }

  mend() {
    this.isDown = false;
  }

  pass(deliver) {
    if (this.waiting === null) deliver();
    else this.waiting.push(deliver);
  }
}

const cards = (person) => person.page.locator(".suggestion");
const undone = (person) => person.page.keyboard.press("Control+z");
const redone = (person) => person.page.keyboard.press("Control+y");

/** Ada and Grace in a room, and a suggestion at the end of the text that Ada asked for and both see. */
async function propose(room) {
  const [adas, graces] = [new Network(), new Network()];
  const ada = await Person.join(browser, server, room, "Ada", { wire: adas.wire });
  const grace = await Person.join(browser, server, room, "Grace", { wire: graces.wire, clock: true });
  await ada.atEnd();
  await ada.type("total = 1\ntot");
  await ada.durable();
  await grace.shows("\ntot");
  await ada.page.keyboard.press("Control+Space");
  for (const person of [ada, grace]) await cards(person).getByText(" ms").waitFor();
  await ada.page.locator(".ghost").waitFor();
  const suggested = await cards(grace).locator("pre").textContent();
  return { ada, grace, adas, graces, suggested, text: await server.code(room) };
}

async function everybodyHas(people, room, texts) {
  await until("one text everywhere", async () => {
    const all = [await server.code(room), ...(await Promise.all(people.map((person) => person.text())))];
    return texts.some((text) => all.every((one) => one === text));
  }).catch(async (error) => {
    const shown = await Promise.all(people.map((person) => person.text()));
    throw new Error(`${error.message}: ${JSON.stringify({ server: await server.code(room), shown, texts })}`);
  });
}

/** Undoes everything of one's own, and does it again: no step on the way brings back what is gone. */
async function undoAndRedo(person, { without, again, room }) {
  await person.editor.focus();
  for (const step of [undone, redone]) {
    for (let times = 0; times < 6; times++) {
      await step(person);
      const shown = await person.text();
      assert.ok([without, ...again].includes(shown), `${step.name}: ${JSON.stringify(shown)}`);
    }
    if (step === undone) assert.equal(await person.text(), without);
  }
  await everybodyHas([person], room, again);
}

// What Grace does with the text that she took, before she hears that Ada was first.
const MEANWHILE = {
  "writes into it": async (grace) => {
    await grace.page.keyboard.press("ArrowLeft");
    await grace.type("!");
    return "!";
  },
  "undoes it and does it again": async (grace, text, suggested) => {
    await undone(grace);
    await until("the text gone", async () => (await grace.text()) === text);
    await redone(grace);
    await until("the text again", async () => (await grace.text()) === text + suggested);
    return "";
  },
  "undoes it": async (grace) => {
    await undone(grace);
    return "";
  },
  "deletes some of it": async (grace) => {
    // Later, so that undo takes it for another step.
    await grace.page.clock.runFor(1_000);
    await grace.page.keyboard.press("Backspace");
    return "";
  },
};

for (const [what, meanwhile] of Object.entries(MEANWHILE)) {
  test(`of two who take one suggestion at once the later one takes it back, who ${what}`, async () => {
    const room = `both-${what.replaceAll(" ", "-")}`;
    const { ada, grace, adas, graces, suggested, text } = await propose(room);
    adas.hold();
    graces.hold();
    await ada.page.keyboard.press("Tab");
    await cards(grace).getByRole("button", { name: "Accept" }).click();
    for (const person of [ada, grace]) {
      assert.equal(await person.text(), text + suggested, "it is there at once");
      assert.equal(await cards(person).count(), 0);
    }
    const typed = await meanwhile(grace, text, suggested);
    adas.letGo();
    await until("Ada's at the server", async () => (await server.code(room)) === text + suggested);
    graces.letGo();
    const again = [text + suggested + typed, text + typed + suggested];
    await everybodyHas([ada, grace], room, again);
    if (what !== "undoes it") await grace.page.locator(".notice").getByText("Ada took it first; yours was taken back.").waitFor();
    assert.equal(await ada.page.locator(".notice").getByText("took it first").count(), 0);
    await undoAndRedo(grace, { without: text + suggested, again, room });
    assert.deepEqual([...ada.problems, ...grace.problems], []);
    await Promise.all([ada.context.close(), grace.context.close()]);
  });
}

test("what a lost connection may have swallowed is said again, and who was first meanwhile stays first", async () => {
  const { ada, grace, graces, suggested, text } = await propose("swallowed");
  graces.hold();
  await cards(grace).getByRole("button", { name: "Accept" }).click();
  graces.cut();
  await grace.stateIs("offline");
  await ada.page.keyboard.press("Tab");
  await ada.durable();
  graces.mend();
  await grace.page.keyboard.press("Shift");
  await grace.page.locator(".notice").getByText("Ada took it first; yours was taken back.").waitFor();
  await everybodyHas([ada, grace], "swallowed", [text + suggested]);
  assert.deepEqual([...ada.problems, ...grace.problems], []);
  await Promise.all([ada.context.close(), grace.context.close()]);
});

test("a suggestion that one took while the connection broke is not shown again, and is one's own", async () => {
  const { ada, grace, graces, suggested, text } = await propose("own");
  await grace.page.evaluate(() => {
    window.seen = 0;
    const root = document.querySelector(".suggestions");
    new MutationObserver((changes) => (window.seen += changes.flatMap((change) => [...change.addedNodes]).length)).observe(root, { childList: true });
  });
  graces.hold();
  await cards(grace).getByRole("button", { name: "Accept" }).click();
  graces.cut();
  await grace.stateIs("offline");
  assert.equal(await cards(ada).count(), 1);
  graces.mend();
  await grace.page.keyboard.press("Shift");
  await until("its end for Ada", async () => (await cards(ada).count()) === 0);
  await everybodyHas([ada, grace], "own", [text + suggested]);
  await grace.durable();
  assert.equal(await grace.page.evaluate(() => window.seen), 0, "shown again");
  assert.equal(await grace.page.locator(".notice").getByText("took it first").count(), 0);
  await undone(grace);
  await everybodyHas([ada, grace], "own", [text]);
  assert.deepEqual([...ada.problems, ...grace.problems], []);
  await Promise.all([ada.context.close(), grace.context.close()]);
});

test("a suggestion that another client takes a part of is gone from the page", async () => {
  const raw = await RawClient.join(server, "part", "Tess");
  const { ada, grace, text } = await propose("part");
  const { participant, request } = await raw.hears("suggestionDone");
  raw.send({ type: "endSuggestion", participant, request, end: "accepted", outcome: "words", part: true });
  assert.equal((await raw.hears("suggestionEnded")).part, true);
  for (const person of [ada, grace]) {
    await until("the card gone", async () => (await cards(person).count()) === 0);
    await until("the ghost gone", async () => (await person.page.locator(".ghost").count()) === 0);
  }
  await everybodyHas([ada, grace], "part", [text]);
  assert.deepEqual([...ada.problems, ...grace.problems], []);
  raw.stop();
  await Promise.all([ada.context.close(), grace.context.close()]);
});
