//! Many reports at once, beside SQLite alone writing the same rows.

use std::{path::Path, time::Instant};

use candour_domain::{
    Personal, Situation,
    identifier::{AffectedPersonId, IncidentId, RequestId},
    incident::{
        AffectedPerson, AffectedPersonKind, Command, HarmGrade, Incident, IncidentKind, PhysicalHarm, Place,
        Report, Reporter, ReporterIdentity,
    },
    text::{PublicReference, Text},
};
use candour_service_kit::{Envelope, caller::demo_identity, trace_context::TraceContext};
use futures::{StreamExt as _, TryStreamExt as _};
use rusqlite::{Connection, OpenFlags, params};
use uuid::Uuid;

use crate::{
    progress,
    sample::a_second,
    settings::Settings,
    store::{self, Store},
    table::{Row, Table},
};

/// Reports in flight, as an import would keep them.
const IN_FLIGHT: usize = 256;
/// Rows in one transaction of SQLite alone: as many as the history is written in.
const ROWS: usize = candour_synthetic::BATCH_EVENTS;

pub(crate) async fn measure(settings: &Settings, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let incidents = settings.bulk();
    progress(&format!("{incidents} reports through the engine"));
    let through_engine = folder.join("bulk-engine");
    let engine_rate = reports_through_engine(&through_engine, incidents).await?;
    let alone = sqlite_alone(&through_engine, &folder.join("bulk-alone.sqlite")).await?;
    table.add(Row {
        what: format!("{incidents} reports through the engine, {IN_FLIGHT} in flight, durable"),
        measured: a_second(engine_rate, "events"),
        beside: format!("SQLite alone, the same rows: {}", a_second(alone, "events")),
        ratio: Some(engine_rate / alone),
        target: "at least 0.70",
    });

    progress(&format!("the history of {incidents} incidents in large batches"));
    let in_batches = folder.join("bulk-batches");
    let (written, elapsed) = store::with_history(&in_batches, incidents).await?;
    let rate = rate(written.events, elapsed);
    let alone = sqlite_alone(&in_batches, &folder.join("bulk-alone.sqlite")).await?;
    table.add(Row {
        what: format!("a history of {} events decided, sealed and taken over in batches", written.events),
        measured: a_second(rate, "events"),
        beside: format!("SQLite alone, the same rows: {}", a_second(alone, "events")),
        ratio: Some(rate / alone),
        target: "at least 0.70",
    });
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a count of events is far below 2^52")]
pub(crate) fn rate(count: u64, elapsed: std::time::Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
}

async fn reports_through_engine(folder: &Path, incidents: u64) -> anyhow::Result<f64> {
    let store = Store::make(folder).await?;
    let begun = Instant::now();
    futures::stream::iter(0..incidents)
        .map(|number| {
            let engine = store.engine.clone();
            // Tasks of their own, so that both cores take part.
            async move {
                tokio::spawn(async move {
                    let (envelope, id, report) = report(&engine, number)?;
                    engine.create::<Incident>(&envelope, id.uuid(), Command::ReportIncident(report)).await?;
                    anyhow::Ok(())
                })
                .await?
            }
        })
        .buffer_unordered(IN_FLIGHT)
        .try_collect::<()>()
        .await?;
    let rate = rate(incidents, begun.elapsed());
    store.close().await?;
    Ok(rate)
}

fn report(
    engine: &candour_service_kit::Engine,
    number: u64,
) -> anyhow::Result<(Envelope, IncidentId, Report)> {
    let request = Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_be_bytes());
    let id = IncidentId::from_uuid(Uuid::new_v5(&request, b"incident"));
    let narrative = format!(
        "The evening dose was given twice after the chart had been rewritten; the earlier entry, number {number}, was not crossed through."
    );
    let report = Report {
        id,
        reference: PublicReference::derived("INC", id.uuid()),
        kind: IncidentKind::PatientSafetyIncident,
        incident_date: None,
        place: Place {
            site: Some(Text::parse("Northgate Hospital")?),
            directorate: Some(Text::parse("Medicine")?),
            team: Some(Text::parse("Ward 7")?),
        },
        narrative: Personal::Known(Text::parse(&narrative)?),
        immediate_actions: None,
        reporter: Some(Reporter {
            identity: ReporterIdentity::Named,
            role: Some(Text::parse("staff nurse")?),
            name: Some(Personal::Known(Text::parse("Bronwen Carruthers")?)),
            contact: None,
        }),
        affected_persons: vec![AffectedPerson {
            id: AffectedPersonId::from_uuid(Uuid::new_v5(&request, b"person")),
            case_reference: None,
            kind: AffectedPersonKind::Patient,
            name: Some(Personal::Known(Text::parse("Emeka Hathersage")?)),
            contact: None,
            harm: HarmGrade { physical: Some(PhysicalHarm::Low), ..HarmGrade::default() },
        }],
        source: None,
        source_candour_flag: false,
    };
    let now = engine.now();
    let envelope = Envelope {
        caller: demo_identity(None)?,
        trace: TraceContext::default(),
        request: RequestId::from_uuid(request),
        content: engine.authenticate_request(narrative.as_bytes()),
        seen: None,
        source_recorded_at: None,
        source_system: None,
        situation: Situation { now, occurred_at: now, performed_by: None },
    };
    Ok((envelope, id, report))
}

