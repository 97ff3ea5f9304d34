//! The whole config file with every default explained, and the page of the documentation that holds it. Made from the table of options;
//! knows none by name.

use super::{
    options::{ConfigOption, Kind, OPTIONS},
    settings::Settings,
};

/// Columns of a comment.
const WIDTH: usize = 100;

/// The head of the file.
const HEAD: &str = "\
# The options of pair-tui, with their defaults. What is commented out has none.
# A flag comes before an environment variable, and that before this file.
# `pair-tui config --path` says where the file is read from.
";

/// A config file with these values, each explained. It reads back as the same values.
pub fn config_file(settings: &Settings) -> String {
    let mut section = None;
    let mut lines: Vec<String> = HEAD.lines().map(str::to_owned).collect();
    for option in OPTIONS {
        let (table, name) = option.key.split_once('.').map_or((None, option.key), |(table, name)| (Some(table), name));
        if let Some(table) = table.filter(|_| table != section) {
            lines.extend([String::new(), format!("[{table}]")]);
        }
        section = table;
        lines.push(String::new());
        lines.extend(comment(option).iter().map(|line| format!("# {line}")));
        lines.push(assignment(option, name, settings));
    }
    lines.join("\n") + "\n"
}

/// The line that sets an option; commented out, with an example, where it has no value.
fn assignment(option: &ConfigOption, name: &str, settings: &Settings) -> String {
    let (sign, value) = match (option.get(settings), option.unset) {
        (Some(value), _) => ("", value),
        (None, unset) => ("#", unset.map_or_else(String::new, |(example, _)| example.to_owned())),
    };
    let value = if option.kind == Kind::Text { toml::Value::String(value).to_string() } else { value };
    format!("{sign}{name} = {value}")
}

/// What an option does and where else it can be set, in lines.
fn comment(option: &ConfigOption) -> Vec<String> {
    let default = option.unset.map(|(_, default)| format!(" Default: {default}.")).unwrap_or_default();
    let flag = option.flag.map(|flag| format!("{flag} or ")).unwrap_or_default();
    let whole = format!("{}{default} ({flag}{})", option.about, option.variable());
    crate::ui::paint::wrap(&whole, WIDTH).iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The page docs/configuration.md.
pub fn page() -> String {
    format!(
        "# Configuration of pair-tui

`pair-tui` reads `$XDG_CONFIG_HOME/pair/config.toml` (`~/.config/pair/config.toml`; `pair-tui config --path` prints which). A flag comes
before an environment variable, that before the file, and that before the default. What is wrong in the file is told with its line
and key, and keeps the program from starting; `pair-tui config` prints the whole file with its defaults, to start from:

```
pair-tui config > ~/.config/pair/config.toml
```

This page is written by a test from the table of options in `pair-tui/src/config/options.rs`.

```toml
{}```
",
        config_file(&Settings::default())
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::preferences::{SidePane, ThemeName},
        config::{file, settings::BackgroundChoice},
        input::KeymapName,
    };
    use std::path::Path;

    fn read(text: &str) -> Settings {
        let mut settings = Settings::default();
        file::read(text, Path::new("printed"), &mut settings).unwrap();
        settings
    }

    #[test]
    fn what_is_printed_reads_back_as_itself() {
        let defaults = config_file(&Settings::default());
        assert_eq!(read(&defaults), Settings::default());
        assert!(OPTIONS.iter().all(|option| defaults.contains(option.about.split(' ').next().unwrap_or_default())));
        let mut settings = Settings {
            name: Some("Ada \"L\"\n".trim().into()),
            color: "#102030".parse().ok(),
            background: BackgroundChoice::Light,
            mouse: false,
            ..Settings::default()
        };
        settings.preferences.keys = KeymapName::Vim;
        settings.preferences.theme = ThemeName::Light;
        settings.preferences.side = SidePane::Closed;
        settings.preferences.vim.expand_tab = Some(true);
        settings.preferences.vim.scroll_off = 0;
        assert_eq!(read(&config_file(&settings)), settings);
    }

    #[test]
    fn every_example_that_is_commented_out_is_right() {
        let text = config_file(&Settings::default());
        let uncommented = |line: &str| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => rest.to_owned(),
            _ => line.to_owned(),
        };
        let all = text.lines().map(uncommented).collect::<Vec<_>>().join("\n");
        assert_eq!(read(&all).name.as_deref(), Some("Ada"));
    }

    /// `PAIR_WRITE_DOCS=1 cargo test -p pair-tui --lib the_page` writes it.
    #[test]
    fn the_page_of_the_documentation_is_made_from_the_table() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
        if std::env::var_os("PAIR_WRITE_DOCS").is_some() {
            std::fs::write(&file, page()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), page(), "{} is old", file.display());
    }
}
