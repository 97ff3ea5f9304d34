//! What the codecs do with frames that no honest client of this version sends: newer ones, broken ones and hostile ones.
//! Knows the goldens' bytes only as far as it writes its own.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what does not unwrap is a failed test")]

use protocol::{
    ClientMessage,
    codec::{Codec, CodecError},
    error_code::ErrorCode,
    message::client::{Chat, Leave, Ping},
};
use serde_json::{Value, json};

/// Reads a JSON value as a client's message in both codecs, which must agree.
fn read(value: &Value) -> Result<ClientMessage, CodecError> {
    let json = Codec::Json.decode_client(value.to_string().as_bytes());
    let packed = Codec::MessagePack.decode_client(&rmp_serde::to_vec_named(value).unwrap());
    assert_eq!(json.as_ref().ok(), packed.as_ref().ok(), "the codecs disagree on {value}");
    json
}

/// Why a frame is no message.
fn invalid<T: std::fmt::Debug>(result: Result<T, CodecError>) -> String {
    match result {
        Err(CodecError::Invalid(why)) => why,
        other => panic!("{other:?} should be an invalid frame"),
    }
}

/// A MessagePack map of the type `ping` and one more field, whose value is the given bytes.
fn ping_with(value: &[u8]) -> Vec<u8> {
    [b"\x83\xa4type\xa4ping\xa5nonce\x07\xa1x", value].concat()
}

#[test]
fn fields_that_nobody_knows_are_skipped_whatever_they_hold() {
    let ping = ClientMessage::from(Ping { nonce: 7 });
    for more in [json!(null), json!(-1.5), json!("x"), json!([[], {}]), json!({"deep": [{"er": {"type": "hello"}}]})] {
        assert_eq!(read(&json!({"more": more, "type": "ping", "also": more, "nonce": 7})), Ok(ping.clone()));
    }
    assert_eq!(Codec::MessagePack.decode_client(&ping_with(b"\xc4\x02\xff\xfe")), Ok(ping.clone()), "bytes");
    assert_eq!(Codec::MessagePack.decode_client(&ping_with(b"\xd4\x05\x00")), Ok(ping.clone()), "an extension");
    let presence = json!({"type": "presence", "document": "main", "more": [1, {"x": null}], "selections": []});
    assert!(matches!(read(&presence), Ok(ClientMessage::SetPresence(_))));
}

#[test]
fn the_order_of_fields_does_not_matter() {
    for frame in [r#"{"nonce":7,"type":"ping"}"#, "\t{ \"type\" : \"ping\",\n\"nonce\":7 } "] {
        assert_eq!(Codec::Json.decode_client(frame.as_bytes()), Ok(Ping { nonce: 7 }.into()), "{frame}");
    }
    let last = b"\x82\xa5nonce\x07\xa4type\xa4ping";
    assert_eq!(Codec::MessagePack.decode_client(last), Ok(Ping { nonce: 7 }.into()));
}

#[test]
fn an_unknown_type_is_named_and_a_long_one_is_cut() {
    let error = read(&json!({"type": "dance", "nonce": 7})).unwrap_err();
    assert_eq!(error, CodecError::UnknownType("dance".to_owned()));
    assert_eq!(error.code(), ErrorCode::UnknownType);
    assert!(error.to_string().contains("\"dance\""));
    let endless = read(&json!({"type": "é".repeat(100_000)})).unwrap_err();
    assert_eq!(endless, CodecError::UnknownType("é".repeat(64)));
    // A type of the other direction is unknown in this one.
    assert_eq!(read(&json!({"type": "welcome"})), Err(CodecError::UnknownType("welcome".to_owned())));
}

