//! Where a server and a room are, as people write it: a link, `host:port`, a bare room id. Knows no connection.

use protocol::{RoomId, ids::IdError};

use std::{fmt, str::FromStr};
use url::Url;

/// Parts of a link's path that only say that a room follows.
const ROOM_MARKERS: [&str; 5] = ["rooms", "room", "ws", "yjs", "r"];

/// Why an address leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The server's address is none.
    #[error("server address {address:?} is not valid: {reason}; write it as http://host:8000")]
    Server {
        /// As it was given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The link names no room.
    #[error("link {0:?} names no room; it should end in /rooms/ and the room's id")]
    NoRoom(String),
    /// The room's id is none.
    #[error(transparent)]
    Room(#[from] IdError),
}

/// The address of a server, such as `http://127.0.0.1:8000`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl(Url);

impl ServerUrl {
    /// The address of a resource, such as `rooms/brave-otter`.
    pub fn http(&self, path: &str) -> String {
        format!("{}/{path}", self.base())
    }

    /// Whether it begins with https: everything is encrypted then, and QUIC may be spoken.
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host: a name or an IP address, without brackets.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }

    /// `HOST:PORT`, by which the server is known; an IPv6 address stands in brackets.
    pub fn host_and_port(&self) -> String {
        format!("{}:{}", self.0.host_str().unwrap_or_default(), self.port())
    }

    /// The path of a resource on the host.
    pub fn path(&self, resource: &str) -> String {
        format!("{}/{resource}", self.0.path().trim_end_matches('/'))
    }

    /// The address of a room's WebSocket.
    pub fn websocket(&self, room: &RoomId) -> String {
        let base = self.base();
        let rest = base.strip_prefix("http").unwrap_or(&base);
        format!("ws{rest}/ws/{room}")
    }

    /// The address without a slash at its end.
    fn base(&self) -> String {
        self.0.as_str().trim_end_matches('/').to_owned()
    }

    fn from_url(mut url: Url, path: &str) -> Result<Self, AddressError> {
        let refuse = |reason: &str| AddressError::Server { address: url.to_string(), reason: reason.to_owned() };
        let scheme = match url.scheme() {
            "http" | "ws" => "http",
            "https" | "wss" => "https",
            _ => return Err(refuse("it must begin with http:// or https://")),
        };
        if url.host_str().is_none_or(str::is_empty) {
            return Err(refuse("it names no host"));
        }
        // A special scheme may become any other special scheme, so this can't fail here.
        if url.scheme() != scheme && url.set_scheme(scheme).is_err() {
            return Err(AddressError::Server { address: url.to_string(), reason: "its scheme is unknown".to_owned() });
        }
        url.set_path(path);
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self(url))
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base())
    }
}

impl FromStr for ServerUrl {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let url = parse_url(text.trim())?;
        let path = url.path().to_owned();
        Self::from_url(url, &path)
    }
}

/// Where a room is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomAddress {
    /// On which server.
    pub server: ServerUrl,
    /// Which room.
    pub room: RoomId,
    /// The access token that the link carried.
    pub token: Option<String>,
}

impl RoomAddress {
    /// Reads a link such as `http://host:8000/rooms/ID`, `http://host/#/room/ID` or `host:8000/ws/ID`, or a bare room id on
    /// `default_server`.
    ///
    /// # Errors
    /// [`AddressError`] says what is wrong with it, and how it should look.
    pub fn parse(text: &str, default_server: &ServerUrl) -> Result<Self, AddressError> {
        let text = text.trim();
        if !text.contains(['/', ':', '.', '?', '#']) {
            return Ok(Self { server: default_server.clone(), room: text.parse()?, token: None });
        }
        let url = parse_url(text)?;
        let (path, room) = split_room(&url).ok_or_else(|| AddressError::NoRoom(text.to_owned()))?;
        let token = url.query_pairs().find(|(key, _)| key == "token").map(|(_, value)| value.into_owned());
        Ok(Self { room: room.parse()?, server: ServerUrl::from_url(url, &path)?, token })
    }

    /// The link that others can join by.
    pub fn link(&self) -> String {
        self.server.http(&format!("rooms/{}", self.room))
    }

    /// What a friend needs to join, one line per way. The access token is not in it.
    pub fn invitation(&self) -> Vec<String> {
        vec![format!("pair-tui join {}", self.link())]
    }

