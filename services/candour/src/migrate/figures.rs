//! Both logs folded afresh, and every figure of every month end compared.

use std::path::Path;

use anyhow::Context as _;
use candour_domain::{
    calendar::Calendars,
    measures::{Figure, Period, Rules},
};
use candour_journal::Journal;
use candour_projections::{
    ReadModel,
    query::{self, PlaceFilter},
    rebuild,
};
use candour_service_kit::Organisation;
use indicatif::ProgressBar;
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use super::copy;
use crate::store::{Files, Log};

/// The most days on which figures are compared: the last month ends before the last recorded event, and its own day.
const DAYS_MAX: usize = 24;

/// What was compared.
pub(super) struct Compared {
    pub(super) figures: usize,
    pub(super) days: usize,
}

/// Compares every figure with every unit behind it, on the day of the last event and on the month ends before it.
pub(super) async fn compare(
    files: &Files,
    source: &Log,
    target: &Log,
    organisation: &Organisation,
    logs: &copy::Compared,
    bar: &ProgressBar,
) -> anyhow::Result<Compared> {
    let (one, other) = (source.journal(), target.journal());
    let Some((first, last)) = logs.recorded else { return Ok(Compared { figures: 0, days: 0 }) };
    let london = TimeZone::get("Europe/London").context("the time zone Europe/London")?;
    let day = |at: Timestamp| at.to_zoned(london.clone()).date();
    let days = days(day(first), day(last))?;
    bar.set_message("comparing figures");
    let found = figures(&files.read_model_of_source(), one.as_ref(), organisation, &days, bar).await?;
    let copied = figures(&files.read_model_of_target(), other.as_ref(), organisation, &days, bar).await?;
    for ((day, one), other) in days.iter().zip(&found).zip(&copied) {
        for (one, other) in one.iter().zip(other) {
            anyhow::ensure!(one == other, "the figure {} as of {day} differs between the two logs", one.id);
        }
        anyhow::ensure!(one.len() == other.len(), "the figures as of {day} differ between the two logs");
    }
    Ok(Compared { figures: found.iter().map(Vec::len).sum(), days: days.len() })
}

/// Every figure of each day, from a fresh fold that is removed again.
async fn figures(
    path: &Path,
    journal: &dyn Journal,
    organisation: &Organisation,
    days: &[Date],
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Vec<Figure>>> {
    bar.set_length(journal.head().await?.raw());
    let progress =
        rebuild::fold_afresh(journal, path, |_events, position| bar.set_position(position.raw())).await?;
    if let Some(stopped) = progress.stopped {
        anyhow::bail!("folding stopped at position {}: {}", stopped.position, stopped.reason);
    }
    let read_model = ReadModel::open(path, journal.store_id(), journal.epoch(), journal.head().await?)?;
    let (nation, policy, days) = (organisation.nation, organisation.policy.clone(), days.to_vec());
    let reader = read_model.clone();
    let found = tokio::task::spawn_blocking(move || {
        let snapshot = reader.snapshot()?;
        let known_at = snapshot.progress().position;
        let rules = Rules { calendar: Calendars::built_in().in_force(nation), policy: &policy };
        let of_day = |day: &Date| {
            query::measures(&snapshot, &PlaceFilter::default(), Period::ALL, *day, known_at, rules)
                .map_err(anyhow::Error::from)
        };
        days.iter().map(of_day).collect::<anyhow::Result<Vec<_>>>()
    })
    .await
    .context("the comparison of figures ended abnormally")??;
    drop(read_model);
    rebuild::remove(path)?;
    Ok(found)
}

/// The last day, and the ends of the months before it back to the first.
fn days(first: Date, last: Date) -> anyhow::Result<Vec<Date>> {
    let mut days = vec![last];
    let mut end = last.first_of_month().yesterday()?;
    while end >= first && days.len() < DAYS_MAX {
        days.push(end);
        end = end.first_of_month().checked_sub(1.day())?;
    }
    Ok(days)
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
