//! What was measured, on KurrentDB and on SQLite, side by side.

use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use tokio::task::JoinSet;

/// How many calls are under way at the same time, one measurement after the other.
pub(crate) const IN_FLIGHT: [usize; 3] = [1, 16, 64];
/// The percentiles that are shown.
const PERCENTILES: [usize; 2] = [50, 99];

/// Which engine was measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(crate) enum Engine {
    /// The server that is judged.
    #[serde(rename = "KurrentDB")]
    KurrentDb,
    /// The embedded engine, on the disk of this machine.
    #[serde(rename = "SQLite")]
    Sqlite,
}

/// One measurement.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    /// What was done.
    pub(crate) what: &'static str,
    /// How many at the same time.
    pub(crate) in_flight: usize,
    /// On which engine.
    pub(crate) engine: Engine,
    #[serde(flatten)]
    pub(crate) timing: Timing,
}

/// How long calls took.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Timing {
    /// How many calls were measured.
    calls: usize,
    /// Half of them took no longer, in milliseconds.
    p50_milliseconds: f64,
    /// Of a hundred, one took longer.
    p99_milliseconds: f64,
    /// How many were answered in a second.
    per_second: f64,
}

impl Timing {
    /// Lets workers do something again and again, so many at the same time and for so long, each once before that is measured. A worker is given
    /// its number.
    pub(crate) async fn of<F>(in_flight: usize, how_long: Duration, worker: impl Fn(usize) -> F) -> Self
    where
        F: AsyncWork,
    {
        let mut workers = JoinSet::new();
        for number in 0..in_flight {
            let mut work = worker(number);
            workers.spawn(async move {
                work.once().await;
                work
            });
        }
        let ready = workers.join_all().await;
        let begun = Instant::now();
        let mut workers = JoinSet::new();
        for mut work in ready {
            workers.spawn(async move {
                let mut times = Vec::new();
                while begun.elapsed() < how_long {
                    let begun = Instant::now();
                    work.once().await;
                    times.push(begun.elapsed());
                }
                times
            });
        }
        let times = workers.join_all().await.concat();
        Self::from_times(times, begun.elapsed())
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a number of calls is far below the precision of a double"
    )]
    fn from_times(mut times: Vec<Duration>, took: Duration) -> Self {
        times.sort_unstable();
        let [p50, p99] = PERCENTILES.map(|part| {
            let index = (times.len() * part / 100).min(times.len().saturating_sub(1));
            times.get(index).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
        });
        Self {
            calls: times.len(),
            p50_milliseconds: p50,
            p99_milliseconds: p99,
            per_second: times.len() as f64 / took.as_secs_f64(),
        }
    }
}

/// What one worker does again and again.
pub(crate) trait AsyncWork: Send + 'static {
    /// Does it once.
    fn once(&mut self) -> impl Future<Output = ()> + Send;
}

/// The table of all figures: a row for each thing that was measured, both engines in it. Empty where nothing was measured.
pub(crate) fn table(figures: &[Figure]) -> Option<Table> {
    if figures.is_empty() {
        return None;
    }
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED).set_header([
        "",
        "at once",
        "KurrentDB p50 ms",
        "p99 ms",
        "a second",
        "SQLite p50 ms",
        "p99 ms",
        "a second",
    ]);
    let mut rows: Vec<(&str, usize)> = Vec::new();
    for figure in figures {
        if !rows.contains(&(figure.what, figure.in_flight)) {
            rows.push((figure.what, figure.in_flight));
        }
    }
    for (what, in_flight) in rows {
        let mut cells = vec![what.to_owned(), in_flight.to_string()];
        for engine in [Engine::KurrentDb, Engine::Sqlite] {
            let found = figures
                .iter()
                .find(|figure| (figure.what, figure.in_flight, figure.engine) == (what, in_flight, engine));
            cells.extend(match found {
                Some(Figure { timing, .. }) => [
                    format!("{:.2}", timing.p50_milliseconds),
                    format!("{:.2}", timing.p99_milliseconds),
                    format!("{:.0}", timing.per_second),
                ],
                None => ["–"; 3].map(str::to_owned),
            });
        }
        table.add_row(cells);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    Some(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_calls_took_no_longer_than_the_median() {
        let times = (1..=200).map(Duration::from_millis).collect();
        let timing = Timing::from_times(times, Duration::from_secs(4));
        let shown = [timing.p50_milliseconds, timing.p99_milliseconds, timing.per_second];
        assert_eq!(shown.map(|figure| format!("{figure:.1}")), ["101.0", "199.0", "50.0"]);
    }

    #[test]
    fn both_engines_stand_in_one_row_and_what_was_not_measured_is_a_dash() {
        let timing = |milliseconds| {
            Timing::from_times(vec![Duration::from_millis(milliseconds)], Duration::from_secs(1))
        };
        let figure =
            |what, engine, milliseconds| Figure { what, in_flight: 1, engine, timing: timing(milliseconds) };
        let figures = [
            figure("append", Engine::KurrentDb, 7),
            figure("append", Engine::Sqlite, 3),
            figure("read", Engine::KurrentDb, 5),
        ];
        let text = table(&figures).unwrap().to_string();
        let row = |name: &str| {
            let line = text.lines().find(|line| line.contains(name)).unwrap();
            line.split(['│', '┆']).map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(row("append")[1..9], ["append", "1", "7.00", "7.00", "1", "3.00", "3.00", "1"]);
        assert_eq!(row("read")[1..9], ["read", "1", "5.00", "5.00", "1", "–", "–", "–"]);
        assert!(table(&[]).is_none());
    }
}
