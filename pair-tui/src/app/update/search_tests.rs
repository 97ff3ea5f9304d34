//! Stories of searching and replacing: keys, what others do meanwhile, and what comes of it.

use super::{
    tests::{app, connect, hear, press, server_document},
    *,
};
use crate::input::KeymapName;
use protocol::{ByteOffset, Document, ParticipantId, message::server::Edited};

const TEXT: &str = "one two\nTwo three\ntwo_x two\n";

fn on(text: &str) -> (App, Document) {
    let (mut app, server) = (app((80, 24)), server_document(text));
    connect(&mut app, &server, 0);
    (app, server)
}

fn text(app: &App) -> String {
    app.editor().unwrap().text().to_string()
}

/// What is selected, and where the cursor is.
fn at(app: &App) -> (String, String) {
    let editor = app.editor().unwrap();
    (editor.text().slice(editor.selected()), editor.place(editor.selection().head).to_string())
}

fn count(app: &App) -> String {
    app.search.count(app.editor().unwrap()).unwrap_or_default()
}

fn notice(app: &App) -> String {
    app.notice().map(|notice| notice.text.clone()).unwrap_or_default()
}

/// Somebody else replaces a range.
fn edit(app: &mut App, server: &mut Document, range: std::ops::Range<usize>, new: &str) {
    server.apply(&app.editor().unwrap().buffer().difference(&[]).unwrap()).unwrap();
    let update = server.edit(ByteOffset(range.start)..ByteOffset(range.end), new, 0).unwrap();
    let (document, participant) = ("src/main.rs".parse().unwrap(), ParticipantId::new(2).unwrap());
    hear(app, Edited { document, participant, update: update.into() }, 500);
}

#[test]
fn typing_shows_the_first_match_from_the_cursor_and_esc_goes_back() {
    let (mut app, _) = on(TEXT);
    press(&mut app, "<down><c-f>two", 0);
    assert_eq!((at(&app), count(&app).as_str()), (("Two".into(), "2:4".into()), "2 of 4"));
    press(&mut app, "<bs><bs><bs>thr", 0);
    assert_eq!((at(&app), count(&app).as_str()), (("thr".into(), "2:8".into()), "1 of 1"));
    press(&mut app, "x", 0);
    assert_eq!((at(&app).1.as_str(), count(&app).as_str()), ("2:1", "nothing found"));
    press(&mut app, "<esc>", 0);
    assert!(app.search.prompt.is_none());
    assert_eq!(at(&app), (String::new(), "2:1".into()));
    assert_eq!(text(&app), TEXT);
}

#[test]
fn enter_takes_the_match_and_goes_on_from_it() {
    let (mut app, _) = on(TEXT);
    press(&mut app, "<c-f>two<cr>", 0);
    assert_eq!(count(&app), "1 of 4");
    press(&mut app, "<cr>", 0);
    assert_eq!(count(&app), "2 of 4");
    press(&mut app, "<a-cr><a-cr>", 0);
    assert_eq!(
        (count(&app).as_str(), notice(&app)),
        ("4 of 4", "The search came to the start, went on at the end".into())
    );
    press(&mut app, "<s-cr><esc>", 0);
    assert_eq!(at(&app), ("two".into(), "3:4".into()), "what was taken is kept");
    press(&mut app, "<esc><esc><a-.>", 0);
    assert_eq!((at(&app).1, notice(&app)), ("3:10".into(), "two: 4 of 4".into()));
    press(&mut app, "<a-.>", 0);
    assert_eq!(notice(&app), "two: 1 of 4; came to the end, went on at the start");
    press(&mut app, "<a-,><a-,>", 0);
    assert_eq!(at(&app).1, "3:4");
}

#[test]
fn the_rules_are_changed_with_a_key_each_and_a_wrong_pattern_says_what_is_wrong() {
    let (mut app, _) = on(TEXT);
    press(&mut app, "<c-f>two<a-c>", 0);
    assert_eq!(count(&app), "1 of 3");
    press(&mut app, "<a-w>", 0);
    assert_eq!(count(&app), "1 of 2");
    press(&mut app, "<a-c><a-w><a-r>", 0);
    assert_eq!(count(&app), "1 of 4");
    press(&mut app, "[", 0);
    assert_eq!(app.search.problem().as_deref(), Some("unclosed character class"));
    press(&mut app, "a-z_]x<cr><esc>", 0);
    assert_eq!(at(&app), ("two_x".into(), "3:6".into()));
    press(&mut app, "<c-f><a-r>", 0);
    assert_eq!((count(&app).as_str(), app.search.prompt.as_ref().unwrap().source().as_str()), ("1 of 1", "two_x"));
}

