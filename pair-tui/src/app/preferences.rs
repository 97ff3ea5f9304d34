//! How this person likes the program: keys, colours, what is drawn beside the text. Comes from the config file, the environment and
//! flags, and changes on the fly. Plain values: knows neither where they come from nor what is drawn.

use super::{ViewOptions, Wrap};
use crate::{
    editor::layout::TabWidth,
    input::{KeymapName, vim},
    named::Named,
};
use std::str::FromStr;

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// The key map.
    pub keys: KeymapName,
    /// The colours.
    pub theme: ThemeName,
    /// The distance of tab stops.
    pub tab: TabWidth,
    /// Whether lines have their numbers beside them.
    pub numbers: bool,
    /// What is drawn in the text beyond its characters.
    pub view: ViewOptions,
    /// Whether the side pane is open.
    pub side: SidePane,
    /// When suggestions are asked for.
    pub suggest: SuggestWhen,
    /// What the vim key map starts with.
    pub vim: vim::Options,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            keys: KeymapName::default(),
            theme: ThemeName::default(),
            tab: TabWidth::default(),
            numbers: true,
            view: ViewOptions::default(),
            side: SidePane::default(),
            suggest: SuggestWhen::default(),
            vim: vim::Options::default(),
        }
    }
}

/// The themes there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ThemeName {
    /// Dark or light, as the terminal's background is.
    #[default]
    Auto,
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// Black and white and few strong colours, on black or white as the terminal's background is.
    HighContrast,
    /// The terminal's own 16 colours only, on dark or light as its background is.
    Sixteen,
}

/// When suggestions are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SuggestWhen {
    /// By a key, and after a pause in typing, as long as the server says.
    #[default]
    Pause,
    /// By a key only.
    Key,
}

/// Whether the side pane is open at the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SidePane {
    /// Where it has room beside the text.
    #[default]
    Auto,
    /// In any case.
    Open,
    /// Only once it is asked for.
    Closed,
}

impl SidePane {
    /// As the program keeps it: none where the width decides.
    pub fn wish(self) -> Option<bool> {
        match self {
            Self::Auto => None,
            Self::Open => Some(true),
            Self::Closed => Some(false),
        }
    }
}

impl Named for ThemeName {
    const WHAT: &'static str = "theme";
    const ALL: &'static [(Self, &'static str)] = &[
        (Self::Auto, "auto"),
        (Self::Dark, "dark"),
        (Self::Light, "light"),
        (Self::HighContrast, "high-contrast"),
        (Self::Sixteen, "sixteen"),
    ];
}

impl Named for Wrap {
    const WHAT: &'static str = "way to wrap lines";
    const ALL: &'static [(Self, &'static str)] = &[(Self::Prose, "prose"), (Self::On, "on"), (Self::Off, "off")];
}

impl Named for SuggestWhen {
    const WHAT: &'static str = "moment to ask for suggestions";
    const ALL: &'static [(Self, &'static str)] = &[(Self::Pause, "pause"), (Self::Key, "key")];
}

impl Named for SidePane {
    const WHAT: &'static str = "state of the side pane";
    const ALL: &'static [(Self, &'static str)] =
        &[(Self::Auto, "auto"), (Self::Open, "open"), (Self::Closed, "closed")];
}

impl FromStr for ThemeName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::of_name(name)
    }
}
