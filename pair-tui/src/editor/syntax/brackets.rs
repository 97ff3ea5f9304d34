//! Which bracket belongs to which: by the syntax tree where it knows the bracket, so that those in texts and comments mislead nobody,
//! otherwise by counting. Knows no cursor.

use super::Syntax;
use crate::editor::text::Text;
use protocol::ByteOffset;
use tree_sitter::Node;

/// The pairs: what opens, what closes.
pub const PAIRS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];

/// At most so many characters are counted through.
const SCANNED_MAX: usize = 50_000;
/// At most so many neighbours in the tree are asked, before the bracket at its end is taken.
const NEIGHBOURS_MAX: usize = 64;

/// What closes after an opening bracket.
pub fn closing(open: char) -> Option<char> {
    PAIRS.iter().find(|(known, _)| *known == open).map(|(_, close)| *close)
}

/// What opens before a closing bracket.
pub fn opening(close: char) -> Option<char> {
    PAIRS.iter().find(|(_, known)| *known == close).map(|(open, _)| *open)
}

/// The partner of the bracket at a place; none where there is no bracket, or it stands alone.
pub fn partner(text: &Text, syntax: &Syntax, at: ByteOffset) -> Option<ByteOffset> {
    let bracket = text.character_at(at)?;
    let (partner, is_opening) = match (closing(bracket), opening(bracket)) {
        (Some(close), _) => (close, true),
        (_, Some(open)) => (open, false),
        _ => return None,
    };
    let leaf = syntax.tree().and_then(|tree| tree.root_node().descendant_for_byte_range(at.0, at.0 + 1));
    let mut sign = [0; 4];
    let found = match leaf.filter(|leaf| !leaf.is_named() && leaf.kind() == bracket.encode_utf8(&mut sign)) {
        Some(leaf) => in_tree(leaf, partner.encode_utf8(&mut [0; 4]), is_opening)?,
        None if is_opening => counted_forward(text, at, bracket, partner)?,
        None => before(text, at, partner, bracket)?,
    };
    // The tree may be older than the text.
    (text.character_at(found) == Some(partner)).then_some(found)
}

/// The partner among the bracket's neighbours in the tree.
fn in_tree(leaf: Node<'_>, partner: &str, is_opening: bool) -> Option<ByteOffset> {
    let mut depth = 0_usize;
    let mut next = Some(leaf);
    for _ in 0..NEIGHBOURS_MAX {
        next = next.and_then(|node| if is_opening { node.next_sibling() } else { node.prev_sibling() });
        let node = next?;
        if node.kind() == leaf.kind() {
            depth += 1;
        } else if node.kind() == partner && depth == 0 {
            return Some(ByteOffset(node.start_byte()));
        } else if node.kind() == partner {
            depth -= 1;
        }
    }
    // Much stands between them: they are the ends of their node.
    let parent = leaf.parent()?;
    let last = parent.child_count().checked_sub(1)?;
    let end = parent.child(if is_opening { last } else { 0 })?;
    (end.kind() == partner).then(|| ByteOffset(end.start_byte()))
}

fn counted_forward(text: &Text, at: ByteOffset, open: char, close: char) -> Option<ByteOffset> {
    let (mut depth, mut place) = (0_usize, at.0);
    for c in text.characters_from(at).take(SCANNED_MAX) {
        if c == open {
            depth += 1;
        } else if c == close {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(ByteOffset(place));
            }
        }
        place += c.len_utf8();
    }
    None
}

/// The opening bracket that is still open at a place, found by counting.
pub fn before(text: &Text, at: ByteOffset, open: char, close: char) -> Option<ByteOffset> {
    let (mut depth, mut place) = (0_usize, at.0);
    for c in text.characters_back_from(at).take(SCANNED_MAX) {
        place -= c.len_utf8();
        if c == close {
            depth += 1;
        } else if c == open && depth == 0 {
            return Some(ByteOffset(place));
        } else if c == open {
            depth -= 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::syntax::tests::read;

    #[test]
    fn brackets_find_each_other_and_those_in_texts_mislead_nobody() {
        for (name, text, open, close) in [
            ("rust", "fn a() { b(\")}\", '{'); /* } */ [1] }", 7, 35),
            ("rust", "fn a() { b(\")}\", '{'); /* } */ [1] }", 10, 20),
            ("python", "x = [f(')'), {1: ']'}]", 4, 21),
            ("text", "a (b (c) d) e", 2, 10),
            ("rust", "// (a (b) c)", 3, 11),
        ] {
            let editor = read(name, text);
            let syntax = editor.buffer().syntax();
            assert_eq!(partner(editor.text(), syntax, ByteOffset(open)), Some(ByteOffset(close)), "{text}");
            assert_eq!(partner(editor.text(), syntax, ByteOffset(close)), Some(ByteOffset(open)), "{text}");
        }
        let editor = read("rust", &format!("fn a() {{ {} }} // )", "b();".repeat(1_000)));
        let end = editor.text().len().0 - 6;
        assert_eq!(partner(editor.text(), editor.buffer().syntax(), ByteOffset(7)), Some(ByteOffset(end)));
        assert_eq!(partner(editor.text(), editor.buffer().syntax(), ByteOffset(end + 5)), None);
    }
}
