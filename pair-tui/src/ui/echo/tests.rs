//! A row that is painted alone gives the very frame that painting everything gives, whatever keys come, and whoever edits elsewhere.

use super::*;
use crate::{
    app::update::tests as story,
    ui::{self, theme::Theme},
};
use proptest::prelude::*;
use ratatui::{Terminal, backend::TestBackend};

/// Lines without brackets: a bracket's partner in another line is what an echo leaves to the next whole frame.
const LINE: &str = "let some = value.of(a) + \"a string\"; // 日本語\n";

fn app(lines: usize, theme: Theme) -> App {
    let mut app = story::app((110, 20));
    app.theme = theme;
    let text = LINE.replace(['(', ')'], " ").repeat(lines);
    story::connect(&mut app, &story::server_document(&text), 0);
    story::press(&mut app, "<esc><esc>", 1_000);
    app
}

fn whole(app: &App) -> Buffer {
    let (width, height) = app.size();
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| ui::draw(frame, app)).unwrap();
    terminal.backend().buffer().clone()
}

/// The frame of before with the rows of an echo over it.
fn laid_over(mut frame: Buffer, echo: &Echo) -> Buffer {
    for row in &echo.rows {
        for position in row.area.positions() {
            frame[position] = row[position].clone();
        }
    }
    frame
}

#[test]
fn letters_are_echoes_and_what_changes_more_is_not() {
    let mut app = app(100, Theme::default());
    let is_echo = |app: &mut App, keys: &str| {
        let around = Around::of(app);
        app.drawn();
        story::press(app, keys, 2_000);
        around.is_some_and(|around| draw(app, &around).is_some())
    };
    assert!(is_echo(&mut app, "x"));
    assert!(is_echo(&mut app, "<bs><right><del>y"));
    for more in ["<cr>", "<down>", "<c-end>", "<s-left>", "<left>", "<c-f>", "x", "<esc>", "<c-z>", "<f1>", "<esc>"] {
        let had = is_echo(&mut app, more);
        // With the first key after something was selected or lay over the text, the next one is an echo again.
        assert!(!had, "{more}");
    }
    assert!(is_echo(&mut app, "z"));
}

fn keys() -> impl Strategy<Value = Vec<&'static str>> {
    let some = [
        "a",
        "b",
        " ",
        ";",
        "日",
        "e\u{301}",
        "<bs>",
        "<del>",
        "<left>",
        "<right>",
        "<home>",
        "<end>",
        "<up>",
        "<down>",
        "<cr>",
        "<tab>",
        "<c-z>",
        "<c-y>",
        "<s-right>",
        "<s-up>",
        "<c-left>",
        "<pagedown>",
        "<c-home>",
    ];
    // Letters more often than the rest.
    let one = prop_oneof![3 => prop::sample::select(vec!["x", "y", "_", "<bs>", "<right>"]), 1 => prop::sample::select(some.to_vec())];
    prop::collection::vec(one, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn an_echo_is_what_the_whole_frame_has(keys in keys(), is_long in any::<bool>(), theme in 0_usize..4) {
        let theme = ui::look_tests::themes()[theme].1;
        let mut app = app(if is_long { 100 } else { 5 }, theme);
        let mut before = whole(&app);
        let (mut around, mut echoes) = (Around::of(&app), 0);
        app.drawn();
        for key in keys {
            story::press(&mut app, key, 2_000);
            let now = whole(&app);
            if let Some(echo) = around.as_ref().and_then(|around| draw(&app, around)) {
                echoes += 1;
                prop_assert_eq!(laid_over(before, &echo), now.clone(), "{} after {} echoes", key, echoes);
            } else {
                around = Around::of(&app);
                app.drawn();
            }
            before = now;
        }
    }
}
