//! The worklist, each rule by its identifier; days are in 2026 and the nation is England.

use super::{ActionUnit, CandourUnit, Day, FeedbackUnit, Unit, WorkItem, WorkKind, fixtures::*};
use crate::{
    action::{Effectiveness, Event as Action, Owner},
    incident::ReporterIdentity::Named,
    policy::Standing,
    text::Line,
};

fn work(unit: Unit<'_>, as_of: &str) -> Vec<WorkItem> {
    unit.work(Day { as_of: d(as_of), rules: rules(), in_words: true })
}

fn of_action(unit: &ActionUnit, as_of: &str) -> Vec<WorkItem> {
    work(Unit::Action(unit, &[recommendation_of("RC1")]), as_of)
}

fn recommendation_of(name: &str) -> super::RecommendationUnit {
    recommendation(name, "01-05", Some(("01-06", true)), Vec::new())
}

fn of_reporter(unit: &FeedbackUnit, as_of: &str) -> Vec<WorkItem> {
    work(Unit::Reporter(unit), as_of)
}

fn of_case(unit: &CandourUnit, as_of: &str) -> Vec<WorkItem> {
    work(Unit::Case(unit), as_of)
}

fn kinds(items: &[WorkItem]) -> Vec<WorkKind> {
    items.iter().map(|item| item.kind).collect()
}

fn item(items: &[WorkItem], kind: WorkKind) -> &WorkItem {
    items.iter().find(|item| item.kind == kind).unwrap_or_else(|| panic!("no {kind} in {items:#?}"))
}

fn grounds(item: &WorkItem) -> Vec<(Standing, Option<jiff::civil::Date>)> {
    let day = |deadline: &super::Deadline| deadline.due.map(|due| due.date().unwrap());
    item.deadlines.iter().map(|deadline| (deadline.standing, day(deadline))).collect()
}

// Learning.

#[test]
fn act_1_what_an_open_action_lacks_is_said_and_nobody_is_responsible() {
    let Action::ActionAgreed(mut nobodys) = agreed("A1", None, None, None) else { unreachable!() };
    nobodys.owner = None;
    let found = of_action(&action("A1", "RC1", vec![("03-02", Action::ActionAgreed(nobodys))]), "03-03");
    assert_eq!(kinds(&found), [WorkKind::Implementation]);
    let missing = [
        "an owner",
        "a target date",
        "a measure",
        "somebody who oversees it",
        "a report that it is implemented, with evidence (ACT-3)",
    ];
    assert_eq!(
        (found[0].missing.as_slice(), found[0].unowned, found[0].due_on()),
        (&missing.map(str::to_owned)[..], true, None)
    );
    assert_eq!(found[0].next_step, "make somebody responsible");

    let owner = Owner { role: text("matron"), team: Some(text("Ward 7")), directorate: None, person: None };
    let events =
        vec![("03-02", agreed("A1", Some("04-30"), None, None)), ("03-04", Action::OwnerAssigned(owner))];
    let found = of_action(&action("A1", "RC1", events), "05-01");
    let owner =
        (found[0].owner_role.as_ref().map(Line::as_str), found[0].owner_team.as_ref().map(Line::as_str));
    assert_eq!(owner, (Some("matron"), Some("Ward 7")));
    assert_eq!(
        (found[0].unowned, found[0].due_on(), found[0].days_overdue(d("05-01"))),
        (false, Some(d("04-30")), Some(1))
    );
    assert_eq!(found[0].days_overdue(d("04-30")), None, "on the day counts as in time");
}

#[test]
fn act_4_a_target_moved_too_late_is_shown_and_changes_no_due_date() {
    let events = vec![("03-02", agreed("A1", Some("04-30"), None, None)), ("05-04", moved("07-31"))];
    let found = of_action(&action("A1", "RC1", events), "06-01");
    assert_eq!(found[0].due_on(), Some(d("04-30")));
    assert!(
        found[0].detail.ends_with("the target was moved to 2026-07-31 after it had passed"),
        "{}",
        found[0].detail
    );
}

