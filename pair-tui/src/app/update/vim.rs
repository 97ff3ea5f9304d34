//! The vim key map's side of the update: gives it keys and the view, and carries out what it asks for.

use super::{commands, files, may_edit, send_updates, suggest};
use crate::{
    app::{App, Severity, effect::Effect},
    editor::{Editor, EditorCommand, commands::Clip, selection::Selection},
    input::{
        Command, Key, When,
        vim::{Effect as VimEffect, Setting, View},
    },
};

/// Gives a key to the vim key map, if that is in use and wants it; whether it did.
pub(super) fn key(app: &mut App, key: Key, effects: &mut Vec<Effect>) -> bool {
    let Some(vim) = &app.vim else { return false };
    let is_typing = vim.selection_kind() == crate::editor::selection::SelectionKind::Between;
    // A shown suggestion keeps its keys while text is typed.
    let takes_suggestion = is_typing
        && matches!(
            app.keymap.command(key, suggest::when(app)),
            Some(Command::AcceptSuggestion | Command::AcceptWord | Command::AcceptLine)
        );
    let is_dismissal = vim.is_at_rest()
        && app.keymap.command(key, suggest::when(app)) == Some(Command::DismissSuggestion)
        && suggest::when(app) != When::Text;
    if takes_suggestion || is_dismissal || !vim.wants(key) || app.editor().is_none() {
        return false;
    }
    if let Some(vim) = &mut app.vim {
        vim.press(key);
    }
    while let Some(asked) = step(app) {
        for effect in asked {
            carry_out(app, effect, effects);
        }
        sync(app);
    }
    true
}

/// Tells the editor shown what its selection takes in.
pub(super) fn sync(app: &mut App) {
    let Some(kind) = app.vim.as_ref().map(|vim| vim.selection_kind()) else { return };
    app.editors.iter_mut().for_each(|editor| editor.set_selection_kind(kind));
}

/// The mouse has put the cursor somewhere, or selected.
pub(super) fn pointed(app: &mut App) {
    let selects = app.editor().is_some_and(|editor| !editor.selection().is_cursor());
    if let Some(vim) = &mut app.vim {
        vim.pointed(selects);
        sync(app);
    }
}

/// A text came in by other means than keys; `.` repeats it as if it had been typed.
pub(super) fn typed_elsewhere(app: &mut App, text: &str) {
    if let Some(vim) = &mut app.vim {
        vim.typed_elsewhere(text);
    }
}

/// Another document is shown, or the text lost the keyboard: what is pending is given up.
pub(super) fn reset(app: &mut App) {
    if let Some(vim) = &mut app.vim {
        vim.reset();
        app.editors.iter_mut().for_each(Editor::end_undo_step);
        sync(app);
    }
}

fn step(app: &mut App) -> Option<Vec<VimEffect>> {
    let editor = app.editors.get(app.shown)?;
    app.vim.as_mut()?.step(&view(editor, app.clip.as_ref()))
}

fn view<'a>(editor: &'a Editor, clip: Option<&'a Clip>) -> View<'a> {
    View {
        text: editor.text(),
        document: editor.path(),
        language: editor.language(),
        selection: editor.selection(),
        viewport: *editor.viewport(),
        clip,
    }
}

fn carry_out(app: &mut App, effect: VimEffect, effects: &mut Vec<Effect>) {
    match effect {
        VimEffect::Editor(command) => edit(app, &command, effects),
        VimEffect::ScrollTo(top) => {
            if let Some(editor) = app.editor_mut() {
                editor.scroll_to_place(top);
            }
        }
        VimEffect::Copy(clip) => {
            effects.push(Effect::CopyToClipboard(clip.text.clone()));
            app.clip = Some(clip);
        }
        VimEffect::Run(command) => commands::run(app, command, effects),
        VimEffect::Write(request) => files::write(app, &request, effects),
        VimEffect::Open(path) => commands::open_document(app, &path),
        VimEffect::QuitAtOnce => commands::leave(app, effects),
        VimEffect::UseKeymap(name) => match name.parse() {
            Ok(name) => commands::run(app, Command::UseKeymap(name), effects),
            Err(problem) => app.notify(Severity::Error, problem),
        },
        VimEffect::SetTab(tab) => {
            app.preferences.tab = tab;
            app.editors.iter_mut().for_each(|editor| editor.set_tab(tab));
        }
        VimEffect::ShowNumbers(setting) => {
            let is_on = app.numbers;
            app.numbers = switched(app, "number", is_on, setting).unwrap_or(is_on);
        }
        VimEffect::Wrap(setting) => {
            let is_on = app.wraps();
            if let Some(wanted) = switched(app, "wrap", is_on, setting) {
                commands::wrap(app, wanted);
            }
        }
        VimEffect::Say(line) => app.notify(Severity::Info, line),
        VimEffect::Fail(line) => app.notify(Severity::Error, line),
    }
}

/// How a switch is to be after what was asked of it; none where that was only how it is, which is told as vim tells it.
fn switched(app: &mut App, name: &str, is_on: bool, setting: Setting) -> Option<bool> {
    match setting {
        Setting::Assign(wanted) => Some(wanted),
        Setting::Toggle => Some(!is_on),
        Setting::Tell => {
            let no = if is_on { "" } else { "no" };
            app.notify(Severity::Info, format!("{no}{name}"));
            None
        }
    }
}

/// Lets the editor carry out a command that the key map worked out. The key map has its own places on the text already.
fn edit(app: &mut App, command: &EditorCommand, effects: &mut Vec<Effect>) {
    if command.edits() && !may_edit(app) {
        reset(app);
        return;
    }
    let typed = suggest::before_edit(app, command);
    let now = app.now_ms;
    let Some(editor) = app.editors.get_mut(app.shown) else { return };
    let document = editor.path().clone();
    match editor.execute(command, now) {
        Ok(outcome) => {
            let is_redo = *command == EditorCommand::Redo;
            let is_undo = is_redo || *command == EditorCommand::Undo;
            if is_undo && outcome.updates.is_empty() {
                app.notify(Severity::Info, "Nothing of yours to take back; others' edits are theirs to undo");
                return;
            }
            if is_undo && let Some(vim) = &mut app.vim {
                let at = vim.undone(&outcome.delta, &view(editor, None), is_redo);
                editor.select(Selection::cursor(at));
            }
            super::map_others(app, &document, &outcome.delta);
            send_updates(app, &document, outcome, effects);
            suggest::after_edit(app, typed, command, effects);
        }
        Err(error) => app.notify(Severity::Error, format!("Not done: {error}")),
    }
}
