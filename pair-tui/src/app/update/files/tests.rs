//! Stories of one program and its files: what is ordered, what is asked, and when it may be left.

use super::*;
use crate::{
    app::{
        event::Event,
        files::OpenedFile,
        update::{
            tests::{app, connect, press, server_document},
            update,
        },
    },
    input::KeymapName,
    local_file::{difference, format::FileFormat},
};
use std::path::Path;

fn disk(text: &str) -> DiskText {
    DiskText { text: Some(text.into()), format: FileFormat::default() }
}

/// A room that was begun with the file `a.rs`.
fn room(text: &str) -> App {
    let mut app = app((80, 24));
    app.files.opened = Some(OpenedFile { path: "a.rs".into(), disk: disk(text) });
    connect(&mut app, &server_document(text), 0);
    app
}

fn orders(effects: Vec<Effect>) -> Vec<WriteOrder> {
    let order = |effect| if let Effect::WriteFile(order) = effect { Some(*order) } else { None };
    effects.into_iter().filter_map(order).collect()
}

fn report(app: &mut App, order: WriteOrder, result: Result<Written, String>) -> Vec<Effect> {
    update(app, Event::Wrote(Box::new(WriteReport { order, result })), 500)
}

fn done(app: &mut App, order: WriteOrder) -> Vec<Effect> {
    report(app, order, Ok(Written::Done { bytes: 1 }))
}

fn differs(app: &mut App, order: WriteOrder, disk_text: &str) {
    let lines = difference::lines(disk_text, &order.text);
    report(app, order, Ok(Written::Differs { disk: disk(disk_text), lines }));
}

fn text(app: &App) -> String {
    app.editor().unwrap().text().to_string()
}

fn is_written(app: &App) -> Option<bool> {
    let editor = app.editor().unwrap();
    app.files.is_written(editor.path(), editor.text())
}

#[test]
fn the_file_that_a_room_was_begun_with_is_written_on_request() {
    let mut app = room("one\n");
    assert_eq!(is_written(&app), Some(true));
    press(&mut app, "x", 10);
    assert_eq!(is_written(&app), Some(false));
    let order = orders(press(&mut app, "<c-s>", 20)).remove(0);
    assert_eq!((order.path.as_path(), order.text.as_str()), (Path::new("a.rs"), "xone\n"));
    assert_eq!(order.expected, Expected::Text(disk("one\n")));
    done(&mut app, order);
    assert_eq!(is_written(&app), Some(true));
    assert!(app.notice().unwrap().text.starts_with("a.rs is written: 1 lines"));
    app.room.receipts = crate::app::receipts::Receipts::default();
    assert!(press(&mut app, "<c-q>", 30).contains(&Effect::Quit), "nothing is to be asked");
}

#[test]
fn a_path_may_begin_with_the_home_folder_and_is_known_by_whatever_name() {
    let mut app = room("one\n");
    app.files.home = Some("/home/ada".into());
    app.use_keymap(KeymapName::Vim);
    let order = orders(press(&mut app, ":w ~/pair-x.rs<cr>", 10)).remove(0);
    assert_eq!(order.path, Path::new("/home/ada/pair-x.rs"));
    assert!(orders(press(&mut app, ":w ~nobody/x.rs<cr>", 20)).is_empty());
    assert!(app.notice().unwrap().text.contains("~nobody is nobody's home folder"));
    // The document's own file, in other words.
    for path in ["./a.rs", "src/../a.rs", std::path::absolute("a.rs").unwrap().to_str().unwrap()] {
        let order = orders(press(&mut app, &format!(":w {path}<cr>"), 30)).remove(0);
        assert_eq!(order.expected, Expected::Text(disk("one\n")), "{path}");
        assert!(order.links);
    }
}

#[test]
fn mine_is_written_with_my_line_ends_and_the_file_s_are_taken_with_its_text() {
    let mut app = room("one\n");
    let dos = FileFormat { line_ends: crate::local_file::format::LineEnds::CrLf, has_mark: false };
    let theirs = DiskText { text: Some("one\n".into()), format: dos };
    let mut asks = |keys: &str| {
        let order = orders(press(&mut app, "<c-s>", 10)).remove(0);
        let lines = difference::of(&theirs, &order.text, order.format);
        report(&mut app, order, Ok(Written::Differs { disk: theirs.clone(), lines }));
        orders(press(&mut app, keys, 20))
    };
    assert_eq!(asks("<f2>").remove(0).format, FileFormat::default());
    assert_eq!(asks("<f3>"), []);
    assert_eq!(app.notice().unwrap().text, "The text is the same; a.rs keeps its line ends");
    let order = orders(press(&mut app, "<c-s>", 30)).remove(0);
    assert_eq!((order.format, order.expected), (dos, Expected::Text(theirs)));
}

#[test]
fn who_quits_without_writing_is_asked_and_may_write_then() {
    let mut app = room("one\n");
    press(&mut app, "x", 10);
    // The room has it; only the file has not.
    app.room.receipts = crate::app::receipts::Receipts::default();
    assert_eq!(press(&mut app, "<c-q>", 20), []);
    assert!(matches!(app.overlay, Some(Overlay::Unwritten)));
    assert_eq!(press(&mut app, "<esc>", 30), []);
    let order = orders(press(&mut app, "<c-q>w", 40)).remove(0);
    assert!(done(&mut app, order).contains(&Effect::Quit), "it leaves once the file is written");
    let mut app = room("one\n");
    press(&mut app, "x", 10);
    app.room.receipts = crate::app::receipts::Receipts::default();
    assert!(press(&mut app, "<c-q>y", 20).contains(&Effect::Quit));
}

