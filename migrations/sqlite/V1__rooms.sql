-- Rooms with their documents: per document the last snapshot, and the log of updates that followed it.

CREATE TABLE rooms (
    id          TEXT    NOT NULL PRIMARY KEY,
    language    TEXT    NOT NULL,
    last_author TEXT,
    updated_ms  INTEGER NOT NULL,
    -- SHA-256 of the token that makes an owner.
    owner_token BLOB,
    -- The role of whoever comes without a token: viewer, editor or owner.
    guest_role  TEXT    NOT NULL,
    -- The last version that is stored, in the log or in a snapshot.
    version     INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE documents (
    room     TEXT    NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    path     TEXT    NOT NULL,
    -- The default document has position 0.
    position INTEGER NOT NULL,
    -- A Yjs v1 update that holds everything up to snapshot_version.
    snapshot BLOB    NOT NULL,
    snapshot_version INTEGER NOT NULL DEFAULT 0,
    UNIQUE (room, path)
);

CREATE TABLE updates (
    room     TEXT    NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    -- Counts the updates of all documents of the room together; the room's task assigns it.
    version  INTEGER NOT NULL,
    document TEXT    NOT NULL,
    -- A Yjs v1 update, as its author sent it.
    data     BLOB    NOT NULL,
    author   TEXT,
    client   INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    PRIMARY KEY (room, version)
);

CREATE TABLE chat (
    id    INTEGER PRIMARY KEY,
    room  TEXT    NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    name  TEXT    NOT NULL,
    text  TEXT    NOT NULL,
    at_ms INTEGER NOT NULL,
    -- A batch that is stored twice leaves one of each message.
    UNIQUE (room, at_ms, name, text)
);

CREATE TABLE claims (
    room   TEXT    NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    -- A CRDT client id,
    client INTEGER NOT NULL,
    -- and SHA-256 of the secret of whoever writes under it.
    secret BLOB    NOT NULL,
    PRIMARY KEY (room, client)
) WITHOUT ROWID;
