//! How a file's bytes are a document's text: a document has plain line feeds and no byte order mark, whatever its file has. Pure.

/// How lines end in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LineEnds {
    /// By line feeds; also where both occur, for then they are part of the text.
    #[default]
    Lf,
    /// All of them by carriage return and line feed.
    CrLf,
}

/// What a file has around its text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileFormat {
    /// How lines end.
    pub line_ends: LineEnds,
    /// Whether it begins with UTF-8's byte order mark.
    pub has_mark: bool,
}

/// Why bytes are no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// They are not UTF-8.
    #[error("byte {at} is not UTF-8")]
    NotText {
        /// The first byte that is not, from 0.
        at: usize,
    },
}

/// A file's text as a document has it, and its format.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiskText {
    /// The text; none where there is no file.
    pub text: Option<String>,
    /// Its format.
    pub format: FileFormat,
}

/// UTF-8's byte order mark.
const MARK: char = '\u{feff}';

impl DiskText {
    /// Reads a file's bytes.
    ///
    /// # Errors
    /// [`FormatError`].
    pub fn decode(bytes: Vec<u8>) -> Result<Self, FormatError> {
        let whole =
            String::from_utf8(bytes).map_err(|error| FormatError::NotText { at: error.utf8_error().valid_up_to() })?;
        let (has_mark, text) = match whole.strip_prefix(MARK) {
            Some(rest) => (true, rest.to_owned()),
            None => (false, whole),
        };
        let breaks = text.matches('\n').count();
        let is_crlf = breaks > 0 && text.matches("\r\n").count() == breaks;
        let (line_ends, text) =
            if is_crlf { (LineEnds::CrLf, text.replace("\r\n", "\n")) } else { (LineEnds::Lf, text) };
        Ok(Self { text: Some(text), format: FileFormat { line_ends, has_mark } })
    }
}

impl FileFormat {
    /// A text as bytes of a file of this format. Nothing is added at its end: a last line without a break stays one.
    pub fn encode(self, text: &str) -> Vec<u8> {
        let mut bytes = if self.has_mark { MARK.to_string().into_bytes() } else { Vec::new() };
        match self.line_ends {
            LineEnds::Lf => bytes.extend_from_slice(text.as_bytes()),
            // A pasted text may have brought some of its own.
            LineEnds::CrLf => bytes.extend(text.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes()),
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_back_byte_by_byte() {
        for (bytes, text, line_ends, has_mark) in [
            ("a\nb\n", "a\nb\n", LineEnds::Lf, false),
            ("a\r\nb", "a\nb", LineEnds::CrLf, false),
            ("\u{feff}a\r\n", "a\n", LineEnds::CrLf, true),
            ("\u{feff}", "", LineEnds::Lf, true),
            ("a\r\nb\n", "a\r\nb\n", LineEnds::Lf, false),
            ("a\rb", "a\rb", LineEnds::Lf, false),
            ("", "", LineEnds::Lf, false),
        ] {
            let read = DiskText::decode(bytes.as_bytes().to_vec()).unwrap();
            assert_eq!(read.text.as_deref(), Some(text));
            assert_eq!(read.format, FileFormat { line_ends, has_mark });
            assert_eq!(read.format.encode(text), bytes.as_bytes(), "{bytes:?}");
        }
        assert_eq!(DiskText::decode(b"caf\xe9".to_vec()), Err(FormatError::NotText { at: 3 }));
        let format = FileFormat { line_ends: LineEnds::CrLf, has_mark: false };
        assert_eq!(format.encode("a\r\nb\n"), b"a\r\nb\r\n");
    }
}
