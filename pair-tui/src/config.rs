//! Who this is and where this program keeps things, from the environment. Plain values: knows neither flags nor files.

use std::path::PathBuf;

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
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    folder.unwrap_or_else(std::env::temp_dir).join("pair")
}
