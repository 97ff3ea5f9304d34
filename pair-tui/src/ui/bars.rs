//! The first line (what, in which room, who) and the last two (what happened; where, and how safe it is).

use super::{
    files,
    paint::{self, Piece},
};
use crate::{
    app::update::suggestion_keys,
    app::{
        App, Notice, Severity,
        layout::NARROW,
        receipts::{NotDurable, Reach},
        room::{Connection, Person},
        together::Summons,
        whereabouts,
    },
    input::{
        Command, When,
        vim::{Mode, Vim},
    },
};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};
use unicode_width::UnicodeWidthStr;

/// A place that is cut to fewer cells tells nothing.
const PLACE_CELLS_MIN: usize = 6;

/// The title line. Narrow screens show only the room.
pub fn title(buffer: &mut Buffer, app: &App, area: Rect) {
    let theme = app.theme;
    let room = app.room.id.as_ref().map_or_else(|| "pair".to_owned(), ToString::to_string);
    if area.width < NARROW {
        paint::row(
            buffer,
            area,
            &[(format!(" {}", paint::cut(&room, usize::from(area.width).saturating_sub(2))), theme.strong())],
        );
        return;
    }
    let mut right = vec![(format!("{room} "), theme.quiet())];
    let mut hidden = 0;
    // This participant first, who is always named; the others in the order they came.
    let me = app.room.me.and_then(|me| app.room.person(me));
    for person in me.into_iter().chain(app.room.others()) {
        let piece = person_piece(app, person);
        if paint::width(&right) + paint::width(&piece) + 4 <= usize::from(area.width) / 2 + 8 {
            right.extend(piece);
        } else {
            hidden += 1;
        }
    }
    if hidden > 0 {
        right.push((format!(" +{hidden}"), theme.quiet()));
    }
    right.push((" ".into(), theme.text()));
    let path = app.editor().map(|editor| editor.path().to_string()).unwrap_or_default();
    // The document's own language; where we know none, what the room calls it.
    let known = app.editor().and_then(crate::editor::Editor::language).map(|language| language.name);
    let language = known.unwrap_or(&app.room.language);
    let mut about = vec![(format!("  {language}"), theme.quiet())];
    about.extend(files::state(app));
    let room_left = usize::from(area.width).saturating_sub(paint::width(&right) + paint::width(&about) + 2);
    let path = (format!(" {}", paint::cut_front(&path, room_left)), theme.strong());
    let left = [vec![path], about].concat();
    both(buffer, area, &left, &right);
}

/// A dot and a name: the dot is full for who is in this document and not idle. Whoever types has `…` behind the name; whoever is
/// followed has it on their colour.
fn person_piece(app: &App, person: &Person) -> Vec<Piece> {
    let is_me = app.room.me == Some(person.id);
    let here = app.editor().map(crate::editor::Editor::path);
    let is_awake = !person.is_away && person.idle_ms(app.now_ms).is_none();
    // Of a program that does not say where its person is, their last edit does.
    let edited = || person.last_edit.as_ref().map(|edit| &edit.document);
    let is_here = is_me || (here.is_some() && person.document().or_else(edited) == here && is_awake);
    let dot = if is_here { "●" } else { "○" };
    let is_followed = app.together.following().is_some_and(|follow| follow.who == person.id);
    let name = match (is_me, is_followed) {
        (true, _) => app.theme.strong(),
        (false, true) => app.theme.flag(person.color),
        (false, false) => app.theme.text(),
    };
    let typing = if !is_me && person.is_typing(app.now_ms) { "…" } else { "" };
    vec![
        (format!(" {dot} "), app.theme.person(person.color)),
        (paint::cut(&person.name, 16), name),
        (typing.to_owned(), app.theme.quiet()),
    ]
}

