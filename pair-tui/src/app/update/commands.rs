//! What each command does, wherever it comes from: a key, the palette, a click.

use super::{after_edit, files, follow, go_to, language, may_edit, refusal, search, suggest, vim, visit};
use crate::{
    app::{
        App, Focus, Overlay, Severity, Wrap,
        effect::Effect,
        palette::{Choice, Offer, Palette},
        room::Connection,
    },
    editor::{EditorCommand, cursors::SELECTIONS_MAX, motion::Direction},
    input::{Command, KeymapName, command::WriteRequest},
};
use protocol::message::client::Leave;

pub(super) fn run(app: &mut App, command: Command, effects: &mut Vec<Effect>) {
    follow::before(app, &command);
    match command {
        Command::Editor(command) => {
            edit(app, &command, effects);
        }
        Command::Search => search::open(app, false),
        Command::Replace => search::open(app, true),
        Command::NextMatch => search::go_on(app, Direction::Forward),
        Command::PreviousMatch => search::go_on(app, Direction::Backward),
        Command::GoToLine => go_to::open(app),
        Command::Paste => {
            if let Some(clip) = app.clip.clone() {
                edit(app, &EditorCommand::PasteClip(clip), effects);
            } else {
                app.notify(
                    Severity::Info,
                    "Nothing was copied here yet; paste from outside with the terminal's own key",
                );
            }
        }
        Command::Quit => quit(app, effects),
        Command::Back => back(app),
        Command::Help => app.overlay = Some(Overlay::Help(0)),
        Command::Palette => app.overlay = Some(Overlay::Palette(Box::default())),
        Command::Language => app.overlay = Some(Overlay::Palette(Box::new(Palette::new(Offer::Languages)))),
        Command::Participants => follow::list(app),
        Command::Follow => follow::toggle(app),
        Command::Summon => follow::summon(app, effects),
        Command::Come => follow::come(app),
        Command::Where => follow::say_where(app),
        Command::Return => visit::go_back(app),
        Command::Chat => toggle_chat(app),
        Command::SidePane => app.side = Some(!app.side_is_open()),
        Command::NextDocument => next_document(app),
        Command::CopyInvitation => copy_invitation(app, effects),
        Command::Save => files::write(app, &WriteRequest::default(), effects),
        Command::SaveAs => files::ask_where(app),
        Command::IndentGuides => app.view.indent_guides = !app.view.indent_guides,
        Command::WhiteSpace => app.view.white_space = !app.view.white_space,
        Command::Wrap => wrap(app, !app.wraps()),
        Command::ScrollUp => scroll(app, -1),
        Command::ScrollDown => scroll(app, 1),
        Command::Redraw => effects.push(Effect::Redraw),
        Command::Suspend => effects.push(Effect::Suspend),
        Command::RequestSuggestion => suggest::request(app, effects),
        Command::AcceptSuggestion => suggest::accept(app, effects),
        Command::AcceptWord => suggest::accept_word(app, effects),
        Command::AcceptLine => suggest::accept_line(app, effects),
        Command::NextSuggestion => suggest::next(app, effects),
        Command::PreviousSuggestion => suggest::previous(app),
        Command::PastSuggestions => app.overlay = Some(Overlay::PastSuggestions(0)),
        Command::ToggleModels => suggest::toggle_models(app, effects),
        Command::DismissSuggestion => suggest::dismiss(app, effects),
        Command::UseKeymap(name) => use_keymap(app, name),
        Command::UseTheme(name) => app.use_theme(name),
    }
}

/// Lets long lines go on in the next row, or not.
pub(super) fn wrap(app: &mut App, wanted: bool) {
    app.view.wrap = if wanted { Wrap::On } else { Wrap::Off };
    let word = if wanted { "Long lines go on in the next row" } else { "Long lines stay in one row" };
    app.notify(Severity::Info, word);
}

fn use_keymap(app: &mut App, name: KeymapName) {
    app.use_keymap(name);
    let word = match name {
        KeymapName::Default => "The keys are those of nano, VS Code and browsers now",
        KeymapName::Vim => "The keys are vim's now; :set keys=default goes back",
    };
    app.notify(Severity::Info, word);
}

/// Lets the editor carry out a command, and does what follows from it. Gives whether it was carried out.
pub(super) fn edit(app: &mut App, command: &EditorCommand, effects: &mut Vec<Effect>) -> bool {
    if command.edits() && (!may_edit(app) || refusal::is_too_long(app, command)) {
        return false;
    }
    if command.adds_cursors() && app.vim.is_some() {
        let word = "Several cursors come with the default key map; in vim's, :%s and . change many places";
        app.notify(Severity::Info, word);
        return false;
    }
    let typed = suggest::before_edit(app, command);
    let now = app.now_ms;
    let Some(editor) = app.editor_mut() else { return false };
    let document = editor.path().clone();
    match editor.execute(command, now) {
        Ok(mut outcome) => {
            if let Some(clip) = outcome.clip.take() {
                effects.push(Effect::CopyToClipboard(clip.text.clone()));
                app.clip = Some(clip);
            }
            let (changed_nothing, found) = (outcome.updates.is_empty(), outcome.found);
            after_edit(app, &document, outcome, effects);
            suggest::after_edit(app, typed, command, effects);
            say_what_is_missing(app, command, changed_nothing, found);
            true
        }
        Err(error) => {
            app.notify(Severity::Error, format!("Not done: {error}"));
            false
        }
    }
}

