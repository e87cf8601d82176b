//! Incidents and the persons affected.

use candour_api::v1::{self, ImportOutcome};
use candour_domain::{
    CorrectionChange,
    incident::{Closure, Command, Event, HarmGrade, Incident, PhysicalHarm, ReporterIdentity, Status},
    personal::Personal,
    text::Text,
};
use candour_records::Subject;
use candour_vault::{Erasure, SubjectId, Vault as _};

use crate::world::{
    World, about, absent, at, exactly, incident, incident_id, names, on, part, person, person_id,
};

#[tokio::test]
async fn a_row_is_new_then_unchanged_then_changed_and_only_what_changed_is_recorded() {
    let world = World::new().await;
    let row = incident("W1");
    let answer = world.row(row.clone()).await;
    assert_eq!((answer.outcome(), answer.events), (ImportOutcome::New, 1));
    assert_eq!(answer.incident_id, incident_id("W1").to_string());
    assert!(!answer.position.is_empty());
    let again = world.row(row.clone()).await;
    assert_eq!((again.outcome(), again.events), (ImportOutcome::Unchanged, 0));
    assert_eq!(again.position, "");

    let mut changed = row;
    part(&mut changed).narrative = "A dose was given three times.".to_owned();
    world.days_pass(1);
    let answer = world.row(changed.clone()).await;
    assert_eq!((answer.outcome(), answer.events), (ImportOutcome::Changed, 1));
    assert_eq!(world.outcome(changed).await, ImportOutcome::Unchanged);
    let entries = world.entries::<Incident>(incident_id("W1").uuid()).await;
    assert_eq!(names(&entries), ["IncidentReported", "IncidentAmended"]);
    let Event::IncidentAmended(amendment) = &entries[1].event else { panic!() };
    let Some(Personal::Known(narrative)) = &amendment.narrative else { panic!() };
    assert_eq!(narrative.as_str(), "A dose was given three times.");
    assert_eq!((amendment.kind, amendment.incident_date, &amendment.place), (None, None, &None));
    assert_eq!(amendment.reason.as_ref().unwrap().as_str(), "changed in the source system");
    assert_eq!(entries[1].occurred_at, at("2026-07-02T08:00:00Z"), "known when it is imported");
}

#[tokio::test]
async fn what_is_new_is_recorded_as_the_source_has_it() {
    let world = World::new().await;
    let mut row = incident("W1");
    part(&mut row).reported = exactly("2026-06-01T09:30:00Z");
    part(&mut row).reference = "INC-7".to_owned();
    let recorded = at("2026-06-03T10:00:00Z");
    part(&mut row).source_recorded_time =
        Some(prost_types::Timestamp { seconds: recorded.as_second(), nanos: 0 });
    part(&mut row).source_candour_flag = Some(true);
    assert_eq!(world.outcome(row).await, ImportOutcome::New);
    let loaded = world.engine.load::<Incident>(incident_id("W1").uuid()).await.unwrap();
    let entry = &loaded.history[0].entry;
    assert_eq!(entry.occurred_at, at("2026-06-01T09:30:00Z"));
    assert_eq!(entry.source_recorded_at, Some(recorded));
    assert_eq!(entry.recorded_at, at("2026-07-01T08:00:00Z"));
    assert_eq!(entry.performed_by, None);
    let system = loaded.history[0].metadata.source_system.clone().unwrap();
    assert_eq!(system.as_str(), "datixweb");
    let Event::IncidentReported(report) = &entry.event else { panic!() };
    assert_eq!(report.reference.as_str(), "INC-7");
    let source = report.source.clone().unwrap();
    assert_eq!((source.system.as_str(), source.id.as_str()), ("datixweb", "W1"));
    assert_eq!(report.reporter.as_ref().unwrap().identity, ReporterIdentity::Named);
    assert_eq!(report.affected_persons[0].id, person_id("W1", "1"));
    assert_eq!(report.affected_persons[0].harm.physical, Some(PhysicalHarm::Moderate));
    assert!(report.source_candour_flag);
}