/// The line above the last one: the notice, somebody's wish that one come, or the first line of a suggestion that has no pane to be in.
pub fn notice(buffer: &mut Buffer, app: &App, area: Rect) {
    let width = usize::from(area.width);
    let prompt = app.vim.as_ref().and_then(|vim| vim.prompt());
    if let Some(prompt) = prompt {
        let line = format!("{}{}", prompt.sign(), prompt.text);
        paint::row(buffer, area, &[(paint::cut(&line, width), app.theme.text())]);
    } else if let Some(question) = app.vim.as_ref().and_then(|vim| vim.question()) {
        paint::row(
            buffer,
            area,
            &[(format!(" {}", paint::cut(&question, width.saturating_sub(2))), app.theme.strong())],
        );
    } else if let Some(notice) = app.notice() {
        let style = match notice.severity {
            Severity::Quiet => app.theme.quiet(),
            Severity::Info => app.theme.strong(),
            Severity::Error => app.theme.error(),
        };
        for (row, line) in (0..).zip(notice_lines(notice, area.width)) {
            paint::row(buffer, paint::line(area, row), &[(format!(" {line}"), style)]);
        }
    } else if let Some(summons) = &app.together.summons {
        paint::row(buffer, area, &summoned(app, summons, width));
    } else if let Some(suggestion) = app.suggestions.shown() {
        let first = suggestion.text.trim_start().lines().next().unwrap_or("…").to_owned();
        let hint = match suggestion_keys(app) {
            When::SuggestionHere => "  Tab takes it, F4 shows all",
            When::Text | When::SuggestionShown => "  Alt-Enter takes it, F4 shows all",
        };
        let first = paint::cut(&first, width.saturating_sub(hint.len() + 2));
        paint::row(buffer, area, &[(format!(" {first}"), app.theme.suggestion()), (hint.into(), app.theme.quiet())]);
    }
}

/// Rows of the longest notice; what is still longer is cut off.
const NOTICE_ROWS_MAX: usize = 4;

/// A notice in its rows: one, and more where what is to be done would be cut off.
pub fn notice_lines(notice: &Notice, width: u16) -> Vec<String> {
    let mark = if notice.severity == Severity::Error { "! " } else { "" };
    let (text, room) = (format!("{mark}{}", notice.text), usize::from(width).saturating_sub(2).max(1));
    if notice.severity == Severity::Quiet || text.width() <= room {
        return vec![paint::cut(&text, room)];
    }
    let mut lines = paint::wrap(&text, room);
    if lines.len() > NOTICE_ROWS_MAX {
        let rest = lines.split_off(NOTICE_ROWS_MAX - 1).concat();
        lines.push(paint::cut(&rest, room));
    }
    lines
}

/// Who asks to come where, and the key that goes there; the place gives way where there is no room.
fn summoned(app: &App, summons: &Summons, width: usize) -> Vec<Piece> {
    let name = paint::cut(app.room.name(summons.who), 16);
    let color = app.room.person(summons.who).map(|person| app.theme.person(person.color));
    let hint = format!(" — {} goes there", app.keymap.shown(&Command::Come));
    let room = width.saturating_sub(name.width() + " asks you to come to ".len() + hint.width() + 2);
    let mut pieces = vec![
        (format!(" {name}"), color.unwrap_or(app.theme.strong())),
        (" asks you to come".to_owned(), app.theme.text()),
    ];
    if room >= PLACE_CELLS_MIN {
        pieces.push((" to ".to_owned(), app.theme.text()));
        pieces.push((paint::cut_front(&summons.place, room), app.theme.strong()));
    }
    pieces.push((hint, app.theme.quiet()));
    pieces
}

/// Where the cursor is in the line that is typed for the vim key map.
pub fn prompt_cursor(app: &App, area: Rect) -> Option<Position> {
    let prompt = app.vim.as_ref()?.prompt()?;
    let before: String = prompt.text.chars().take(prompt.cursor).collect();
    let column = u16::try_from(before.width() + 1).ok()?;
    (!area.is_empty()).then(|| Position::new((area.x + column).min(area.right().saturating_sub(1)), area.y))
}

