//! Which kind of thing each piece of the shown text is. Asks the syntax trees only about the range that is shown. Knows no colours
//! and no screen.

use super::{
    grammar::{Grammar, Paint},
    parse::Layers,
};
use crate::editor::text::Text;
use protocol::ByteOffset;
use std::ops::Range;
use tree_sitter::{Node, QueryCursor, StreamingIterator, TextProvider, Tree};

/// Longer ranges than this, in bytes, are looked at only up to here: a line of megabytes must not hold the screen up.
pub const RANGE_MAX: usize = 64 * 1024;

/// A root with more children than this is not walked from its first one: that alone takes milliseconds in a long file.
const CHILDREN_WALKED: usize = 256;

/// Most matches that the query keeps open at a time; tree-sitter forgets the oldest beyond that.
const OPEN_MATCHES_MAX: u32 = 256;

/// A kind of text: few, so that the code stays calm. What is none of these is plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Highlight {
    /// A comment, or a mark of Markdown.
    Comment,
    /// A word of the language, or the name of a tag.
    Keyword,
    /// A text in quotes, or code in a text.
    String,
    /// A number, a truth value, a name in capitals, an escape.
    Constant,
    /// A type.
    Type,
    /// The name of a function where it is defined or called.
    Function,
    /// A key before its value.
    Property,
    /// An attribute, an annotation, a lifetime, a label.
    Attribute,
    /// A heading.
    Heading,
    /// Strong text.
    Strong,
    /// Emphasized text.
    Emphasis,
    /// A link.
    Link,
}

impl Highlight {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::Comment,
        Self::Keyword,
        Self::String,
        Self::Constant,
        Self::Type,
        Self::Function,
        Self::Property,
        Self::Attribute,
        Self::Heading,
        Self::Strong,
        Self::Emphasis,
        Self::Link,
    ];
}

/// The kinds of a range of text: pieces in ascending order that do not overlap; what lies between them is plain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Highlights {
    spans: Vec<(Range<ByteOffset>, Highlight)>,
}

impl Highlights {
    /// The pieces.
    pub fn spans(&self) -> &[(Range<ByteOffset>, Highlight)] {
        &self.spans
    }

    /// The kind of the character at a place.
    pub fn at(&self, at: ByteOffset) -> Option<Highlight> {
        let next = self.spans.partition_point(|(range, _)| range.end <= at);
        self.spans.get(next).filter(|(range, _)| range.contains(&at)).map(|(_, kind)| *kind)
    }

    /// The pieces as far as they are in a range.
    pub(super) fn within(&self, range: &Range<usize>) -> Self {
        let first = self.spans.partition_point(|(piece, _)| piece.end.0 <= range.start);
        let pieces = self.spans.iter().skip(first).take_while(|(piece, _)| piece.start.0 < range.end);
        let cut = |piece: &Range<ByteOffset>| {
            ByteOffset(piece.start.0.max(range.start))..ByteOffset(piece.end.0.min(range.end))
        };
        Self { spans: pieces.map(|(piece, kind)| (cut(piece), *kind)).collect() }
    }

    /// Ranges one behind the other, as one. Pieces of a kind that touch become one.
    pub(super) fn joined(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut spans: Vec<(Range<ByteOffset>, Highlight)> = Vec::new();
        for (range, kind) in parts.into_iter().flat_map(|part| part.spans) {
            match spans.last_mut().filter(|(last, known)| (last.end, *known) == (range.start, kind)) {
                Some((last, _)) => last.end = range.end,
                None => spans.push((range, kind)),
            }
        }
        Self { spans }
    }

    /// Gives each piece another range, in the same order; those that are empty then are gone.
    pub(super) fn each_range(&mut self, moved: impl Fn(&Range<ByteOffset>, Highlight) -> Range<ByteOffset>) {
        self.spans.retain_mut(|(range, kind)| {
            *range = moved(range, *kind);
            !range.is_empty()
        });
    }

    #[cfg(test)]
    pub(super) fn of_spans(spans: Vec<(Range<ByteOffset>, Highlight)>) -> Self {
        Self { spans }
    }

    /// Looks at a range of the text.
    pub(super) fn of(layers: &Layers, text: &Text, range: Range<ByteOffset>) -> Self {
        let start = range.start.0.min(text.len().0);
        let end = range.end.0.min(text.len().0).min(start + RANGE_MAX).max(start);
        let mut canvas = vec![None; end - start];
        if let Some(grammar) = layers.grammar.loaded() {
            paint(&mut canvas, start..end, grammar, &layers.tree, text);
        }
        for layer in &layers.injected {
            let is_seen = layer.range.start < end && layer.range.end > start;
            if let Some(grammar) = layer.grammar.loaded().filter(|_| is_seen) {
                paint(&mut canvas, start..end, grammar, &layer.tree, text);
            }
        }
        Self { spans: spans(&canvas, start) }
    }
}

/// Paints what one tree says over the canvas, which has a place for each byte of the range.
fn paint(canvas: &mut [Option<Highlight>], range: Range<usize>, grammar: &Grammar, tree: &Tree, text: &Text) {
    let mut cursor = QueryCursor::new();
    cursor.set_match_limit(OPEN_MATCHES_MAX);
    cursor.set_byte_range(range.clone());
    let mut found = Vec::new();
    for node in seen(tree, &range) {
        let mut captures = cursor.captures(&grammar.highlights, node, Bytes(text));
        while let Some((one, index)) = captures.next() {
            let Some(capture) = one.captures().get(*index) else { continue };
            let Ok(name) = usize::try_from(capture.index) else { continue };
            if let Some(paint) = grammar.paints.get(name).copied().flatten() {
                found.push((capture.node.byte_range(), one.pattern_index, paint));
            }
        }
    }
    // The outer ones first, and of those that cover the same the one that stands later in the query last: what is painted last stays.
    found.sort_by_key(|(node, pattern, _)| (node.start, std::cmp::Reverse(node.end), *pattern));
    for (node, _, paint) in found {
        let from = node.start.saturating_sub(range.start);
        let to = node.end.saturating_sub(range.start).min(canvas.len());
        let value = if let Paint::Kind(kind) = paint { Some(kind) } else { None };
        if let Some(covered) = canvas.get_mut(from..to) {
            covered.fill(value);
        }
    }
}

/// The root, or of one with very many children those in the range.
fn seen<'a>(tree: &'a Tree, range: &Range<usize>) -> Vec<Node<'a>> {
    let root = tree.root_node();
    if usize::try_from(root.child_count()).is_ok_and(|count| count <= CHILDREN_WALKED) {
        return vec![root];
    }
    let first = root.first_child_for_byte(range.start);
    std::iter::successors(first, Node::next_sibling).take_while(|node| node.start_byte() < range.end).collect()
}

fn spans(canvas: &[Option<Highlight>], start: usize) -> Vec<(Range<ByteOffset>, Highlight)> {
    let mut at = start;
    let mut spans = Vec::new();
    for run in canvas.chunk_by(|one, other| one == other) {
        let range = ByteOffset(at)..ByteOffset(at + run.len());
        at += run.len();
        if let Some(Some(kind)) = run.first() {
            spans.push((range, *kind));
        }
    }
    spans
}

/// The text as tree-sitter's queries read it.
pub(super) struct Bytes<'a>(pub &'a Text);

impl<'a> TextProvider<&'a [u8]> for Bytes<'a> {
    type I = Box<dyn Iterator<Item = &'a [u8]> + 'a>;

    fn text(&mut self, node: Node<'_>) -> Self::I {
        Box::new(self.0.bytes(node.byte_range()))
    }
}
