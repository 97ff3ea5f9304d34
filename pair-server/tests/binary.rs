//! The binary as an operator meets it: how it stops, what it is told and by whom, what it says when it can't start, and what it does when
//! one address takes all it can.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod support;

use futures::StreamExt;
use protocol::{codec::Codec, message::server::ClosingReason};
use std::{
    net::TcpListener,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
};
use support::{
    eventually,
    http::{code, get},
    pair::PairClient,
    plain::PlainClient,
    process::{ServerProcess, command},
    soon, wire,
    witness::Witness,
};
use tokio_tungstenite::tungstenite;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_stops_it_in_order() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let mut process = ServerProcess::start(folder.path(), &[]);
        let mut ada = PairClient::join(process.address(), "room", "Ada", Codec::MessagePack).await;
        let mut bob = PairClient::join(process.address(), "room", "Bob", Codec::Json).await;
        let (mut plain, _) = PlainClient::join(process.address(), "room").await;
        // Somebody who reads nothing, somebody who says nothing and somebody in the middle of a request hold nothing up.
        let mut deaf = PairClient::join(process.address(), "room", "Deaf", Codec::MessagePack).await;
        let silent = tokio::net::TcpStream::connect(process.address()).await.unwrap();
        let mut half = tokio::net::TcpStream::connect(process.address()).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(
            &mut half,
            b"POST /rooms HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{",
        )
        .await
        .unwrap();
        for n in 0..50 {
            ada.append(&format!("{n};")).await;
        }
        ada.until_received().await;
        process.signal(signal);
        for client in [&mut ada, &mut bob] {
            let (closing, closed) = client.until_closed().await;
            let closing = closing.unwrap();
            assert_eq!(closing.reason, ClosingReason::Shutdown);
            assert!(closing.retry_after_ms.is_some());
            assert_eq!(closed.map(|(code, _)| code), Some(1012), "{signal}");
        }
        assert_eq!(plain.until_closed().await.map(|(code, _)| code), Some(1012), "{signal}");
        let status = tokio::task::spawn_blocking(move || (process.wait(), process.log())).await.unwrap();
        assert_eq!(status.0.code(), Some(0), "{}", status.1);
        drop((silent, half));
        assert!(deaf.until_closed().await.0.is_some());
        let again = ServerProcess::start(folder.path(), &[]);
        assert_eq!(code(again.address(), "room").await, ada.document.text(), "{signal}");
    }
}

/// Starts the binary where it can't start; gives the exit code and what it said.
fn refused(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String) {
    let output = command(folder).args(arguments).envs(environment.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap(), said)
}

#[test]
fn what_keeps_it_from_starting_is_said_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, said) = refused(folder.path(), &["--listen", &address], &[]);
    assert_eq!(code, 1);
    assert!(
        said.contains(&address) && said.contains("another server is there") && said.contains("PAIR_LISTEN"),
        "{said}"
    );

    std::fs::write(folder.path().join("notes.txt"), "no database, but notes\n".repeat(100)).unwrap();
    let here = "--listen=127.0.0.1:0";
    let (code, said) = refused(folder.path(), &[here, "--database-url=sqlite:notes.txt"], &[]);
    assert!(code == 1 && said.contains("notes.txt") && said.contains("not a SQLite database"), "{said}");
    let (code, said) = refused(folder.path(), &[here, "--database-url=sqlite:notes.txt/pair.db"], &[]);
    assert!(code == 1 && said.contains("can't be created"), "{said}");

    let running = ServerProcess::start(folder.path(), &[]);
    let (code, said) = refused(folder.path(), &[here, "--database-url=sqlite:pair.db"], &[]);
    assert!(code == 1 && said.contains("another process"), "{said}");
    drop(running);
}

#[test]
fn a_database_that_it_may_only_read_is_refused_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    drop(ServerProcess::start(folder.path(), &[]));
    let file = folder.path().join("pair.db");
    for (path, mode) in [(file.as_path(), 0o444), (folder.path(), 0o555)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    for leftover in ["pair.db-wal", "pair.db-shm"] {
        drop(std::fs::remove_file(folder.path().join(leftover)));
    }
    // The superuser may write whatever the mode says; then the server runs as nobody, from a place that nobody can read.
    let mut server = std::fs::metadata("/proc/self").map_or_else(
        |_| command(folder.path()),
        |owner| {
            let is_root = std::os::unix::fs::MetadataExt::uid(&owner) == 0;
            if !is_root {
                return command(folder.path());
            }
            let copy = folder.path().join("pair-server");
            std::fs::copy(env!("CARGO_BIN_EXE_pair-server"), &copy).unwrap();
            let mut server = std::process::Command::new(copy);
            server.env_clear().env("HOME", folder.path()).current_dir(folder.path()).uid(65_534).gid(65_534);
            server
        },
    );
    server.args(["--listen=127.0.0.1:0", "--database-url=sqlite:pair.db"]);
    let output = loop {
        match server.output() {
            // A process that another test started this moment still holds the copy open for writing.
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
            output => break output.unwrap(),
        }
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("pair.db") && said.contains("check its permissions"), "{said}");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn flags_beat_the_environment_which_beats_the_env_file_which_beats_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let allowed = async |flag: Option<&str>, environment: Option<&str>, file: Option<&str>| {
        let path = folder.path().join(".env");
        std::fs::write(
            &path,
            file.map(|value| format!("# set here\nPAIR_FRONTEND_ORIGIN={value}\n")).unwrap_or_default(),
        )
        .unwrap();
        let mut command = command(folder.path());
        command.args(["--listen=127.0.0.1:0", "--database-url=sqlite::memory:"]);
        command.args(flag.map(|value| format!("--frontend-origin={value}")));
        command.envs(environment.map(|value| ("PAIR_FRONTEND_ORIGIN", value)));
        let process = ServerProcess::start_command(command);
        let answer = reqwest::get(format!("http://{}/healthz", process.address())).await.unwrap();
        answer.headers()["access-control-allow-origin"].to_str().unwrap().to_owned()
    };
    let (flag, environment, file) = (Some("http://flag.x"), Some("http://environment.x"), Some("http://file.x"));
    assert_eq!(allowed(flag, environment, file).await, "http://flag.x");
    assert_eq!(allowed(None, environment, file).await, "http://environment.x");
    assert_eq!(allowed(None, None, file).await, "http://file.x");
    assert_eq!(allowed(None, None, None).await, "*");
}