#[test]
fn an_action_is_to_be_implemented_then_verified_then_reviewed_and_again_where_it_does_not_work() {
    let events = vec![
        ("03-02", agreed("A1", Some("04-30"), None, None)),
        ("04-20", implemented("04-18")),
        ("04-27", verified("04-18")),
        ("07-20", reviewed(Effectiveness::NotEffective, None)),
    ];
    let unit = action("A1", "RC1", events);
    let on = |day| of_action(&unit, day).iter().map(|item| (item.kind, item.due_on())).collect::<Vec<_>>();
    assert_eq!(on("04-19"), [(WorkKind::Implementation, Some(d("04-30")))]);
    assert_eq!(on("04-20"), [(WorkKind::Verification, Some(d("04-30")))]);
    // R6: three months after implementation.
    assert_eq!(on("04-27"), [(WorkKind::EffectivenessReview, Some(d("07-18")))]);
    assert_eq!(on("07-20"), [(WorkKind::Implementation, Some(d("04-30")))]);
    let gone = vec![("03-02", agreed("A1", Some("04-30"), None, None)), ("03-10", withdrawn())];
    assert_eq!(of_action(&action("A1", "RC1", gone), "06-01"), []);
}

#[test]
fn what_nothing_was_recorded_about_for_more_than_sixty_days_is_stalled() {
    let unit = |events| of_action(&action("A1", "RC1", events), "05-31")[0].stalled_from;
    let agreement = ("03-02", agreed("A1", Some("12-31"), None, None));
    assert_eq!(unit(vec![agreement.clone()]), Some(d("05-02")));
    let noted = ("04-01", Action::ProgressNoted { note: text("half done") });
    assert_eq!(unit(vec![agreement, noted]), Some(d("06-01")));
    let made = recommendation("RC1", "03-02", None, Vec::new());
    let found = work(Unit::Recommendation(&made), "03-02");
    assert_eq!((found[0].kind, found[0].stalled_from), (WorkKind::RecommendationAnswer, Some(d("05-02"))));
}

#[test]
fn an_accepted_recommendation_without_a_live_action_and_an_action_under_a_rejected_one_are_work() {
    let left = action("A1", "RC1", vec![("03-02", agreed("A1", None, None, None)), ("03-10", withdrawn())]);
    let accepted = recommendation("RC1", "02-02", Some(("02-09", true)), vec![left]);
    assert_eq!(kinds(&work(Unit::Recommendation(&accepted), "03-05")), []);
    assert_eq!(kinds(&work(Unit::Recommendation(&accepted), "03-10")), [WorkKind::ActionToAgree]);
    let rejected = [recommendation("RC1", "02-02", Some(("03-09", false)), Vec::new())];
    let live = action("A1", "RC1", vec![("03-02", agreed("A1", None, None, None))]);
    let found = work(Unit::Action(&live, &rejected), "03-09");
    assert_eq!(kinds(&found), [WorkKind::Implementation, WorkKind::Contradiction]);
    assert_eq!(item(&found, WorkKind::Contradiction).reason, Some(text("already done")));
    assert_eq!(work(Unit::Recommendation(&rejected[0]), "03-09"), []);
}

// Reporters.

#[test]
fn f_1_f_2_f_4_a_reporter_is_to_be_acknowledged_kept_informed_and_told() {
    let feedback = vec![("03-06", acknowledged()), ("05-04", told())];
    let unit = reporter("P1", "03-02", Named, vec![("04-13", closed())], feedback);
    let on = |day| of_reporter(&unit, day).iter().map(|item| (item.kind, item.due_on())).collect::<Vec<_>>();
    let outcome = |due| (WorkKind::OutcomeToReporter, Some(d(due)));
    assert_eq!(on("03-02"), [(WorkKind::Acknowledgement, Some(d("03-04"))), outcome("05-31")]);
    assert_eq!(on("03-06"), [(WorkKind::Progress, Some(d("04-05"))), outcome("05-31")]);
    // Ten working days after the closing.
    assert_eq!(on("04-13"), [outcome("04-27")]);
    // A closure notice tells neither: nothing of it is rescued by that the incident is closed.
    assert_eq!(
        of_reporter(&unit, "04-13")[0].missing,
        ["what was found", "what changed, or why nothing did"]
    );
    assert_eq!(on("05-04"), []);
}