/// The last line: position and selection, then how safe the text is, in one word, and the round trip.
pub fn status(buffer: &mut Buffer, app: &App, area: Rect) {
    let theme = app.theme;
    let mut left = vec![(" ".to_owned(), theme.text())];
    if let Some(vim) = &app.vim {
        left.push((format!("{}  ", vim_mode(vim)), theme.strong()));
    }
    if app.together.following().is_some() {
        left.extend(following(app, area.width));
    } else if let Some(editor) = app.editor() {
        left.push((editor.place(editor.selection().head).to_string(), theme.text()));
        let further: usize = editor.further_selections().iter().map(|one| editor.text().characters(one.range())).sum();
        let selected =
            further + editor.selected_pieces().into_iter().map(|piece| editor.text().characters(piece)).sum::<usize>();
        if editor.has_several_cursors() {
            left.push((format!("  {} cursors", editor.selections().count()), theme.strong()));
        }
        if selected > 0 {
            left.push((format!("  {selected} selected"), theme.text()));
        }
    }
    let mut right = vec![durability(app)];
    let width = usize::from(area.width);
    // What is less than these two gets what room is left, the more important first.
    let round_trip = app.room.round_trip_ms.map(|ms| (format!("  {}", paint::milliseconds(ms)), theme.quiet()));
    let transport = app.room.transport.as_ref().filter(|_| round_trip.is_some());
    let transport = transport.map(|word| (format!(" {word}"), theme.quiet()));
    for piece in [round_trip, transport].into_iter().flatten() {
        if paint::width(&left) + paint::width(&right) + piece.0.len() < width {
            right.push(piece);
        }
    }
    let count = app.room.people.len();
    let here = (format!("  {count} here"), theme.quiet());
    let unread = (format!("  {} new in chat", app.room.unread), theme.warning());
    let headline = whereabouts::headline(app).filter(|_| app.together.following().is_none());
    let headline = headline.filter(|_| count > 0).map(|line| (format!(", {line}"), theme.quiet()));
    for piece in [(app.room.unread > 0).then_some(unread), (count > 0).then_some(here)].into_iter().flatten() {
        if paint::width(&left) + paint::width(&right) + piece.0.len() + 3 <= width {
            left.push(piece);
        }
    }
    let fits = |left: &[Piece], right: &[Piece], more: &[Piece]| {
        paint::width(left) + paint::width(right) + paint::width(more) + 3 <= width
    };
    let help = hint(app, &Command::Help, "help");
    if fits(&left, &right, &help) {
        right.extend(help);
    }
    if let Some(line) = headline.filter(|line| fits(&left, &right, std::slice::from_ref(line))) {
        left.push(line);
    }
    let commands = hint(app, &Command::Palette, "commands");
    if fits(&left, &right, &commands) {
        right.extend(commands);
    }
    right.push((" ".into(), theme.text()));
    both(buffer, area, &left, &right);
}

/// Who is followed, where they are, and how that ends; what there is room for.
fn following(app: &App, width: u16) -> Vec<Piece> {
    let Some(person) = app.together.following().and_then(|follow| app.room.person(follow.who)) else {
        return Vec::new();
    };
    let name = paint::cut(&person.name, 12);
    let mut pieces = vec![("following ".to_owned(), app.theme.text()), (name, app.theme.person(person.color))];
    if width >= NARROW {
        pieces.push((format!(" {}", whereabouts::of(app, person)), app.theme.text()));
    }
    pieces.push((" — Esc stops".to_owned(), app.theme.quiet()));
    pieces
}

/// The mode, what is recorded, and the keys of a command that is not complete, or which match a search came to.
fn vim_mode(vim: &Vim) -> String {
    let mode = match vim.mode() {
        Mode::Normal => "NORMAL",
        Mode::Insert => "INSERT",
        Mode::Replace => "REPLACE",
        Mode::Visual => "VISUAL",
        Mode::VisualLine => "V-LINE",
        Mode::VisualBlock => "V-BLOCK",
    };
    let recording = vim.recording().map(|register| format!(" @{register}")).unwrap_or_default();
    let pending = vim.pending();
    let space = if pending.is_empty() { "" } else { " " };
    let found = vim.match_count().filter(|count| pending.is_empty() && count.total > 0);
    let found = found.map(|count| format!(" [{}/{}]", count.current, count.total)).unwrap_or_default();
    format!("{mode}{recording}{space}{pending}{found}")
}