/// Writes the rows of a log into another file with the same tables and indexes, but without triggers, in large transactions that wait for the
/// disk. Gives events a second.
pub(crate) async fn sqlite_alone(store: &Path, target: &Path) -> anyhow::Result<f64> {
    let (source, target) = (store.join("journal.sqlite"), target.to_owned());
    tokio::task::spawn_blocking(move || copy_rows(&source, &target)).await?
}

fn copy_rows(source: &Path, target: &Path) -> anyhow::Result<f64> {
    let source = Connection::open_with_flags(source, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let streams: Vec<(i64, String, i64)> = source
        .prepare("SELECT stream_no, name, version FROM stream ORDER BY stream_no")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let events: Vec<Event> = source.prepare(SELECT)?.query_map([], Event::read)?.collect::<Result<_, _>>()?;

    let mut connection = Connection::open(target)?;
    connection.pragma_update(
        None,
        "page_size",
        source.pragma_query_value::<i64, _>(None, "page_size", |row| row.get(0))?,
    )?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", false)?;
    for table in ["stream", "event"] {
        let sql: String = source.query_row(
            "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1",
            [table],
            |row| row.get(0),
        )?;
        connection.execute_batch(&sql)?;
    }
    let begun = Instant::now();
    let mut streams = streams.iter().peekable();
    for rows in events.chunks(ROWS) {
        let transaction = connection.transaction()?;
        {
            let mut insert_stream = transaction
                .prepare_cached("INSERT INTO stream (stream_no, name, version) VALUES (?1, ?2, ?3)")?;
            let mut insert = transaction.prepare_cached(INSERT)?;
            for event in rows {
                while let Some((number, name, version)) =
                    streams.next_if(|(number, ..)| *number <= event.stream)
                {
                    insert_stream.execute(params![number, name, version])?;
                }
                event.write(&mut insert)?;
            }
        }
        transaction.commit()?;
    }
    let elapsed = begun.elapsed();
    drop(connection);
    for suffix in ["", "-wal", "-shm"] {
        let mut name = target.as_os_str().to_owned();
        name.push(suffix);
        // The side files are there only sometimes.
        let _ = std::fs::remove_file(&name).is_ok();
    }
    Ok(rate(events.len() as u64, elapsed))
}

const SELECT: &str = "SELECT position, stream_no, version, type_no, event_id, occurred_at, recorded_at, metadata, data \
                      FROM event ORDER BY position";
const INSERT: &str = "INSERT INTO event (position, stream_no, version, type_no, event_id, occurred_at, recorded_at, metadata, \
                      data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// A row of the log.
struct Event {
    numbers: [i64; 4],
    stream: i64,
    id: Vec<u8>,
    instants: [i64; 2],
    metadata: Vec<u8>,
    data: Vec<u8>,
}

impl Event {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            numbers: [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?],
            stream: row.get(1)?,
            id: row.get(4)?,
            instants: [row.get(5)?, row.get(6)?],
            metadata: row.get(7)?,
            data: row.get(8)?,
        })
    }

    fn write(&self, insert: &mut rusqlite::Statement<'_>) -> rusqlite::Result<()> {
        let ([position, stream, version, kind], [occurred_at, recorded_at]) = (self.numbers, self.instants);
        insert
            .execute(params![
                position,
                stream,
                version,
                kind,
                self.id,
                occurred_at,
                recorded_at,
                self.metadata,
                self.data
            ])
            .map(drop)
    }
}
