// The languages that a room may have, and what highlights each. The words are those of the terminal client's table. What highlights a
// language is loaded when a room has it.
import { StreamLanguage, type LanguageSupport, type StreamParser } from "@codemirror/language";
import type { Extension } from "@codemirror/state";

interface Language {
  name: string;
  /** How its files end. */
  file: string;
  load: (() => Promise<Extension>) | null;
}

const stream = <State>(parser: StreamParser<State>): Extension => StreamLanguage.define(parser);
const script = (options: { jsx?: boolean; typescript?: boolean }) => (): Promise<LanguageSupport> =>
  import("@codemirror/lang-javascript").then((loaded) => loaded.javascript(options));
const clike = (name: "csharp" | "kotlin" | "scala" | "dart") => (): Promise<Extension> =>
  import("@codemirror/legacy-modes/mode/clike").then((loaded) => stream(loaded[name]));

/** Every language, in alphabetical order. */
export const LANGUAGES: readonly Language[] = [
  { name: "c", file: "c", load: () => import("@codemirror/lang-cpp").then((loaded) => loaded.cpp()) },
  { name: "cpp", file: "cpp", load: () => import("@codemirror/lang-cpp").then((loaded) => loaded.cpp()) },
  { name: "csharp", file: "cs", load: clike("csharp") },
  { name: "css", file: "css", load: () => import("@codemirror/lang-css").then((loaded) => loaded.css()) },
  { name: "dart", file: "dart", load: clike("dart") },
  { name: "dockerfile", file: "dockerfile", load: () => import("@codemirror/legacy-modes/mode/dockerfile").then((loaded) => stream(loaded.dockerFile)) },
  { name: "elixir", file: "ex", load: null },
  { name: "erlang", file: "erl", load: () => import("@codemirror/legacy-modes/mode/erlang").then((loaded) => stream(loaded.erlang)) },
  { name: "go", file: "go", load: () => import("@codemirror/lang-go").then((loaded) => loaded.go()) },
  { name: "haskell", file: "hs", load: () => import("@codemirror/legacy-modes/mode/haskell").then((loaded) => stream(loaded.haskell)) },
  { name: "html", file: "html", load: () => import("@codemirror/lang-html").then((loaded) => loaded.html()) },
  { name: "java", file: "java", load: () => import("@codemirror/lang-java").then((loaded) => loaded.java()) },
  { name: "javascript", file: "js", load: script({ jsx: true }) },
  { name: "json", file: "json", load: () => import("@codemirror/lang-json").then((loaded) => loaded.json()) },
  { name: "kotlin", file: "kt", load: clike("kotlin") },
  { name: "lua", file: "lua", load: () => import("@codemirror/legacy-modes/mode/lua").then((loaded) => stream(loaded.lua)) },
  { name: "make", file: "mk", load: null },
  { name: "markdown", file: "md", load: () => import("@codemirror/lang-markdown").then((loaded) => loaded.markdown()) },
  { name: "nix", file: "nix", load: null },
  { name: "ocaml", file: "ml", load: () => import("@codemirror/legacy-modes/mode/mllike").then((loaded) => stream(loaded.oCaml)) },
  { name: "perl", file: "pl", load: () => import("@codemirror/legacy-modes/mode/perl").then((loaded) => stream(loaded.perl)) },
  { name: "php", file: "php", load: null },
  { name: "python", file: "py", load: () => import("@codemirror/lang-python").then((loaded) => loaded.python()) },
  { name: "r", file: "r", load: () => import("@codemirror/legacy-modes/mode/r").then((loaded) => stream(loaded.r)) },
  { name: "ruby", file: "rb", load: () => import("@codemirror/legacy-modes/mode/ruby").then((loaded) => stream(loaded.ruby)) },
  { name: "rust", file: "rs", load: () => import("@codemirror/lang-rust").then((loaded) => loaded.rust()) },
  { name: "scala", file: "scala", load: clike("scala") },
  { name: "shell", file: "sh", load: () => import("@codemirror/legacy-modes/mode/shell").then((loaded) => stream(loaded.shell)) },
  { name: "sql", file: "sql", load: () => import("@codemirror/lang-sql").then((loaded) => loaded.sql()) },
  { name: "swift", file: "swift", load: () => import("@codemirror/legacy-modes/mode/swift").then((loaded) => stream(loaded.swift)) },
  { name: "text", file: "txt", load: null },
  { name: "toml", file: "toml", load: () => import("@codemirror/legacy-modes/mode/toml").then((loaded) => stream(loaded.toml)) },
  { name: "tsx", file: "tsx", load: script({ jsx: true, typescript: true }) },
  { name: "typescript", file: "ts", load: script({ typescript: true }) },
  { name: "yaml", file: "yaml", load: () => import("@codemirror/lang-yaml").then((loaded) => loaded.yaml()) },
  { name: "zig", file: "zig", load: null },
];

/** What is known of a room's language; a word that is not in the table is as plain text. */
export function languageNamed(name: string): Language {
  return LANGUAGES.find((language) => language.name === name) ?? { name, file: "txt", load: null };
}

/** The language of a document by the end of its path; none where that says nothing, so that it has the room's. */
export function languageOf(path: string): Language | null {
  const end = /\.([^./]+)$/.exec(path)?.[1];
  return LANGUAGES.find(({ file }) => file === end) ?? null;
}
