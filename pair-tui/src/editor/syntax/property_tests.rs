//! Random edits, here and by somebody else, with the worker finishing now and then: the trees become those of a fresh reading, and so do
//! the highlights. Where the text is broken, tree-sitter may guess otherwise what is missing, depending on what it knew before; so the
//! trees of a broken text are only compared once it has been put right.

use super::{language::named, tests::settle, *};
use crate::editor::{Editor, buffer::Buffer};
use proptest::prelude::*;
use protocol::ClientId;

/// A sound text of each language.
const SAMPLES: [(&str, &str); 17] = [
    (
        "rust",
        "/// A room.\nfn one<'a>(x: &'a str) -> u32 {\n    let y = \"é\"; // note\n    match x { _ => 12 }\n}\n\n",
    ),
    (
        "python",
        "class Room:\n    def one(self, x=1):\n        \"\"\"Doc.\"\"\"\n        if x:\n            return f\"{x}\"\n\n",
    ),
    (
        "typescript",
        "class Room {\n  name: string = `a${1}b`;\n  one(): number { return /x/.test(\"y\") ? 1 : 2; }\n}\n",
    ),
    ("json", "[{\"a\": [1, 2, {\"b\": null}]}, \"x\", [{}, {}, true]]\n"),
    ("yaml", "- name: some text\n  list:\n    - 12\n    - |\n      long\n      text\n  more: {a: b}\n"),
    ("shell", "if [ -n \"$1\" ]; then\n  cat <<E\n$x\nE\nfi\n"),
    (
        "markdown",
        "# Title\n\nSome *soft* `code`\nand **loud**.\n\n> quoted\n\n```rust\nfn f() { 1 }\n```\n\n- item\n\n",
    ),
    ("javascript", "// note\nexport const one = (x) => { for (const y of x) { y.z`a${y}`; } };\n"),
    ("tsx", "const App = (p: Props) => <div a={p.b}>text {1 + 2}</div>;\n"),
    ("go", "// Run runs.\nfunc Run(n int) (string, error) {\n\treturn `a\nb`, fmt.Errorf(\"%d\", n)\n}\n"),
    ("c", "#include <a.h>\n/* note */\nstatic int one(char *x) { if (x) { return 'a' + 1; } return f(\"y\"); }\n"),
    ("cpp", "namespace a { template <class T> class Room : B<T> { int one() { return R\"x(y)x\"[1]; } }; }\n"),
    ("java", "class Room { @A int one(List<String> x) { return x.get(1) == null ? 'a' : \"b\".length(); } }\n"),
    ("toml", "# note\n[a.b]\nc = \"x\"\nd = [1, 2.5]\ne = \"\"\"long\ntext\"\"\"\n"),
    ("css", "/* note */\n@media print { .a > b:hover { color: #fff; width: calc(1px + 2em) } }\n"),
    ("sql", "-- note\nSELECT a, count(*) FROM b JOIN c ON b.x = c.y WHERE d = 'e' GROUP BY a;\n"),
    ("html", "<p class=\"a\">text</p>\n<style>b { color: red }</style>\n<script>let x = 1;</script>\n"),
];

fn piece() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a",
        " ",
        "\n",
        "\n\n",
        "    ",
        "\t",
        "\"",
        "'",
        "{",
        "}",
        "(",
        ")",
        "<",
        ">",
        "/",
        "//",
        "/*",
        "*/",
        "#",
        "`",
        "```\n",
        "**",
        "*",
        "- ",
        "> ",
        ": ",
        "fn f() { 1 }\n",
        "def f(x):\n    return x\n",
        "key: value\n",
        "# Title\n",
        "é",
        "日本",
        "\r\n",
        "\r",
        "\u{2028}",
        "<script>let x = 1;</script>\n",
        "<p>text</p>",
        "let x = `a${b}c`;\n",
        "12",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..6).prop_map(|pieces| pieces.concat())
}

#[derive(Debug, Clone)]
enum Step {
    /// Replaces a part (from and length in thousandths of the text): here, or by somebody else.
    Edit { is_local: bool, at: usize, length: usize, text: String },
    /// Takes back the last edit made here.
    Undo,
    /// The worker begins, if it is free.
    Begin,
    /// The worker is done.
    Done,
}

fn step() -> impl Strategy<Value = Step> {
    let edit = (any::<bool>(), 0..1000_usize, 0..80_usize, piece())
        .prop_map(|(is_local, at, length, text)| Step::Edit { is_local, at, length, text });
    prop_oneof![6 => edit, 1 => Just(Step::Undo), 3 => Just(Step::Begin), 3 => Just(Step::Done)]
}

