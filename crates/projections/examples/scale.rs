//! How the read side does at scale: folds a made-up log of so many incidents over five years, then asks the figures and lists.
//!
//! `cargo run --release -p candour-projections --example scale -- 100000 [folder]`

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "an example stops at what fails, and prints")]
#![expect(clippy::cast_precision_loss, reason = "a rate for people to read")]

#[path = "scale/lives.rs"]
mod lives;

use std::{path::Path, time::Instant};

use candour_domain::{
    calendar::{Calendars, Nation},
    measures::Period,
    policy::Policy,
    text::Text,
};
use candour_journal::{Journal as _, Position};
use candour_projections::{
    Grounds, ReadModel,
    query::{
        self, ActionFilter, CaseFilter, Cursor, IncidentFilter, MeasuresQuestion, PageRequest, PlaceFilter,
        RecommendationFilter, ReporterFilter, WorkFilter,
    },
    rebuild::fold_afresh,
};
use jiff::{Span, civil::Date};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let incidents: usize = arguments.next().map_or(10_000, |number| number.parse().unwrap());
    let folder = arguments.next();
    let temporary = tempfile::tempdir().unwrap();
    let folder = folder.as_ref().map_or(temporary.path(), |folder| Path::new(folder));
    let path = folder.join(format!("read-model-{incidents}.sqlite"));
    let grounds = Grounds {
        calendar: Calendars::built_in().in_force(Nation::England),
        policy: Policy::local_defaults(),
    };
    let journal = lives::Lives::new(incidents);
    let head = if path.exists() {
        Position::from_raw(u64::MAX >> 1)
    } else {
        let begun = Instant::now();
        let before = processor();
        let mut folded = before;
        let mut told = 0;
        let progress = fold_afresh(&journal, &path, &grounds, |events, _| {
            folded = processor();
            if events / 500_000 > told {
                told = events / 500_000;
                println!("{events} events after {:.1} s", begun.elapsed().as_secs_f64());
            }
        })
        .await
        .unwrap();
        assert_eq!(progress.stopped, None);
        let (making_up, at_work) = (journal.time_making().as_secs_f64(), processor() - before);
        println!(
            "{incidents} incidents, {} events: folded in {:.1} s of processor time ({making_up:.1} s of it making them up), settled in {:.1} s more, {:.1} s by the clock; {:.0} events/s; file {} MB; {} MB resident at most",
            progress.events,
            folded - before,
            at_work - (folded - before),
            begun.elapsed().as_secs_f64(),
            progress.events as f64 / (at_work - making_up),
            std::fs::metadata(&path).unwrap().len() / 1_000_000,
            resident("VmHWM"),
        );
        progress.position
    };
    let read_model = ReadModel::open(&path, journal.store_id(), 0, head, grounds.clone()).unwrap();
    questions(&read_model, &grounds);
    println!("{} MB resident after the questions", resident("VmRSS"));
}

/// Processor time used so far, in seconds: on a machine that does other work, the clock says nothing.
fn processor() -> f64 {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = status.rsplit_once(')').map_or("", |(_, after)| after);
    let ticks: f64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn resident(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix(what)?.split_whitespace().nth(1)?.parse::<u64>().ok())
        .unwrap_or_default()
        / 1_000
}

fn timed(name: &str, mut ask: impl FnMut(usize) -> usize) {
    let mut times = Vec::new();
    let mut rows = 0;
    let begun = Instant::now();
    for number in 0..200 {
        let asked = Instant::now();
        rows = ask(number);
        times.push(asked.elapsed());
        if begun.elapsed().as_secs() > 20 {
            break;
        }
    }
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    println!("{name:60} {rows:6} rows  p50 {:8.2} ms  p99 {:8.2} ms  (of {})", at(50), at(99), times.len());
}

