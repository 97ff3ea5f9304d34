//! Random sequences from a grammar of what people type.

use super::Case;

/// A small generator of pseudo-random numbers (xorshift64*, Vigna 2016), so that a seed gives the same sequences everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or(0) % limit.max(1)
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

const MOTIONS: &[&str] = &[
    "w", "b", "e", "W", "B", "E", "ge", "gE", "h", "l", "j", "k", "0", "^", "$", "gg", "G", "fe", "t(", "Fe", "Ta",
    ";", ",", "%", "{", "}", "(", ")", "+", "-", "_", "g_", "|", "<space>", "<bs>", "n", "N", "*", "#", "/fn<cr>",
    "?le<cr>", "f,", "t\"",
];
const OBJECTS: &[&str] = &[
    "iw", "aw", "iW", "aW", "i\"", "a\"", "i'", "a'", "i(", "a(", "i{", "a{", "i[", "a[", "i<lt>", "a<lt>", "ip", "ap",
    "is", "as", "ib", "aB",
];
const OPERATORS: &[&str] = &["d", "c", "y", ">", "<lt>", "gu", "gU", "g~"];
/// What may change nothing, though it is an operator.
const CASE: &[&str] = &["gu", "gU", "g~", "~", "v", "V", "<lt>"];
const SIMPLE: &[&str] = &[
    "x",
    "X",
    "rq",
    "~",
    "J",
    "gJ",
    "p",
    "P",
    "u",
    "dwu<c-r>",
    ".",
    "D",
    "dd",
    "yy",
    "cc<esc>",
    ">>",
    "<lt><lt>",
    "g~~",
    "guu",
    "gUU",
    "Y",
    "p.",
    "u.",
    "xp",
    "ddp",
    "\"ayy",
    "\"ayw\"ap",
    "\"Ayw",
    "\"bdw",
    "\"_dd",
    "3x",
    "&",
    "r<cr>",
];
const TYPED: &[&str] = &[
    "foo",
    "x(y)",
    "",
    "a<bs>b",
    "one two<c-w>",
    "  ",
    "a<cr>b",
    "<tab>",
    "é ü",
    "{<cr>x<cr>}",
    "end.",
    "<c-u>z",
    "q<left>r",
    "<del>",
    "<c-t>",
    "<c-d>k",
    "<home>-<end>+",
];
const INSERTS: &[&str] = &["i", "a", "I", "A", "o", "O", "s", "S", "C", "gI"];
const EX: &[&str] = &[
    ":s/e/E/<cr>",
    ":s/a/bb/g<cr>",
    ":%s/fn/func/<cr>",
    ":.,+2s/\\w\\+/<<&>/g<cr>",
    ":d<cr>",
    ":3<cr>",
    ":2,4d<cr>",
    ":y a<cr>",
    ":j<cr>",
    ":m+1<cr>",
    ":t.<cr>",
    ":><cr>",
    ":s/\\(\\w\\)\\(\\w\\)/\\2\\1/g<cr>",
    ":&&<cr>",
];

fn count(random: &mut Random) -> String {
    if random.chance(25) { (1 + random.below(5)).to_string() } else { String::new() }
}

/// A motion with a count; `0` has none, it would be a digit of it.
fn counted(count: &str, motion: &str) -> String {
    if motion == "0" { motion.to_owned() } else { format!("{count}{motion}") }
}

fn command(random: &mut Random) -> String {
    let count_before = count(random);
    match random.below(100) {
        0..26 => counted(&count_before, random.pick(MOTIONS)),
        26..48 => {
            let operator = random.pick(OPERATORS);
            let changes_case = operator.starts_with('g');
            let is_object = random.chance(45);
            // More objects than there are leave vim's cursor on the way; the count is not for them.
            let count_before = if is_object { String::new() } else { count_before };
            let target = if is_object {
                random.pick(OBJECTS).to_owned()
            } else if changes_case {
                // Over nothing, from the first column, vim changes the case of something all the same.
                count(random) + random.pick(&["w", "e", "j", "k", "}", "fe", "$", "G", "%", "t("])
            } else {
                counted(&count(random), random.pick(MOTIONS))
            };
            let ends = if operator == "c" { random.pick(TYPED).to_owned() + "<esc>" } else { String::new() };
            format!("{count_before}{operator}{target}{ends}")
        }
        48..70 => count_before + random.pick(SIMPLE),
        70..79 => {
            let typed = random.pick(TYPED);
            // Deleting before where a repetition began is undefined enough that vim's versions differ.
            let count_before =
                if typed.contains("<c-") || typed.contains("<left>") { String::new() } else { count_before };
            count_before + random.pick(INSERTS) + typed + "<esc>"
        }
        79..82 => "R".to_owned() + random.pick(&["xy", "a<bs>b", "abc<bs><bs><bs><bs>z", "é ü", "a<cr>b"]) + "<esc>",
        82..92 => visual(random),
        92..95 => block(random),
        95..97 => format!("m{}{}`{}", "a", random.pick(MOTIONS), "a"),
        _ => random.pick(EX).replace("<<", "<lt>"),
    }
}

