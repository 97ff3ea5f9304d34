//! Screens with what the language of the text adds to them: each row of text, and below it a letter per cell for its look.

use crate::{
    app::{
        App, ViewOptions,
        event::Event,
        update::{tests as story, update},
    },
    editor::{Editor, selection::Selection, syntax::Recolor},
    ui::theme::{Background, Depth, Theme},
};
use protocol::{ByteOffset, ClientId, ParticipantId, message::server::PresenceChanged};
use ratatui::{Terminal, backend::TestBackend, buffer::Cell, style::Style};

const SOURCE: &str = "/// Applies one edit.
pub fn apply(&mut self, edit: Edit<'a>) -> Effects {
    let Some(from) = self.people.get(&edit.from) else {
        return Effects::reject(\"not here\\n\", 42);
    };
\tself.document.apply(&edit.update)?; // and tell
    Effects::broadcast(edit)
}
";

/// Ada here, with a selection; Grace has selected a word.
pub(super) fn room(theme: Theme) -> App {
    let mut app = story::app((60, 14));
    app.theme = theme;
    let document = story::server_document(SOURCE);
    story::connect(&mut app, &document, 0);
    let mut grace = Editor::new("src/main.rs".parse().unwrap(), ClientId::from_random_32(5));
    grace.apply_remote(&document.snapshot()).unwrap();
    let start = SOURCE.find("reject").unwrap();
    grace.select(Selection::new(ByteOffset(start), ByteOffset(start + 6)));
    let participant = ParticipantId::new(2).unwrap();
    story::hear(&mut app, PresenceChanged { participant, presence: grace.presence() }, 100);
    story::press(&mut app, "<down><s-right><s-right><s-right>", 200);
    read(&mut app);
    app
}

/// Lets a worker read what is shown.
pub(super) fn read(app: &mut App) {
    while let Some(job) = app.parse_job() {
        let parsed = Box::new(job.run(&mut || true));
        update(app, Event::Parsed { parsed, recolor: Recolor::All }, 300);
    }
}

/// The rows of text, each with a row of letters below it: one per look, in the order they appear, explained at the end.
pub(super) fn looks(app: &App) -> String {
    let (width, height) = app.size();
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| super::draw(frame, app)).unwrap();
    let (buffer, area) = (terminal.backend().buffer().clone(), app.areas().text);
    let style = |cell: &Cell| Style { underline_color: None, ..cell.style() };
    let mut seen: Vec<Style> = vec![style(&Cell::EMPTY)];
    let mut rows = String::new();
    for y in area.top()..area.bottom() {
        let cells = (area.left()..area.right()).filter_map(|x| buffer.cell((x, y)));
        let text: String = cells.clone().map(Cell::symbol).collect();
        let letters: String = cells
            .map(|cell| {
                let look = style(cell);
                let known = seen.iter().position(|one| *one == look).unwrap_or_else(|| {
                    seen.push(look);
                    seen.len() - 1
                });
                " abcdefghijklmnopqrstuvwxyz".chars().nth(known).unwrap()
            })
            .collect();
        for row in [text, letters].iter().map(|row| row.trim_end()).filter(|row| !row.is_empty()) {
            rows.extend([row, "\n"]);
        }
    }
    for (letter, style) in ('a'..).zip(seen.iter().skip(1)) {
        let parts = [style.fg.map(|fg| format!("{fg:?}")), style.bg.map(|bg| format!("on {bg:?}"))];
        let parts = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        rows.extend([format!("{letter}: {parts} {:?}\n", style.add_modifier)]);
    }
    rows
}

#[test]
fn code_has_its_looks_and_selections_lie_over_them() {
    for (name, depth, background) in [
        ("code_dark", Depth::True, Background::Dark),
        ("code_light", Depth::Indexed, Background::Light),
        ("code_sixteen", Depth::Sixteen, Background::Dark),
        ("code_no_colour", Depth::None, Background::Dark),
    ] {
        insta::assert_snapshot!(name, looks(&room(Theme { depth, background, ..Theme::default() })));
    }
}

#[test]
fn brackets_guides_and_white_space_are_shown() {
    let mut app = room(Theme { depth: Depth::None, ..Theme::default() });
    app.view = ViewOptions { indent_guides: true, ..ViewOptions::default() };
    story::press(&mut app, "<end>", 400);
    insta::assert_snapshot!("code_guides", looks(&app));
    app.view = ViewOptions { white_space: true, indent_guides: true, ..ViewOptions::default() };
    story::press(&mut app, "<left><left>", 500);
    insta::assert_snapshot!("code_white_space", looks(&app));
}

#[test]
fn a_key_is_shown_at_once_with_the_old_looks_moved_along() {
    let mut app = room(Theme::default());
    let before = looks(&app);
    story::press(&mut app, "<home>/", 400);
    let at_once = looks(&app);
    assert!(at_once.contains("/pub fn apply") && at_once != before);
    story::press(&mut app, "/", 500);
    let keyword = |looks: &str| looks.lines().nth(3).map(|row| row.chars().nth(2) == row.chars().nth(40));
    assert_eq!(keyword(&looks(&app)), Some(false));
    read(&mut app);
    assert_eq!(keyword(&looks(&app)), Some(true), "all of the line is a comment now");
}
