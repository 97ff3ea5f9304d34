//! The room protocol's bytes, held fast by golden files that a client in any language can test against: every message type
//! of both directions in both codecs, and the frames of the plain dialect. Knows nothing of what messages mean.
//!
//! `PAIR_UPDATE_GOLDENS=1 cargo test -p protocol --test wire_goldens` writes them anew.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what does not unwrap is a failed test")]

#[path = "wire_goldens/client_samples.rs"]
mod client_samples;
#[path = "wire_goldens/files.rs"]
mod files;
#[path = "wire_goldens/samples.rs"]
mod samples;
#[path = "wire_goldens/server_samples.rs"]
mod server_samples;

use bytes::Bytes;
use protocol::{
    ClientMessage, Document, ServerMessage,
    codec::{Codec, CodecError},
    message::client,
    plain::{self, PlainMessage, PlainUpdate},
};
use samples::Sample;
use serde_json::Value;
use std::{collections::BTreeSet, fmt::Debug};

/// A direction of the protocol: what its messages are and how they are coded.
struct Direction<M> {
    name: &'static str,
    samples: Vec<Sample<M>>,
    encode: fn(Codec, &M) -> Bytes,
    decode: fn(Codec, &[u8]) -> Result<M, CodecError>,
    type_word: fn(&M) -> &'static str,
}

fn client_direction() -> Direction<ClientMessage> {
    Direction {
        name: "client",
        samples: client_samples::all(),
        encode: Codec::encode_client,
        decode: Codec::decode_client,
        type_word: ClientMessage::type_word,
    }
}

fn server_direction() -> Direction<ServerMessage> {
    Direction {
        name: "server",
        samples: server_samples::all(),
        encode: Codec::encode_server,
        decode: Codec::decode_server,
        type_word: ServerMessage::type_word,
    }
}

fn check_goldens<M: PartialEq + Debug>(direction: &Direction<M>) {
    let folder = files::folder(direction.name);
    let mut expected = BTreeSet::new();
    for Sample { name, message } in &direction.samples {
        let word = (direction.type_word)(message);
        assert_eq!(name.split('-').next(), Some(word), "a golden is named after its message type");
        for (codec, extension) in [(Codec::Json, "json"), (Codec::MessagePack, "msgpack")] {
            let file = format!("{name}.{extension}");
            let encoded = (direction.encode)(codec, message);
            let golden = files::golden(&folder.join(&file), &encoded);
            if codec == Codec::Json {
                let value = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
                assert_eq!(value(&encoded), value(&golden), "{file}");
            }
            assert_eq!(encoded, golden, "{file}: the same content is written otherwise than before");
            assert_eq!((direction.decode)(codec, &golden).as_ref(), Ok(message), "{file}");
            assert!(expected.insert(file), "two samples are named {name}");
        }
    }
    files::refuse_leftovers(&folder, &expected);
}

#[test]
fn every_client_message_has_its_golden_bytes() {
    check_goldens(&client_direction());
}

#[test]
fn every_server_message_has_its_golden_bytes() {
    check_goldens(&server_direction());
}

/// A check that the samples hold every variant. Its match has no arm for the rest, so that a new message type does not
/// compile here before it is listed, and fails the test before it has a sample.
macro_rules! every_variant_is_sampled {
    ($test:ident, $message:ident, $samples:expr, [$($variant:ident,)*]) => {
        #[test]
        fn $test() {
            let sampled: BTreeSet<&str> = $samples
                .iter()
                .map(|sample| match &sample.message { $($message::$variant(_) => stringify!($variant),)* })
                .collect();
            assert_eq!(sampled, BTreeSet::from([$(stringify!($variant)),*]));
        }
    };
}

every_variant_is_sampled! {
    no_client_message_is_without_a_sample, ClientMessage, client_samples::all(),
    [
        Hello, Edit, Difference, SetPresence, RequestSuggestion, EndSuggestion, Chat, SetLanguage, AddDocument, SetRole,
        Ping, Leave, Summon, SetModels,
    ]
}

every_variant_is_sampled! {
    no_server_message_is_without_a_sample, ServerMessage, server_samples::all(),
    [
        Welcome, Edited, Missing, Receipt, PresenceChanged, ParticipantJoined, ParticipantLeft, ParticipantChanged,
        DocumentAdded, LanguageChanged, SuggestionStarted, SuggestionDelta, SuggestionDone, SuggestionEnded, SuggestionHistory, SuggestionSettings,
        ChatMessage, Summoned, Error, Pong, StorageState, Closing,
    ]
}

/// Takes every member that is null out of a JSON value.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name, without_nulls(member)))
            .collect(),
        Value::Array(elements) => elements.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

fn check_nulls_may_be_left_out<M: PartialEq + Debug>(direction: &Direction<M>) {
    for Sample { name, message } in &direction.samples {
        let value = serde_json::from_slice(&(direction.encode)(Codec::Json, message)).unwrap();
        let short = without_nulls(value).to_string();
        assert_eq!((direction.decode)(Codec::Json, short.as_bytes()).as_ref(), Ok(message), "{name}: {short}");
    }
}

#[test]
fn a_field_that_is_null_may_as_well_be_left_out() {
    check_nulls_may_be_left_out(&client_direction());
    check_nulls_may_be_left_out(&server_direction());
}

