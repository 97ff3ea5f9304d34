// Web users beside what they would have otherwise: the same unmodified page (y-websocket's provider, y-codemirror.next) against the server that
// y-websocket's authors publish (@y/websocket-server) and against pair-server, and pair's own web client. A room with a long history is
// joined by a new browser until its text can be read; a key is pressed in one browser and painted in another; bytes are counted on
// the wire. Run by `scripts/bench web`.
import { spawn } from "node:child_process";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { servePages } from "../tests/support/pages.mjs";
import { Server, freePort, launchBrowser, until } from "../tests/support/processes.mjs";
import { FIRST_LINE, makeHistory } from "./history.mjs";
import { atMost, figure, percentile, report } from "./report.mjs";
import { clockError, watch } from "./watch.mjs";
import { relayTo } from "./wire.mjs";

const [RUNS, EDITS] = [Number(process.env.PAIR_BENCH_RUNS ?? 3), Number(process.env.PAIR_BENCH_EDITS ?? 100_000)];

/** Joins of each kind in a run. */
const JOINS = 5;

/** Keys of each kind in a run, and how long after another: somebody very quick. */
const KEYS = 400;
const KEY_PAUSE_MS = 50;

/** Keys whose bytes are counted. */
const COUNTED_KEYS = 200;

/** The server from npm, which keeps its rooms in memory as it comes. */
class NpmServer {
  static async start() {
    const server = new NpmServer();
    server.port = await freePort();
    const program = fileURLToPath(new URL("../node_modules/@y/websocket-server/src/server.js", import.meta.url));
    server.process = spawn("node", [program], { env: { ...process.env, HOST: "127.0.0.1", PORT: String(server.port) }, stdio: "ignore" });
    await until("the npm server's start", () => fetch(`http://127.0.0.1:${server.port}`).then((answer) => answer.ok, () => false));
    return server;
  }

  async stop() {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill();
    await ended;
  }
}

/** A room without a text. */
async function emptyRoom(server) {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ code: "", language: "text" }) };
  return (await (await fetch(`${server.url}/rooms`, request)).json()).roomId;
}

/** A new browser in the room, when its text can be read. */
async function join(browser, way, port = way.port) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 680 } });
  await context.addInitScript(() => localStorage.setItem("pair.identity", JSON.stringify({ name: "Ada", color: "#61afef" })));
  await context.addInitScript(watch, FIRST_LINE);
  const page = await context.newPage();
  await page.goto(way.address(port));
  await page.waitForFunction(() => window.measured?.readable, undefined, { timeout: 60_000 });
  return { context, page, readable: await page.evaluate(() => window.measured.readable) };
}

/** Types so many keys at the start of the text in one browser and gives how long each took until it was painted in the other. */
async function type(writer, reader, keys) {
  const errors = await Promise.all([writer.page.evaluate(clockError), reader.page.evaluate(clockError)]);
  await reader.page.evaluate(() => window.measured.watchLine());
  await writer.page.evaluate(() => window.measured.content().focus());
  await writer.page.keyboard.press("Control+Home");
  await writer.page.evaluate(() => (window.measured.keys = []));
  const begun = performance.now();
  for (let key = 0; key < keys; key++) {
    await new Promise((resolve) => setTimeout(resolve, begun + key * KEY_PAUSE_MS - performance.now()));
    await writer.page.keyboard.press("abcdefghij"[key % 10]);
  }
  await until("the last key in the other browser", () => reader.page.evaluate((count) => window.measured.paints.length >= count, keys));
  const pressed = await writer.page.evaluate(() => window.measured.keys);
  const painted = await reader.page.evaluate(() => window.measured.paints);
  return pressed.map((at, key) => painted[key] - errors[1] - (at - errors[0]));
}

/** The time from each key to its paint, in milliseconds. */
async function keystrokes(browser, way) {
  const [writer, reader] = [await join(browser, way), await join(browser, way)];
  const took = await type(writer, reader, KEYS);
  for (const { context } of [writer, reader]) await context.close();
  return took;
}