#[test]
fn what_is_selected_is_searched_for_and_what_was_searched_for_comes_again() {
    let (mut app, _) = on(TEXT);
    press(&mut app, "<c-s-right><c-f>", 0);
    assert_eq!((count(&app).as_str(), at(&app).0.as_str()), ("1 of 1", "one"));
    press(&mut app, "t", 0);
    assert_eq!(app.search.prompt.as_ref().unwrap().source(), "t", "what is typed comes in place of it");
    press(&mut app, "wo<cr><esc><esc><c-f>three<cr><esc><esc><c-home><c-f><cr>", 0);
    assert_eq!(at(&app).0, "three");
    press(&mut app, "<up><up>", 0);
    assert_eq!(app.search.prompt.as_ref().unwrap().source(), "two");
    press(&mut app, "<down><down>", 0);
    assert_eq!(app.search.prompt.as_ref().unwrap().source(), "");
    press(&mut app, "<esc><down><s-down><c-f>", 0);
    assert_eq!(app.search.prompt.as_ref().unwrap().source(), "", "not more than a line");
    update(&mut app, Event::Paste("two\nthree".into()), 0);
    assert_eq!(count(&app), "1 of 4");
}

#[test]
fn the_count_and_the_way_back_stay_right_while_others_edit() {
    let (mut app, mut server) = on(TEXT);
    press(&mut app, "<c-end><c-f>two", 0);
    assert_eq!((at(&app).1.as_str(), count(&app).as_str()), ("1:8", "1 of 4"));
    edit(&mut app, &mut server, 0..0, "two two\n");
    assert_eq!((at(&app).1.as_str(), count(&app).as_str()), ("2:8", "3 of 6"));
    edit(&mut app, &mut server, 12..14, "");
    assert_eq!(count(&app), "5 found", "the match that was shown is none any more");
    press(&mut app, "<esc>", 0);
    assert_eq!(at(&app), (String::new(), "5:1".into()));
}

#[test]
fn all_matches_become_cursors() {
    let (mut app, _) = on(TEXT);
    press(&mut app, "<c-f>two<a-a>x", 0);
    assert_eq!(text(&app), "one x\nx three\nx_x x\n");
    assert!(app.search.prompt.is_none());
    press(&mut app, "<esc>y", 0);
    assert_eq!(text(&app), "one xy\nx three\nx_x x\n");
}

#[test]
fn all_is_replaced_as_one_edit_that_one_undo_takes_back() {
    let (mut app, mut server) = on(TEXT);
    let effects = press(&mut app, "<c-r>two<cr>2<a-a>", 0);
    let edits = effects.iter().filter(|effect| matches!(effect, Effect::Send(ClientMessage::Edit(_)))).count();
    assert_eq!((text(&app).as_str(), edits), ("one 2\n2 three\n2_x 2\n", 1));
    assert_eq!(notice(&app), "Replaced 4 matches; Ctrl-Z takes them back");
    edit(&mut app, &mut server, 6..6, "theirs ");
    press(&mut app, "<c-z>", 0);
    assert_eq!(text(&app), "one two\ntheirs Two three\ntwo_x two\n");
    press(&mut app, "<c-y>", 0);
    assert_eq!(text(&app), "one 2\ntheirs 2 three\n2_x 2\n");
}

#[test]
fn each_match_is_asked_about_from_the_cursor_on_and_round_the_end() {
    let (mut app, _) = on(TEXT);
    press(&mut app, "<down><right><c-r>two<cr>2<cr>", 0);
    assert_eq!(at(&app).1, "3:4");
    press(&mut app, "yny", 0);
    assert_eq!(text(&app), "one 2\nTwo three\n2_x two\n");
    assert_eq!(at(&app).1, "2:4", "the last one is that before the cursor");
    press(&mut app, "n", 0);
    assert_eq!(notice(&app), "Replaced 2 matches; Ctrl-Z takes them back, one answer after the other");
    let (mut app, _) = on(TEXT);
    press(&mut app, "<c-r>two<cr>two two<cr>nya", 0);
    assert_eq!(text(&app), "one two\ntwo two three\ntwo two_x two two\n", "what was put in is not asked about");
    let (mut app, _) = on(TEXT);
    press(&mut app, "<c-r>two<cr>2<cr>yq<c-z>", 0);
    assert_eq!((text(&app).as_str(), app.search.prompt.is_none()), (TEXT, true));
}

#[test]
fn a_pattern_that_takes_nothing_is_asked_about_once_a_line() {
    let (mut app, _) = on("one\n\nthree\n");
    press(&mut app, "<c-r><a-r>$<cr>;<cr>", 0);
    press(&mut app, "yyy", 0);
    assert_eq!(text(&app), "one;\n;\nthree;\n");
}

