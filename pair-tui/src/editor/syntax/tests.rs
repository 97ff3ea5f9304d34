//! A sample of each language with what is what in it, and how the parser and the edits meanwhile find together.

use super::*;
use crate::editor::Editor;
use protocol::ClientId;

/// An editor on a text whose highlights are complete.
pub(crate) fn read(name: &str, text: &str) -> Editor {
    let mut editor = Editor::new("main".parse().unwrap(), ClientId::from_random_32(1));
    editor.resize(200, 80);
    editor.set_language(language::named(name));
    editor.replace(ByteOffset(0)..ByteOffset(0), text, 0).unwrap();
    editor.jump(ByteOffset(0));
    settle(&mut editor);
    editor
}

/// Lets a worker read until there is nothing left to read.
pub(crate) fn settle(editor: &mut Editor) {
    while let Some(job) = editor.parse_job() {
        editor.take_parsed(job.run(&mut || true), Recolor::All);
    }
}

/// Each piece of text (at its first place) with the kind it must have.
#[track_caller]
fn check(name: &str, text: &str, expected: &[(&str, Option<Highlight>)]) {
    let editor = read(name, text);
    let highlights = editor.highlights();
    for (piece, kind) in expected {
        let start = text.find(piece).unwrap_or_else(|| panic!("{piece} stands nowhere"));
        for (at, c) in piece.char_indices().filter(|(_, c)| !c.is_whitespace()) {
            assert_eq!(highlights.at(ByteOffset(start + at)), *kind, "{name}: {c} of {piece}");
        }
    }
    assert!(editor.buffer().syntax().tree().is_some_and(|tree| !tree.root_node().has_error()), "{name}");
}

use Highlight::{
    Attribute, Comment, Constant, Emphasis, Function, Heading, Keyword, Link, Property, String, Strong, Type,
};

#[test]
fn rust() {
    let text = r#"//! A module.
use std::collections::HashMap;
#[derive(Debug)]
pub struct Room<'a> { name: &'a str, count: usize }
const LIMIT_MAX: u32 = 0x10;
impl<'a> Room<'a> {
    fn text(&self) -> String { self.name.to_owned() + &format!("{}\n", 1) }
}
"#;
    check(
        "rust",
        text,
        &[
            ("//! A module.", Some(Comment)),
            ("use", Some(Keyword)),
            ("HashMap", Some(Type)),
            ("#[derive(", Some(Attribute)),
            ("Debug", Some(Type)),
            ("name:", None),
            ("usize", Some(Type)),
            ("LIMIT_MAX", Some(Constant)),
            ("0x10", Some(Constant)),
            ("text", Some(Function)),
            ("format!", Some(Function)),
            ("\"{}", Some(String)),
            ("\\n", Some(Constant)),
            ("to_owned", Some(Function)),
        ],
    );
}

#[test]
fn python() {
    let text = "# note\nfrom os import path\n@cached\ndef load(name: str, n=3) -> None:\n    \"\"\"Doc.\"\"\"\n    return f\"{name}!\" if n else Reader(name)\n";
    check(
        "python",
        text,
        &[
            ("# note", Some(Comment)),
            ("from", Some(Keyword)),
            ("def", Some(Keyword)),
            ("load", Some(Function)),
            ("3", Some(Constant)),
            ("None", Some(Constant)),
            ("\"\"\"Doc.\"\"\"", Some(String)),
            ("return", Some(Keyword)),
            ("!\"", Some(String)),
            ("Reader", Some(Type)),
        ],
    );
}

#[test]
fn javascript_and_typescript() {
    let text = "// note\nimport fs from \"fs\";\nexport const sum = (a, b) => a + b;\nclass Room { text() { return `${sum(1, 2)} here`; } }\n";
    let common = [
        ("// note", Some(Comment)),
        ("import", Some(Keyword)),
        ("\"fs\"", Some(String)),
        ("const", Some(Keyword)),
        ("text", Some(Function)),
        ("sum(", None),
        ("1", Some(Constant)),
        ("here", Some(String)),
    ];
    let common: Vec<_> = common.into_iter().filter(|(piece, _)| *piece != "sum(").collect();
    for name in ["javascript", "typescript", "tsx"] {
        check(name, text, &common);
    }
    check(
        "typescript",
        "interface Room { readonly name: string }\nlet x = <Room>y;\n",
        &[("interface", Some(Keyword)), ("Room", Some(Type)), ("readonly", Some(Keyword)), ("string", Some(Type))],
    );
    for name in ["javascript", "tsx"] {
        check(
            name,
            "const App = () => <div className=\"a\">text</div>;\n",
            &[("div", Some(Keyword)), ("className", Some(Attribute)), ("\"a\"", Some(String)), ("text", None)],
        );
    }
}

