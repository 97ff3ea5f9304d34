//! What lies over the text for a moment: help, command palette, participants, the question before leaving.

use super::{
    files,
    paint::{self, Piece},
    past_suggestions,
    side::field,
};
use crate::{
    app::{
        App, Overlay,
        palette::{Choice, Palette},
        room::Person,
        whereabouts,
    },
    input::{
        KeymapName,
        command::{COMMANDS, CommandInfo, VIM_KEYS},
        key::Key,
        vim::Vim,
    },
};
use protocol::presence::{Dialect, Role};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    widgets::{Block, Clear, Widget},
};
use unicode_width::UnicodeWidthStr;

/// Columns below which the list of participants says less.
const NARROW: u16 = 50;

/// Columns of a participant's row that are neither name nor what is said of them.
const MARKS: usize = 8;

/// Draws what is open over the given area; gives where the cursor is if there is a field.
pub fn draw(buffer: &mut Buffer, app: &App, overlay: &Overlay, body: Rect) -> Option<Position> {
    match overlay {
        Overlay::Help(top) => help(buffer, app, *top, body),
        Overlay::Palette(palette) => return draw_palette(buffer, app, palette, body),
        Overlay::Participants(chosen) => participants(buffer, app, *chosen, body),
        Overlay::PastSuggestions(back) => past_suggestions::draw(buffer, app, *back, body),
        Overlay::FileConflict(conflict) => files::conflict(buffer, app, conflict, body),
        Overlay::SaveAs(asked) => return files::save_as(buffer, app, asked, body),
        Overlay::Unwritten => files::unwritten(buffer, app, body),
        Overlay::Quit => quit(buffer, app, body),
    }
    None
}

/// Clears a box in the middle of the area and gives what is inside its border.
pub(super) fn panel(buffer: &mut Buffer, app: &App, body: Rect, (width, height): (u16, usize), title: &str) -> Rect {
    let height = u16::try_from(height).unwrap_or(u16::MAX).saturating_add(2).min(body.height);
    let width = width.min(body.width);
    let area = Rect::new(body.x + (body.width - width) / 2, body.y + (body.height - height) / 3, width, height);
    paint::cut_wide(buffer, area);
    Clear.render(area, buffer);
    buffer.set_style(area, app.theme.ground());
    let block =
        Block::bordered().border_style(app.theme.quiet()).title(format!(" {title} ")).title_style(app.theme.strong());
    let inside = block.inner(area);
    block.render(area, buffer);
    paint::indented(inside)
}

/// Columns of the help, with its border.
const HELP_WIDTH: u16 = 76;

/// From this width inside the panel on the help has its keys in front; below it they stand at the right end, where they fit.
const HELP_COLUMNS: usize = 60;

/// The help's rows: one block per group, made from the table of commands.
fn help_rows(app: &App, width: usize) -> Vec<Vec<Piece>> {
    let mut rows: Vec<Vec<Piece>> = Vec::new();
    let mut group = None;
    for info in COMMANDS {
        if group != Some(info.group) {
            if group.is_some() {
                rows.push(Vec::new());
            }
            rows.push(vec![(info.group.title().to_owned(), app.theme.strong())]);
            group = Some(info.group);
        }
        let title = (info.title.to_owned(), app.theme.text());
        if width >= HELP_COLUMNS {
            rows.push(vec![(format!("{:<26}", keys(app, info)), app.theme.key()), title]);
        } else {
            let key = (keys(app, info).split(", ").next().unwrap_or_default().to_owned(), app.theme.key());
            let (title, room) = (title.0, width.saturating_sub(key.0.chars().count() + 1));
            rows.push(vec![(format!("{:<room$} ", paint::cut(&title, room)), app.theme.text()), key]);
        }
    }
    rows
}

/// The keys of a command in the key map that is in use: vim's own words where it has some, and none of the default keys that vim takes.
fn keys(app: &App, info: &CommandInfo) -> String {
    let vim = app.keymap.name == KeymapName::Vim;
    if vim && let Some((_, keys)) = VIM_KEYS.iter().find(|(command, _)| *command == info.command) {
        return (*keys).to_owned();
    }
    let is_free = |key: &Key| !vim || !Vim::has(*key);
    let keys = info.keys.iter().filter_map(|key| key.parse::<Key>().ok()).filter(is_free).take(2);
    keys.map(|key| key.to_string()).collect::<Vec<_>>().join(", ")
}

fn help(buffer: &mut Buffer, app: &App, top: usize, body: Rect) {
    let width = usize::from(body.width.min(HELP_WIDTH).saturating_sub(3));
    let rows = help_rows(app, width);
    let area = panel(buffer, app, body, (HELP_WIDTH, rows.len()), "Help · ↑↓ scroll · Esc closes");
    let top = top.min(rows.len().saturating_sub(usize::from(area.height)));
    for (row, pieces) in (0..area.height).zip(rows.iter().skip(top)) {
        paint::row(buffer, paint::line(area, row), pieces);
    }
}

