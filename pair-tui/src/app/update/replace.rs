//! Replacing what was searched for: one by one, or all of it as one edit.

use super::{commands, search};
use crate::{
    app::{App, Severity, effect::Effect, search::Asking},
    editor::{EditorCommand, commands::Change, lines::Lines, motion::Direction, position::LineIndex},
    input::{Command, Key, When},
};
use protocol::ByteOffset;
use std::ops::Range;

/// Begins to ask about each match, from the one that is shown.
pub(super) fn begin(app: &mut App) {
    if !super::may_edit(app) {
        return;
    }
    let Some((_, range)) = search::current(app) else {
        return app.notify(Severity::Info, "Nothing to replace: there is no match");
    };
    search::show(app, &range);
    remember(app);
    if let Some(prompt) = &mut app.search.prompt {
        prompt.asking = Some(Asking { from: range.start, is_wrapped: false, replaced: 0 });
    }
}

/// Keeps both lines for the next time.
fn remember(app: &mut App) {
    let Some(prompt) = &app.search.prompt else { return };
    let (source, replacement) = (prompt.source(), prompt.replacement.as_ref().map(|field| field.lines().concat()));
    app.search.patterns.remember(&source);
    if let Some(replacement) = replacement.filter(|text| !text.is_empty()) {
        app.search.replacements.remember(&replacement);
    }
}

/// A key while a match is asked about.
pub(super) fn answer(app: &mut App, key: Key, effects: &mut Vec<Effect>) {
    match (key.typed(), app.keymap.command(key, When::Text)) {
        (Some('y' | 'Y'), _) => yes(app, effects),
        (Some('n' | 'N'), _) => next(app, None),
        (Some('a' | 'A'), _) => rest(app, effects),
        (Some('q' | 'Q'), _) | (_, Some(Command::Back)) => finish(app),
        (None, Some(command)) if is_of_program(&command) => commands::run(app, command, effects),
        _ => {}
    }
}

/// Whether a command may be given while a question is open.
fn is_of_program(command: &Command) -> bool {
    matches!(
        command,
        Command::Quit
            | Command::Help
            | Command::Palette
            | Command::Redraw
            | Command::Save
            | Command::Editor(EditorCommand::Undo | EditorCommand::Redo)
    )
}

/// Replaces the match that is asked about, if it still is one, and goes on behind it.
fn yes(app: &mut App, effects: &mut Vec<Effect>) {
    let found = changes(app, |range, shown| range.start == shown.start);
    let Some(change) = found.into_iter().next() else {
        app.notify(Severity::Info, "Somebody has changed this one; here is the next");
        return next(app, None);
    };
    let (behind, was_empty) = (ByteOffset(change.at.0 + change.inserted.len()), change.removed == 0);
    if replace(app, vec![change], effects) {
        if let Some(asking) = app.search.prompt.as_mut().and_then(|prompt| prompt.asking.as_mut()) {
            asking.replaced += 1;
        }
        // Where nothing was taken out, such as at a line's end, the pattern fits behind what came once more.
        let past = app.editor().filter(|_| was_empty).map(|editor| editor.text().next_grapheme(behind));
        next(app, Some(past.unwrap_or(behind)));
    }
}

/// Asks about the next match behind a place, or behind the present one; after the last one it is over.
fn next(app: &mut App, behind: Option<ByteOffset>) {
    let Some(asking) = app.search.prompt.as_ref().and_then(|prompt| prompt.asking) else { return };
    let Some(editor) = app.editor() else { return };
    let selected = editor.selection().range();
    let past = if selected.is_empty() { editor.text().next_grapheme(selected.end) } else { selected.end };
    let from = behind.unwrap_or(past);
    let is_over = from >= editor.text().len() && asking.is_wrapped;
    let App { search, editors, shown, .. } = app;
    let found = editors.get(*shown).filter(|_| !is_over).and_then(|editor| {
        let pattern = search.pattern()?;
        pattern.nearest(&Lines::new(editor.text()), from, Direction::Forward, usize::MAX)
    });
    let Some(found) = found else { return finish(app) };
    let is_wrapped = asking.is_wrapped || found.is_wrapped;
    let went_round = (is_wrapped && found.range.start >= asking.from) || (asking.is_wrapped && found.is_wrapped);
    if went_round {
        return finish(app);
    }
    if let Some(asking) = app.search.prompt.as_mut().and_then(|prompt| prompt.asking.as_mut()) {
        asking.is_wrapped = is_wrapped;
    }
    search::show(app, &found.range);
}

