//! One searches and replaces while the other types into the same lines: nothing is lost, both hold one text, and one undo takes back just
//! the replacing. And several cursors through a real terminal.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use support::{ServerProcess, Tui, Typed, eventually};

support::server_entry!();

/// Lines of the text; each has two matches.
const LINES: usize = 300;

fn lines(word: &str) -> String {
    (0..LINES).fold(String::new(), |text, line| text + &format!("{word} line {line} with {word}\n"))
}

/// The text once all three hold the same.
fn one_text(server: &ServerProcess, link: &str, tuis: [&mut Tui; 2]) -> String {
    let [ada, grace] = tuis;
    eventually("one text everywhere", || {
        let texts = [server.text(link), ada.text(), grace.text()];
        texts.iter().all(|text| *text == texts[0]).then(|| texts[0].clone())
    })
}

#[test]
fn all_is_replaced_while_the_other_types_into_it_and_one_undo_takes_back_just_that() {
    let server = ServerProcess::start();
    let link = server.create_room("a.txt", &lines("old"));
    let (mut ada, mut grace) = (Tui::join(&link, "Ada"), Tui::join(&link, "Grace"));
    // In the middle of a word that is to be replaced.
    grace.keys("<down><down><down><right>");
    let (of_grace, stop) = (Typed::new("g"), AtomicBool::new(false));
    let wait_for_words = |more: usize| {
        let wanted = of_grace.count() + more;
        eventually("more words of Grace", || (of_grace.count() >= wanted).then_some(()));
    };
    std::thread::scope(|scope| {
        let typing = scope.spawn(|| of_grace.type_until(&mut grace, &stop));
        wait_for_words(5);
        ada.keys("<c-r>old<cr>brandnew");
        ada.wait_for("old→brandnew line");
        ada.wait_for(&format!("of {}", 2 * LINES - 1));
        wait_for_words(5);
        ada.keys("<a-a>");
        ada.wait_for(&format!("Replaced {} matches", 2 * LINES - 1));
        wait_for_words(5);
        server_has(&server, &link, |text| !text.contains("old line") && text.contains("brandnew line 299"));
        ada.keys("<c-z>");
        server_has(&server, &link, |text| !text.contains("brandnew") && text.contains("old line 299"));
        wait_for_words(5);
        ada.keys("<c-y>");
        server_has(&server, &link, |text| !text.contains("old line") && text.contains("brandnew line 299"));
        stop.store(true, Ordering::SeqCst);
        typing.join().unwrap();
    });
    let text = one_text(&server, &link, [&mut ada, &mut grace]);
    of_grace.assert_each_once(&text);
    assert!(of_grace.count() >= 20);
    assert_eq!(text.matches("brandnew").count(), 2 * LINES - 1);
    // What is left without Grace's words, and the lines she began, is the text with each match replaced but the one she typed into.
    let words = of_grace.words();
    let without: String = words.iter().fold(text, |text, word| text.replace(&format!("{word} "), ""));
    let replaced = |number: usize| format!("brandnew line {number} with brandnew\n");
    for number in (0..LINES).filter(|number| *number != 3) {
        assert!(without.contains(&replaced(number)), "line {number}:\n{without}");
    }
    assert!(without.contains("ld line 3 with brandnew\n"), "{without}");
}

fn server_has(server: &ServerProcess, link: &str, holds: impl Fn(&str) -> bool) {
    eventually("the text in the room", || holds(&server.text(link)).then_some(()));
}

#[test]
fn several_cursors_type_select_columns_and_come_back_to_one() {
    let server = ServerProcess::start();
    let link = server.create_room("a.txt", "let a = 1;\nlet bc = 2;\nlet def = 3;\n");
    let (mut ada, mut grace) = (Tui::join(&link, "Ada"), Tui::join(&link, "Grace"));
    ada.keys("<c-d><c-d><c-d>");
    ada.wait_for("3 cursors  9 selected");
    ada.keys("const");
    server.wait_for_text(&link, "const a = 1;\nconst bc = 2;\nconst def = 3;\n");
    grace.wait_until("Ada's words in all lines", |screen| screen.contents().matches("const").count() == 3);
    grace.keys("<c-home>// ");
    ada.wait_for("// const");
    ada.keys("!");
    server.wait_for_text(&link, "// const! a = 1;\nconst! bc = 2;\nconst! def = 3;\n");
    ada.keys("<esc>");
    ada.wait_gone("3 cursors");
    ada.keys("<c-z>");
    server.wait_for_text(&link, "// let a = 1;\nlet bc = 2;\nlet def = 3;\n");
    // Columns, by keys that arrive in every terminal, and by the mouse with Alt.
    ada.keys("<c-home><s-a-down><s-a-down><s-a-right><s-a-right><s-a-right>");
    ada.wait_for("3 cursors  9 selected");
    ada.keys("<esc>");
    ada.wait_gone("3 cursors");
    ada.drag_with_alt((5 + 4, 2), (5 + 6, 3));
    ada.wait_for("2 cursors  4 selected");
    ada.keys("<bs>x");
    server.wait_for_text(&link, "// let a = 1;\nlet x = 2;\nlet xf = 3;\n");
    ada.keys("<c-g>3:5<cr><c-]>");
    ada.wait_for("3:5");
}
