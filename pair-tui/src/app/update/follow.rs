//! Following somebody, asking the others to come, and going along with who asks. While somebody is
//! followed the view is theirs and the cursor stays where it was: what is typed goes there, and the view goes back with it.

use super::{search, vim, visit};
use crate::{
    app::{
        App, Overlay, Severity,
        effect::Effect,
        room::Person,
        together::{Coming, FOLLOW_RESUMES_MS, Follow, SUMMONS_MS, Summons},
        whereabouts,
    },
    editor::{EditorCommand, Motion},
    input::{Command, Key, KeyCode},
};
use protocol::{
    ByteOffset, DocumentPath, ParticipantId,
    message::{client::Summon, server::Summoned},
    position::Association,
    presence::Presence,
};

/// How long the line that tells where everybody is stays, in milliseconds: it is long to read.
const WHERE_MS: u64 = 20_000;

/// How following ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The view goes back to the cursor.
    Back,
    /// The view stays, and so does the cursor.
    Here,
    /// The view stays, and the cursor comes to it.
    Along,
}

/// Follows whoever it must be, or stops; where several may be meant, the list of participants asks.
pub(super) fn toggle(app: &mut App) {
    if app.together.follow.is_some() {
        return stop(app, Stop::Along);
    }
    let known: Vec<_> = app.room.others().filter(|person| person.document().is_some()).collect();
    match known[..] {
        [] => app.notify(Severity::Info, "There is nobody to follow yet; F7 copies what a friend needs"),
        [one] => {
            let who = one.id;
            start(app, who);
        }
        _ => {
            let most_active = known.into_iter().max_by_key(|person| person.active_at_ms).map(|person| person.id);
            let row = app.room.people.iter().position(|person| Some(person.id) == most_active);
            app.overlay = Some(Overlay::Participants(row.unwrap_or_default()));
        }
    }
}

/// Lists who is here, with the first of the others chosen.
pub(super) fn list(app: &mut App) {
    let first = app.room.people.iter().position(|person| Some(person.id) != app.room.me);
    app.overlay = Some(Overlay::Participants(first.unwrap_or_default()));
}

/// Follows somebody.
pub(super) fn start(app: &mut App, who: ParticipantId) {
    let Some(person) = app.room.person(who) else { return };
    let (name, color) = (person.name.clone(), person.color);
    if app.room.me == Some(who) {
        return app.notify(Severity::Info, "That is you; choose somebody else to follow");
    }
    if person.document().is_none() {
        return app
            .notify(Severity::Info, format!("{name} can't be followed: their program does not say where they are"));
    }
    let Some(home) = app.home().map(|editor| editor.path().clone()) else { return };
    search::leave(app);
    app.go_to = None;
    vim::reset(app);
    app.notice = None;
    app.together.follow = Some(Follow { who, name, color, home, lost_at_ms: None });
}

/// A key while somebody is followed: Esc stops. Gives whether that was all; else the key does what it always does.
pub(super) fn key(app: &mut App, key: Key) -> bool {
    if app.together.follow.is_none() {
        return false;
    }
    if key.code == KeyCode::Esc {
        stop(app, Stop::Along);
        return true;
    }
    if app.vim.as_ref().is_some_and(|vim| vim.wants(key)) {
        let scrolls = key.ctrl && matches!(key.code, KeyCode::Char('e' | 'y' | 'd' | 'u' | 'f' | 'b'));
        stop(app, if scrolls { Stop::Along } else { Stop::Back });
    }
    false
}

/// Stops following where a command would do something to the cursor or the view.
pub(super) fn before(app: &mut App, command: &Command) {
    let pages = |motion| matches!(motion, Motion::PageUp | Motion::PageDown);
    let how = match command {
        Command::Editor(EditorCommand::Move { motion, extend: false }) if pages(*motion) => Stop::Along,
        // From what is seen on.
        Command::Search | Command::Replace | Command::NextMatch | Command::PreviousMatch | Command::GoToLine => {
            Stop::Along
        }
        Command::Editor(_)
        | Command::Paste
        | Command::RequestSuggestion
        | Command::AcceptSuggestion
        | Command::AcceptWord
        | Command::AcceptLine
        | Command::NextSuggestion => Stop::Back,
        Command::NextDocument | Command::ScrollUp | Command::ScrollDown => Stop::Here,
        _ => return,
    };
    stop(app, how);
}

