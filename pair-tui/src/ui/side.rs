//! The side pane: the suggestion above the chat, with the keys that apply.

use super::paint::{self, Piece};
use crate::{
    app::{App, Focus, chat, suggestion::Suggestion, update::suggestion_keys},
    input::When,
};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

/// From this width on the chat's heading has more than one key.
const KEYS_WIDTH: u16 = 40;

/// Draws the pane; gives where the cursor is if the chat has the keyboard.
pub fn draw(buffer: &mut Buffer, app: &App, divider: Rect) -> Option<Position> {
    for row in 0..divider.height {
        paint::row(buffer, paint::line(divider, row), &[("│".into(), app.theme.quiet())]);
    }
    let areas = chat::side_areas(app);
    suggestion(buffer, app, areas.suggestion);
    paint::row(buffer, areas.rule, &[("─".repeat(usize::from(areas.rule.width)), app.theme.quiet())]);
    draw_chat(buffer, app, areas.chat)
}

fn lines(suggestion: &Suggestion, width: usize) -> Vec<String> {
    suggestion.text.lines().map(|line| paint::cut(line, width)).collect()
}

fn suggestion(buffer: &mut Buffer, app: &App, area: Rect) {
    let theme = app.theme;
    let width = usize::from(area.width);
    let Some(shown) = app.suggestions.shown() else {
        paint::row(buffer, paint::line(area, 0), &[("Suggestion".into(), theme.strong())]);
        keys(buffer, app, paint::line(area, 1), &[("Ctrl-Space", "asks for one")]);
        return;
    };
    let state = shown.milliseconds.map_or_else(|| "…".to_owned(), paint::milliseconds);
    let (provider, model) = shown.maker();
    let maker = if model.is_empty() { provider.to_owned() } else { format!("{provider} {model}") };
    let among = match shown.place_among() {
        (place, all) if all > 1 => format!("{place}/{all} · "),
        _ => String::new(),
    };
    let count =
        if app.suggestions.count() > 1 { format!(" · {} open", app.suggestions.count()) } else { String::new() };
    let about = format!("{among}{} asked · {maker} · {state}{count}", app.room.name(shown.participant));
    let about = paint::cut(&about, width.saturating_sub(12));
    let gap = width.saturating_sub(10 + paint::width(&[(about.clone(), theme.quiet())]));
    paint::row(
        buffer,
        paint::line(area, 0),
        &[("Suggestion".into(), theme.strong()), (" ".repeat(gap), theme.text()), (about, theme.quiet())],
    );
    let room = area.height.saturating_sub(2);
    for (row, line) in (0..room).zip(lines(shown, width)) {
        paint::row(buffer, paint::line(area, row + 1), &[(line, theme.suggestion())]);
    }
    let here = [("Tab", "take"), ("Alt-→", "word"), ("Alt-]", "next"), ("Esc", "dismiss"), ("Alt-↓", "line")];
    let elsewhere = [("Alt-Enter", "take"), ("Alt-]", "next"), ("Esc", "dismiss"), ("Alt-L", "line")];
    let fitting = if suggestion_keys(app) == When::SuggestionHere { &here[..] } else { &elsewhere[..] };
    keys(buffer, app, paint::line(area, area.height.saturating_sub(1)), fitting);
}

fn keys(buffer: &mut Buffer, app: &App, area: Rect, keys: &[(&str, &str)]) {
    let piece =
        |(key, word): &(&str, &str)| [((*key).to_owned(), app.theme.key()), (format!(" {word}  "), app.theme.quiet())];
    let mut pieces: Vec<Piece> = Vec::new();
    for one in keys.iter().map(piece) {
        // The space behind the last word may be cut, a word may not.
        if paint::width(&pieces) + paint::width(&one) > usize::from(area.width) + 2 {
            break;
        }
        pieces.extend(one);
    }
    paint::row(buffer, area, &pieces);
}

fn draw_chat(buffer: &mut Buffer, app: &App, area: Rect) -> Option<Position> {
    let theme = app.theme;
    if area.height == 0 {
        return None;
    }
    let unread = if app.room.unread > 0 { format!("  {} new", app.room.unread) } else { String::new() };
    let hint = match (app.focus, app.together.chat_back) {
        (Focus::Chat, _) if area.width < KEYS_WIDTH => "  Esc goes back",
        (Focus::Chat, 0) => "  Esc goes back  ↑ older",
        (Focus::Chat, _) => "  Esc goes back  ↓ newer",
        (Focus::Text, _) => "  F3 writes",
    };
    paint::row(
        buffer,
        area,
        &[("Chat".into(), theme.strong()), (unread, theme.warning()), (hint.into(), theme.quiet())],
    );
    for (row, said) in (1..).zip(chat::shown(app, area)) {
        paint::row(
            buffer,
            paint::line(area, row),
            &[(said.lead, speaker(app, said.message)), (said.text, theme.text())],
        );
    }
    let composer = paint::line(area, area.height.saturating_sub(1));
    if area.height > 1 { compose(buffer, app, composer) } else { None }
}

/// How a speaker's name looks: in the colour of whoever is here under that name, also where it was said before this client came.
fn speaker(app: &App, said: &protocol::message::server::ChatMessage) -> Style {
    let by_id = said.participant.and_then(|id| app.room.person(id));
    let person = by_id.or_else(|| app.room.people.iter().find(|person| person.name == said.name));
    person.map_or(app.theme.strong(), |person| app.theme.person(person.color))
}

/// The composer's line, scrolled so that its cursor is seen.
fn compose(buffer: &mut Buffer, app: &App, area: Rect) -> Option<Position> {
    field(buffer, app, area, &app.composer, "> ").filter(|_| app.focus == Focus::Chat)
}

/// A field of one line; gives where its cursor is.
pub fn field(
    buffer: &mut Buffer,
    app: &App,
    area: Rect,
    field: &ratatui_textarea::TextArea<'_>,
    prompt: &str,
) -> Option<Position> {
    let text = field.lines().concat();
    let column = field.cursor().1;
    let before: String = text.chars().take(column).collect();
    let cursor = paint::width(&[(before, app.theme.text())]);
    let room = usize::from(area.width).saturating_sub(prompt.len() + 1);
    let hidden = cursor.saturating_sub(room);
    let shown: String = text.chars().skip(hidden).collect();
    let (shown, style) = if text.is_empty() {
        (field.placeholder_text().to_owned(), app.theme.quiet())
    } else {
        // What is typed comes in place of all of it.
        (shown, if field.is_selecting() { app.theme.selected() } else { app.theme.text() })
    };
    paint::row(buffer, area, &[(prompt.to_owned(), app.theme.key()), (shown, style)]);
    let x = area.x.saturating_add(u16::try_from(prompt.len() + cursor - hidden).unwrap_or(u16::MAX));
    let position = Position::new(x, area.y);
    area.contains(position).then_some(position)
}
