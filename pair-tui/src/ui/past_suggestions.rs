//! What became of suggestions before: who asked, what made them, when, how long it took, and who took them or put them away.

use super::{overlays::panel, paint};
use crate::app::App;
use protocol::message::{client::SuggestionOutcome, server::PastSuggestion};
use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthStr;

/// Columns of the panel.
const WIDTH: u16 = 84;

/// Columns below which it is not said what made a suggestion.
const LEAST_MAKER: usize = 6;

/// Draws the list, newest first, from so many back.
pub fn draw(buffer: &mut Buffer, app: &App, back: usize, body: Rect) {
    let past = &app.suggestions.past;
    let rows = (2 * past.len()).max(1);
    let area = panel(buffer, app, body, (WIDTH, rows), "Suggestions before · ↑↓ scroll · Esc closes");
    if past.is_empty() {
        paint::row(buffer, area, &[("None yet; Ctrl-Space asks for one".into(), app.theme.quiet())]);
        return;
    }
    let fitting = usize::from(area.height / 2).max(1);
    let back = back.min(past.len().saturating_sub(fitting));
    let newest = past.last().map_or(0, |one| one.at_ms);
    for (row, one) in (0..area.height).step_by(2).zip(past.iter().rev().skip(back)) {
        let width = usize::from(area.width);
        let (at, who) = (format!("{}  ", clock(one.at_ms, newest)), format!("{} asked  ", paint::cut(&one.name, 16)));
        let room = width.saturating_sub(at.width() + who.width());
        let outcome = paint::cut(&became(one), room);
        // What became of it tells more than what made it.
        let room = room.saturating_sub(outcome.width() + 2);
        let maker = paint::cut(&format!("{} {}{}", one.provider, one.model, took(one)), room);
        let maker = if room < LEAST_MAKER { String::new() } else { format!("{maker}  ") };
        let head = [
            (at, app.theme.quiet()),
            (who, app.theme.strong()),
            (maker, app.theme.quiet()),
            (outcome, app.theme.text()),
        ];
        paint::row(buffer, paint::line(area, row), &head);
        let text = format!("       {}", one.text.trim().replace('\n', " ⏎ "));
        paint::row(buffer, paint::line(area, row + 1), &[(paint::cut(&text, width), app.theme.suggestion())]);
    }
}

fn took(one: &PastSuggestion) -> String {
    one.milliseconds.map_or_else(String::new, |ms| format!(" {}", paint::milliseconds(ms)))
}

/// Hours and minutes in UTC, as the program knows no other zone; the day before is a minus sign.
fn clock(at_ms: u64, newest: u64) -> String {
    let minutes = at_ms / 60_000;
    let is_older = at_ms / 86_400_000 < newest / 86_400_000;
    format!("{}{:02}:{:02}", if is_older { "-" } else { "" }, minutes / 60 % 24, minutes % 60)
}

fn became(one: &PastSuggestion) -> String {
    let by = if one.by == one.name { String::new() } else { format!(" by {}", paint::cut(&one.by, 16)) };
    match one.outcome {
        SuggestionOutcome::Whole => format!("taken{by}"),
        SuggestionOutcome::Words => format!("taken by word{by}"),
        SuggestionOutcome::Lines => format!("taken by line{by}"),
        SuggestionOutcome::Typed => "typed along".to_owned(),
        SuggestionOutcome::Cancelled => "cancelled".to_owned(),
        SuggestionOutcome::Dismissed => format!("put away{by}"),
        SuggestionOutcome::Expired => "expired".to_owned(),
        SuggestionOutcome::Failed => "failed".to_owned(),
    }
}
