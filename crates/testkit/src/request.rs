//! Valid requests, and the part that every command carries.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use candour_api::v1;
use uuid::Uuid;

/// What request ids are derived from, so that a run of a test makes the same ones as the run before.
const NAMESPACE: Uuid = Uuid::from_u128(0x6b0f_2f0e_1d5c_4c7a_8f63_52d1_9a7e_40b8);

/// Makes request ids, each once. Clones go on with the same count.
#[derive(Clone, Debug)]
pub struct Requests {
    name: &'static str,
    count: Arc<AtomicU64>,
}

impl Requests {
    /// Request ids that differ from those of any other name.
    pub fn named(name: &'static str) -> Self {
        Self { name, count: Arc::default() }
    }

    /// The next id.
    pub fn id(&self) -> String {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        Uuid::new_v5(&NAMESPACE, format!("{}/{number}", self.name).as_bytes()).to_string()
    }

    /// What a command of a member of staff carries; it happens now.
    pub fn command(&self, performed_by: &str) -> v1::CommandContext {
        v1::CommandContext {
            request_id: self.id(),
            performed_by: performed_by.to_owned(),
            ..v1::CommandContext::default()
        }
    }

    /// The same on a day of March 2025, ten o'clock.
    pub fn command_on(&self, performed_by: &str, day: i32) -> v1::CommandContext {
        v1::CommandContext { occurred_time: Some(instant(day)), ..self.command(performed_by) }
    }

    /// A valid report with a named reporter and one patient with moderate harm.
    pub fn report(&self) -> v1::ReportIncidentRequest {
        v1::ReportIncidentRequest {
            command: Some(self.command("staff:1001")),
            report: Some(v1::Report {
                kind: v1::IncidentKind::PatientSafetyIncident.into(),
                place: Some(v1::Place {
                    site: "Northgate Hospital".to_owned(),
                    directorate: "Medicine".to_owned(),
                    team: "Ward 7".to_owned(),
                }),
                narrative: "The evening dose was given twice.".to_owned(),
                reporter: Some(v1::Reporter {
                    identity: v1::ReporterIdentity::Named.into(),
                    role: "staff nurse".to_owned(),
                    ..v1::Reporter::default()
                }),
                affected_persons: vec![v1::AffectedPerson {
                    kind: v1::AffectedPersonKind::Patient.into(),
                    harm: Some(v1::HarmGrade {
                        physical: v1::PhysicalHarm::Moderate.into(),
                        ..v1::HarmGrade::default()
                    }),
                    ..v1::AffectedPerson::default()
                }],
                ..v1::Report::default()
            }),
        }
    }
}

/// Midnight at the beginning of 1 March 2025, in seconds of Unix time.
const MARCH_2025_SECONDS: i64 = 1_740_787_200;
const DAY_SECONDS: i64 = 86_400;

/// Ten o'clock on a day of March 2025, counted on into April and beyond.
pub fn instant(day: i32) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: MARCH_2025_SECONDS + (i64::from(day) - 1) * DAY_SECONDS + 36_000,
        nanos: 0,
    }
}

/// A day of March 2025.
pub fn date(day: i32) -> v1::Date {
    v1::Date { year: 2025, month: 3, day }
}
