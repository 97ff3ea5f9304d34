//! The options of `:set` that this key map has.

use super::state::{Effect, Setting};
use crate::editor::{layout::TabWidth, search::CaseRule};

/// How this participant likes it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own, as in vim")]
pub struct Options {
    /// Searches ignore case.
    pub ignore_case: bool,
    /// Unless the pattern has a capital letter.
    pub smart_case: bool,
    /// Searches go on at the other end of the text.
    pub wrap_scan: bool,
    /// Matches stay marked.
    pub highlight_search: bool,
    /// Matches are shown while the pattern is typed.
    pub incremental_search: bool,
    /// A new line is indented as the one before.
    pub auto_indent: bool,
    /// And one level more or less where the language has it.
    pub smart_indent: bool,
    /// Tab inserts spaces; none: as the text does.
    pub expand_tab: Option<bool>,
    /// One level of indentation in cells; none: as the text does.
    pub shift_width: Option<usize>,
    /// `:s` replaces all matches of a line unless told otherwise.
    pub g_default: bool,
    /// Lines between the cursor and the edge in `H` and `L`.
    pub scroll_off: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ignore_case: false,
            smart_case: false,
            wrap_scan: true,
            highlight_search: true,
            incremental_search: true,
            auto_indent: true,
            smart_indent: true,
            expand_tab: None,
            shift_width: None,
            g_default: false,
            scroll_off: 3,
        }
    }
}

/// What `:set` with one argument does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Set {
    Done,
    Effect(Effect),
    Show(String),
}

/// Names of options, long and short.
const NAMES: [(&str, &str); 16] = [
    ("ignorecase", "ic"),
    ("smartcase", "scs"),
    ("wrapscan", "ws"),
    ("hlsearch", "hls"),
    ("incsearch", "is"),
    ("autoindent", "ai"),
    ("smartindent", "si"),
    ("expandtab", "et"),
    ("gdefault", "gd"),
    ("number", "nu"),
    ("wrap", "wrap"),
    ("shiftwidth", "sw"),
    ("tabstop", "ts"),
    ("scrolloff", "so"),
    ("keys", "keys"),
    ("softtabstop", "sts"),
];

impl Options {
    /// How searches treat case.
    pub fn case(&self) -> CaseRule {
        CaseRule { ignores_case: self.ignore_case, is_smart: self.smart_case }
    }

    /// Carries out one argument of `:set`: `name`, `noname`, `name!`, `name=value`, `name?`.
    ///
    /// # Errors
    /// A line for the person.
    pub(super) fn set(&mut self, argument: &str, tab: TabWidth) -> Result<Set, String> {
        let unknown = |name: &str| format!("unknown option {name}; help lists the ones there are");
        if let Some((name, value)) = argument.split_once(['=', ':']) {
            let name = full_name(name).ok_or_else(|| unknown(name))?;
            return self.set_value(name, value);
        }
        if let Some(name) = argument.strip_suffix('?') {
            let name = full_name(name).ok_or_else(|| unknown(name))?;
            let asked = of_program(name, Setting::Tell).map(Set::Effect);
            return Ok(asked.unwrap_or_else(|| Set::Show(self.show(name, tab))));
        }
        let (written, wanted) = if let Some(name) = argument.strip_suffix('!') {
            (name, None)
        } else if let Some(name) = full_name(argument) {
            (name, Some(true))
        } else if let Some(name) = argument.strip_prefix("no") {
            (name, Some(false))
        } else if let Some(name) = argument.strip_prefix("inv") {
            (name, None)
        } else {
            return Err(unknown(argument));
        };
        let name = full_name(written).ok_or_else(|| unknown(written))?;
        let setting = wanted.map_or(Setting::Toggle, Setting::Assign);
        if let Some(effect) = of_program(name, setting) {
            return Ok(Set::Effect(effect));
        }
        let Some(flag) = self.flag(name) else { return Ok(Set::Show(self.show(name, tab))) };
        *flag = wanted.unwrap_or(!*flag);
        Ok(Set::Done)
    }

    fn set_value(&mut self, name: &str, value: &str) -> Result<Set, String> {
        if name == "keys" {
            return Ok(Set::Effect(Effect::UseKeymap(value.to_owned())));
        }
        let number: usize = value.parse().map_err(|_| format!("{name} wants a number, not {value:?}"))?;
        match name {
            "shiftwidth" => self.shift_width = Some(number).filter(|number| *number > 0),
            "scrolloff" => self.scroll_off = number,
            "tabstop" if (1..=64).contains(&number) => return Ok(Set::Effect(Effect::SetTab(TabWidth(number)))),
            "tabstop" => return Err("tabstop wants a number from 1 to 64".to_owned()),
            "softtabstop" => {}
            _ => return Err(format!("{name} takes no value")),
        }
        Ok(Set::Done)
    }

    /// Sets one by its long name to a value as a config file has it: `true` and `false`, or a number.
    ///
    /// # Errors
    /// A sentence that says what is allowed.
    pub fn assign(&mut self, name: &str, value: &str) -> Result<(), String> {
        let number = |least: usize| {
            let number = value.parse().ok().filter(|number| *number >= least);
            number.ok_or_else(|| format!("a number from {least} on is wanted, not {value:?}"))
        };
        match name {
            "shiftwidth" => self.shift_width = Some(number(1)?),
            "scrolloff" => self.scroll_off = number(0)?,
            name => {
                let flag = self.flag(name).ok_or_else(|| format!("vim's key map has no option {name}"))?;
                *flag = value.parse().map_err(|_| format!("true or false is wanted, not {value:?}"))?;
            }
        }
        Ok(())
    }

    /// The value of one by its long name, as a config file has it; none where the text itself tells.
    pub fn value(&self, name: &str) -> Option<String> {
        match name {
            "shiftwidth" => self.shift_width.map(|width| width.to_string()),
            "scrolloff" => Some(self.scroll_off.to_string()),
            "expandtab" => self.expand_tab.map(|expands| expands.to_string()),
            name => self.clone().flag(name).map(|flag| flag.to_string()),
        }
    }

    fn flag(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "ignorecase" => &mut self.ignore_case,
            "smartcase" => &mut self.smart_case,
            "wrapscan" => &mut self.wrap_scan,
            "hlsearch" => &mut self.highlight_search,
            "incsearch" => &mut self.incremental_search,
            "autoindent" => &mut self.auto_indent,
            "smartindent" => &mut self.smart_indent,
            "gdefault" => &mut self.g_default,
            "expandtab" => self.expand_tab.get_or_insert(false),
            _ => return None,
        })
    }

    fn show(&mut self, name: &str, tab: TabWidth) -> String {
        match name {
            "shiftwidth" => {
                self.shift_width.map_or("shiftwidth: as the text has it".to_owned(), |w| format!("shiftwidth={w}"))
            }
            "tabstop" => format!("tabstop={}", tab.0),
            "scrolloff" => format!("scrolloff={}", self.scroll_off),
            "keys" => "keys=vim".to_owned(),
            "expandtab" if self.expand_tab.is_none() => "expandtab: as the text has it".to_owned(),
            name => match self.flag(name) {
                Some(false) => format!("no{name}"),
                Some(true) | None => name.to_owned(),
            },
        }
    }
}

/// What an option asks for that is the program's and not this key map's.
fn of_program(name: &str, setting: Setting) -> Option<Effect> {
    match name {
        "wrap" => Some(Effect::Wrap(setting)),
        "number" => Some(Effect::ShowNumbers(setting)),
        _ => None,
    }
}

fn full_name(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|(long, short)| *long == name || *short == name).map(|(long, _)| *long)
}