#[test]
fn section_6_0_a_reporter_who_left_after_the_due_date_is_still_to_be_told() {
    let feedback = |day| vec![("03-03", acknowledged()), (day, unreachable())];
    let in_time = reporter("P1", "03-02", Named, vec![("03-16", closed())], feedback("03-30"));
    assert_eq!(of_reporter(&in_time, "06-30"), []);
    let late = reporter("P1", "03-02", Named, vec![("03-16", closed())], feedback("03-31"));
    let found = of_reporter(&late, "06-30");
    assert_eq!((kinds(&found), found[0].due_on()), (vec![WorkKind::OutcomeToReporter], Some(d("03-30"))));
    assert_eq!(found[0].reason, Some(text("left the trust, mail returned")));
    assert_eq!(found[0].next_step, "left after its due date: try another way to tell the outcome");
}

// Duty of candour.

#[test]
fn e_6_what_is_missing_of_the_first_notification_is_said_to_the_last_element() {
    let events = vec![("03-27", notifiable("03-27")), ("04-01", notified(apology_only()))];
    let unit = candour_case("N1", moderate("N1", "03-27"), events, None);
    let found = of_case(&unit, "04-02");
    let first = item(&found, WorkKind::FirstNotification);
    assert_eq!(
        first.missing,
        [
            "the relevant person (E-10)",
            "an account of the facts known (20(3)(b))",
            "the further enquiries, or why none (20(3)(c))",
            "an offer of support (20(2)(b))",
            "a written record (20(3)(e))",
        ]
    );
    assert_eq!(first.detail, "begun 2026-04-01, incomplete");
    let complete = vec![("03-27", notifiable("03-27")), ("04-01", notified(full_contact()))];
    let unit = candour_case("N1", moderate("N1", "03-27"), complete, None);
    assert_eq!(kinds(&of_case(&unit, "04-02")), [WorkKind::WrittenNotification, WorkKind::EnquiryResults]);
}

#[test]
fn e_12_law_contract_and_local_default_are_grounds_of_their_own_and_e_13_drops_the_clock_from_the_report() {
    let unit = candour_case("N1", moderate("N1", "03-26"), vec![("03-27", notifiable("03-27"))], None);
    let found = of_case(&unit, "04-02");
    let first = item(&found, WorkKind::FirstNotification);
    let standings: Vec<_> = first.deadlines.iter().map(|deadline| deadline.standing).collect();
    assert_eq!(standings, [Standing::Law, Standing::Contract, Standing::LocalDefault]);
    assert_eq!(first.deadlines[0].due, None, "the statute sets no number of days");
    // The earlier of the two clocks counts.
    assert_eq!(first.due_on(), first.deadlines[1].due.and_then(super::Due::date));
    assert!(first.deadlines[1].due.unwrap().date() < first.deadlines[2].due.unwrap().date());

    let low = harm(crate::incident::PhysicalHarm::Low);
    let incident = vec![
        ("03-02", reported("N6", None, low)),
        ("06-01", regraded("N6", low, harm(crate::incident::PhysicalHarm::Moderate))),
    ];
    let late = candour_case("N6", incident, vec![("06-01", notifiable("06-01"))], None);
    let found = of_case(&late, "06-02");
    let first = item(&found, WorkKind::FirstNotification);
    assert_eq!(grounds(first), [(Standing::Law, None), (Standing::LocalDefault, Some(d("06-15")))]);
    assert!(first.detail.ends_with("recognised late"), "{}", first.detail);
}

