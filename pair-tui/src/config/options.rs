//! Every option of the config file, in one table: its key, what it does, what is allowed, how it is set and shown. The config file, the
//! environment, `pair-tui config` and docs/configuration.md are made from it. Knows no file.

use super::settings::{BackgroundChoice, Settings};
use crate::{
    app::{
        Wrap,
        preferences::{SidePane, SuggestWhen, ThemeName},
    },
    client::{ServerUrl, TransportChoice},
    editor::layout::TabWidth,
    input::KeymapName,
    named::Named,
};

/// How a value is written in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text in quotes.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number,
}

/// One row of the table.
#[derive(Debug)]
pub struct ConfigOption {
    /// What it is called in the file; behind a point where it stands in a table, as in `vim.ignorecase`.
    pub key: &'static str,
    /// What it does, in sentences.
    pub about: &'static str,
    /// How its value is written.
    pub kind: Kind,
    /// A value to show where there is none by default, and what holds then.
    pub unset: Option<(&'static str, &'static str)>,
    /// The flag that sets it, if one does.
    pub flag: Option<&'static str>,
    set: fn(&mut Settings, Given<'_>) -> Result<(), String>,
    get: fn(&Settings, &str) -> Option<String>,
}

/// A value for an option.
struct Given<'a> {
    /// The option's key.
    key: &'a str,
    /// The value, without quotes.
    value: &'a str,
}

impl Given<'_> {
    fn flag(&self) -> Result<bool, String> {
        match self.value {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            other => Err(format!("true or false is wanted, not {other:?}")),
        }
    }

    fn named<T: Named>(&self) -> Result<T, String> {
        T::of_name(self.value)
    }

    /// The name of one of vim's options.
    fn vim_name(&self) -> &str {
        vim_name(self.key)
    }
}

fn vim_name(key: &str) -> &str {
    key.strip_prefix("vim.").unwrap_or(key)
}

impl ConfigOption {
    /// The option of that key.
    pub fn find(key: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|option| option.key == key)
    }

    /// The key that is most like another one, if one is like it.
    pub fn nearest(key: &str) -> Option<&'static str> {
        let likeness = |option: &&Self| {
            let whole = strsim::jaro_winkler(option.key, key);
            let last = strsim::jaro_winkler(vim_name(option.key), key);
            whole.max(last)
        };
        let best = OPTIONS.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)))?;
        (likeness(&best) >= ALIKE).then_some(best.key)
    }

    /// The environment variable: `PAIR_` and the key in capitals.
    pub fn variable(&self) -> String {
        format!("PAIR_{}", self.key.to_uppercase().replace(['.', '-'], "_"))
    }

    /// Sets it to a value written without quotes.
    ///
    /// # Errors
    /// A sentence that says what is allowed.
    pub fn set(&self, settings: &mut Settings, value: &str) -> Result<(), String> {
        (self.set)(settings, Given { key: self.key, value })
    }

    /// Its value, without quotes; none where it has none.
    pub fn get(&self, settings: &Settings) -> Option<String> {
        (self.get)(settings, self.key)
    }
}

/// From this Jaro-Winkler similarity on one key is taken for a slip of another.
const ALIKE: f64 = 0.75;

/// A row for something that is on or off.
macro_rules! flag {
    ($key:literal, $($field:ident).+, $about:literal) => {
        ConfigOption {
            key: $key,
            about: $about,
            kind: Kind::Flag,
            unset: None,
            flag: None,
            set: |settings, given| given.flag().map(|flag| settings.$($field).+ = flag),
            get: |settings, _| Some(settings.$($field).+.to_string()),
        }
    };
}

/// A row for an option of the vim key map that it knows itself.
const fn vim(key: &'static str, kind: Kind, about: &'static str) -> ConfigOption {
    ConfigOption {
        key,
        about,
        kind,
        unset: None,
        flag: None,
        set: |settings, given| settings.preferences.vim.assign(given.vim_name(), given.value),
        get: |settings, key| settings.preferences.vim.value(vim_name(key)),
    }
}

