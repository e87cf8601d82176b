//! The incidents.

use candour_api::v1;

use super::{Case, Telling};
use crate::request::date;

/// Who reports and handles the incidents.
const STAFF: &str = "staff:1001";

impl Telling<'_> {
    /// Three reports: the one the story is about, one to be linked as its duplicate, one recorded in error.
    pub(super) async fn incidents(&mut self) {
        let person = |name: String, contact: String, physical: v1::PhysicalHarm| v1::AffectedPerson {
            kind: v1::AffectedPersonKind::Patient.into(),
            name,
            contact,
            harm: Some(v1::HarmGrade {
                physical: physical.into(),
                psychological: v1::PsychologicalHarm::Low.into(),
                could_result: true,
            }),
            ..v1::AffectedPerson::default()
        };
        let first = person(
            self.personal("report.affected_persons[0].name"),
            self.personal("report.affected_persons[0].contact"),
            v1::PhysicalHarm::Moderate,
        );
        let second = person(
            self.personal("report.affected_persons[1].name"),
            self.personal("report.affected_persons[1].contact"),
            v1::PhysicalHarm::Low,
        );
        let request = v1::ReportIncidentRequest {
            command: Some(v1::CommandContext {
                source_recorded_time: Some(crate::request::instant(3)),
                source_system: "datixweb".to_owned(),
                ..self.requests.command_on(STAFF, 3)
            }),
            report: Some(v1::Report {
                kind: v1::IncidentKind::PatientSafetyIncident.into(),
                incident_date: Some(date(2)),
                place: Some(place()),
                narrative: self.personal("report.narrative"),
                immediate_actions: self.personal("report.immediate_actions"),
                reporter: Some(v1::Reporter {
                    identity: v1::ReporterIdentity::Confidential.into(),
                    role: "staff nurse".to_owned(),
                    name: self.personal("report.reporter.name"),
                    contact: self.personal("report.reporter.contact"),
                }),
                affected_persons: vec![first, second],
                source: Some(v1::SourceReference { system: "datixweb".to_owned(), id: "W1-77".to_owned() }),
                source_candour_flag: true,
                ..v1::Report::default()
            }),
        };
        let answer: v1::ReportIncidentResponse = self.call("IncidentService/ReportIncident", request).await;
        self.story.incident_id = answer.incident_id;
        self.story.cases.extend(answer.affected_persons.into_iter().map(Case::from));

        let mut request = self.requests.report();
        request.command = Some(self.requests.command_on(STAFF, 4));
        if let Some(reporter) = request.report.as_mut().and_then(|report| report.reporter.as_mut()) {
            reporter.identity = v1::ReporterIdentity::Anonymous.into();
        }
        let answer: v1::ReportIncidentResponse = self.call("IncidentService/ReportIncident", request).await;
        self.story.duplicate_id = answer.incident_id;

        let request = self.requests.report();
        let answer: v1::ReportIncidentResponse = self.call("IncidentService/ReportIncident", request).await;
        self.story.error_id = answer.incident_id;
        self.changes().await;
    }

    async fn changes(&mut self) {
        let incident_id = self.story.incident_id.clone();
        let request = v1::AmendIncidentRequest {
            command: Some(self.requests.command_on(STAFF, 4)),
            incident_id: incident_id.clone(),
            reason: "The ward was wrong.".to_owned(),
            kind: v1::IncidentKind::PatientSafetyIncident.into(),
            incident_date: Some(v1::Date { day: 0, ..date(1) }),
            place: Some(place()),
            narrative: self.personal("narrative"),
            immediate_actions: self.personal("immediate_actions"),
        };
        let _: v1::AmendIncidentResponse = self.call("IncidentService/AmendIncident", request).await;

        let request = v1::AddAffectedPersonRequest {
            command: Some(self.requests.command_on(STAFF, 4)),
            incident_id: incident_id.clone(),
            affected_person: Some(v1::AffectedPerson {
                case_reference: "DOC-2025-003".to_owned(),
                kind: v1::AffectedPersonKind::ServiceUser.into(),
                name: self.personal("affected_person.name"),
                contact: self.personal("affected_person.contact"),
                harm: None,
            }),
        };
        let answer: v1::AddAffectedPersonResponse =
            self.call("IncidentService/AddAffectedPerson", request).await;
        self.story.cases.push(answer.affected_person.expect("a new person has a case").into());

        let mut graded = String::new();
        for physical in [v1::PhysicalHarm::Low, v1::PhysicalHarm::Severe] {
            let request = v1::GradeHarmRequest {
                command: Some(self.requests.command_on(STAFF, 5)),
                incident_id: incident_id.clone(),
                affected_person_id: self.case(2).affected_person_id,
                grade: Some(v1::HarmGrade {
                    physical: physical.into(),
                    psychological: v1::PsychologicalHarm::Moderate.into(),
                    could_result: false,
                }),
                graded_by_role: "ward manager".to_owned(),
                reason: "After the review of the notes.".to_owned(),
            };
            let answer: v1::GradeHarmResponse = self.call("IncidentService/GradeHarm", request).await;
            graded.clone_from(&answer.result.expect("a command has a result").event_ids[0]);
        }
        let request = v1::CorrectIncidentEntryRequest {
            command: Some(self.requests.command(STAFF)),
            incident_id,
            event_id: graded,
            reason: "Graded a day later than was entered.".to_owned(),
            change: Some(v1::correct_incident_entry_request::Change::OccurredTime(crate::request::instant(
                6,
            ))),
        };
        let _: v1::CorrectIncidentEntryResponse =
            self.call("IncidentService/CorrectIncidentEntry", request).await;

        let request = v1::LinkDuplicateRequest {
            command: Some(self.requests.command_on(STAFF, 6)),
            incident_id: self.story.duplicate_id.clone(),
            duplicate_of: self.story.incident_id.clone(),
            same_reporter: false,
        };
        let _: v1::LinkDuplicateResponse = self.call("IncidentService/LinkDuplicate", request).await;
    }

    /// Closing, reopening, and the report that should not have been.
    pub(super) async fn endings(&mut self) {
        let incident_id = self.story.incident_id.clone();
        let request = v1::CloseIncidentRequest {
            command: Some(self.requests.command_on(STAFF, 28)),
            incident_id: incident_id.clone(),
            reason: "All actions agreed.".to_owned(),
            closed_by: "staff:1002".to_owned(),
        };
        let _: v1::CloseIncidentResponse = self.call("IncidentService/CloseIncident", request).await;
        let request = v1::ReopenIncidentRequest {
            command: Some(self.requests.command_on(STAFF, 29)),
            incident_id,
            reason: "The family asked for more.".to_owned(),
        };
        let _: v1::ReopenIncidentResponse = self.call("IncidentService/ReopenIncident", request).await;
        let request = v1::RecordedInErrorRequest {
            command: Some(self.requests.command(STAFF)),
            incident_id: self.story.error_id.clone(),
            reason: "A training entry.".to_owned(),
        };
        let answer: v1::RecordedInErrorResponse = self.call("IncidentService/RecordedInError", request).await;
        self.story.position = answer.result.expect("a command has a result").position;
    }

    /// Every question, of a read model that has reached the end of the story.
    pub(super) async fn questions(&mut self) {
        let query = Some(v1::QueryContext {
            as_of: None,
            min_position: self.story.position.clone(),
            place: Some(v1::PlaceFilter {
                site: "Northgate Hospital".to_owned(),
                directorate: "Medicine".to_owned(),
                team: "Ward 7".to_owned(),
            }),
        });
        let anywhere = query.clone().map(|query| v1::QueryContext { place: None, ..query });
        let incident_id = self.story.incident_id.clone();
        let Case { case_id, .. } = self.case(0);
        let response_id = self.story.response_id.clone();
        let recommendation = v1::RecommendationKey {
            response_id: response_id.clone(),
            recommendation_id: self.story.recommendation_ids[0].clone(),
        };
        let action_id = self.story.action_ids[0].clone();

        let request = v1::GetIncidentRequest { incident_id: incident_id.clone() };
        let _: v1::GetIncidentResponse = self.call("IncidentService/GetIncident", request).await;
        let request = v1::GetResponseRequest { response_id: response_id.clone() };
        let _: v1::GetResponseResponse = self.call("LearningService/GetResponse", request).await;
        let request = v1::GetActionRequest { action_id };
        let _: v1::GetActionResponse = self.call("LearningService/GetAction", request).await;
        let request = v1::GetReporterFeedbackRequest { incident_id: incident_id.clone() };
        let _: v1::GetReporterFeedbackResponse =
            self.call("FollowUpService/GetReporterFeedback", request).await;
        let request = v1::GetCandourCaseRequest { case_id, incident_id: incident_id.clone() };
        let _: v1::GetCandourCaseResponse = self.call("FollowUpService/GetCandourCase", request).await;

        let request = v1::ListIncidentsRequest { query: query.clone(), page_size: 2, ..Default::default() };
        let _: v1::ListIncidentsResponse = self.call("IncidentService/ListIncidents", request).await;
        let request =
            v1::ListRecommendationsRequest { query: query.clone(), response_id, ..Default::default() };
        let _: v1::ListRecommendationsResponse =
            self.call("InsightService/ListRecommendations", request).await;
        let request = v1::ListActionsRequest {
            query: query.clone(),
            recommendation: Some(recommendation),
            incident_id: incident_id.clone(),
            ..Default::default()
        };
        let _: v1::ListActionsResponse = self.call("InsightService/ListActions", request).await;
        let request = v1::ListReporterFeedbackRequest { query: query.clone(), ..Default::default() };
        let _: v1::ListReporterFeedbackResponse =
            self.call("InsightService/ListReporterFeedback", request).await;
        let request = v1::ListCandourCasesRequest { query: query.clone(), ..Default::default() };
        let _: v1::ListCandourCasesResponse = self.call("InsightService/ListCandourCases", request).await;
        let request = v1::GetTimelineRequest { query: anywhere, incident_id, ..Default::default() };
        let _: v1::GetTimelineResponse = self.call("InsightService/GetTimeline", request).await;
        let request = v1::GetMeasuresRequest {
            query: query.clone(),
            period_from: Some(date(1)),
            period_until: Some(date(31)),
            measure_ids: vec!["C2".to_owned()],
            units_per_figure: 10,
        };
        let _: v1::GetMeasuresResponse = self.call("InsightService/GetMeasures", request).await;
        let request = v1::ListMeasureUnitsRequest {
            query,
            measure_id: "C0".to_owned(),
            period_from: Some(date(1)),
            period_until: Some(date(31)),
            ..Default::default()
        };
        let _: v1::ListMeasureUnitsResponse = self.call("InsightService/ListMeasureUnits", request).await;
        let request = v1::ListWorkItemsRequest {
            query: Some(v1::QueryContext { min_position: self.story.position.clone(), ..Default::default() }),
            kinds: vec![v1::WorkKind::Implementation.into()],
            due_before: Some(date(31)),
            ..Default::default()
        };
        let _: v1::ListWorkItemsResponse = self.call("InsightService/ListWorkItems", request).await;
        let request = v1::WatchChangesRequest {
            after_position: self.story.position.clone(),
            stream_kinds: vec![v1::StreamKind::Incident.into()],
            heartbeat_seconds: 1,
            ..Default::default()
        };
        self.first::<_, v1::WatchChangesResponse>("InsightService/WatchChanges", request).await;
        let request = v1::GetReadModelStatusRequest {
            query: Some(v1::QueryContext { min_position: self.story.position.clone(), ..Default::default() }),
        };
        let _: v1::GetReadModelStatusResponse = self.call("InsightService/GetReadModelStatus", request).await;
    }
}

impl From<v1::AffectedPersonCase> for Case {
    fn from(case: v1::AffectedPersonCase) -> Self {
        Self { case_id: case.case_id, affected_person_id: case.affected_person_id }
    }
}

fn place() -> v1::Place {
    v1::Place {
        site: "Northgate Hospital".to_owned(),
        directorate: "Medicine".to_owned(),
        team: "Ward 7".to_owned(),
    }
}