/// Says why a command did nothing, or not all.
fn say_what_is_missing(app: &mut App, command: &EditorCommand, changed_nothing: bool, found: bool) {
    let count = app.editor().map_or(0, |editor| editor.selections().count());
    let word = match command {
        EditorCommand::Undo | EditorCommand::Redo if changed_nothing => {
            "Nothing of yours to take back; others' edits are theirs to undo".to_owned()
        }
        EditorCommand::ToggleComment if changed_nothing => {
            "No comments are known for this text; \"Language…\" in the palette says what it is".to_owned()
        }
        EditorCommand::AddNextMatch | EditorCommand::AddAllMatches if !found => {
            "Nothing more to select: there is no other place with this text, or no word here".to_owned()
        }
        _ if command.adds_cursors() && count >= SELECTIONS_MAX => {
            format!("{SELECTIONS_MAX} cursors are the most there can be")
        }
        _ => return,
    };
    app.notify(Severity::Info, word);
}

/// Leaves, or asks where something is not durable. Asked again, it leaves.
pub(super) fn quit(app: &mut App, effects: &mut Vec<Effect>) {
    if files::holds_back(app) {
        return;
    }
    if app.room.at_risk() > 0 && !matches!(app.overlay, Some(Overlay::Quit)) {
        app.overlay = Some(Overlay::Quit);
    } else {
        leave(app, effects);
    }
}

/// Leaves where somebody wants to, as soon as everything is durable.
pub(super) fn leave_when_durable(app: &mut App, effects: &mut Vec<Effect>) {
    if matches!(app.overlay, Some(Overlay::Quit)) && app.room.at_risk() == 0 {
        app.overlay = None;
        leave(app, effects);
    }
}

/// Says goodbye and ends, whatever would be lost.
pub(super) fn leave(app: &App, effects: &mut Vec<Effect>) {
    if app.room.is_connected() {
        effects.push(Effect::Send(Leave {}.into()));
    }
    effects.push(Effect::Quit);
}

/// Closes one thing: further cursors, a notice, the drawer, and last the selection.
fn back(app: &mut App) {
    let is_drawer = app.side_is_open() && app.size.0 < crate::app::layout::WIDE;
    if let Some(editor) = app.editor_mut().filter(|editor| editor.has_several_cursors()) {
        editor.use_one_cursor();
        app.notice = None;
    } else if app.notice.take().is_some() || app.together.summons.take().is_some() {
    } else if is_drawer {
        app.side = Some(false);
    } else if let Some(editor) = app.editor_mut() {
        let head = editor.selection().head;
        editor.select(crate::editor::selection::Selection::cursor(head));
    }
}

fn toggle_chat(app: &mut App) {
    if app.focus == Focus::Chat {
        app.focus = Focus::Text;
        app.together.chat_back = 0;
    } else {
        app.side = Some(true);
        app.focus = Focus::Chat;
        app.room.unread = 0;
    }
}

fn next_document(app: &mut App) {
    if app.editors.len() < 2 {
        app.notify(Severity::Info, "This room has one document");
    } else {
        vim::reset(app);
        app.shown = (app.shown + 1) % app.editors.len();
    }
}

/// Shows the document of this path, or the only one whose path ends so.
pub(super) fn open_document(app: &mut App, path: &str) {
    let path = path.trim_start_matches("./");
    let known: Vec<_> = app.editors.iter().map(|editor| editor.path().clone()).collect();
    let ends_so = |known: &str| known.strip_suffix(path).is_some_and(|folders| folders.ends_with('/'));
    let mut ending = known.iter().filter(|known| ends_so(known.as_str()));
    let only = ending.next().filter(|_| ending.next().is_none());
    let Some(document) = known.iter().find(|known| known.as_str() == path).or(only) else {
        let names = known.iter().map(protocol::DocumentPath::as_str).collect::<Vec<_>>().join(", ");
        return app.notify(Severity::Error, format!("The room has no document {path}, or several; it has {names}"));
    };
    follow::before(app, &Command::NextDocument);
    follow::show(app, document);
}

fn copy_invitation(app: &mut App, effects: &mut Vec<Effect>) {
    if let Some(first) = app.invitation.first().cloned() {
        app.notify(Severity::Info, format!("Copied: {first}"));
        effects.push(Effect::CopyToClipboard(app.invitation.join("\n")));
    } else {
        app.notify(Severity::Info, "There is no room to invite to yet");
    }
}

/// There is no file: says how safe the text is without one, and how it comes into one.
pub(super) fn say_what_is_stored(app: &mut App) {
    let (at_risk, in_danger) = (app.room.at_risk(), app.keeping.in_danger(app.now_ms));
    let word = match (&app.room.connection, at_risk) {
        (Connection::Connected, 0) => {
            "Everything you typed is stored in the room; Save as… writes it to a file".to_owned()
        }
        (Connection::Connected, count) => format!("{count} of your edits are on their way to storage"),
        (_, 0) => "Not connected; everything you typed is stored in the room".to_owned(),
        (_, count) if in_danger > 0 => {
            format!(
                "Not connected; {count} of your edits are in this program's memory only, and sent when the room is back"
            )
        }
        (_, count) => {
            format!("Not connected; {count} of your edits are in the journal here, and sent when the room is back")
        }
    };
    app.notify(Severity::Info, word);
}

fn scroll(app: &mut App, lines: isize) {
    if let Some(editor) = app.editor_mut() {
        editor.scroll(lines);
    }
}

/// Carries out what the palette has chosen, and closes it.
pub(super) fn run_chosen(app: &mut App, palette: &Palette, effects: &mut Vec<Effect>) {
    app.overlay = None;
    match palette.choice() {
        Some(Choice::Command(info)) => run(app, info.command.clone(), effects),
        Some(Choice::Language(chosen)) => language::choose(app, chosen, effects),
        None => {}
    }
}