/// Selections; `gv`, and their repetition by `.` after a `$`, are among the sequences written by hand only: vim remembers a column
/// there that this key map does not.
fn visual(random: &mut Random) -> String {
    let mut keys = random.pick(&["v", "V", "v"]).to_owned();
    for turn in 0..=random.below(3) {
        let take_object = turn == 0 && keys == "v" && random.chance(40);
        let object = random.pick(OBJECTS);
        let count = if take_object { String::new() } else { count(random) };
        let motion = counted(&count, random.pick(MOTIONS));
        keys += if take_object && !object.ends_with('s') { object } else { &motion };
        // A paragraph leaves the other end at a column that its line may not have.
        if random.chance(10) && !object.ends_with('p') {
            keys += "o";
        }
    }
    keys += random.pick(&[
        "d", "y", "cZ<esc>", ">", "<lt>", "~", "u", "U", "J", "p", "rx", "x", "<esc>", "gJ", "D", "Y", "\"ay", "\"bd",
    ]);
    keys
}

/// Selections of columns. `$` is their last move: what vim makes of its column with moves and `O` behind it, this key map does not.
fn block(random: &mut Random) -> String {
    let mut keys = "<c-v>".to_owned();
    for _ in 0..=random.below(3) {
        let motion = random.pick(&["j", "j", "k", "l", "l", "h", "w", "e", "b", "0", "^", "fe", "G", "gg", "}"]);
        keys += &counted(&count(random), motion);
        keys += if random.chance(10) { "o" } else { "" };
    }
    keys += if random.chance(20) { random.pick(&["$", "$", "O"]) } else { "" };
    keys += random.pick(&[
        "d", "x", "y", "cZ<esc>", "sxy<esc>", "rx", "~", "u", "U", "Ixy<esc>", "Axy<esc>", "I<esc>", ">", "<lt>", "J",
        "D", "Y", "CZ<esc>", "\"ay", "\"bd", "p", "<esc>", "yp", "yP", "dp",
    ]);
    keys
}

/// As many cases as wanted; each seed gives its own.
pub(super) fn cases(sources: &[Vec<String>], seed: u64, wanted: usize) -> Vec<Case> {
    let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ (seed << 20) ^ seed);
    (0..wanted)
        .map(|_| {
            let source = &sources[random.below(sources.len())];
            let first = random.below(source.len().saturating_sub(12));
            let lines: Vec<String> = source.iter().skip(first).take(8 + random.below(30)).cloned().collect();
            let line = 1 + random.below(lines.len());
            let characters: Vec<usize> = lines[line - 1].char_indices().map(|(at, _)| at).collect();
            let column = characters.get(random.below(characters.len())).map_or(1, |at| at + 1);
            let mut commands: Vec<String> = (0..=random.below(4)).map(|_| command(&mut random)).collect();
            // In vim an operator that changes nothing is an undo step all the same.
            if commands.iter().any(|keys| CASE.iter().any(|case| keys.contains(case))) {
                let undoes =
                    |keys: &str| keys.trim_start_matches(char::is_numeric).starts_with('u') || keys.contains("u<c-r>");
                commands.retain(|keys| !undoes(keys));
            }
            // The change that `.` repeats where there was none.
            let first = if lines[line - 1].is_empty() { "ix<esc>u" } else { "xu" };
            let keys = first.to_owned() + &commands.concat();
            Case { lines, line, column, keys: keys + "<esc>" }
        })
        .collect()
}
