//! Searching in the default key map: the prompt's keys, and going from match to match. Replacing is in `replace`.

use super::{commands, replace, textarea_input};
use crate::{
    app::{
        App, Severity,
        effect::Effect,
        search::{Field, Origin, SearchPrompt, field},
    },
    editor::{
        Editor, EditorCommand,
        lines::Lines,
        motion::Direction,
        position::LineIndex,
        search::{Found, SearchRules},
        selection::{Selection, SelectionKind},
    },
    input::{Command, Key, KeyCode},
};
use protocol::ByteOffset;
use ratatui_textarea::TextArea;
use std::ops::Range;

/// Longer selections do not become the first pattern, in bytes.
const SEED_MAX: usize = 200;

/// Opens the prompt, or gives it the second line.
pub(super) fn open(app: &mut App, replaces: bool) {
    app.go_to = None;
    if app.search.prompt.is_none() && !begin(app) {
        return;
    }
    let last = app.search.replacements.get(0).cloned().unwrap_or_default();
    let Some(prompt) = &mut app.search.prompt else { return };
    prompt.asking = None;
    if !replaces {
        (prompt.replacement, prompt.field) = (None, Field::Pattern);
        prompt.pattern.select_all();
        return;
    }
    if prompt.replacement.is_none() {
        let mut replacement = field(&last);
        replacement.set_placeholder_text("nothing");
        prompt.replacement = Some(replacement);
    }
    prompt.field = if prompt.source().is_empty() { Field::Pattern } else { Field::Replacement };
}

/// A prompt for what is selected; without a selection an empty one.
fn begin(app: &mut App) -> bool {
    let Some(editor) = app.editor() else { return false };
    let range = editor.selected();
    let selected = if range.end.0 - range.start.0 <= SEED_MAX { editor.text().slice(range) } else { String::new() };
    let seed = if selected.contains(['\n', '\r']) { "" } else { selected.as_str() };
    let mut pattern = if seed.is_empty() { TextArea::default() } else { field(seed) };
    pattern.set_placeholder_text(
        app.search.patterns.get(0).map_or_else(String::new, |last| format!("{last}  (Enter repeats it)")),
    );
    let origin = Origin::of(editor);
    let (replacement, asking, browsed) = (None, None, None);
    let prompt = SearchPrompt { pattern, replacement, field: Field::Pattern, asking, origin, is_taken: false, browsed };
    app.notice = None;
    if let Some(editor) = app.editor_mut() {
        editor.use_one_cursor();
    }
    app.search.prompt = Some(Box::new(prompt));
    app.search.set_pattern(seed);
    true
}

/// Closes the prompt; without having taken the match that is shown one is where one was.
pub(super) fn close(app: &mut App) {
    let Some(prompt) = app.search.prompt.take() else { return };
    let (source, is_taken) = (prompt.source(), prompt.is_taken || prompt.asking.is_some());
    if is_taken && !source.is_empty() {
        app.search.patterns.remember(&source);
    } else if let Some(editor) = app.editor_mut().filter(|_| !is_taken) {
        prompt.origin.restore(editor);
    }
}

/// Closes the prompt and stays: something else was done in the text.
pub(super) fn leave(app: &mut App) {
    if let Some(prompt) = &mut app.search.prompt {
        prompt.is_taken = true;
        close(app);
    }
}

/// A key while the prompt is open; whether it was for the prompt.
pub(super) fn key(app: &mut App, key: Key, effects: &mut Vec<Effect>) -> bool {
    let Some(prompt) = &app.search.prompt else { return false };
    if prompt.asking.is_some() {
        replace::answer(app, key, effects);
        return true;
    }
    if key.alt && prompt_key(app, key, effects) {
        return true;
    }
    match (key.code, app.keymap.command(key, crate::input::When::Text)) {
        (KeyCode::Enter, _) if key.alt || key.shift => go_on(app, Direction::Backward),
        (KeyCode::Enter, _) => enter(app),
        (KeyCode::Tab, _) => other_field(app),
        (KeyCode::Up | KeyCode::Down, _) if !key.ctrl => browse(app, key.code == KeyCode::Up),
        (_, Some(Command::Back)) => close(app),
        (_, Some(Command::Search)) => open(app, false),
        (_, Some(Command::Paste)) => {
            let text = app.clip.as_ref().map(|clip| clip.text.clone()).unwrap_or_default();
            paste(app, &text);
        }
        (_, Some(Command::Editor(command @ (EditorCommand::Undo | EditorCommand::Redo)))) => {
            commands::edit(app, &command, effects);
        }
        (_, Some(Command::Editor(_)) | None) => edit_field(app, key),
        (_, Some(command)) => {
            if matches!(command, Command::Follow | Command::Come | Command::NextDocument) {
                leave(app);
            }
            commands::run(app, command, effects);
        }
    }
    true
}

