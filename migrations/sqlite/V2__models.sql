-- Whether a room's text may be sent to models for suggestions: 0 or 1; null where nobody has said.

ALTER TABLE rooms ADD COLUMN models INTEGER;
