// The messages of the room protocol, made from the Rust types of the crate `protocol`: see pair-server/tests/wire_types.rs.
// Do not edit.

export const PROTOCOL_VERSION = 1;
export const SUBPROTOCOL = "pair.v1.msgpack";
export const ROOT_NAME = "code";
export const CHAT_BYTES = 4096;

/**
 * Adds an empty document to the room.
 */
export type AddDocument = { 
/**
 * Its path.
 */
document: DocumentPath, };

/**
 * A place in a text that stays with its neighbouring character while others edit: a Yjs relative position whose type is the
 * document's text. Without an item it is the end of the text ([`Association::After`]) or its start ([`Association::Before`]).
 */
export type Anchor = { 
/**
 * The character that the place belongs to.
 */
item: ItemId | null, 
/**
 * Whether the place is before or after that character's other side: see [`Association`].
 */
assoc: Association, };

/**
 * A selection: from where it was begun to where the cursor is. Both the same: only a cursor.
 */
export type AnchoredSelection = { 
/**
 * Where the selection was begun.
 */
anchor: Anchor, 
/**
 * Where the cursor is.
 */
head: Anchor, };

/**
 * Which neighbour a place belongs to, and so on which side of text inserted exactly there it ends up.
 */
export type Association = number;

/**
 * Bytes inside a message: an update or a state vector. A byte string in MessagePack, base64 (standard alphabet, padded) in JSON.
 */
export type Blob = Uint8Array;

/**
 * Says something to the room.
 */
export type Chat = { 
/**
 * What.
 */
text: string, };

/**
 * Somebody said something.
 */
export type ChatMessage = { 
/**
 * The speaker's name at that time.
 */
name: string, 
/**
 * Who, if they are known to be in the room.
 */
participant: ParticipantId | null, 
/**
 * What.
 */
text: string, 
/**
 * When, in milliseconds since 1970 by the server's clock.
 */
atMs: number, };

/**
 * Names a writer inside the CRDT: every character's id is a client id and a clock. Yjs draws 32 random bits; up to 53 are legal.
 */
export type ClientId = number;

/**
 * A message from a client to the server.
 */
export type ClientMessage = { "type": "hello" } & Hello | { "type": "edit" } & Edit | { "type": "difference" } & Difference | { "type": "presence" } & SetPresence | { "type": "requestSuggestion" } & RequestSuggestion | { "type": "endSuggestion" } & EndSuggestion | { "type": "chat" } & Chat | { "type": "summon" } & Summon | { "type": "setLanguage" } & SetLanguage | { "type": "addDocument" } & AddDocument | { "type": "setRole" } & SetRole | { "type": "setModels" } & SetModels | { "type": "ping" } & Ping | { "type": "leave" } & Leave;

/**
 * The server is about to close this connection.
 */
export type Closing = { 
/**
 * Why.
 */
reason: ClosingReason, 
/**
 * When to come back at the earliest, in milliseconds; none: coming back as before will not help.
 */
retryAfterMs: number | null, };

/**
 * Why the server closes a connection.
 */
export type ClosingReason = "shutdown" | "replaced" | "roomRestarted" | "error";

/**
 * A colour on the wire: `#rrggbb`.
 */
export type Color = string;

/**
 * How a participant speaks with the server.
 */
export type Dialect = "pair" | "plain" | "yjs";

/**
 * What the server is missing of a document after a reconnect: everything the client has beyond the state vector in the
 * server's Welcome. May carry others' edits too.
 */
export type Difference = { 
/**
 * Which document.
 */
document: DocumentPath, 
/**
 * The how-manieth edit or difference of this connection, from 1 on; receipts refer to it.
 */
seq: Sequence, 
/**
 * A Yjs v1 update.
 */
update: Blob, };

/**
 * The room has one document more; it is empty.
 */
export type DocumentAdded = { 
/**
 * Its path.
 */
document: DocumentPath, 
/**
 * Who added it.
 */
participant: ParticipantId, };

/**
 * Names a document inside its room: a relative path with `/` between its parts, at most 255 bytes, without `.` and `..`
 * parts, backslashes and control characters, so that a client may use it as a file name without looking twice.
 */
export type DocumentPath = string;

/**
 * The state of one document: what of its history somebody has, as a Yjs v1 state vector.
 */
export type DocumentState = { 
/**
 * Which document.
 */
document: DocumentPath, 
/**
 * What its sender has of it, as a Yjs v1 state vector; empty: nothing.
 */
stateVector: Blob, };