fn hint(app: &App, command: &Command, word: &str) -> Vec<Piece> {
    vec![(format!("  {}", app.keymap.shown(command)), app.theme.key()), (format!(" {word}"), app.theme.quiet())]
}

/// The truth about what was typed, in a word: the worst that holds of any edit of this participant, and since when.
fn durability(app: &App) -> Piece {
    let theme = app.theme;
    let room = &app.room;
    let word = match room.connection {
        Connection::Connected => match (&room.storage_problem, room.receipts.not_durable()) {
            (Some(_), not) => return (unstored(not, room.is_saving(app.now_ms), app.now_ms), theme.error()),
            (None, None) if !room.is_saving(app.now_ms) => return ("durable ✓".to_owned(), theme.good()),
            (None, None) => return ("saving".to_owned(), theme.warning()),
            (None, Some(not)) => return (underway(not, app.now_ms), theme.warning()),
        },
        Connection::Connecting => "connecting",
        Connection::Offline { .. } => "offline",
    };
    let count = room.at_risk();
    match app.keeping.in_danger(app.now_ms).min(count) {
        _ if count == 0 => (word.to_owned(), theme.warning()),
        // What is on its way into the journal is not said to be there.
        0 => (format!("{word}, {} kept here", count.saturating_sub(app.keeping.unwritten())), theme.warning()),
        in_danger => (format!("{word}, {in_danger} in memory only"), theme.error()),
    }
}

/// One edit is always on its way while somebody types; a number, and how far it is, tells something from two on, and the age from a second.
fn underway(not: NotDurable, now_ms: u64) -> String {
    let age = age(now_ms.saturating_sub(not.since_ms));
    let word = if not.worst == Reach::Local && !age.is_empty() { "sending" } else { "saving" };
    if not.edits < 2 && age.is_empty() { word.to_owned() } else { format!("{word} {}{age}", not.edits) }
}

/// The same while the server can't store anything: how far the worst of this participant's edits has come counts all the more.
fn unstored(not: Option<NotDurable>, is_saving: bool, now_ms: u64) -> String {
    let count = |not: NotDurable| format!("{}{}", not.edits, age(now_ms.saturating_sub(not.since_ms)));
    match not {
        None if is_saving => "saving; server can't store".to_owned(),
        None => "durable ✓; server can't store".to_owned(),
        Some(not) if not.worst == Reach::Local => format!("sending {}; server can't store", count(not)),
        Some(not) => format!("not stored {}; server keeps it", count(not)),
    }
}

/// How long something takes already, once that is worth a word.
fn age(ms: u64) -> String {
    match ms / 1_000 {
        0 => String::new(),
        seconds @ 1..60 => format!(", {seconds} s"),
        seconds => format!(", {} min", seconds / 60),
    }
}

/// Writes pieces at both ends of a row; the left ones give way.
fn both(buffer: &mut Buffer, area: Rect, left: &[Piece], right: &[Piece]) {
    let right_width = u16::try_from(paint::width(right)).unwrap_or(u16::MAX).min(area.width);
    let left_width = (area.width - right_width).saturating_sub(1);
    paint::row(buffer, Rect { width: left_width, ..area }, left);
    paint::row(buffer, Rect { x: area.right() - right_width, width: right_width, ..area }, right);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storage_problem_hides_nothing_of_ones_own_edits() {
        let not = |worst, edits| Some(NotDurable { worst, edits, since_ms: 1_000 });
        for (not, is_saving, told) in [
            (not(Reach::Local, 3), false, "sending 3, 5 s; server can't store"),
            (not(Reach::Received, 3), false, "not stored 3, 5 s; server keeps it"),
            (None, true, "saving; server can't store"),
            (None, false, "durable ✓; server can't store"),
        ] {
            assert_eq!(unstored(not, is_saving, 6_500), told);
        }
        assert_eq!(unstored(not(Reach::Received, 1), false, 1_200), "not stored 1; server keeps it");
    }
}
