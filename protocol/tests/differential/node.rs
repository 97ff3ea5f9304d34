//! The node process that runs the npm packages, and the messages to it: one line of JSON with many commands there, one with as many
//! replies back. Knows no histories.

use super::replica::{Reply, What};
use serde::Serialize;
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// A command for one of node's replicas; the number is the replica's own.
#[derive(Debug, Serialize)]
pub struct Order<'a> {
    pub replica: u64,
    #[serde(flatten)]
    pub what: &'a What,
}

/// The running process.
pub struct Node {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Node {
    /// Starts the process.
    pub fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/yjs");
        assert!(
            folder.join("node_modules/yjs").exists() && folder.join("node_modules/y-protocols").exists(),
            "the npm packages yjs and y-protocols are not installed in {}: run scripts/setup test",
            folder.display()
        );
        let mut process = Command::new("node")
            .arg("replicas.mjs")
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("node does not start ({error}); install Node.js 20 or later"));
        let (input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Self { process, input, output: BufReader::new(output) }
    }

    /// Gives many commands, and waits for the replies, which come in the same order.
    pub fn carry_out(&mut self, orders: &[Order<'_>]) -> Vec<Reply> {
        if orders.is_empty() {
            return Vec::new();
        }
        let mut line = serde_json::to_vec(orders).unwrap();
        line.push(b'\n');
        self.input.write_all(&line).unwrap();
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        let replies: Vec<Reply> =
            serde_json::from_str(&answer).unwrap_or_else(|error| panic!("node answers {answer:?}: {error}"));
        assert_eq!(replies.len(), orders.len());
        replies
    }

    /// Forgets all replicas.
    pub fn reset(&mut self) {
        self.input.write_all(b"[]\n").unwrap();
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
