//! The contract's story, with each participant on another node than the one before.

use super::support::{
    cluster::Cluster,
    eventually,
    http::{get, post},
    pair::{Identity, PairClient},
    plain::PlainClient,
    yjs::YjsClient,
};
use protocol::{
    ServerMessage,
    codec::Codec,
    message::client::{Chat, SetLanguage, SetPresence},
    presence::Presence,
};
use std::net::SocketAddr;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_pair_of_nodes_keeps_the_contract() {
    let cluster = Cluster::start(3);
    for (a, b, c) in [(0, 1, 2), (1, 2, 0), (2, 0, 1)] {
        let at = [cluster.address(a), cluster.address(b), cluster.address(c)];
        story(at, &format!("pair-{a}-{b}")).await;
    }
    made_at_once(cluster.addresses()).await;
}

/// A plain client on one node, one of the room protocol on another, a Yjs client on the third.
async fn story([a, b, c]: [SocketAddr; 3], room: &str) {
    let (mut plain, code) = PlainClient::join(a, room).await;
    assert_eq!(code, "# Start collaborating...\n");
    let mut pair = PairClient::join(b, room, "Ada", Codec::MessagePack).await;
    // Whoever comes finds everybody at once, wherever they are.
    assert_eq!(pair.welcome.participants.len(), 2);
    plain.until(|message| message["participants"] == 2).await;
    pair.append("from Ada\n").await;
    plain.until_code("# Start collaborating...\nfrom Ada\n").await;
    plain.update("# Start collaborating...\nfrom Ada\nfrom plain\n", "Ben").await;
    pair.until_text("# Start collaborating...\nfrom Ada\nfrom plain\n").await;
    pair.until(|message| match message {
        ServerMessage::ParticipantChanged(changed) => (changed.participant.name == "Ben").then_some(()),
        _ => None,
    })
    .await;
    // The sender hears its own text too, with the author; a second plain client elsewhere does the same.
    let (mut other, _) = PlainClient::join(c, room).await;
    plain.until(|message| message["participants"] == 3).await;
    other.update("# Start collaborating...\nfrom Ada\nfrom plain\nmore\n", "Cem").await;
    let seen = plain.until(|message| message["code"].as_str().is_some_and(|code| code.ends_with("more\n"))).await;
    assert_eq!(seen["author"], "Cem");
    other.close().await;
    plain.until(|message| message["participants"] == 2).await;
    pair.until_contains("more").await;

    let mut yjs = YjsClient::join(c, room).await;
    assert_eq!(yjs.document.text(), pair.document.text());
    plain.until(|message| message["participants"] == 3).await;
    yjs.insert(0, "yjs ").await;
    pair.until_contains("yjs # Start").await;
    let presence = Presence { document: pair.path.clone(), selections: Vec::new(), visible: None, following: None };
    pair.send(SetPresence { presence }).await;
    let ada = pair.participant().get();
    while !yjs.others.get(&ada).is_some_and(|state| state.as_ref().is_some_and(|state| state.contains("Ada"))) {
        yjs.next().await.unwrap();
    }

    let mut eve = PairClient::join(c, room, "Eve", Codec::Json).await;
    assert_eq!(eve.welcome.participants.len(), 4);
    eve.send(SetLanguage { language: "rust".to_owned() }).await;
    eve.send(Chat { text: "hello".to_owned() }).await;
    pair.until(|message| matches!(message, ServerMessage::LanguageChanged(to) if to.language == "rust").then_some(()))
        .await;
    pair.until(|message| matches!(message, ServerMessage::ChatMessage(chat) if chat.text == "hello").then_some(()))
        .await;
    eve.until_durable().await;
    pair.until_durable().await;
    for at in [a, b, c] {
        eventually("every node says the same", async || {
            let (_, summary) = get(at, &format!("/rooms/{room}")).await;
            let same =
                summary["participants"] == 4 && summary["language"] == "rust" && summary["lastAuthor"].is_string();
            (same && summary["code"] == pair.document.text()).then_some(())
        })
        .await;
    }
    // A connection that is lost comes back to another node as the same participant.
    let identity = eve.identity.clone();
    let id = eve.participant();
    drop(eve.link);
    let back = PairClient::join_as(a, room, identity, Codec::MessagePack).await;
    assert_eq!((back.participant(), back.welcome.resumed), (id, true));
    assert!(back.welcome.chat.iter().any(|chat| chat.text == "hello"));
}

/// A room that is made on all nodes at once is one room, and one that was made on one is there on the others.
async fn made_at_once(addresses: Vec<SocketAddr>) {
    let joins = addresses
        .iter()
        .map(|address| PairClient::join_as(*address, "made-at-once", Identity::new("Maker"), Codec::MessagePack));
    let mut makers = futures::future::join_all(joins).await;
    for (n, maker) in makers.iter_mut().enumerate() {
        maker.append(&format!("<{n}>")).await;
    }
    for maker in &mut makers {
        for n in 0..addresses.len() {
            maker.until_contains(&format!("<{n}>")).await;
        }
    }
    let text = makers[0].document.text();
    assert_eq!(text.matches("Start collaborating").count(), 1, "{text}");
    assert!(makers.iter().all(|maker| maker.document.text() == text));
    let (status, made) = post(addresses[0], "/rooms", r#"{"language":"go"}"#).await;
    assert_eq!(status, 200);
    let room = made["roomId"].as_str().unwrap();
    assert_eq!(get(addresses[1], &format!("/rooms/{room}")).await.1["language"], "go");
}
