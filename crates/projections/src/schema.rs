//! The tables of the read-model file.
//!
//! Two kinds of table:
//! - `history`: the clear part of every event, by stream. The facts with their dates; never changed, `position` says from when it was known.
//! - one row table per projection (`incident` with `incident_place`, which also says from and to which day, `recommendation`, `action`, `reporter_feedback`, `candour_case`, and the links
//!   `response_incident` and `action_recommendation`): what lists filter and sort by, each row a version with `from_position` and
//!   `to_position` (`NULL` while it is true). `timeline` points from an incident to every event that concerns it.
//!
//! A query at a position takes the row versions that were true there and the history up to there; the domain's pure functions make the
//! answer out of both for an as-of date. Dates are stored as days since 1970-01-01, instants as microseconds since then.

/// The version of this schema and of the folds. A file of another version is discarded and folded anew.
pub const VERSION: i64 = 3;

/// Marks the file as ours (`candr`, read model).
pub const APPLICATION_ID: i64 = 0x0CA1_D0B2;

/// Creates every table.
pub const CREATE: &str = "
CREATE TABLE read_model (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    schema_version   INTEGER NOT NULL,
    store_id         BLOB    NOT NULL,
    epoch            INTEGER NOT NULL,
    checkpoint       INTEGER NOT NULL,
    events_folded    INTEGER NOT NULL,
    stopped_position INTEGER,
    stopped_reason   TEXT
) STRICT;

CREATE TABLE stream (
    stream_no INTEGER PRIMARY KEY,
    category  TEXT NOT NULL,
    id        BLOB NOT NULL,
    UNIQUE (category, id)
) STRICT;

CREATE TABLE history (
    stream_no          INTEGER NOT NULL REFERENCES stream,
    version            INTEGER NOT NULL,
    position           INTEGER NOT NULL,
    event_id           BLOB    NOT NULL,
    type               TEXT    NOT NULL,
    occurred_at        INTEGER NOT NULL,
    recorded_at        INTEGER NOT NULL,
    source_recorded_at INTEGER,
    performed_by       TEXT,
    source_system      TEXT,
    caller             TEXT    NOT NULL,
    calendar           TEXT    NOT NULL,
    data               BLOB    NOT NULL,
    PRIMARY KEY (stream_no, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE incident (
    id            BLOB    NOT NULL,
    from_position INTEGER NOT NULL,
    to_position   INTEGER,
    reference     TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    reported_on   INTEGER NOT NULL,
    has_reporter  INTEGER NOT NULL,
    PRIMARY KEY (id, from_position)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_by_date ON incident (reported_on, id);

CREATE TABLE incident_place (
    incident_id   BLOB    NOT NULL,
    from_day      INTEGER NOT NULL,
    to_day        INTEGER,
    from_position INTEGER NOT NULL,
    to_position   INTEGER,
    site          TEXT,
    directorate   TEXT,
    team          TEXT,
    PRIMARY KEY (incident_id, from_day, from_position)
) STRICT, WITHOUT ROWID;

CREATE TABLE reporter_feedback (
    incident_id   BLOB    NOT NULL,
    from_position INTEGER NOT NULL,
    to_position   INTEGER,
    reference     TEXT    NOT NULL,
    reported_on   INTEGER NOT NULL,
    identity      TEXT    NOT NULL,
    PRIMARY KEY (incident_id, from_position)
) STRICT, WITHOUT ROWID;
CREATE INDEX reporter_feedback_by_date ON reporter_feedback (reported_on, incident_id);

CREATE TABLE candour_case (
    case_id       BLOB    NOT NULL,
    from_position INTEGER NOT NULL,
    to_position   INTEGER,
    incident_id   BLOB    NOT NULL,
    person_id     BLOB    NOT NULL,
    reference     TEXT    NOT NULL,
    reported_on   INTEGER NOT NULL,
    PRIMARY KEY (case_id, from_position)
) STRICT, WITHOUT ROWID;
CREATE INDEX candour_case_by_date ON candour_case (reported_on, case_id);
CREATE INDEX candour_case_by_incident ON candour_case (incident_id);

CREATE TABLE recommendation (
    id            BLOB    NOT NULL,
    from_position INTEGER NOT NULL,
    to_position   INTEGER,
    response_id   BLOB    NOT NULL,
    reference     TEXT    NOT NULL,
    made_on       INTEGER NOT NULL,
    decision      TEXT    NOT NULL,
    PRIMARY KEY (id, from_position)
) STRICT, WITHOUT ROWID;
CREATE INDEX recommendation_by_date ON recommendation (made_on, id);
CREATE INDEX recommendation_by_response ON recommendation (response_id);

CREATE TABLE response_incident (
    response_id   BLOB    NOT NULL,
    incident_id   BLOB    NOT NULL,
    from_position INTEGER NOT NULL,
    to_position   INTEGER,
    PRIMARY KEY (response_id, incident_id, from_position)
) STRICT, WITHOUT ROWID;
CREATE INDEX response_incident_by_incident ON response_incident (incident_id);

CREATE TABLE action (
    id            BLOB    NOT NULL,
    from_position INTEGER NOT NULL,
    to_position   INTEGER,
    reference     TEXT    NOT NULL,
    agreed_on     INTEGER NOT NULL,
    incident_id   BLOB,
    PRIMARY KEY (id, from_position)
) STRICT, WITHOUT ROWID;
CREATE INDEX action_by_date ON action (agreed_on, id);
CREATE INDEX action_by_incident ON action (incident_id) WHERE incident_id IS NOT NULL;

CREATE TABLE action_recommendation (
    action_id         BLOB    NOT NULL,
    recommendation_id BLOB    NOT NULL,
    response_id       BLOB    NOT NULL,
    from_position     INTEGER NOT NULL,
    to_position       INTEGER,
    PRIMARY KEY (action_id, recommendation_id, from_position)
) STRICT, WITHOUT ROWID;
CREATE INDEX action_recommendation_by_recommendation ON action_recommendation (recommendation_id);

CREATE TABLE timeline (
    incident_id BLOB    NOT NULL,
    position    INTEGER NOT NULL,
    stream_no   INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    PRIMARY KEY (incident_id, position)
) STRICT, WITHOUT ROWID;
";

/// The tables that a fresh fold must reproduce to the last row: all but the checkpoint itself.
pub const COMPARED: &[&str] = &[
    "stream",
    "history",
    "incident",
    "incident_place",
    "reporter_feedback",
    "candour_case",
    "recommendation",
    "response_incident",
    "action",
    "action_recommendation",
    "timeline",
];
