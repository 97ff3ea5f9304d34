//! One `pair-tui` in a pseudo terminal, and the screen that a person would see of it.

use super::{DEADLINE, keys};
use pair_tui::input::MouseButton;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtyPair, PtySize, SlavePty, native_pty_system};
use std::{
    io::{Read, Write},
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use vt100::{Callbacks, Parser, Screen};

/// A `pair-tui` to be started.
pub struct TuiBuilder {
    size: (u16, u16),
    command: CommandBuilder,
}

/// What the terminal was asked to put into the clipboard, decoded, and the shapes its cursor was given.
#[derive(Default)]
struct Clipboard(Vec<String>, Vec<u16>);

impl Callbacks for Clipboard {
    fn unhandled_csi(&mut self, _: &mut Screen, one: Option<u8>, _: Option<u8>, parameters: &[&[u16]], end: char) {
        if (one, end) == (Some(b' '), 'q') {
            self.1.push(parameters.first().and_then(|numbers| numbers.first()).copied().unwrap_or_default());
        }
    }

    fn copy_to_clipboard(&mut self, _: &mut Screen, _: &[u8], data: &[u8]) {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let bytes = STANDARD.decode(data).expect("the clipboard comes as base64");
        self.0.push(String::from_utf8(bytes).expect("the clipboard is text"));
    }
}

/// The screen as the reader thread keeps it.
struct Shared {
    parser: Mutex<Parser<Clipboard>>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Parser<Clipboard>> {
        self.parser.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running `pair-tui`. Killed when dropped.
pub struct Tui {
    shared: Arc<Shared>,
    writer: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    /// Kept, so that the terminal is still there after its process ended.
    _slave: Box<dyn SlavePty + Send>,
    child: Box<dyn Child + Send + Sync>,
    reader: Option<JoinHandle<()>>,
    /// Home and state folder; gone with this value.
    home: TempDir,
}

impl TuiBuilder {
    /// A `pair-tui` with these arguments, 80x24, 256 colours on black, in an environment with nothing else in it.
    pub fn new<S: AsRef<str>>(arguments: &[S]) -> Self {
        Self::program(env!("CARGO_BIN_EXE_pair-tui").as_ref(), arguments)
    }

    /// One test of this test program, which is to look whether `variable` is set.
    pub fn this_test(test: &str, variable: &str) -> Self {
        let program = std::env::current_exe().expect("this program");
        Self::program(&program, &["--exact", test, "--nocapture", "--test-threads=1"]).env(variable, "1")
    }

    fn program<S: AsRef<str>>(program: &Path, arguments: &[S]) -> Self {
        let mut command = CommandBuilder::new(program);
        command.args(arguments.iter().map(AsRef::as_ref));
        command.env_clear();
        for name in ["PATH", "LANG", "LC_ALL", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("TERM", "xterm-256color");
        // What is typed in a test is all that there is; those of suggestions ask for them.
        command.env("PAIR_SUGGEST", "key");
        // A dark one, which need not be asked.
        command.env("COLORFGBG", "15;0");
        Self { size: (80, 24), command }
    }

    /// Another size: columns, rows.
    #[must_use]
    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    /// A variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// The folder that it starts in.
    #[must_use]
    pub fn folder(mut self, folder: &Path) -> Self {
        self.command.cwd(folder);
        self
    }

    /// Gives it a home of its own.
    fn prepare(&mut self) -> TempDir {
        let home = tempfile::tempdir().expect("a folder");
        for (name, below) in [("HOME", ""), ("XDG_STATE_HOME", "state"), ("XDG_DATA_HOME", "data")] {
            if self.command.get_env(name).is_none() {
                self.command.env(name, home.path().join(below));
            }
        }
        if self.command.get_cwd().is_none() {
            self.command.cwd(home.path());
        }
        home
    }

    /// Starts it, takes its terminal away as soon as `text` is on the screen (as when a window is closed, or an ssh connection is
    /// lost), and waits for its end.
    pub fn start_and_hang_up(mut self, text: &str) -> ExitStatus {
        let _home = self.prepare();
        let PtyPair { master, slave } = native_pty_system().openpty(pty_size(self.size)).expect("a pseudo terminal");
        let mut child = slave.spawn_command(self.command).expect("pair-tui starts");
        let mut output = master.try_clone_reader().expect("the terminal's output");
        let mut parser = Parser::new(self.size.1, self.size.0, 0);
        let mut bytes = [0; 1024];
        while !parser.screen().contents().contains(text) {
            let count = output.read(&mut bytes).expect("output");
            parser.process(bytes.get(..count).unwrap_or_default());
        }
        drop((master, slave, output));
        super::eventually("the end of pair-tui", || child.try_wait().expect("a child"))
    }

    /// Starts it.
    pub fn start(mut self) -> Tui {
        let home = self.prepare();
        let pair = native_pty_system().openpty(pty_size(self.size)).expect("a pseudo terminal");
        let child = pair.slave.spawn_command(self.command).expect("pair-tui starts");
        let parser = Parser::new_with_callbacks(self.size.1, self.size.0, 0, Clipboard::default());
        let shared = Arc::new(Shared { parser: Mutex::new(parser), changed: Condvar::new() });
        let output = pair.master.try_clone_reader().expect("the terminal's output");
        let reader = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || read(output, &shared)
        });
        let writer = pair.master.take_writer().expect("the terminal's input");
        Tui { shared, writer, master: pair.master, _slave: pair.slave, child, reader: Some(reader), home }
    }
}

/// Feeds the screen until the terminal is gone.
fn read(mut output: Box<dyn Read + Send>, shared: &Shared) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = output.read(&mut bytes) {
        shared.lock().process(bytes.get(..count).unwrap_or_default());
        shared.changed.notify_all();
    }
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

impl Tui {
    /// A `pair-tui` with these arguments; see [`TuiBuilder::new`].
    pub fn start<S: AsRef<str>>(arguments: &[S]) -> Self {
        TuiBuilder::new(arguments).start()
    }

    /// One that joins a room under a name, and is in it: the text can be edited.
    pub fn join(link: &str, name: &str) -> Self {
        let tui = Self::start(&["join", link, "--name", name]);
        tui.wait_until("being in the room", |screen| screen.contents().contains("durable"));
        tui
    }

    /// Types keys, in the notation of `pair_tui::input::key`: `hello<cr>`.
    pub fn keys(&mut self, notation: &str) {
        self.send(&keys::bytes(notation));
    }

    /// Sends bytes as a terminal would.
    pub fn send(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).and_then(|()| self.writer.flush()).expect("the terminal takes input");
    }

    /// Pastes as terminals do (bracketed): line breaks come as carriage returns.
    pub fn paste(&mut self, text: &str) {
        self.send(format!("\x1b[200~{}\x1b[201~", text.replace('\n', "\r")).as_bytes());
    }

    /// Presses a button of the mouse at a cell, both from 0, and lets it go.
    pub fn click(&mut self, button: MouseButton, column: u16, row: u16) {
        self.press(button, column, row);
        self.release(button, column, row);
    }

    /// Presses a button of the mouse.
    pub fn press(&mut self, button: MouseButton, column: u16, row: u16) {
        self.mouse(button_code(button), column, row, 'M');
    }

    /// Lets a button of the mouse go.
    pub fn release(&mut self, button: MouseButton, column: u16, row: u16) {
        self.mouse(button_code(button), column, row, 'm');
    }

    /// Moves the mouse with the left button down.
    pub fn drag_to(&mut self, column: u16, row: u16) {
        self.mouse(32, column, row, 'M');
    }

    /// Drags the left button from a cell to another with Alt held.
    pub fn drag_with_alt(&mut self, from: (u16, u16), to: (u16, u16)) {
        const ALT: u8 = 8;
        self.mouse(ALT, from.0, from.1, 'M');
        self.mouse(ALT + 32, to.0, to.1, 'M');
        self.mouse(ALT, to.0, to.1, 'm');
    }

    /// Turns the wheel this many times down, or up where negative.
    pub fn wheel(&mut self, turns: i32, column: u16, row: u16) {
        for _ in 0..turns.abs() {
            self.mouse(if turns < 0 { 64 } else { 65 }, column, row, 'M');
        }
    }

    fn mouse(&mut self, code: u8, column: u16, row: u16, end: char) {
        self.send(format!("\x1b[<{code};{};{}{end}", column + 1, row + 1).as_bytes());
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.shared.lock().screen_mut().set_size(rows, columns);
        self.master.resize(pty_size((columns, rows))).expect("the terminal takes its new size");
    }

    /// What is on the screen now, as text.
    pub fn contents(&self) -> String {
        self.shared.lock().screen().contents()
    }

    /// One row of the screen, from 0, without the blanks at its end.
    pub fn row(&self, row: u16) -> String {
        let parser = self.shared.lock();
        let columns = parser.screen().size().1;
        let text = parser.screen().rows(0, columns).nth(usize::from(row)).unwrap_or_default();
        text.trim_end().to_owned()
    }

    /// What is on the screen now, looked at.
    pub fn look<T>(&self, look: impl FnOnce(&Screen) -> T) -> T {
        look(self.shared.lock().screen())
    }

    /// Everything that the terminal was asked to put into the clipboard, oldest first.
    pub fn clipboard(&self) -> Vec<String> {
        self.shared.lock().callbacks().0.clone()
    }

    /// Waits until the cursor has this shape, as DECSCUSR numbers them: 0 the user's, 2 a block, 4 an underline, 6 a bar.
    pub fn wait_for_cursor_shape(&self, shape: u16) {
        super::eventually(&format!("cursor shape {shape}"), || {
            (self.shared.lock().callbacks().1.last() == Some(&shape)).then_some(())
        });
    }

    /// Waits until something holds of the screen. Panics after the deadline with `what` and the screen.
    pub fn wait_until(&self, what: &str, condition: impl Fn(&Screen) -> bool) {
        let began = Instant::now();
        let mut parser = self.shared.lock();
        while !condition(parser.screen()) {
            let left = DEADLINE.saturating_sub(began.elapsed());
            assert!(!left.is_zero(), "waited in vain for {what}; the screen:\n{}", parser.screen().contents());
            parser = self.shared.changed.wait_timeout(parser, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Looks at the screen until something holds of it, but no longer than so long; gives whether it did.
    pub fn holds_within(&self, time: Duration, condition: impl Fn(&Screen) -> bool) -> bool {
        let began = Instant::now();
        let mut parser = self.shared.lock();
        while !condition(parser.screen()) {
            let left = time.saturating_sub(began.elapsed());
            if left.is_zero() {
                return false;
            }
            parser = self.shared.changed.wait_timeout(parser, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// The whole text as this client holds it: select everything, copy, and look at what the terminal got for its clipboard.
    pub fn text(&mut self) -> String {
        let before = self.clipboard().len();
        self.keys("<c-a><c-c>");
        super::eventually("the text in the clipboard", || self.clipboard().get(before).cloned())
    }

    /// Waits until a text is on the screen.
    pub fn wait_for(&self, text: &str) {
        self.wait_until(&format!("{text:?} on the screen"), |screen| screen.contents().contains(text));
    }

    /// Waits until a text is not on the screen.
    pub fn wait_gone(&self, text: &str) {
        self.wait_until(&format!("{text:?} leaving the screen"), |screen| !screen.contents().contains(text));
    }

    /// Waits until the terminal was asked to put this into the clipboard.
    pub fn wait_for_clipboard(&self, text: &str) {
        super::eventually(&format!("{text:?} in the clipboard, not {:?}", self.clipboard()), || {
            self.clipboard().iter().any(|copied| copied == text).then_some(())
        });
    }

    /// Sends a signal, such as 15.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = self.child.process_id().and_then(|id| i32::try_from(id).ok()).expect("a running process");
        let id = rustix::process::Pid::from_raw(id).expect("a process");
        rustix::process::kill_process(id, signal).expect("the process takes signals");
    }

    /// Waits for the end of the process, and until everything it wrote is on the screen.
    pub fn wait_for_exit(&mut self) -> ExitStatus {
        let child = &mut self.child;
        let status = super::eventually("the end of pair-tui", || child.try_wait().expect("a child"));
        // What it wrote last may still be on its way through the terminal.
        self.wait_until("the screen of before", |screen| !screen.alternate_screen());
        status
    }

    /// Panics unless the terminal is as it was before: the normal screen, a shown cursor, no mouse, no paste mode, cooked input.
    pub fn assert_restored(&self) {
        self.wait_until("a restored terminal", |screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        });
        let tty = self.master.tty_name().expect("the terminal's name");
        let modes = std::process::Command::new("stty").arg("-a").arg("-F").arg(tty).output().expect("stty runs");
        let modes = String::from_utf8_lossy(&modes.stdout).into_owned();
        for word in ["icanon", "echo", "isig", "icrnl", "opost"] {
            assert!(modes.split_whitespace().any(|mode| mode == word), "the terminal lacks {word}: {modes}");
        }
    }

    /// Its home folder; the state folder is `state` in it.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The number of its process.
    pub fn process_id(&self) -> u32 {
        self.child.process_id().expect("a running process")
    }
}

fn button_code(button: MouseButton) -> u8 {
    match button {
        MouseButton::Left => 0,
        MouseButton::Middle => 1,
        MouseButton::Right => 2,
    }
}

impl Drop for Tui {
    fn drop(&mut self) {
        // One that ended already can't be killed, and need not.
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() {
            // The log and the last screen tell what happened.
            let log = std::fs::read_to_string(self.home.path().join("state/pair/pair-tui.log")).unwrap_or_default();
            println!("screen:\n{}\nlog:\n{log}", self.contents());
        }
    }
}
