//! Reads a config file (TOML 1.0, <https://toml.io>) into the options. Tells every mistake at once, each with file, line, key and what
//! would be right. Knows no option by name.

use super::{
    options::{ConfigOption, Kind, OPTIONS},
    settings::Settings,
};
use std::{
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Something in a config file that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, with its key where one is known, and what would be right.
    pub problem: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.problem)
    }
}

/// Takes the options of a file's text.
///
/// # Errors
/// Every mistake, in the order of the lines; what was right is taken all the same.
pub fn read(text: &str, file: &Path, settings: &mut Settings) -> Result<(), Vec<Mistake>> {
    let mut reader = Reader { text, file, settings, mistakes: Vec::new() };
    match DeTable::parse(text) {
        Ok(table) => reader.table("", table.get_ref()),
        Err(error) => reader.mistake(&error.span().unwrap_or(0..0), error.message().to_owned()),
    }
    let mut mistakes = reader.mistakes;
    mistakes.sort_by_key(|mistake| mistake.line);
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

struct Reader<'a> {
    text: &'a str,
    file: &'a Path,
    settings: &'a mut Settings,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn mistake(&mut self, span: &Range<usize>, problem: String) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        self.mistakes.push(Mistake { file: self.file.to_owned(), line, problem });
    }

    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let key =
                if prefix.is_empty() { name.get_ref().to_string() } else { format!("{prefix}.{}", name.get_ref()) };
            let is_table =
                OPTIONS.iter().any(|option| option.key.strip_prefix(&key).is_some_and(|rest| rest.starts_with('.')));
            match (value.get_ref(), ConfigOption::find(&key)) {
                (DeValue::Table(inner), None) if is_table => self.table(&key, inner),
                (_, Some(option)) => self.option(option, value),
                (_, None) if is_table => {
                    self.mistake(&name.span(), format!("{key}: a table is wanted: [{key}], and its options below"));
                }
                (_, None) => {
                    let meant = ConfigOption::nearest(&key).map(|near| format!("; did you mean {near}?"));
                    let hint = meant.unwrap_or_else(|| "; `pair-tui config` shows all there are".to_owned());
                    self.mistake(&name.span(), format!("{key}: no option is called that{hint}"));
                }
            }
        }
    }

    fn option(&mut self, option: &ConfigOption, value: &Spanned<DeValue<'_>>) {
        let set = match (option.kind, value.get_ref()) {
            (Kind::Text, DeValue::String(text)) => option.set(self.settings, text),
            (Kind::Flag, DeValue::Boolean(flag)) => option.set(self.settings, &flag.to_string()),
            (Kind::Number, DeValue::Integer(number)) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => option.set(self.settings, &number.to_string()),
                Err(error) => Err(error.to_string()),
            },
            (kind, other) => Err(format!("{} is wanted, this is {}", wanted(kind), other.type_str())),
        };
        if let Err(problem) = set {
            self.mistake(&value.span(), format!("{}: {problem}", option.key));
        }
    }
}

fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a text in quotes",
        Kind::Flag => "true or false",
        Kind::Number => "a whole number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        let read = read(text, Path::new("/c/config.toml"), &mut Settings::default());
        read.err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_mistake_names_file_line_key_and_what_would_be_right() {
        let text = "# mine\nname = \"Ada\"\ntheme = \"drak\"\nthem = \"dark\"\ntab_width = \"4\"\n\n[vim]\nignorecase = 1\n\
                    scroloff = 2\nscrolloff = -1\n";
        assert_eq!(
            mistakes(text),
            [
                "/c/config.toml:3: theme: no theme is called \"drak\"; there are auto, dark, light, high-contrast and sixteen",
                "/c/config.toml:4: them: no option is called that; did you mean theme?",
                "/c/config.toml:5: tab_width: a whole number is wanted, this is string",
                "/c/config.toml:8: vim.ignorecase: true or false is wanted, this is integer",
                "/c/config.toml:9: vim.scroloff: no option is called that; did you mean vim.scrolloff?",
                "/c/config.toml:10: vim.scrolloff: a number from 0 on is wanted, not \"-1\"",
            ]
        );
        assert_eq!(
            mistakes("vim = true\n"),
            ["/c/config.toml:1: vim: a table is wanted: [vim], and its options below"]
        );
        assert!(mistakes("name = \"Ada\"\ntheme = dark\n")[0].starts_with("/c/config.toml:2: "));
        assert_eq!(mistakes(""), Vec::<String>::new());
    }

    #[test]
    fn what_is_right_is_taken_though_the_rest_is_not() {
        let mut settings = Settings::default();
        assert!(read("x = 1\nmouse = false\n[vim]\nshiftwidth = 8", Path::new("c"), &mut settings).is_err());
        assert_eq!((settings.mouse, settings.preferences.vim.shift_width), (false, Some(8)));
    }
}
