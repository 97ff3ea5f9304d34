// A front end written from part 1 of the contract alone: a text area, whole texts, replaced on `sync`, a suggestion 600 ms after the last
// key. Two of them, each typing at its own end of the text, lose nothing; the number of participants is right through joins and losses.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Server, launchBrowser, until } from "./support/processes.mjs";

/** The page, with the server's address and the room in its own. */
const PAGE = `<!doctype html><p id="participants"></p><textarea id="text" rows="20" cols="80"></textarea><p id="suggestion"></p><script>
const address = new URLSearchParams(location.search), api = address.get("api"), room = address.get("room"), name = address.get("name");
const text = document.getElementById("text");
const socket = new WebSocket(api.replace("http", "ws") + "/ws/" + room);
let timer;
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if ("participants" in message) document.getElementById("participants").textContent = message.participants;
  if (message.type === "sync" && message.code !== text.value) {
    const fromEnd = text.value.length - text.selectionStart, atEnd = address.get("end") === "tail";
    const place = text.selectionStart;
    text.value = message.code;
    const cursor = atEnd ? text.value.length - fromEnd : place;
    text.setSelectionRange(cursor, cursor);
  }
};
text.oninput = () => {
  socket.send(JSON.stringify({ type: "update", code: text.value, cursorPosition: text.selectionStart, username: name, roomId: room }));
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const body = JSON.stringify({ code: text.value, cursorPosition: text.selectionStart, language: "python" });
    const answer = await fetch(api + "/autocomplete", { method: "POST", headers: { "content-type": "application/json" }, body });
    document.getElementById("suggestion").textContent = "suggested: " + (await answer.json()).suggestion;
  }, 600);
};
</script>`;

let browser, server, web;
before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), Server.start()]);
  web = createServer((_, response) => response.setHeader("content-type", "text/html").end(PAGE));
  await new Promise((resolve) => web.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  await browser?.close();
  web?.close();
  await server?.stop();
});

async function open(name, end) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${web.address().port}/?api=${encodeURIComponent(server.url)}&room=plain&name=${name}&end=${end}`);
  await until(`${name}'s text`, async () => (await page.locator("#text").inputValue()).includes("Start"));
  return { page, context };
}

test("two plain front ends type at both ends of the text and lose nothing", async () => {
  const [ada, grace] = [await open("ada", "head"), await open("grace", "tail")];
  const counts = (wanted) => until(`${wanted} participants`, async () => (await ada.page.locator("#participants").textContent()) === String(wanted));
  await counts(2);
  await ada.page.locator("#text").evaluate((text) => { text.focus(); text.setSelectionRange(0, 0); });
  await grace.page.locator("#text").evaluate((text) => { text.focus(); text.setSelectionRange(text.value.length, text.value.length); });
  // Every character once: with repeated ones a whole text says less than what was typed (docs/decisions/004).
  const [head, tail] = ["αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩ", "абвгдежзийклмнопрстуфхцчшщъыьэюяБГДЖЗИЛПУФЦЧШЩЪЫЬЭЮЯ"];
  await Promise.all([ada.page.keyboard.type(head, { delay: 45 }), grace.page.keyboard.type(tail, { delay: 60 })]);
  const whole = `${head}# Start collaborating...\n${tail}`;
  await until("every letter at the server, at its place", async () => (await server.code("plain")) === whole).catch(async (error) => {
    throw new Error(`${error.message}: ${await server.code("plain")}`);
  });
  const code = await server.code("plain");
  for (const { page } of [ada, grace]) await until("the same text on both pages", async () => (await page.locator("#text").inputValue()) === code);
  await grace.page.getByText("suggested:").waitFor();

  const third = await open("third", "head");
  await counts(3);
  await third.context.close();
  await counts(2);
  // A tab that is killed, as when its process dies.
  const session = await grace.context.newCDPSession(grace.page);
  session.send("Page.crash").catch(() => undefined);
  await counts(1);
  assert.equal((await server.show("plain")).participants, 1);
  await ada.context.close();
});
