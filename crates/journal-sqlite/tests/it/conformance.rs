//! The suite that every engine passes, on this one.

use std::sync::Arc;

use candour_journal::Clock;
use candour_journal::conformance::Subject;
use candour_journal_sqlite::{OpenOptions, SqliteJournal};

fn subject(clock: Arc<dyn Clock>) -> std::future::Ready<Subject> {
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions::new(clock).synthetic(true);
    let journal = SqliteJournal::open(folder.path().join("journal.sqlite"), &options).unwrap();
    std::future::ready(Subject::holding(Arc::new(journal), folder))
}

candour_journal::journal_conformance!(subject);
