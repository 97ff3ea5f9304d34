//! The work of reading a text into syntax trees: what a worker carries out elsewhere, on a copy of the text, while the person types on.
//! It starts from the trees that the edits since were told to, so that only what an edit touched is read again. Pure: whoever runs it
//! says when to stop.

use super::{
    JobId,
    grammar::GrammarName,
    highlight::{Bytes, Highlights},
};
use crate::editor::text::Text;
use protocol::{ByteOffset, DocumentPath};
use std::ops::{ControlFlow, Range};
use tree_sitter::{InputEdit, Node, ParseOptions, Parser, Query, QueryCursor, StreamingIterator, Tree};

/// Languages inside the text are read this many bytes around what is shown.
const WINDOW_MARGIN: usize = 16 * 1024;
/// At most so many bytes of languages inside the text are read.
const INJECTED_MAX: usize = 512 * 1024;

/// The syntax trees of one text: its own, and those of other languages inside it near what is shown.
#[derive(Debug, Clone)]
pub struct Layers {
    pub(super) grammar: GrammarName,
    pub(super) tree: Tree,
    pub(super) injected: Vec<Layer>,
    /// Where languages inside the text were looked for.
    pub(super) window: Range<usize>,
}

/// Another language inside the text.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub(super) grammar: GrammarName,
    pub(super) range: Range<usize>,
    pub(super) tree: Tree,
    /// Whether an edit changed something in it, or right beside it, since it was read.
    is_touched: bool,
}

impl Layers {
    /// Moves all places along with an edit.
    pub(super) fn edit(&mut self, edit: &InputEdit) {
        self.tree.edit(edit);
        for layer in &mut self.injected {
            layer.tree.edit(edit);
            layer.is_touched |= edit.start_byte <= layer.range.end && edit.old_end_byte >= layer.range.start;
            layer.range = moved(&layer.range, edit);
        }
        self.window = moved(&self.window, edit);
    }

    /// Whether everything that belongs to a range has been read.
    pub(super) fn covers(&self, range: &Range<ByteOffset>, text: &Text) -> bool {
        let has_injections = self.grammar.loaded().is_some_and(|grammar| grammar.injections.is_some());
        let end = range.end.0.min(text.len().0);
        !has_injections || (self.window.start <= range.start.0 && self.window.end >= end)
    }
}

/// A range after an edit; what the edit touches belongs to it.
fn moved(range: &Range<usize>, edit: &InputEdit) -> Range<usize> {
    let map = |at: usize| {
        if at <= edit.start_byte {
            at
        } else if at >= edit.old_end_byte {
            at - edit.old_end_byte + edit.new_end_byte
        } else {
            edit.new_end_byte
        }
    };
    map(range.start)..map(range.end)
}

/// A text to be read.
#[derive(Debug, Clone)]
pub struct ParseJob {
    pub(super) id: JobId,
    pub(super) document: DocumentPath,
    pub(super) grammar: GrammarName,
    pub(super) text: Text,
    pub(super) old: Option<Layers>,
    /// Whether the old tree fits the text: only languages inside it are missing.
    pub(super) is_fresh: bool,
    pub(super) visible: Range<ByteOffset>,
}

/// What came of a [`ParseJob`].
#[derive(Debug, Clone)]
pub struct Parsed {
    pub(super) id: JobId,
    pub(super) document: DocumentPath,
    pub(super) layers: Option<Layers>,
    /// The kinds of what was shown when the job was made, where there was time to ask for them.
    pub(super) seen: Option<(Range<ByteOffset>, Highlights)>,
    follows_edits: bool,
}

impl PartialEq for Parsed {
    /// Two results of the same job are the same.
    fn eq(&self, other: &Self) -> bool {
        (self.id, &self.document) == (other.id, &other.document)
    }
}

impl Parsed {
    /// Which document was read.
    pub fn document(&self) -> &DocumentPath {
        &self.document
    }

    /// Whether the text was read before, and again because of edits.
    pub fn follows_edits(&self) -> bool {
        self.follows_edits
    }
}

impl ParseJob {
    /// Reads the text. `goes_on` is asked again and again; on its first no the work ends without a tree.
    pub fn run(self, goes_on: &mut dyn FnMut() -> bool) -> Parsed {
        let layers = self.layers(goes_on);
        let visible = self.visible.clone();
        let seen = layers.as_ref().map(|layers| (visible.clone(), Highlights::of(layers, &self.text, visible)));
        let follows_edits = self.follows_edits();
        Parsed { id: self.id, document: self.document, layers, seen, follows_edits }
    }

    /// Reads the text only if that does not take long: where `goes_on` says no the job is given back, to be run elsewhere. A text that was
    /// never read is not even begun with.
    ///
    /// # Errors
    /// The job, where it was not done.
    pub fn attempt(self, goes_on: &mut dyn FnMut() -> bool) -> Result<Parsed, Box<Self>> {
        if self.old.is_none() || self.grammar.loaded().is_none() {
            return Err(Box::new(self));
        }
        let follows_edits = self.follows_edits();
        match self.layers(goes_on) {
            Some(layers) => {
                Ok(Parsed { id: self.id, document: self.document, layers: Some(layers), seen: None, follows_edits })
            }
            None => Err(Box::new(self)),
        }
    }

