//! The tables of the read-model file.
//!
//! Three kinds of table:
//! - `history`: the clear part of every event, by stream. The facts with their dates; never changed, `position` says from when it was known.
//! - one row table per projection (`incident` with `incident_place`, which also says from and to which day, `recommendation`, `action`, `reporter_feedback`, `candour_case`, and the links
//!   `response_incident` and `action_recommendation`): what lists filter and sort by, each row a version with `from_position` and
//!   `to_position` (`NULL` while it is true). `timeline` points from an incident to every event that concerns it.
//! - what figures are counted from: a `unit` for everything that is counted, its `line` rows (as what it counts, in which figure, for which
//!   as-of dates), the sums of those lines in `tally`, and what is to be done about it in `work`. They hold what is known now; see [`crate::tally`].
//!
//! A query at a position takes the row versions that were true there and the history up to there; the domain's pure functions make the
//! answer out of both for an as-of date. Dates are stored as days since 1970-01-01, instants as microseconds since then.

/// The version of this schema and of the folds. A file of another version is discarded and folded anew.
pub const VERSION: i64 = 5;

/// Marks the file as ours (`candr`, read model).
pub const APPLICATION_ID: i64 = 0x0CA1_D0B2;

/// Creates every table.
pub const CREATE: &str = "
CREATE TABLE read_model (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    schema_version   INTEGER NOT NULL,
    store_id         BLOB    NOT NULL,
    epoch            INTEGER NOT NULL,
    grounds          TEXT    NOT NULL,
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
CREATE INDEX incident_place_by_team ON incident_place (team, incident_id) WHERE team IS NOT NULL;

CREATE TABLE duplicate (
    incident_id   BLOB    NOT NULL,
    kept_id       BLOB    NOT NULL,
    from_position INTEGER NOT NULL,
    to_position   INTEGER,
    PRIMARY KEY (incident_id, kept_id, from_position)
) STRICT, WITHOUT ROWID;
CREATE INDEX duplicate_by_kept ON duplicate (kept_id);

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
CREATE INDEX action_recommendation_by_response ON action_recommendation (response_id);

CREATE TABLE timeline (
    incident_id BLOB    NOT NULL,
    position    INTEGER NOT NULL,
    stream_no   INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    PRIMARY KEY (incident_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE unit (
    unit_no INTEGER PRIMARY KEY,
    kind    INTEGER NOT NULL,
    id      BLOB    NOT NULL,
    touched INTEGER NOT NULL,
    UNIQUE (kind, id)
) STRICT;
CREATE INDEX unit_by_touched ON unit (touched);

CREATE TABLE counted (
    counted_no INTEGER PRIMARY KEY,
    figure     INTEGER NOT NULL,
    placing    INTEGER NOT NULL,
    outcome    INTEGER,
    counted_as TEXT    NOT NULL,
    statistic  INTEGER
) STRICT;
CREATE INDEX counted_by_content ON counted (figure, placing, outcome, counted_as, statistic);

CREATE TABLE scope (
    scope_no INTEGER PRIMARY KEY,
    kind     INTEGER NOT NULL,
    value    TEXT    NOT NULL,
    UNIQUE (kind, value)
) STRICT;
INSERT INTO scope (scope_no, kind, value) VALUES (0, 9, 'everywhere');

CREATE TABLE line (
    figure     INTEGER NOT NULL,
    rank       INTEGER NOT NULL,
    unit_no    INTEGER NOT NULL,
    counted_no INTEGER NOT NULL,
    nth        INTEGER NOT NULL,
    from_day   INTEGER NOT NULL,
    to_day     INTEGER NOT NULL,
    day        INTEGER NOT NULL,
    next_day   INTEGER NOT NULL,
    places     INTEGER NOT NULL,
    PRIMARY KEY (figure, rank, unit_no, counted_no, nth, from_day)
) STRICT, WITHOUT ROWID;
CREATE INDEX line_by_unit ON line (unit_no, figure, rank, counted_no, nth, from_day, to_day, day, next_day, places);

CREATE TABLE work (
    unit_no     INTEGER NOT NULL,
    due_day     INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    nth         INTEGER NOT NULL,
    from_day    INTEGER NOT NULL,
    to_day      INTEGER NOT NULL,
    stalled_day INTEGER NOT NULL,
    unowned     INTEGER NOT NULL,
    role        TEXT,
    owner_team  TEXT,
    team        TEXT,
    places      INTEGER NOT NULL
) STRICT;
CREATE INDEX work_by_unit ON work (unit_no);
CREATE INDEX work_to_do ON work (due_day, unit_no, kind, nth) WHERE to_day = 10000000;
CREATE INDEX work_to_do_by_kind ON work (kind, due_day, unit_no, nth) WHERE to_day = 10000000;
CREATE INDEX work_to_do_by_team ON work (team, due_day, unit_no, kind, nth) WHERE to_day = 10000000;
CREATE INDEX work_to_do_by_role ON work (role, due_day, unit_no, kind, nth) WHERE to_day = 10000000;
CREATE INDEX work_to_do_unowned ON work (due_day, unit_no, kind, nth) WHERE to_day = 10000000 AND unowned = 1;
CREATE INDEX work_done ON work (to_day) WHERE to_day < 10000000;

CREATE TABLE tally (
    scope_no   INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    x          INTEGER NOT NULL,
    y          INTEGER NOT NULL,
    z          INTEGER NOT NULL,
    counted_no INTEGER NOT NULL,
    lines      INTEGER NOT NULL,
    PRIMARY KEY (scope_no, kind, x, y, z, counted_no)
) STRICT, WITHOUT ROWID;
";

/// What figures are counted from, as it must come out of every fold of the same log: without the numbers that things get in the order in which
/// they are first met, which is that of the batches. Each with the words it is shown by.
pub const COMPARED_SUMS: &[(&str, &str)] = &[
    ("unit", "SELECT unit_no, kind, id, touched FROM {0}.unit"),
    (
        "line",
        "SELECT line.figure, rank, unit_no, placing, outcome, counted_as, statistic, nth, from_day, to_day, day, next_day, value \
         FROM {0}.line JOIN {0}.counted USING (counted_no) JOIN {0}.scope ON scope_no = places",
    ),
    (
        "work",
        "SELECT unit_no, due_day, work.kind, nth, from_day, to_day, stalled_day, unowned, role, owner_team, team, value \
         FROM {0}.work JOIN {0}.scope ON scope_no = places",
    ),
    (
        "tally",
        "SELECT scope.kind, value, tally.kind, x, y, z, figure, placing, outcome, counted_as, statistic, lines \
         FROM {0}.tally JOIN {0}.counted USING (counted_no) JOIN {0}.scope USING (scope_no)",
    ),
];

/// The tables that a fresh fold must reproduce to the last row: all but the checkpoint itself and [`COMPARED_SUMS`].
pub const COMPARED: &[&str] = &[
    "stream",
    "history",
    "incident",
    "incident_place",
    "duplicate",
    "reporter_feedback",
    "candour_case",
    "recommendation",
    "response_incident",
    "action",
    "action_recommendation",
    "timeline",
];
