//! Keys and pastes, by what has the keyboard: the start screen, what lies over the text, the chat, the text.

use super::{commands, files, follow, go_to, search, suggest, textarea_input, vim, visit};
use crate::{
    app::{App, Focus, Overlay, Severity, chat, effect::Effect, palette::Palette, room::Connection},
    editor::EditorCommand,
    input::{Command, Key, KeyCode, When},
};
use protocol::message::client::Chat;

/// Rows that a page key reads back in the chat.
const CHAT_PAGE: isize = 5;

pub(super) fn key(app: &mut App, key: Key, effects: &mut Vec<Effect>) {
    if matches!(app.room.connection, Connection::Offline { retry_at_ms: Some(at) } if at > app.now_ms) {
        // Somebody is here: the next attempt need not wait for its time.
        effects.push(Effect::RetryNow);
    }
    let command = app.keymap.command(key, When::Text);
    if let Some(start) = &mut app.start {
        if command == Some(Command::Quit) {
            effects.push(Effect::Quit);
        } else {
            effects.extend(start.key(key));
        }
        return;
    }
    if let Some(overlay) = app.overlay.take() {
        return overlay_key(app, overlay, key, effects);
    }
    text_key(app, key, effects);
}

/// A key where nothing lies over the text, or nothing that takes it.
fn text_key(app: &mut App, key: Key, effects: &mut Vec<Effect>) {
    if let Some(number) = visit::number_of(key) {
        return visit::go_to_number(app, number);
    }
    if app.focus == Focus::Chat {
        return chat_key(app, key, effects);
    }
    if search::key(app, key, effects) || go_to::key(app, key, effects) {
        return;
    }
    if follow::key(app, key) || vim::key(app, key, effects) {
        return;
    }
    let when = suggest::when(app);
    if let Some(command) = app.keymap.command(key, when) {
        commands::run(app, command, effects);
    }
}

pub(super) fn paste(app: &mut App, text: &str, effects: &mut Vec<Effect>) {
    if let Some(start) = &mut app.start {
        start.paste(text);
    } else if let Some(Overlay::Palette(palette)) = &mut app.overlay {
        palette.filter.insert_str(text.lines().next().unwrap_or_default());
        palette.chosen = 0;
    } else if let Some(Overlay::SaveAs(asked)) = &mut app.overlay {
        asked.field.insert_str(text.lines().next().unwrap_or_default());
    } else if app.overlay.is_some() {
        // Nothing there to paste into.
    } else if app.focus == Focus::Chat {
        app.composer.insert_str(text.lines().collect::<Vec<_>>().join(" "));
    } else if app.search.prompt.is_some() {
        search::paste(app, text);
    } else if app.go_to.is_some() {
        go_to::paste(app, text);
    } else {
        follow::before_text(app);
        vim::typed_elsewhere(app, text);
        commands::edit(app, &EditorCommand::Paste(text.to_owned()), effects);
    }
}

/// A key while something lies over the text; whoever keeps it open puts it back.
fn overlay_key(app: &mut App, overlay: Overlay, key: Key, effects: &mut Vec<Effect>) {
    let command = app.keymap.command(key, When::Text);
    match (overlay, command) {
        (Overlay::Unwritten, command) => files::unwritten_key(app, key, command.as_ref(), effects),
        (Overlay::FileConflict(conflict), command) => {
            if !files::conflict_key(app, conflict, key, command.as_ref(), effects) {
                text_key(app, key, effects);
            }
        }
        (Overlay::Quit, command) => quit_key(app, key, command.as_ref(), effects),
        (_, Some(Command::Quit)) => commands::quit(app, effects),
        (_, Some(Command::Back))
        | (Overlay::Help(_), Some(Command::Help))
        | (Overlay::Palette(_), Some(Command::Palette))
        | (Overlay::PastSuggestions(_), Some(Command::PastSuggestions))
        | (Overlay::Participants(_), Some(Command::Participants)) => {}
        (Overlay::Participants(chosen), Some(Command::Follow)) => follow_chosen(app, chosen),
        (
            _,
            Some(
                command @ (Command::Help
                | Command::Palette
                | Command::Participants
                | Command::Chat
                | Command::Follow
                | Command::Come
                | Command::Where),
            ),
        ) => commands::run(app, command, effects),
        (Overlay::PastSuggestions(back), _) => app.overlay = Some(Overlay::PastSuggestions(scrolled(back, key))),
        (Overlay::Help(top), _) => app.overlay = Some(Overlay::Help(scrolled(top, key))),
        (Overlay::Palette(palette), _) => palette_key(app, palette, key, effects),
        (Overlay::SaveAs(asked), _) => files::save_as_key(app, asked, key, effects),
        (Overlay::Participants(chosen), _) => participants_key(app, chosen, key),
    }
}