fn range(text: &Text, at: usize, length: usize) -> Range<ByteOffset> {
    let end = text.len().0;
    let start = text.clamp(ByteOffset(end * at / 1000));
    start..text.clamp(ByteOffset((start.0 + end * length / 1000).min(end)))
}

fn changes(range: &Range<ByteOffset>, text: &str) -> bool {
    !range.is_empty() || !text.is_empty()
}

fn play(editor: &mut Editor, other: &mut Buffer, job: &mut Option<ParseJob>, step: Step) {
    match step {
        Step::Edit { is_local: true, at, length, text } => {
            let range = range(editor.text(), at, length);
            if changes(&range, &text) {
                let edit = editor.replace(range, &text, 0).unwrap();
                editor.stop_undo_group();
                other.apply(&edit.update).unwrap();
            }
        }
        Step::Edit { is_local: false, at, length, text } => {
            let range = range(other.text(), at, length);
            if changes(&range, &text) {
                let edit = other.edit(range, &text, 0).unwrap();
                editor.apply_remote(&edit.update).unwrap();
            }
        }
        Step::Undo => {
            let outcome = editor.execute(&crate::editor::EditorCommand::Undo, 0).unwrap();
            outcome.updates.iter().for_each(|update| drop(other.apply(update).unwrap()));
        }
        Step::Begin => *job = job.take().or_else(|| editor.parse_job()),
        Step::Done => drop(job.take().map(|job| editor.take_parsed(job.run(&mut || true), Recolor::All))),
    }
}

/// All trees, and whether one of them has an error.
fn trees(editor: &Editor) -> (Vec<(Range<usize>, String)>, bool) {
    let Some(layers) = &editor.buffer().syntax().layers else { return (Vec::new(), false) };
    let inner = layers.injected.iter().map(|layer| (layer.range.clone(), &layer.tree));
    let all: Vec<_> = std::iter::once((layers.tree.root_node().byte_range(), &layers.tree)).chain(inner).collect();
    let has_error = all.iter().any(|(_, tree)| tree.root_node().has_error());
    (all.into_iter().map(|(range, tree)| (range, tree.root_node().to_sexp())).collect(), has_error)
}

/// Compares with an editor that has read the same text at once.
fn compare(editor: &mut Editor, name: &str, must_be_sound: bool) -> Result<(), TestCaseError> {
    settle(editor);
    let text = editor.text().to_string();
    let mut fresh = Editor::new("main".parse().unwrap(), ClientId::from_random_32(3));
    fresh.resize(10, 40);
    fresh.set_language(named(name));
    if !text.is_empty() {
        fresh.replace(ByteOffset(0)..ByteOffset(0), &text, 0).unwrap();
    }
    fresh.scroll(-9_999);
    fresh.scroll(editor.viewport().top.0.cast_signed());
    settle(&mut fresh);
    prop_assert_eq!(editor.viewport().top, fresh.viewport().top);
    let (expected, is_broken) = trees(&fresh);
    prop_assert!(!(must_be_sound && is_broken), "the sample is broken: {:?}", expected);
    if !is_broken {
        prop_assert_eq!(trees(editor).0, expected, "{:?}", text);
        prop_assert_eq!(editor.highlights(), fresh.highlights(), "{:?}", text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn an_incremental_reading_ends_where_a_fresh_one_does(
        (name, sample) in prop::sample::select(SAMPLES.to_vec()),
        steps in prop::collection::vec(step(), 1..30),
    ) {
        let mut editor = Editor::new("main".parse().unwrap(), ClientId::from_random_32(1));
        let mut other = Buffer::new(ClientId::from_random_32(2));
        editor.resize(10, 40);
        editor.set_language(named(name));
        let sample = if name == "json" { sample.to_owned() } else { sample.repeat(4) };
        let first = editor.replace(ByteOffset(0)..ByteOffset(0), &sample, 0).unwrap();
        editor.scroll(-9_999);
        other.apply(&first.update).unwrap();
        let mut job = None;
        for step in steps {
            play(&mut editor, &mut other, &mut job, step);
        }
        play(&mut editor, &mut other, &mut job, Step::Done);
        compare(&mut editor, name, false)?;

        for splice in protocol::text::difference(&other.text().to_string(), &sample, None).splices {
            let edit = other.edit(splice.range(), &splice.inserted, 0).unwrap();
            editor.apply_remote(&edit.update).unwrap();
        }
        prop_assert_eq!(editor.text().to_string(), sample);
        compare(&mut editor, name, true)?;
    }
}
