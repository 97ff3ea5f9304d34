//! One program in a pseudo terminal, and when it wrote what. A thread of its own notes the time of each read the moment the bytes are
//! there; nothing looks at them before the measured time is over. Knows no editor.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use std::{
    fs,
    io::{Read, Write},
    mem,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use vt100::Parser;

/// Columns and rows of every terminal.
pub const SIZE: (u16, u16) = (120, 40);

/// A program's question for the background (OSC 11), and what a terminal with a dark one says. xterm, VTE's, kitty, Alacritty, iTerm2
/// and Windows Terminal answer so; whichever of the programs asks is told.
const ASKED: &[u8] = b"\x1b]11;?";
const ANSWER: &[u8] = b"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\";

/// How long a program may take for anything that is not measured.
const DEADLINE: Duration = Duration::from_mins(1);

/// What came in one read, and when.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// When the read returned.
    pub at: Instant,
    /// What it gave.
    pub bytes: Vec<u8>,
}

/// All that a program wrote since it was asked last.
type Written = Arc<Mutex<Vec<Chunk>>>;

/// A program, its terminal, and the screen that a person would see. Killed when dropped.
pub struct Terminal {
    written: Written,
    input: Box<dyn Write + Send>,
    _master: Box<dyn MasterPty + Send>,
    _slave: Box<dyn SlavePty + Send>,
    child: Box<dyn Child + Send + Sync>,
    screen: Parser,
    /// When the program was started.
    pub started: Instant,
}

impl Terminal {
    /// Starts a program.
    pub fn start(mut command: CommandBuilder) -> Self {
        command.env("TERM", "xterm-256color");
        let size = PtySize { cols: SIZE.0, rows: SIZE.1, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo terminal");
        let mut output = pair.master.try_clone_reader().expect("the terminal's output");
        let input = pair.master.take_writer().expect("the terminal's input");
        let written = Written::default();
        let log = Arc::clone(&written);
        thread::spawn(move || {
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                let at = Instant::now();
                log.lock().unwrap().push(Chunk { at, bytes: bytes[..count].to_vec() });
            }
        });
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let screen = Parser::new(SIZE.1, SIZE.0, 0);
        Self { written, input, _master: pair.master, _slave: pair.slave, child, screen, started }
    }

    /// Sends bytes as a keyboard would, and says when.
    pub fn send(&mut self, bytes: &[u8]) -> Instant {
        let at = Instant::now();
        self.input.write_all(bytes).and_then(|()| self.input.flush()).expect("the program takes input");
        at
    }

    /// What was written since this was called last; the screen shows it from now on.
    pub fn take(&mut self) -> Vec<Chunk> {
        let chunks = mem::take(&mut *self.written.lock().unwrap());
        for chunk in &chunks {
            self.process(chunk);
        }
        chunks
    }

    fn process(&mut self, chunk: &Chunk) {
        self.screen.process(&chunk.bytes);
        if chunk.bytes.windows(ASKED.len()).any(|bytes| bytes == ASKED) {
            self.send(ANSWER);
        }
    }

    /// The screen.
    pub fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// A copy of the screen as it is, for looking at what is written from now on piece by piece.
    pub fn copy_of_screen(&self) -> Parser {
        let mut copy = Parser::new(SIZE.1, SIZE.0, 0);
        copy.process(&self.screen().state_formatted());
        copy
    }

    /// Waits until the screen shows something; gives when the read came that made it so.
    pub fn wait_for(&mut self, what: &str, is_shown: impl Fn(&vt100::Screen) -> bool) -> Instant {
        let begun = Instant::now();
        loop {
            let chunks = mem::take(&mut *self.written.lock().unwrap());
            for (read, chunk) in chunks.iter().enumerate() {
                self.process(chunk);
                if is_shown(self.screen()) {
                    for chunk in &chunks[read + 1..] {
                        self.process(chunk);
                    }
                    return chunk.at;
                }
            }
            assert!(begun.elapsed() < DEADLINE, "waited in vain for {what}; the screen:\n{}", self.screen().contents());
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until nothing was written for a while.
    pub fn settle(&mut self, quiet: Duration) {
        let begun = Instant::now();
        let mut last = Instant::now();
        while last.elapsed() < quiet {
            thread::sleep(Duration::from_millis(5));
            if let Some(chunk) = self.take().last() {
                last = chunk.at;
            }
            assert!(begun.elapsed() < DEADLINE, "the program never stops writing");
        }
    }

    /// Resident memory of the program and all that it started, in MB, as the system counts it (`VmRSS`).
    pub fn resident_mb(&self) -> f64 {
        self.child
            .process_id()
            .map_or(f64::NAN, |id| processes_below(id).iter().map(|id| resident_kb(*id)).sum::<f64>() / 1024.0)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What stands left of the cursor in its row.
pub fn before_cursor(screen: &vt100::Screen) -> String {
    let (row, column) = screen.cursor_position();
    screen.rows(0, column).nth(usize::from(row)).unwrap_or_default()
}

/// A process and its descendants; neovim's editor is one.
fn processes_below(id: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let below = children.split_whitespace().filter_map(|child| child.parse().ok()).flat_map(processes_below);
    std::iter::once(id).chain(below).collect()
}

fn resident_kb(id: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kb| kb.parse().ok()).unwrap_or(0.0)
}
