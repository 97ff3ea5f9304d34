//! Screens of searching, replacing and several cursors.

use super::{
    code_tests,
    tests::{room, screen},
    theme::{Depth, Theme},
};
use crate::app::update::tests as story;

#[test]
fn matches_are_counted_and_what_would_replace_them_is_shown() {
    let mut app = room((80, 24), 11);
    story::press(&mut app, "<c-f>edit", 20_000);
    insta::assert_snapshot!("search", screen(&app));
    story::press(&mut app, "<a-r>(", 20_000);
    insta::assert_snapshot!("search_problem", screen(&app));
    story::press(&mut app, "<esc><c-r>e(di)t\\b<tab>$1-日本<a-c>", 20_000);
    insta::assert_snapshot!("replace", screen(&app));
    story::press(&mut app, "<cr>y", 20_000);
    insta::assert_snapshot!("replace_asks", screen(&app));
}

#[test]
fn the_prompts_are_usable_on_small_screens() {
    let mut app = room((40, 10), 11);
    story::press(&mut app, "<c-r>edit<cr>change", 20_000);
    insta::assert_snapshot!("replace_tiny", screen(&app));
    let mut app = room((40, 5), 11);
    story::press(&mut app, "<c-r>edit<cr>change<cr>", 20_000);
    insta::assert_snapshot!("replace_five_rows", screen(&app));
    let mut app = room((60, 10), 11);
    story::press(&mut app, "<c-g>99", 20_000);
    insta::assert_snapshot!("go_to_line", screen(&app));
}

#[test]
fn what_goes_what_comes_and_every_cursor_is_told_without_colours() {
    let mut app = code_tests::room(Theme { depth: Depth::None, ..Theme::default() });
    story::press(&mut app, "<c-home><c-r>edit<cr>change", 400);
    insta::assert_snapshot!("replace_no_colour", code_tests::looks(&app));
    story::press(&mut app, "<esc><c-home><c-a-down><c-a-down><s-right><s-right>", 500);
    insta::assert_snapshot!("cursors_no_colour", code_tests::looks(&app));
}
