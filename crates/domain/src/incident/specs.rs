//! The rules of an incident, told by example.

use super::*;
use crate::{
    correction::{CorrectionChange, CorrectionRejection},
    identifier::{AffectedPersonId, IncidentId},
    partial_date::PartialDate,
    personal::Personal,
    specification::{event_id, given, id, noon, reference, situation, text},
};

const TODAY: &str = "2026-06-15";

#[test]
fn a_report_is_recorded_as_it_came() {
    let report = Report { affected_persons: vec![person(1), person(2)], ..report() };
    let state = given::<Incident>(vec![])
        .when(Command::ReportIncident(report.clone()), situation(TODAY))
        .then([Event::IncidentReported(report)])
        .state();

    assert_eq!(state.status, Status::Open);
    assert_eq!(state.id, Some(incident(1)));
    assert_eq!(state.reporter_identity, Some(ReporterIdentity::Named));
    assert_eq!(state.reported_at, Some(noon(TODAY)));
    assert_eq!(
        state.persons.iter().map(|person| person.id).collect::<Vec<_>>(),
        [person_id(1), person_id(2)]
    );
}

#[test]
fn a_report_need_not_name_anybody_affected() {
    for kind in IncidentKind::ALL {
        let report = Report { kind: *kind, affected_persons: vec![], ..report() };
        given::<Incident>(vec![])
            .when(Command::ReportIncident(report.clone()), situation(TODAY))
            .then([Event::IncidentReported(report)]);
    }
}

#[test]
fn f0_an_incident_the_organisation_recorded_itself_has_no_reporter() {
    let report = Report { reporter: None, ..report() };
    let state = given::<Incident>(vec![])
        .when(Command::ReportIncident(report.clone()), situation(TODAY))
        .then([Event::IncidentReported(report)])
        .state();
    assert_eq!(state.reporter_identity, None);
}

#[test]
fn c_0_the_sources_candour_flag_is_set_and_taken_back_and_said_again_changes_nothing() {
    let set = |flag| Command::SetSourceCandourFlag { flag };
    let state = given::<Incident>(vec![reported()])
        .when(set(true), situation(TODAY))
        .then([Event::SourceCandourFlagSet { flag: true }])
        .state();
    assert!(state.source_candour_flag);
    given::<Incident>(vec![reported()]).when(set(false), situation(TODAY)).then_nothing();
    given::<Incident>(vec![reported(), Event::SourceCandourFlagSet { flag: true }])
        .when(set(false), situation(TODAY))
        .then([Event::SourceCandourFlagSet { flag: false }]);
}

#[test]
fn an_incident_is_reported_once() {
    for history in [vec![reported()], vec![reported(), closed()], vec![reported(), in_error()]] {
        given::<Incident>(history)
            .when(Command::ReportIncident(report()), situation(TODAY))
            .then_refused(Rejection::AlreadyReported(incident(1)));
    }
}

#[test]
fn charter_12_an_anonymous_reporter_has_neither_name_nor_contact() {
    let from = |identity, name: Option<&str>, contact: Option<&str>| {
        let known = |words| Personal::Known(text(words));
        let reporter = Reporter { identity, role: None, name: name.map(known), contact: contact.map(known) };
        Command::ReportIncident(Report { reporter: Some(reporter), ..report() })
    };
    let when = |command| given::<Incident>(vec![]).when(command, situation(TODAY));

    when(from(ReporterIdentity::Anonymous, None, None)).then_accepted();
    when(from(ReporterIdentity::Confidential, Some("A"), Some("B"))).then_accepted();
    when(from(ReporterIdentity::Anonymous, Some("A"), None))
        .then_refused_field(Rejection::AnonymousReporterNamed, "report.reporter.name");
    when(from(ReporterIdentity::Anonymous, None, Some("B")))
        .then_refused_field(Rejection::AnonymousReporterHasContact, "report.reporter.contact");
}

