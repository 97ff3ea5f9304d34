//! Fan-out over a real Redis: what one node publishes reaches the others in order, losses are said, and a Redis that goes away and comes
//! back is noticed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod support;

use bytes::Bytes;
use pair_server::fanout::{
    Channel, DELIVERIES_CAPACITY, Delivery, Fanout, Link,
    envelope::{self, Event, Header},
    redis::RedisFanout,
};
use protocol::RoomId;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use support::{DEADLINE, redis::RedisServer, soon};

/// A node that is connected.
async fn node(redis: &RedisServer) -> RedisFanout {
    node_on(&redis.url()).await
}

async fn node_on(url: &str) -> RedisFanout {
    let fanout = RedisFanout::start(&url.parse().unwrap(), Arc::default()).unwrap();
    fanout.until_up(DEADLINE).await;
    assert_eq!(fanout.link(), Link::Up);
    fanout
}

fn room(name: &str) -> RoomId {
    name.parse().unwrap()
}

async fn join(node: &RedisFanout, name: &str) -> Channel {
    node.join(&room(name)).await.unwrap()
}

/// The n-th message of a node.
fn message(node: &RedisFanout, number: u64) -> Bytes {
    envelope::write(Header { node: node.node().unwrap(), stay: 1, number }, &Event::Goodbye).unwrap()
}

/// The number of the next message.
async fn next_number(channel: &mut Channel) -> u64 {
    loop {
        match soon("a message of another node", channel.next()).await {
            Delivery::Message(bytes) => return Header::read(&bytes).unwrap().number,
            Delivery::Link(_) => {}
            Delivery::Lost => panic!("messages were lost"),
        }
    }
}

async fn until_link(channel: &mut Channel, wanted: impl Fn(&Link) -> bool) {
    loop {
        if let Delivery::Link(link) = soon("a change of the link", channel.next()).await
            && wanted(&link)
        {
            return;
        }
    }
}

