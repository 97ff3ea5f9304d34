//! Going to a line: the prompt's keys. What is typed is shown at once; Esc goes back.

use super::{commands, search, textarea_input};
use crate::{
    app::{App, effect::Effect, go_to::GoTo},
    editor::{EditorCommand, selection::Selection},
    input::{Command, Key, KeyCode, When},
};

pub(super) fn open(app: &mut App) {
    search::leave(app);
    app.go_to = app.editor().map(GoTo::new).map(Box::new);
    app.notice = None;
}

/// A key while the prompt is open; whether it was for the prompt.
pub(super) fn key(app: &mut App, key: Key, effects: &mut Vec<Effect>) -> bool {
    let Some(prompt) = &mut app.go_to else { return false };
    match (key.code, app.keymap.command(key, When::Text)) {
        (KeyCode::Enter, _) => enter(app),
        (_, Some(Command::Back)) => {
            if let Some((prompt, editor)) = app.go_to.take().zip(app.editors.get_mut(app.shown)) {
                prompt.origin.restore(editor);
            }
        }
        (_, Some(Command::Editor(EditorCommand::Undo | EditorCommand::Redo))) => {}
        (_, Some(Command::Editor(_)) | None) => {
            prompt.field.input(textarea_input(key));
            show(app);
        }
        (_, Some(command)) => commands::run(app, command, effects),
    }
    true
}

pub(super) fn paste(app: &mut App, text: &str) {
    if let Some(prompt) = &mut app.go_to {
        prompt.field.insert_str(text.lines().next().unwrap_or_default());
        show(app);
    }
}

/// Stays where one is; what can't be gone to is not left.
fn enter(app: &mut App) {
    let is_place = app.go_to.as_ref().zip(app.editor()).is_some_and(|(prompt, editor)| prompt.place(editor).is_ok());
    let is_empty = app.go_to.as_ref().is_some_and(|prompt| prompt.field.is_empty());
    if is_place || is_empty {
        app.go_to = None;
    }
}

/// Shows the place as far as it is typed.
fn show(app: &mut App) {
    let App { go_to, editors, shown, .. } = app;
    if let Some((prompt, editor)) = go_to.as_ref().zip(editors.get_mut(*shown)) {
        match prompt.place(editor) {
            Ok(at) => editor.jump_to(Selection::cursor(at)),
            Err(_) => prompt.origin.restore(editor),
        }
    }
}
