// A person at a browser: the pages by their labels and buttons, as somebody uses them. Knows no insides of the pages.
import { expectNothing } from "./quiet.mjs";
import { DEADLINE_MS, until } from "./processes.mjs";

export class Person {
  /** Opens a room in a browser of its own. */
  static async join(browser, server, room, name, options = {}) {
    const person = await Person.open(browser, `${server.url}/room/${room}`, options);
    person.name = name;
    await person.page.getByLabel("Your name").fill(name);
    await person.page.getByRole("button", { name: "Join" }).click();
    await person.durable();
    return person;
  }

  static async open(browser, address, options = {}) {
    const person = new Person();
    const { wire, clock, script, ...looks } = options;
    person.context = await browser.newContext({ viewport: { width: 1100, height: 680 }, colorScheme: "dark", ...looks });
    // `wire` decides about each WebSocket of the page.
    if (wire) await person.context.routeWebSocket(/\/ws\//, wire);
    // `clock`: the pages' time can be moved by hand. `script` runs in each page before anything else.
    if (clock) await person.context.clock.install();
    if (script) await person.context.addInitScript(script);
    return person.tab(address);
  }

  /** Opens a page in a tab of this person's browser. */
  async tab(address) {
    const tab = Object.assign(new Person(), { name: this.name, context: this.context });
    tab.page = await this.context.newPage();
    tab.page.setDefaultTimeout(DEADLINE_MS);
    tab.problems = expectNothing(tab.page);
    await tab.page.goto(address);
    return tab;
  }

  get editor() {
    return this.page.getByRole("textbox", { name: "Text of the room" });
  }

  /** The text as it stands on the page, without the names at the others' cursors. Long texts are shown in parts only. */
  text() {
    return this.editor.evaluate((content) => {
      const lineOf = (line) => {
        const copy = line.cloneNode(true);
        copy.querySelectorAll(".peer-cursor, .ghost").forEach((shown) => shown.remove());
        return copy.textContent;
      };
      return [...content.querySelectorAll(".cm-line")].map(lineOf).join("\n");
    });
  }

  async shows(part) {
    await until(`${JSON.stringify(part)} on ${this.name}'s page`, async () => (await this.text()).includes(part)).catch(async (error) => {
      throw new Error(`${error.message}; it shows:\n${await this.text()}`);
    });
  }

  /** Shows one of the room's documents, by the end of its path. */
  async openDocument(name) {
    const button = this.page.locator(".documents button", { has: this.page.getByText(name, { exact: true }) });
    await button.click();
    await this.page.locator(".documents [aria-current]", { has: this.page.getByText(name, { exact: true }) }).waitFor();
  }

  /** Adds a document to the room, which is then shown. */
  async addDocument(path) {
    const dialog = this.page.getByRole("dialog");
    if (!(await dialog.isVisible())) await this.page.getByRole("button", { name: "New document" }).click();
    await dialog.getByLabel("Path").fill(path);
    await this.page.keyboard.press("Enter");
    await this.page.locator(`.documents [aria-current][title="${path}"]`).waitFor();
  }

  async atEnd() {
    await this.editor.focus();
    await this.page.keyboard.press("Control+End");
  }

  async type(text) {
    await this.page.keyboard.type(text);
  }

  get state() {
    return this.page.locator(".status .state");
  }

  async durable() {
    await this.stateIs("durable ✓");
  }

  async stateIs(part) {
    await until(`"${part}" as ${this.name}'s state`, async () => (await this.state.textContent()).includes(part)).catch(async (error) => {
      throw new Error(`${error.message}; it is "${await this.state.textContent()}"`);
    });
  }

  /** What stands before somebody's cursor in its line. */
  beforeCursorOf(name) {
    return this.editor.evaluate((content, who) => {
      const cursor = [...content.querySelectorAll(".peer-cursor")].find((shown) => shown.textContent === who);
      if (cursor === undefined) return null;
      const before = document.createRange();
      before.setStart(cursor.closest(".cm-line"), 0);
      before.setEndBefore(cursor);
      const copy = before.cloneContents();
      copy.querySelectorAll(".peer-cursor, .ghost").forEach((shown) => shown.remove());
      return copy.textContent;
    }, name);
  }

  /** What the others have selected, by the colour that it is tinted with. */
  selections() {
    return this.editor.evaluate((content) => {
      const found = {};
      for (const part of content.querySelectorAll(".peer-selection")) found[part.classList[1]] = (found[part.classList[1]] ?? "") + part.textContent;
      return Object.values(found);
    });
  }

  async seesCursor(name, before) {
    await until(`${name}'s cursor behind ${JSON.stringify(before)} on ${this.name}'s page`, async () => (await this.beforeCursorOf(name)) === before);
  }

  async seesSelected(text) {
    await until(`${JSON.stringify(text)} selected on ${this.name}'s page`, async () => (await this.selections()).includes(text));
  }

  /** The others' names at their cursors. */
  cursors() {
    return this.page.locator(".peer-name").allTextContents();
  }

  async sees(name) {
    await until(`${name}'s cursor on ${this.name}'s page`, async () => (await this.cursors()).includes(name));
  }
}