#[test]
fn a_missing_or_wrong_field_is_named() {
    for (frame, field) in [
        (json!({"nonce": 7}), "type"),
        (json!({"type": "ping"}), "nonce"),
        (json!({"type": "edit", "document": "main", "seq": 1}), "update"),
        (json!({"type": "requestSuggestion", "request": 1, "document": "main"}), "at"),
        (json!({"type": "presence", "selections": []}), "document"),
    ] {
        let why = invalid(read(&frame));
        assert!(why.contains(&format!("missing field `{field}`")), "{frame}: {why}");
    }
    for frame in [
        json!({"type": "ping", "nonce": -1}),
        json!({"type": "ping", "nonce": 4_294_967_296_u64}),
        json!({"type": "ping", "nonce": 1.5}),
        json!({"type": 7}),
        json!({"type": null}),
        json!({"type": "addDocument", "document": "../etc/passwd"}),
        json!({"type": "setRole", "participant": 9_007_199_254_740_992_u64, "role": "owner"}),
        json!({"type": "setRole", "participant": 1, "role": "admin"}),
    ] {
        assert!(!invalid(read(&frame)).is_empty(), "{frame}");
    }
    assert_eq!(CodecError::Invalid(String::new()).code(), ErrorCode::InvalidMessage);
}

#[test]
fn a_field_that_comes_twice_is_refused() {
    for frame in [r#"{"type":"ping","type":"leave","nonce":1}"#, r#"{"type":"ping","nonce":1,"nonce":2}"#] {
        assert!(invalid(Codec::Json.decode_client(frame.as_bytes())).contains("duplicate field"), "{frame}");
    }
    let twice = b"\x83\xa4type\xa4ping\xa5nonce\x07\xa5nonce\x08";
    assert!(invalid(Codec::MessagePack.decode_client(twice)).contains("duplicate field"));
}

#[test]
fn a_message_is_a_map_and_nothing_else() {
    for frame in [json!(["chat"]), json!(["leave"]), json!(["setLanguage"]), json!("leave"), json!(7), json!(null)] {
        assert!(!invalid(read(&frame)).is_empty(), "{frame}");
    }
    assert_eq!(read(&json!({"type": "chat", "text": "chat"})), Ok(Chat { text: "chat".to_owned() }.into()));
    for empty in [Codec::Json, Codec::MessagePack] {
        assert!(!invalid(empty.decode_client(b"")).is_empty());
    }
}