#[tokio::test]
async fn what_a_row_returns_to_is_recorded_again() {
    let world = World::new().await;
    let told = |words: &str| {
        let mut row = incident("W1");
        part(&mut row).narrative = words.to_owned();
        row
    };
    assert_eq!(world.outcome(told("A")).await, ImportOutcome::New);
    assert_eq!(world.outcome(told("B")).await, ImportOutcome::Changed);
    assert_eq!(world.outcome(told("A")).await, ImportOutcome::Changed);
    assert_eq!(world.outcome(told("B")).await, ImportOutcome::Changed);
    assert_eq!(world.outcome(told("B")).await, ImportOutcome::Unchanged);
    assert_eq!(world.events::<Incident>(incident_id("W1").uuid()).await, 4);
}

#[tokio::test]
async fn a_row_that_breaks_rules_names_every_field_and_changes_nothing() {
    let world = World::new().await;
    let mut row = incident("W1");
    part(&mut row).kind = 0;
    part(&mut row).reported = on(2026, 7, 2);
    part(&mut row).narrative = " ".to_owned();
    part(&mut row).closed = exactly("2026-07-01T08:00:01Z");
    row.persons.push(person("", v1::PhysicalHarm::Low));
    row.persons.push(person("1", v1::PhysicalHarm::Low));
    row.persons[0].candour = Some(v1::AssertedCandour { decided: on(2026, 6, 2), ..Default::default() });
    let answer = world.row(row).await;
    assert_eq!(answer.outcome(), ImportOutcome::Rejected);
    let fields: Vec<_> = answer.violations.iter().map(|finding| finding.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "incident.kind",
            "incident.reported.day",
            "incident.narrative",
            "incident.closed.exact_time",
            "persons[0].candour.decision",
            "persons[1].source_id",
            "persons[2].source_id",
        ]
    );
    assert!(answer.violations.iter().all(|finding| finding.reason == "INVALID_FIELDS"));
    assert_eq!(world.events::<Incident>(incident_id("W1").uuid()).await, 0);

    // The last part of the row breaks a rule of the record: nothing of the parts before it is recorded.
    let mut row = incident("W2");
    part(&mut row).closed = on(2026, 6, 20);
    row.feedback = Some(v1::ImportedFeedback { acknowledged: on(2026, 5, 31), ..Default::default() });
    let answer = world.row(row).await;
    assert_eq!(answer.outcome(), ImportOutcome::Rejected);
    assert_eq!(answer.violations.len(), 1);
    assert_eq!(answer.violations[0].field, "feedback.acknowledged");
    assert_eq!(answer.violations[0].reason, "BEFORE_THE_REPORT");
    assert_eq!(world.events::<Incident>(incident_id("W2").uuid()).await, 0);
}

#[tokio::test]
async fn a_row_about_an_unknown_incident_is_refused_and_says_what_to_do() {
    let world = World::new().await;
    let mut row = about("W1");
    row.feedback = Some(v1::ImportedFeedback { acknowledged: on(2026, 6, 2), ..Default::default() });
    let answer = world.row(row).await;
    assert_eq!(answer.outcome(), ImportOutcome::Rejected);
    assert_eq!(answer.violations[0].field, "incident_source_id");
    assert_eq!(
        answer.violations[0].description,
        "names an incident that is not known here; import the incidents first"
    );
    let nothing = world.row(about("W1")).await;
    assert_eq!(nothing.violations[0].field, "incident");
}

#[tokio::test]
async fn what_a_row_leaves_empty_stays_and_is_noted() {
    let world = World::new().await;
    world.row(incident("W1")).await;
    let mut row = incident("W1");
    part(&mut row).incident_date = None;
    part(&mut row).place = None;
    row.persons.clear();
    let answer = world.row(row).await;
    assert_eq!(answer.outcome(), ImportOutcome::Unchanged);
    let fields: Vec<_> = answer.notices.iter().map(|finding| finding.field.as_str()).collect();
    assert_eq!(fields, ["incident.incident_date", "incident.place.site", "incident.place.team"]);
}

