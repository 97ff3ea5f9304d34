//! This process's own terminal: raw mode, the alternate screen, mouse and paste; put back as it was on every way out, a panic too.
//! Translates what comes from it. Knows neither the program's state nor the network. The
//! only place, beside `main`, that touches standard output and process-wide hooks.

use crate::{
    app::{event::Event, outside::CursorShape},
    input::{Key, KeyCode, MouseButton, MouseEvent, MouseKind},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use crossterm::{
    cursor::{SetCursorStyle, Show},
    event::{self as cross, DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    execute,
    style::{Attribute, SetAttribute},
    terminal::{self, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use futures::{Stream, StreamExt};
use painter::Painter;
use ratatui::{Terminal, layout::Size};
use std::{
    fs::File,
    io::{self, IsTerminal, Write},
    os::fd::AsFd,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

pub mod colors;
mod grid;
mod input;
pub mod painter;
#[cfg(test)]
mod painter_tests;
mod pen;
mod replies;
mod scroll;

use replies::Came;

/// Texts longer than this, in bytes, are not given to the system clipboard: in base64 it is just below the MiB that tmux takes as one
/// sequence; what is longer, terminals cut, ignore, or show as text.
pub const CLIPBOARD_MAX_BYTES: usize = 750_000;

/// Whether the terminal is in our hands now.
static IS_OURS: AtomicBool = AtomicBool::new(false);

/// Whether the mouse is in our hands too, whenever the terminal is.
static WANTS_MOUSE: AtomicBool = AtomicBool::new(true);

/// Whether the cursor has a shape that we gave it.
static IS_SHAPED: AtomicBool = AtomicBool::new(false);

/// Why the terminal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// Standard output is a file or a pipe.
    #[error(
        "pair-tui draws on a terminal, and standard output is none; `pair-tui get` and `pair-tui put` work without one"
    )]
    NotATerminal,
    /// The terminal refused.
    #[error("the terminal can't be taken over")]
    Refused(#[from] io::Error),
}

/// What the terminal is taken over for, beside keys and screen.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The mouse.
    pub mouse: bool,
    /// To know its background.
    pub ground: bool,
}

/// The terminal in our hands. It is put back when this is dropped.
#[derive(Debug)]
pub struct Screen {
    /// What is drawn on.
    pub terminal: Terminal<Painter<File>>,
}

impl Screen {
    /// Takes the terminal over, the mouse too if wanted, and asks for its background if wanted: see [`input`].
    ///
    /// # Errors
    /// [`TerminalError`]; the terminal is as it was then.
    pub fn open(wanted: Wanted) -> Result<Self, TerminalError> {
        if !io::stdout().is_terminal() {
            return Err(TerminalError::NotATerminal);
        }
        restore_on_panic();
        WANTS_MOUSE.store(wanted.mouse, Ordering::SeqCst);
        take()?;
        if wanted.ground {
            io::stdout().write_all(colors::ASK_GROUND.as_bytes()).inspect_err(|_| restore())?;
        }
        let terminal = painter().and_then(Terminal::new).inspect_err(|_| restore())?;
        Ok(Self { terminal })
    }
}

/// Paints on standard output as a file: what std makes of it writes a frame line by line.
fn painter() -> io::Result<Painter<File>> {
    let out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    Painter::new(out, || terminal::size().map(|(width, height)| Size { width, height }))
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

fn take() -> io::Result<()> {
    IS_OURS.store(true, Ordering::SeqCst);
    let taken = enable_raw_mode().and_then(|()| {
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
        if WANTS_MOUSE.load(Ordering::SeqCst) { execute!(io::stdout(), EnableMouseCapture) } else { Ok(()) }
    });
    taken.inspect_err(|_| restore())
}

/// Puts the terminal back as it was; does nothing where that happened already. Errors are of no use here: the terminal is gone.
fn restore() {
    if IS_OURS.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        let shaped = if IS_SHAPED.swap(false, Ordering::SeqCst) {
            execute!(out, SetCursorStyle::DefaultUserShape)
        } else {
            Ok(())
        };
        let put_back = shaped.and(execute!(
            out,
            SetAttribute(Attribute::Reset),
            DisableMouseCapture,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        ));
        let cooked = disable_raw_mode();
        if let Err(error) = put_back.and(cooked) {
            tracing::debug!(%error, "the terminal was not put back");
        }
    }
}

/// Makes a panic of this thread put the terminal back before it is told. Panics of other threads (a room of a hosted server that
/// failed, and is loaded again) only go to the log: the screen is not theirs.
fn restore_on_panic() {
    let ui_thread = thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        tracing::error!(%info, "panicked");
        if thread::current().id() == ui_thread {
            restore();
            before(info);
        } else if !IS_OURS.load(Ordering::SeqCst) {
            before(info);
        }
    }));
}

