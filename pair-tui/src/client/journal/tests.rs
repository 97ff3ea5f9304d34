//! Journals on a real file system: what is given comes back, whoever died in between; nothing that makes no sense is deleted.

use super::{record::Tail, *};
use protocol::RoomId;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

/// A disk that takes longer hangs.
const DEADLINE: Duration = Duration::from_secs(20);

const SERVER: &str = "http://h:1";

fn room() -> RoomId {
    "brave-otter".parse().unwrap()
}

fn writer(client: u32) -> Writer {
    Writer { client: ClientId::from_random_32(client), secret: format!("{client:016}") }
}

fn entry(text: &str, edits: u32) -> Entry {
    Entry { document: DocumentPath::main(), edits, update: Blob::from(text.as_bytes().to_vec()) }
}

fn append(text: &str, made: u64) -> Order {
    Order::Append { entries: vec![entry(text, 1)], made }
}

fn whole(text: &str, made: u64) -> Order {
    Order::Whole { documents: vec![entry(text, 1)], made }
}

fn open(folder: &Path, client: u32) -> Opened {
    Journals::new(folder.to_owned()).open(SERVER, &room(), &writer(client), 7).unwrap()
}

fn texts(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|entry| String::from_utf8(entry.update.to_vec()).unwrap()).collect()
}

/// Waits until everything up to an edit is reported as safe, or for what else is reported.
async fn until_written(journal: &mut Journal, made: u64) -> Result<(), String> {
    loop {
        match tokio::time::timeout(DEADLINE, journal.next()).await.expect("a report in time") {
            Some(Report::Written { made: at }) if at >= made => return Ok(()),
            Some(Report::Written { .. }) => {}
            Some(Report::Failed(why)) => return Err(why),
            None => panic!("the thread is gone"),
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[tokio::test]
async fn what_was_reported_written_comes_back_to_the_next_run() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("not/there/yet");
    let mut first = open(&folder, 1);
    assert!(first.entries.is_empty() && first.set_aside.is_empty());
    first.journal.write(whole("all", 1));
    first.journal.write(append("more", 2));
    until_written(&mut first.journal, 2).await.unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(first.journal.path()).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "the secret is nobody else's");
    // As by kill -9: nothing is closed; the kernel lets go of the lock.
    drop(first.journal);
    let mut second = until_free(&folder, 2).await;
    assert_eq!((texts(&second.entries), second.unstored), (vec!["all".to_owned(), "more".to_owned()], 2));
    assert_eq!(second.formerly, [writer(1)]);
    assert_eq!(files(&folder).len(), 1, "the old file stays until the new one holds what it held");
    second.journal.write(whole("all of it", 2));
    until_written(&mut second.journal, 2).await.unwrap();
    assert_eq!(files(&folder), [second.journal.path()]);
    drop(second.journal);
    let third = until_free(&folder, 3).await;
    assert_eq!(third.formerly, [writer(2), writer(1)], "the secrets of all whose text is there are handed on");
}

/// Opens when the thread of a dropped journal has let go of its file.
async fn until_free(folder: &Path, client: u32) -> Opened {
    let began = Instant::now();
    loop {
        let opened = open(folder, client);
        if opened.unstored > 0 {
            return opened;
        }
        assert_eq!(opened.journal.close(), None);
        assert!(began.elapsed() < DEADLINE, "the file is never free");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_is_durable_does_not_come_back_and_leaves_no_file() {
    let home = tempfile::tempdir().unwrap();
    let mut opened = open(home.path(), 1);
    opened.journal.write(whole("all", 1));
    opened.journal.write(Order::Durable);
    assert_eq!(opened.journal.close(), None);
    assert!(files(home.path()).is_empty());
    let mut opened = open(home.path(), 1);
    opened.journal.write(whole("all", 1));
    opened.journal.write(Order::Durable);
    opened.journal.write(append("x", 2));
    let file = opened.journal.close().expect("a file that is needed stays");
    assert!(Journals::new(home.path().to_owned()).has_left(SERVER, &room()));
    let again = open(home.path(), 2);
    assert_eq!((texts(&again.entries), again.unstored), (vec!["all".to_owned(), "x".to_owned()], 1));
    assert!(file.exists());
}

#[test]
fn two_programs_in_one_room_do_not_share_a_journal_and_other_rooms_are_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let mut first = open(home.path(), 1);
    first.journal.write(whole("mine", 1));
    let other: RoomId = "other".parse().unwrap();
    let journals = Journals::new(home.path().to_owned());
    let mut elsewhere = journals.open(SERVER, &other, &writer(5), 7).unwrap();
    elsewhere.journal.write(whole("elsewhere", 1));
    assert!(elsewhere.journal.close().is_some());
    let began = Instant::now();
    while files(home.path()).len() < 2 {
        assert!(began.elapsed() < DEADLINE);
    }
    let second = open(home.path(), 2);
    assert!(second.entries.is_empty() && second.formerly.is_empty());
    assert!(journals.list().unwrap().iter().any(|left| left.is_in_use));
    assert!(!journals.has_left(SERVER, &room()), "what is in use was not left");
    assert!(journals.has_left(SERVER, &other));
    assert!(!journals.has_left("http://another:1", &other));
}

#[test]
fn broken_and_foreign_files_are_set_aside_and_what_is_readable_comes_back() {
    let home = tempfile::tempdir().unwrap();
    let mut opened = open(home.path(), 1);
    opened.journal.write(whole("good", 1));
    opened.journal.write(append("will be hurt", 2));
    opened.journal.write(append("behind it", 3));
    let file = opened.journal.close().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    let hurt = bytes.windows(4).position(|four| four == b"hurt").unwrap();
    bytes[hurt] = b'H';
    fs::write(&file, &bytes).unwrap();
    let foreign = home.path().join("foreign.journal");
    fs::write(&foreign, "not ours at all").unwrap();

    let mut opened = open(home.path(), 2);
    assert_eq!((texts(&opened.entries), opened.unstored), (vec!["good".to_owned()], 1));
    assert_eq!(opened.set_aside.len(), 2, "{:?}", opened.set_aside);
    for (path, content) in [(&file, bytes), (&foreign, b"not ours at all".to_vec())] {
        let aside = path.with_extension("broken");
        assert!(opened.set_aside.iter().any(|told| told.contains(&aside.display().to_string())));
        assert_eq!(fs::read(&aside).unwrap(), content, "nothing of it is lost");
    }
    assert!(!foreign.exists());
    assert!(file.exists(), "what is good in it is nowhere else yet: this run may be killed");
    opened.journal.write(whole("good", 1));
    assert!(opened.journal.close().is_some() && !file.exists(), "now it is");
}

#[test]
fn a_broken_journal_comes_back_also_where_the_run_that_found_it_was_killed() {
    let home = tempfile::tempdir().unwrap();
    let mut opened = open(home.path(), 1);
    opened.journal.write(whole("good", 1));
    opened.journal.write(append("hurt", 2));
    let file = opened.journal.close().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    let hurt = bytes.windows(4).position(|four| four == b"hurt").unwrap();
    bytes[hurt] = b'H';
    fs::write(&file, &bytes).unwrap();
    // Killed before it wrote anything of its own.
    drop(open(home.path(), 2).journal.close());
    let again = open(home.path(), 3);
    assert_eq!(texts(&again.entries), ["good"]);
    for ending in ["broken", "broken-1"] {
        assert_eq!(fs::read(file.with_extension(ending)).unwrap(), bytes);
    }
}

#[test]
fn a_torn_end_is_cut_off_in_silence() {
    let home = tempfile::tempdir().unwrap();
    let mut opened = open(home.path(), 1);
    opened.journal.write(whole("good", 1));
    opened.journal.write(append("torn", 2));
    let file = opened.journal.close().unwrap();
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 3]).unwrap();
    let opened = open(home.path(), 2);
    assert_eq!((texts(&opened.entries), opened.set_aside.len()), (vec!["good".to_owned()], 0));
    let left = Journals::new(home.path().to_owned()).list().unwrap();
    assert_eq!(left[0].content.tail, Tail::Torn);
}

