// The table of languages is that of server and terminal: the same names, the same other words, the same files.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { REPOSITORY } from "./support/processes.mjs";
import { loadSource } from "./support/source.mjs";

const { LANGUAGES, languageNamed, languageOf } = await loadSource("editor/languages.ts");

test("terminal and browser know the same languages by the same words and files", () => {
  const rust = readFileSync(join(REPOSITORY, "protocol/src/language.rs"), "utf8");
  const words = (list) => [...list.matchAll(/"([^"]*)"/g)].map(([, word]) => word);
  const rows = rust.matchAll(/^ +language\(\s*"([^"]+)",\s*&\[([^\]]*)\],\s*&\[([^\]]*)\]/gm);
  const terminal = [...rows].map(([, name, aliases, files]) => ({ name, aliases: words(aliases), files: words(files) }));
  assert.ok(terminal.length > 30, "the table was found");
  assert.deepEqual(LANGUAGES.map(({ name, aliases = [], files }) => ({ name, aliases: [...aliases], files: [...files] })), terminal);
});

test("a language is found by any of its words, and by a file's name", () => {
  for (const language of LANGUAGES) {
    for (const word of [language.name, ...(language.aliases ?? [])]) assert.equal(languageNamed(word.toUpperCase()), language);
    for (const file of language.files) assert.equal(languageOf(`a/b.${file}`), language);
  }
  assert.equal(languageOf("src/Makefile").name, "make");
  assert.equal(languageOf("Dockerfile").name, "dockerfile");
  assert.equal(languageOf("passwd"), null);
});