/// Stops this process as Ctrl-Z does elsewhere, with the terminal put back; comes back when the shell continues it.
///
/// # Errors
/// Where the process can't be stopped, or the terminal can't be taken over again.
pub fn suspend() -> io::Result<()> {
    restore();
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP)?;
    take()
}

/// Gives the cursor a shape (DECSCUSR), where this terminal has several. Errors are of no use here: the next frame has them, too.
pub fn shape_cursor(shape: CursorShape) {
    if !has_shapes(&std::env::var("TERM").unwrap_or_default()) {
        return;
    }
    let style = match shape {
        CursorShape::Bar => SetCursorStyle::SteadyBar,
        CursorShape::Block => SetCursorStyle::SteadyBlock,
        CursorShape::Underline => SetCursorStyle::SteadyUnderScore,
    };
    IS_SHAPED.store(true, Ordering::SeqCst);
    if let Err(error) = execute!(io::stdout(), style) {
        tracing::debug!(%error, "the cursor was not shaped");
    }
}

/// Whether a terminal of this name knows the sequence; the Linux console and real DEC terminals have one shape.
fn has_shapes(term: &str) -> bool {
    !matches!(term, "" | "dumb" | "linux" | "cons25") && !term.starts_with("vt")
}

/// Puts a text into the system clipboard through the terminal (OSC 52).
///
/// # Errors
/// A sentence for people.
pub fn copy(text: &str) -> Result<(), String> {
    if text.len() > CLIPBOARD_MAX_BYTES {
        let (size, most) = (text.len() / 1000, CLIPBOARD_MAX_BYTES / 1000);
        return Err(format!("Copied for Ctrl-V here, but {size} kB are too much for the system clipboard ({most} kB)"));
    }
    let mut out = io::stdout();
    let written = out.write_all(osc52(text).as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| format!("Copied for Ctrl-V here, but not to the system clipboard: {error}"))
}

/// The sequence that sets the clipboard.
fn osc52(text: &str) -> String {
    format!("\x1b]52;c;{}\x07", STANDARD.encode(text))
}

/// What comes from the terminal, translated. `asked`: it was asked for its background when it was taken over, and what it answers is
/// told as such, though it comes the way that keys come.
///
/// # Errors
/// Where there is no terminal to read from, or it can't be waited for.
pub fn input(asked: bool) -> io::Result<impl Stream<Item = io::Result<Event>> + Unpin> {
    let events = replies::without_replies(input::events()?, asked);
    Ok(events.filter_map(|came| {
        let event = match came {
            Ok(Came::Event(event)) => event_of(event).map(Ok),
            Ok(Came::Ground(color)) => Some(Ok(Event::Ground(color))),
            Err(error) => Some(Err(error)),
        };
        std::future::ready(event)
    }))
}

fn event_of(event: cross::Event) -> Option<Event> {
    match event {
        cross::Event::Key(key) => key_of(key).map(Event::Key),
        cross::Event::Paste(text) => Some(Event::Paste(text)),
        cross::Event::Mouse(mouse) => mouse_of(mouse).map(Event::Mouse),
        cross::Event::Resize(width, height) => Some(Event::Resize { width, height }),
        cross::Event::FocusGained | cross::Event::FocusLost => None,
    }
}