#[tokio::test]
async fn a_disk_that_takes_nothing_is_told_and_a_whole_journal_mends_it() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journals");
    let mut opened = open(&folder, 1);
    opened.journal.write(whole("first", 1));
    until_written(&mut opened.journal, 1).await.unwrap();
    // A folder in the place of the file that a rewrite makes: nobody can write that, not even root.
    let blocker = opened.journal.path().with_extension("new");
    fs::create_dir(&blocker).unwrap();
    opened.journal.write(whole("second", 2));
    let why = until_written(&mut opened.journal, 2).await.unwrap_err();
    assert!(!why.is_empty());
    opened.journal.write(append("not written", 3));
    fs::remove_dir(&blocker).unwrap();
    opened.journal.write(whole("third", 3));
    until_written(&mut opened.journal, 3).await.unwrap();
    let file = opened.journal.close().unwrap();
    assert_eq!(texts(&record::read(&fs::read(file).unwrap()).entries), ["third"]);
}

#[test]
fn what_a_room_refused_is_set_aside_and_not_sent_again() {
    let home = tempfile::tempdir().unwrap();
    let mut opened = open(home.path(), 1);
    opened.journal.write(whole("refused", 1));
    let aside = opened.journal.refuse().unwrap();
    assert!(aside.exists() && aside.extension().unwrap() == "refused");
    assert!(open(home.path(), 2).entries.is_empty());
}
