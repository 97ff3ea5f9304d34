//! Sequences written by hand: read from `sequences.txt`.

use super::Case;

/// Tags, quotes with backslashes, deep brackets, blank lines.
const MARKUP: &[&str] = &[
    "<div class=\"a\">",
    "  <p>one <b>two</b> three</p>",
    "  <br/>",
    "  <span>x</span>",
    "</div>",
    "say(\"a \\\" b\", 'it''s', `q`)",
    "if (a[b(c)] > {d: [1, 2]}) {",
    "\tx = \"(\"; y = ')';",
    "}",
    "",
    "  ",
    "a - b -- c",
    "fn(a, fn(b), c)",
];

/// The texts by the names that the file uses.
fn text(name: &str, sources: &[Vec<String>]) -> Vec<String> {
    match name {
        "code" => sources[1].clone(),
        "prose" => sources[3].clone(),
        "shell" => sources[4].clone(),
        "toml" => sources[5].clone(),
        _ => MARKUP.iter().map(|line| (*line).to_owned()).collect(),
    }
}

pub(super) fn cases(sources: &[Vec<String>]) -> Vec<Case> {
    let mut cases = Vec::new();
    let (mut lines, mut line, mut wanted) = (Vec::new(), 1, 1);
    for row in include_str!("sequences.txt").lines().filter(|row| !row.starts_with('#')) {
        if let Some(place) = row.strip_prefix("@ ") {
            let (name, at) = place.split_once(' ').unwrap();
            let (at_line, at_byte) = at.split_once(':').unwrap();
            lines = text(name, sources);
            line = at_line.parse::<usize>().unwrap().min(lines.len());
            wanted = at_byte.parse().unwrap();
            continue;
        }
        let starts = lines[line - 1].char_indices().map(|(at, _)| at + 1);
        let column = starts.take_while(|at| *at <= wanted).last().unwrap_or(1);
        for keys in row.split(' ') {
            cases.push(Case { lines: lines.clone(), line, column, keys: format!("{keys}<esc>") });
        }
    }
    cases
}
