//! The difference between a file and a room's text, in lines, as `diff -u` shows it.

use super::format::{DiskText, FileFormat, LineEnds};
use similar::{ChangeTag, TextDiff};
use std::time::Duration;

/// Lines around each difference.
const AROUND: usize = 3;

/// A difference of more lines is cut: it is looked at, not applied.
pub const LINES_MAX: usize = 2_000;

/// After this time what is left counts as different as a whole: texts that have little in common take long to compare.
const MOST_TIME: Duration = Duration::from_secs(1);

/// One line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    /// Where the lines below stand: in the file, and in the room.
    Place(String),
    /// In both.
    Same(String),
    /// In the file only.
    Removed(String),
    /// In the room only.
    Added(String),
}

/// What differs between a file and the room's text, which is written in a format: lines, and how they end.
pub fn of(disk: &DiskText, room: &str, format: FileFormat) -> Vec<DiffLine> {
    let file = disk.text.as_deref().unwrap_or_default();
    // A file with both kinds of line ends has them in its text; they would make lines differ that look the same.
    let mixes = |text: &str| text.contains("\r\n");
    let ends = |text: &str, format: FileFormat| match format.line_ends {
        LineEnds::Lf if mixes(text) => "partly CRLF",
        LineEnds::Lf => "LF",
        LineEnds::CrLf => "CRLF",
    };
    let mut lines = Vec::new();
    let (its, mine) = (ends(file, disk.format), ends(room, format));
    let both_have_lines = disk.text.is_some() && file.contains('\n') && room.contains('\n');
    if both_have_lines && its != mine {
        lines.push(DiffLine::Place("Lines end otherwise:".to_owned()));
        lines.extend([DiffLine::Removed(its.to_owned()), DiffLine::Added(mine.to_owned())]);
    }
    if disk.text.is_some() && disk.format.has_mark != format.has_mark {
        let mark = "byte order mark".to_owned();
        lines.push(if format.has_mark { DiffLine::Added(mark) } else { DiffLine::Removed(mark) });
    }
    lines.extend(if mixes(file) == mixes(room) {
        self::lines(file, room)
    } else {
        self::lines(&file.replace("\r\n", "\n"), &room.replace("\r\n", "\n"))
    });
    lines
}

/// What differs between a file's text and the room's.
pub fn lines(file: &str, room: &str) -> Vec<DiffLine> {
    let diff = TextDiff::configure().timeout(MOST_TIME).diff_lines(file, room);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(AROUND) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let span = |start: usize, end: usize| format!("{},{}", start + usize::from(end > start), end - start);
        let file = span(first.old_range().start, last.old_range().end);
        let room = span(first.new_range().start, last.new_range().end);
        lines.push(DiffLine::Place(format!("@@ -{file} +{room} @@")));
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let text = change.value().trim_end_matches('\n').to_owned();
            lines.push(match change.tag() {
                ChangeTag::Equal => DiffLine::Same(text),
                ChangeTag::Delete => DiffLine::Removed(text),
                ChangeTag::Insert => DiffLine::Added(text),
            });
            if lines.len() >= LINES_MAX {
                lines.push(DiffLine::Place("… and more".to_owned()));
                return lines;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_what_each_has_and_where() {
        let file = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n";
        let room = "one\n2\nthree\nfour\nfive\nsix\nseven\neight\nnine";
        let shown: Vec<String> = lines(file, room)
            .into_iter()
            .map(|line| match line {
                DiffLine::Place(text) => text,
                DiffLine::Same(text) => format!(" {text}"),
                DiffLine::Removed(text) => format!("-{text}"),
                DiffLine::Added(text) => format!("+{text}"),
            })
            .collect();
        assert_eq!(
            shown,
            ["@@ -1,8 +1,9 @@", " one", "-two", "+2", " three", " four", " five", " six", " seven", " eight", "+nine"]
        );
        assert!(lines("a\n", "a\n").is_empty());
        assert_eq!(lines(&"x\n".repeat(5_000), "").len(), LINES_MAX + 1);
    }
}
