//! Three server processes on one PostgreSQL and one Redis are one server to everybody: the contract's story through each pair of them,
//! and whatever may die under them while people type.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

#[path = "../support/mod.rs"]
mod support;

mod contract;
mod faults;
mod tls;