#[test]
fn bytes_after_the_message_are_refused() {
    assert_eq!(Codec::Json.decode_client(br#"{"type":"leave"}"#), Ok(Leave {}.into()));
    assert!(!invalid(Codec::Json.decode_client(br#"{"type":"leave"}{}"#)).is_empty());
    let mut packed = b"\x81\xa4type\xa5leave".to_vec();
    assert_eq!(Codec::MessagePack.decode_client(&packed), Ok(Leave {}.into()));
    packed.push(0xC0);
    assert!(!invalid(Codec::MessagePack.decode_client(&packed)).is_empty());
}

#[test]
fn every_frame_that_was_cut_short_is_refused() {
    let message = json!({"type": "presence", "document": "main", "selections": [{"anchor": {}, "head": {}}]});
    let (json, packed) = (message.to_string(), rmp_serde::to_vec_named(&message).unwrap());
    assert!(read(&message).is_ok());
    for end in 0..json.len() {
        assert!(!invalid(Codec::Json.decode_client(json.as_bytes().get(..end).unwrap())).is_empty(), "{end}");
    }
    for end in 0..packed.len() {
        assert!(!invalid(Codec::MessagePack.decode_client(packed.get(..end).unwrap())).is_empty(), "{end}");
    }
}

#[test]
fn base64_is_the_standard_alphabet_with_padding() {
    let edit = |update: &str| read_update(&json!({"type": "edit", "document": "main", "seq": 1, "update": update}));
    assert_eq!(edit("+/8="), Ok(vec![0xFB, 0xFF]));
    assert_eq!(edit(""), Ok(Vec::new()));
    for bad in ["+/8", "-_8=", "+/8==", "+/9=", "AAA A", "AAAA\n", "é", "="] {
        assert!(edit(bad).unwrap_err().contains("base64"), "{bad:?}");
    }
    let numbers = json!({"type": "edit", "document": "main", "seq": 1, "update": [1, 2]});
    assert!(read_update(&numbers).unwrap_err().contains("byte string"));
}

fn read_update(frame: &Value) -> Result<Vec<u8>, String> {
    match Codec::Json.decode_client(frame.to_string().as_bytes()) {
        Ok(ClientMessage::Edit(edit)) => Ok(edit.update.to_vec()),
        other => Err(invalid(other)),
    }
}

#[test]
fn half_a_surrogate_pair_becomes_the_replacement_character() {
    let chat = |text: &str| Codec::Json.decode_client(format!(r#"{{"type":"chat","text":"{text}"}}"#).as_bytes());
    assert_eq!(chat(r"a\ud83db"), Ok(Chat { text: "a\u{FFFD}b".to_owned() }.into()));
    assert_eq!(chat(r"\ude00\ud83d"), Ok(Chat { text: "\u{FFFD}\u{FFFD}".to_owned() }.into()));
    assert_eq!(chat(r"\ud83d\ude00"), Ok(Chat { text: "😀".to_owned() }.into()));
    // The same as raw bytes (CESU-8) is no UTF-8, in no codec.
    assert!(!invalid(Codec::Json.decode_client(b"{\"type\":\"chat\",\"text\":\"\xed\xa0\xbd\"}")).is_empty());
    assert!(!invalid(Codec::MessagePack.decode_client(b"\x82\xa4type\xa4chat\xa4text\xa3\xed\xa0\xbd")).is_empty());
}

#[test]
fn deep_nesting_costs_no_stack() {
    let depth = 1_000_000;
    let packed = ping_with(&[vec![0x91; depth], vec![0xC0]].concat());
    assert!(invalid(Codec::MessagePack.decode_client(&packed)).contains("depth"));
    let maps = ping_with(&[b"\x81\xa1x".repeat(depth), vec![0xC0]].concat());
    assert!(invalid(Codec::MessagePack.decode_client(&maps)).contains("depth"));
    // JSON skips what it does not know without going down into it, so that this is only a long unknown field.
    let arrays = format!(r#"{{"type":"ping","nonce":7,"x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert_eq!(Codec::Json.decode_client(arrays.as_bytes()), Ok(Ping { nonce: 7 }.into()));
    let presence = format!(r#"{{"type":"presence","document":"main","x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert!(Codec::Json.decode_client(presence.as_bytes()).is_ok());
    let endless = format!(r#"{{"type":"presence","document":{}"#, "[".repeat(depth));
    assert!(!invalid(Codec::Json.decode_client(endless.as_bytes())).is_empty());
}

/// The most memory that this process ever had, in bytes, as Linux tells it.
#[cfg(target_os = "linux")]
fn peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<usize>().unwrap() << 10
}

#[cfg(target_os = "linux")]
#[test]
fn announced_lengths_and_skipped_fields_take_no_memory() {
    const MEBIBYTE: usize = 1 << 20;
    let before = peak_memory();
    // Strings, bytes, arrays, maps and extensions of 4 GiB, of which nothing follows.
    for start in [0xDB, 0xC6, 0xDD, 0xDF, 0xC9] {
        let giant = [start, 0xFF, 0xFF, 0xFF, 0xFF];
        assert!(!invalid(Codec::MessagePack.decode_client(&ping_with(&giant))).is_empty(), "{start:#x} unknown");
        assert!(!invalid(Codec::MessagePack.decode_client(&giant)).is_empty(), "{start:#x} instead of a message");
        let update = [b"\x84\xa4type\xa4edit\xa8document\xa4main\xa3seq\x01\xa6update", &giant[..]].concat();
        assert!(!invalid(Codec::MessagePack.decode_client(&update)).is_empty(), "{start:#x} as an update");
        let selections = [b"\x83\xa4type\xa8presence\xa8document\xa4main\xaaselections", &giant[..]].concat();
        assert!(!invalid(Codec::MessagePack.decode_client(&selections)).is_empty(), "{start:#x} as selections");
    }
    // Eight million nulls in a field that nobody knows: one byte each on the wire, and no more memory than that.
    let nulls =
        [&b"\x83\xa4type\xa8presence\xa8document\xa4main\xa1x\xdd\x00\x80\x00\x00"[..], &vec![0xC0; 8 * MEBIBYTE]]
            .concat();
    assert!(matches!(Codec::MessagePack.decode_client(&nulls), Ok(ClientMessage::SetPresence(_))));
    let used = peak_memory() - before;
    assert!(used < 64 * MEBIBYTE, "{used} bytes");
}