#[tokio::test]
async fn a_changed_place_changes_only_the_parts_that_the_source_changed() {
    let world = World::new().await;
    let id = incident_id("W1").uuid();
    world.row(incident("W1")).await;
    let place = candour_domain::incident::Place {
        site: Some(Text::parse("Northgate").unwrap()),
        directorate: Some(Text::parse("Medicine").unwrap()),
        team: Some(Text::parse("Ward 7").unwrap()),
    };
    let amendment = candour_domain::incident::Amendment { place: Some(place), ..Default::default() };
    world.here::<Incident>(id, Command::AmendIncident(amendment)).await;
    let mut row = incident("W1");
    part(&mut row).place.as_mut().unwrap().team = "Ward 8".to_owned();
    assert_eq!(world.outcome(row).await, ImportOutcome::Changed);
    let place = world.state::<Incident>(id).await.place;
    let words = |part: &Option<Text<200>>| part.as_ref().unwrap().as_str().to_owned();
    assert_eq!(words(&place.directorate), "Medicine", "somebody here knew better");
    assert_eq!(words(&place.team), "Ward 8");
}

#[tokio::test]
async fn a_person_who_becomes_known_later_was_part_of_the_incident_since_its_report() {
    let world = World::new().await;
    let id = incident_id("W1").uuid();
    world.row(incident("W1")).await;
    world.days_pass(3);
    let mut row = incident("W1");
    row.persons.push(person("2", v1::PhysicalHarm::Severe));
    assert_eq!(world.outcome(row.clone()).await, ImportOutcome::Changed);
    assert_eq!(world.outcome(row.clone()).await, ImportOutcome::Unchanged);
    let entries = world.entries::<Incident>(id).await;
    assert_eq!(names(&entries), ["IncidentReported", "AffectedPersonAdded"]);
    assert_eq!(entries[1].occurred_at, at("2026-06-01T11:00:00Z"));

    // The report moves to a later day, and to an earlier one; whoever was added moves with it.
    for (day, expected) in [(3, "2026-06-03T11:00:00Z"), (1, "2026-06-01T11:00:00Z")] {
        part(&mut row).reported = on(2026, 6, day);
        assert_eq!(world.outcome(row.clone()).await, ImportOutcome::Changed);
        assert_eq!(world.outcome(row.clone()).await, ImportOutcome::Unchanged);
        let entries = world.entries::<Incident>(id).await;
        let dates: Vec<_> = entries.iter().map(|entry| entry.occurred_at).collect();
        assert_eq!(dates, [at(expected), at(expected)]);
    }
}

#[tokio::test]
async fn a_person_without_an_id_is_the_only_one_of_the_incident() {
    let world = World::new().await;
    let mut row = incident("W1");
    row.persons = vec![person("", v1::PhysicalHarm::Low)];
    world.row(row.clone()).await;
    row.persons[0].harm.as_mut().unwrap().physical = v1::PhysicalHarm::Fatal.into();
    assert_eq!(world.outcome(row.clone()).await, ImportOutcome::Changed);
    let state = world.state::<Incident>(incident_id("W1").uuid()).await;
    assert_eq!(state.persons.len(), 1);
    assert_eq!(state.persons[0].harm.physical, Some(PhysicalHarm::Fatal));

    let mut two = incident("W2");
    two.persons.push(person("2", v1::PhysicalHarm::Low));
    world.row(two.clone()).await;
    two.persons = vec![person("", v1::PhysicalHarm::Severe)];
    let answer = world.row(two).await;
    assert_eq!(answer.violations[0].field, "persons[0].source_id");
    assert_eq!(answer.violations[0].description, "must be given: the incident has several persons");

    let mut nobody = incident("W3");
    nobody.persons.clear();
    world.row(nobody.clone()).await;
    nobody.persons = vec![v1::ImportedPerson { kind: 0, ..person("", v1::PhysicalHarm::Severe) }];
    let answer = world.row(nobody).await;
    assert_eq!(answer.violations[0].field, "persons[0].kind");
}