/**
 * One document of the room, as the Welcome gives it.
 */
export type DocumentWelcome = { 
/**
 * Which document.
 */
document: DocumentPath, 
/**
 * What the client is missing of it: a Yjs v1 update.
 */
difference: Blob, 
/**
 * The difference is not in here: it comes as a [`Missing`] on the snapshot's own stream, where the transport has streams.
 */
snapshot?: boolean, 
/**
 * What the server has of it, as a Yjs v1 state vector; the client sends what it has beyond that.
 */
stateVector: Blob, };

/**
 * A change of a document, as a Yjs v1 update.
 */
export type Edit = { 
/**
 * Which document.
 */
document: DocumentPath, 
/**
 * The how-manieth edit or difference of this connection, from 1 on; receipts refer to it.
 */
seq: Sequence, 
/**
 * A Yjs v1 update that inserts only under the connection's own CRDT client id.
 */
update: Blob, };

/**
 * Somebody changed a document.
 */
export type Edited = { 
/**
 * Which document.
 */
document: DocumentPath, 
/**
 * Who.
 */
participant: ParticipantId, 
/**
 * The bytes as the sender sent them.
 */
update: Blob, };

/**
 * Ends a suggestion.
 */
export type EndSuggestion = { 
/**
 * Who asked for it; left out: this participant.
 */
participant: ParticipantId | null, 
/**
 * Which request.
 */
request: RequestId, 
/**
 * How it ended.
 */
end: SuggestionEnd, 
/**
 * The same in more words; left out: `end` says it all.
 */
outcome?: SuggestionOutcome | null, 
/**
 * With `end` accepted: only a part was taken or typed along, and the rest is claimed. For everybody else the suggestion is gone; it goes on
 * for the one who sends this, until they end it without this word.
 */
part?: boolean, };

/**
 * Something went wrong.
 */
export type Error = { 
/**
 * What, for programs.
 */
code: ErrorCode, 
/**
 * What, for people, and what to do about it.
 */
message: string, 
/**
 * The edit or difference that was refused.
 */
seq?: Sequence | null, 
/**
 * The suggestion request that failed.
 */
request?: RequestId | null, 
/**
 * The document that it is about.
 */
document?: DocumentPath | null, };

/**
 * What went wrong, for programs. On the wire a snake case word.
 */
export type ErrorCode = string;

/**
 * A CRDT client id of before.
 */
export type Former = { 
/**
 * The id.
 */
clientId: ClientId, 
/**
 * The secret that it was claimed with.
 */
clientSecret: string, };

/**
 * The first message on every connection: who joins, with what.
 */
export type Hello = { 
/**
 * The newest version of the protocol that the client speaks.
 */
version: number, 
/**
 * The oldest version of the protocol that the client speaks; the same as `version` when left out.
 */
minVersion: number | null, 
/**
 * The client program and its version, for logs, such as `pair-tui 0.1.0`.
 */
client: string, 
/**
 * Display name.
 */
name: string, 
/**
 * Wished colour; the server chooses one when left out.
 */
color: Color | null, 
/**
 * Access token: gives the role that the room's creator tied to it.
 */
token: string | null, 
/**
 * The CRDT client id that this participant writes with.
 */
clientId: ClientId, 
/**
 * Proves to the server, when this client comes back after a lost connection, that the CRDT client id is its own: any string
 * of 16 to 64 random characters, the same each time for the same client id.
 */
clientSecret: string, 
/**
 * CRDT client ids that this client wrote under before it was started anew, with their secrets: it is the same participant as they were,
 * takes over what is left of their connections, and brings their text in differences. At most [`FORMER_MAX`] count.
 */
formerly?: Array<Former>, 
/**
 * What this client already has, per document; documents that are left out it has nothing of.
 */
documents: Array<DocumentState>, };

/**
 * The id of one UTF-16 code unit in the CRDT: who wrote it and the how-manieth that writer wrote.
 */
export type ItemId = { 
/**
 * The writer.
 */
client: ClientId, 
/**
 * Which of the writer's UTF-16 code units, from 0.
 */
clock: number, };

/**
 * The room's language changed.
 */
export type LanguageChanged = { 
/**
 * To what.
 */
language: string, 
/**
 * Who changed it.
 */
participant: ParticipantId, };