#[test]
fn a_report_names_at_most_fifty_people_each_once() {
    let with = |persons: Vec<AffectedPerson>| {
        let report = Report { affected_persons: persons, ..report() };
        given::<Incident>(vec![]).when(Command::ReportIncident(report), situation(TODAY))
    };

    with((1..=50).map(person).collect()).then_accepted();
    with((1..=51).map(person).collect())
        .then_refused_field(Rejection::TooManyAffectedPersons { count: 51 }, "report.affected_persons");
    with(vec![person(1), person(2), person(1)])
        .then_refused_field(Rejection::AffectedPersonGivenTwice(person_id(1)), "report.affected_persons");
}

#[test]
fn an_incident_cannot_have_happened_after_today() {
    for (date, accepted) in [
        (PartialDate::Day(jiff::civil::date(2026, 6, 15)), true),
        (PartialDate::Day(jiff::civil::date(2026, 6, 16)), false),
        (PartialDate::Month(2026, 6), true),
        (PartialDate::Month(2026, 7), false),
        (PartialDate::Year(2026), true),
        (PartialDate::Year(2027), false),
    ] {
        let report = Report { incident_date: Some(date), ..report() };
        let reporting = given::<Incident>(vec![]).when(Command::ReportIncident(report), situation(TODAY));
        let amendment = Amendment { incident_date: Some(date), ..Amendment::default() };
        let amending =
            given::<Incident>(vec![reported()]).when(Command::AmendIncident(amendment), situation(TODAY));
        if accepted {
            reporting.then_accepted();
            amending.then_accepted();
        } else {
            for (outcome, field) in [(reporting, "report.incident_date"), (amending, "incident_date")] {
                outcome.then_refused_field(Rejection::IncidentDateInTheFuture { field }, field);
            }
        }
    }
}

#[test]
fn nothing_happens_to_an_incident_that_was_not_reported() {
    for command in commands_after_the_report() {
        given::<Incident>(vec![]).when(command, situation(TODAY)).then_refused(Rejection::NotReported);
    }
}

#[test]
fn nothing_happens_to_an_incident_recorded_in_error() {
    for command in commands_after_the_report() {
        let outcome = given::<Incident>(vec![reported(), in_error()]).when(command.clone(), situation(TODAY));
        match command {
            Command::RecordedInError { .. } => outcome.then_nothing(),
            _ => outcome.then_refused(Rejection::RecordedInError(incident(1))),
        }
    }
}

#[test]
fn an_incident_open_or_closed_is_recorded_in_error() {
    for history in [vec![reported()], vec![reported(), closed()]] {
        let state = given::<Incident>(history)
            .when(Command::RecordedInError { reason: text("test entry") }, situation(TODAY))
            .then([in_error()])
            .state();
        assert_eq!(state.status, Status::RecordedInError);
    }
}

#[test]
fn a_report_is_amended_open_or_closed() {
    let place = Place { site: Some(text("General Hospital")), ..Place::default() };
    let amendment =
        Amendment { kind: Some(IncidentKind::Outcome), place: Some(place.clone()), ..Amendment::default() };
    for history in [vec![reported()], vec![reported(), closed()]] {
        let before = given::<Incident>(history.clone()).state();
        let after = given::<Incident>(history)
            .when(Command::AmendIncident(amendment.clone()), situation(TODAY))
            .then([Event::IncidentAmended(amendment.clone())])
            .state();
        assert_eq!(after, State { kind: Some(IncidentKind::Outcome), place: place.clone(), ..before });
    }
}

#[test]
fn an_amendment_changes_something() {
    let only_a_reason = Amendment { reason: Some(text("typing error")), ..Amendment::default() };
    given::<Incident>(vec![reported()])
        .when(Command::AmendIncident(only_a_reason), situation(TODAY))
        .then_refused_field(Rejection::NothingToAmend, "reason");
    let nothing = Amendment::default;
    for one_thing in [
        Amendment { kind: Some(IncidentKind::Risk), ..nothing() },
        Amendment { incident_date: Some(PartialDate::Year(2025)), ..nothing() },
        Amendment { place: Some(Place::default()), ..nothing() },
        Amendment { narrative: Some(Personal::Known(text("in full"))), ..nothing() },
        Amendment { immediate_actions: Some(Personal::Known(text("drug stopped"))), ..nothing() },
    ] {
        given::<Incident>(vec![reported()])
            .when(Command::AmendIncident(one_thing.clone()), situation(TODAY))
            .then([Event::IncidentAmended(one_thing)]);
    }
}

