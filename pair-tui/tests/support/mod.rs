//! What the end-to-end stories stand on: the real `pair-tui` in a pseudo terminal ([`Tui`]), and a real server in a process of its
//! own that can be killed and started again ([`ServerProcess`]). Everything waits for conditions, with a deadline; nothing sleeps.
//!
//! A test file says `mod support;` and, where it starts servers, `support::server_entry!();`.

#![allow(dead_code, unused_imports, unused_macros, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "what fails here is a failed test")]

use std::time::Duration;

mod commands;
mod keys;
#[path = "../../../pair-server/tests/support/plain.rs"]
mod plain;
mod server;
mod terminal;
mod typist;

pub use commands::{Done, pair_tui, pair_tui_at_home};
pub use plain::PlainClient;
pub use server::{ServerProcess, serve_if_told};
pub use terminal::{Tui, TuiBuilder};
pub use typist::Typed;

/// How long a story waits for anything. Long, because the machine may be busy; a condition that comes true ends the wait at once.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Makes this test program able to be a server: [`ServerProcess`] starts it again with one test only, which serves when it is told to.
macro_rules! server_entry {
    () => {
        #[test]
        fn serves_when_told() {
            support::serve_if_told();
        }
    };
}
pub(crate) use server_entry;

/// Waits for something that must come.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// Waits until a condition holds that nothing announces (a file, a reply), asking again and again.
///
/// Panics after [`DEADLINE`], naming `what`.
pub fn eventually<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    eventually_or(|| condition().ok_or_else(|| what.to_owned()))
}

/// As [`eventually`]; the condition itself says what it still waits for.
pub fn eventually_or<T>(mut condition: impl FnMut() -> Result<T, String>) -> T {
    let began = std::time::Instant::now();
    loop {
        let what = match condition() {
            Ok(value) => return value,
            Err(what) => what,
        };
        assert!(began.elapsed() < DEADLINE, "waited in vain for {what}");
        std::thread::yield_now();
        // Nothing wakes this thread, so it gives the others the processor for a moment between two looks.
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