/** What a key takes on the wire: with the server of who types it, and of who reads it, both directions together. */
async function bytes(browser, way) {
  const relays = [await relayTo(way.port), await relayTo(way.port)];
  const [writer, reader] = [await join(browser, way, relays[0].port), await join(browser, way, relays[1].port)];
  await writer.page.waitForTimeout(1_000);
  const total = () => relays.map(({ up, down }) => up + down);
  const before = total();
  await type(writer, reader, COUNTED_KEYS);
  await writer.page.waitForTimeout(300);
  const after = total();
  for (const { context } of [writer, reader]) await context.close();
  for (const relay of relays) relay.close();
  return after.map((count, index) => (count - before[index]) / COUNTED_KEYS);
}

async function run(browser, pages, results) {
  const [npm, pair] = await Promise.all([NpmServer.start(), Server.start()]);
  try {
    const room = await emptyRoom(pair);
    const page = (path, name) => (port) =>
      `${pages.url}/codemirror?server=${encodeURIComponent(`ws://127.0.0.1:${port}${path}`)}&room=${name}&name=Ada`;
    const ways = [
      { name: "npm", port: npm.port, address: page("", "history") },
      { name: "pair", port: pair.port, address: page("/yjs", room) },
      { name: "web", port: pair.port, address: (port) => `http://127.0.0.1:${port}/room/${room}` },
    ];
    for (const [server, path, name] of [[npm, "", "history"], [pair, "/yjs", room]]) {
      await makeHistory(`ws://127.0.0.1:${server.port}${path}`, name, EDITS);
    }
    for (const way of ways) results[way.name].joins.push([]);
    for (let joins = 0; joins < JOINS; joins++) {
      for (const way of ways) {
        const { context, readable } = await join(browser, way);
        results[way.name].joins.at(-1).push(readable);
        await context.close();
      }
    }
    for (const way of ways) results[way.name].keys.push(await keystrokes(browser, way));
    for (const way of ways) results[way.name].bytes.push(await bytes(browser, way));
  } finally {
    await Promise.all([npm.stop(), pair.stop()]);
  }
}

const NAMES = {
  npm: "y-websocket's page, npm's server",
  pair: "y-websocket's page, pair-server",
  web: "pair's web client",
};

const [browser, pages] = [await launchBrowser(), await servePages(["codemirror"])];
const results = Object.fromEntries(Object.keys(NAMES).map((name) => [name, { joins: [], keys: [], bytes: [] }]));
const loads = [];
for (let n = 1; n <= RUNS; n++) {
  loads.push(Number(loadavg()[0].toFixed(2)));
  console.log(`run ${n} of ${RUNS}, about 3 minutes; load ${loads.at(-1)}`);
  await run(browser, pages, results);
}
await browser.close();
pages.close();
const figures = {};
for (const [name, { joins, keys, bytes: counted }] of Object.entries(results)) {
  const what = NAMES[name];
  figures[name] = {
    join: figure(`joining ${EDITS} edits until readable: ${what}`, "ms", joins.map((all) => percentile(all, 0.5))),
    p50: figure(`key to paint, p50: ${what}`, "ms", keys.map((all) => percentile(all, 0.5))),
    p99: figure(`key to paint, p99: ${what}`, "ms", keys.map((all) => percentile(all, 0.99))),
    bytes: figure(`bytes of a key, both browsers: ${what}`, "bytes", counted.map(([writer, reader]) => writer + reader)),
    typist: figure(`bytes of a key, of who types: ${what}`, "bytes", counted.map(([writer]) => writer)),
    reader: figure(`bytes of a key, of who reads: ${what}`, "bytes", counted.map(([, reader]) => reader)),
  };
}
// Times of the two servers under one page may differ by what a machine with other work does to them, bytes may not.
const goals = [
  atMost(1.1, figures.pair.join, figures.npm.join),
  atMost(1.1, figures.pair.p50, figures.npm.p50),
  atMost(1.1, figures.pair.p99, figures.npm.p99),
  atMost(1, figures.pair.bytes, figures.npm.bytes),
  atMost(1, figures.web.bytes, figures.npm.bytes),
];
report("web", ["join", "p50", "p99", "bytes", "typist", "reader"].flatMap((what) => Object.values(figures).map((all) => all[what])), goals, { loads });
