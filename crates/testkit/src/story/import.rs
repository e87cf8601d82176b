//! What another system holds.

use candour_api::v1;

use super::Telling;
use crate::request::{date, instant};

impl Telling<'_> {
    /// Two incidents of another system: of one the reporter was told why nothing changed, of the other what did.
    pub(super) async fn imports(&mut self) {
        for (row, source_id, changed) in [(1, "W2-1", false), (2, "W2-2", true)] {
            let request = v1::ImportRecordsRequest {
                row,
                source_system: "ulysses".to_owned(),
                incident_source_id: source_id.to_owned(),
                incident: Some(self.incident_of_another_system()),
                persons: vec![self.person_of_another_system()],
                feedback: Some(self.feedback_of_another_system(changed)),
                action: Some(action(source_id)),
            };
            let answer: v1::ImportRecordsResponse = self.call("ImportService/ImportRecords", request).await;
            assert_eq!(answer.outcome(), v1::ImportOutcome::New, "{:?}", answer.violations);
            self.story.position = answer.position;
        }
    }

    fn incident_of_another_system(&self) -> v1::ImportedIncident {
        v1::ImportedIncident {
            reference: String::new(),
            kind: v1::IncidentKind::PatientSafetyIncident.into(),
            incident_date: Some(date(2)),
            reported: Some(v1::SourceMoment {
                moment: Some(v1::source_moment::Moment::ExactTime(instant(3))),
            }),
            source_recorded_time: Some(instant(4)),
            place: Some(v1::Place {
                site: "Northgate Hospital".to_owned(),
                directorate: "Surgery".to_owned(),
                team: "Theatre 2".to_owned(),
            }),
            narrative: self.personal("incident.narrative"),
            immediate_actions: self.personal("incident.immediate_actions"),
            reporter: Some(v1::Reporter {
                identity: v1::ReporterIdentity::Named.into(),
                role: "scrub nurse".to_owned(),
                name: self.personal("incident.reporter.name"),
                contact: self.personal("incident.reporter.contact"),
            }),
            source_candour_flag: Some(true),
            closed: on(25),
            recorded_in_error: Some(false),
            reported_is_assumed: false,
        }
    }

    fn person_of_another_system(&self) -> v1::ImportedPerson {
        v1::ImportedPerson {
            source_id: "1".to_owned(),
            kind: v1::AffectedPersonKind::Patient.into(),
            name: self.personal("persons[0].name"),
            contact: self.personal("persons[0].contact"),
            harm: Some(v1::HarmGrade {
                physical: v1::PhysicalHarm::Moderate.into(),
                psychological: v1::PsychologicalHarm::Low.into(),
                could_result: true,
            }),
            candour: Some(v1::AssertedCandour {
                decision: v1::CaseDecision::Notifiable.into(),
                decided: on(4),
                first_notification: on(5),
                written_notification: on(10),
                enquiry_results: on(24),
            }),
        }
    }

    fn feedback_of_another_system(&self, changed: bool) -> v1::ImportedFeedback {
        let (what_changed, why_nothing_changed, message) = if changed {
            (self.personal("feedback.what_changed"), String::new(), self.personal("feedback.message"))
        } else {
            (String::new(), self.personal("feedback.why_nothing_changed"), String::new())
        };
        v1::ImportedFeedback {
            acknowledged: on(4),
            told: on(20),
            method: v1::FeedbackMethod::Email.into(),
            what_was_found: self.personal("feedback.what_was_found"),
            what_changed,
            why_nothing_changed,
            message,
        }
    }
}

fn action(source_id: &str) -> v1::ImportedAction {
    v1::ImportedAction {
        source_id: format!("{source_id}/A1"),
        reference: format!("ACT-{source_id}"),
        description: "Count the swabs twice.".to_owned(),
        agreed: on(10),
        target_on: Some(date(28)),
        owner_role: "theatre manager".to_owned(),
        owner_team: "Theatre 2".to_owned(),
        owner_directorate: "Surgery".to_owned(),
        owner_person: "staff:4003".to_owned(),
        measure: "Share of counts done twice".to_owned(),
        monitor: "theatre governance group".to_owned(),
        strength: v1::Strength::Intermediate.into(),
        implemented: on(20),
        evidence: vec!["doc:6001".to_owned()],
        implemented_by: "staff:4003".to_owned(),
        verified: on(22),
        withdrawn: Some(v1::SourceMoment { moment: Some(v1::source_moment::Moment::Absent(true)) }),
        withdrawn_reason: String::new(),
        source_recorded_time: Some(instant(11)),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "fills an optional field of a literal")]
fn on(day: i32) -> Option<v1::SourceMoment> {
    Some(v1::SourceMoment { moment: Some(v1::source_moment::Moment::Day(date(day))) })
}
