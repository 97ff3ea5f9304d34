// The languages that a room may have, by which names people and files call them, and what highlights each. The names are those of the
// table that server and terminal have (protocol/src/language.rs); a test compares both. What highlights a language is loaded when a room has it.
import { StreamLanguage, type LanguageSupport, type StreamParser } from "@codemirror/language";
import type { Extension } from "@codemirror/state";

interface Language {
  name: string;
  /** Other words for it. */
  aliases?: readonly string[];
  /** How file names of it end (behind the last dot), or whole file names, in small letters; new files get the first. */
  files: readonly string[];
  load: (() => Promise<Extension>) | null;
}

const stream = <State>(parser: StreamParser<State>): Extension => StreamLanguage.define(parser);
const script = (options: { jsx?: boolean; typescript?: boolean }) => (): Promise<LanguageSupport> =>
  import("@codemirror/lang-javascript").then((loaded) => loaded.javascript(options));
const clike = (name: "csharp" | "kotlin" | "scala" | "dart") => (): Promise<Extension> =>
  import("@codemirror/legacy-modes/mode/clike").then((loaded) => stream(loaded[name]));

/** Every language, in alphabetical order. */
export const LANGUAGES: readonly Language[] = [
  { name: "c", files: ["c", "h"], load: () => import("@codemirror/lang-cpp").then((loaded) => loaded.cpp()) },
  { name: "cpp", aliases: ["c++"], files: ["cpp", "cc", "cxx", "hpp", "hh", "hxx"], load: () => import("@codemirror/lang-cpp").then((loaded) => loaded.cpp()) },
  { name: "csharp", aliases: ["c#", "cs"], files: ["cs"], load: clike("csharp") },
  { name: "css", files: ["css", "scss"], load: () => import("@codemirror/lang-css").then((loaded) => loaded.css()) },
  { name: "dart", files: ["dart"], load: clike("dart") },
  { name: "dockerfile", aliases: ["docker"], files: ["dockerfile"], load: () => import("@codemirror/legacy-modes/mode/dockerfile").then((loaded) => stream(loaded.dockerFile)) },
  { name: "elixir", files: ["ex", "exs"], load: null },
  { name: "erlang", files: ["erl"], load: () => import("@codemirror/legacy-modes/mode/erlang").then((loaded) => stream(loaded.erlang)) },
  { name: "go", aliases: ["golang"], files: ["go"], load: () => import("@codemirror/lang-go").then((loaded) => loaded.go()) },
  { name: "haskell", files: ["hs"], load: () => import("@codemirror/legacy-modes/mode/haskell").then((loaded) => stream(loaded.haskell)) },
  { name: "html", files: ["html", "htm"], load: () => import("@codemirror/lang-html").then((loaded) => loaded.html()) },
  { name: "java", files: ["java"], load: () => import("@codemirror/lang-java").then((loaded) => loaded.java()) },
  { name: "javascript", aliases: ["js", "jsx", "node", "javascriptreact"], files: ["js", "mjs", "cjs", "jsx"], load: script({ jsx: true }) },
  { name: "json", aliases: ["jsonc"], files: ["json"], load: () => import("@codemirror/lang-json").then((loaded) => loaded.json()) },
  { name: "kotlin", files: ["kt", "kts"], load: clike("kotlin") },
  { name: "lua", files: ["lua"], load: () => import("@codemirror/legacy-modes/mode/lua").then((loaded) => stream(loaded.lua)) },
  { name: "make", aliases: ["makefile"], files: ["makefile", "mk"], load: null },
  { name: "markdown", aliases: ["md"], files: ["md", "markdown"], load: () => import("@codemirror/lang-markdown").then((loaded) => loaded.markdown()) },
  { name: "nix", files: ["nix"], load: null },
  { name: "ocaml", files: ["ml", "mli"], load: () => import("@codemirror/legacy-modes/mode/mllike").then((loaded) => stream(loaded.oCaml)) },
  { name: "perl", files: ["pl", "pm"], load: () => import("@codemirror/legacy-modes/mode/perl").then((loaded) => stream(loaded.perl)) },
  { name: "php", files: ["php"], load: null },
  { name: "python", aliases: ["py"], files: ["py", "pyi"], load: () => import("@codemirror/lang-python").then((loaded) => loaded.python()) },
  { name: "r", files: ["r"], load: () => import("@codemirror/legacy-modes/mode/r").then((loaded) => stream(loaded.r)) },
  { name: "ruby", aliases: ["rb"], files: ["rb"], load: () => import("@codemirror/legacy-modes/mode/ruby").then((loaded) => stream(loaded.ruby)) },
  { name: "rust", aliases: ["rs"], files: ["rs"], load: () => import("@codemirror/lang-rust").then((loaded) => loaded.rust()) },
  { name: "scala", files: ["scala"], load: clike("scala") },
  { name: "shell", aliases: ["bash", "sh", "zsh", "shellscript"], files: ["sh", "bash", "zsh"], load: () => import("@codemirror/legacy-modes/mode/shell").then((loaded) => stream(loaded.shell)) },
  { name: "sql", files: ["sql"], load: () => import("@codemirror/lang-sql").then((loaded) => loaded.sql()) },
  { name: "swift", files: ["swift"], load: () => import("@codemirror/legacy-modes/mode/swift").then((loaded) => stream(loaded.swift)) },
  { name: "text", aliases: ["plain", "plaintext", "txt"], files: ["txt"], load: null },
  { name: "toml", files: ["toml"], load: () => import("@codemirror/legacy-modes/mode/toml").then((loaded) => stream(loaded.toml)) },
  { name: "tsx", aliases: ["typescriptreact"], files: ["tsx"], load: script({ jsx: true, typescript: true }) },
  { name: "typescript", aliases: ["ts"], files: ["ts", "mts", "cts"], load: script({ typescript: true }) },
  { name: "yaml", aliases: ["yml"], files: ["yaml", "yml"], load: () => import("@codemirror/lang-yaml").then((loaded) => loaded.yaml()) },
  { name: "zig", files: ["zig"], load: null },
];

/** What is known of a room's language, by any word for it; a word that is not in the table is as plain text. */
export function languageNamed(name: string): Language {
  const word = name.trim().toLowerCase();
  return LANGUAGES.find((language) => language.name === word || language.aliases?.includes(word)) ?? { name, files: ["txt"], load: null };
}

/** The language of a document by its file's name; none where that says nothing, so that it has the room's. */
export function languageOf(path: string): Language | null {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const end = name.slice(name.lastIndexOf(".") + 1);
  return LANGUAGES.find(({ files }) => files.includes(end) || files.includes(name)) ?? null;
}
