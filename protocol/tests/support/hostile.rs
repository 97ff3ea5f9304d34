//! What must hold when a document is given bytes from a stranger: shared by the test of hostile bytes and the fuzz targets. Each function
//! takes any bytes and panics where a promise is broken.

use protocol::{
    ByteOffset, ClientId, Document,
    document::update::{StateVector, UpdateSummary, merge_updates},
    position::Association,
};

/// A document with a history of two writers: runs, deletions, a surrogate pair, undone text.
pub fn base() -> Document {
    let mut ada = Document::new(ClientId::new(1).unwrap());
    let mut grace = Document::new(ClientId::new(2).unwrap());
    let edits = [(0, 0, "hello 😀 world\n"), (11, 5, "é"), (0, 1, "H"), (5, 0, "a\nb"), (2, 2, "")];
    for (number, (at, removed, text)) in (0..).zip(edits) {
        let update = ada.edit(ByteOffset(at)..ByteOffset(at + removed), text, 10_000 * number).unwrap();
        grace.apply(&update).unwrap();
        let end = grace.len();
        let update = grace.edit(end..end, "😀g", 0).unwrap();
        ada.apply(&update).unwrap();
    }
    if let Some(undone) = ada.undo(0) {
        grace.apply(&undone.update).unwrap();
    }
    ada
}

/// The base with new text by client 3, who is the one that hostile bytes may claim to be.
pub fn document() -> Document {
    Document::from_snapshot(ClientId::new(9).unwrap(), &base().snapshot()).unwrap()
}

/// Reading any bytes gives an update or an error, and what is read can be merged and read again.
pub fn decode(bytes: &[u8]) {
    drop(StateVector::read(bytes));
    let Ok(summary) = UpdateSummary::read(bytes) else { return };
    let merged = merge_updates(&[bytes, bytes]).unwrap();
    let again = UpdateSummary::read(&merged).unwrap();
    assert_eq!((again.inserted, again.deleted), (summary.inserted, summary.deleted));
}

/// Applying any bytes changes the document as its delta says, or not at all; what comes of it can be stored and read again.
pub fn apply(bytes: &[u8]) {
    let mut document = document();
    apply_to(&mut document, bytes);
    check(&document);
}

/// After any sequence of updates and edits the document still works, and its neighbours agree with it. Each step is a byte that says
/// what, a length byte and so many bytes.
pub fn apply_then_edit(mut bytes: &[u8]) {
    let mut document = document();
    let mut neighbour = Document::new(ClientId::new(10).unwrap());
    neighbour.apply(&document.snapshot()).unwrap();
    while let [what, len, rest @ ..] = bytes {
        let (step, rest) = rest.split_at(usize::from(*len).min(rest.len()));
        bytes = rest;
        match what % 4 {
            0 => edit(&mut document, &mut neighbour, step),
            1 => undo(&mut document, &mut neighbour, step.len() % 2 == 0),
            _ => {
                if apply_to(&mut document, step) {
                    assert!(apply_to(&mut neighbour, step), "the neighbour refuses what the document took");
                }
            }
        }
        // Forgeries may have waited for what was written here; they are looked at with the next update.
        apply_to(&mut document, &[0, 0]);
        assert_eq!(document.text(), neighbour.text());
    }
    check(&document);
    // A stranger who has nothing of it still agrees after one difference.
    let mut late = self::document();
    late.apply(&document.difference(&late.state_vector()).unwrap()).unwrap();
    assert_eq!(late.text(), document.text());
}

fn edit(document: &mut Document, neighbour: &mut Document, step: &[u8]) {
    let number = |at: usize| usize::from(step.get(at).copied().unwrap_or(0));
    let text = document.text();
    let bound = |at: usize| text.floor_char_boundary(at % (text.len() + 1));
    let start = bound(number(0));
    let end = text.floor_char_boundary(start + number(1) % 8).max(start);
    let inserted = String::from_utf8_lossy(step.get(2..).unwrap_or_default());
    let update = document.edit(ByteOffset(start)..ByteOffset(end), &inserted, 0).unwrap();
    neighbour.apply(&update).unwrap();
}

fn undo(document: &mut Document, neighbour: &mut Document, back: bool) {
    let before = document.text();
    document.stop_undo_group();
    let undone = if back { document.undo(0) } else { document.redo(0) };
    let Some(undone) = undone else { return };
    let mut replayed = before;
    undone.delta.apply_to(&mut replayed);
    assert_eq!(replayed, document.text());
    neighbour.apply(&undone.update).unwrap();
}

/// Applies bytes, and says whether they were taken. Both ways everything that must hold is checked.
fn apply_to(document: &mut Document, bytes: &[u8]) -> bool {
    let (text, state, snapshot) = (document.text(), document.state_vector(), document.snapshot());
    if let Ok(delta) = document.apply(bytes) {
        let mut replayed = text;
        delta.apply_to(&mut replayed);
        assert_eq!(replayed, document.text(), "the delta says what changed");
        return true;
    }
    assert_eq!(document.text(), text, "a refused update changes no text");
    assert_eq!(document.state_vector(), state, "a refused update changes no state");
    assert_eq!(document.snapshot(), snapshot, "a refused update changes nothing that is stored");
    false
}

/// What must hold of every document.
pub fn check(document: &Document) {
    let text = document.text();
    assert_eq!(document.len().0, text.len());
    assert_eq!(document.len_utf16().0, text.encode_utf16().count());
    assert_eq!(document.line_count(), text.matches('\n').count() + 1);
    assert_eq!(document.chunks().collect::<String>(), text);
    let middle = ByteOffset(text.floor_char_boundary(text.len() / 2));
    let anchor = document.anchor(middle, Association::After);
    assert_eq!(document.resolve(&anchor), Some(middle));
    let mut again = Document::new(ClientId::new(11).unwrap());
    again.apply(&document.snapshot()).unwrap();
    assert_eq!(again.text(), text, "the snapshot holds the text");
    assert_eq!(again.state(), document.state());
    assert_eq!(again.has_pending(), document.has_pending());
    let end = again.len();
    again.edit(end..end, "on", 0).unwrap();
}