fn draw_palette(buffer: &mut Buffer, app: &App, palette: &Palette, body: Rect) -> Option<Position> {
    let area = panel(buffer, app, body, (70, 14), palette.offer.title());
    let cursor = field(buffer, app, area, &palette.filter, "> ");
    let found = palette.found();
    if found.is_empty() {
        paint::row(buffer, paint::line(area, 1), &[("Nothing is called that".into(), app.theme.quiet())]);
    }
    let room = usize::from(area.height.saturating_sub(1)).max(1);
    let top = (palette.chosen + 1).saturating_sub(room);
    for (row, (at, choice)) in (1..area.height).zip(found.into_iter().enumerate().skip(top)) {
        let style = if at == palette.chosen { app.theme.selected() } else { app.theme.text() };
        let mark = if at == palette.chosen { "› " } else { "  " };
        let keys = if let Choice::Command(info) = choice { keys(app, info) } else { String::new() };
        let width = usize::from(area.width).saturating_sub(keys.chars().count() + 4);
        let title = paint::cut(choice.title(), width);
        let pieces = [(format!("{mark}{title:<width$} "), style), (keys, app.theme.key().patch(style))];
        paint::row(buffer, paint::line(area, row), &pieces);
    }
    cursor
}

fn participants(buffer: &mut Buffer, app: &App, chosen: usize, body: Rect) {
    let longest = app.invitation.iter().map(|way| way.chars().count()).max().unwrap_or_default();
    let width = u16::try_from(longest + 4).unwrap_or(u16::MAX).max(64).min(body.width);
    let invitation: Vec<String> =
        app.invitation.iter().flat_map(|way| paint::wrap(way, usize::from(width.saturating_sub(3)).max(8))).collect();
    let extra = if invitation.is_empty() { 0 } else { invitation.len() + 2 };
    let rows = app.room.people.len() + extra;
    let title = if width < NARROW {
        "Who is here · Enter goes there"
    } else {
        "Participants · Enter goes there · f follows · Esc closes"
    };
    let area = panel(buffer, app, body, (width, rows), title);
    let count = u16::try_from(app.room.people.len()).unwrap_or(u16::MAX);
    for (row, (at, person)) in (0..area.height).zip(app.room.people.iter().enumerate()) {
        paint::row(buffer, paint::line(area, row), &person_row(app, person, at == chosen, area.width));
    }
    if !invitation.is_empty() {
        paint::row(
            buffer,
            paint::line(area, count.saturating_add(1)),
            &[("To join, F7 copies:".into(), app.theme.quiet())],
        );
    }
    for (row, way) in (count.saturating_add(2)..).zip(invitation) {
        paint::row(buffer, paint::line(area, row), &[(way, app.theme.strong())]);
    }
}

fn person_row(app: &App, person: &Person, is_chosen: bool, width: u16) -> Vec<Piece> {
    let base = if is_chosen { app.theme.selected() } else { app.theme.text() };
    let mark = if is_chosen { "› " } else { "  " };
    let is_me = app.room.me == Some(person.id);
    let role = match person.role {
        Role::Viewer => "reads",
        Role::Editor => "edits",
        Role::Owner => "owner",
    };
    let by = match person.dialect {
        Dialect::Pair => "",
        Dialect::Plain => ", simple client",
        Dialect::Yjs => ", Yjs editor",
    };
    let doing = whereabouts::doing(app, person).or_else(|| last_edit(app, person));
    let you = if is_me { "you, " } else { "" };
    let place =
        format!("{you}{}{}", whereabouts::of(app, person), doing.map(|it| format!(", {it}")).unwrap_or_default());
    let number = app.number_of(person).filter(|number| *number < 10 && !is_me);
    let number = number.map_or_else(|| "  ".to_owned(), |number| format!("{number} "));
    let columns = usize::from(width / 4).clamp(6, 20);
    let columns = if width < NARROW { columns.min(longest_name(app)) } else { columns };
    let name = paint::cut(&person.name, columns);
    let about = format!("{role}{by}  {place}");
    let about = paint::cut(&about, usize::from(width).saturating_sub(columns + MARKS));
    vec![
        (format!("{mark}{number}"), if is_chosen { base } else { app.theme.key() }),
        ("● ".to_owned(), app.theme.person(person.color).patch(base)),
        (format!("{name:<columns$}  "), base),
        (about, if is_chosen { base } else { app.theme.quiet() }),
    ]
}

fn longest_name(app: &App) -> usize {
    app.room.people.iter().map(|person| person.name.width()).max().unwrap_or_default()
}

/// Says of whoever edited last that they did, and when.
fn last_edit(app: &App, person: &Person) -> Option<String> {
    let edit = |person: &Person| person.last_edit.as_ref().map(|edit| edit.at_ms);
    let last = app.room.people.iter().filter_map(edit).max()?;
    (edit(person) == Some(last)).then(|| match app.now_ms.saturating_sub(last) {
        0..60_000 => "typed last".to_owned(),
        ago => format!("typed last, {} ago", whereabouts::duration(ago)),
    })
}

fn quit(buffer: &mut Buffer, app: &App, body: Rect) {
    let area = panel(buffer, app, body, (62, 4), "Quit?");
    let (count, in_danger) = (app.room.at_risk(), app.keeping.in_danger(app.now_ms));
    let subject = if count == 1 { "One of your edits is".to_owned() } else { format!("{count} of your edits are") };
    let safety = if in_danger > 0 {
        "and would be lost."
    } else {
        "but in the journal on this machine; joining again brings what is there."
    };
    let told = format!("{subject} not stored by the server, {safety}");
    let lines = paint::wrap(&told, usize::from(area.width));
    for (row, line) in (0..).zip(lines) {
        paint::row(buffer, paint::line(area, row), &[(line, app.theme.text())]);
    }
    let key = |word: &str| (word.to_owned(), app.theme.key());
    let quiet = |word: &str| (word.to_owned(), app.theme.quiet());
    let keys = [quiet("waiting…   "), key("y"), quiet(" quit now   "), key("Esc"), quiet(" stay")];
    paint::row(buffer, paint::line(area, area.height.saturating_sub(1)), &keys);
}