    /// The link with the access token in it: for this person's own use.
    pub fn private_link(&self) -> String {
        let token = self.token.as_ref().map(|token| format!("?token={token}")).unwrap_or_default();
        self.link() + &token
    }

    /// The address of the room's WebSocket.
    pub fn websocket(&self) -> String {
        self.server.websocket(&self.room)
    }
}

fn parse_url(text: &str) -> Result<Url, AddressError> {
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    Url::parse(&with_scheme)
        .map_err(|error| AddressError::Server { address: text.to_owned(), reason: error.to_string() })
}

/// The server's path, and the room's id out of the query, the fragment or the end of the path.
fn split_room(url: &Url) -> Option<(String, String)> {
    let whole_path = url.path().to_owned();
    if let Some((_, room)) = url.query_pairs().find(|(key, _)| key == "room") {
        return Some((whole_path, room.into_owned()));
    }
    let last_of = |path: &str| path.rsplit('/').find(|part| !part.is_empty()).map(str::to_owned);
    if let Some(room) = url.fragment().and_then(last_of) {
        return Some((whole_path, room));
    }
    let mut parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    let room = parts.pop()?.to_owned();
    if ROOM_MARKERS.contains(&room.as_str()) {
        return None;
    }
    if parts.last().is_some_and(|last| ROOM_MARKERS.contains(last)) {
        parts.pop();
    }
    Some((format!("/{}", parts.join("/")), room))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(String, String), AddressError> {
        let server = "127.0.0.1:8000".parse().unwrap();
        RoomAddress::parse(text, &server).map(|address| (address.server.to_string(), address.room.to_string()))
    }

    #[test]
    fn links_ids_and_plain_hosts_lead_to_the_room() {
        let at = |server: &str| Ok((server.to_owned(), "brave-otter".to_owned()));
        for (text, server) in [
            ("brave-otter", "http://127.0.0.1:8000"),
            (" http://pair.dev/rooms/brave-otter/ ", "http://pair.dev"),
            ("http://pair.dev:81/#/room/brave-otter", "http://pair.dev:81"),
            ("ws://pair.dev/ws/brave-otter", "http://pair.dev"),
            ("localhost:8000/brave-otter", "http://localhost:8000"),
            ("https://pair.dev/team/r/brave-otter?x=1", "https://pair.dev/team"),
            ("pair.dev/?room=brave-otter", "http://pair.dev"),
            ("[::1]:8000/rooms/brave-otter", "http://[::1]:8000"),
        ] {
            assert_eq!(parse(text), at(server), "{text}");
        }
    }

    #[test]
    fn an_address_says_whom_it_is_about() {
        let parts = |text: &str| {
            let server: ServerUrl = text.parse().unwrap();
            (server.host().to_owned(), server.host_and_port(), server.is_encrypted(), server.path("healthz"))
        };
        let wanted = |host: &str, known: &str, is_encrypted, path: &str| {
            (host.to_owned(), known.to_owned(), is_encrypted, path.to_owned())
        };
        assert_eq!(parts("https://[::1]:8000"), wanted("::1", "[::1]:8000", true, "/healthz"));
        assert_eq!(parts("wss://pair.dev/team/"), wanted("pair.dev", "pair.dev:443", true, "/team/healthz"));
        assert_eq!(parts("127.0.0.1"), wanted("127.0.0.1", "127.0.0.1:80", false, "/healthz"));
    }

    #[test]
    fn what_leads_nowhere_is_named() {
        assert!(matches!(parse("http://pair.dev/"), Err(AddressError::NoRoom(_))));
        assert!(matches!(parse("http://pair.dev/rooms/"), Err(AddressError::NoRoom(_))));
        assert!(matches!(parse("a b"), Err(AddressError::Room(_))));
        assert!(matches!(parse("ftp://pair.dev/rooms/a"), Err(AddressError::Server { .. })));
        assert!("http://".parse::<ServerUrl>().is_err());
    }

    #[test]
    fn the_websocket_is_beside_the_rooms() {
        let server: ServerUrl = "https://pair.dev/team/".parse().unwrap();
        let room = "brave-otter".parse().unwrap();
        assert_eq!(server.websocket(&room), "wss://pair.dev/team/ws/brave-otter");
        let address = RoomAddress::parse("http://h:1/rooms/x?token=secret", &server).unwrap();
        assert_eq!((address.link().as_str(), address.token.as_deref()), ("http://h:1/rooms/x", Some("secret")));
    }
}
