//! A terminal's screen as an SVG: text stays text, so that it is sharp at any size and can be searched. Each run of cells that look the
//! same is one element with the width that its cells have, so that columns stand under each other in any font. Knows no program.

use std::fmt::Write;
use vt100::{Cell, Color, Screen};

/// The width and height of a cell, and the space around all of them, in pixels.
const CELL: (f64, f64) = (8.4, 18.0);
const MARGIN: f64 = 14.0;
/// From the top of a row to the line that letters stand on.
const BASE: f64 = 13.2;

/// What a terminal has where no colour is said.
#[derive(Debug, Clone, Copy)]
pub struct Ground {
    /// Behind the text.
    pub back: &'static str,
    /// The text.
    pub front: &'static str,
    /// The line around the window.
    pub edge: &'static str,
}

/// A dark terminal.
pub const DARK: Ground = Ground { back: "#16181d", front: "#d7dbe2", edge: "#30343c" };
/// A light terminal.
pub const LIGHT: Ground = Ground { back: "#ffffff", front: "#1f2328", edge: "#d0d7de" };

/// A run of cells that look the same.
#[derive(PartialEq)]
struct Look {
    front: String,
    back: Option<String>,
    /// Attributes of the text besides its colour.
    attributes: String,
    is_underlined: bool,
}

/// The picture of a screen.
pub fn picture(screen: &Screen, ground: Ground, title: &str) -> String {
    let (rows, columns) = screen.size();
    let (width, height) = (f64::from(columns) * CELL.0 + 2.0 * MARGIN, f64::from(rows) * CELL.1 + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" width=\"{width:.0}\" height=\"{height:.0}\" \
         role=\"img\" font-family=\"ui-monospace, 'SF Mono', 'Cascadia Mono', 'JetBrains Mono', 'DejaVu Sans Mono', Menlo, Consolas, \
         monospace\" font-size=\"14\">\n<title>{}</title>\n<rect x=\"0.5\" y=\"0.5\" width=\"{:.1}\" height=\"{:.1}\" rx=\"9\" \
         fill=\"{}\" stroke=\"{}\"/>\n",
        escaped(title),
        width - 1.0,
        height - 1.0,
        ground.back,
        ground.edge,
    );
    for row in 0..rows {
        row_into(&mut svg, screen, ground, row);
    }
    if !screen.hide_cursor() {
        let (row, column) = screen.cursor_position();
        let (x, y) = place(row, column);
        writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"2\" height=\"{:.1}\" fill=\"{}\"/>",
            CELL.1, ground.front
        )
        .unwrap();
    }
    svg + "</svg>\n"
}

fn place(row: u16, column: u16) -> (f64, f64) {
    (MARGIN + f64::from(column) * CELL.0, MARGIN + f64::from(row) * CELL.1)
}

fn row_into(svg: &mut String, screen: &Screen, ground: Ground, row: u16) {
    let columns = screen.size().1;
    let cells: Vec<_> = (0..columns).filter_map(|column| Some((column, screen.cell(row, column)?))).collect();
    let mut texts = String::new();
    for run in cells.chunk_by(|(_, one), (_, other)| look(one, ground) == look(other, ground)) {
        let (Some((column, first)), Some((last, _))) = (run.first(), run.last()) else { continue };
        let (look, (x, y)) = (look(first, ground), place(row, *column));
        let width = f64::from(last + 1 - column) * CELL.0;
        if let Some(back) = &look.back {
            writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{back}\"/>",
                CELL.1
            )
            .unwrap();
        }
        let cells = run.iter().filter(|(_, cell)| !cell.is_wide_continuation());
        let text: String = cells.map(|(_, cell)| if cell.has_contents() { cell.contents() } else { " " }).collect();
        text_into(&mut texts, &look, &text, *column, row);
    }
    svg.push_str(&texts);
}

/// Writes a run without the blanks around it.
fn text_into(svg: &mut String, look: &Look, text: &str, column: u16, row: u16) {
    let trimmed = if look.is_underlined { text } else { text.trim() };
    if trimmed.is_empty() {
        return;
    }
    let before = text.chars().take_while(|c| *c == ' ' && !look.is_underlined).count();
    let (x, y) = place(row, column + u16::try_from(before).unwrap());
    let width = f64::from(u32::try_from(unicode_width::UnicodeWidthStr::width(trimmed)).unwrap()) * CELL.0;
    writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" fill=\"{}\"{}>{}</text>",
        y + BASE,
        look.front,
        look.attributes,
        escaped(trimmed)
    )
    .unwrap();
}

fn look(cell: &Cell, ground: Ground) -> Look {
    let (mut front, mut back) = (color(cell.fgcolor()), color(cell.bgcolor()));
    if cell.inverse() {
        (front, back) = (
            Some(back.unwrap_or_else(|| ground.back.to_owned())),
            Some(front.unwrap_or_else(|| ground.front.to_owned())),
        );
    }
    let words = [
        (cell.bold(), " font-weight=\"600\""),
        (cell.italic(), " font-style=\"italic\""),
        (cell.underline(), " text-decoration=\"underline\""),
        (cell.dim(), " opacity=\"0.66\""),
    ];
    Look {
        front: front.unwrap_or_else(|| ground.front.to_owned()),
        back: back.filter(|back| back != ground.back),
        attributes: words.into_iter().filter(|(is_so, _)| *is_so).map(|(_, word)| word).collect(),
        is_underlined: cell.underline(),
    }
}

/// A colour as SVG says it; the first sixteen as xterm has them.
fn color(color: Color) -> Option<String> {
    const SIXTEEN: [&str; 16] = [
        "#000000", "#cd0000", "#00cd00", "#cdcd00", "#0000ee", "#cd00cd", "#00cdcd", "#e5e5e5", "#7f7f7f", "#ff0000",
        "#00ff00", "#ffff00", "#5c5cff", "#ff00ff", "#00ffff", "#ffffff",
    ];
    let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
    let hex = |red: u8, green: u8, blue: u8| format!("#{red:02x}{green:02x}{blue:02x}");
    match color {
        Color::Default => None,
        Color::Rgb(red, green, blue) => Some(hex(red, green, blue)),
        Color::Idx(index @ 232..) => {
            let grey = 8 + (index - 232) * 10;
            Some(hex(grey, grey, grey))
        }
        Color::Idx(index @ 16..) => {
            let step = index - 16;
            Some(hex(level(step / 36), level(step / 6 % 6), level(step % 6)))
        }
        Color::Idx(index) => SIXTEEN.get(usize::from(index)).map(|color| (*color).to_owned()),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