/**
 * Says goodbye.
 */
export type Leave = Record<symbol, never>;

/**
 * The bounds in force on one server.
 */
export type Limits = { 
/**
 * Largest frame that the server accepts, in bytes.
 */
frameBytes: number, 
/**
 * Largest text of one document, in bytes of UTF-8.
 */
documentBytes: number, 
/**
 * Most documents in one room.
 */
roomDocuments: number, 
/**
 * Most participants in one room at a time.
 */
roomParticipants: number, 
/**
 * Longest display name, in characters.
 */
nameCharacters: number, 
/**
 * Longest chat message, in bytes of UTF-8.
 */
chatBytes: number, 
/**
 * Edits per second that one connection may sustain. Over it the server reads that connection more slowly; nothing is dropped.
 */
editsPerSecond: number, 
/**
 * Days after which a room that nobody opened or changed is deleted with all that is in it; none: never.
 */
roomExpiryDays?: number | null, };

/**
 * What this client is missing of a document, after it could not keep up with the edits one by one.
 */
export type Missing = { 
/**
 * Which document.
 */
document: DocumentPath, 
/**
 * A Yjs v1 update.
 */
update: Blob, };

/**
 * What everybody in the room knows about a participant.
 */
export type Participant = { 
/**
 * Who.
 */
id: ParticipantId, 
/**
 * Display name, at most [`crate::limits::NAME_MAX_CHARACTERS`] characters.
 */
name: string, 
/**
 * Their colour, the same for everybody.
 */
color: Color, 
/**
 * What they may do.
 */
role: Role, 
/**
 * How they speak with the server.
 */
dialect: Dialect, 
/**
 * Where they are, if they said so.
 */
presence: Presence | null, 
/**
 * Their connection was lost a moment ago; they come back soon, or leave.
 */
away?: boolean, };

/**
 * Somebody's name, colour or role changed.
 */
export type ParticipantChanged = { 
/**
 * Who, as they are now.
 */
participant: Participant, };

/**
 * Names one participant (one connection's stay) in a room; chosen by the server at random.
 */
export type ParticipantId = number;

/**
 * Somebody joined.
 */
export type ParticipantJoined = { 
/**
 * Who.
 */
participant: Participant, };

/**
 * Somebody left.
 */
export type ParticipantLeft = { 
/**
 * Who.
 */
participant: ParticipantId, };

/**
 * A suggestion that has ended.
 */
export type PastSuggestion = { 
/**
 * The name of whoever asked.
 */
name: string, 
/**
 * For which document.
 */
document: DocumentPath, 
/**
 * What made it.
 */
provider: string, 
/**
 * Which of the provider's models.
 */
model: string, 
/**
 * When it was asked for, in milliseconds since 1970 by the server's clock.
 */
atMs: number, 
/**
 * Milliseconds to its last piece; none: it never was complete.
 */
milliseconds: number | null, 
/**
 * How it began: at most [`PAST_TEXT_BYTES`].
 */
text: string, 
/**
 * What became of it.
 */
outcome: SuggestionOutcome, 
/**
 * The name of whoever took it or put it away.
 */
by: string, };

/**
 * Asks for a pong.
 */
export type Ping = { 
/**
 * Comes back in the pong.
 */
nonce: number, };

/**
 * The answer to a ping.
 */
export type Pong = { 
/**
 * The nonce of the ping.
 */
nonce: number, };

/**
 * Where a participant is: in which document, with which selections, and what they see of it.
 */
export type Presence = { 
/**
 * The document they look at.
 */
document: DocumentPath, 
/**
 * Their selections, the main one first; at most [`SELECTIONS_MAX`].
 */
selections: Array<AnchoredSelection>, 
/**
 * The first and the last place they see, if they say so.
 */
visible: AnchoredSelection | null, 
/**
 * Whom they follow: what they see is what that one sees. Left out where nobody, so that it costs those nothing who follow nobody.
 */
following?: ParticipantId | null, };

/**
 * Where a participant is now.
 */
export type PresenceChanged = { 
/**
 * Who.
 */
participant: ParticipantId, 
/**
 * Where.
 */
presence: Presence, };

/**
 * How far the server has this connection's edits. Both numbers are cumulative; an edit that was refused counts as received and
 * durable, and an error named it before.
 */
export type Receipt = { 
/**
 * All edits up to this number were applied, and sent on.
 */
received: Sequence, 
/**
 * All edits up to this number are committed to storage.
 */
durable: Sequence, };

