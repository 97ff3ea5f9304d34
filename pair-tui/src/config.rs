//! Who this is, how they like the program, and where the program keeps things: flags, environment, config file and defaults, in that
//! order. Knows neither screen nor network.

use std::path::PathBuf;

pub mod file;
pub mod options;
pub mod print;
pub mod settings;

pub use settings::Settings;

/// The name of whoever has none.
const NAMELESS: &str = "guest";

/// The login name: what somebody is called who gives no other name.
pub fn login_name() -> String {
    let known = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    known.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).unwrap_or_else(|| NAMELESS.to_owned())
}

/// The folder of journals, in the state folder.
pub fn journals_folder() -> PathBuf {
    state_folder().join("journal")
}

/// The folder `pair` in the XDG state folder (<https://specifications.freedesktop.org/basedir-spec>): `$XDG_STATE_HOME` where it is an
/// absolute path, else `$HOME/.local/state`; with no home at all, a folder of the system's temporary one.
pub fn state_folder() -> PathBuf {
    xdg_folder("XDG_STATE_HOME", ".local/state").unwrap_or_else(std::env::temp_dir).join("pair")
}

/// The config file: `pair/config.toml` in `$XDG_CONFIG_HOME` where that is an absolute path, else in `$HOME/.config`. None with no home
/// at all. It need not exist.
pub fn file_path() -> Option<PathBuf> {
    Some(xdg_folder("XDG_CONFIG_HOME", ".config")?.join("pair/config.toml"))
}

/// The home folder, which a `~` at the start of a path stands for; none where nobody says.
pub fn home_folder() -> Option<PathBuf> {
    std::env::var_os("HOME").map(PathBuf::from).filter(|home| !home.as_os_str().is_empty())
}

/// A folder of the XDG specification: what the variable names where that is an absolute path, else one below the home folder.
fn xdg_folder(variable: &str, below_home: &str) -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute(variable).or_else(|| absolute("HOME").map(|home| home.join(below_home)))
}