#[tokio::test]
async fn harm_is_graded_anew_where_the_source_says_otherwise_and_nobody_s_grade_here_is_undone_by_the_same_word()
 {
    let world = World::new().await;
    let id = incident_id("W1").uuid();
    world.row(incident("W1")).await;
    let mut row = incident("W1");
    row.persons[0] = person("1", v1::PhysicalHarm::Severe);
    assert_eq!(world.outcome(row.clone()).await, ImportOutcome::Changed);
    let entries = world.entries::<Incident>(id).await;
    let Event::HarmRegraded { grading, from } = &entries[1].event else { panic!() };
    assert_eq!(
        (from.physical, grading.grade.physical),
        (Some(PhysicalHarm::Moderate), Some(PhysicalHarm::Severe))
    );
    // The source still says severe; somebody here found low.
    let grade = HarmGrade { physical: Some(PhysicalHarm::Low), ..HarmGrade::default() };
    let person = person_id("W1", "1");
    let grading = candour_domain::incident::HarmGrading { person, grade, graded_by_role: None, reason: None };
    world.here::<Incident>(id, Command::GradeHarm(grading)).await;
    assert_eq!(world.outcome(row).await, ImportOutcome::Unchanged);
    assert_eq!(world.state::<Incident>(id).await.persons[0].harm.physical, Some(PhysicalHarm::Low));
}

#[tokio::test]
async fn what_cannot_be_amended_is_noted() {
    let world = World::new().await;
    world.row(incident("W1")).await;
    let mut row = incident("W1");
    row.persons[0].name = "Another Name".to_owned();
    row.persons[0].contact = "another@example.org".to_owned();
    row.persons[0].kind = v1::AffectedPersonKind::ServiceUser.into();
    part(&mut row).reporter.as_mut().unwrap().name = "Another Reporter".to_owned();
    let answer = world.row(row).await;
    assert_eq!(answer.outcome(), ImportOutcome::Unchanged);
    let fields: Vec<_> = answer.notices.iter().map(|finding| finding.field.as_str()).collect();
    assert_eq!(fields, ["incident.reporter", "persons[0].kind", "persons[0].name", "persons[0].contact"]);
    assert!(answer.notices.iter().all(|finding| finding.reason.is_empty()));
}

#[tokio::test]
async fn an_incident_is_closed_reopened_and_closed_as_the_source_says() {
    let world = World::new().await;
    let id = incident_id("W1").uuid();
    let closed = |closed| {
        let mut row = incident("W1");
        part(&mut row).closed = closed;
        row
    };
    assert_eq!(world.outcome(closed(on(2026, 6, 20))).await, ImportOutcome::New);
    assert_eq!(world.state::<Incident>(id).await.status, Status::Closed);
    assert_eq!(world.outcome(closed(None)).await, ImportOutcome::Unchanged);
    assert_eq!(world.outcome(closed(on(2026, 6, 20))).await, ImportOutcome::Unchanged);
    assert_eq!(world.outcome(closed(on(2026, 6, 18))).await, ImportOutcome::Changed);
    let entries = world.entries::<Incident>(id).await;
    assert_eq!(names(&entries), ["IncidentReported", "IncidentClosed"]);
    assert_eq!(entries[1].occurred_at, at("2026-06-18T11:00:00Z"));

    assert_eq!(world.outcome(closed(absent())).await, ImportOutcome::Changed);
    assert_eq!(world.outcome(closed(absent())).await, ImportOutcome::Unchanged);
    assert_eq!(world.state::<Incident>(id).await.status, Status::Open);
    world.days_pass(5);
    assert_eq!(world.outcome(closed(on(2026, 7, 4))).await, ImportOutcome::Changed);
    let entries = world.entries::<Incident>(id).await;
    assert_eq!(names(&entries), ["IncidentReported", "IncidentClosed", "IncidentReopened", "IncidentClosed"]);
    assert_eq!(entries[3].occurred_at, at("2026-07-04T11:00:00Z"));

    // Open again, and then closed on a day before we knew that it was open: it never was.
    assert_eq!(world.outcome(closed(absent())).await, ImportOutcome::Changed);
    assert_eq!(world.outcome(closed(on(2026, 7, 5))).await, ImportOutcome::Changed);
    assert_eq!(world.outcome(closed(on(2026, 7, 5))).await, ImportOutcome::Unchanged);
    let entries = world.entries::<Incident>(id).await;
    assert_eq!(names(&entries), ["IncidentReported", "IncidentClosed", "IncidentReopened", "IncidentClosed"]);
    assert_eq!(entries[3].occurred_at, at("2026-07-05T11:00:00Z"));
}

