//! Request bodies: JSON objects whose fields are checked one by one, so that one answer names everything that is wrong. Unknown
//! fields are ignored. Knows no resource.

use super::error::{ApiError, FieldProblem};
use axum::extract::rejection::BytesRejection;
use bytes::Bytes;
use http::StatusCode;
use protocol::plain::replace_lone_surrogates;
use serde_json::{Map, Value};
use std::str::FromStr;

/// The fields of a body, taken one by one.
#[derive(Debug)]
pub(super) struct Fields {
    fields: Map<String, Value>,
    problems: Vec<FieldProblem>,
}

impl Fields {
    /// Reads a JSON object; where `may_be_empty`, nothing at all and `null` count as an object without fields.
    pub(super) fn read(body: Result<Bytes, BytesRejection>, may_be_empty: bool) -> Result<Self, ApiError> {
        let body = body.map_err(|rejection| of_rejection(&rejection))?;
        if may_be_empty && body.trim_ascii().is_empty() {
            return Ok(Self { fields: Map::new(), problems: Vec::new() });
        }
        let text = std::str::from_utf8(&body)
            .map_err(|error| invalid("json_invalid", format!("the body is not UTF-8: {error}")))?;
        match serde_json::from_str(&replace_lone_surrogates(text)) {
            Ok(Value::Object(fields)) => Ok(Self { fields, problems: Vec::new() }),
            Ok(Value::Null) if may_be_empty => Ok(Self { fields: Map::new(), problems: Vec::new() }),
            Ok(_) => Err(invalid("model_attributes_type", "the body must be a JSON object".to_owned())),
            Err(error) => Err(invalid("json_invalid", format!("the body is not JSON: {error}"))),
        }
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, name: &'static str) -> String {
        match self.fields.remove(name) {
            Some(Value::String(text)) => text,
            Some(_) => self.refuse(name, "string_type", "must be a string"),
            None => self.refuse(name, "missing", "is missing"),
        }
    }

    /// A text that may be left out, or null.
    pub(super) fn optional_text(&mut self, name: &'static str) -> Option<String> {
        match self.fields.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text),
            Some(_) => self.refuse(name, "string_type", "must be a string"),
        }
    }

    /// A text that may be left out, or null, and is read as something else.
    pub(super) fn optional<T>(&mut self, name: &'static str) -> Option<T>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        match self.optional_text(name)?.parse() {
            Ok(value) => Some(value),
            Err(error) => self.refuse(name, "value_error", &error.to_string()),
        }
    }

    /// A whole number from 0 on that must be there. Numbers beyond what a `usize` holds count as its largest.
    pub(super) fn whole_number(&mut self, name: &'static str) -> usize {
        let Some(value) = self.fields.remove(name) else {
            return self.refuse(name, "missing", "is missing");
        };
        if let Some(number) = value.as_u64() {
            return usize::try_from(number).unwrap_or(usize::MAX);
        }
        match value.as_f64() {
            Some(number) if number < 0.0 => {
                self.refuse(name, "greater_than_equal", &format!("must be 0 or more, not {value}"))
            }
            Some(number) if number.fract() == 0.0 => whole(number),
            _ => self.refuse(name, "int_type", "must be a whole number"),
        }
    }

    /// Notes what is wrong with a field, and goes on with a stand-in that no one will see.
    pub(super) fn refuse<T: Default>(&mut self, name: &'static str, kind: &'static str, what: &str) -> T {
        self.problems.push(FieldProblem { loc: vec!["body", name], msg: format!("{name} {what}"), kind });
        T::default()
    }

    /// Fails where any field was wrong.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        if self.problems.is_empty() { Ok(()) } else { Err(ApiError::Fields(self.problems)) }
    }
}

/// A number without a fraction, such as `3.0`, which some front ends write for 3.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and the number is not negative"
)]
fn whole(number: f64) -> usize {
    number as usize
}

/// The body could not be read at all: it is over the limit, or the connection ended.
fn of_rejection(rejection: &BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let sentence = "the body is over the server's limit; the operator can raise PAIR_MAX_FRAME_BYTES".to_owned();
        return ApiError::Sentence(StatusCode::PAYLOAD_TOO_LARGE, sentence);
    }
    ApiError::Sentence(rejection.status(), rejection.body_text())
}

fn invalid(kind: &'static str, msg: String) -> ApiError {
    ApiError::Fields(vec![FieldProblem { loc: vec!["body"], msg, kind }])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: impl AsRef<[u8]>, may_be_empty: bool) -> Result<Fields, ApiError> {
        Fields::read(Ok(Bytes::copy_from_slice(body.as_ref())), may_be_empty)
    }

    #[test]
    fn every_wrong_field_is_named() {
        let mut fields = read(br#"{"cursorPosition":-3,"language":7,"more":1}"#, false).unwrap();
        let (code, cursor) = (fields.text("code"), fields.whole_number("cursorPosition"));
        let language = fields.optional_text("language");
        assert_eq!((code.as_str(), cursor, language), ("", 0, None));
        let Err(ApiError::Fields(problems)) = fields.finish() else { panic!("three fields are wrong") };
        let named: Vec<_> = problems.iter().map(|problem| (problem.loc[1], problem.kind)).collect();
        assert_eq!(named, [("code", "missing"), ("cursorPosition", "greater_than_equal"), ("language", "string_type")]);
    }

    #[test]
    fn numbers_are_taken_as_front_ends_write_them() {
        for (json, number) in [("3", 3), ("3.0", 3), ("18446744073709551615", usize::MAX), ("1e300", usize::MAX)] {
            let mut fields = read(format!("{{\"n\":{json}}}"), false).unwrap();
            assert_eq!(fields.whole_number("n"), number, "{json}");
            assert!(fields.finish().is_ok());
        }
        for json in ["3.5", "\"3\"", "null", "true", "-0.5"] {
            let mut fields = read(format!("{{\"n\":{json}}}"), false).unwrap();
            fields.whole_number("n");
            assert!(fields.finish().is_err(), "{json}");
        }
    }

    #[test]
    fn an_empty_body_is_fine_only_where_it_may_be() {
        assert!(read(b" \n", true).is_ok() && read(b"null", true).is_ok());
        for bad in [&b""[..], b"null", b"[]", b"{", b"\xFF"] {
            assert!(read(bad, false).is_err(), "{bad:?}");
        }
        assert!(read(br#"{"code":"\ud83d"}"#, false).is_ok(), "half an emoji is no reason to refuse");
    }
}
