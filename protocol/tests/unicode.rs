//! Texts that are not ASCII, from everywhere they come: emoji, joined emoji, combining marks, CRLF, and the halves of
//! surrogate pairs that browsers and foreign updates leave behind. Knows documents from outside only.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what does not unwrap is a failed test")]

use protocol::{
    Anchor, ByteOffset, ClientId, Document, Utf16Offset,
    document::{DocumentError, update::UpdateSummary},
    plain::{self, PlainMessage},
    position::{Association, ItemId, LineColumn},
    text,
};

/// A family of four (joined by U+200D), a flag, a letter with two marks, and Windows line ends.
const MIXED: &str = "👨‍👩‍👧‍👦🇫🇷\r\ne\u{301}\u{323}x\r\n";

fn client(number: u64) -> ClientId {
    ClientId::new(number).unwrap()
}

fn typed(number: u64, text: &str) -> Document {
    let mut document = Document::new(client(number));
    document.edit(ByteOffset::START..ByteOffset::START, text, 0).unwrap();
    document
}

/// An update in which client 2 inserts a text between two neighbouring code units of client 1.
fn inserted_between(left: u8, right: u8, text: &str) -> Vec<u8> {
    let mut update = vec![1, 1, 2, 0, 0xC4, 1, left, 1, right, u8::try_from(text.len()).unwrap()];
    update.extend_from_slice(text.as_bytes());
    update.push(0);
    update
}

#[test]
fn every_place_of_a_mixed_text_converts_there_and_back() {
    let document = typed(1, MIXED);
    let (mut units, mut line, mut line_start) = (0, 0, 0);
    for (byte, character) in MIXED.char_indices() {
        assert_eq!(document.utf16_of_byte(ByteOffset(byte)), Ok(Utf16Offset(units)));
        assert_eq!(document.byte_of_utf16(Utf16Offset(units)), Ok(ByteOffset(byte)));
        for inside in 1..character.len_utf8() {
            assert_eq!(
                document.utf16_of_byte(ByteOffset(byte + inside)),
                Ok(Utf16Offset(units)),
                "inside {character:?}"
            );
        }
        let column = units - line_start;
        assert_eq!(document.line_column(ByteOffset(byte)), Ok(LineColumn { line, column }), "{character:?}");
        units += character.len_utf16();
        if character == '\n' {
            (line, line_start) = (line + 1, units);
        }
    }
    assert_eq!((document.len(), document.len_utf16()), (ByteOffset(MIXED.len()), Utf16Offset(units)));
    assert_eq!((line, document.line_column(document.len())), (2, Ok(LineColumn { line: 2, column: 0 })));
    assert!(document.utf16_of_byte(ByteOffset(MIXED.len() + 1)).is_err());
    assert!(document.byte_of_utf16(Utf16Offset(units + 1)).is_err());
}

#[test]
fn every_part_of_a_mixed_text_can_be_replaced_and_arrives() {
    let bounds: Vec<usize> = MIXED.char_indices().map(|(byte, _)| byte).chain([MIXED.len()]).collect();
    for (number, start) in bounds.iter().enumerate() {
        for end in bounds.iter().skip(number) {
            let mut ada = typed(1, MIXED);
            let mut grace = Document::from_snapshot(client(2), &ada.snapshot()).unwrap();
            let update = ada.edit(ByteOffset(*start)..ByteOffset(*end), "🧑‍🚀\r\n", 0).unwrap();
            let mut expected = MIXED.to_owned();
            expected.replace_range(*start..*end, "🧑‍🚀\r\n");
            let mut replayed = grace.text();
            grace.apply(&update).unwrap().apply_to(&mut replayed);
            assert_eq!([ada.text(), grace.text(), replayed], [expected.clone(), expected.clone(), expected]);
        }
    }
}

#[test]
fn a_place_inside_a_character_is_refused_in_bytes_and_rounded_in_code_units() {
    let mut document = typed(1, MIXED);
    for inside in 1..4 {
        let result = document.edit(ByteOffset(inside)..ByteOffset(4), "", 0);
        assert_eq!(result, Err(DocumentError::InsideCharacter(ByteOffset(inside))));
    }
    assert_eq!(document.text(), MIXED);
    document.edit_utf16(Utf16Offset(1)..Utf16Offset(1), "!", 0).unwrap();
    assert_eq!(document.text(), format!("!{MIXED}"));
}

