//! The image and the compose file.

use super::{content, file, names_only_known_variables, read, run};
use serde_yaml_ng::Value;
use std::collections::BTreeSet;

/// The instructions of the Dockerfile: each with what follows, continued lines joined.
fn instructions() -> Vec<(String, String)> {
    let joined = read("Dockerfile").replace("\\\n", " ");
    let lines = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.split_once(' ').unwrap_or((line, "")))
        .map(|(a, b)| (a.to_owned(), b.trim().to_owned()))
        .collect()
}

#[test]
fn the_image_is_built_from_what_is_there_and_runs_without_rights() {
    const KNOWN: [&str; 13] = [
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "USER",
        "ENV",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "ARG",
        "LABEL",
    ];
    let instructions = instructions();
    for (name, rest) in &instructions {
        assert!(KNOWN.contains(&name.as_str()) && !rest.is_empty(), "{name} {rest}");
        if name == "COPY" && !rest.contains("--from=") {
            let sources: Vec<_> = rest.split_whitespace().filter(|word| !word.starts_with("--")).collect();
            for source in &sources[..sources.len() - 1] {
                assert!(file(source).exists(), "{source} is not there to be copied");
            }
        }
    }
    let last = instructions.iter().rposition(|(name, _)| name == "FROM").unwrap();
    let image = &instructions[last..];
    let of =
        |name: &str| image.iter().filter(|(known, _)| known == name).map(|(_, rest)| rest.clone()).collect::<Vec<_>>();
    assert_eq!(of("USER"), ["65532:65532"]);
    assert_eq!(of("ENTRYPOINT"), [r#"["/usr/local/bin/pair-server"]"#]);
    assert!(of("HEALTHCHECK")[0].contains(r#""ready"]"#));
    assert!(of("RUN").is_empty(), "the image has no shell");
    names_only_known_variables("Dockerfile", &[]);
    // What keeps the sources small must not keep a crate out.
    let context = read(".dockerignore");
    for member in ["protocol", "pair-quic", "pair-server", "pair-tui", "migrations", "Cargo.lock"] {
        assert!(context.lines().any(|line| line == format!("!{member}")), "{member} is not sent to the build");
    }
}

fn compose() -> Value {
    let mut compose: Value = serde_yaml_ng::from_str(&read("compose.yaml")).unwrap();
    compose.apply_merge().unwrap();
    compose
}

fn keys(value: &Value) -> BTreeSet<String> {
    let keys = value.as_mapping().into_iter().flatten().map(|(key, _)| key.as_str().unwrap().to_owned());
    keys.collect()
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_sequence().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn the_compose_file_holds_together() {
    let compose = compose();
    let (services, volumes) = (&compose["services"], keys(&compose["volumes"]));
    for name in keys(services) {
        let service = &services[name.as_str()];
        assert!(service["image"].is_string() || service["build"].is_string(), "{name} has no image");
        for other in keys(&service["depends_on"]) {
            assert!(!services[other.as_str()].is_null(), "{name} depends on {other}, which is not there");
            let is_checked =
                !services[other.as_str()]["healthcheck"].is_null() || services[other.as_str()]["build"].is_string();
            assert!(is_checked, "{other} has no health to wait for");
        }
        for mount in strings(&service["volumes"]) {
            let source = mount.split(':').next().unwrap();
            let is_there = if source.starts_with('.') { file(source).exists() } else { volumes.contains(source) };
            assert!(is_there, "{name} mounts {source}, which is not there");
        }
    }
    let by_default: BTreeSet<String> =
        keys(services).into_iter().filter(|name| services[name.as_str()]["profiles"].is_null()).collect();
    assert_eq!(by_default, ["pair", "postgres", "redis"].map(str::to_owned).into());
    let cluster: BTreeSet<_> = keys(services)
        .into_iter()
        .filter(|name| strings(&services[name.as_str()]["profiles"]).contains(&"cluster"))
        .collect();
    assert_eq!(cluster, ["pair-a", "pair-b", "balancer"].map(str::to_owned).into());
    for node in ["pair", "pair-a", "pair-b"] {
        let environment = &services[node]["environment"];
        assert!(environment["PAIR_DATABASE_URL"].as_str().unwrap().contains("@postgres:5432/"), "{node}");
        assert_eq!(environment["PAIR_REDIS_URL"].as_str(), Some("redis://redis:6379"), "{node}");
    }
    assert!(services["postgres"]["ports"].is_null(), "the database is not for everybody");
    // PAIR_REDIS_URL and the password are checked above and are not the server's alone.
    names_only_known_variables("compose.yaml", &["PAIR_DB_PASSWORD", "PAIR_REDIS_URL"]);
}

/// The compose file as Docker's own programs read it, where this machine has one of them.
#[test]
fn docker_reads_the_compose_file() {
    let path = file("compose.yaml");
    let arguments = ["--profile", "cluster", "--profile", "observe", "-f", path.to_str().unwrap(), "config", "--quiet"];
    let is_here = |output: Option<std::process::Output>| output.is_some_and(|output| output.status.success());
    if is_here(run("docker", &["compose", "version"])) {
        content(&run("docker", &[&["compose"][..], &arguments].concat()).unwrap());
    } else if is_here(run("docker-compose", &["--version"])) {
        content(&run("docker-compose", &arguments).unwrap());
    } else {
        assert!(compose()["services"].is_mapping(), "read by our own test above only");
    }
}

#[test]
fn the_balancer_reads_its_file_and_knows_the_nodes() {
    let text = read("deploy/haproxy/haproxy.cfg");
    for node in ["pair-a:8000", "pair-b:8000", "uri /readyz", "timeout tunnel", "path /metrics"] {
        assert!(text.contains(node), "{node}");
    }
    let path = file("deploy/haproxy/haproxy.cfg");
    if let Some(output) = run("haproxy", &["-c", "-f", path.to_str().unwrap()]) {
        content(&output);
    }
}
