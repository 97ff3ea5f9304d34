//! The file that a room is created from: its text, the name of its document, its language. Knows no room.

use crate::{
    app::{files::OpenedFile, outside::SourceText},
    editor::syntax::language,
    local_file::{self, LocalFileError},
};
use protocol::DocumentPath;
use std::path::{Component, Path};

/// Reads a file for a new room; a `~` at the start of its path is the home folder. One that does not exist begins an empty document of
/// that name.
///
/// # Errors
/// [`LocalFileError`] names the file.
pub fn read(path: &Path, home: Option<&Path>) -> Result<SourceText, LocalFileError> {
    let path = local_file::expanded(path, home);
    let disk = local_file::read(&path)?;
    let text = disk.text.clone().unwrap_or_default();
    let name = document_name(&path);
    let language = language::of_file(&name).or_else(|| language::of_script(&text)).map_or("text", |known| known.name);
    Ok(SourceText { name, text, language: Some(language.to_owned()), file: Some(OpenedFile { path, disk }) })
}

/// What the document is called in the room: the path as it was given where it is a plain relative one, else its last part.
fn document_name(path: &Path) -> String {
    let parts: Vec<_> = path.components().filter(|part| !matches!(part, Component::CurDir)).collect();
    let is_plain = parts.iter().all(|part| matches!(part, Component::Normal(_)));
    let whole = parts.iter().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    let last = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let fits = |name: &String| name.parse::<DocumentPath>().is_ok();
    Some(whole).filter(|_| is_plain).filter(fits).or_else(|| last.filter(fits)).unwrap_or_else(|| "main".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local_file::format::LineEnds;
    use protocol::Limits;
    use std::fs;

    #[test]
    fn names_tell_language_and_document() {
        for (path, name, word) in [
            ("src/room/state.rs", "src/room/state.rs", Some("rust")),
            ("./a.PY", "a.PY", Some("python")),
            ("/etc/passwd", "passwd", None),
            ("../x/y.tsx", "y.tsx", Some("tsx")),
            ("Makefile", "Makefile", Some("make")),
            ("a\nb", "main", None),
        ] {
            let language = language::of_file(path).map(|known| known.name);
            assert_eq!((document_name(Path::new(path)).as_str(), language), (name, word), "{path}");
        }
    }

    #[test]
    fn what_can_not_be_edited_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        fs::write(file("latin1.txt"), b"caf\xe9").unwrap();
        fs::write(file("big.txt"), vec![b'x'; Limits::default().document_bytes + 1]).unwrap();
        fs::write(file("good.rs"), "fn main() {}\r\n").unwrap();
        assert!(
            read(&file("latin1.txt"), None).unwrap_err().to_string().contains("latin1.txt is not UTF-8 text (byte 3)")
        );
        assert!(
            read(&file("big.txt"), None)
                .unwrap_err()
                .to_string()
                .contains("4194305 bytes, a document has at most 4194304")
        );
        assert!(matches!(read(folder.path(), None), Err(LocalFileError::Folder(_))));
        let good = read(&file("good.rs"), None).unwrap();
        assert_eq!((good.text.as_str(), good.language.as_deref()), ("fn main() {}\n", Some("rust")));
        assert_eq!(good.file.unwrap().disk.format.line_ends, LineEnds::CrLf);
        assert_eq!(read(&file("new.rs"), None).unwrap().text, "");
    }
}