#[test]
fn a_hello_needs_no_more_than_version_name_and_client_id_with_its_secret() {
    let expected = ClientMessage::Hello(client_samples::shortest_hello());
    let fields = [
        ("type", Value::from("hello")),
        ("version", 1.into()),
        ("name", "Ada 🦦".into()),
        ("clientId", 1001.into()),
        ("clientSecret", "kq3v9x7m2p5t8w1z".into()),
    ];
    let hello = |without: Option<&str>| {
        let kept = fields.iter().filter(|(name, _)| Some(*name) != without);
        kept.map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<Value>()
    };
    assert_eq!(Codec::Json.decode_client(hello(None).to_string().as_bytes()).as_ref(), Ok(&expected));
    let packed = rmp_serde::to_vec_named(&hello(None)).unwrap();
    assert_eq!(Codec::MessagePack.decode_client(&packed).as_ref(), Ok(&expected));
    for (name, _) in &fields {
        let json = Codec::Json.decode_client(hello(Some(name)).to_string().as_bytes()).unwrap_err();
        let packed = Codec::MessagePack.decode_client(&rmp_serde::to_vec_named(&hello(Some(name))).unwrap());
        for error in [json, packed.unwrap_err()] {
            assert!(
                matches!(&error, CodecError::Invalid(why) if why.contains(&format!("`{name}`"))),
                "{name}: {error}"
            );
        }
    }
}

#[test]
fn the_updates_in_the_goldens_are_those_of_a_real_session() {
    let reader = samples::client_id(3);
    for updates in [[samples::ADA_UPDATE, samples::GRACE_UPDATE], [samples::GRACE_UPDATE, samples::ADA_UPDATE]] {
        let mut document = Document::from_snapshot(reader, samples::FIRST_UPDATE).unwrap();
        assert_eq!(document.state_vector(), samples::FIRST_STATE);
        for update in updates {
            document.apply(update).unwrap();
        }
        assert_eq!(document.text(), "fn main() {😀}\n// grace\n");
    }
    let mut grace = Document::new(samples::client_id(samples::GRACE_WRITES_AS));
    let start = protocol::ByteOffset::START;
    assert_eq!(grace.edit(start..start, "fn main() {}\n", 0).unwrap(), samples::FIRST_UPDATE);
    let mut ada = Document::from_snapshot(samples::client_id(samples::ADA_WRITES_AS), samples::FIRST_UPDATE).unwrap();
    let inside = protocol::ByteOffset(11);
    assert_eq!(ada.edit(inside..inside, "😀", 0).unwrap(), samples::ADA_UPDATE);
}

#[test]
fn what_the_server_says_to_plain_clients_has_its_golden_text() {
    let folder = files::folder("plain/server");
    let frames = [
        ("participants.json", plain::participants(2)),
        ("sync-first.json", plain::first_sync("# Start collaborating...\n", "python")),
        ("sync.json", plain::sync("a \"quoted\" 😀\r\n", Some("alice"))),
        ("sync-nobody.json", plain::sync("", None)),
    ];
    for (file, frame) in &frames {
        assert_eq!(frame.as_bytes(), files::golden(&folder.join(file), frame.as_bytes()), "{file}");
    }
    files::refuse_leftovers(&folder, &frames.iter().map(|(file, _)| (*file).to_owned()).collect());
}

#[test]
fn what_plain_clients_say_is_read_from_its_golden_text() {
    let folder = files::folder("plain/client");
    let full = PlainUpdate { code: "a😀\r\n".to_owned(), cursor: Some(3), username: Some("alice".to_owned()) };
    let bare = PlainUpdate { code: "a".to_owned(), cursor: None, username: None };
    let half = PlainUpdate { code: "a\u{FFFD}b".to_owned(), cursor: Some(2), username: None };
    let frames = [
        (
            "update.json",
            r#"{"type":"update","code":"a😀\r\n","cursorPosition":3,"username":"alice","roomId":"brave-otter"}"#,
            PlainMessage::Update(full),
        ),
        ("update-bare.json", r#"{"code":"a"}"#, PlainMessage::Update(bare)),
        ("update-halfEmoji.json", r#"{"code":"a\ud83db","cursorPosition":2}"#, PlainMessage::Update(half)),
        ("other.json", r#"{"type":"typing","code":"a"}"#, PlainMessage::Other),
    ];
    for (file, written, expected) in &frames {
        let golden = String::from_utf8(files::golden(&folder.join(file), written.as_bytes())).unwrap();
        assert_eq!(plain::read(&golden).as_ref(), Ok(expected), "{file}");
    }
    files::refuse_leftovers(&folder, &frames.iter().map(|(file, ..)| (*file).to_owned()).collect());
}

#[test]
fn the_subprotocols_choose_their_codec() {
    for codec in [Codec::MessagePack, Codec::Json] {
        assert_eq!(Codec::of_subprotocol(codec.subprotocol()), Some(codec));
    }
    assert_eq!((Codec::of_subprotocol("pair.v2.json"), Codec::of_subprotocol("")), (None, None));
    let ping = ClientMessage::Ping(client::Ping { nonce: 7 });
    assert_eq!(Codec::Json.encode_client(&ping), r#"{"type":"ping","nonce":7}"#);
    assert_eq!(Codec::MessagePack.encode_client(&ping), &b"\x82\xa4type\xa4ping\xa5nonce\x07"[..]);
}
