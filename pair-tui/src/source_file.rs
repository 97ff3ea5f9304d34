//! The file that a room is created from: its text, the name of its document, its language. Knows no room.

use crate::{app::outside::SourceText, editor::syntax::language};
use protocol::{DocumentPath, Limits};
use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

/// Why a file can't begin a room.
#[derive(Debug, thiserror::Error)]
pub enum SourceFileError {
    /// It can't be read.
    #[error("can't read {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is a folder.
    #[error("{} is a folder; name one file, such as {}", .0.display(), .0.join("main.rs").display())]
    Folder(PathBuf),
    /// It is no text.
    #[error("{} is not UTF-8 text (byte {at}); pair edits text files only, convert it with iconv first", path.display())]
    NotText {
        /// Which.
        path: PathBuf,
        /// The first byte that is not, from 0.
        at: usize,
    },
    /// It is over the limit of a document.
    #[error("{} has {size} bytes, a document has at most {limit}", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: usize,
    },
}

/// Reads a file for a new room. One that does not exist begins an empty document of that name.
///
/// # Errors
/// [`SourceFileError`] names the file.
pub fn read(path: &Path) -> Result<SourceText, SourceFileError> {
    let text = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(source) => return Err(SourceFileError::Unreadable { path: path.to_owned(), source }),
        Ok(found) if found.is_dir() => return Err(SourceFileError::Folder(path.to_owned())),
        Ok(found) => text(path, found.len())?,
    };
    let name = document_name(path);
    let language = language::of_file(&name).or_else(|| language::of_script(&text)).map_or("text", |known| known.name);
    Ok(SourceText { name, text, language: Some(language.to_owned()) })
}

fn text(path: &Path, size: u64) -> Result<String, SourceFileError> {
    let limit = Limits::default().document_bytes;
    if size > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(SourceFileError::TooLarge { path: path.to_owned(), size, limit });
    }
    let bytes = fs::read(path).map_err(|source| SourceFileError::Unreadable { path: path.to_owned(), source })?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        SourceFileError::NotText { path: path.to_owned(), at }
    })
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
        assert!(read(&file("latin1.txt")).unwrap_err().to_string().contains("latin1.txt is not UTF-8 text (byte 3)"));
        assert!(
            read(&file("big.txt")).unwrap_err().to_string().contains("4194305 bytes, a document has at most 4194304")
        );
        assert!(matches!(read(folder.path()), Err(SourceFileError::Folder(_))));
        let good = read(&file("good.rs")).unwrap();
        assert_eq!((good.text.as_str(), good.language.as_deref()), ("fn main() {}\r\n", Some("rust")));
        assert_eq!(read(&file("new.rs")).unwrap().text, "");
    }
}