/// A second Ctrl-Q, or y, leaves at once; whoever does nothing leaves when all is durable.
fn quit_key(app: &mut App, key: Key, command: Option<&Command>, effects: &mut Vec<Effect>) {
    match (key.typed(), command) {
        (Some('y' | 'Y'), _) | (_, Some(Command::Quit)) => commands::leave(app, effects),
        (Some('n' | 'N'), _) | (_, Some(Command::Back)) => {}
        _ => app.overlay = Some(Overlay::Quit),
    }
}

fn scrolled(top: usize, key: Key) -> usize {
    match key.code {
        KeyCode::Up => top.saturating_sub(1),
        KeyCode::Down => top + 1,
        KeyCode::PageUp => top.saturating_sub(8),
        KeyCode::PageDown | KeyCode::Char(' ') => top + 8,
        KeyCode::Home => 0,
        _ => top,
    }
}

fn palette_key(app: &mut App, mut palette: Box<Palette>, key: Key, effects: &mut Vec<Effect>) {
    match key.code {
        KeyCode::Enter => return commands::run_chosen(app, &palette, effects),
        KeyCode::Up => palette.choose(-1),
        KeyCode::Down | KeyCode::Tab => palette.choose(1),
        KeyCode::PageUp => palette.choose(-8),
        KeyCode::PageDown => palette.choose(8),
        _ => {
            if palette.filter.input(textarea_input(key)) {
                palette.chosen = 0;
            }
        }
    }
    app.overlay = Some(Overlay::Palette(palette));
}

fn participants_key(app: &mut App, chosen: usize, key: Key) {
    let last = app.room.people.len().saturating_sub(1);
    let chosen = match key.code {
        KeyCode::Up => chosen.saturating_sub(1),
        KeyCode::Down | KeyCode::Tab => (chosen + 1).min(last),
        KeyCode::Enter => {
            if let Some(id) = app.room.people.get(chosen).map(|person| person.id) {
                visit::go_to(app, id);
            }
            return;
        }
        KeyCode::Char('f' | 'F') => return follow_chosen(app, chosen),
        KeyCode::Char(digit @ '1'..='9') => {
            let number = digit.to_digit(10).and_then(|number| usize::try_from(number).ok()).unwrap_or_default();
            return visit::go_to_number(app, number);
        }
        _ => chosen,
    };
    app.overlay = Some(Overlay::Participants(chosen));
}

fn follow_chosen(app: &mut App, row: usize) {
    if let Some(id) = app.room.people.get(row).map(|person| person.id) {
        follow::start(app, id);
    }
}

fn chat_key(app: &mut App, key: Key, effects: &mut Vec<Effect>) {
    match app.keymap.command(key, When::Text) {
        Some(Command::Back | Command::Chat) => {
            app.focus = Focus::Text;
            app.together.chat_back = 0;
        }
        Some(
            command @ (Command::Quit
            | Command::Help
            | Command::Palette
            | Command::Participants
            | Command::Redraw
            | Command::Follow
            | Command::Summon
            | Command::Come
            | Command::Where
            | Command::Return
            | Command::CopyInvitation),
        ) => commands::run(app, command, effects),
        _ if key.code == KeyCode::Enter => say(app, effects),
        _ if read_back(app, key) => {}
        _ => {
            app.composer.input(textarea_input(key));
        }
    }
}

/// Reads back and forth in the chat; gives whether the key was one for that.
fn read_back(app: &mut App, key: Key) -> bool {
    let rows = match key.code {
        KeyCode::Up => 1,
        KeyCode::Down => -1,
        KeyCode::PageUp => CHAT_PAGE,
        KeyCode::PageDown => -CHAT_PAGE,
        _ => return false,
    };
    chat::read_back(app, rows);
    true
}

fn say(app: &mut App, effects: &mut Vec<Effect>) {
    let text = app.composer.lines().join(" ").trim().to_owned();
    if text.is_empty() {
        app.focus = Focus::Text;
    } else if app.room.is_connected() {
        app.composer.clear();
        app.together.chat_back = 0;
        effects.push(Effect::Send(Chat { text }.into()));
    } else {
        app.notify(Severity::Info, "Not sent: the room is not connected now; your line stays here");
    }
}
