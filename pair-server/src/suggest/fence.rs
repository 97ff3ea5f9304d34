//! Takes the code fence off a chat's answer, which models put there however they are asked. Works on pieces. Knows text only.

/// Bytes that an opening fence with its language may have.
const OPENING_MAX: usize = 40;

/// The marks of a fence.
const MARKS: &str = "```";

/// The state of one answer.
#[derive(Debug, Default)]
pub(super) struct Fence {
    /// What may still turn out to be a fence.
    held: String,
    is_open: bool,
    /// An opening fence was taken off.
    is_fenced: bool,
    is_closed: bool,
}

impl Fence {
    /// What of the answer is text, as far as that is known.
    pub(super) fn push(&mut self, piece: &str) -> String {
        if self.is_closed {
            return String::new();
        }
        self.held.push_str(piece);
        if !self.is_open && !self.open() {
            return String::new();
        }
        if !self.is_fenced {
            return std::mem::take(&mut self.held);
        }
        if let Some((text, _)) = self.held.split_once("\n```") {
            let text = text.to_owned();
            self.is_closed = true;
            self.held.clear();
            return text;
        }
        // The end may be the beginning of the closing fence.
        let keep = (1..=MARKS.len()).rev().find(|length| {
            let closing = format!("\n{MARKS}");
            closing.get(..*length).is_some_and(|start| self.held.ends_with(start))
        });
        let rest = self.held.split_off(self.held.len() - keep.unwrap_or(0));
        std::mem::replace(&mut self.held, rest)
    }

    /// What was held back, at the end of the answer.
    pub(super) fn finish(self) -> String {
        let text = self.held;
        if self.is_fenced || !self.is_open && text.starts_with(MARKS) {
            text.trim_end_matches(['\n', '`']).to_owned()
        } else {
            text
        }
    }

    /// Decides whether the answer opens with a fence; false while that is not known.
    fn open(&mut self) -> bool {
        if MARKS.starts_with(self.held.as_str()) {
            return false;
        }
        if self.held.starts_with(MARKS) {
            match self.held.find('\n') {
                Some(end) if end <= OPENING_MAX => {
                    self.held = self.held.split_off(end + 1);
                    self.is_fenced = true;
                }
                None if self.held.len() <= OPENING_MAX => return false,
                _ => {}
            }
        }
        self.is_open = true;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_taken_off_however_the_answer_is_cut() {
        for (answer, text) in [
            ("```rust\nlet x = `a`;\nnext\n```\nThat is all.", "let x = `a`;\nnext"),
            ("plain `code`\n", "plain `code`\n"),
            ("``not a fence", "``not a fence"),
            ("```\nopen\n", "open"),
            ("", ""),
            ("``", "``"),
        ] {
            for step in 1..=answer.len().max(1) {
                let mut fence = Fence::default();
                let mut read = String::new();
                for piece in answer.as_bytes().chunks(step) {
                    read.push_str(&fence.push(std::str::from_utf8(piece).unwrap()));
                }
                read.push_str(&fence.finish());
                assert_eq!(read, text, "{answer:?} {step}");
            }
        }
    }
}
