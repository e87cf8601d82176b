//! How many things wait to be done, by kind: counted now and then in the background, and shown with how long ago that was.
//!
//! What counts is set with [`Worklist::set`]. Today that is [`Worklist::keep_counted`], which reads the exceptions (X1) and the overdue actions (R3)
//! off the figures as of today.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use candour_domain::{
    calendar::civil_date,
    measures::{Figure, Period, Rules},
};
use candour_projections::{
    ReadModel,
    query::{self, MeasuresQuestion, PlaceFilter, QueryError},
};
use candour_service_kit::Engine;
use candour_telemetry::{
    KeyValue,
    catalogue::{WORKLIST_AGE, WORKLIST_ENTRIES, WORKLIST_KIND},
};
use tokio_util::sync::CancellationToken;

/// How long the counts stand at least.
const COUNT_EVERY: Duration = Duration::from_mins(1);
/// Counting takes at most one part in so many of the time.
const REST_FOR_EACH_COUNTED: u32 = 50;

/// The counts as they were last set.
#[derive(Clone, Default)]
pub(crate) struct Worklist(Arc<Mutex<Option<Counted>>>);

struct Counted {
    entries: Vec<Entries>,
    at: Instant,
}

/// How many entries of one kind there are. Kinds are constants of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entries {
    /// The kind.
    pub(crate) kind: &'static str,
    /// How many.
    pub(crate) count: u64,
}

impl Worklist {
    /// Counts that are shown as soon as they are set. Telemetry is started before.
    pub(crate) fn watched() -> Self {
        let worklist = Self::default();
        let (shown, aged) = (worklist.clone(), worklist.clone());
        WORKLIST_ENTRIES.observe_each(move || {
            shown.read(|counted| {
                let one =
                    |entries: &Entries| (entries.count, vec![KeyValue::new(WORKLIST_KIND, entries.kind)]);
                counted.map_or_else(Vec::new, |counted| counted.entries.iter().map(one).collect())
            })
        });
        WORKLIST_AGE.observe_seconds(move || aged.read(|counted| Some(counted?.at.elapsed().as_secs_f64())));
        worklist
    }

    /// Shows these counts from now on.
    pub(crate) fn set(&self, entries: Vec<Entries>) {
        let counted = Counted { entries, at: Instant::now() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(counted);
    }

    fn read<T>(&self, read: impl FnOnce(Option<&Counted>) -> T) -> T {
        read(self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref())
    }

    /// Counts until stopped, once everything recorded before the start is folded: at most every [`COUNT_EVERY`], and at most one part in
    /// [`REST_FOR_EACH_COUNTED`] of the time.
    pub(crate) async fn keep_counted(self, engine: Engine, read_model: ReadModel, stop: CancellationToken) {
        let head = *engine.journal().changes().borrow();
        let mut folded = read_model.changes();
        tokio::select! {
            () = stop.cancelled() => return,
            reached = folded.wait_for(|progress| progress.position >= head) => if reached.is_err() { return },
        }
        loop {
            let begun = Instant::now();
            let (engine, read_model) = (engine.clone(), read_model.clone());
            let counted = tokio::task::spawn_blocking(move || count(&engine, &read_model)).await;
            match counted {
                Ok(Ok(Some(entries))) => self.set(entries),
                // Folding stopped: what is shown grows old, and says so.
                Ok(Ok(None)) => {}
                Ok(Err(error)) => tracing::warn!(%error, "the worklist cannot be counted"),
                Err(_) => tracing::error!("counting the worklist ended abnormally"),
            }
            let rest = (begun.elapsed() * REST_FOR_EACH_COUNTED).max(COUNT_EVERY);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(rest) => {}
            }
        }
    }
}

fn count(engine: &Engine, read_model: &ReadModel) -> Result<Option<Vec<Entries>>, QueryError> {
    let snapshot = read_model.snapshot()?;
    let progress = snapshot.progress();
    if progress.stopped.is_some() {
        return Ok(None);
    }
    let rules = Rules { calendar: engine.calendar(), policy: &engine.organisation().policy };
    let today = civil_date(engine.now());
    let known_at = progress.position;
    let question =
        MeasuresQuestion { place: PlaceFilter::default(), period: Period::ALL, as_of: today, known_at };
    let figures = query::measures(&snapshot, &question, 0, rules)?;
    Ok(Some(entries(&figures)))
}

/// What waits, by the figures: the exceptions list by kind, and what R3 tells apart. A figure that is not there is left out, rather than shown as 0.
fn entries(figures: &[Figure]) -> Vec<Entries> {
    let exceptions = |variant: &str| {
        figures.iter().find(|figure| figure.id == "X1" && figure.variant == Some(variant))?.numerator
    };
    let actions = |name: &str| {
        let figure = figures.iter().find(|figure| figure.id == "R3")?;
        Some(figure.counts.iter().find(|count| count.name == name)?.value)
    };
    [
        ("overdue", exceptions("overdue")),
        ("no_decision_in_time", exceptions("harm without a decision in time")),
        ("contradiction", exceptions("contradiction")),
        ("action_unowned", actions("unowned")),
        ("action_without_target", actions("without a target")),
        ("action_awaiting_verification_past_target", actions("past target, awaiting verification")),
    ]
    .into_iter()
    .filter_map(|(kind, count)| Some(Entries { kind, count: count? }))
    .collect()
}

#[cfg(test)]
mod tests {
    use candour_domain::{
        calendar::{Calendars, Nation},
        measures::Standings,
        policy::Policy,
    };

    use super::*;

    #[test]
    fn every_kind_is_found_in_the_figures_and_none_of_nothing_is_more_than_0() {
        let policy = Policy::local_defaults();
        let rules = Rules { calendar: Calendars::built_in().in_force(Nation::England), policy: &policy };
        let figures = Standings::default().figures(Period::ALL, jiff::civil::date(2026, 6, 30), rules);
        let found = entries(&figures);
        assert_eq!(
            found.iter().map(|entries| (entries.kind, entries.count)).collect::<Vec<_>>(),
            [
                ("overdue", 0),
                ("no_decision_in_time", 0),
                ("contradiction", 0),
                ("action_unowned", 0),
                ("action_without_target", 0),
                ("action_awaiting_verification_past_target", 0),
            ]
        );
        assert_eq!(entries(&[]), [], "what is not counted is not 0");
    }
}
