//! What the server's tests share: real servers, clients of both dialects, waiting with a deadline, chance from a seed. Knows no
//! story.

#![allow(dead_code, unused_imports, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

pub mod cluster;
pub mod hindered;
pub mod http;
pub mod pair;
pub mod plain;
pub mod postgres;
pub mod process;
pub mod provider;
pub mod random;
pub mod redis;
pub mod server;
pub mod stored;
pub mod typist;
pub mod wire;
pub mod witness;
pub mod yjs;

use std::{future::Future, time::Duration};

/// How long anything that must happen may take before the test fails. Only a failing test waits that long.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Waits for something that must come.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(DEADLINE, future).await;
    done.unwrap_or_else(|_| panic!("{what} did not happen within {} s", DEADLINE.as_secs()))
}

/// Asks again and again until the answer is there.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    soon(what, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
}
