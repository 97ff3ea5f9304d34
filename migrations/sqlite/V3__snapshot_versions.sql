-- Whether a snapshot holds an update already is asked for every update. The number stands behind the snapshot in the row, so that SQLite
-- went through all of the snapshot's pages to read it; here it stands by itself.

CREATE INDEX snapshot_versions ON documents (room, path, snapshot_version);
