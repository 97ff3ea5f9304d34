//! PostgreSQL goes away and comes back while people type: nobody is kept from typing, everybody is told, nothing is called durable that is
//! not, and all of it is stored when the database is there again, without anybody's doing. And a server on it that is killed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod support;

use protocol::{ServerMessage, codec::Codec, message::server::StorageState};
use support::{
    http::code,
    pair::PairClient,
    postgres::{PostgresServer, Stop},
    process::ServerProcess,
    server::TestServer,
    soon,
};

const ROOM: &str = "outage";

/// What a message says of storage, where it does.
fn told(message: &ServerMessage) -> Option<StorageState> {
    match message {
        ServerMessage::StorageState(state) => Some(state.clone()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_the_database_is_told_and_made_up_for() {
    let mut database = PostgresServer::start();
    let url = database.database();
    let server = TestServer::start_with(|config| config.database = url.parse().unwrap()).await;
    let mut ada = PairClient::join(server.address(), ROOM, "Ada", Codec::MessagePack).await;
    let mut bob = PairClient::join(server.address(), ROOM, "Bob", Codec::Json).await;
    for (how, before, meanwhile) in
        [(Stop::Fast, "before1 ", "meanwhile1 "), (Stop::Immediate, "before2 ", "meanwhile2 ")]
    {
        ada.append(before).await;
        soon("it is durable", ada.until_durable()).await;
        database.stop(how);
        ada.append(meanwhile).await;
        soon("it is received", ada.until_received()).await;
        soon("the other sees it", bob.until_contains(meanwhile)).await;
        let words = soon("everybody is told", bob.until(told)).await.problem.expect("there is a problem");
        assert!(words.contains("PostgreSQL") && !words.contains("password"), "{words}");
        assert!(ada.receipt.durable < ada.seq, "nothing is called durable");
        bob.append("and so on ").await;
        soon("the room can be edited", bob.until_received()).await;
        database.start_again();
        soon("all is durable", ada.until_durable()).await;
        soon("all is durable", bob.until_durable()).await;
    }
    // Whoever joins now is told of no problem, and a server that starts anew has everything.
    let text = code(server.address(), ROOM).await;
    drop((ada, bob));
    assert!(server.stop().await);
    let server = TestServer::start_with(|config| config.database = url.parse().unwrap()).await;
    assert_eq!(code(server.address(), ROOM).await, text);
    for word in ["before1 ", "meanwhile1 ", "before2 ", "meanwhile2 "] {
        assert_eq!(text.matches(word).count(), 1, "{word} in {text}");
    }
    let mut late = PairClient::join(server.address(), ROOM, "Late", Codec::Json).await;
    assert_eq!(late.document.text(), text);
    late.append("late").await;
    soon("it is durable", late.until_durable()).await;
}

#[tokio::test]
async fn a_server_does_not_start_without_its_database_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = support::process::command(folder.path());
    command.args(["--listen=127.0.0.1:0", "--database-url=postgresql+asyncpg://ada:secret@127.0.0.1:1/pair"]);
    let output = command.stderr(std::process::Stdio::piped()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("is PostgreSQL running there?"), "{said}");
    assert!(said.contains("postgresql://ada@127.0.0.1:1/pair") && !said.contains("secret"), "{said}");
}

#[tokio::test]
async fn one_server_after_the_other_keeps_what_was_durable() {
    let folder = tempfile::tempdir().unwrap();
    let url = PostgresServer::shared().database();
    let mut wanted = String::new();
    for round in 0..3 {
        let server = ServerProcess::start_on(folder.path(), &url, &[]);
        let mut ada = PairClient::join(server.address(), ROOM, "Ada", Codec::MessagePack).await;
        assert!(ada.document.text().ends_with(&wanted), "{} {wanted}", ada.document.text());
        let word = format!("round{round} ");
        ada.append(&word).await;
        wanted.push_str(&word);
        soon("it is durable", ada.until_durable()).await;
        server.kill();
    }
}
