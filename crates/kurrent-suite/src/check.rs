//! One thing that must hold, and what was found.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use serde::Serialize;

use crate::{panics, setting::Setting};

/// How much longer than the idle run one check may take before it counts as hung.
const CHECK_TIME_MAX: Duration = Duration::from_mins(10);

/// What a check that does not fail comes to. One that fails panics.
pub(crate) enum Outcome {
    /// It holds; with what was seen, in a few words.
    Passed(String),
    /// It was not run; with the reason.
    NotRun(String),
}

impl Outcome {
    /// It holds, and there is nothing more to say.
    pub(crate) fn passed() -> Self {
        Self::Passed(String::new())
    }
}

/// A check. It is given the setting that all share.
pub(crate) struct Check {
    /// Its name: the group, and what must hold.
    pub(crate) name: String,
    /// What it proves, for people.
    pub(crate) proves: &'static str,
    run: Box<dyn FnOnce(Arc<Setting>) -> BoxFuture<'static, Outcome> + Send>,
}

impl Check {
    /// A check under a name.
    pub(crate) fn new<F>(
        name: impl Into<String>,
        proves: &'static str,
        run: impl FnOnce(Arc<Setting>) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        Self { name: name.into(), proves, run: Box::new(move |setting| Box::pin(run(setting))) }
    }

    /// Runs it to its end, whatever becomes of it.
    pub(crate) async fn run(self, setting: &Arc<Setting>) -> Finding {
        panics::take();
        let begun = Instant::now();
        let time = CHECK_TIME_MAX + setting.idle;
        // A task of its own, so that a panic ends nothing else.
        let task = tokio::spawn(tokio::time::timeout(time, (self.run)(Arc::clone(setting))));
        let verdict = match task.await {
            Ok(Ok(Outcome::Passed(seen))) => Verdict::Passed { seen },
            Ok(Ok(Outcome::NotRun(because))) => Verdict::NotRun { because },
            Ok(Err(_)) => Verdict::Failed { why: format!("it did not end within {time:?}") },
            Err(_) => Verdict::Failed { why: panics::take().join("; ") },
        };
        Finding { name: self.name, verdict, seconds: begun.elapsed().as_secs_f64() }
    }
}

/// What was found about one check.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) verdict: Verdict,
    pub(crate) seconds: f64,
}

/// How a check ended.
#[derive(Debug, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// It holds.
    Passed {
        /// What was seen, in a few words.
        seen: String,
    },
    /// It does not hold.
    Failed {
        /// What was found instead.
        why: String,
    },
    /// It was not run.
    NotRun {
        /// The reason.
        because: String,
    },
}