#[tokio::test]
async fn a_report_moved_past_its_old_closure_moves_with_the_new_one() {
    let world = World::new().await;
    let id = incident_id("W1").uuid();
    let mut row = incident("W1");
    part(&mut row).closed = on(2026, 6, 5);
    world.row(row.clone()).await;
    part(&mut row).reported = on(2026, 6, 10);
    part(&mut row).closed = on(2026, 6, 12);
    assert_eq!(world.outcome(row.clone()).await, ImportOutcome::Changed);
    part(&mut row).reported = on(2026, 6, 2);
    part(&mut row).closed = on(2026, 6, 3);
    assert_eq!(world.outcome(row).await, ImportOutcome::Changed);
    let entries = world.entries::<Incident>(id).await;
    let dates: Vec<_> = entries.iter().map(candour_domain::Entry::occurred_on).collect();
    assert_eq!(dates, [jiff::civil::date(2026, 6, 2), jiff::civil::date(2026, 6, 3)]);
}

#[tokio::test]
async fn an_assumed_day_of_report_counts_for_a_new_incident_and_changes_none_that_is_known() {
    let world = World::new().await;
    world.row(incident("W1")).await;
    let mut row = incident("W1");
    part(&mut row).reported = on(2026, 5, 30);
    part(&mut row).reported_is_assumed = true;
    assert_eq!(world.outcome(row.clone()).await, ImportOutcome::Unchanged);
    row.incident_source_id = "W2".to_owned();
    assert_eq!(world.outcome(row).await, ImportOutcome::New);
    let state = world.state::<Incident>(incident_id("W2").uuid()).await;
    assert_eq!(state.reported_at, Some(at("2026-05-30T11:00:00Z")));
}

#[tokio::test]
async fn what_the_source_rejected_leaves_every_figure_and_comes_back_with_it() {
    let world = World::new().await;
    let id = incident_id("W1").uuid();
    let mut row = incident("W1");
    part(&mut row).recorded_in_error = Some(true);
    row.feedback = Some(v1::ImportedFeedback { acknowledged: on(2026, 6, 2), ..Default::default() });
    assert_eq!(world.outcome(row.clone()).await, ImportOutcome::New);
    assert_eq!(world.state::<Incident>(id).await.status, Status::RecordedInError);
    assert_eq!(world.events::<candour_domain::feedback::Feedback>(id).await, 0);
    part(&mut row).narrative = "Something else.".to_owned();
    let answer = world.row(row.clone()).await;
    assert_eq!(answer.outcome(), ImportOutcome::Unchanged);
    assert_eq!(answer.notices[0].description, "was recorded in error: nothing else of it is taken up");
    part(&mut row).recorded_in_error = Some(false);
    assert_eq!(world.outcome(row.clone()).await, ImportOutcome::Changed);
    assert_eq!(world.outcome(row).await, ImportOutcome::Unchanged);
    assert_eq!(world.state::<Incident>(id).await.status, Status::Open);
    assert_eq!(world.events::<candour_domain::feedback::Feedback>(id).await, 1);
}

#[tokio::test]
async fn what_people_here_recorded_stands() {
    let world = World::new().await;
    let id = incident_id("W1").uuid();
    world.row(incident("W1")).await;
    let report = world.entries::<Incident>(id).await[0].event_id;
    // The date of the report is corrected here; the source still says what it said.
    let change = CorrectionChange::OccurredAt(at("2026-06-02T10:00:00Z"));
    world.corrected_here::<Incident>(id, report, change).await;
    assert_eq!(world.outcome(incident("W1")).await, ImportOutcome::Unchanged);
    assert_eq!(world.state::<Incident>(id).await.reported_at, Some(at("2026-06-02T10:00:00Z")));
    // Closed here; then the source closes it too.
    world.here::<Incident>(id, Command::CloseIncident(Closure { reason: None, closed_by: None })).await;
    let mut row = incident("W1");
    part(&mut row).closed = on(2026, 6, 20);
    let answer = world.row(row).await;
    assert_eq!(answer.outcome(), ImportOutcome::Unchanged);
    assert_eq!(answer.notices[0].field, "incident.closed");
    assert!(answer.notices[0].description.starts_with("is not recorded: incident "));
    // Taken out of every figure here.
    let reason = Text::parse("a test").unwrap();
    world.here::<Incident>(id, Command::RecordedInError { reason }).await;
    let mut row = incident("W1");
    part(&mut row).narrative = "Something else.".to_owned();
    part(&mut row).recorded_in_error = Some(false);
    assert_eq!(world.outcome(row).await, ImportOutcome::Unchanged);
    assert_eq!(world.state::<Incident>(id).await.status, Status::RecordedInError);
}

