//! What the painter writes, read by a terminal (vt100), shows what ratatui wanted: for frames of chance, and for what a person does.

use super::painter::Painter;
use proptest::prelude::*;
use ratatui::{
    Terminal,
    buffer::Buffer,
    layout::{Position, Rect, Size},
    style::{Color, Modifier, Style},
};
use std::{
    cell::RefCell,
    io::{self, Write},
    rc::Rc,
};
use unicode_width::UnicodeWidthStr;

const SIZE: Size = Size { width: 40, height: 12 };

/// A terminal that keeps what it is sent until somebody takes it.
#[derive(Clone, Default)]
struct Wire(Rc<RefCell<Vec<u8>>>);

impl Wire {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A painted screen beside the one that a person sees.
struct Pair {
    terminal: Terminal<Painter<Wire>>,
    wire: Wire,
    seen: vt100::Parser,
}

impl Pair {
    fn new() -> Self {
        let wire = Wire::default();
        let terminal = Terminal::new(Painter::new(wire.clone(), || Ok(SIZE)).unwrap()).unwrap();
        let mut seen = vt100::Parser::new(SIZE.height, SIZE.width, 0);
        seen.process(b"\x1b[3;3Hleft over\x1b[31;44m");
        Self { terminal, wire, seen }
    }

    /// Draws a frame, holds what is seen against it, and gives what was sent.
    fn draw(&mut self, cursor: Option<Position>, draw: impl Fn(&mut Buffer)) -> String {
        let mut wanted = Buffer::empty(Rect::default());
        self.terminal
            .draw(|frame| {
                draw(frame.buffer_mut());
                wanted = frame.buffer_mut().clone();
                if let Some(cursor) = cursor {
                    frame.set_cursor_position(cursor);
                }
            })
            .unwrap();
        let bytes = self.wire.take();
        self.seen.process(&bytes);
        compare(&wanted, self.seen.screen());
        assert_eq!(self.seen.screen().hide_cursor(), cursor.is_none());
        if let Some(cursor) = cursor {
            assert_eq!(self.seen.screen().cursor_position(), (cursor.y, cursor.x));
        }
        String::from_utf8(bytes).unwrap()
    }
}

fn compare(wanted: &Buffer, screen: &vt100::Screen) {
    for y in 0..wanted.area.height {
        let mut x = 0;
        while x < wanted.area.width {
            let (cell, seen) = (&wanted[(x, y)], screen.cell(y, x).unwrap());
            let contents = if seen.contents().is_empty() { " " } else { seen.contents() };
            assert_eq!(contents, cell.symbol(), "at {x}, {y}: {:?}", screen.contents());
            let is_blank = cell.symbol() == " ";
            let held = |modifier| cell.modifier.contains(modifier);
            assert_eq!((seen.underline(), seen.inverse()), (held(Modifier::UNDERLINED), held(Modifier::REVERSED)));
            assert_eq!(seen.bgcolor(), color(cell.bg), "behind {x}, {y}");
            let is_seen = !is_blank || held(Modifier::UNDERLINED) || held(Modifier::REVERSED);
            if is_seen {
                assert_eq!(seen.fgcolor(), color(cell.fg), "of {x}, {y}");
                assert_eq!(seen.italic(), held(Modifier::ITALIC), "{x}, {y}");
                // This terminal knows no bold text that is dim.
                if !(held(Modifier::BOLD) && held(Modifier::DIM)) {
                    assert_eq!((seen.bold(), seen.dim()), (held(Modifier::BOLD), held(Modifier::DIM)), "{x}, {y}");
                }
            }
            x += u16::try_from(cell.symbol().width().max(1)).unwrap();
        }
    }
}

fn color(color: Color) -> vt100::Color {
    match color {
        Color::Red => vt100::Color::Idx(1),
        Color::LightBlue => vt100::Color::Idx(12),
        Color::Indexed(index) => vt100::Color::Idx(index),
        Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
        _ => vt100::Color::Default,
    }
}

/// One thing that is drawn.
#[derive(Debug, Clone)]
struct Stroke {
    at: Position,
    text: String,
    style: Style,
}

fn strokes() -> impl Strategy<Value = Vec<Stroke>> {
    let colors = prop_oneof![
        4 => Just(Color::Reset),
        1 => Just(Color::Red),
        1 => Just(Color::LightBlue),
        1 => Just(Color::Indexed(200)),
        1 => Just(Color::Rgb(1, 20, 255))
    ];
    let modifiers = prop_oneof![
        4 => Just(Modifier::empty()),
        1 => Just(Modifier::BOLD),
        1 => Just(Modifier::DIM | Modifier::UNDERLINED),
        1 => Just(Modifier::UNDERLINED),
        1 => Just(Modifier::ITALIC | Modifier::REVERSED)
    ];
    let text = prop_oneof![3 => "[a-e ]{1,20}", 1 => "[日本 a]{1,6}", 1 => "(e\u{301}|a| ){1,6}", 1 => " {10,40}"];
    let stroke = (0..SIZE.width, 0..SIZE.height, text, colors.clone(), colors, modifiers).prop_map(
        |(x, y, text, front, back, modifier)| Stroke {
            at: Position { x, y },
            text,
            style: Style::new().fg(front).bg(back).add_modifier(modifier),
        },
    );
    prop::collection::vec(stroke, 0..12)
}

/// How a frame comes out of the one before.
#[derive(Debug, Clone)]
enum Next {
    Anew(Vec<Stroke>),
    Add(Vec<Stroke>),
    /// The rows from one to another move down, or up.
    Moved(u16, u16, i16),
    /// The terminal is not known any more.
    Redrawn,
}

fn frames() -> impl Strategy<Value = Vec<(Next, Option<(u16, u16)>)>> {
    let next = prop_oneof![
        2 => strokes().prop_map(Next::Anew),
        4 => strokes().prop_map(Next::Add),
        4 => (0..6_u16, 6..13_u16, -3..4_i16).prop_map(|(top, bottom, down)| Next::Moved(top, bottom, down)),
        1 => Just(Next::Redrawn)
    ];
    prop::collection::vec((next, prop::option::of((0..SIZE.width, 0..SIZE.height))), 1..10)
}

fn moved(before: &Buffer, top: u16, bottom: u16, down: i16) -> Buffer {
    let mut after = before.clone();
    for y in top..bottom.min(SIZE.height) {
        let from = y.checked_add_signed(-down).filter(|from| (top..bottom).contains(from) && *from < SIZE.height);
        for x in 0..SIZE.width {
            after[(x, y)] = from.map(|from| before[(x, from)].clone()).unwrap_or_default();
        }
    }
    after
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn frames_of_chance_are_seen_as_they_are_wanted(frames in frames()) {
        let mut pair = Pair::new();
        let mut last = Buffer::empty(Rect::from((Position::ORIGIN, SIZE)));
        for (next, cursor) in frames {
            let strokes = match next {
                Next::Anew(strokes) => {
                    last.reset();
                    strokes
                }
                Next::Add(strokes) => strokes,
                Next::Moved(top, bottom, down) => {
                    last = moved(&last, top, bottom, down);
                    Vec::new()
                }
                Next::Redrawn => {
                    pair.terminal.resize(Rect::from((Position::ORIGIN, SIZE))).unwrap();
                    pair.seen.process(b"\x1b[H somebody else\x1b[35m\x1b[?25l");
                    Vec::new()
                }
            };
            for Stroke { at, text, style } in &strokes {
                last.set_string(at.x, at.y, text, *style);
            }
            pair.draw(cursor.map(Position::from), |buffer| *buffer = last.clone());
        }
    }
}

fn text(rows: &[String]) -> impl Fn(&mut Buffer) {
    let rows = rows.to_vec();
    move |buffer| {
        for (y, row) in (0..).zip(&rows) {
            buffer.set_string(0, y, row, Style::new());
        }
    }
}

fn rows() -> Vec<String> {
    let words = ["bear", "wolf", "lynx", "deer"];
    (0..usize::from(SIZE.height))
        .zip(words.iter().cycle())
        .map(|(y, word)| format!("{y:>3} {} {y}", word.repeat(y)))
        .collect()
}

#[test]
fn a_typed_letter_is_a_letter() {
    let mut pair = Pair::new();
    let mut rows = rows();
    rows[4] = "  4 typed".into();
    pair.draw(Some(Position::new(9, 4)), text(&rows));
    rows[4].push('x');
    assert_eq!(pair.draw(Some(Position::new(10, 4)), text(&rows)), "x");
    assert_eq!(pair.draw(Some(Position::new(10, 4)), text(&rows)), "");
    assert_eq!(pair.draw(Some(Position::new(9, 4)), text(&rows)), "\x08");
    rows[4].truncate(4);
    assert_eq!(pair.draw(Some(Position::new(4, 4)), text(&rows)), "\x1b[5D\x1b[K");
}

#[test]
fn a_colour_is_said_once_and_a_blank_needs_none() {
    let mut pair = Pair::new();
    let red = Style::new().fg(Color::Red);
    let draw = move |words: &[(u16, &str, Style)]| {
        let words: Vec<_> = words.iter().map(|(x, text, style)| (*x, (*text).to_owned(), *style)).collect();
        move |buffer: &mut Buffer| {
            for (x, text, style) in &words {
                buffer.set_string(*x, 0, text, *style);
            }
        }
    };
    pair.draw(Some(Position::ORIGIN), draw(&[]));
    assert_eq!(
        pair.draw(Some(Position::new(4, 0)), draw(&[(0, "ab", red), (2, " ", Style::new()), (3, "c", red)])),
        "\x1b[31mab c"
    );
    let bold = red.add_modifier(Modifier::BOLD);
    let sent = pair.draw(
        Some(Position::new(5, 0)),
        draw(&[(0, "ab", red), (2, " ", Style::new()), (3, "c", red), (4, "d", bold)]),
    );
    assert_eq!(sent, "\x1b[1md");
}

#[test]
fn a_line_that_is_put_in_moves_the_others() {
    let mut pair = Pair::new();
    let mut rows = rows();
    pair.draw(None, text(&rows));
    let kept = rows[11].clone();
    rows.insert(3, "a line between".into());
    rows.remove(11);
    rows[11] = kept;
    let sent = pair.draw(None, text(&rows));
    assert!(sent.contains("\x1b[4;11r\x1b[4H\x1b[L\x1b[r") && sent.len() < 60, "{sent:?}");
    let kept = rows[11].clone();
    rows.drain(3..5);
    rows.insert(9, "one more".into());
    rows.insert(10, "another".into());
    rows[11] = kept;
    let sent = pair.draw(None, text(&rows));
    assert!(sent.contains("\x1b[4;11r\x1b[4H\x1b[2M\x1b[r") && sent.len() < 80, "{sent:?}");
}

#[test]
fn clusters_are_forgotten_when_they_are_many() {
    let mut pair = Pair::new();
    let mark = |number: u32| char::from_u32(0x300 + number % 0x60).unwrap();
    for frame in 0..150 {
        let cluster = |number: u32| format!("a{}{}", mark(number), mark(number / 0x60));
        let row: String = (0..u32::from(SIZE.width)).map(|x| cluster(frame * 40 + x)).collect();
        pair.draw(None, text(&[row, cluster(1)]));
    }
}