#[test]
fn carriage_returns_and_line_feeds_are_two_characters_that_may_be_parted() {
    let mut ada = typed(1, "a\r\nb");
    let mut grace = Document::from_snapshot(client(2), &ada.snapshot()).unwrap();
    let from_ada = ada.edit(ByteOffset(2)..ByteOffset(2), "x", 0).unwrap();
    let from_grace = grace.edit(ByteOffset(1)..ByteOffset(2), "", 0).unwrap();
    grace.apply(&from_ada).unwrap();
    ada.apply(&from_grace).unwrap();
    assert_eq!((ada.text().as_str(), grace.text().as_str()), ("ax\nb", "ax\nb"));
    let lone = typed(1, "a\rb\n");
    assert_eq!(lone.text(), "a\rb\n", "a lone carriage return stays as it is");
}

#[test]
fn anchors_stand_between_the_characters_of_a_joined_emoji() {
    let mut document = typed(1, "👨‍👩");
    let woman = document.anchor(ByteOffset(7), Association::After);
    assert_eq!(woman, Anchor { item: Some(ItemId { client: client(1), clock: 3 }), assoc: Association::After });
    document.edit(ByteOffset(0)..ByteOffset(4), "🧑🏽", 0).unwrap();
    assert_eq!(document.resolve(&woman), Some(ByteOffset(11)));
}

/// What a browser does whose emoji was cut by its own editor: it writes half of a surrogate pair into the JSON.
#[test]
fn half_an_emoji_from_a_browser_becomes_a_replacement_character_that_everybody_has() {
    let Ok(PlainMessage::Update(update)) = plain::read(r#"{"code":"one \ud83d two 👍","cursorPosition":5}"#) else {
        panic!("an update");
    };
    assert_eq!(update.code, "one \u{FFFD} two 👍");
    let mut server = typed(1, "one 😀 two 👍");
    let mut grace = Document::from_snapshot(client(2), &server.snapshot()).unwrap();
    for splice in text::difference(&server.text(), &update.code, None).splices {
        let change = server.edit(splice.range(), &splice.inserted, 0).unwrap();
        grace.apply(&change).unwrap();
    }
    assert_eq!((server.text(), grace.text()), (update.code.clone(), update.code));
    assert!(plain::sync(&server.text(), None).contains("one \u{FFFD} two 👍"));
}

#[test]
fn raw_halves_of_a_surrogate_pair_in_an_update_are_no_text() {
    let mut update = inserted_between(0, 1, "xyz");
    let start = update.len() - 4;
    update.splice(start..start + 3, [0xED, 0xA0, 0xBD]);
    assert!(UpdateSummary::read(&update).unwrap_err().to_string().contains("UTF-8"));
    assert!(typed(1, "ab").apply(&update).is_err());
}

/// What Yjs does when an update inserts between the two halves of an emoji: each half becomes U+FFFD, so that the counts
/// stay. (Browsers that count in code units do this by accident.)
#[test]
fn an_update_that_cuts_an_emoji_leaves_replacement_characters_everywhere() {
    let emoji = typed(1, "a😀b").snapshot();
    let cut = inserted_between(1, 2, "-");
    let behind = {
        // Somebody else's edit behind the emoji must arrive at the same place before and after the cut.
        let mut grace = Document::from_snapshot(client(3), &emoji).unwrap();
        grace.edit(ByteOffset(5)..ByteOffset(5), "!", 0).unwrap()
    };
    let mut texts = Vec::new();
    for order in [[&cut, &behind], [&behind, &cut]] {
        let mut document = Document::from_snapshot(client(4), &emoji).unwrap();
        let mut replayed = document.text();
        for update in order {
            document.apply(update).unwrap().apply_to(&mut replayed);
            assert_eq!(document.text(), replayed);
        }
        let again = Document::from_snapshot(client(5), &document.snapshot()).unwrap();
        assert_eq!(again.text(), document.text());
        assert_eq!(document.len_utf16(), Utf16Offset(6));
        texts.push(document.text());
    }
    assert_eq!(texts, ["a\u{FFFD}-\u{FFFD}!b", "a\u{FFFD}-\u{FFFD}!b"]);
}

/// The same by a deletion of one half.
#[test]
fn an_update_that_deletes_half_an_emoji_leaves_one_replacement_character() {
    let emoji = typed(1, "a😀b").snapshot();
    // No structs; of client 1 one code unit from clock 1 on is deleted.
    let deleted = [0, 1, 1, 1, 1, 1];
    let mut document = Document::from_snapshot(client(4), &emoji).unwrap();
    let mut replayed = document.text();
    document.apply(&deleted).unwrap().apply_to(&mut replayed);
    assert_eq!((document.text().as_str(), replayed.as_str()), ("a\u{FFFD}b", "a\u{FFFD}b"));
    let again = Document::from_snapshot(client(5), &document.snapshot()).unwrap();
    assert_eq!(again.text(), document.text());
}
