-- Whether a room's text may be sent to models for suggestions; null where nobody has said.

ALTER TABLE rooms ADD COLUMN models boolean;