/// Stops following because text comes to the cursor.
pub(super) fn before_text(app: &mut App) {
    stop(app, Stop::Back);
}

/// Stops following because the view or the cursor is moved by hand.
pub(super) fn before_pointing(app: &mut App) {
    stop(app, Stop::Here);
}

fn stop(app: &mut App, how: Stop) {
    if how == Stop::Along {
        visit::remember(app);
    }
    let Some(follow) = app.together.follow.take() else { return };
    let head = app.room.person(follow.who).and_then(Person::selection).map(|selection| selection.head);
    if how == Stop::Back {
        show(app, &follow.home);
    }
    let Some(editor) = app.editor_mut() else { return };
    match how {
        Stop::Back => editor.look_back(),
        Stop::Here => {}
        Stop::Along => {
            editor.take_cursor_along(head);
            vim::pointed(app);
        }
    }
}

/// Shows a document; gives whether there is one of that path.
pub(super) fn show(app: &mut App, document: &DocumentPath) -> bool {
    let Some(shown) = app.editors.iter().position(|editor| editor.path() == document) else { return false };
    if shown != app.shown {
        vim::reset(app);
        app.shown = shown;
        app.fit();
    }
    true
}

/// Lets the view go along with whom it follows. Of several who follow each other in a ring, the one with the smallest id stands still,
/// so that the ring comes to rest.
pub(super) fn keep_up(app: &mut App) {
    let Some(person) = app.together.following().and_then(|follow| app.room.person(follow.who)) else { return };
    if stands_still(app, person) {
        return;
    }
    let Some(document) = person.document().cloned() else { return };
    let (seen, head) = (person.seen(), leading_cursor(app, person, &document));
    if !show(app, &document) {
        return;
    }
    let Some(editor) = app.editor_mut() else { return };
    match (seen, head) {
        (Some(seen), head) => editor.look_along(&(seen.first..seen.last), head),
        (None, Some(head)) => editor.look_at(head),
        (None, None) => {}
    }
}

/// The cursor that is looked at where somebody looks: their own, or, while they follow somebody themselves, that one's.
fn leading_cursor(app: &App, person: &Person, document: &DocumentPath) -> Option<ByteOffset> {
    let mut leader = person;
    for _ in 0..app.room.people.len() {
        match leader.following().and_then(|next| app.room.person(next)) {
            Some(next) => leader = next,
            None => break,
        }
    }
    leader.cursor_in(document)
}

/// Whether those who are followed, one after the other, lead back to this participant, who has the smallest id of them.
fn stands_still(app: &App, leader: &Person) -> bool {
    let Some(me) = app.room.me else { return false };
    let mut at = Some(leader);
    for _ in 0..app.room.people.len() {
        match at.map(|person| person.id) {
            None => return false,
            Some(id) if id == me => return true,
            Some(id) if id < me => return false,
            Some(_) => at = at.and_then(Person::following).and_then(|next| app.room.person(next)),
        }
    }
    false
}

/// Where this participant is, for the others. In a document that is only looked at they have no cursor.
pub(super) fn presence(app: &App) -> Option<Presence> {
    let mut presence = app.editor()?.presence();
    if let Some(follow) = &app.together.follow {
        presence.following = app.together.following().map(|follow| follow.who);
        if follow.home != presence.document {
            presence.selections.clear();
        }
    }
    Some(presence)
}

/// The room is entered: whoever was followed is found again, under the same id or, after a new connection, under the same name.
pub(super) fn entered(app: &mut App) {
    let now = app.now_ms;
    app.together.summons = None;
    let Some(mut follow) = app.together.follow.take() else { return };
    let same = app.room.person(follow.who).map(|person| person.id);
    let again = app.room.others().filter(|person| person.name == follow.name);
    match same.or_else(|| again.max_by_key(|person| person.color == follow.color).map(|person| person.id)) {
        Some(who) => (follow.who, follow.lost_at_ms) = (who, None),
        None => follow.lost_at_ms = follow.lost_at_ms.or(Some(now)),
    }
    app.together.follow = Some(follow);
}

