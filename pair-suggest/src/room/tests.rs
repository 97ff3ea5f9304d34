//! The model as its users see it: what it suggests, that edits leave what a fresh count finds, that nothing makes it slow or fall.

use super::*;
use crate::Extent;
use proptest::prelude::*;

fn path(name: &str) -> DocumentPath {
    name.parse().unwrap()
}

/// A room with one document, written to the `|`.
fn model(text: &str, language: &str) -> (RoomModel, ByteOffset) {
    let at = text.find('|').unwrap_or(text.len());
    let mut model = RoomModel::new(language);
    assert!(model.open(&DocumentPath::main(), &text.replacen('|', "", 1)));
    (model, ByteOffset(at))
}

/// The suggestions at the `|`, the best first.
fn at(text: &str, language: &str) -> Vec<String> {
    let (mut model, at) = model(text, language);
    model.suggest(&DocumentPath::main(), at).into_iter().map(|candidate| candidate.text).collect()
}

fn best(text: &str, language: &str) -> String {
    at(text, language).into_iter().next().unwrap_or_default()
}

#[test]
fn the_rest_of_a_word_comes_from_the_document() {
    assert_eq!(best("let participants = 3;\nlet total = participants + 1;\nprint(parti|", "rust"), "cipants");
    assert_eq!(best("größe = 1\nprint(größe)\nprint(grö|)", "python"), "ße");
}

#[test]
fn a_line_that_came_before_is_gone_on_with() {
    let text = "try:\n    open()\nexcept OSError:\n    pass\ntry:\n    close()\nexcept OSError:\n    pass\ntry:\n    read()\nexc|";
    let (mut model, at) = model(text, "python");
    let best = model.suggest(&DocumentPath::main(), at).swap_remove(0);
    assert_eq!((best.text.as_str(), best.extent), ("ept OSError:", Extent::Line));
    assert!(best.confidence > 0.5 && best.confidence <= 1.0);
}

#[test]
fn a_line_that_repeats_another_with_a_new_name_is_gone_on_with() {
    let names = ["alpha", "beta", "gamma", "delta"];
    let lines = names.map(|name| format!("        self.{name} = {name}\n")).concat();
    assert_eq!(best(&format!("{lines}        self.epsilon = e|"), "python"), "psilon");
}

#[test]
fn members_come_from_the_same_receiver() {
    let text = "room.join(a)\nroom.join(b)\nroom.join(c)\nlist.jump(d)\nlist.jump(e)\nlist.jump(f)\nroom.j|";
    assert!(best(text, "python").starts_with("oin"));
}

#[test]
fn the_room_teaches_what_the_document_does_not_have() {
    let (mut model, at) = model("from protocol import Doc|", "python");
    assert_eq!(model.suggest(&DocumentPath::main(), at), []);
    model.open(&path("b.py"), "from protocol import DocumentPath\nfrom protocol import DocumentPath\n");
    let taught = model.suggest(&DocumentPath::main(), at);
    assert_eq!(taught.first().map(|best| best.text.as_str()), Some("umentPath"));
    model.close(&path("b.py"));
    assert_eq!(model.suggest(&DocumentPath::main(), at), []);
}

#[test]
fn nothing_is_made_up() {
    for text in
        ["|", "a|", "\n\n|", "word|word", "x = 12|", "🎉|", "unknown_thing|", "def f|", "# Start collaborating...\n|"]
    {
        assert_eq!(at(text, "python"), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_stands_behind_the_cursor_is_not_suggested_again() {
    let text = "f(alpha, beta)\nf(alpha, beta)\nf(alpha, beta)\nf(alpha, |beta)\n";
    assert_eq!(at(text, "python"), Vec::<String>::new());
}

#[test]
fn a_document_beyond_the_bounds_is_not_followed() {
    let mut model = RoomModel::new("c");
    let (one, other) = (path("one"), path("other"));
    let line = " ".repeat(1_023) + "\n";
    assert!(model.open(&one, &line.repeat(ROOM_BYTES_MAX / 1_024)));
    assert!(!model.open(&other, "b"));
    assert_eq!(model.suggest(&other, ByteOffset(1)), []);
    model.edit(&one, ByteOffset(0)..ByteOffset(0), "more");
    assert!(!model.follows(&one));
    assert!(model.open(&other, "b"));
    model.edit(&other, ByteOffset(1)..ByteOffset(1), &"c".repeat(GROWTH_MAX + 1));
    assert!(!model.follows(&other));
    // Few bytes, many tokens.
    assert!(!model.open(&other, &"\n".repeat(ROOM_TOKENS_MAX)));
    assert_eq!(model.vocabulary.len(), 1);
}

#[test]
fn a_line_of_ten_megabytes_is_neither_followed_nor_waited_for() {
    let mut model = RoomModel::new("javascript");
    assert!(!model.open(&DocumentPath::main(), &"a=b;".repeat(10 << 18)));
    let line = "a=b;".repeat(ROOM_BYTES_MAX / 8);
    assert!(model.open(&DocumentPath::main(), &line));
    for at in [0, 1, line.len() / 2 + 1, line.len(), usize::MAX] {
        model.edit(&DocumentPath::main(), ByteOffset(at)..ByteOffset(at), "x");
        drop(model.suggest(&DocumentPath::main(), ByteOffset(at)));
    }
}

#[test]
fn any_place_in_any_text_is_fine() {
    for text in
        ["é🎉\r\nfn é() {}\n\t\u{301}x = é", "\u{0}\u{feff}\n\n\n\u{2028}a\u{202e}b", "((((((\n[[[[{{{{\"\"\"'''"]
    {
        let (mut model, _) = model(text, "rust");
        for at in 0..=text.len() + 3 {
            drop(model.suggest(&DocumentPath::main(), ByteOffset(at)));
            drop(model.next_tokens(&DocumentPath::main(), ByteOffset(at), 10));
        }
    }
}

const PARTS: [&str; 16] =
    ["a", "bc", "Def", "x1", " ", "  ", "\n", "\n    ", ".", "(", "::", "é", "=", "🎉", "\r\n", "_"];

/// Texts of which edits are made: few words, so that they come again.
fn written() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PARTS.as_slice()), 0..24).prop_map(|parts| parts.concat())
}