#[tokio::test]
async fn messages_reach_the_other_nodes_of_the_room_in_order_and_nobody_else() {
    let redis = RedisServer::start();
    let (a, b) = (node(&redis).await, node(&redis).await);
    let (mut of_a, mut of_b) = (join(&a, "room").await, join(&b, "room").await);
    let mut elsewhere = join(&b, "another").await;
    assert_eq!((of_a.others(), of_b.others(), elsewhere.others()), (0, 1, 0));
    for number in 1..=1_000 {
        of_a.publish(message(&a, number));
    }
    for number in 1..=1_000 {
        assert_eq!(next_number(&mut of_b).await, number);
    }
    of_b.publish(message(&b, 7));
    // Its own messages don't come back to it, or this would not be the first one.
    assert_eq!(next_number(&mut of_a).await, 7);
    assert_eq!(elsewhere.try_next(), None);
    // Whoever lets go of a room is not counted any more.
    of_b.stop_listening();
    support::eventually("the room is left", async || {
        let channel = join(&a, "room").await;
        (channel.others() == 0).then_some(())
    })
    .await;
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn a_redis_that_goes_away_is_noticed_and_everything_goes_on_when_it_is_back() {
    let mut redis = RedisServer::start();
    let (a, b) = (node(&redis).await, node(&redis).await);
    let (mut of_a, mut of_b) = (join(&a, "room").await, join(&b, "room").await);
    redis.kill();
    until_link(&mut of_a, |link| matches!(link, Link::Down(reason) if !reason.is_empty())).await;
    until_link(&mut of_b, |link| matches!(link, Link::Down(_))).await;
    // Said into the void; and a room that is opened meanwhile is heard of later.
    of_a.publish(message(&a, 1));
    let mut opened_meanwhile = join(&b, "later").await;
    assert!(matches!(opened_meanwhile.link(), Link::Down(_)));
    redis.start_again();
    until_link(&mut of_a, |link| *link == Link::Up).await;
    until_link(&mut of_b, |link| *link == Link::Up).await;
    of_a.publish(message(&a, 2));
    assert_eq!(next_number(&mut of_b).await, 2);
    let also = join(&a, "later").await;
    also.publish(message(&a, 3));
    assert_eq!(next_number(&mut opened_meanwhile).await, 3);
}

#[tokio::test]
async fn a_room_that_takes_nothing_is_told_what_it_lost_and_holds_bounded_memory() {
    let redis = RedisServer::start();
    let (a, b) = (node(&redis).await, node(&redis).await);
    let (of_a, mut of_b) = (join(&a, "room").await, join(&b, "room").await);
    let mut witness = join(&b, "witness").await;
    let to_witness = join(&a, "witness").await;
    let count = 2 * u64::try_from(DELIVERIES_CAPACITY).unwrap();
    for number in 1..=count {
        of_a.publish(message(&a, number));
    }
    to_witness.publish(message(&a, 1));
    // When this is here, all that came before it is, too, or was dropped.
    assert_eq!(next_number(&mut witness).await, 1);
    assert_eq!(of_b.next().await, Delivery::Lost);
    let mut waited = 0;
    while of_b.try_next().is_some() {
        waited += 1;
    }
    assert_eq!(waited, DELIVERIES_CAPACITY);
    of_a.publish(message(&a, count + 1));
    assert_eq!(next_number(&mut of_b).await, count + 1);
}

#[tokio::test]
async fn what_is_kept_is_there_for_whoever_opens_the_room_and_goes_by_itself() {
    let redis = RedisServer::start();
    let (a, b) = (node(&redis).await, node(&redis).await);
    let of_a = join(&a, "room").await;
    of_a.keep(message(&a, 1), Duration::from_secs(1));
    a.close().await;
    assert_eq!(b.recall(&room("another")).await, Vec::<Bytes>::new());
    assert_eq!(b.recall(&room("room")).await, [message(&a, 1)]);
    support::eventually("it is too old", async || b.recall(&room("room")).await.is_empty().then_some(())).await;
}

#[tokio::test]
async fn nodes_on_another_database_of_the_same_redis_are_no_nodes_of_ours() {
    let redis = RedisServer::start();
    let on = |database: u32| format!("{}/{database}", redis.url());
    let (first, also_first) = (node(&redis).await, node_on(&on(0)).await);
    let (second, also_second) = (node_on(&on(1)).await, node_on(&on(1)).await);
    let of_first = join(&first, "room").await;
    let mut with_first = join(&also_first, "room").await;
    let of_second = join(&second, "room").await;
    let mut with_second = join(&also_second, "room").await;
    assert_eq!([&of_first, &with_first, &of_second, &with_second].map(Channel::others), [0, 1, 0, 1]);
    of_first.publish(message(&first, 1));
    of_second.publish(message(&second, 2));
    assert_eq!(next_number(&mut with_first).await, 1);
    assert_eq!(next_number(&mut with_second).await, 2);
    assert_eq!((with_first.try_next(), with_second.try_next()), (None, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_that_are_closed_and_opened_again_at_once_hear_the_others() {
    const ROOMS: usize = 20;
    let redis = RedisServer::start();
    let (a, b) = (node(&redis).await, node(&redis).await);
    let open = async |node: &RedisFanout| {
        let names: Vec<_> = (0..ROOMS).map(|n| format!("room-{n}")).collect();
        futures::future::join_all(names.iter().map(|name| join(node, name))).await
    };
    let (of_a, beside) = (open(&a).await, join(&b, "beside").await);
    let much = Bytes::from(vec![0; 32 << 10]);
    let mut of_b = open(&b).await;
    for round in 1..=100 {
        // The fan-out is busy, so that it takes the rooms that are left together with much that comes behind them; each time the rooms are opened
        // a little later, so that some are while it is at that.
        (0..200).for_each(|_| beside.publish(much.clone()));
        drop(of_b);
        (0..200).for_each(|_| beside.publish(much.clone()));
        let later = Instant::now() + Duration::from_micros(50 * (round % 40));
        while Instant::now() < later {
            std::hint::spin_loop();
        }
        of_b = open(&b).await;
        for (from, to) in of_a.iter().zip(&mut of_b) {
            from.publish(message(&a, round));
            assert_eq!(next_number(to).await, round);
        }
    }
}