#[tokio::test]
async fn two_systems_hold_two_incidents_under_one_id() {
    let world = World::new().await;
    let mut other = incident("W1");
    other.source_system = "ulysses".to_owned();
    let answers = world.import(vec![incident("W1"), other]).await;
    assert_eq!(answers[0].outcome(), ImportOutcome::New);
    assert_eq!(answers[1].outcome(), ImportOutcome::New);
    assert_ne!(answers[0].incident_id, answers[1].incident_id);
}

#[tokio::test]
async fn an_incident_without_an_id_is_recognised_by_its_content() {
    let world = World::new().await;
    let row = incident("");
    let answer = world.row(row.clone()).await;
    assert_eq!(answer.outcome(), ImportOutcome::New);
    assert_eq!(answer.notices[0].field, "incident_source_id");
    assert_eq!(world.outcome(row.clone()).await, ImportOutcome::Unchanged);
    let mut other = row;
    part(&mut other).narrative = "Another.".to_owned();
    let other = world.row(other).await;
    assert_eq!(other.outcome(), ImportOutcome::New);
    assert_ne!(other.incident_id, answer.incident_id);
}

#[tokio::test]
async fn whoever_was_erased_is_not_recorded_again() {
    let world = World::new().await;
    let id = incident_id("W1");
    world.row(incident("W1")).await;
    let erasure =
        Erasure { reason: "a test".to_owned(), authority: "nobody".to_owned(), at: world.engine.now() };
    for subject in [Subject::IncidentNarrative(id), Subject::AffectedPerson(person_id("W1", "1"))] {
        world.vault.erase(SubjectId::new(subject.uuid()), &[], &erasure).unwrap();
    }
    let mut row = incident("W1");
    part(&mut row).narrative = "The same story, told anew.".to_owned();
    row.persons[0].name = "Another Name".to_owned();
    assert_eq!(world.outcome(row.clone()).await, ImportOutcome::Unchanged);
    assert_eq!(world.events::<Incident>(id.uuid()).await, 1);
    // What was never given cannot be recorded about them now; the rest of the row is.
    part(&mut row).immediate_actions = "What was done at once.".to_owned();
    part(&mut row).source_candour_flag = Some(true);
    let answer = world.row(row).await;
    assert_eq!((answer.outcome(), answer.events), (ImportOutcome::Changed, 1));
    assert_eq!(answer.notices[0].description, "is about somebody who was erased: not recorded");
    assert!(world.state::<Incident>(id.uuid()).await.source_candour_flag);
}

#[tokio::test]
async fn a_flag_that_changes_prompts_and_decides_nothing() {
    let world = World::new().await;
    let id = incident_id("W1").uuid();
    let flag = |flag| {
        let mut row = incident("W1");
        part(&mut row).source_candour_flag = flag;
        row
    };
    assert_eq!(world.outcome(flag(None)).await, ImportOutcome::New);
    assert_eq!(world.outcome(flag(Some(false))).await, ImportOutcome::Unchanged);
    assert_eq!(world.outcome(flag(Some(true))).await, ImportOutcome::Changed);
    assert_eq!(world.outcome(flag(None)).await, ImportOutcome::Unchanged);
    let entries = world.entries::<Incident>(id).await;
    assert_eq!(names(&entries), ["IncidentReported", "SourceCandourFlagSet"]);
    let case = candour_domain::identifier::CaseId::of(incident_id("W1"), person_id("W1", "1"));
    assert_eq!(world.events::<candour_domain::candour_case::CandourCase>(case.uuid()).await, 0);
}
