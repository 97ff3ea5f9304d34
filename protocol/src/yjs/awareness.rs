//! Awareness, which is what Yjs calls presence: entries as bytes, and the way from a state of awareness to a participant's name, colour
//! and [`Presence`], and back. Editor bindings keep `user: {name, color}`, and their selection as Yjs relative positions in `cursor`
//! (y-codemirror.next) or `selection` (y-monaco). Knows no room.

use super::{AWARENESS_BYTES_MAX, YjsError};
use crate::{
    document::update::{ROOT_NAME, encode::put_varint, reader::Reader},
    ids::{ClientId, DocumentPath},
    position::{Anchor, Association, ItemId},
    presence::{AnchoredSelection, Color, Participant, Presence},
};
use serde::{Deserialize, Deserializer, de::IgnoredAny};
use serde_json::{Map, Value, json};

/// Where one client is, as y-protocols carries it. A higher clock is newer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwarenessEntry {
    /// The client.
    pub client: ClientId,
    /// The how-manieth state of this client.
    pub clock: u64,
    /// A JSON object; none: the client is gone.
    pub state: Option<String>,
}

impl AwarenessEntry {
    /// With the selection in the field of every binding: y-codemirror.next tells its own in `cursor` and looks for others there, y-monaco
    /// in `selection`. What is in the other field already stays.
    #[must_use]
    pub fn in_every_field(mut self) -> Self {
        let filled = self.state.as_deref().and_then(fill_in);
        self.state = filled.or(self.state);
        self
    }
}

/// The state with the selection in both fields; none where there is nothing to add.
fn fill_in(state: &str) -> Option<String> {
    let mut fields: Map<String, Value> = serde_json::from_str(state).ok()?;
    let told = |field: &str| fields.get(field).filter(|range| Range::deserialize(*range).is_ok());
    let (missing, range) = match (told("cursor"), told("selection")) {
        (Some(range), None) => ("selection", range.clone()),
        (None, Some(range)) => ("cursor", range.clone()),
        _ => return None,
    };
    if fields.get(missing).is_some_and(|other| !other.is_null()) {
        return None;
    }
    fields.insert(missing.to_owned(), range);
    Some(Value::Object(fields).to_string())
}

/// What a state of awareness says about a participant; anything else in it is for other Yjs clients only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwarenessState {
    /// The name.
    pub name: Option<String>,
    /// The colour, where it was written in hexadecimal digits.
    pub color: Option<Color>,
    /// The selection.
    pub selection: Option<AnchoredSelection>,
}

/// Reads entries, each of which must be a client, a clock and JSON.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<AwarenessEntry>, YjsError> {
    let mut reader = Reader::new(bytes);
    let count = reader.count("the number of clients", 3)?;
    let mut entries = Vec::with_capacity(count.min(AWARENESS_BYTES_MAX));
    for _ in 0..count {
        let (client, clock) = (reader.client()?, reader.varint("a clock")?);
        let state = reader.string()?;
        let is_json = serde_json::from_str::<IgnoredAny>(state);
        is_json.map_err(|error| YjsError::NoJson { client, reason: error.to_string() })?;
        let state = (state.trim() != "null").then(|| state.to_owned());
        entries.push(AwarenessEntry { client, clock, state });
    }
    reader.finish()?;
    Ok(entries)
}

/// Writes entries.
pub(super) fn write(entries: &[AwarenessEntry]) -> Vec<u8> {
    let mut out = Vec::new();
    put_varint(&mut out, entries.len() as u64);
    for entry in entries {
        put_varint(&mut out, entry.client.get());
        put_varint(&mut out, entry.clock);
        let state = entry.state.as_deref().unwrap_or("null");
        put_varint(&mut out, state.len() as u64);
        out.extend_from_slice(state.as_bytes());
    }
    out
}

/// The state as bindings write it; what does not fit is as if it were not there.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    #[serde(deserialize_with = "lenient")]
    user: Option<User>,
    #[serde(deserialize_with = "lenient")]
    cursor: Option<Range>,
    #[serde(deserialize_with = "lenient")]
    selection: Option<Range>,
}

#[derive(Deserialize)]
struct User {
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    color: Option<String>,
}

#[derive(Deserialize)]
struct Range {
    anchor: RelativePosition,
    head: RelativePosition,
}

