//! How every pane and state looks in every theme at the three sizes that matter: each cell has a letter, which stands for one look in each
//! of the themes. What the cells say is in the snapshots of `state_tests`.

use super::{
    state_tests::{SIZES, STATES, app},
    theme::{Depth, Ground, TerminalColors, Theme, color::Rgb},
};
use crate::{
    app::{App, preferences::ThemeName},
    named::Named,
};
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Cell,
    style::{Color, Style},
};
use std::fmt::Write;

/// Letters for looks, in the order in which these appear; the first stands for what is not drawn on.
const LETTERS: &str = ".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&*+-/:;<=>?@^_~";

/// Every theme that can be chosen, on a terminal of many colours that it is made for, and a terminal without colours.
pub(super) fn themes() -> Vec<(&'static str, Theme)> {
    let on = |depth, ground| TerminalColors { depth, ground: Ground::Known(ground) };
    let named = ThemeName::ALL.iter().filter(|(name, _)| *name != ThemeName::Auto).map(|(name, word)| {
        let ground = if *name == ThemeName::Light { Rgb(255, 255, 255) } else { Rgb(24, 24, 24) };
        (*word, Theme::chosen(*name, on(Depth::True, ground)))
    });
    named.chain([("no colours", Theme::chosen(ThemeName::Auto, on(Depth::None, Rgb(24, 24, 24))))]).collect()
}

/// The cells of a screen, row by row, with their looks in each theme.
fn cells(app: &mut App, themes: &[(&str, Theme)]) -> Vec<Vec<Vec<Style>>> {
    let (width, height) = app.size();
    let drawn = themes.iter().map(|(_, theme)| {
        app.theme = *theme;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| super::draw(frame, app)).unwrap();
        terminal.backend().buffer().clone()
    });
    let drawn: Vec<_> = drawn.collect();
    let style = |cell: &Cell| Style { underline_color: None, ..cell.style() };
    let looks = |x, y| drawn.iter().filter_map(|buffer| buffer.cell((x, y))).map(style).collect();
    (0..height).map(|y| (0..width).map(|x| looks(x, y)).collect()).collect()
}

/// A colour as a person would write it.
fn color(color: Color) -> String {
    match color {
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        color => format!("{color:?}").to_lowercase(),
    }
}

fn described(style: Style) -> String {
    let front = style.fg.filter(|front| *front != Color::Reset).map(color);
    let back = style.bg.filter(|back| *back != Color::Reset).map(|back| format!("on {}", color(back)));
    let attributes = style.add_modifier.iter_names().map(|(name, _)| name.to_lowercase());
    let parts: Vec<_> = front.into_iter().chain(back).chain(attributes).collect();
    if parts.is_empty() { "plain".to_owned() } else { parts.join(" ") }
}

/// A row in short: each letter with how many cells it goes on for.
fn in_short(letters: &[char]) -> String {
    let runs = letters.chunk_by(|one, next| one == next);
    let run = |run: &[char]| match (run.first(), run.len()) {
        (Some(letter), 1) => letter.to_string(),
        (Some(letter), count) => format!("{letter}{{{count}}}"),
        (None, _) => String::new(),
    };
    runs.map(run).collect()
}

/// All sizes of a state, and what its letters stand for in each theme.
fn looks(mut screens: Vec<App>, themes: &[(&str, Theme)]) -> String {
    let mut seen: Vec<Vec<Style>> = Vec::new();
    let mut text = String::new();
    for screen in &mut screens {
        let (width, height) = screen.size();
        writeln!(text, "{width} x {height}").unwrap();
        let rows = cells(screen, themes).into_iter().map(|row| {
            let letters = row.into_iter().map(|look| {
                let known = seen.iter().position(|one| *one == look).unwrap_or_else(|| {
                    seen.push(look);
                    seen.len() - 1
                });
                LETTERS.chars().nth(known).expect("a letter for each look")
            });
            in_short(&letters.collect::<Vec<_>>())
        });
        for same in rows.collect::<Vec<_>>().chunk_by(|one, next| one == next) {
            let times = if same.len() > 1 { format!("  {} rows", same.len()) } else { String::new() };
            writeln!(text, "{}{times}", same[0]).unwrap();
        }
    }
    for (at, (name, _)) in themes.iter().enumerate() {
        writeln!(text, "\n{name}").unwrap();
        for (letter, look) in LETTERS.chars().zip(&seen) {
            writeln!(text, "{letter} {}", described(look[at])).unwrap();
        }
    }
    text
}

#[test]
fn every_state_in_every_theme_at_every_size() {
    let themes = themes();
    for state in STATES {
        let screens = SIZES.map(|size| app(*state, size)).into();
        insta::assert_snapshot!(format!("look_{}", state.0), looks(screens, &themes));
    }
}