/// Every option, in the order in which they are explained; those of one table stand together, at the end.
pub static OPTIONS: &[ConfigOption] = &[
    ConfigOption {
        key: "name",
        about: "Your name, as the others see it.",
        kind: Kind::Text,
        unset: Some(("Ada", "your login name")),
        flag: Some("--name"),
        set: |settings, given| {
            let name = Some(given.value.trim()).filter(|name| !name.is_empty());
            settings.name = Some(name.ok_or("a name has at least one character")?.to_owned());
            Ok(())
        },
        get: |settings, _| settings.name.clone(),
    },
    ConfigOption {
        key: "colour",
        about: "Your colour, as the others see it, as #rrggbb. Where somebody has it already, the room gives you another one.",
        kind: Kind::Text,
        unset: Some(("#50a0ff", "one that nobody else in the room has")),
        flag: None,
        set: |settings, given| {
            let color = given.value.parse().map_err(|error: protocol::presence::ColorError| error.to_string())?;
            settings.color = Some(color);
            Ok(())
        },
        get: |settings, _| settings.color.map(|color| color.to_string()),
    },
    ConfigOption {
        key: "server",
        about: "The server that rooms are created on, and that bare room ids are looked for on.",
        kind: Kind::Text,
        unset: None,
        flag: Some("--server"),
        set: |settings, given| {
            let server = given.value.parse::<ServerUrl>().map_err(|error| error.to_string())?;
            settings.server = server;
            Ok(())
        },
        get: |settings, _| Some(settings.server.to_string()),
    },
    ConfigOption {
        key: "transport",
        about: "How rooms are connected to: \"auto\" takes whichever is there first, \"quic\" or \"ws\" (a WebSocket). QUIC needs a \
                server's address that begins with https.",
        kind: Kind::Text,
        unset: None,
        flag: Some("--transport"),
        set: |settings, given| given.named::<TransportChoice>().map(|transport| settings.transport = transport),
        get: |settings, _| Some(settings.transport.name().to_owned()),
    },
    ConfigOption {
        key: "keys",
        about: "The key map: \"default\" has the keys of nano, VS Code and browsers, \"vim\" those of vim. Inside, the command \
                palette changes it.",
        kind: Kind::Text,
        unset: None,
        flag: Some("--keys"),
        set: |settings, given| given.named::<KeymapName>().map(|keys| settings.preferences.keys = keys),
        get: |settings, _| Some(settings.preferences.keys.name().to_owned()),
    },
    ConfigOption {
        key: "theme",
        about: "The colours: \"dark\", \"light\", \"auto\" for one of these as the background is, \"high-contrast\", or \
                \"sixteen\" for the terminal's own 16 colours only. A theme that does not suit the terminal's background brings \
                its own. NO_COLOR in the environment takes all colours away. Inside, the command palette changes it.",
        kind: Kind::Text,
        unset: None,
        flag: Some("--theme"),
        set: |settings, given| given.named::<ThemeName>().map(|theme| settings.preferences.theme = theme),
        get: |settings, _| Some(settings.preferences.theme.name().to_owned()),
    },
    ConfigOption {
        key: "background",
        about: "What the terminal's background is, \"dark\" or \"light\"; \"auto\" asks the terminal, or takes the word of \
                the COLORFGBG variable.",
        kind: Kind::Text,
        unset: None,
        flag: Some("--background"),
        set: |settings, given| given.named::<BackgroundChoice>().map(|ground| settings.background = ground),
        get: |settings, _| Some(settings.background.name().to_owned()),
    },
    ConfigOption {
        key: "tab_width",
        about: "The distance between tab stops, in columns, 1 to 64. Whether a level of indentation is a tab or some spaces, the \
                text itself tells.",
        kind: Kind::Number,
        unset: None,
        flag: None,
        set: |settings, given| {
            let number = given.value.parse().ok().filter(|number| (1..=64).contains(number));
            settings.preferences.tab = TabWidth(number.ok_or("a number from 1 to 64 is wanted")?);
            Ok(())
        },
        get: |settings, _| Some(settings.preferences.tab.0.to_string()),
    },
    flag!("numbers", preferences.numbers, "Whether lines have their numbers beside them."),
    flag!("indent_guides", preferences.view.indent_guides, "A thin line at each level of indentation."),
    flag!("white_space", preferences.view.white_space, "Signs in place of spaces and tabs."),
    ConfigOption {
        key: "wrap",
        about: "Which lines go on in the next row where they do not fit: \"prose\" those of Markdown, \"on\" all, \"off\" none. Inside, \
                Alt-Z changes it.",
        kind: Kind::Text,
        unset: None,
        flag: None,
        set: |settings, given| given.named::<Wrap>().map(|wrap| settings.preferences.view.wrap = wrap),
        get: |settings, _| Some(settings.preferences.view.wrap.name().to_owned()),
    },
    ConfigOption {
        key: "side_pane",
        about: "Whether the pane with suggestion and chat is open at the start: \"open\", \"closed\", or \"auto\" where it has \
                room beside the text.",
        kind: Kind::Text,
        unset: None,
        flag: None,
        set: |settings, given| given.named::<SidePane>().map(|side| settings.preferences.side = side),
        get: |settings, _| Some(settings.preferences.side.name().to_owned()),
    },
    ConfigOption {
        key: "suggest",
        about: "When suggestions are asked for: \"pause\" by a key and after a pause in typing, as long as the server says, or \
                \"key\" by a key only.",
        kind: Kind::Text,
        unset: None,
        flag: None,
        set: |settings, given| given.named::<SuggestWhen>().map(|when| settings.preferences.suggest = when),
        get: |settings, _| Some(settings.preferences.suggest.name().to_owned()),
    },
    flag!(
        "mouse",
        mouse,
        "Whether the mouse works inside the program. Without it the terminal's own selection needs no Shift key."
    ),
    vim("vim.ignorecase", Kind::Flag, "Searches ignore case."),
    vim("vim.smartcase", Kind::Flag, "Unless the pattern has a capital letter."),
    vim("vim.wrapscan", Kind::Flag, "Searches go on at the other end of the text."),
    vim("vim.hlsearch", Kind::Flag, "Matches stay marked."),
    vim("vim.incsearch", Kind::Flag, "Matches are shown while the pattern is typed."),
    vim("vim.autoindent", Kind::Flag, "A new line is indented as the one before."),
    vim(
        "vim.smartindent",
        Kind::Flag,
        "And one level more or less where the language has it, as behind a bracket or a colon.",
    ),
    ConfigOption {
        unset: Some(("true", "as the text does")),
        ..vim("vim.expandtab", Kind::Flag, "Whether Tab inserts spaces.")
    },
    ConfigOption {
        unset: Some(("4", "as the text has it")),
        ..vim("vim.shiftwidth", Kind::Number, "One level of indentation for > and <, in columns.")
    },
    vim("vim.gdefault", Kind::Flag, ":s replaces all matches of a line unless told otherwise."),
    vim("vim.scrolloff", Kind::Number, "Lines between the cursor and the edge in H and L."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_option_stands_once_and_takes_back_what_it_shows() {
        let mut seen = HashSet::new();
        for option in OPTIONS {
            assert!(seen.insert(option.key), "{} stands twice", option.key);
            assert!(option.about.ends_with('.'), "{}", option.key);
            let mut settings = Settings::default();
            let value = option.get(&settings).or(option.unset.map(|(example, _)| example.to_owned())).unwrap();
            option.set(&mut settings, &value).unwrap();
            assert_eq!(option.get(&settings), Some(value), "{}", option.key);
            let refused = option.set(&mut settings, "\u{1}");
            assert!(refused.is_err() || option.key == "name", "{} takes anything", option.key);
        }
    }

    #[test]
    fn a_slip_of_the_hand_finds_its_key() {
        for (written, meant) in [
            ("thme", Some("theme")),
            ("color", Some("colour")),
            ("tabwidth", Some("tab_width")),
            ("tab-width", Some("tab_width")),
            ("number", Some("numbers")),
            ("ignorecase", Some("vim.ignorecase")),
            ("vim.ignore_case", Some("vim.ignorecase")),
            ("zzz", None),
        ] {
            assert_eq!(ConfigOption::nearest(written), meant, "{written}");
        }
    }
}