#[test]
fn another_affected_person_is_added_open_or_closed() {
    for history in [vec![reported()], vec![reported(), closed()]] {
        let state = given::<Incident>(history)
            .when(Command::AddAffectedPerson(person(2)), situation(TODAY))
            .then([Event::AffectedPersonAdded(person(2))])
            .state();
        assert!(state.person(person_id(1)).is_some() && state.person(person_id(2)).is_some());
    }
}

#[test]
fn a_person_is_added_once_and_fifty_is_the_most() {
    given::<Incident>(vec![reported(), Event::AffectedPersonAdded(person(2))])
        .when(Command::AddAffectedPerson(person(2)), situation(TODAY))
        .then_refused(Rejection::AffectedPersonAlreadyAdded(person_id(2)));

    let with = |count| {
        Event::IncidentReported(Report { affected_persons: (1..=count).map(person).collect(), ..report() })
    };
    given::<Incident>(vec![with(49)])
        .when(Command::AddAffectedPerson(person(99)), situation(TODAY))
        .then_accepted();
    given::<Incident>(vec![with(50)])
        .when(Command::AddAffectedPerson(person(99)), situation(TODAY))
        .then_refused(Rejection::AffectedPersonsFull);
}

#[test]
fn harm_is_graded_first_and_regraded_after() {
    let another = Event::AffectedPersonAdded(person(2));
    let state = given::<Incident>(vec![reported(), another, closed()])
        .when(Command::GradeHarm(grading(PhysicalHarm::Low)), situation(TODAY))
        .then([Event::HarmGraded(grading(PhysicalHarm::Low))])
        .when(Command::GradeHarm(grading(PhysicalHarm::Severe)), situation(TODAY))
        .then([Event::HarmRegraded {
            grading: grading(PhysicalHarm::Severe),
            from: grade(PhysicalHarm::Low),
        }])
        .state();
    assert_eq!(state.person(person_id(1)).unwrap().harm, grade(PhysicalHarm::Severe));
    assert_eq!(state.person(person_id(2)).unwrap().harm, HarmGrade::default(), "nobody else's");
    assert_eq!(state.status, Status::Closed);
}

#[test]
fn a_grade_given_with_the_report_is_the_first_grade() {
    let graded = AffectedPerson { harm: grade(PhysicalHarm::None), ..person(1) };
    given::<Incident>(vec![Event::IncidentReported(Report { affected_persons: vec![graded], ..report() })])
        .when(Command::GradeHarm(grading(PhysicalHarm::Moderate)), situation(TODAY))
        .then([Event::HarmRegraded {
            grading: grading(PhysicalHarm::Moderate),
            from: grade(PhysicalHarm::None),
        }]);
}

#[test]
fn the_same_grade_again_is_nothing_new() {
    let again = HarmGrading { reason: Some(text("said again")), ..grading(PhysicalHarm::Low) };
    given::<Incident>(vec![reported(), Event::HarmGraded(grading(PhysicalHarm::Low))])
        .when(Command::GradeHarm(again), situation(TODAY))
        .then_nothing();
}

#[test]
fn a_grade_is_about_somebody_affected_and_says_something() {
    given::<Incident>(vec![reported()])
        .when(
            Command::GradeHarm(HarmGrading { person: person_id(7), ..grading(PhysicalHarm::Low) }),
            situation(TODAY),
        )
        .then_refused(Rejection::AffectedPersonNotFound(person_id(7)));
    given::<Incident>(vec![reported()])
        .when(
            Command::GradeHarm(HarmGrading { grade: HarmGrade::default(), ..grading(PhysicalHarm::Low) }),
            situation(TODAY),
        )
        .then_refused_field(Rejection::NothingGraded, "grade");
    let could_result = HarmGrade { could_result: true, ..HarmGrade::default() };
    let could_result = HarmGrading { grade: could_result, ..grading(PhysicalHarm::Low) };
    given::<Incident>(vec![reported()])
        .when(Command::GradeHarm(could_result.clone()), situation(TODAY))
        .then([Event::HarmGraded(could_result)]);
}

