//! What a provider says, made fit for every screen: terminal escape sequences, control characters and marks that turn the direction of
//! text around never get further than here. Works on pieces, wherever a sequence is cut.
//!
//! The sequences are those of ECMA-48 (<https://ecma-international.org/publications-and-standards/standards/ecma-48>): ESC with one
//! character, CSI up to its final byte, and strings (OSC, DCS, SOS, PM, APC) up to ST or BEL.

/// Where in a sequence the last piece ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum At {
    /// In text.
    #[default]
    Text,
    /// Behind ESC.
    Escape,
    /// Behind ESC and intermediate characters, before the final one.
    Intermediate,
    /// In a control sequence, before its final character.
    Control,
    /// In a string.
    String,
    /// In a string, behind an ESC that may end it.
    StringEscape,
}

/// Characters of a string that are taken for its content; an opener that nobody closes must not swallow the whole answer.
const STRING_MAX: usize = 4_096;

/// A cleaner of one text.
#[derive(Debug, Clone, Default)]
pub struct Cleaner {
    at: At,
    /// Characters of the string so far.
    length: usize,
    /// The last character was a carriage return, which became a line end.
    after_return: bool,
}

impl Cleaner {
    /// What of the next piece may be shown: text, tabs and line ends (always `\n`).
    pub fn clean(&mut self, piece: &str) -> String {
        piece.chars().filter_map(|c| self.next(c)).collect()
    }

    fn next(&mut self, c: char) -> Option<char> {
        match self.at {
            At::Text => return self.in_text(c),
            At::Escape => {
                self.at = match c {
                    '[' => At::Control,
                    ']' | 'P' | 'X' | '^' | '_' => self.string(),
                    ' '..='/' => At::Intermediate,
                    '\u{1b}' => At::Escape,
                    _ => At::Text,
                }
            }
            At::Intermediate if matches!(c, ' '..='/') => {}
            At::Control if matches!(c, ' '..='?') => {}
            At::Intermediate | At::Control => {
                self.at = At::Text;
                // What no sequence can hold ends it, and counts.
                if !matches!(c, '0'..='~') {
                    return self.in_text(c);
                }
            }
            At::String => {
                self.length += 1;
                self.at = match c {
                    '\u{7}' | '\u{9c}' => At::Text,
                    '\u{1b}' => At::StringEscape,
                    _ if self.length > STRING_MAX => At::Text,
                    _ => At::String,
                }
            }
            At::StringEscape => self.at = if c == '\\' { At::Text } else { At::String },
        }
        None
    }

    fn string(&mut self) -> At {
        self.length = 0;
        At::String
    }

    fn in_text(&mut self, c: char) -> Option<char> {
        let after_return = std::mem::replace(&mut self.after_return, c == '\r');
        match c {
            '\n' if after_return => None,
            '\n' | '\t' => Some(c),
            '\r' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\u{1b}' => {
                self.at = At::Escape;
                None
            }
            '\u{9b}' => {
                self.at = At::Control;
                None
            }
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => {
                self.at = self.string();
                None
            }
            // Turned around, code reads otherwise than it runs: <https://trojansource.codes>.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => None,
            c if c.is_control() => None,
            c => Some(c),
        }
    }
}

/// One line of text for people, cleaned and cut after so many characters.
pub fn sentence(text: &str, characters: usize) -> String {
    Cleaner::default().clean(text).replace(['\n', '\t'], " ").chars().take(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sequence_and_no_control_character_comes_through_wherever_it_is_cut() {
        let dirty = "a\u{1b}[31;1mred\u{1b}[0m\u{1b}]0;title\u{7}b\u{1b}]8;;http://x\u{1b}\\c\u{1b}(B\u{1b}7d\u{9b}2Je\u{90}q\u{9c}f\u{0}\u{8}\u{7f}\u{85}g\u{202e}h\r\ni\rj\tk";
        let expected = "aredbcdefgh\ni\nj\tk";
        assert_eq!(Cleaner::default().clean(dirty), expected);
        let mut cleaner = Cleaner::default();
        let one_by_one: String = dirty.chars().map(|c| cleaner.clean(&c.to_string())).collect();
        assert_eq!(one_by_one, expected);
    }

    #[test]
    fn a_string_that_nobody_closes_swallows_only_so_much() {
        let open = format!("\u{1b}]{}behind", "x".repeat(STRING_MAX));
        assert_eq!(Cleaner::default().clean(&open), "ehind");
    }

    #[test]
    fn a_sequence_that_is_broken_off_leaves_the_text_behind_it() {
        assert_eq!(Cleaner::default().clean("a\u{1b}[3\nb"), "a\nb");
        assert_eq!(Cleaner::default().clean("é\u{1b}"), "é");
        assert_eq!(sentence("one\n\u{1b}[1mtwo", 5), "one t");
    }
}