/// Keys with Alt: how the pattern is meant, and what to do with all matches.
fn prompt_key(app: &mut App, key: Key, effects: &mut Vec<Effect>) -> bool {
    let rules = &mut app.search.rules;
    match key.code {
        KeyCode::Char('c') => rules.heeds_case = !rules.heeds_case,
        KeyCode::Char('w') => rules.whole_words = !rules.whole_words,
        KeyCode::Char('r') => rules.is_regex = !rules.is_regex,
        KeyCode::Char('a') => {
            all(app, effects);
            return true;
        }
        _ => return false,
    }
    retyped(app);
    true
}

fn all(app: &mut App, effects: &mut Vec<Effect>) {
    if app.search.prompt.as_ref().is_some_and(|prompt| prompt.replacement.is_some()) {
        replace::all(app, effects);
    } else {
        select_all(app, effects);
    }
}

fn edit_field(app: &mut App, key: Key) {
    let Some(prompt) = &mut app.search.prompt else { return };
    prompt.browsed = None;
    let before = prompt.source();
    prompt.field_mut().input(textarea_input(key));
    if prompt.source() != before {
        retyped(app);
    }
}

pub(super) fn paste(app: &mut App, text: &str) {
    let Some(prompt) = &mut app.search.prompt else { return };
    let first = text.lines().next().unwrap_or_default();
    prompt.field_mut().insert_str(first);
    if prompt.field == Field::Pattern {
        retyped(app);
    }
}

/// The pattern, or how it is meant, is another one: shows its first match from where the search began, or from the match taken last.
fn retyped(app: &mut App) {
    let Some(prompt) = &mut app.search.prompt else { return };
    prompt.is_taken = false;
    let (source, origin) = (prompt.source(), prompt.origin.clone());
    app.search.set_pattern(&source);
    count(app);
    let found = look(app, origin.start(), Direction::Forward);
    match found {
        Some(found) => show(app, &found.range),
        None => {
            if let Some(editor) = app.editor_mut() {
                origin.restore(editor);
            }
        }
    }
}

/// Enter takes the match that is shown; from then on it goes to the next one. In the line of the pattern it goes on to what comes in
/// its place, if that is wanted.
fn enter(app: &mut App) {
    let last = app.search.patterns.get(0).cloned();
    let Some(prompt) = &mut app.search.prompt else { return };
    if let (true, Some(last)) = (prompt.source().is_empty(), last) {
        prompt.pattern = field(&last);
        retyped(app);
    }
    let Some(prompt) = &mut app.search.prompt else { return };
    if prompt.replacement.is_some() {
        if prompt.field == Field::Pattern {
            prompt.field = Field::Replacement;
        } else {
            replace::begin(app);
        }
        return;
    }
    let source = prompt.source();
    prompt.pattern.cancel_selection();
    if prompt.is_taken {
        go_on(app, Direction::Forward);
    } else if !source.is_empty() {
        app.search.patterns.remember(&source);
        take(app);
    }
}

/// Takes the match that is shown: Esc comes back to it from now on.
fn take(app: &mut App) {
    let origin = app.editor().map(Origin::of);
    if let Some((prompt, origin)) = app.search.prompt.as_mut().zip(origin) {
        (prompt.is_taken, prompt.origin) = (true, origin);
    }
}

fn other_field(app: &mut App) {
    let Some(prompt) = &mut app.search.prompt else { return };
    if prompt.replacement.is_some() {
        prompt.field = if prompt.field == Field::Pattern { Field::Replacement } else { Field::Pattern };
        prompt.browsed = None;
    }
}

fn browse(app: &mut App, older: bool) {
    let App { search, .. } = app;
    let Some(prompt) = &mut search.prompt else { return };
    let history = if prompt.field == Field::Pattern { &search.patterns } else { &search.replacements };
    let wanted = history.step(prompt.browsed, older);
    let line = wanted.map(|at| history.get(at));
    if line == Some(None) {
        // The oldest one stays.
        return;
    }
    let line = line.flatten().map_or_else(TextArea::default, |line| field(line));
    prompt.browsed = wanted;
    *prompt.field_mut() = line;
    if prompt.field == Field::Pattern {
        retyped(app);
    }
}