#[test]
fn e_14_moderate_or_worse_harm_or_could_result_prompts_a_candour_decision() {
    let physical = |harm| HarmGrade { physical: Some(harm), ..HarmGrade::default() };
    let psychological = |harm| HarmGrade { psychological: Some(harm), ..HarmGrade::default() };
    for (grade, prompts) in [
        (HarmGrade::default(), false),
        (physical(PhysicalHarm::Fatal), true),
        (physical(PhysicalHarm::Severe), true),
        (physical(PhysicalHarm::Moderate), true),
        (physical(PhysicalHarm::Low), false),
        (physical(PhysicalHarm::None), false),
        (psychological(PsychologicalHarm::Severe), true),
        (psychological(PsychologicalHarm::Moderate), true),
        (psychological(PsychologicalHarm::Low), false),
        (psychological(PsychologicalHarm::None), false),
        (
            HarmGrade { psychological: Some(PsychologicalHarm::Moderate), ..physical(PhysicalHarm::None) },
            true,
        ),
        (HarmGrade { could_result: true, ..physical(PhysicalHarm::None) }, true),
    ] {
        assert_eq!(grade.prompts_candour_decision(), prompts, "{grade:?}");
    }
}

#[test]
fn l_6_a_lower_level_is_worse_and_codes_do_not_sort_that_way() {
    let physical: Vec<_> = PhysicalHarm::ALL.iter().map(|harm| (harm.level(), harm.code())).collect();
    assert_eq!(physical, [(1, "fatal"), (2, "severe"), (3, "moderate"), (4, "low"), (5, "none")]);
    let psychological: Vec<_> =
        PsychologicalHarm::ALL.iter().map(|harm| (harm.level(), harm.code())).collect();
    assert_eq!(psychological, [(1, "severe"), (2, "moderate"), (3, "low"), (4, "none")]);
    assert!(PhysicalHarm::Fatal.code() < PhysicalHarm::Low.code(), "as text");
    assert!(PhysicalHarm::Low.code() < PhysicalHarm::Severe.code(), "as text: low before severe");
}

#[test]
fn f0_a_duplicate_is_linked_once_and_not_to_itself() {
    let link = |of, same_reporter| DuplicateLink { duplicate_of: incident(of), same_reporter };
    given::<Incident>(vec![reported(), closed()])
        .when(Command::LinkDuplicate(link(2, true)), situation(TODAY))
        .then([Event::DuplicateLinked(link(2, true))])
        .when(Command::LinkDuplicate(link(2, true)), situation(TODAY))
        .then_nothing();
    given::<Incident>(vec![reported()])
        .when(Command::LinkDuplicate(link(1, true)), situation(TODAY))
        .then_refused_field(Rejection::DuplicateOfItself(incident(1)), "duplicate_of");
    for other in [link(3, true), link(2, false)] {
        given::<Incident>(vec![reported(), Event::DuplicateLinked(link(2, true))])
            .when(Command::LinkDuplicate(other), situation(TODAY))
            .then_refused(Rejection::AlreadyLinked(incident(2)));
    }
}

#[test]
fn f2_an_incident_is_closed_reopened_and_closed_again() {
    let close = || Command::CloseIncident(Closure { reason: None, closed_by: None });
    let reopen = || Command::ReopenIncident { reason: text("new facts") };

    let closed_again = given::<Incident>(vec![reported()])
        .when(close(), situation(TODAY))
        .then([closed()])
        .when(reopen(), situation(TODAY))
        .then([reopened()])
        .when(close(), situation(TODAY))
        .then([closed()]);
    closed_again.when(close(), situation(TODAY)).then_refused(Rejection::AlreadyClosed(incident(1)));
    for history in [vec![reported()], vec![reported(), closed(), reopened()]] {
        given::<Incident>(history)
            .when(reopen(), situation(TODAY))
            .then_refused(Rejection::NotClosed(incident(1)));
    }
}