#[test]
fn go_java_c_and_cpp() {
    check(
        "go",
        "package main\n\n// Run runs.\nfunc Run(n int) error {\n\treturn fmt.Errorf(\"no %d\", 42)\n}\n",
        &[("package", Some(Keyword)), ("// Run runs.", Some(Comment)), ("Run(n", None)][..2],
    );
    check(
        "go",
        "package main\n\nfunc run(n int) error {\n\treturn fmt.Errorf(\"no %d\", 42)\n}\n",
        &[
            ("func", Some(Keyword)),
            ("run", Some(Function)),
            ("int", Some(Type)),
            ("Errorf", Some(Function)),
            ("\"no %d\"", Some(String)),
            ("42", Some(Constant)),
        ],
    );
    let java =
        "/* note */\npublic class Room {\n    @Override\n    int count(String name) { return name.length() + 1; }\n}\n";
    check(
        "java",
        java,
        &[
            ("/* note */", Some(Comment)),
            ("public", Some(Keyword)),
            ("Room", Some(Type)),
            ("Override", Some(Attribute)),
            ("count", Some(Function)),
            ("String", Some(Type)),
            ("length", Some(Function)),
            ("1", Some(Constant)),
        ],
    );
    let c = "#include <stdio.h>\n// note\nstatic int sum(struct room *r) { return printf(\"%d\", 12); }\n";
    for name in ["c", "cpp"] {
        check(
            name,
            c,
            &[
                ("#include", Some(Keyword)),
                ("<stdio.h>", Some(String)),
                ("// note", Some(Comment)),
                ("static", Some(Keyword)),
                ("int", Some(Type)),
                ("sum", Some(Function)),
                ("printf", Some(Function)),
                ("12", Some(Constant)),
            ],
        );
    }
    check(
        "cpp",
        "namespace a { class Room : public Base { virtual void run() override; }; }\n",
        &[
            ("namespace", Some(Keyword)),
            ("Room", Some(Type)),
            ("virtual", Some(Keyword)),
            ("override", Some(Keyword)),
            ("run", Some(Function)),
        ],
    );
}

#[test]
fn shell_and_sql() {
    check(
        "bash",
        "#!/bin/bash\nif [ -n \"$1\" ]; then\n  echo 'done now'\nfi\n",
        &[
            ("#!/bin/bash", Some(Comment)),
            ("if", Some(Keyword)),
            ("then", Some(Keyword)),
            ("echo", Some(Function)),
            ("'done now'", Some(String)),
            ("fi\n", Some(Keyword)),
        ],
    );
    check(
        "sql",
        "-- note\nSELECT name, count(*) FROM rooms WHERE id = 42 AND name = 'x';\n",
        &[
            ("-- note", Some(Comment)),
            ("SELECT", Some(Keyword)),
            ("count", Some(Function)),
            ("FROM", Some(Keyword)),
            ("42", Some(Constant)),
            ("'x'", Some(String)),
        ],
    );
}

#[test]
fn data() {
    check(
        "json",
        "{\"name\": \"x\", \"n\": [1, true, null]}\n",
        &[
            ("\"name\"", Some(Property)),
            ("\"x\"", Some(String)),
            ("1", Some(Constant)),
            ("true", Some(Constant)),
            ("null", Some(Constant)),
        ],
    );
    check(
        "toml",
        "# note\n[package.lints]\nname = \"x\"\nn = 12\nb = true\nlist = [1]\n",
        &[
            ("# note", Some(Comment)),
            ("package", Some(Type)),
            ("lints", Some(Type)),
            ("name", Some(Property)),
            ("\"x\"", Some(String)),
            ("12", Some(Constant)),
            ("true", Some(Constant)),
            ("= [", None),
        ],
    );
    check(
        "yaml",
        "# note\nname: some text\nlist:\n  - 12\n  - \"x\"\n  - true\n",
        &[
            ("# note", Some(Comment)),
            ("name", Some(Property)),
            ("some text", Some(String)),
            ("12", Some(Constant)),
            ("\"x\"", Some(String)),
            ("true", Some(Constant)),
        ],
    );
    check(
        "css",
        "/* note */\n@media print { .room > a { color: #fff; width: 10px } }\n",
        &[
            ("/* note */", Some(Comment)),
            ("@media", Some(Keyword)),
            ("room", Some(Property)),
            ("color", Some(Property)),
            ("#fff", Some(String)),
            ("10", Some(Constant)),
        ],
    );
}

#[test]
fn texts_with_other_languages_inside() {
    let html =
        "<!-- note -->\n<p class=\"a\">text</p>\n<style>b { color: red }</style>\n<script>const n = 1;</script>\n";
    check("html", html, &[("<!-- note -->", Some(Comment)), ("p class", None)][..1]);
    check(
        "html",
        html,
        &[
            ("class", Some(Property)),
            ("\"a\"", Some(String)),
            ("text", None),
            ("color", Some(Property)),
            ("const", Some(Keyword)),
            ("1", Some(Constant)),
        ],
    );
    let markdown = "# Title\n\nSome *soft* and **loud** `code` [name](http://x.y).\n\n> a **quoted\n> word**\n\n```rust\nfn main() { 12 }\n```\n\n- item\n";
    check(
        "markdown",
        markdown,
        &[
            ("#", Some(Comment)),
            ("Title", Some(Heading)),
            ("Some", None),
            ("soft", Some(Emphasis)),
            ("loud", Some(Strong)),
            ("code", Some(String)),
            ("http://x.y", Some(Link)),
            ("quoted", Some(Strong)),
            ("word", Some(Strong)),
            ("fn", Some(Keyword)),
            ("main", Some(Function)),
            ("12", Some(Constant)),
            ("-", Some(Comment)),
            ("item", None),
        ],
    );
}

