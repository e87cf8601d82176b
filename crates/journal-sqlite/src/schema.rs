//! The tables, and the marks by which a file is known as ours.

/// The mark of a Candour journal in the header of a SQLite file (`application_id`): the letters `Cndr`.
pub const APPLICATION_ID: i32 = 0x436e_6472;

/// The version of the tables below (`user_version`). A store with a higher one is refused.
pub const SCHEMA_VERSION: i32 = 2;

/// The table of facts, which version 1 did not have.
pub(crate) const FACTS: &str = "
CREATE TABLE fact (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER fact_is_never_changed BEFORE UPDATE ON fact
BEGIN SELECT RAISE(ABORT, 'a settled fact is never changed'); END;
CREATE TRIGGER fact_is_never_deleted BEFORE DELETE ON fact
BEGIN SELECT RAISE(ABORT, 'a settled fact is never deleted'); END;
";

/// Creates everything but [`FACTS`] in an empty file. Runs in one transaction with the store row.
pub(crate) const CREATE: &str = "
CREATE TABLE store (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  id BLOB NOT NULL CHECK (length(id) = 16),
  epoch INTEGER NOT NULL CHECK (epoch >= 0),
  created_at INTEGER NOT NULL,
  schema_version INTEGER NOT NULL,
  synthetic INTEGER NOT NULL CHECK (synthetic IN (0, 1))
) STRICT;

CREATE TABLE stream (
  stream_no INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL CHECK (version >= 0)
) STRICT;

CREATE TABLE event_type (
  type_no INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE event (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  stream_no INTEGER NOT NULL REFERENCES stream (stream_no),
  version INTEGER NOT NULL CHECK (version >= 0),
  type_no INTEGER NOT NULL REFERENCES event_type (type_no),
  event_id BLOB NOT NULL UNIQUE CHECK (length(event_id) = 16),
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  metadata BLOB NOT NULL,
  data BLOB NOT NULL,
  UNIQUE (stream_no, version)
) STRICT;

CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'a recorded event is never changed'); END;
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'a recorded event is never deleted'); END;
CREATE TRIGGER stream_is_never_renamed BEFORE UPDATE OF stream_no, name ON stream
BEGIN SELECT RAISE(ABORT, 'a stream is never renamed'); END;
CREATE TRIGGER stream_never_goes_back BEFORE UPDATE OF version ON stream WHEN NEW.version <= OLD.version
BEGIN SELECT RAISE(ABORT, 'the version of a stream only grows'); END;
CREATE TRIGGER stream_is_never_deleted BEFORE DELETE ON stream
BEGIN SELECT RAISE(ABORT, 'a stream is never deleted'); END;
CREATE TRIGGER event_type_is_never_changed BEFORE UPDATE ON event_type
BEGIN SELECT RAISE(ABORT, 'an event type is never changed'); END;
CREATE TRIGGER event_type_is_never_deleted BEFORE DELETE ON event_type
BEGIN SELECT RAISE(ABORT, 'an event type is never deleted'); END;
CREATE TRIGGER store_keeps_its_identity BEFORE UPDATE OF id, created_at, synthetic ON store
BEGIN SELECT RAISE(ABORT, 'a store keeps its identity'); END;
CREATE TRIGGER store_is_never_deleted BEFORE DELETE ON store
BEGIN SELECT RAISE(ABORT, 'a store keeps its identity'); END;
";