#[test]
fn bad_values_are_named_wherever_they_come_from() {
    let folder = tempfile::tempdir().unwrap();
    for (variable, value, right) in [
        ("PAIR_LISTEN", "8000", "127.0.0.1:8000"),
        ("PAIR_DATABASE_URL", "mysql:x", "sqlite:PATH"),
        ("PAIR_FRONTEND_ORIGIN", "localhost", "http://localhost:5173"),
        ("PAIR_AUTOCOMPLETE_DELAY_MS", "soon", "whole number"),
        ("PAIR_CREATE_ON_JOIN", "perhaps", "true or false"),
        ("PAIR_MAX_FRAME_BYTES", "5000", "at least four times"),
        ("PAIR_LOG", "=,=", "info"),
    ] {
        let (code, said) = refused(folder.path(), &[], &[(variable, value)]);
        assert!(code != 0 && said.contains(variable) && said.contains(right), "{variable}={value}: {code} {said}");
        std::fs::write(folder.path().join(".env"), format!("{variable}={value}\n")).unwrap();
        let (code, said) = refused(folder.path(), &[], &[]);
        assert!(code != 0 && said.contains(variable) && said.contains(right), ".env {variable}={value}: {code} {said}");
        std::fs::remove_file(folder.path().join(".env")).unwrap();
    }
    std::fs::write(folder.path().join(".env"), "no assignment at all\n").unwrap();
    let (code, said) = refused(folder.path(), &[], &[]);
    assert!(code == 1 && said.contains(".env") && said.contains("NAME=value"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_ten_thousand_connections_from_one_address_those_over_the_limit_are_told_so() {
    const ATTEMPTS: usize = 10_000;
    const LIMIT: usize = 512;
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let process = ServerProcess::start(folder.path(), &["--http-requests-per-minute=100000000"]);
    let address = process.address();
    let witness = Witness::start(address, "witness").await;
    let attempts = futures::stream::iter(0..ATTEMPTS).map(|n| async move {
        match PlainClient::try_connect(address, &format!("crowd-{}", n % 4)).await {
            Ok(client) => Ok(client),
            Err(tungstenite::Error::Http(response)) => {
                let body = String::from_utf8_lossy(response.body().as_deref().unwrap_or_default()).into_owned();
                Err((response.status().as_u16(), body))
            }
            Err(error) => panic!("attempt {n}: {error}"),
        }
    });
    let (mut inside, mut refused) = (Vec::new(), 0);
    let mut attempts = attempts.buffer_unordered(200);
    while let Some(attempt) = attempts.next().await {
        match attempt {
            Ok(client) => inside.push(client),
            Err((status, body)) => {
                assert_eq!(status, 429, "{body}");
                assert!(body.contains("too many connections from 127.0.0.1; the limit is 512 at a time"), "{body}");
                refused += 1;
            }
        }
    }
    assert_eq!((inside.len(), refused), (LIMIT - 1, ATTEMPTS - LIMIT + 1), "the witness is one of those inside");
    assert_eq!(get(address, "/healthz").await.0, 200, "requests are still answered");
    drop(inside);
    let newcomer =
        eventually("a place for a newcomer", async || PlainClient::try_connect(address, "witness").await.ok());
    drop(soon("a newcomer", newcomer).await);
    witness.finish().await;
}

#[tokio::test]
async fn an_address_that_everybody_shares_may_be_let_have_more_connections_of_every_kind() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (most, answer) in [("512", 429), ("2000", 200)] {
        let process = ServerProcess::start(folder.path(), &["--max-connections-per-address", most]);
        let mut silent = Vec::new();
        for _ in 0..1_030 {
            silent.push(tokio::net::TcpStream::connect(process.address()).await.unwrap());
        }
        assert_eq!(get(process.address(), "/healthz").await.0, answer, "{most}");
    }
}

/// Writes a new certificate with its key; gives the certificate.
fn write_certificate(folder: &Path) -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_certificate_is_shown_after_a_signal_and_who_is_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let first = write_certificate(folder.path());
    let mut process = ServerProcess::start(folder.path(), &["--tls-cert=cert.pem", "--tls-key=key.pem"]);
    let address = process.address();
    let shown = || async move { wire::certificate(address).await.unwrap().to_vec() };
    assert_eq!(shown().await, first);
    let mut ada = PairClient::join(address, "room", "Ada", Codec::MessagePack).await;

    std::fs::write(folder.path().join("cert.pem"), "half of it").unwrap();
    process.signal("HUP");
    process.until_line("the renewed certificate is not taken");
    assert_eq!(shown().await, first, "what makes no sense changes nothing");

    let second = write_certificate(folder.path());
    process.signal("HUP");
    eventually("the new certificate", || async { (shown().await == second).then_some(()) }).await;
    ada.append("still here").await;
    ada.until_received().await;
}