#[test]
fn e_15_a_back_dated_closure_is_recorded_and_not_refused() {
    // Reported on 1 March, a grade recorded on the 2nd.
    let before_the_grade = situation("2026-03-01");
    given::<Incident>(vec![reported(), Event::HarmGraded(grading(PhysicalHarm::Low))])
        .when(Command::CloseIncident(Closure { reason: None, closed_by: None }), before_the_grade)
        .then([closed()]);
}

#[test]
fn a_struck_closure_leaves_the_incident_open() {
    let state = given::<Incident>(vec![reported(), closed()])
        .when_corrected(1, CorrectionChange::Struck)
        .then_accepted()
        .state();
    assert_eq!(state.status, Status::Open);
}

#[test]
fn a_struck_reopening_leaves_the_incident_closed() {
    let state = given::<Incident>(vec![reported(), closed(), reopened()])
        .when_corrected(2, CorrectionChange::Struck)
        .then_accepted()
        .state();
    assert_eq!(state.status, Status::Closed);
}

#[test]
fn striking_recorded_in_error_restores_what_was_there() {
    let restored = given::<Incident>(vec![reported(), closed(), in_error()])
        .when_corrected(2, CorrectionChange::Struck)
        .then_accepted();
    assert_eq!(restored.state().status, Status::Closed);
    restored.when(Command::ReopenIncident { reason: text("new facts") }, situation(TODAY)).then([reopened()]);
}

#[test]
fn another_duplicate_may_be_linked_once_the_first_link_is_struck() {
    let link = |of| DuplicateLink { duplicate_of: incident(of), same_reporter: true };
    given::<Incident>(vec![reported(), Event::DuplicateLinked(link(2))])
        .when_corrected(1, CorrectionChange::Struck)
        .then_accepted()
        .when(Command::LinkDuplicate(link(3)), situation(TODAY))
        .then([Event::DuplicateLinked(link(3))]);
}

#[test]
fn a_regrade_stands_when_the_first_grade_is_struck() {
    let regraded =
        Event::HarmRegraded { grading: grading(PhysicalHarm::Severe), from: grade(PhysicalHarm::Low) };
    let state = given::<Incident>(vec![reported(), Event::HarmGraded(grading(PhysicalHarm::Low)), regraded])
        .when_corrected(1, CorrectionChange::Struck)
        .then_accepted()
        .state();
    assert_eq!(state.person(person_id(1)).unwrap().harm, grade(PhysicalHarm::Severe));
}

#[test]
fn a_redated_report_was_reported_then() {
    let at = noon("2026-02-20");
    let redated = given::<Incident>(vec![reported()])
        .when_corrected(0, CorrectionChange::OccurredAt(at))
        .then_accepted();
    assert_eq!(redated.state().reported_at, Some(at));
    given::<Incident>(vec![reported()])
        .when_corrected(0, CorrectionChange::OccurredAt(noon("2026-03-01")))
        .then_nothing();
    given::<Incident>(vec![reported()])
        .when_corrected(0, CorrectionChange::OccurredAt(noon("2027-03-02")))
        .then_refused(CorrectionRejection::InTheFuture);
    given::<Incident>(vec![reported()])
        .when_corrected(0, CorrectionChange::StatedDate(jiff::civil::date(2026, 2, 20)))
        .then_refused(CorrectionRejection::StatesNoDate(event_id(0)));
}

#[test]
fn a_correction_that_breaks_the_history_is_refused() {
    let added = || Event::AffectedPersonAdded(person(2));
    let graded = || Event::HarmGraded(HarmGrading { person: person_id(2), ..grading(PhysicalHarm::Severe) });
    for (history, version, what) in [
        (
            vec![reported(), added(), graded()],
            0,
            "the report itself cannot be struck out; record the incident as recorded in error instead",
        ),
        (
            vec![reported(), added(), graded()],
            1,
            "harm would be graded for a person who is not part of the incident by then; strike out the grade first, or date it later",
        ),
        (
            vec![reported(), closed(), reopened()],
            1,
            "it would be reopened without having been closed; strike out the reopening first",
        ),
        (
            vec![reported(), closed(), reopened(), closed()],
            2,
            "it would be closed twice without being reopened in between; strike out the later closure first",
        ),
    ] {
        given::<Incident>(history)
            .when_corrected(version, CorrectionChange::Struck)
            .then_refused(CorrectionRejection::WouldNotHoldTogether(what));
    }
    given::<Incident>(vec![reported(), added(), graded()])
        .when_corrected(2, CorrectionChange::Struck)
        .then_accepted()
        .when_corrected(1, CorrectionChange::Struck)
        .then_accepted();
}