    fn follows_edits(&self) -> bool {
        self.old.is_some() && !self.is_fresh
    }

    fn layers(&self, goes_on: &mut dyn FnMut() -> bool) -> Option<Layers> {
        let grammar = self.grammar.load()?;
        let old = self.old.as_ref().filter(|old| old.grammar == self.grammar);
        let tree = match old {
            Some(old) if self.is_fresh => old.tree.clone(),
            _ => parse(self.grammar, &self.text, &[], old.map(|old| &old.tree), goes_on)?,
        };
        let start = self.visible.start.0.saturating_sub(WINDOW_MARGIN);
        let window = start..self.visible.end.0.saturating_add(WINDOW_MARGIN).min(self.text.len().0);
        let injected = match &grammar.injections {
            Some(query) => self.injected(query, &tree, window.clone(), goes_on),
            None => Vec::new(),
        };
        Some(Layers { grammar: self.grammar, tree, injected, window })
    }

    fn injected(
        &self,
        query: &Query,
        tree: &Tree,
        window: Range<usize>,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Vec<Layer> {
        let mut read = 0;
        let mut layers = Vec::new();
        for (grammar, ranges) in injections(query, tree, &self.text, window) {
            let (Some(first), Some(last)) = (ranges.first(), ranges.last()) else { continue };
            let range = first.start_byte..last.end_byte;
            read += range.len();
            if read > INJECTED_MAX {
                break;
            }
            let same = |layer: &&Layer| layer.grammar == grammar && layer.range.start == range.start;
            let old = self.old.iter().flat_map(|old| &old.injected).find(same);
            let tree = match old {
                Some(old) if !old.is_touched && old.tree.included_ranges() == ranges => Some(old.tree.clone()),
                old => parse(grammar, &self.text, &ranges, old.map(|layer| &layer.tree), goes_on),
            };
            layers.extend(tree.map(|tree| Layer { grammar, range, tree, is_touched: false }));
        }
        layers
    }
}

/// Reads a text, or some ranges of it.
fn parse(
    grammar: GrammarName,
    text: &Text,
    ranges: &[tree_sitter::Range],
    old: Option<&Tree>,
    goes_on: &mut dyn FnMut() -> bool,
) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&grammar.load()?.language).ok()?;
    parser.set_included_ranges(ranges).ok()?;
    let mut progress = |_: &tree_sitter::ParseState| {
        if goes_on() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let old = old.filter(|_| grammar.is_incremental());
    let options = ParseOptions::new().progress_callback(&mut progress);
    parser.parse_with_options(&mut |at, _| text.bytes_from(at), old, Some(options))
}

/// Other languages inside the window: which, and where.
fn injections(
    query: &Query,
    tree: &Tree,
    text: &Text,
    window: Range<usize>,
) -> Vec<(GrammarName, Vec<tree_sitter::Range>)> {
    let (content, language) =
        (query.capture_index_for_name("injection.content"), query.capture_index_for_name("injection.language"));
    let mut cursor = QueryCursor::new();
    cursor.set_byte_range(window);
    let mut found = Vec::new();
    let mut matches = cursor.matches(query, tree.root_node(), Bytes(text));
    while let Some(one) = matches.next() {
        let node = |wanted: Option<u32>| {
            one.captures().iter().find(|capture| Some(capture.index) == wanted).map(|capture| capture.node)
        };
        let set = query.property_settings(one.pattern_index).iter().find(|set| &*set.key == "injection.language");
        let word = set.and_then(|set| set.value.as_deref().map(str::to_owned)).or_else(|| {
            node(language).map(|node| text.slice(ByteOffset(node.start_byte())..ByteOffset(node.end_byte())))
        });
        let grammar = word.and_then(|word| GrammarName::of_injection(&word));
        if let Some((grammar, content)) = grammar.zip(node(content)) {
            found.push((grammar, without_children(content)));
        }
    }
    found.sort_by_key(|(_, ranges)| ranges.first().map(|range| range.start_byte));
    found
}

/// The ranges of a node that are none of its named children's: the marks of a block quote do not belong to the text in it.
fn without_children(node: Node<'_>) -> Vec<tree_sitter::Range> {
    let mut ranges = Vec::new();
    let (mut start_byte, mut start_point) = (node.start_byte(), node.start_position());
    let mut push = |start_byte, start_point, end_byte, end_point| {
        if start_byte < end_byte {
            ranges.push(tree_sitter::Range { start_byte, end_byte, start_point, end_point });
        }
    };
    for child in node.named_children(&mut node.walk()) {
        push(start_byte, start_point, child.start_byte(), child.start_position());
        (start_byte, start_point) = (child.end_byte(), child.end_position());
    }
    push(start_byte, start_point, node.end_byte(), node.end_position());
    ranges
}
