//! Figures of the engine alone: appends to new streams, reads of a stream.

use std::sync::Arc;

use candour_journal::{ExpectedVersion, Journal, StreamVersion, SystemClock};
use candour_journal_kurrent::AppendBy;
use candour_journal_sqlite::{OpenOptions, SqliteJournal};
use tempfile::TempDir;

use crate::{
    check::{Check, Outcome},
    figures::{AsyncWork, Engine, Figure, IN_FLIGHT, Timing},
    sample,
    setting::Setting,
};

const BY_SESSION: &str = "append of one event, in a session";
const BY_CALL: &str = "append of one event, by call";
const READ: &str = "read of a stream of ten events";
/// Numbers of streams that one worker of one measurement may use.
const STREAMS_EACH: u128 = 1 << 32;
/// Events in the stream that is read.
const EVENTS_READ: u128 = 10;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "figures/append-in-session",
            "how long an append takes in a batch session",
            |setting| async move { appends(&setting, BY_SESSION, AppendBy::Session).await },
        ),
        Check::new(
            "figures/append-by-call",
            "how long an append takes in a call of its own",
            |setting| async move { appends(&setting, BY_CALL, AppendBy::Call).await },
        ),
        Check::new("figures/read", "how long the read of a stream takes", |setting| async move {
            reads(&setting).await
        }),
    ]
}

/// A journal that is measured.
struct Measured {
    engine: Engine,
    namespace: String,
    journal: Arc<dyn Journal>,
    /// Removed after the journal.
    _folder: TempDir,
}

/// The journals that are compared.
async fn both(setting: &Setting, append_by: AppendBy) -> [Measured; 2] {
    let namespace = setting.namespace();
    let measured =
        |engine, journal, folder| Measured { engine, namespace: namespace.clone(), journal, _folder: folder };
    let kurrent = setting.journal(&namespace, append_by, Arc::new(SystemClock)).await;
    let folder = setting.folder();
    let sqlite = OpenOptions::new(Arc::new(SystemClock)).synthetic(true);
    let sqlite = SqliteJournal::open(folder.path().join("journal.sqlite"), &sqlite).expect("a log on SQLite");
    [
        measured(Engine::KurrentDb, Arc::new(kurrent), setting.folder()),
        measured(Engine::Sqlite, Arc::new(sqlite), folder),
    ]
}

struct Append {
    journal: Arc<dyn Journal>,
    namespace: String,
    next: u128,
}

impl AsyncWork for Append {
    async fn once(&mut self) {
        let stream = sample::stream(&self.namespace, self.next);
        let event = sample::event(self.next);
        self.next += 1;
        let appended = self.journal.append(&stream, ExpectedVersion::NoStream, vec![event]).await;
        assert!(!appended.expect("the append is written").repeated, "each append is a new one");
    }
}

async fn appends(setting: &Setting, what: &'static str, append_by: AppendBy) -> Outcome {
    for Measured { engine, namespace, journal, _folder } in both(setting, append_by).await {
        for (measurement, in_flight) in IN_FLIGHT.into_iter().enumerate() {
            let timing = Timing::of(in_flight, setting.measurement, |worker| Append {
                journal: Arc::clone(&journal),
                namespace: namespace.clone(),
                next: (measurement * 1000 + worker + 1) as u128 * STREAMS_EACH,
            });
            setting.keep(Figure { what, in_flight, engine, timing: timing.await });
        }
    }
    Outcome::passed()
}

struct Read {
    journal: Arc<dyn Journal>,
    namespace: String,
}

impl AsyncWork for Read {
    async fn once(&mut self) {
        let stream = sample::stream(&self.namespace, 1);
        let page = self.journal.read_stream(&stream, StreamVersion::FIRST, 100).await;
        assert_eq!(page.expect("the stream is read").events.len() as u128, EVENTS_READ);
    }
}

async fn reads(setting: &Setting) -> Outcome {
    for Measured { engine, namespace, journal, _folder } in both(setting, AppendBy::Session).await {
        let events = (0..EVENTS_READ).map(sample::event).collect();
        let appended =
            journal.append(&sample::stream(&namespace, 1), ExpectedVersion::NoStream, events).await;
        appended.expect("the append is written");
        for in_flight in IN_FLIGHT {
            let timing = Timing::of(in_flight, setting.measurement, |_| Read {
                journal: Arc::clone(&journal),
                namespace: namespace.clone(),
            });
            setting.keep(Figure { what: READ, in_flight, engine, timing: timing.await });
        }
    }
    Outcome::passed()
}
