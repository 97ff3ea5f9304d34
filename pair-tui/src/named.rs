//! Things that people choose by name, in flags, the environment, the config file and on the fly: their names, and what to say to a
//! name that is none.

/// Names, as people write them, of what there is to choose from.
pub trait Named: Copy + PartialEq + 'static {
    /// What is chosen from, for the error: "no theme is called …".
    const WHAT: &'static str;

    /// All there are, each with its name.
    const ALL: &'static [(Self, &'static str)];

    /// The name.
    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| *name)
    }

    /// The one of that name.
    ///
    /// # Errors
    /// A sentence that names all there are.
    fn of_name(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name).map(|(one, _)| *one);
        found.ok_or_else(|| format!("no {} is called {name:?}; there are {}", Self::WHAT, Self::names()))
    }

    /// All names, as a sentence has them: `a, b and c`.
    fn names() -> String {
        let names: Vec<&str> = Self::ALL.iter().map(|(_, name)| *name).collect();
        match names.split_last() {
            Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
            _ => names.concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::preferences::{SidePane, ThemeName},
        input::KeymapName,
    };

    #[test]
    fn a_name_that_is_none_is_answered_with_those_there_are() {
        let error = SidePane::of_name("opne").unwrap_err();
        assert_eq!(error, "no state of the side pane is called \"opne\"; there are auto, open and closed");
        assert_eq!(KeymapName::of_name("vim"), Ok(KeymapName::Vim));
        assert!(ThemeName::ALL.iter().all(|(theme, name)| ThemeName::of_name(name) == Ok(*theme)));
    }
}
