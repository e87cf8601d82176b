//! The suite that every engine passes, on this one: with appends in a batch session, with appends in a call of their
//! own.

use std::sync::Arc;

use candour_journal::Clock;
use candour_journal::conformance::Subject;
use candour_journal_kurrent::{AppendBy, KurrentJournal, Options};
use candour_kurrent_double::{Double, Settings};

async fn subject(append_by: AppendBy, clock: Arc<dyn Clock>) -> Subject {
    let double = Double::start(Settings::default()).await.unwrap();
    // Events of others, so that the log is not ours alone.
    double.append_foreign("elsewhere-1", 5);
    let options = Options {
        synthetic: true,
        append_by,
        ..Options::new(double.connection_string(), "conformance", clock)
    };
    let journal = KurrentJournal::connect(&options).await.unwrap();
    Subject::holding(Arc::new(journal), double)
}

mod by_session {
    use super::*;

    async fn make(clock: Arc<dyn Clock>) -> Subject {
        subject(AppendBy::Session, clock).await
    }

    candour_journal::journal_conformance!(core: make);

    // What this engine promises beyond the core, while one process appends.
    candour_journal::journal_conformance!(alone: make);
}

mod by_call {
    use super::*;

    async fn make(clock: Arc<dyn Clock>) -> Subject {
        subject(AppendBy::Call, clock).await
    }

    candour_journal::journal_conformance!(core: make);
}
