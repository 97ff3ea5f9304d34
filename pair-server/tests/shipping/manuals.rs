//! Shell completions and man pages.

use super::{content, run};
use std::{fs, process::Command};

fn pair_server(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_pair-server")).args(arguments).output().unwrap();
    content(&output);
    output.stdout
}

#[test]
fn completions_load_in_the_shells_that_are_here() {
    let folder = tempfile::tempdir().unwrap();
    for (shell, load) in [
        ("bash", "source SCRIPT && complete -p pair-server"),
        ("zsh", "autoload -U compinit && compinit -u -d DUMP && source SCRIPT && [[ -n $_comps[pair-server] ]]"),
        ("fish", "source SCRIPT; and complete -C 'pair-server ba' | string match -q 'backup*'"),
    ] {
        let script = folder.path().join(format!("pair-server.{shell}"));
        fs::write(&script, pair_server(&["completions", shell])).unwrap();
        let text = fs::read_to_string(&script).unwrap();
        for word in ["backup", "listen"] {
            assert!(text.contains(word), "{word} is not completed in {shell}");
        }
        let dump = folder.path().join("zcompdump");
        let load = load.replace("SCRIPT", script.to_str().unwrap()).replace("DUMP", dump.to_str().unwrap());
        if let Some(output) = run(shell, &["-c", &load]) {
            content(&output);
        }
    }
}

#[test]
fn man_pages_can_be_read_and_name_every_option() {
    let folder = tempfile::tempdir().unwrap();
    pair_server(&["man", folder.path().to_str().unwrap()]);
    let page = fs::read_to_string(folder.path().join("pair-server.1")).unwrap();
    assert!(page.contains(".TH") && page.contains("PAIR_METRICS_LISTEN"), "{page}");
    for command in ["check", "backup", "restore"] {
        assert!(folder.path().join(format!("pair-server-{command}.1")).exists(), "{command} has no page");
    }
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if let Some(output) = run("man", &["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", path.to_str().unwrap()]) {
            content(&output);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(said.is_empty(), "{}: {said}", path.display());
        }
    }
}