/// A Yjs relative position as JSON: an item, or the name of a root text, at whose end (or start) the place is.
#[derive(Deserialize)]
struct RelativePosition {
    #[serde(default)]
    item: Option<ItemId>,
    #[serde(default)]
    tname: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    assoc: Option<Association>,
}

/// Takes a value where it is what is wanted, and nothing otherwise.
fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

impl RelativePosition {
    /// The place in the text, unless it is in another one.
    fn anchor(self) -> Option<Anchor> {
        let here = self.tname.as_deref().is_none_or(|root| root == ROOT_NAME);
        here.then(|| Anchor { item: self.item, assoc: self.assoc.unwrap_or_default() })
    }
}

impl AwarenessState {
    /// Reads what a state of awareness says; what it does not say, or says in another way, is left out.
    pub fn read(state: &str) -> Self {
        let fields: Fields = serde_json::from_str(state).unwrap_or_default();
        let selection = fields
            .cursor
            .or(fields.selection)
            .and_then(|range| Some(AnchoredSelection { anchor: range.anchor.anchor()?, head: range.head.anchor()? }));
        let (name, color) = fields.user.map_or((None, None), |user| (user.name, user.color));
        Self {
            name: name.filter(|name| !name.trim().is_empty()),
            color: color.and_then(|color| read_color(&color)),
            selection,
        }
    }

    /// The presence that the state tells, in a document.
    pub fn presence(&self, document: DocumentPath) -> Presence {
        Presence { document, selections: self.selection.into_iter().collect(), visible: None, following: None }
    }
}

/// The state that shows a participant to the Yjs clients of a document: their main selection, where it is in that document.
pub fn state_of(participant: &Participant, document: &DocumentPath) -> String {
    let color = participant.color.to_string();
    let mut state = json!({
        "user": { "name": participant.name, "color": color, "colorLight": format!("{color}33") },
        "dialect": participant.dialect,
    });
    let presence = participant.presence.as_ref().filter(|presence| presence.document == *document);
    if let Some(main) = presence.and_then(|presence| presence.selections.first()) {
        let range = json!({ "anchor": relative_position(&main.anchor), "head": relative_position(&main.head) });
        state["cursor"] = range.clone();
        state["selection"] = range;
    }
    state.to_string()
}

fn relative_position(anchor: &Anchor) -> Value {
    let root = anchor.item.is_none().then_some(ROOT_NAME);
    json!({ "type": null, "tname": root, "item": anchor.item, "assoc": anchor.assoc })
}

