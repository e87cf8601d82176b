//! The synthetic trust of `candour demo`: the same number of incidents and the same seed give the same figures to the last byte; a second run
//! enters nothing; it is synthetic for ever; its figures reconcile with their units; and the worked example beside it keeps its own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::path::Path;

use candour_api::v1::{self, UnitOutcome};
use candour_kurrent_double::{Double, Settings};
use candour_testkit::{Finished, Program, Server};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");

/// Runs the demonstration to its end.
fn demo(folder: &Path, further: &[&str]) -> Finished {
    let folder = folder.to_str().unwrap();
    let ports = ["--listen", "127.0.0.1:0", "--listen-trust", "127.0.0.1:0"];
    Program::new(BINARY).run(&[&["demo", "--once", "--folder", folder], &ports[..], further].concat())
}

/// What is printed of the worked example, how the trust was entered, and the trust's figures.
fn printed(run: &Finished) -> [&str; 3] {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let (_, answers) = run.stdout.split_once("1. Was each").unwrap();
    let trust = answers.find("synthetic trust in").unwrap();
    let line = answers[..trust].rfind('\n').unwrap() + 1;
    let (example, trust) = answers.split_at(line);
    let (entered, figures) = trust.split_once('\n').unwrap();
    [example.trim_end(), entered, figures]
}

#[test]
fn the_same_seed_prints_the_same_figures_and_another_seed_or_number_others() {
    let run = |incidents, seed| {
        let folder = tempfile::tempdir().unwrap();
        demo(folder.path(), &["--incidents", incidents, "--seed", seed])
    };
    let (one, same) = (run("150", "7"), run("150", "7"));
    let [example, entered, figures] = printed(&one);
    assert!(entered.contains("150 incidents") && entered.ends_with("seed 7"), "{entered}");
    assert!(figures.lines().count() > 30, "{figures}");
    assert_eq!(printed(&same)[2], figures);
    assert_ne!(printed(&run("150", "8"))[2], figures);
    assert_ne!(printed(&run("151", "7"))[2], figures);
    // The worked example has its own store, and so its own figures, whatever stands beside it.
    let alone = run("0", "1");
    assert_eq!(alone.code, Some(0), "{}", alone.stderr);
    assert_eq!(alone.stdout.split_once("1. Was each").unwrap().1.trim_end(), example);
}

#[test]
fn a_second_run_enters_nothing_and_another_trust_is_not_mixed_in() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) =
        (demo(folder.path(), &["--incidents", "150"]), demo(folder.path(), &["--incidents", "150"]));
    assert!(printed(&first)[1].starts_with("entered a synthetic trust into"), "{}", first.stdout);
    assert!(printed(&second)[1].starts_with("found the synthetic trust in"), "{}", second.stdout);
    assert!(printed(&second)[1].ends_with("nothing was entered again"), "{}", second.stdout);
    assert_eq!(printed(&first)[2], printed(&second)[2]);
    let mixed = demo(folder.path(), &["--incidents", "150", "--seed", "2"]);
    assert_eq!(mixed.code, Some(1));
    let reason = "the log holds another history than this one, from event 1 on";
    assert!(mixed.stderr.contains(reason), "{}", mixed.stderr);
    // What the trust's log holds cannot be served as real.
    let trust = folder.path().join("trust");
    let on_trust = ["--listen", "127.0.0.1:0", "--folder", trust.to_str().unwrap()];
    let served = Program::new(BINARY).run(&[&["serve", "--demo-identities"], &on_trust[..]].concat());
    assert!(served.code.is_some_and(|code| code != 0));
    assert!(served.stderr.contains("synthetic"), "{}", served.stderr);
}

fn date(year: i32, month: i32, day: i32) -> v1::Date {
    v1::Date { year, month, day }
}

#[tokio::test]
async fn every_figure_is_marked_synthetic_and_reconciles_with_its_units_on_every_date() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::demo_trust(BINARY, folder.path(), &["--incidents", "400", "--seed", "3"]);
    let mut insight = server.clients("demo-governance").await.insight;
    let mut units = 0;
    for (as_of, period_from, period_until) in [
        (date(2026, 6, 30), None, None),
        (date(2026, 6, 30), Some(date(2025, 7, 1)), None),
        (date(2026, 6, 30), Some(date(2025, 1, 1)), Some(date(2025, 1, 31))),
        (date(2025, 3, 14), Some(date(2024, 9, 1)), Some(date(2025, 2, 28))),
        (date(2024, 7, 1), None, None),
    ] {
        let request = v1::GetMeasuresRequest {
            query: Some(v1::QueryContext { as_of: Some(as_of), ..Default::default() }),
            period_from,
            period_until,
            units_per_figure: 1_000,
            ..Default::default()
        };
        let answer = insight.get_measures(request).await.unwrap().into_inner();
        assert!(answer.basis.unwrap().synthetic);
        for figure in &answer.figures {
            let name = format!("{} {} as of {as_of:?}", figure.measure_id, figure.variant);
            let count = |outcomes: &[UnitOutcome]| {
                figure.units.iter().filter(|unit| outcomes.contains(&unit.outcome())).count() as u64
            };
            assert_eq!(usize::try_from(figure.units_total), Ok(figure.units.len()), "{name}");
            // R5, C6 and C7 count what should not be; C7 looks at every case, due or not.
            let counted = match figure.measure_id.as_str() {
                "R5" | "C6" | "C7" => [UnitOutcome::NotMet],
                _ => [UnitOutcome::Met],
            };
            let of: &[UnitOutcome] = match figure.measure_id.as_str() {
                "C7" => &[UnitOutcome::Met, UnitOutcome::NotMet, UnitOutcome::NotYetDue],
                _ => &[UnitOutcome::Met, UnitOutcome::NotMet],
            };
            if let (Some(numerator), Some(denominator)) = (figure.numerator, figure.denominator) {
                assert_eq!((numerator, denominator), (count(&counted), count(of)), "{name}");
            }
            units += figure.units.len();
        }
    }
    assert!(units > 2_500, "there is something to reconcile: {units}");
}

// The double must go on answering while this test waits for the program.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_the_same_trust_on_kurrentdb_beside_the_worked_example_in_one_log() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let double = Double::start(Settings::default()).await.unwrap();
    let on_kurrentdb = ["--incidents", "40", "--engine", &double.connection_string()];
    let (sqlite, kurrentdb) = (demo(here.path(), &["--incidents", "40"]), demo(there.path(), &on_kurrentdb));
    // Positions are each engine's own.
    let figures = |run: &Finished| -> Vec<String> {
        let without_position =
            |line: &str| line.split_once("log position").map_or(line, |(before, _)| before).to_owned();
        printed(run)[2].lines().map(without_position).collect()
    };
    assert_eq!(figures(&kurrentdb), figures(&sqlite));
    let again = demo(there.path(), &on_kurrentdb);
    assert!(printed(&again)[1].ends_with("nothing was entered again"), "{}", again.stdout);
}
