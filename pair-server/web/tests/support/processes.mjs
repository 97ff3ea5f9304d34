// What the tests run: the server's binary, terminal clients in ptys, Chromium. Everything ends with the test that started it.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import xterm from "@xterm/headless";
import { chromium } from "playwright-core";

export const REPOSITORY = fileURLToPath(new URL("../../../../", import.meta.url));
const BINARIES = process.env.PAIR_BINARIES ?? join(REPOSITORY, "target/debug");
export const SCREENS = join(REPOSITORY, "target/web-screens");
mkdirSync(SCREENS, { recursive: true });

/** How long anything that must happen may take. Only a failing test waits that long. */
export const DEADLINE_MS = 20_000;

/** Asks until the answer is true, and gives it. */
export async function until(what, ask, deadline = DEADLINE_MS) {
  const end = Date.now() + deadline;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what} did not happen within ${deadline / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A port that is free now. */
export function freePort() {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** The server on a port that it keeps across restarts, with a database in a folder of its own. */
export class Server {
  static async start(options = []) {
    const server = new Server();
    server.options = options;
    server.folder = mkdtempSync(join(tmpdir(), "pair-web-"));
    server.port = await freePort();
    await server.up();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async up() {
    const options = [`--listen=127.0.0.1:${this.port}`, "--database-url=sqlite:pair.db", "--http-requests-per-minute=100000", ...this.options];
    this.process = spawn(join(BINARIES, "pair-server"), options, {
      cwd: this.folder,
      env: { HOME: this.folder, PAIR_LOG: process.env.PAIR_LOG ?? "warn" },
      stdio: ["ignore", "inherit", "inherit"],
    });
    await until("the server's start", () => fetch(`${this.url}/healthz`).then((answer) => answer.ok, () => false));
  }

  /** Ends it as `kill -9` does, or in order. */
  async down(signal = "SIGKILL") {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill(signal);
    await ended;
  }

  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.down("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The text of a room. */
  async code(room) {
    return (await this.show(room)).code;
  }

  async show(room) {
    return (await fetch(`${this.url}/rooms/${room}`)).json();
  }
}

/** A terminal client in a pty. */
export class Terminal {
  static COLUMNS = 100;
  static ROWS = 30;

  constructor(server, room, name) {
    this.screen = new xterm.Terminal({ cols: Terminal.COLUMNS, rows: Terminal.ROWS, allowProposedApi: true });
    const command = `stty cols ${Terminal.COLUMNS} rows ${Terminal.ROWS}; exec ${join(BINARIES, "pair-tui")} join ${server.url}/rooms/${room} --name ${name}`;
    this.folder = mkdtempSync(join(tmpdir(), "pair-tui-"));
    this.process = spawn("script", ["-qfec", command, "/dev/null"], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, HOME: this.folder, TERM: "xterm-256color", LANG: "C.UTF-8", SHELL: "/bin/sh" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.process.stdout.on("data", (bytes) => this.screen.write(bytes));
    // Terminals answer questions; so does this one.
    this.screen.onData((answer) => this.process.stdin.writable && this.process.stdin.write(answer));
  }

  /** What the screen shows. */
  get text() {
    const { active } = this.screen.buffer;
    return Array.from({ length: Terminal.ROWS }, (_, row) => active.getLine(row)?.translateToString(true) ?? "").join("\n");
  }

  type(keys) {
    this.process.stdin.write(keys);
  }

  /** The grounds that the characters of a text on the screen stand on, each as a number; none where the text is not there. */
  groundsOf(text) {
    const { active } = this.screen.buffer;
    for (let row = 0; row < Terminal.ROWS; row++) {
      const line = active.getLine(row);
      const at = line?.translateToString(false).indexOf(text) ?? -1;
      if (at >= 0) return Array.from(text, (_, column) => line.getCell(at + column).getBgColor());
    }
    return null;
  }

  async shows(part) {
    await until(`${JSON.stringify(part)} on the terminal`, () => this.text.includes(part)).catch((error) => {
      throw new Error(`${error.message}; it shows:\n${this.text}`);
    });
  }

  async stop() {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.type("\x11");
      const timer = setTimeout(() => this.process.kill("SIGKILL"), 3_000);
      await ended;
      clearTimeout(timer);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Chromium, without a screen. */
export async function launchBrowser(args = []) {
  const known = [process.env.PAIR_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const executablePath = known.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("no Chromium is here; scripts/setup test installs it, or set PAIR_CHROMIUM");
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", ...args] });
}

/** Keeps what a page shows as test output. */
export async function screenshot(page, name) {
  await page.screenshot({ path: join(SCREENS, `${name}.png`) });
}
