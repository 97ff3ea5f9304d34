//! Who came and who went within a moment, told in one line, however many they are. Knows no room.

/// Whatever happens within this many milliseconds after the last coming or going is told together with it.
const TOGETHER_MS: u64 = 4_000;
/// At most so many names stand in the line; the others are counted.
const NAMES: usize = 2;

/// Whether somebody came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coming {
    /// They came.
    Came,
    /// They went.
    Left,
    /// They went, and came again at once: a new connection.
    Back,
}

/// Who came and who went within a moment.
#[derive(Debug, Clone, Default)]
pub struct Comings {
    of: Vec<(String, Coming)>,
    last_ms: u64,
}

impl Comings {
    /// Somebody came or went; gives the line that tells everything of this moment.
    pub fn tell(&mut self, name: &str, coming: Coming, now_ms: u64) -> String {
        if now_ms.saturating_sub(self.last_ms) >= TOGETHER_MS {
            self.of.clear();
        }
        self.last_ms = now_ms;
        let before = self.of.iter().position(|(known, _)| known == name).map(|at| self.of.remove(at).1);
        let coming = match (before, coming) {
            (Some(Coming::Left), Coming::Came) => Coming::Back,
            (_, coming) => coming,
        };
        self.of.push((name.to_owned(), coming));
        self.line()
    }

    fn line(&self) -> String {
        let said = |coming: Coming| {
            let names: Vec<&str> = self.of.iter().filter(|(_, one)| *one == coming).map(|(name, _)| &**name).collect();
            let verb = match (coming, names.len()) {
                (Coming::Came, _) => "came",
                (Coming::Left, _) => "left",
                (Coming::Back, 1) => "is back",
                (Coming::Back, _) => "are back",
            };
            (!names.is_empty()).then(|| format!("{} {verb}", listed(&names)))
        };
        [Coming::Came, Coming::Back, Coming::Left].into_iter().filter_map(said).collect::<Vec<_>>().join("; ")
    }
}

/// Names as people list them: `Ada, Grace and 3 others`.
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] if names.len() <= NAMES + 1 => format!("{} and {last}", most.join(", ")),
        _ => {
            let (shown, rest) = names.split_at(NAMES);
            format!("{} and {} others", shown.join(", "), rest.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_within_a_moment_is_one_line() {
        let mut comings = Comings::default();
        assert_eq!(comings.tell("Ada", Coming::Came, 10_000), "Ada came");
        assert_eq!(comings.tell("Grace", Coming::Came, 11_000), "Ada and Grace came");
        assert_eq!(comings.tell("Linus", Coming::Came, 12_000), "Ada, Grace and Linus came");
        assert_eq!(comings.tell("Alan", Coming::Came, 13_000), "Ada, Grace and 2 others came");
        assert_eq!(comings.tell("Ada", Coming::Left, 14_000), "Grace, Linus and Alan came; Ada left");
        assert_eq!(comings.tell("Ada", Coming::Came, 15_000), "Grace, Linus and Alan came; Ada is back");
        assert_eq!(comings.tell("Edsger", Coming::Left, 19_000), "Edsger left");
    }
}