fn key_of(event: cross::KeyEvent) -> Option<Key> {
    if event.kind == cross::KeyEventKind::Release {
        return None;
    }
    let held = |modifier| event.modifiers.contains(modifier);
    let mut shift = held(cross::KeyModifiers::SHIFT);
    let code = match event.code {
        cross::KeyCode::Char(c) => KeyCode::Char(c),
        cross::KeyCode::Enter => KeyCode::Enter,
        cross::KeyCode::Tab => KeyCode::Tab,
        cross::KeyCode::BackTab => {
            shift = true;
            KeyCode::Tab
        }
        cross::KeyCode::Backspace => KeyCode::Backspace,
        cross::KeyCode::Delete => KeyCode::Delete,
        cross::KeyCode::Insert => KeyCode::Insert,
        cross::KeyCode::Esc => KeyCode::Esc,
        cross::KeyCode::Up => KeyCode::Up,
        cross::KeyCode::Down => KeyCode::Down,
        cross::KeyCode::Left => KeyCode::Left,
        cross::KeyCode::Right => KeyCode::Right,
        cross::KeyCode::Home => KeyCode::Home,
        cross::KeyCode::End => KeyCode::End,
        cross::KeyCode::PageUp => KeyCode::PageUp,
        cross::KeyCode::PageDown => KeyCode::PageDown,
        cross::KeyCode::F(number) => KeyCode::F(number),
        _ => return None,
    };
    let alt = held(cross::KeyModifiers::ALT) || held(cross::KeyModifiers::META);
    Some(Key { code, ctrl: held(cross::KeyModifiers::CONTROL), alt, shift }.normalized())
}

fn mouse_of(event: cross::MouseEvent) -> Option<MouseEvent> {
    let button = |button| match button {
        cross::MouseButton::Left => MouseButton::Left,
        cross::MouseButton::Right => MouseButton::Right,
        cross::MouseButton::Middle => MouseButton::Middle,
    };
    let kind = match event.kind {
        cross::MouseEventKind::Down(which) => MouseKind::Down(button(which)),
        cross::MouseEventKind::Drag(which) => MouseKind::Drag(button(which)),
        cross::MouseEventKind::Up(which) => MouseKind::Up(button(which)),
        cross::MouseEventKind::ScrollUp => MouseKind::WheelUp,
        cross::MouseEventKind::ScrollDown => MouseKind::WheelDown,
        cross::MouseEventKind::Moved | cross::MouseEventKind::ScrollLeft | cross::MouseEventKind::ScrollRight => {
            return None;
        }
    };
    let held = |modifier| event.modifiers.contains(modifier);
    let (shift, alt) = (held(cross::KeyModifiers::SHIFT), held(cross::KeyModifiers::ALT));
    Some(MouseEvent { kind, column: event.column, row: event.row, shift, alt })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cross::{KeyCode as Code, KeyEvent, KeyModifiers as Held};

    fn shown(code: Code, held: Held) -> String {
        key_of(KeyEvent::new(code, held)).map(|key| key.to_string()).unwrap_or_default()
    }

    #[test]
    fn keys_become_ours() {
        for (code, held, wanted) in [
            (Code::Char('a'), Held::NONE, "a"),
            (Code::Char('A'), Held::SHIFT, "A"),
            (Code::Char('P'), Held::CONTROL | Held::SHIFT, "Ctrl-P"),
            (Code::Char(' '), Held::CONTROL, "Ctrl-Space"),
            (Code::BackTab, Held::SHIFT, "Shift-Tab"),
            (Code::BackTab, Held::NONE, "Shift-Tab"),
            (Code::Right, Held::ALT | Held::SHIFT, "Alt-Shift-→"),
            (Code::Enter, Held::ALT, "Alt-Enter"),
            (Code::F(1), Held::NONE, "F1"),
            (Code::CapsLock, Held::NONE, ""),
        ] {
            assert_eq!(shown(code, held), wanted);
        }
        let released = KeyEvent::new_with_kind(Code::Char('a'), Held::NONE, cross::KeyEventKind::Release);
        assert_eq!(key_of(released), None);
    }

    #[test]
    fn only_terminals_with_shapes_get_one() {
        assert_eq!(
            ["xterm-256color", "tmux", "linux", "vt220", "dumb"].map(has_shapes),
            [true, true, false, false, false]
        );
    }

    #[test]
    fn what_is_copied_is_encoded() {
        assert_eq!(osc52("hé\n"), "\u{1b}]52;c;aMOpCg==\u{7}");
        assert!(copy(&"x".repeat(CLIPBOARD_MAX_BYTES + 1)).is_err());
    }
}