#[test]
fn e_7_a_letter_without_an_apology_counts_for_nothing_and_leaves_everything_missing() {
    let without = crate::candour_case::LetterCovers { apology: false, ..first_letter() };
    let events = |covers| {
        vec![("03-27", notifiable("03-27")), ("04-01", notified(full_contact())), ("04-08", letter(covers))]
    };
    let unit = candour_case("N1", moderate("N1", "03-27"), events(without), Some("05-05"));
    let found = of_case(&unit, "05-06");
    assert_eq!(kinds(&found), [WorkKind::WrittenNotification, WorkKind::EnquiryResults]);
    assert_eq!(
        found[0].missing,
        [
            "the facts (20(4)(a))",
            "the enquiries to be undertaken, or why none (20(4)(b))",
            "an apology in the letter (20(4)(d))",
        ]
    );
    assert!(found[0].detail.ends_with("of the designated person: 1"), "{}", found[0].detail);
    assert_eq!(found[1].detail, "report signed off 2026-05-05");
    let unit = candour_case("N1", moderate("N1", "03-27"), events(first_letter()), None);
    let found = of_case(&unit, "05-06");
    assert_eq!((kinds(&found), found[0].due_on()), (vec![WorkKind::EnquiryResults], None));
    assert!(found[0].next_step.starts_with("have the report signed off"), "{}", found[0].next_step);
}

#[test]
fn e_8_leaving_in_time_takes_the_due_date_away_leaving_later_does_not_and_reopening_begins_anew() {
    let case = |events| candour_case("N1", moderate("N1", "04-20"), events, None);
    let in_time = case(vec![("04-21", notifiable("04-20")), ("05-01", declined())]);
    let found = of_case(&in_time, "06-30");
    assert_eq!((kinds(&found), found[0].due_on()), (vec![WorkKind::LeftUnder20Paragraph5], None));
    let late = case(vec![("04-21", notifiable("04-20")), ("05-06", not_contactable())]);
    let found = of_case(&late, "06-30");
    assert_eq!((found[0].kind, found[0].due_on()), (WorkKind::LeftUnder20Paragraph5, Some(d("05-05"))));
    assert_eq!(found[0].reason, Some(text("three attempts")));
    let again =
        case(vec![("04-21", notifiable("04-20")), ("05-01", declined()), ("06-01", taken_up_again())]);
    let found = of_case(&again, "06-02");
    let first = item(&found, WorkKind::FirstNotification);
    assert_eq!(first.due_on(), Some(d("06-15")), "ten working days from the reopening");
}

#[test]
fn e_9_x_1_a_local_exemption_stays_overdue_and_c_1_a_prompt_asks_for_a_decision_until_there_is_one() {
    let events = vec![("05-13", notifiable("05-13")), ("05-20", exempted())];
    let found = of_case(&candour_case("N8", moderate("N8", "05-11"), events, None), "06-30");
    assert_eq!((kinds(&found), found[0].due_on()), (vec![WorkKind::ExemptedLocally], Some(d("05-28"))));
    assert_eq!(found[0].owner_role, Some(text("medical director")));

    let low = harm(crate::incident::PhysicalHarm::Low);
    let mut incident = moderate("N10", "06-08");
    incident.push(("06-20", regraded("N10", harm(crate::incident::PhysicalHarm::Moderate), low)));
    let unit = candour_case("N10", incident, vec![("06-25", not_notifiable())], None);
    let on = |day| kinds(&of_case(&unit, day));
    assert_eq!(on("06-19"), [WorkKind::CandourDecision]);
    assert_eq!(on("06-20"), [WorkKind::CandourDecision, WorkKind::HarmDowngraded]);
    assert_eq!(on("06-25"), [WorkKind::HarmDowngraded]);
    let harmless = vec![("06-08", reported("N12", None, low))];
    assert_eq!(of_case(&candour_case("N12", harmless, vec![], None), "06-30"), []);
}
