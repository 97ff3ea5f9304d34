//! Nodes that reach each other over TLS, and check whom they speak with.

use super::support::{
    pair::PairClient,
    postgres::PostgresServer,
    process::{ServerProcess, command},
    redis::RedisServer,
};
use protocol::codec::Codec;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_spoken_with_over_tls_and_its_certificate_is_checked() {
    let (redis, database, folder) =
        (RedisServer::start_tls(), PostgresServer::shared().database(), tempfile::tempdir().unwrap());
    let start = |trusts: bool| {
        let mut node = command(folder.path());
        node.args(["--listen=127.0.0.1:0", "--database-url", &database, "--redis-url", &redis.tls_url()]);
        if trusts {
            node.env("SSL_CERT_FILE", redis.folder().join("root.pem"));
        }
        ServerProcess::start_command(node)
    };
    let (one, other, wary) = (start(true), start(true), start(false));
    let mut ada = PairClient::join(one.address(), "room", "Ada", Codec::MessagePack).await;
    let mut ben = PairClient::join(other.address(), "room", "Ben", Codec::MessagePack).await;
    assert_eq!(ben.welcome.participants.len(), 2);
    ada.append("from Ada ").await;
    ben.until_contains("from Ada ").await;
    ben.append("from Ben ").await;
    ada.until_contains("from Ben ").await;
    for node in [one, other] {
        assert!(node.log().contains("the other nodes can be reached"), "{}", node.log());
    }
    let log = wary.log();
    assert!(log.contains("can't be reached") && log.to_lowercase().contains("certificate"), "{log}");
}