#[test]
fn what_could_not_be_written_keeps_the_person_here() {
    let mut app = room("one\n");
    app.use_keymap(KeymapName::Vim);
    let order = orders(press(&mut app, "x:wq<cr>", 10)).remove(0);
    assert!(!report(&mut app, order, Err("no room on the disk".into())).contains(&Effect::Quit));
    assert!(app.notice().unwrap().text.contains("Not written: no room on the disk"));
    assert!(!app.files.quits);
}

#[test]
fn a_changed_file_is_shown_and_its_text_taken_in_one_step() {
    let mut app = room("one\ntwo\nthree\n");
    press(&mut app, "<down>x<up><end>", 10);
    let order = orders(press(&mut app, "<c-s>", 20)).remove(0);
    differs(&mut app, order, "one\ntwo\n3\nfour\n");
    assert!(matches!(app.overlay, Some(Overlay::FileConflict(_))));
    press(&mut app, "<f3>", 30);
    assert_eq!((text(&app).as_str(), is_written(&app)), ("one\ntwo\n3\nfour\n", Some(true)));
    assert_eq!(app.editor().unwrap().selection().head.0, 3, "the cursor stays on its text");
    press(&mut app, "<c-z>", 2_000);
    assert_eq!((text(&app).as_str(), is_written(&app)), ("one\nxtwo\nthree\n", Some(false)));
}

#[test]
fn a_changed_file_is_overwritten_only_as_it_was_shown() {
    let mut app = room("one\n");
    let order = orders(press(&mut app, "x<c-s>", 10)).remove(0);
    differs(&mut app, order, "theirs\n");
    let order = orders(press(&mut app, "<f2>", 20)).remove(0);
    assert_eq!((order.text.as_str(), &order.expected), ("xone\n", &Expected::Text(disk("theirs\n"))));
    differs(&mut app, order, "theirs again\n");
    assert!(matches!(app.overlay, Some(Overlay::FileConflict(_))));
    press(&mut app, "<esc>", 30);
    assert_eq!((is_written(&app), app.overlay.is_none()), (Some(false), true));
    // Elsewhere: the other file is the document's own from then on.
    let order = orders(press(&mut app, "<c-s>", 40)).remove(0);
    differs(&mut app, order, "theirs\n");
    let order = orders(press(&mut app, "<f4><end>.mine<cr>", 50)).remove(0);
    assert_eq!((order.path.as_path(), &order.expected), (Path::new("a.rs.mine"), &Expected::Text(DiskText::default())));
    done(&mut app, order);
    assert_eq!(is_written(&app), Some(true));
}

#[test]
fn whoever_types_on_while_a_difference_comes_up_decides_nothing() {
    let mut app = room("one\n");
    let order = orders(press(&mut app, "x<c-s>", 10)).remove(0);
    differs(&mut app, order, "theirs\n");
    assert!(orders(press(&mut app, "wts<c-p><f1>", 20)).is_empty());
    assert_eq!(text(&app), "xwtsone\n");
    assert!(matches!(app.overlay, Some(Overlay::FileConflict(_))));
    // A second file that is not as expected does not take the first one's place.
    let Some(Overlay::FileConflict(first)) = app.overlay.clone() else { panic!("it is shown") };
    differs(&mut app, first.order.clone(), "others\n");
    assert!(app.notice().unwrap().text.contains("was changed on the disk too"));
    let Some(Overlay::FileConflict(shown)) = &app.overlay else { panic!("it is shown") };
    assert_eq!(shown.disk, first.disk);
    assert_eq!(orders(press(&mut app, "<f2>", 30)).remove(0).text, "xwtsone\n");
}

#[test]
fn a_guest_writes_where_they_say() {
    let mut app = app((80, 24));
    connect(&mut app, &server_document("one\ntwo\nthree\n"), 0);
    assert!(orders(press(&mut app, "<c-s>", 10)).is_empty());
    assert!(app.notice().unwrap().text.contains("stored in the room; Save as"));
    app.use_keymap(KeymapName::Vim);
    let orders_of = |app: &mut App, keys: &str| orders(press(app, keys, 20));
    let order = orders_of(&mut app, ":w ./mine.txt<cr>").remove(0);
    assert_eq!((order.path.as_path(), order.links), (Path::new("mine.txt"), true));
    done(&mut app, order);
    assert!(orders_of(&mut app, ":x<cr>").is_empty(), "nothing has changed");
    let part = orders_of(&mut app, ":2,3w part.txt<cr>").remove(0);
    assert_eq!((part.text.as_str(), part.links), ("two\nthree\n", false));
    done(&mut app, part);
    assert!(orders_of(&mut app, ":2w<cr>").is_empty());
    assert!(app.notice().unwrap().text.contains(":w! writes them"));
    assert_eq!(orders_of(&mut app, ":2w!<cr>").remove(0).expected, Expected::Anything);
    for wrong in [":w !sh<cr>", ":w >> a<cr>", ":saveas<cr>"] {
        assert!(orders_of(&mut app, wrong).is_empty());
        assert_eq!(app.notice().unwrap().severity, Severity::Error);
    }
}
