//! Files on a real disk: what is kept, what is refused, and that nobody sees half of anything.

use super::{
    format::{FileFormat, LineEnds},
    write::{Expected, Written, write},
    *,
};
use std::{
    fs::Permissions,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
};

fn known(text: &str) -> Expected {
    Expected::Text(DiskText { text: Some(text.into()), format: FileFormat::default() })
}

fn put(path: &Path, text: &str, expected: &Expected) -> Result<Written, String> {
    write(path, text, FileFormat::default(), expected).map_err(|error| error.to_string())
}

/// What is in a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_replaced_and_keeps_its_mode_and_owner_and_nothing_is_left_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.sh");
    fs::write(&file, "old\n").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o751)).unwrap();
    let old = fs::metadata(&file).unwrap();
    assert_eq!(put(&file, "new", &known("old\n")), Ok(Written::Done { bytes: 3 }));
    let new = fs::metadata(&file).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    assert_eq!((new.mode() & 0o7777, new.uid(), new.gid()), (0o751, old.uid(), old.gid()));
    assert_ne!(new.ino(), old.ino(), "it was replaced, not overwritten");
    assert_eq!(names(folder.path()), ["a.sh"]);
    assert_eq!(put(&file, "new", &known("new")), Ok(Written::Already));
}

#[test]
fn a_file_that_is_not_as_expected_is_left_alone_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.txt");
    fs::write(&file, "one\ntheirs\n").unwrap();
    let Ok(Written::Differs { disk, lines }) = put(&file, "one\nmine\n", &known("one\n")) else { panic!("not seen") };
    assert_eq!(disk.text.as_deref(), Some("one\ntheirs\n"));
    assert!(lines.contains(&difference::DiffLine::Removed("theirs".into())));
    assert!(lines.contains(&difference::DiffLine::Added("mine".into())));
    assert_eq!(fs::read_to_string(&file).unwrap(), "one\ntheirs\n");
    // A new file, where there is one already.
    assert!(matches!(put(&file, "x", &Expected::Text(DiskText::default())), Ok(Written::Differs { .. })));
    // One that is gone.
    fs::remove_file(&file).unwrap();
    let gone = put(&file, "x", &known("one\n"));
    assert!(matches!(gone, Ok(Written::Differs { disk: DiskText { text: None, .. }, .. })), "{gone:?}");
    assert_eq!(put(&file, "x", &Expected::Anything), Ok(Written::Done { bytes: 1 }));
    // The same text, whoever wrote it, is no difference.
    assert_eq!(put(&file, "x", &known("y")), Ok(Written::Already));
}

#[test]
fn links_are_followed_and_a_file_of_several_names_keeps_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("real")).unwrap();
    fs::write(at("real/a"), "old").unwrap();
    symlink("real/a", at("link")).unwrap();
    symlink("link", at("link2")).unwrap();
    put(&at("link2"), "new", &known("old")).unwrap();
    assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(at("real/a")).unwrap(), "new");
    symlink("real/not-yet", at("dangling")).unwrap();
    put(&at("dangling"), "made", &Expected::Text(DiskText::default())).unwrap();
    assert_eq!(fs::read_to_string(at("real/not-yet")).unwrap(), "made");
    fs::hard_link(at("real/a"), at("other")).unwrap();
    put(&at("other"), "both", &known("new")).unwrap();
    assert_eq!(fs::read_to_string(at("real/a")).unwrap(), "both");
    assert_eq!(names(&at("real")), ["a", "not-yet"]);
}

#[test]
fn what_can_not_be_written_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("fixed"), "old").unwrap();
    fs::set_permissions(at("fixed"), Permissions::from_mode(0o444)).unwrap();
    let refused = |path: PathBuf| put(&path, "new", &known("old")).unwrap_err();
    assert!(
        refused(at("fixed"))
            .ends_with("fixed is read-only; :w! writes it all the same, or write elsewhere with :w FILE")
    );
    assert!(refused(folder.path().to_owned()).contains("is a folder; name a file in it"));
    assert!(refused("/dev/null".into()).contains("is no ordinary file"));
    let nowhere = put(&at("no/such"), "new", &Expected::Text(DiskText::default())).unwrap_err();
    assert!(nowhere.contains("there is no folder") && nowhere.contains("/no; make it"), "{nowhere}");
    assert_eq!(put(&at("fixed"), "new", &Expected::Anything), Ok(Written::Done { bytes: 3 }));
    assert_eq!(fs::metadata(at("fixed")).unwrap().mode() & 0o777, 0o444);
    let full = LocalFileError::DiskFull { path: "a".into(), bytes: 9 };
    assert_eq!(full.to_string(), "no room on the disk for a (9 bytes); the file is as it was");
}