/**
 * Names a request (a suggestion asked for, for instance) of one participant, so that the answer can be told apart.
 */
export type RequestId = number;

/**
 * Asks for a suggestion, which the whole room will see.
 */
export type RequestSuggestion = { 
/**
 * Chosen by the client; unique within its connection.
 */
request: RequestId, 
/**
 * Which document.
 */
document: DocumentPath, 
/**
 * Where the suggested text would go.
 */
at: Anchor, 
/**
 * The client asks by itself, after a pause in typing; others may show such a suggestion more quietly.
 */
byPause?: boolean, };

/**
 * What a participant may do.
 */
export type Role = "viewer" | "editor" | "owner";

/**
 * Names a room: 1 to 64 of the characters `A-Z a-z 0-9 _ -`.
 */
export type RoomId = string;

/**
 * Counts the edits that one connection sent, from 1 on; receipts and errors refer to it.
 */
export type Sequence = number;

/**
 * A message from the server to a client.
 */
export type ServerMessage = { "type": "welcome" } & Welcome | { "type": "edit" } & Edited | { "type": "difference" } & Missing | { "type": "receipt" } & Receipt | { "type": "presence" } & PresenceChanged | { "type": "participantJoined" } & ParticipantJoined | { "type": "participantLeft" } & ParticipantLeft | { "type": "participantChanged" } & ParticipantChanged | { "type": "documentAdded" } & DocumentAdded | { "type": "languageChanged" } & LanguageChanged | { "type": "suggestionStarted" } & SuggestionStarted | { "type": "suggestionDelta" } & SuggestionDelta | { "type": "suggestionDone" } & SuggestionDone | { "type": "suggestionEnded" } & SuggestionEnded | { "type": "suggestionHistory" } & SuggestionHistory | { "type": "suggestionSettings" } & SuggestionSettings | { "type": "chat" } & ChatMessage | { "type": "summoned" } & Summoned | { "type": "error" } & Error | { "type": "pong" } & Pong | { "type": "storage" } & StorageState | { "type": "closing" } & Closing;

/**
 * Changes the room's language.
 */
export type SetLanguage = { 
/**
 * To what, such as `rust`.
 */
language: string, };

/**
 * Says whether the room's text may be sent to models for suggestions: owners, and editors in a room without an owner's token. Any editor
 * may forbid it.
 */
export type SetModels = { 
/**
 * Whether it may.
 */
models: boolean, };

/**
 * Where this participant is now. The newest one counts; the server may skip older ones.
 *
 * The presence's fields are the message's own: transparent, not flattened, because serde keeps all unknown fields in memory
 * before it flattens, at forty times the bytes.
 */
export type SetPresence = { 
/**
 * The document they look at.
 */
document: DocumentPath, 
/**
 * Their selections, the main one first; at most [`SELECTIONS_MAX`].
 */
selections: Array<AnchoredSelection>, 
/**
 * The first and the last place they see, if they say so.
 */
visible: AnchoredSelection | null, 
/**
 * Whom they follow: what they see is what that one sees. Left out where nobody, so that it costs those nothing who follow nobody.
 */
following?: ParticipantId | null, };

/**
 * Gives a participant another role; owners only.
 */
export type SetRole = { 
/**
 * Whose.
 */
participant: ParticipantId, 
/**
 * Which.
 */
role: Role, };

/**
 * Whether the server can store edits now.
 */
export type StorageState = { 
/**
 * What keeps the server from storing (a full disk, for instance); edits are kept in memory meanwhile. None: all is well.
 */
problem: string | null, };

/**
 * A piece more of a suggestion's text.
 */
export type SuggestionDelta = { 
/**
 * Who asked.
 */
participant: ParticipantId, 
/**
 * Which of their requests.
 */
request: RequestId, 
/**
 * The text to append.
 */
text: string, };

/**
 * A suggestion is complete.
 */
export type SuggestionDone = { 
/**
 * Who asked.
 */
participant: ParticipantId, 
/**
 * Which of their requests.
 */
request: RequestId, 
/**
 * What made it.
 */
provider: string, 
/**
 * Which of the provider's models.
 */
model: string, 
/**
 * Milliseconds from the request to the last piece.
 */
milliseconds: number, 
/**
 * All that may be taken, the streamed one first; empty: that one is the only one.
 */
items?: Array<SuggestionItem>, 
/**
 * What went wrong on the way, for people: a provider that was passed over, an answer that was cut short.
 */
problem?: string | null, };

