//! The systemd unit.

use super::{content, names_only_known_variables, read, run};

const UNIT: &str = "deploy/systemd/pair-server.service";

/// The settings of a section, in order.
fn settings(section: &str) -> Vec<(String, String)> {
    let text = read(UNIT);
    let lines = text.lines().skip_while(|line| *line != section).skip(1).take_while(|line| !line.starts_with('['));
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.split_once('=').unwrap_or_else(|| panic!("{line:?} is no setting")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn the_unit_gives_the_server_what_it_needs_and_nothing_else() {
    let service = settings("[Service]");
    let is_set = |name: &str, value: &str| service.iter().any(|(known, set)| known == name && set == value);
    for (name, value) in [
        ("ExecStart", "/usr/local/bin/pair-server"),
        ("DynamicUser", "yes"),
        ("StateDirectory", "pair"),
        ("ProtectSystem", "strict"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
    ] {
        assert!(is_set(name, value), "{name}={value} is not set");
    }
    assert!(settings("[Install]").iter().any(|(name, _)| name == "WantedBy"));
    names_only_known_variables(UNIT, &[]);
}

/// As systemd reads it, where it is installed: nothing to complain about, and little left that the service could do to the machine.
#[test]
fn systemd_reads_the_unit() {
    if run("systemd-analyze", &["--version"]).is_none() {
        assert!(!settings("[Unit]").is_empty(), "read by our own test above only");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("pair-server.service");
    // The binary is where the build put it, not where it will be installed.
    let text = read(UNIT)
        .replace("ExecStart=/usr/local/bin/pair-server", concat!("ExecStart=", env!("CARGO_BIN_EXE_pair-server")));
    std::fs::write(&unit, text.replace("Documentation=man:pair-server(1)\n", "")).unwrap();
    let unit = unit.to_str().unwrap();
    let verified = run("systemd-analyze", &["verify", "--recursive-errors=no", unit]).unwrap();
    content(&verified);
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    assert!(!said.contains("pair-server.service:"), "{said}");
    // 100 is no protection at all; "OK" is what systemd calls anything up to 40.
    content(&run("systemd-analyze", &["security", "--offline=true", "--threshold=20", "--no-pager", unit]).unwrap());
}
