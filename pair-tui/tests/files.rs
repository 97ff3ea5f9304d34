//! Files of the real program: written back, and in conflict with somebody else's changes on the disk while two people edit.

mod support;

use std::{fs, path::Path};
use support::{ServerProcess, Tui, TuiBuilder, eventually_or};

support::server_entry!();

/// Ada begins a room with this file in her folder; Grace joins it.
fn pair(server: &ServerProcess, folder: &Path, file: &str) -> (Tui, Tui, String) {
    let url = server.url().to_string();
    let ada = TuiBuilder::new(&["new", file, "--server", &url, "--name", "Ada"]).folder(folder).start();
    ada.wait_for("durable");
    let told = ada.look(|screen| screen.rows(0, 80).next().unwrap_or_default());
    let room = told.split_whitespace().find(|word| word.matches('-').count() >= 3).unwrap_or_default();
    assert!(!room.is_empty(), "the title names no room: {told}");
    let link = format!("{url}/rooms/{room}");
    (ada, Tui::join(&link, "Grace"), link)
}

fn wait_for_file(path: &Path, wanted: &str) {
    eventually_or(|| match fs::read_to_string(path).unwrap_or_default() {
        text if text == wanted => Ok(()),
        text => Err(format!("{wanted:?} in {}, which has {text:?}", path.display())),
    });
}

#[test]
fn a_file_is_written_back_with_its_line_ends_and_who_leaves_without_is_asked() {
    let server = ServerProcess::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dos.txt");
    fs::write(&file, "one\r\ntwo\r\n").unwrap();
    let (mut ada, mut grace, link) = pair(&server, folder.path(), "dos.txt");
    ada.wait_for("  written");
    grace.keys("<c-end>three");
    ada.wait_for("unwritten");
    assert_eq!(server.text(&link), "one\ntwo\nthree");
    ada.keys("<c-s>");
    ada.wait_for("dos.txt is written: 3 lines, 15 bytes");
    wait_for_file(&file, "one\r\ntwo\r\nthree");
    grace.keys("!");
    ada.wait_for("unwritten");
    ada.keys("<c-q>");
    ada.wait_for("Not written: dos.txt");
    ada.keys("w");
    assert_eq!(ada.wait_for_exit().exit_code(), 0);
    wait_for_file(&file, "one\r\ntwo\r\nthree!");
    let names = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 1, "nothing is left beside the file");
}

#[test]
fn a_file_that_changed_on_the_disk_is_shown_and_each_way_out_works() {
    let server = ServerProcess::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.md");
    fs::write(&file, "# Notes\n\nfirst\nlast\n").unwrap();
    let (mut ada, mut grace, link) = pair(&server, folder.path(), "notes.md");
    // Both type, and a third hand writes the file.
    ada.keys("<c-end>by Ada");
    grace.keys("<end> of us<down>");
    server.wait_for_text(&link, "# Notes of us\n\nfirst\nlast\nby Ada");
    ada.wait_for("# Notes of us");
    fs::write(&file, "# Notes\n\nfirst\nfrom the disk\nlast\n").unwrap();
    ada.keys("<c-s>");
    for said in ["notes.md was changed on the disk", "-from the disk", "+by Ada", "+# Notes of us"] {
        ada.wait_for(said);
    }
    // Leave both, and look again.
    ada.keys("<esc>");
    ada.wait_gone("from the disk");
    assert_eq!(fs::read_to_string(&file).unwrap(), "# Notes\n\nfirst\nfrom the disk\nlast\n");
    // Elsewhere.
    ada.keys("<c-s>");
    ada.wait_for("-from the disk");
    ada.keys("<f4>");
    ada.wait_for("Save as");
    ada.keys("<end>.ours<cr>");
    wait_for_file(&folder.path().join("notes.md.ours"), "# Notes of us\n\nfirst\nlast\nby Ada");
    ada.wait_for("  written");
    // The file's text into the room, in place of what Grace wrote too; one undo takes it back.
    fs::write(folder.path().join("notes.md.ours"), "# Notes of us\n\nthe disk's\nlast\nby Ada").unwrap();
    ada.keys("<home>#");
    grace.keys("<home>later ");
    ada.wait_until("Grace's word", |screen| screen.rows(0, 80).nth(2).is_some_and(|row| row.contains("later ")));
    ada.keys("<c-s>");
    for said in ["-the disk's", "+later", "+#by Ada"] {
        ada.wait_for(said);
    }
    ada.keys("<f3>");
    server.wait_for_text(&link, "# Notes of us\n\nthe disk's\nlast\nby Ada");
    ada.keys("<c-z>");
    server.wait_for_text(&link, "# Notes of us\nlater \nfirst\nlast\n#by Ada");
    // Mine, over what somebody wrote; and over what was deleted.
    ada.keys("<c-s>");
    ada.wait_for("is written");
    fs::remove_file(folder.path().join("notes.md.ours")).unwrap();
    ada.keys("!<c-s>");
    ada.wait_for("is gone from the disk");
    ada.keys("<f2>");
    wait_for_file(&folder.path().join("notes.md.ours"), "# Notes of us\nlater \nfirst\nlast\n#!by Ada");
}

#[test]
fn a_guest_with_vims_keys_writes_a_file_of_their_own_and_overwrites_none_unseen() {
    let server = ServerProcess::start();
    let folder = tempfile::tempdir().unwrap();
    let link = server.create_room("a.txt", "one\ntwo\n");
    let taken = folder.path().join("taken.txt");
    fs::write(&taken, "theirs\n").unwrap();
    let join = ["join", &link, "--name", "Grace", "--keys", "vim"];
    let mut grace = TuiBuilder::new(&join).folder(folder.path()).start();
    grace.wait_for("durable");
    grace.keys(":w taken.txt<cr>");
    grace.wait_for("taken.txt is there already");
    grace.wait_for("-theirs");
    grace.keys("<esc>");
    grace.wait_gone("-theirs");
    grace.keys(":w no/such.txt<cr>");
    grace.wait_for("there is no folder");
    grace.keys(":w mine.txt<cr>");
    grace.wait_for("mine.txt is written");
    wait_for_file(&folder.path().join("mine.txt"), "one\ntwo\n");
    grace.keys("dd:q<cr>");
    grace.wait_for("Not written: mine.txt");
    grace.keys("<esc>");
    grace.wait_gone("Quit without writing");
    grace.keys(":wq<cr>");
    assert_eq!(grace.wait_for_exit().exit_code(), 0);
    wait_for_file(&folder.path().join("mine.txt"), "two\n");
    assert_eq!(fs::read_to_string(&taken).unwrap(), "theirs\n");
}