/// Somebody came; if they were followed before they were lost, they are again. Who was expected back is not told of.
pub(super) fn came(app: &mut App, id: ParticipantId, name: &str, was_expected: bool) {
    let now = app.now_ms;
    if !was_expected {
        tell(app, name, Coming::Came);
    }
    if let Some(follow) = &mut app.together.follow
        && follow.name == name
        && follow.lost_at_ms.is_some_and(|at| now.saturating_sub(at) < FOLLOW_RESUMES_MS)
    {
        (follow.who, follow.lost_at_ms) = (id, None);
    }
}

/// Somebody left: they are followed no more, and need nobody to come.
pub(super) fn went(app: &mut App, id: ParticipantId, name: &str) {
    let now = app.now_ms;
    app.together.summons.take_if(|summons| summons.who == id);
    tell(app, name, Coming::Left);
    if let Some(follow) = app.together.follow.as_mut().filter(|follow| follow.who == id) {
        follow.lost_at_ms = Some(now);
        app.notify(Severity::Info, format!("{name} left, so you follow nobody now; typing goes back to your cursor"));
    }
}

/// Tells quietly who comes and goes, when no louder notice is to be read any more.
fn tell(app: &mut App, name: &str, coming: Coming) {
    app.together.untold = Some(app.together.comings.tell(name, coming, app.now_ms));
    tell_what_waits(app);
}

fn tell_what_waits(app: &mut App) {
    if app.notice.as_ref().is_none_or(|notice| notice.severity == Severity::Quiet)
        && let Some(line) = app.together.untold.take()
    {
        app.notify(Severity::Quiet, line);
    }
}

/// Time passed: a summons goes away by itself, and what waited for a louder notice is told.
pub(super) fn tick(app: &mut App) {
    let now = app.now_ms;
    app.together.summons.take_if(|summons| summons.until_ms <= now);
    tell_what_waits(app);
}

/// Asks the others to come to this participant's cursor.
pub(super) fn summon(app: &mut App, effects: &mut Vec<Effect>) {
    if !app.room.is_connected() {
        return app.notify(Severity::Info, "Nobody can be asked now: the room is not connected");
    }
    let others = app.room.others().count();
    let Some(editor) = app.home().filter(|_| others > 0) else {
        return app.notify(Severity::Info, "There is nobody to ask yet; F7 copies what a friend needs");
    };
    let head = editor.selection().head;
    let (document, at) = (editor.path().clone(), editor.buffer().anchor(head, Association::Before));
    let place = whereabouts::place(app, &document, Some(head));
    effects.push(Effect::Send(Summon { document, at }.into()));
    let whom = if others == 1 { app.room.others().next().map_or("", |one| one.name.as_str()) } else { "the others" };
    app.notify(Severity::Info, format!("You asked {whom} to come to {place}"));
}

/// Somebody asks this participant to come: said in a line, which goes away by itself.
pub(super) fn summoned(app: &mut App, summoned: &Summoned) {
    let editor = app.editors.iter().find(|editor| *editor.path() == summoned.document);
    let at = editor.and_then(|editor| editor.buffer().resolve(&summoned.at));
    let line = editor.zip(at).map(|(editor, at)| editor.place(at).line);
    let document = &summoned.document;
    let place = line.map_or_else(|| document.to_string(), |line| format!("{document}:{line}"));
    let (who, until_ms) = (summoned.participant, app.now_ms + SUMMONS_MS);
    app.together.summons = Some(Summons { who, place, until_ms });
}

/// Goes along with who asks: follows them, for what they want to show is where they are by now.
pub(super) fn come(app: &mut App) {
    match app.together.summons.take() {
        Some(summons) => start(app, summons.who),
        None => app.notify(Severity::Info, "Nobody asks you to come; F5 follows somebody"),
    }
}

/// Tells in one line where everybody is; of this participant, too, if there is room.
pub(super) fn say_where(app: &mut App) {
    let room = usize::from(app.size.0).saturating_sub(2);
    let all = whereabouts::of_everybody(app);
    let line = if all.chars().count() > room { whereabouts::of_the_others(app) } else { all };
    if line.is_empty() {
        return app.notify(Severity::Info, "You are in no room yet");
    }
    app.notify(Severity::Info, line);
    if let Some(notice) = &mut app.notice {
        notice.until_ms = app.now_ms + WHERE_MS;
    }
}