fn with_case(number: u128, given: &str) -> AffectedPerson {
    AffectedPerson { case_reference: Some(reference(given)), ..person(number) }
}

#[test]
fn two_affected_persons_never_share_a_case_reference() {
    let report_of = |persons: Vec<AffectedPerson>| {
        let report = Report { affected_persons: persons, ..report() };
        given::<Incident>(vec![]).when(Command::ReportIncident(report), situation("2026-03-01"))
    };
    let taken = |words: &str, field| Rejection::CaseReferenceTaken { reference: reference(words), field };
    let in_report = "report.affected_persons";
    report_of(vec![with_case(1, "DOC-1"), with_case(2, "DOC-1")])
        .then_refused_field(taken("DOC-1", in_report), in_report);
    // The second person, to whom no reference is given, is called INC-2026-001/2.
    report_of(vec![with_case(1, "INC-2026-001/2"), person(2)])
        .then_refused_field(taken("INC-2026-001/2", in_report), in_report);
    // Whoever is added later may come to be called so.
    report_of(vec![with_case(1, "INC-2026-001/7")])
        .then_refused_field(taken("INC-2026-001/7", in_report), in_report);
    report_of(vec![with_case(1, "INC-2026-001/1"), with_case(2, "INC-2026-001/B"), person(3)])
        .then_accepted();

    let added = |given_reference: &str| {
        let report = Report { affected_persons: vec![with_case(1, "DOC-1"), person(2)], ..report() };
        given::<Incident>(vec![Event::IncidentReported(report)])
            .when(Command::AddAffectedPerson(with_case(3, given_reference)), situation("2026-03-02"))
    };
    let field = "affected_person.case_reference";
    added("DOC-1").then_refused_field(taken("DOC-1", field), field);
    added("INC-2026-001/2").then_refused_field(taken("INC-2026-001/2", field), field);
    added("INC-2026-001/9").then_refused_field(taken("INC-2026-001/9", field), field);
    added("DOC-2").then_accepted();
}

#[test]
fn a_case_reference_stays_the_same_when_another_person_is_struck_out() {
    let references = |state: &State| -> Vec<String> {
        let incident_reference = state.reference.clone().unwrap();
        let of = |person| case_reference(incident(1), &incident_reference, person).to_string();
        state.persons.iter().map(of).collect()
    };
    let history = given::<Incident>(vec![
        Event::IncidentReported(Report { affected_persons: vec![person(1), person(2)], ..report() }),
        Event::AffectedPersonAdded(person(3)),
        Event::AffectedPersonAdded(person(4)),
    ]);
    assert_eq!(
        references(&history.state()),
        ["INC-2026-001/1", "INC-2026-001/2", "INC-2026-001/3", "INC-2026-001/4"]
    );
    let struck = history.when_corrected(1, CorrectionChange::Struck).then_accepted();
    assert_eq!(references(&struck.state()), ["INC-2026-001/1", "INC-2026-001/2", "INC-2026-001/4"]);
    // Event 4: the correction has number 3.
    let again = struck.when(Command::AddAffectedPerson(person(5)), situation("2027-03-02")).then_accepted();
    assert_eq!(references(&again.state())[3], "INC-2026-001/6");
}

#[test]
fn f0_nobody_is_the_same_reporter_as_nobody() {
    let link = |same_reporter| DuplicateLink { duplicate_of: incident(2), same_reporter };
    let nobody = || given::<Incident>(vec![Event::IncidentReported(Report { reporter: None, ..report() })]);
    nobody()
        .when(Command::LinkDuplicate(link(true)), situation("2026-03-02"))
        .then_refused_field(Rejection::NoReporterToBeTheSame(incident(1)), "same_reporter");
    nobody()
        .when(Command::LinkDuplicate(link(false)), situation("2026-03-02"))
        .then([Event::DuplicateLinked(link(false))]);
}