/// Goes to the next match, or the one before.
pub(super) fn go_on(app: &mut App, direction: Direction) {
    if app.search.pattern().is_none() {
        match app.search.problem() {
            Some(problem) => app.notify(Severity::Error, problem),
            None => app.notify(Severity::Info, "Nothing was searched for yet; Ctrl-F searches"),
        }
        return;
    }
    let Some(editor) = app.editor() else { return };
    let range = editor.selected();
    let from = match direction {
        Direction::Backward => range.start,
        // From an empty match, or a cursor on a character, on behind it.
        Direction::Forward if range.is_empty() && app.search.is_match(editor, &range) => {
            editor.text().next_grapheme(range.start)
        }
        Direction::Forward => range.end,
    };
    count(app);
    let found = look(app, from, direction);
    if let Some(found) = &found {
        show(app, &found.range);
    }
    take(app);
    say_where(app, found.as_ref(), direction);
}

/// Without the prompt a notice says which of the matches it is; round the end it is said in any case.
fn say_where(app: &mut App, found: Option<&Found>, direction: Direction) {
    let end =
        if direction == Direction::Forward { "the end, went on at the start" } else { "the start, went on at the end" };
    let is_open = app.search.prompt.is_some();
    let count = app.editor().and_then(|editor| app.search.count(editor)).unwrap_or_default();
    let source = app.search.pattern().map(|pattern| pattern.source().to_owned()).unwrap_or_default();
    match found {
        Some(found) if is_open && !found.is_wrapped => {}
        Some(_) if is_open => app.notify(Severity::Info, format!("The search came to {end}")),
        Some(found) if found.is_wrapped => app.notify(Severity::Info, format!("{source}: {count}; came to {end}")),
        Some(_) => app.notify(Severity::Info, format!("{source}: {count}")),
        None if !is_open => app.notify(Severity::Info, format!("{source}: {count}")),
        None => {}
    }
}

/// Counts a step, so that what is near is known at once.
fn count(app: &mut App) {
    let App { search, editors, shown, .. } = app;
    if let Some(editor) = editors.get(*shown)
        && let Some(range) = search.advance(editor)
    {
        show(app, &range);
    }
}

/// Goes on with the count, after any event.
pub(super) fn advance(app: &mut App) {
    if app.search.prompt.is_some() {
        count(app);
    }
}

fn look(app: &mut App, from: ByteOffset, direction: Direction) -> Option<Found> {
    let App { search, editors, shown, .. } = app;
    search.nearest(editors.get(*shown)?, from, direction)
}

/// Selects a match and shows its surroundings.
pub(super) fn show(app: &mut App, range: &Range<ByteOffset>) {
    if let Some(editor) = app.editor_mut() {
        let selection = match editor.selection_kind() {
            SelectionKind::Between => Selection::new(range.start, range.end),
            _ => Selection::cursor(range.start),
        };
        editor.jump_to(selection);
    }
}

/// A cursor at every match; the prompt is not needed any more.
fn select_all(app: &mut App, effects: &mut Vec<Effect>) {
    let Some((pattern, editor)) = app.search.pattern().zip(app.editor()) else { return };
    let lines = Lines::new(editor.text());
    let mut ranges = pattern.block(&lines, LineIndex::FIRST..lines.last().down(1));
    if ranges.is_empty() {
        return;
    }
    // The one that is shown is the main one.
    let shown = editor.selection().range();
    if let Some(at) = ranges.iter().position(|range| *range == shown) {
        ranges.swap(0, at);
    }
    leave(app);
    commands::edit(app, &EditorCommand::SelectRanges(ranges), effects);
}

/// The rules, for the prompt's hints: what each is called, its key, and whether it is in force.
pub(super) fn rules(rules: SearchRules) -> [(&'static str, &'static str, bool); 3] {
    [("Alt-C", "case", rules.heeds_case), ("Alt-W", "word", rules.whole_words), ("Alt-R", "regex", rules.is_regex)]
}

/// Where the selection is a match, that match.
pub(super) fn current(app: &App) -> Option<(&Editor, Range<ByteOffset>)> {
    let editor = app.editor()?;
    let range = app.search.pattern()?.match_at(&Lines::new(editor.text()), editor.selection().range().start)?;
    Some((editor, range))
}