#[test]
fn vims_question_about_a_match_that_somebody_changes_replaces_no_other() {
    let (mut app, mut server) = on("a one\na two\na three\n");
    app.use_keymap(KeymapName::Vim);
    press(&mut app, ":%s/a/b/c<cr>", 0);
    edit(&mut app, &mut server, 0..1, "A");
    press(&mut app, "y", 0);
    assert_eq!((text(&app).as_str(), at(&app).1.as_str()), ("A one\na two\na three\n", "2:1"));
    press(&mut app, "yn", 0);
    assert_eq!(text(&app), "A one\nb two\na three\n");
}

#[test]
fn groups_come_into_the_replacement_of_an_expression() {
    let (mut app, _) = on(TEXT);
    press(&mut app, "<c-r><a-r>(\\w+) (\\w+)<cr>$2 $1<a-a>", 0);
    assert_eq!(text(&app), "two one\nthree Two\ntwo two_x\n");
}

#[test]
fn a_match_that_somebody_changes_while_it_is_asked_about_is_left_alone() {
    let (mut app, mut server) = on(TEXT);
    press(&mut app, "<c-r>two<cr>2<cr>", 0);
    edit(&mut app, &mut server, 5..6, "");
    press(&mut app, "y", 0);
    assert_eq!((text(&app).as_str(), at(&app).1.as_str()), ("one to\nTwo three\ntwo_x two\n", "2:4"));
    edit(&mut app, &mut server, 0..0, "two\n");
    press(&mut app, "a", 0);
    assert_eq!(text(&app), "2\none to\n2 three\n2_x 2\n");
}

#[test]
fn who_only_reads_replaces_nothing() {
    let (mut app, _) = on(TEXT);
    app.room.role = Some(protocol::presence::Role::Viewer);
    press(&mut app, "<c-r>two<cr>2<a-a>", 0);
    assert!(notice(&app).starts_with("You read along"));
    press(&mut app, "<cr>", 0);
    assert!(app.search.prompt.as_ref().unwrap().asking.is_none());
    assert_eq!(text(&app), TEXT);
}

#[test]
fn lines_are_gone_to_while_they_are_typed() {
    let (mut app, _) = on(&"word\n".repeat(60));
    press(&mut app, "<c-g>12", 0);
    assert_eq!(at(&app).1, "12:1");
    press(&mut app, ":3<cr>", 0);
    assert_eq!((at(&app).1.as_str(), app.go_to.is_none()), ("12:3", true));
    press(&mut app, "<c-g>+4<cr><c-g>-1<cr>", 0);
    assert_eq!(at(&app).1, "15:1");
    press(&mut app, "<c-g>61<cr>", 0);
    let problem = |app: &App| app.go_to.as_ref().unwrap().place(app.editor().unwrap()).unwrap_err();
    assert_eq!((problem(&app).as_str(), at(&app).1.as_str()), ("there are 60 lines", "15:1"));
    press(&mut app, "<bs>x", 0);
    assert!(problem(&app).contains("12:5"));
    press(&mut app, "<bs>9<esc>", 0);
    assert_eq!((at(&app).1.as_str(), app.go_to.is_none()), ("15:1", true));
}

#[test]
fn in_the_vim_key_map_the_prompts_come_from_the_palette() {
    let (mut app, _) = on(TEXT);
    app.use_keymap(KeymapName::Vim);
    press(&mut app, "<c-p>search and<cr>two<cr>2<cr>yq", 0);
    assert_eq!(text(&app), "one 2\nTwo three\ntwo_x two\n");
    press(&mut app, "jx<c-p>next match<cr>x", 0);
    assert_eq!(text(&app), "one 2\nTwo three\nwo_x wo\n");
    press(&mut app, "<c-p>select every match<cr>", 0);
    assert!(notice(&app).contains("default key map"));
    press(&mut app, "<c-p>to a line<cr>3<cr>dd", 0);
    assert_eq!(text(&app), "one 2\nTwo three\n");
}

#[test]
fn a_match_that_is_far_away_is_shown_when_the_count_comes_to_it() {
    let (mut app, _) = on(&("let x = 1;\n".repeat(20_000) + "found\n"));
    press(&mut app, "<c-f><a-r>f.und", 0);
    assert_eq!((count(&app).as_str(), app.search.is_counting()), ("searching…", true));
    let ticks = (0..20).take_while(|_| {
        update(&mut app, Event::Tick, 0);
        app.search.is_counting()
    });
    assert!(ticks.count() > 0);
    assert_eq!((at(&app), count(&app).as_str()), (("found".into(), "20001:6".into()), "1 of 1"));
    press(&mut app, "<esc>", 0);
    assert_eq!(at(&app).1, "1:1");
}
