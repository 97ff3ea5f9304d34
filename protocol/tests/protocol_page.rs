//! `docs/protocol.md` stays true: its examples are the golden files, all of them, and its tables name every code and limit.
//! Knows no message; the goldens say what messages are.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what does not unwrap is a failed test")]

use protocol::{ErrorCode, Limits};
use serde_json::Value;
use std::{fs, path::Path};

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol.md")).unwrap()
}

/// The JSON values in the page's `json` blocks; a block may hold several.
fn examples(page: &str) -> Vec<Value> {
    let blocks = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks
        .flat_map(|block| {
            // Half an emoji is an example too, which JSON readers refuse.
            let block = protocol::plain::replace_lone_surrogates(block).into_owned();
            let values = serde_json::Deserializer::from_str(&block).into_iter::<Value>();
            values.map(|value| value.unwrap_or_else(|error| panic!("{error} in {block}"))).collect::<Vec<_>>()
        })
        .collect()
}

/// Every golden in JSON with its name.
fn goldens() -> Vec<(String, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    let folders = ["client", "server", "plain/client", "plain/server"];
    let files = folders.iter().flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let value = serde_json::from_str(&protocol::plain::replace_lone_surrogates(&text)).unwrap();
            (path.strip_prefix(&root).unwrap().display().to_string(), value)
        })
        .collect()
}

#[test]
fn every_golden_is_an_example_of_the_page_and_every_example_a_golden() {
    let (examples, goldens) = (examples(&page()), goldens());
    for (name, golden) in &goldens {
        assert!(examples.contains(golden), "docs/protocol.md has no example equal to {name}; put this in:\n{golden:#}");
    }
    for example in &examples {
        assert!(
            goldens.iter().any(|(_, golden)| golden == example),
            "no golden is equal to this example:\n{example:#}"
        );
    }
    assert!(goldens.len() > 50, "{}", goldens.len());
}

/// Every code that there is. Its match has no arm for the rest, so that a new code does not compile here before it is listed.
macro_rules! every_code {
    ($($code:ident),* $(,)?) => {{
        let word = |code: &ErrorCode| match code {
            $(ErrorCode::$code => code.as_str().to_owned(),)*
            ErrorCode::Other(word) => word.clone(),
        };
        [$(word(&ErrorCode::$code)),*]
    }};
}

#[test]
fn the_page_lists_every_error_code_once() {
    let codes = every_code![
        InvalidMessage,
        UnknownType,
        UnsupportedVersion,
        HelloExpected,
        AlreadyWelcomed,
        FrameTooLarge,
        DocumentTooLarge,
        InvalidEdit,
        ClientIdTaken,
        Forbidden,
        InvalidToken,
        RoomNotFound,
        RoomFull,
        DocumentNotFound,
        TooManyDocuments,
        ParticipantNotFound,
        RateLimited,
        InvalidText,
        SuggestionFailed,
        StorageUnavailable,
        NodesUnreachable,
        Internal,
    ];
    let page = page();
    for code in codes {
        assert_eq!(page.matches(&format!("\n| `{code}` | ")).count(), 1, "{code}");
    }
}

#[test]
fn the_page_lists_every_limit_with_its_default() {
    let page = page();
    let Value::Object(limits) = serde_json::to_value(Limits::default()).unwrap() else { panic!("limits are a map") };
    for (name, default) in limits {
        assert_eq!(page.matches(&format!("\n| `{name}` | {default} | ")).count(), 1, "{name}: {default}");
    }
}

#[test]
fn the_frame_in_hex_is_the_golden_ping_behind_its_length() {
    let golden = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/client/ping.msgpack")).unwrap();
    let mut frame = bytes::BytesMut::new();
    protocol::framing::write_frame(&golden, &mut frame).unwrap();
    let hex: Vec<String> = frame.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(page().contains(&format!("\n    {}\n", hex.join(" "))));
}
