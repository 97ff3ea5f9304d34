//! The whole-text dialect of the standard endpoints: text frames of JSON, whole texts, no versions. Knows the messages only;
//! what a whole text means for the document is `room/plain_replica` of the server.

use crate::error_code::ErrorCode;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What a plain client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlainMessage {
    /// A new whole text.
    Update(PlainUpdate),
    /// Valid JSON, but no update: ignored.
    Other,
}

/// A plain client's new whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainUpdate {
    /// The whole text.
    pub code: String,
    /// The cursor, in UTF-16 code units, if the client said so.
    pub cursor: Option<usize>,
    /// The author's name, if the client said so.
    pub username: Option<String>,
}

/// The frame is not JSON; the connection closes with 1003.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the frame is not JSON: {0}")]
pub struct NotJson(String);

/// Every field may be missing or of any kind: front ends differ, and only the text matters.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    #[serde(default)]
    r#type: Option<serde_json::Value>,
    #[serde(default)]
    code: Option<serde_json::Value>,
    #[serde(default)]
    cursor_position: Option<serde_json::Value>,
    #[serde(default)]
    username: Option<serde_json::Value>,
}

/// Reads a plain client's frame. A `type` other than `update` makes it no update; a missing one does not.
///
/// # Errors
/// [`NotJson`] where the frame is not JSON.
pub fn read(frame: &str) -> Result<PlainMessage, NotJson> {
    use serde_json::Value;
    let frame = replace_lone_surrogates(frame);
    let fields = match serde_json::from_str::<Fields>(&frame) {
        Ok(fields) => fields,
        Err(error) if error.is_data() => return Ok(PlainMessage::Other),
        Err(error) => return Err(NotJson(error.to_string())),
    };
    let text = |value: Option<Value>| match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let update = matches!(&fields.r#type, None | Some(Value::Null))
        || fields.r#type.as_ref().is_some_and(|word| word == "update");
    match text(fields.code).filter(|_| update) {
        Some(code) => Ok(PlainMessage::Update(PlainUpdate {
            code,
            cursor: fields
                .cursor_position
                .and_then(|value| value.as_u64())
                .and_then(|cursor| usize::try_from(cursor).ok()),
            username: text(fields.username).filter(|name| !name.trim().is_empty()),
        })),
        None => Ok(PlainMessage::Other),
    }
}

/// The number of connections in the room.
pub fn participants(count: usize) -> String {
    format!("{{\"participants\":{count}}}")
}

/// The whole text as a new connection receives it: with the language, without an author.
pub fn first_sync(code: &str, language: &str) -> String {
    #[derive(Serialize)]
    struct Sync<'a> {
        r#type: &'static str,
        code: &'a str,
        language: &'a str,
    }
    serde_json::to_string(&Sync { r#type: "sync", code, language }).unwrap_or_default()
}

/// The whole text after an update, with its author's name (null where none is known).
pub fn sync(code: &str, author: Option<&str>) -> String {
    #[derive(Serialize)]
    struct Sync<'a> {
        r#type: &'static str,
        code: &'a str,
        author: Option<&'a str>,
    }
    serde_json::to_string(&Sync { r#type: "sync", code, author }).unwrap_or_default()
}

/// What went wrong, with the code that the room protocol uses. Front ends that know `sync` only skip it.
pub fn error(code: &ErrorCode, message: &str) -> String {
    #[derive(Serialize)]
    struct Error<'a> {
        r#type: &'static str,
        code: &'a ErrorCode,
        message: &'a str,
    }
    serde_json::to_string(&Error { r#type: "error", code, message }).unwrap_or_default()
}

/// Replaces escapes of single surrogates (`\ud83d` without its other half), which a browser writes when its string was cut
/// inside an emoji, by U+FFFD, as the browser itself would in UTF-8. JSON readers refuse them otherwise.
pub fn replace_lone_surrogates(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let mut replaced: Option<Vec<u8>> = None;
    let (mut at, mut copied) = (0, 0);
    while let Some(escape) = next_escape(bytes, at) {
        let Some(unit) = unicode_escape(bytes, escape) else {
            at = escape + 2;
            continue;
        };
        let pair = matches!(unit, 0xD800..=0xDBFF)
            && matches!(unicode_escape(bytes, escape + ESCAPE_BYTES), Some(0xDC00..=0xDFFF));
        if matches!(unit, 0xD800..=0xDFFF) && !pair {
            let out = replaced.get_or_insert_with(|| Vec::with_capacity(bytes.len()));
            out.extend_from_slice(bytes.get(copied..escape).unwrap_or_default());
            out.extend_from_slice(b"\\ufffd");
            copied = escape + ESCAPE_BYTES;
        }
        at = escape + if pair { 2 * ESCAPE_BYTES } else { ESCAPE_BYTES };
    }
    match replaced {
        None => Cow::Borrowed(json),
        Some(mut out) => {
            out.extend_from_slice(bytes.get(copied..).unwrap_or_default());
            // Only ASCII was replaced by ASCII, so the text is still UTF-8.
            Cow::Owned(String::from_utf8(out).unwrap_or_default())
        }
    }
}

/// Bytes of `\uXXXX`.
const ESCAPE_BYTES: usize = 6;

/// Where the next backslash stands.
fn next_escape(bytes: &[u8], from: usize) -> Option<usize> {
    bytes.get(from..)?.iter().position(|byte| *byte == b'\\').map(|at| from + at)
}

/// The UTF-16 code unit of the `\uXXXX` at a place, if one stands there.
fn unicode_escape(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + ESCAPE_BYTES)?.strip_prefix(b"\\u")?;
    let digits =
        std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(frame: &str) -> PlainUpdate {
        match read(frame).unwrap() {
            PlainMessage::Update(update) => update,
            PlainMessage::Other => panic!("{frame} is an update"),
        }
    }

    #[test]
    fn only_the_code_is_required() {
        assert_eq!(update(r#"{"code":"x"}"#), PlainUpdate { code: "x".into(), cursor: None, username: None });
        let full =
            update(r#"{"type":"update","code":"é","cursorPosition":12,"username":"alice","roomId":"r","more":[1]}"#);
        assert_eq!(full, PlainUpdate { code: "é".into(), cursor: Some(12), username: Some("alice".into()) });
        let odd = update(r#"{"code":"x","cursorPosition":-1,"username":7}"#);
        assert_eq!((odd.cursor, odd.username), (None, None));
    }

    #[test]
    fn valid_json_that_is_no_update_is_ignored_and_broken_json_is_not() {
        for other in ["[]", "7", "null", "{}", r#"{"code":7}"#, r#"{"type":"ping","code":"x"}"#] {
            assert_eq!(read(other), Ok(PlainMessage::Other), "{other}");
        }
        for broken in ["", "{", "hello", r#"{"code":"x"} y"#] {
            assert!(read(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn half_an_emoji_becomes_the_replacement_character() {
        assert_eq!(update(r#"{"code":"a\ud83db"}"#).code, "a\u{FFFD}b");
        assert_eq!(update(r#"{"code":"\ude00"}"#).code, "\u{FFFD}");
        assert_eq!(update(r#"{"code":"\ud83d\ud83d\ude00\\ud83d"}"#).code, "\u{FFFD}😀\\ud83d");
        assert_eq!(update(r#"{"code":"\ud83d\ude00"}"#).code, "😀");
    }

    #[test]
    fn answers_are_as_the_contract_writes_them() {
        assert_eq!(participants(3), r#"{"participants":3}"#);
        assert_eq!(first_sync("a\"b", "python"), r#"{"type":"sync","code":"a\"b","language":"python"}"#);
        assert_eq!(sync("a", Some("bob")), r#"{"type":"sync","code":"a","author":"bob"}"#);
        assert_eq!(sync("a", None), r#"{"type":"sync","code":"a","author":null}"#);
        let refused = error(&ErrorCode::DocumentTooLarge, "too long");
        assert_eq!(refused, r#"{"type":"error","code":"document_too_large","message":"too long"}"#);
    }
}
