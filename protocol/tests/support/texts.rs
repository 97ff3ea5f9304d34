//! Texts that tend to go wrong, for random tests.

/// What people type: all that tends to go wrong in texts.
pub const TEXTS: [&str; 20] = [
    "a",
    "b",
    "xyz",
    " ",
    "\n",
    "\r\n",
    "\r",
    "é",
    "e\u{301}",
    "ß",
    "😀",
    "👩‍👩‍👧‍👦",
    "🏳️‍🌈",
    "🇫🇷",
    "\u{FFFD}",
    "שלום",
    "\u{200D}",
    "中文",
    "fn main() {\n    loop {}\n}\n",
    "e\u{301}\u{323}😀\u{FE0F}",
];