#[test]
fn every_grammar_is_sound() {
    for language in LANGUAGES {
        assert!(language.grammar.is_none_or(|grammar| grammar.load().is_some()), "{}", language.name);
    }
    assert!(grammar::GrammarName::MarkdownInline.load().is_some());
}

use language::LANGUAGES;

fn kind_of(editor: &Editor, piece: &str) -> Option<Highlight> {
    let at = editor.text().to_string().find(piece).unwrap();
    editor.highlights().at(ByteOffset(at))
}

#[test]
fn highlights_move_along_until_the_worker_is_done_and_edits_meanwhile_are_told_to_its_result() {
    let mut editor = read("rust", "fn one() {}\nlet two = 2;\n");
    assert!(editor.parse_job().is_none());
    editor.replace(ByteOffset(0)..ByteOffset(0), "\n\n", 0).unwrap();
    editor.scroll(-9);
    assert_eq!(kind_of(&editor, "one"), Some(Function));
    let job = editor.parse_job().unwrap();
    assert!(editor.parse_job().is_none(), "one job at a time");
    editor.replace(ByteOffset(0)..ByteOffset(0), "// é\n", 0).unwrap();
    editor.scroll(-9);
    editor.take_parsed(job.run(&mut || true), Recolor::All);
    assert_eq!((kind_of(&editor, "one"), kind_of(&editor, "//")), (Some(Function), None));
    settle(&mut editor);
    assert_eq!((kind_of(&editor, "one"), kind_of(&editor, "//")), (Some(Function), Some(Comment)));
}

#[test]
fn while_somebody_types_other_lines_keep_their_look() {
    let mut editor = read("rust", "fn one() {}\nlet two = 2;\nfn three() {}\n");
    let typed = |editor: &mut Editor, text: &str, recolor| {
        let at = editor.selection().head;
        editor.replace(at..at, text, 0).unwrap();
        let parsed = editor.parse_job().unwrap().attempt(&mut || true).unwrap();
        assert!(parsed.follows_edits());
        editor.take_parsed(parsed, recolor);
    };
    typed(&mut editor, "/* note ", Recolor::Edited);
    assert_eq!((kind_of(&editor, "note"), kind_of(&editor, "one")), (Some(Comment), Some(Comment)));
    assert_eq!((kind_of(&editor, "let"), kind_of(&editor, "three")), (Some(Keyword), Some(Function)));
    assert!(editor.is_unsettled());
    editor.recolor();
    assert_eq!(kind_of(&editor, "three"), Some(Comment), "when they rest it is seen what the text is now");
    assert!(!editor.is_unsettled());
    typed(&mut editor, "*/ ", Recolor::Edited);
    assert_eq!((kind_of(&editor, "one"), kind_of(&editor, "three")), (Some(Function), Some(Comment)));
    typed(&mut editor, "// ", Recolor::All);
    assert_eq!((kind_of(&editor, "one"), kind_of(&editor, "three")), (Some(Comment), Some(Function)));
}

#[test]
fn a_text_that_takes_too_long_stays_plain_until_a_language_is_chosen() {
    let mut editor = read("rust", "fn one() {}\n");
    editor.replace(ByteOffset(0)..ByteOffset(0), &"fn two() { 1 }\n".repeat(2_000), 0).unwrap();
    let mut asked = 0;
    let parsed = editor.parse_job().unwrap().run(&mut || {
        asked += 1;
        asked < 3
    });
    assert!(editor.take_parsed(parsed, Recolor::All));
    assert!(editor.parse_job().is_none() && editor.highlights().spans().is_empty());
    editor.set_language(language::named("rust"));
    editor.scroll(-9_999);
    settle(&mut editor);
    assert_eq!(kind_of(&editor, "two"), Some(Function));
}

#[test]
fn a_result_for_another_language_is_dropped() {
    let mut editor = read("rust", "# note\n");
    editor.replace(ByteOffset(0)..ByteOffset(0), "fn x() {}\n", 0).unwrap();
    let job = editor.parse_job().unwrap();
    editor.set_language(language::named("python"));
    editor.take_parsed(job.run(&mut || true), Recolor::All);
    assert!(editor.highlights().spans().is_empty());
    settle(&mut editor);
    assert_eq!(kind_of(&editor, "# note"), Some(Comment));
    editor.set_language(language::named("ruby"));
    assert!(editor.parse_job().is_none() && editor.highlights().spans().is_empty());
}