/// Replaces the present match and all that would be asked about.
fn rest(app: &mut App, effects: &mut Vec<Effect>) {
    let Some(asking) = app.search.prompt.as_ref().and_then(|prompt| prompt.asking) else { return };
    let is_ahead = |range: &Range<ByteOffset>, shown: &Range<ByteOffset>| {
        let behind_shown = range.start >= shown.start;
        if asking.is_wrapped {
            behind_shown && range.start < asking.from
        } else {
            behind_shown || range.start < asking.from
        }
    };
    let changes = changes(app, is_ahead);
    let count = changes.len();
    if replace(app, changes, effects) {
        if let Some(asking) = app.search.prompt.as_mut().and_then(|prompt| prompt.asking.as_mut()) {
            asking.replaced += count;
        }
        finish(app);
    }
}

/// Replaces every match in the text.
pub(super) fn all(app: &mut App, effects: &mut Vec<Effect>) {
    let changes = changes(app, |_, _| true);
    if changes.is_empty() {
        let problem = app.search.problem().unwrap_or_else(|| "Nothing to replace: there is no match".to_owned());
        return app.notify(Severity::Info, problem);
    }
    let count = changes.len();
    remember(app);
    if replace(app, changes, effects) {
        search::leave(app);
        say(app, count, "takes them back");
    }
}

/// The changes that replace the matches that are wanted, by the match and what is selected, each placed in the text as those before it
/// left it.
fn changes(app: &App, is_wanted: impl Fn(&Range<ByteOffset>, &Range<ByteOffset>) -> bool) -> Vec<Change> {
    let Some(((pattern, replacement), editor)) = app.search.pattern().zip(app.search.replacement()).zip(app.editor())
    else {
        return Vec::new();
    };
    let lines = Lines::new(editor.text());
    let shown = editor.selection().range();
    let mut found = pattern.replacements_in(&lines, LineIndex::FIRST..lines.last().down(1), &replacement);
    found.retain(|(range, _)| is_wanted(range, &shown));
    let (mut added, mut taken) = (0, 0);
    let change = |(range, inserted): (Range<ByteOffset>, String)| {
        let removed = range.end.0 - range.start.0;
        let at = ByteOffset(range.start.0 + added - taken);
        added += inserted.len();
        taken += removed;
        Change { at, removed, inserted }
    };
    found.into_iter().map(change).collect()
}

/// Makes the changes; whether they were made.
fn replace(app: &mut App, changes: Vec<Change>, effects: &mut Vec<Effect>) -> bool {
    if !super::may_edit(app) {
        return false;
    }
    commands::edit(app, &EditorCommand::Replace(changes), effects)
}

/// The asking is over.
fn finish(app: &mut App) {
    let asking = app.search.prompt.as_ref().and_then(|prompt| prompt.asking);
    search::leave(app);
    if let Some(asking) = asking {
        say(app, asking.replaced, "takes them back, one answer after the other");
    }
}

fn say(app: &mut App, count: usize, how: &str) {
    let undo = app.keymap.shown(&Command::Editor(EditorCommand::Undo));
    let word = match count {
        0 => "Nothing was replaced".to_owned(),
        1 => format!("Replaced 1 match; {undo} takes it back"),
        _ => format!("Replaced {count} matches; {undo} {how}"),
    };
    app.notify(Severity::Info, word);
}