/// A colour in hexadecimal digits, of which bindings write six, three or, with transparency, eight.
fn read_color(text: &str) -> Option<Color> {
    let digits = text.trim().strip_prefix('#')?;
    if !digits.is_ascii() {
        return None;
    }
    let long = match digits.len() {
        3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
        6 | 8 => digits.get(..6)?.to_owned(),
        _ => return None,
    };
    format!("#{long}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::ParticipantId,
        presence::{Dialect, Role},
    };

    fn item(client: u64, clock: u32) -> ItemId {
        ItemId { client: ClientId::new(client).unwrap(), clock }
    }

    #[test]
    fn a_cursor_of_y_codemirror_becomes_a_presence() {
        let state = AwarenessState::read(
            r##"{"user":{"name":"Grace","color":"#30bced","colorLight":"#30bced33"},"cursor":{
                "anchor":{"type":null,"tname":"code","item":{"client":7,"clock":3},"assoc":0},
                "head":{"type":null,"tname":"code","item":null,"assoc":0}}}"##,
        );
        assert_eq!(state.name.as_deref(), Some("Grace"));
        assert_eq!(state.color, "#30bced".parse().ok());
        let presence = state.presence(DocumentPath::main());
        let main = presence.selections.first().unwrap();
        assert_eq!((main.anchor.item, main.head.item), (Some(item(7, 3)), None));
    }

    #[test]
    fn a_selection_of_y_monaco_counts_where_there_is_no_cursor() {
        let range = r#"{"anchor":{"item":{"client":7,"clock":3}},"head":{"item":{"client":7,"clock":5},"assoc":-1}}"#;
        let state = AwarenessState::read(&format!("{{\"selection\":{range},\"cursor\":null}}"));
        let selection = state.selection.unwrap();
        assert_eq!(selection.head, Anchor { item: Some(item(7, 5)), assoc: Association::Before });
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_harms_nothing_else() {
        let state = AwarenessState::read(r#"{"user":{"name":"Grace","color":"hsl(1,2%,3%)"},"cursor":{"anchor":1}}"#);
        assert_eq!(state, AwarenessState { name: Some("Grace".to_owned()), ..AwarenessState::default() });
        let elsewhere = r#"{"cursor":{"anchor":{"tname":"title"},"head":{"tname":"title"}}}"#;
        assert_eq!(AwarenessState::read(elsewhere), AwarenessState::default());
        for other in ["[]", "3", "{\"user\":7}", "null"] {
            assert_eq!(AwarenessState::read(other), AwarenessState::default(), "{other}");
        }
        assert_eq!(read_color("#fA0"), "#ffaa00".parse().ok());
        assert_eq!(read_color("#ééé"), None);
    }

    #[test]
    fn a_selection_is_told_in_the_field_of_every_binding() {
        let range =
            r#"{"anchor":{"assoc":0,"item":{"client":7,"clock":3}},"head":{"assoc":0,"item":null,"tname":"code"}}"#;
        let client = ClientId::new(2).unwrap();
        let filled = |state: &str| {
            let entry = AwarenessEntry { client, clock: 3, state: Some(state.to_owned()) };
            serde_json::from_str::<Value>(&entry.in_every_field().state.unwrap()).unwrap()
        };
        let both: Value = serde_json::from_str(&format!(
            "{{\"user\":{{\"name\":\"Mona\"}},\"mine\":[1.5],\"cursor\":{range},\"selection\":{range}}}"
        ))
        .unwrap();
        for (told, other) in [("cursor", "selection"), ("selection", "cursor")] {
            let state =
                format!("{{\"user\":{{\"name\":\"Mona\"}},\"mine\":[1.5],\"{told}\":{range},\"{other}\":null}}");
            assert_eq!(filled(&state), both);
        }
        for untouched in [r#"{"cursor":{"x":1,"y":2}}"#, r#"{"selection":{"ranges":[]},"cursor":null}"#, "{\"a\":1}"] {
            assert_eq!(filled(untouched), serde_json::from_str::<Value>(untouched).unwrap());
        }
        // The field of another program, which means something else by it.
        let taken = format!("{{\"cursor\":{range},\"selection\":\"mine\"}}");
        assert_eq!(filled(&taken)["selection"], "mine");
    }

    #[test]
    fn a_participant_goes_there_and_back() {
        let selection = AnchoredSelection {
            anchor: Anchor { item: Some(item(7, 3)), assoc: Association::After },
            head: Anchor { item: None, assoc: Association::Before },
        };
        let presence =
            Presence { document: DocumentPath::main(), selections: vec![selection], visible: None, following: None };
        let participant = Participant {
            id: ParticipantId::from_random(1),
            name: "Ada \"🦦\"".to_owned(),
            color: "#3b82f6".parse().unwrap(),
            role: Role::Editor,
            dialect: Dialect::Pair,
            presence: Some(presence.clone()),
            away: false,
        };
        let state = AwarenessState::read(&state_of(&participant, &DocumentPath::main()));
        assert_eq!((state.name.as_deref(), state.color), (Some("Ada \"🦦\""), Some(participant.color)));
        assert_eq!(state.presence(DocumentPath::main()), presence);
        let elsewhere = AwarenessState::read(&state_of(&participant, &"src/main.rs".parse().unwrap()));
        assert_eq!(elsewhere.selection, None);
    }

    #[test]
    fn entries_read_back_and_bad_ones_are_refused() {
        let client = ClientId::new(1 << 40).unwrap();
        let entries = [
            AwarenessEntry { client, clock: 3, state: Some("{\"a\":1}".to_owned()) },
            AwarenessEntry { client: ClientId::new(2).unwrap(), clock: 0, state: None },
        ];
        assert_eq!(read(&write(&entries)).unwrap(), entries);
        let broken = [AwarenessEntry { client, clock: 1, state: Some("{".to_owned()) }];
        assert!(matches!(read(&write(&broken)), Err(YjsError::NoJson { .. })));
        assert!(read(&[255, 255, 255, 255, 15]).is_err());
    }
}
