//! Rows of another system through `ImportService`, beside SQLite alone writing the rows that came of them.

use std::{path::Path, time::Instant};

use anyhow::Context as _;
use candour_api::v1;
use candour_testkit::Server;

use crate::{
    bulk::{rate, sqlite_alone},
    progress,
    sample::a_second,
    settings::Settings,
    table::{Row, Table},
};

pub(crate) async fn measure(settings: &Settings, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let rows = settings.imported();
    progress(&format!("{rows} rows imported"));
    let store = folder.join("import");
    let program = settings.program()?;
    let program = program.to_str().context("the path of the program is not text")?;
    let server = Server::start(program, &store, &["--log", "warn"]);
    let mut clients = server.clients("demo-patient-safety").await;
    let begun = Instant::now();
    let sent = futures::stream::iter((1..=rows).map(row));
    let mut answers = clients.import.import_records(sent).await?.into_inner();
    let (mut answered, mut events) = (0, 0);
    while let Some(answer) = answers.message().await? {
        anyhow::ensure!(
            answer.outcome() == v1::ImportOutcome::New,
            "row {} was not taken: {:?}",
            answer.row,
            answer.violations
        );
        answered += 1;
        events += u64::from(answer.events);
    }
    let imported = rate(events, begun.elapsed());
    anyhow::ensure!(answered == rows, "{answered} of {rows} rows were answered");
    let ended = server.terminate();
    anyhow::ensure!(ended.code == Some(0), "the server ended with {:?}: {}", ended.code, ended.stderr);
    let alone = sqlite_alone(&store, &folder.join("import-alone.sqlite")).await?;
    table.add(Row {
        what: format!("{rows} rows imported over gRPC, {events} events, durable"),
        measured: a_second(imported, "events"),
        beside: format!("SQLite alone, the same rows: {}", a_second(alone, "events")),
        ratio: Some(imported / alone),
        target: "at least 0.70",
    });
    std::fs::remove_dir_all(&store)?;
    Ok(())
}

/// A report with its reporter told: three events.
fn row(number: u64) -> v1::ImportRecordsRequest {
    let on = |day: i32| {
        let date = v1::Date { year: 2026, month: 3, day };
        Some(v1::SourceMoment { moment: Some(v1::source_moment::Moment::Day(date)) })
    };
    v1::ImportRecordsRequest {
        row: number,
        source_system: "ulysses".to_owned(),
        incident_source_id: format!("W-{number}"),
        incident: Some(v1::ImportedIncident {
            kind: v1::IncidentKind::PatientSafetyIncident.into(),
            reported: on(2),
            place: Some(v1::Place {
                site: "Northgate Hospital".to_owned(),
                directorate: "Medicine".to_owned(),
                team: "Ward 7".to_owned(),
            }),
            narrative: format!(
                "The evening dose was given twice after the chart had been rewritten; entry {number}."
            ),
            reporter: Some(v1::Reporter {
                identity: v1::ReporterIdentity::Named.into(),
                role: "staff nurse".to_owned(),
                name: "Bronwen Carruthers".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        }),
        persons: vec![v1::ImportedPerson {
            source_id: "1".to_owned(),
            kind: v1::AffectedPersonKind::Patient.into(),
            name: "Emeka Hathersage".to_owned(),
            harm: Some(v1::HarmGrade { physical: v1::PhysicalHarm::Low.into(), ..Default::default() }),
            ..Default::default()
        }],
        feedback: Some(v1::ImportedFeedback {
            acknowledged: on(4),
            told: on(20),
            what_was_found: "Two charts were in use.".to_owned(),
            what_changed: "The ward now keeps one chart.".to_owned(),
            ..Default::default()
        }),
        action: None,
    }
}
