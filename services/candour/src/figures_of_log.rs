//! Every figure of a log, worked out from a fresh fold: by which a copy, a backup or a restored store is proved equal to what it was made from.

use std::path::Path;

use anyhow::Context as _;
use candour_domain::{
    calendar::Calendars,
    measures::{Figure, Period, Rules},
};
use candour_journal::Journal;
use candour_projections::{
    ReadModel,
    query::{self, MeasuresQuestion, PlaceFilter},
    rebuild,
};
use candour_service_kit::Organisation;
use indicatif::ProgressBar;
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

/// The most days that figures are worked out for.
const DAYS_MAX: usize = 24;

/// Every figure of each day with every unit behind it, from a fresh fold in the file at `path`, which is removed again.
pub(crate) async fn figures(
    path: &Path,
    journal: &dyn Journal,
    organisation: &Organisation,
    days: &[Date],
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Vec<Figure>>> {
    bar.set_message("working out figures");
    bar.set_length(journal.head().await?.raw());
    let progress = rebuild::fold_afresh(journal, path, &organisation.grounds(), |_events, position| {
        bar.set_position(position.raw());
    })
    .await?;
    if let Some(stopped) = progress.stopped {
        anyhow::bail!("folding stopped at position {}: {}", stopped.position, stopped.reason);
    }
    let read_model = ReadModel::open(
        path,
        journal.store_id(),
        journal.epoch(),
        journal.head().await?,
        organisation.grounds(),
    )?;
    let (nation, policy, days) = (organisation.nation, organisation.policy.clone(), days.to_vec());
    let reader = read_model.clone();
    let found = tokio::task::spawn_blocking(move || {
        let snapshot = reader.snapshot()?;
        let known_at = snapshot.progress().position;
        let rules = Rules { calendar: Calendars::built_in().in_force(nation), policy: &policy };
        let of_day = |day: &Date| {
            let question = MeasuresQuestion {
                place: PlaceFilter::default(),
                period: Period::ALL,
                as_of: *day,
                known_at,
            };
            query::measures(&snapshot, &question, usize::MAX, rules).map_err(anyhow::Error::from)
        };
        days.iter().map(of_day).collect::<anyhow::Result<Vec<_>>>()
    })
    .await
    .context("the comparison of figures ended abnormally")??;
    drop(read_model);
    rebuild::remove(path)?;
    // Nobody else knows of this file, so its lock can go with it.
    std::fs::remove_file(path.with_extension("lock")).context("the lock of the fold")?;
    Ok(found)
}

/// The civil day of the last recording, and the ends of the months before it back to the first recording: at most 24 days.
pub(crate) fn days_to_compare(first: Timestamp, last: Timestamp) -> anyhow::Result<Vec<Date>> {
    let london = TimeZone::get("Europe/London").context("the time zone Europe/London")?;
    let day = |at: Timestamp| at.to_zoned(london.clone()).date();
    days(day(first), day(last))
}

fn days(first: Date, last: Date) -> anyhow::Result<Vec<Date>> {
    let mut days = vec![last];
    let mut end = last.first_of_month().yesterday()?;
    while end >= first && days.len() < DAYS_MAX {
        days.push(end);
        end = end.first_of_month().checked_sub(1.day())?;
    }
    Ok(days)
}

/// Refuses figures that differ in anything, down to a unit or the id of an event behind it.
pub(crate) fn refuse_other_figures(
    days: &[Date],
    before: &[Vec<Figure>],
    after: &[Vec<Figure>],
) -> anyhow::Result<()> {
    for ((day, before), after) in days.iter().zip(before).zip(after) {
        anyhow::ensure!(before.len() == after.len(), "the figures as of {day} differ");
        for (before, after) in before.iter().zip(after) {
            anyhow::ensure!(before == after, "the figure {} as of {day} differs", before.id);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn figures_are_compared_on_the_last_day_and_on_each_month_end_before_it() {
        let found = days(date(2026, 1, 31), date(2026, 4, 15)).unwrap();
        assert_eq!(found, [date(2026, 4, 15), date(2026, 3, 31), date(2026, 2, 28), date(2026, 1, 31)]);
        assert_eq!(days(date(2026, 4, 2), date(2026, 4, 15)).unwrap(), [date(2026, 4, 15)]);
        assert_eq!(days(date(1999, 1, 1), date(2026, 4, 15)).unwrap().len(), DAYS_MAX);
    }
}