/**
 * How a suggestion ended.
 */
export type SuggestionEnd = "cancelled" | "dismissed" | "accepted";

/**
 * A suggestion is gone.
 */
export type SuggestionEnded = { 
/**
 * Who asked for it.
 */
participant: ParticipantId, 
/**
 * Which of their requests.
 */
request: RequestId, 
/**
 * How it ended.
 */
end: SuggestionEnd, 
/**
 * Who ended it.
 */
by: ParticipantId, 
/**
 * The same in more words than `end`.
 */
outcome?: SuggestionOutcome | null, 
/**
 * `by` took a part of it; the rest goes on for them, and is gone for everybody else.
 */
part?: boolean, };

/**
 * What became of suggestions before: the last ones right after the Welcome, and each new one as it ends. Oldest first.
 */
export type SuggestionHistory = { 
/**
 * The suggestions.
 */
past: Array<PastSuggestion>, };

/**
 * One of the texts that a suggestion offers.
 */
export type SuggestionItem = { 
/**
 * The text.
 */
text: string, 
/**
 * What made it.
 */
provider: string, 
/**
 * Which of the provider's models.
 */
model: string, };

/**
 * What became of a suggestion, in more words than [`SuggestionEnd`], which older clients know.
 */
export type SuggestionOutcome = "whole" | "words" | "lines" | "typed" | "cancelled" | "dismissed" | "expired" | "failed";

/**
 * How suggestions are made in this room: right after the Welcome, and whenever it changes.
 */
export type SuggestionSettings = { 
/**
 * After so many milliseconds without a key a client may ask by itself; 0: it should not.
 */
pauseMs: number, 
/**
 * What is asked first.
 */
provider: string, 
/**
 * Which of its models.
 */
model: string, 
/**
 * Whether the room's text may be sent to models.
 */
models: boolean, 
/**
 * Whether that can be changed here: the operator has a model, and allows it for this room.
 */
changeable: boolean, 
/**
 * Who changed it just now.
 */
by: ParticipantId | null, };

/**
 * Somebody asked for a suggestion.
 */
export type SuggestionStarted = { 
/**
 * Who asked.
 */
participant: ParticipantId, 
/**
 * Which of their requests.
 */
request: RequestId, 
/**
 * Which document.
 */
document: DocumentPath, 
/**
 * Where the suggested text would go.
 */
at: Anchor, 
/**
 * What makes it, such as `local`; where that one fails, another one may, and the [`SuggestionDone`] says which.
 */
provider: string, 
/**
 * Which of the provider's models.
 */
model?: string, 
/**
 * When it was asked for, in milliseconds since 1970 by the server's clock; 0: an older server does not say.
 */
atMs?: number, 
/**
 * The asker's client asked by itself, after a pause in typing.
 */
byPause?: boolean, };

/**
 * Asks everybody else to come to a place; each may come or not.
 */
export type Summon = { 
/**
 * To which document.
 */
document: DocumentPath, 
/**
 * To which place in it.
 */
at: Anchor, };

/**
 * Somebody asks this client to come to a place.
 */
export type Summoned = { 
/**
 * Who asks.
 */
participant: ParticipantId, 
/**
 * To which document.
 */
document: DocumentPath, 
/**
 * To which place in it.
 */
at: Anchor, };

/**
 * The answer to a Hello: the room as it is.
 */
export type Welcome = { 
/**
 * The version of the protocol that both sides speak from here on.
 */
version: number, 
/**
 * The server program and its version.
 */
server: string, 
/**
 * Which room.
 */
room: RoomId, 
/**
 * The client's participant id.
 */
participant: ParticipantId, 
/**
 * The client comes back as the participant that it was: the others saw it away, and neither leave nor join.
 */
resumed?: boolean, 
/**
 * The client's role.
 */
role: Role, 
/**
 * The bounds in force.
 */
limits: Limits, 
/**
 * The room's language.
 */
language: string, 
/**
 * Everybody in the room, the client too.
 */
participants: Array<Participant>, 
/**
 * The room's documents, the default one first.
 */
documents: Array<DocumentWelcome>, 
/**
 * The last chat messages, oldest first.
 */
chat: Array<ChatMessage>, 
/**
 * Whether the server can store edits.
 */
storage: StorageState, };