#[test]
fn line_ends_and_mark_are_those_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dos.txt");
    fs::write(&file, "\u{feff}one\r\ntwo").unwrap();
    let disk = read(&file).unwrap();
    assert_eq!((disk.text.as_deref(), disk.format.line_ends), (Some("one\ntwo"), LineEnds::CrLf));
    write(&file, "one\n2", disk.format, &Expected::Text(disk.clone())).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "\u{feff}one\r\n2");
}

#[test]
fn whoever_reads_meanwhile_sees_all_of_one_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.txt");
    let texts = ["a\n".repeat(100_000), "b\n".repeat(100_000)];
    fs::write(&file, &texts[0]).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = 0;
            while seen == 0 || !stop.load(std::sync::atomic::Ordering::SeqCst) {
                let text = fs::read_to_string(&file).unwrap();
                assert!(texts.contains(&text), "half a text of {} bytes", text.len());
                seen += 1;
            }
        });
        for turn in 1..40 {
            put(&file, &texts[turn % 2], &known(&texts[(turn + 1) % 2])).unwrap();
        }
        stop.store(true, std::sync::atomic::Ordering::SeqCst);
        reader.join().unwrap();
    });
}

#[test]
fn other_line_ends_are_a_change_and_shown_as_one() {
    use difference::DiffLine::{Added, Place, Removed};
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dos.txt");
    let ends =
        |its: &str, mine: &str| vec![Place("Lines end otherwise:".into()), Removed(its.into()), Added(mine.into())];
    for (was, is, shown) in [
        ("one\r\ntwo\r\n", "one\ntwo\n", ends("LF", "CRLF")),
        ("one\ntwo\n", "one\r\ntwo\r\n", ends("CRLF", "LF")),
        ("one\r\ntwo\r\n", "one\r\ntwo\n", ends("partly CRLF", "CRLF")),
        ("one\ntwo\n", "\u{feff}one\ntwo\n", vec![Removed("byte order mark".into())]),
    ] {
        fs::write(&file, was).unwrap();
        let known = read(&file).unwrap();
        fs::write(&file, is).unwrap();
        let written = write(&file, "one\ntwo\n", known.format, &Expected::Text(known.clone())).unwrap();
        let Written::Differs { disk, lines } = written else { panic!("{is:?} was not seen: {written:?}") };
        assert_eq!(lines, shown, "{is:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), is, "it is left alone");
        // What was decided on is written.
        let decided = write(&file, "one\ntwo\n", known.format, &Expected::Text(disk)).unwrap();
        assert!(matches!(decided, Written::Done { .. }));
        assert_eq!(fs::read_to_string(&file).unwrap(), was);
    }
}

#[test]
fn a_path_is_what_it_names() {
    let home = Path::new("/home/ada");
    let typed = |path| typed(path, Some(home));
    assert_eq!(typed("~/x"), Ok(home.join("x")));
    assert!(super::typed("~/x", None).unwrap_err().contains("HOME is not set"));
    assert_eq!(typed("./~/x"), Ok("~/x".into()), "a folder of that name");
    assert_eq!(typed("a~b"), Ok("a~b".into()));
    assert!(typed("~grace/x").unwrap_err().contains("~grace is nobody's home folder"));
    let here = std::env::current_dir().unwrap();
    for (one, other) in [("a", "./a"), ("a/b", "a/./c/../b"), ("a", here.join("a").to_str().unwrap())] {
        assert!(is_same(Path::new(one), Path::new(other)), "{one} {other}");
    }
    assert!(!is_same(Path::new("a"), Path::new("b/a")));
}
