//! Who is where and does what, in plain words: for the status line, the list of participants, and the one line that tells of
//! everybody. Knows the room and the texts, no screen.

use super::{App, room::Person};
use crate::editor::Editor;
use protocol::{ByteOffset, DocumentPath};

/// Activity is compared in steps of this many milliseconds, so that of two who type at once it is always the same one who is told of.
const STEP_MS: u64 = 4_000;

/// A place as people say it: the file's name and the line, `tests.rs:40`.
pub fn place(app: &App, document: &DocumentPath, at: Option<ByteOffset>) -> String {
    let name = document.as_str().rsplit('/').next().unwrap_or_default();
    let editor = app.editors().iter().find(|editor| editor.path() == document);
    let line = editor.zip(at).map(|(editor, at)| editor.text().line_of(at).number());
    line.map_or_else(|| name.to_owned(), |line| format!("{name}:{line}"))
}

/// Where somebody is: at their cursor, in a document, or where they edited last; `somewhere` where nothing is known.
pub fn of(app: &App, person: &Person) -> String {
    if app.room.me == Some(person.id) {
        let home = app.home();
        let shown = home.map(|editor| place(app, editor.path(), Some(editor.selection().head)));
        return shown.unwrap_or_else(|| "here".to_owned());
    }
    match (person.following(), person.document(), &person.last_edit) {
        (Some(leader), ..) if app.room.me == Some(leader) => "follows you".to_owned(),
        (Some(leader), ..) if app.room.person(leader).is_some() => format!("follows {}", app.room.name(leader)),
        (_, Some(document), _) => place(app, document, person.selection().map(|selection| selection.head)),
        (_, None, Some(edit)) => place(app, &edit.document, Some(edit.at)),
        (_, None, None) => "somewhere".to_owned(),
    }
}

/// What somebody does, where it is worth a word: `typing`, or `idle 3 min`.
pub fn doing(app: &App, person: &Person) -> Option<String> {
    let idle = person.idle_ms(app.now_ms).filter(|_| app.room.me != Some(person.id));
    if person.is_typing(app.now_ms) {
        Some("typing".to_owned())
    } else {
        idle.map(|ms| format!("idle {}", duration(ms)))
    }
}

/// A time as people say it, at least a minute: `3 min`, `2 h`.
pub fn duration(ms: u64) -> String {
    match ms / 60_000 {
        minutes @ 0..60 => format!("{} min", minutes.max(1)),
        minutes => format!("{} h", minutes / 60),
    }
}

/// The line that tells where everybody is: `Ada main.rs:40 · Grace (you) main.rs:12 · Linus tests.rs:7, idle 3 min`.
pub fn of_everybody(app: &App) -> String {
    line(app, app.room.people.iter())
}

/// The same of the others only.
pub fn of_the_others(app: &App) -> String {
    line(app, app.room.others())
}

fn line<'a>(app: &App, people: impl Iterator<Item = &'a Person>) -> String {
    let one = |person: &Person| {
        let you = if app.room.me == Some(person.id) { " (you)" } else { "" };
        let doing = doing(app, person).map(|doing| format!(", {doing}")).unwrap_or_default();
        format!("{}{you} {}{doing}", person.name, of(app, person))
    };
    people.map(one).collect::<Vec<_>>().join(" · ")
}

/// What is most worth knowing of the others in a few words: who follows this participant, who types, who reads what.
pub fn headline(app: &App) -> Option<String> {
    let followers: Vec<&str> = app.followers().map(|person| person.name.as_str()).collect();
    match followers[..] {
        [] => {}
        [one] => return Some(format!("{one} follows you")),
        _ => return Some(format!("{} follow you", followers.len())),
    }
    let step = |person: &Person| {
        let typed = person.last_edit.as_ref().filter(|_| person.is_typing(app.now_ms)).map(|edit| edit.at_ms / STEP_MS);
        (typed, person.active_at_ms / STEP_MS)
    };
    let known = app.room.others().filter(|person| person.document().is_some() || person.last_edit.is_some());
    // Of those who are alike the first one stays, so that the line is calm.
    let told = known.reduce(|best, person| if step(person) > step(best) { person } else { best })?;
    let place = of(app, told);
    Some(match doing(app, told) {
        Some(doing) if doing == "typing" => format!("{} typing {place}", told.name),
        Some(idle) => format!("{} {idle}", told.name),
        None if told.following().is_some() => format!("{} {place}", told.name),
        None => format!("{} reading {place}", told.name),
    })
}

impl App {
    /// The document that this participant's own cursor stands in: the one shown, except while they follow somebody elsewhere.
    pub fn home(&self) -> Option<&Editor> {
        let away = self.together.follow.as_ref();
        let home = away.and_then(|follow| self.editors().iter().find(|editor| *editor.path() == follow.home));
        home.or_else(|| self.editor())
    }

    /// Whether the document shown is the one that this participant's own cursor stands in.
    pub fn is_home(&self) -> bool {
        self.home().map(Editor::path) == self.editor().map(Editor::path)
    }

    /// Everybody who follows this participant.
    pub fn followers(&self) -> impl Iterator<Item = &Person> {
        let me = self.room.me;
        self.room.others().filter(move |person| person.following().is_some() && person.following() == me)
    }

    /// The number under which one of the others is gone to, from 1: their place in the title line.
    pub fn number_of(&self, person: &Person) -> Option<usize> {
        self.room.others().position(|other| other.id == person.id).map(|at| at + 1)
    }
}