fn questions(read_model: &ReadModel, grounds: &Grounds) {
    let last = lives::LAST_DAY;
    let snapshot = || read_model.snapshot().unwrap();
    let now = snapshot().progress().position;
    let back = |days: i64| last - Span::new().days(days);
    let team = PlaceFilter { team: Some(Text::parse("Team 17").unwrap()), ..PlaceFilter::default() };
    let site = PlaceFilter { site: Some(Text::parse("Site 1").unwrap()), ..PlaceFilter::default() };
    let both = PlaceFilter { site: site.site.clone(), ..team.clone() };
    let everywhere = PlaceFilter::default();
    let since = |from: Date| Period { from: Some(from), until: None };
    let month = Period { from: Some(back(700)), until: Some(back(670)) };
    let figures = |name: &str, place: &PlaceFilter, period: Period, as_of: Date, units: usize| {
        timed(name, |_| {
            let question = MeasuresQuestion { place: place.clone(), period, as_of, known_at: now };
            let figures = query::measures(&snapshot(), &question, units, grounds.rules()).unwrap();
            figures.iter().map(|figure| usize::try_from(figure.units_total).unwrap()).sum()
        });
    };
    figures("figures, all time, today", &everywhere, Period::ALL, last, 0);
    figures("figures, this year, today", &everywhere, since(back(300)), last, 0);
    figures("figures, a month two years ago, today", &everywhere, month, last, 0);
    figures("figures, all time, as of a year ago", &everywhere, Period::ALL, back(365), 0);
    figures("figures, a team", &team, since(back(300)), last, 0);
    figures("figures, a site", &site, since(back(300)), last, 0);
    figures("figures, a team of a site", &both, since(back(300)), last, 0);
    figures("figures with 10 units each, this year", &everywhere, since(back(300)), last, 10);
    figures("figures with 100 units each, this year", &everywhere, since(back(300)), last, 100);
    let f2 =
        MeasuresQuestion { place: everywhere.clone(), period: since(back(300)), as_of: last, known_at: now };
    for (name, place, known_at) in [
        ("page of F2's units", &everywhere, now),
        ("page of F2's units, a team", &team, now),
        ("page of F2's units, known 500 events ago", &everywhere, Position::from_raw(now.raw() - 500)),
    ] {
        timed(name, |_| {
            let question = MeasuresQuestion { place: place.clone(), known_at, ..f2.clone() };
            let request = PageRequest { size: 50, after: None };
            let page = query::figure_units(&snapshot(), &question, ("F2", None), request, grounds.rules());
            page.unwrap().unwrap().rows.len()
        });
    }
    // Somewhere in the middle of each list.
    let middle = |number: usize| {
        let day = (back(900) - Date::new(1970, 1, 1).unwrap()).get_days() + i32::try_from(number).unwrap();
        PageRequest {
            size: 50,
            after: Some(Cursor { known_at: now, day: day.into(), id: uuid::Uuid::nil() }),
        }
    };
    let rules = grounds.rules();
    timed("page of incidents", |number| {
        let filter = IncidentFilter::default();
        query::incidents(&snapshot(), &filter, middle(number), last).unwrap().rows.len()
    });
    timed("page of recommendations", |number| {
        let filter = RecommendationFilter::default();
        query::recommendations(&snapshot(), &filter, middle(number), last, rules).unwrap().rows.len()
    });
    timed("page of actions", |number| {
        query::actions(&snapshot(), &ActionFilter::default(), middle(number), last, rules).unwrap().rows.len()
    });
    timed("page of reporter feedback", |number| {
        let filter = ReporterFilter::default();
        query::reporter_feedback(&snapshot(), &filter, middle(number), last, rules).unwrap().rows.len()
    });
    timed("page of candour cases", |number| {
        let filter = CaseFilter::default();
        query::candour_cases(&snapshot(), &filter, middle(number), last, rules).unwrap().rows.len()
    });
    let work = |name: &str, filter: WorkFilter, as_of: Date, known_at: Position| {
        timed(name, |number| {
            // Another page each time, but as known at one position.
            let day = if number == 0 { i64::MIN } else { 20_000 + i64::try_from(number).unwrap() };
            let after = Some(Cursor { known_at, day, id: uuid::Uuid::nil() });
            query::worklist(&snapshot(), &filter, PageRequest { size: 50, after }, as_of, rules)
                .unwrap()
                .rows
                .len()
        });
    };
    work("page of the worklist", WorkFilter::default(), last, now);
    work("page of what is overdue", WorkFilter { overdue_only: true, ..WorkFilter::default() }, last, now);
    let of_team = WorkFilter { team: team.team.clone(), ..WorkFilter::default() };
    work("page of the worklist, what a team is responsible for", of_team, last, now);
    work(
        "page of the worklist, incidents of a team",
        WorkFilter { place: team.clone(), ..WorkFilter::default() },
        last,
        now,
    );
    work("page of the worklist, as of a month ago", WorkFilter::default(), back(30), now);
    work(
        "page of the worklist, known 500 events ago",
        WorkFilter::default(),
        last,
        Position::from_raw(now.raw() - 500),
    );
    timed("page of reporter feedback, a team", |number| {
        let filter = ReporterFilter { place: team.clone(), wanted: None };
        query::reporter_feedback(&snapshot(), &filter, middle(number), last, rules).unwrap().rows.len()
    });
}