/// Edits as shares of the text, which is not known yet.
fn edits() -> impl Strategy<Value = Vec<(f64, f64, String)>> {
    proptest::collection::vec((0.0..1.0, 0.0..0.3, written()), 1..12)
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a short text"
)]
fn place(text: &str, share: f64) -> usize {
    text.floor_char_boundary((share * (text.len() + 1) as f64) as usize)
}

/// A model whose document became a text by edits; with that text.
fn edited(begun: &str, edits: &[(f64, f64, String)]) -> (RoomModel, String) {
    let mut text = begun.to_owned();
    let mut model = RoomModel::new("rust");
    model.open(&path("other"), "bc.Def(x1)\n    a::é = bc\n");
    model.open(&DocumentPath::main(), &text);
    for (at, length, inserted) in edits {
        let (from, to) = (place(&text, *at), place(&text, (at + length).min(1.0)));
        text.replace_range(from..to, inserted);
        model.edit(&DocumentPath::main(), ByteOffset(from)..ByteOffset(to), inserted);
        drop(model.suggest(&DocumentPath::main(), ByteOffset(place(&text, *at))));
    }
    (model, text)
}

proptest! {
    #[test]
    fn counts_after_edits_are_those_of_a_fresh_count(begun in written(), edits in edits()) {
        let (mut model, text) = edited(&begun, &edits);
        let followed = model.documents.remove(&DocumentPath::main()).unwrap();
        let lines = followed.lines().iter().map(|line| &*line.text).collect::<Vec<_>>();
        prop_assert_eq!(lines.join("\n"), text.as_str());
        prop_assert_eq!(followed.len(), text.len());
        // The same vocabulary, so that the numbers are the same.
        let words = model.vocabulary.len();
        let fresh = Tracked::new(&text, model.lexis, &mut model.vocabulary, usize::MAX).unwrap();
        prop_assert_eq!(model.vocabulary.len(), words);
        prop_assert_eq!(followed.counts().all(), fresh.counts().all());
        followed.close(&mut model.vocabulary);
        fresh.close(&mut model.vocabulary);
        model.close(&path("other"));
        prop_assert_eq!(model.vocabulary.len(), 1, "nothing but the line break is left");
    }

    #[test]
    fn a_text_that_is_followed_is_counted_as_it_is(begun in written(), texts in proptest::collection::vec(written(), 1..4), shared in written()) {
        let mut model = RoomModel::new("rust");
        model.open(&DocumentPath::main(), &begun);
        for text in texts {
            let text = [&*begun, &*text, &*shared].join("\n");
            prop_assert!(model.follow(&DocumentPath::main(), &text));
            let lines = model.documents[&DocumentPath::main()].lines().iter().map(|line| &*line.text).collect::<Vec<_>>();
            prop_assert_eq!(lines.join("\n"), text.as_str());
            prop_assert_eq!(model.documents[&DocumentPath::main()].len(), text.len());
            let fresh = Tracked::new(&text, model.lexis, &mut model.vocabulary, usize::MAX).unwrap();
            prop_assert_eq!(model.documents[&DocumentPath::main()].counts().all(), fresh.counts().all());
            fresh.close(&mut model.vocabulary);
        }
    }

    #[test]
    fn suggestions_do_not_depend_on_the_way_to_a_text(begun in written(), edits in edits(), at in 0.0..1.0_f64) {
        let (mut model, text) = edited(&begun, &edits);
        let (mut fresh, _) = edited(&text, &[]);
        let at = ByteOffset(place(&text, at));
        prop_assert_eq!(model.suggest(&DocumentPath::main(), at), fresh.suggest(&DocumentPath::main(), at));
        let ranked = model.next_tokens(&DocumentPath::main(), at, 20);
        prop_assert_eq!(&ranked, &fresh.next_tokens(&DocumentPath::main(), at, 20));
        prop_assert!(ranked.iter().all(|(_, chance)| (0.0..=1.0).contains(chance)));
    }
}
