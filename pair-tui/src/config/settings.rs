//! All options with their values, as they are in force. Each comes from a flag, else from the environment, else from the config file,
//! else it has its default.

use super::{file, options::OPTIONS};
use crate::{
    app::preferences::Preferences,
    cli::Common,
    client::{ServerUrl, TransportChoice},
    named::Named,
};
use protocol::presence::Color;
use std::{io, path::PathBuf, str::FromStr};

/// Where rooms are if nothing else is said: a server on this machine.
pub const USUAL_SERVER: &str = "http://127.0.0.1:8000";

/// Why the options can't be taken.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The config file is there and can't be read.
    #[error("can't read the config file {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What stands in the config file is wrong: one line for each mistake.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    File(Vec<file::Mistake>),
    /// What an environment variable says is wrong.
    #[error("{variable}: {problem}")]
    Environment {
        /// Which.
        variable: String,
        /// What is allowed.
        problem: String,
    },
}

/// What the terminal's background is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BackgroundChoice {
    /// To be found out.
    #[default]
    Auto,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

impl Named for BackgroundChoice {
    const WHAT: &'static str = "background";
    const ALL: &'static [(Self, &'static str)] = &[(Self::Auto, "auto"), (Self::Dark, "dark"), (Self::Light, "light")];
}

impl FromStr for BackgroundChoice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::of_name(name)
    }
}

/// All options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Display name; none: the login name.
    pub name: Option<String>,
    /// Wished colour; none: the server chooses.
    pub color: Option<Color>,
    /// The server that rooms are created on, and that bare room ids are looked for on.
    pub server: ServerUrl,
    /// How rooms are connected to.
    pub transport: TransportChoice,
    /// What the terminal's background is.
    pub background: BackgroundChoice,
    /// Whether the mouse works inside the program.
    pub mouse: bool,
    /// How the program looks and feels.
    pub preferences: Preferences,
}

impl Default for Settings {
    #[expect(clippy::expect_used, reason = "the address is a constant, and every test reads it")]
    fn default() -> Self {
        Self {
            name: None,
            color: None,
            server: USUAL_SERVER.parse().expect("a constant address"),
            transport: TransportChoice::default(),
            background: BackgroundChoice::default(),
            mouse: true,
            preferences: Preferences::default(),
        }
    }
}

impl Settings {
    /// What holds for this process: flags, its environment, its user's config file, defaults.
    ///
    /// # Errors
    /// [`SettingsError`] names the file, line and key, or the variable.
    pub fn load(flags: &Common) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        if let Some(path) = super::file_path() {
            match std::fs::read_to_string(&path) {
                Ok(text) => file::read(&text, &path, &mut settings).map_err(SettingsError::File)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(SettingsError::Unreadable { path, source }),
            }
        }
        settings.take_environment(|variable| std::env::var(variable).ok())?;
        settings.take_flags(flags);
        Ok(settings)
    }

    fn take_environment(&mut self, variable: impl Fn(&str) -> Option<String>) -> Result<(), SettingsError> {
        for option in OPTIONS {
            let name = option.variable();
            if let Some(value) = variable(&name).filter(|value| !value.is_empty()) {
                let set = option.set(self, &value);
                set.map_err(|problem| SettingsError::Environment { variable: name, problem })?;
            }
        }
        Ok(())
    }

    fn take_flags(&mut self, flags: &Common) {
        let Common { name, server, transport, keys, theme, background } = flags;
        if let Some(name) = name {
            self.name = Some(name.clone());
        }
        if let Some(server) = server {
            self.server = server.clone();
        }
        if let Some(transport) = transport {
            self.transport = *transport;
        }
        if let Some(keys) = keys {
            self.preferences.keys = *keys;
        }
        if let Some(theme) = theme {
            self.preferences.theme = *theme;
        }
        if let Some(background) = background {
            self.background = *background;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{app::preferences::ThemeName, input::KeymapName};
    use clap::Parser;
    use std::path::Path;

    #[test]
    fn flags_come_before_the_environment_and_that_before_the_file() {
        let mut settings = Settings::default();
        let text = "name = \"File\"\nkeys = \"vim\"\ntheme = \"light\"\ntab_width = 2\n";
        file::read(text, Path::new("config.toml"), &mut settings).unwrap();
        let environment =
            [("PAIR_NAME", "Environment"), ("PAIR_THEME", "dark"), ("PAIR_TAB_WIDTH", "3"), ("PAIR_MOUSE", "0")];
        let variable =
            |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        settings.take_environment(variable).unwrap();
        settings.take_flags(&crate::cli::Cli::parse_from(["pair-tui", "--name", "Flag"]).common);
        assert_eq!(settings.name.as_deref(), Some("Flag"));
        assert_eq!((settings.preferences.keys, settings.preferences.theme), (KeymapName::Vim, ThemeName::Dark));
        assert_eq!((settings.preferences.tab.0, settings.mouse), (3, false));
    }

    #[test]
    fn a_wrong_variable_is_named() {
        let variable = |name: &str| (name == "PAIR_TAB_WIDTH").then(|| "wide".to_owned());
        let error = Settings::default().take_environment(variable).unwrap_err();
        assert_eq!(error.to_string(), "PAIR_TAB_WIDTH: a number from 1 to 64 is wanted");
    }
}