#[test]
fn nothing_lies_before_the_report() {
    for event in [closed(), Event::AffectedPersonAdded(person(2)), in_error()] {
        given::<Incident>(vec![reported(), event])
            .when_corrected(1, CorrectionChange::OccurredAt(noon("2026-02-28")))
            .then_refused(CorrectionRejection::WouldNotHoldTogether(
                "an entry would lie before the report of the incident",
            ));
    }
}

#[test]
fn the_fold_is_total_whatever_the_order() {
    let events = [
        Event::IncidentAmended(Amendment { kind: Some(IncidentKind::Risk), ..Amendment::default() }),
        Event::AffectedPersonAdded(person(2)),
        Event::HarmGraded(HarmGrading { person: person_id(9), ..grading(PhysicalHarm::Low) }),
        Event::DuplicateLinked(DuplicateLink { duplicate_of: incident(2), same_reporter: false }),
        closed(),
        reopened(),
        in_error(),
    ];
    assert_eq!(given::<Incident>(events.to_vec()).state(), State::default(), "nothing was reported");
    for place in 0..=events.len() {
        let mut history = events.to_vec();
        history.insert(place, reported());
        assert_eq!(given::<Incident>(history).state().id, Some(incident(1)));
    }
}

fn incident(number: u128) -> IncidentId {
    IncidentId::from_uuid(id(number))
}

fn person_id(number: u128) -> AffectedPersonId {
    AffectedPersonId::from_uuid(id(number))
}

fn person(number: u128) -> AffectedPerson {
    AffectedPerson {
        id: person_id(number),
        case_reference: None,
        kind: AffectedPersonKind::Patient,
        name: None,
        contact: None,
        harm: HarmGrade::default(),
    }
}

fn grade(physical: PhysicalHarm) -> HarmGrade {
    HarmGrade { physical: Some(physical), ..HarmGrade::default() }
}

fn grading(physical: PhysicalHarm) -> HarmGrading {
    HarmGrading { person: person_id(1), grade: grade(physical), graded_by_role: None, reason: None }
}

/// Incident 1, in which person 1 was affected.
fn report() -> Report {
    Report {
        id: incident(1),
        reference: reference("INC-2026-001"),
        kind: IncidentKind::PatientSafetyIncident,
        incident_date: None,
        place: Place::default(),
        narrative: Personal::Known(text("the wrong dose was given")),
        immediate_actions: None,
        reporter: Some(Reporter {
            identity: ReporterIdentity::Named,
            role: Some(text("staff nurse")),
            name: Some(Personal::Known(text("A. Nurse"))),
            contact: None,
        }),
        affected_persons: vec![person(1)],
        source: None,
        source_candour_flag: false,
    }
}

fn reported() -> Event {
    Event::IncidentReported(report())
}

fn closed() -> Event {
    Event::IncidentClosed(Closure { reason: None, closed_by: None })
}

fn reopened() -> Event {
    Event::IncidentReopened { reason: text("new facts") }
}

fn in_error() -> Event {
    Event::IncidentRecordedInError { reason: text("test entry") }
}

/// One of each, all of which would be accepted by an open incident but the reopening.
fn commands_after_the_report() -> Vec<Command> {
    vec![
        Command::AmendIncident(Amendment { kind: Some(IncidentKind::Risk), ..Amendment::default() }),
        Command::AddAffectedPerson(person(2)),
        Command::GradeHarm(grading(PhysicalHarm::Low)),
        Command::LinkDuplicate(DuplicateLink { duplicate_of: incident(2), same_reporter: true }),
        Command::CloseIncident(Closure { reason: None, closed_by: None }),
        Command::ReopenIncident { reason: text("new facts") },
        Command::RecordedInError { reason: text("test entry") },
        Command::SetSourceCandourFlag { flag: true },
    ]
}
