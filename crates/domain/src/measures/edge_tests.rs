//! The rules of actions and reporters beside the worked example, and what holds for all of them, each by its identifier.
//! As there, days are in 2026 and the nation is England.

use super::{
    ActionStanding, ActionUnit, DONE_EARLY, Due, OUTSIDE_CALENDAR,
    Outcome::{Excluded, Listed, Met, NotMet, NotYetDue},
    Period, RecommendationState, RecordingFlags, ReporterClass,
    fixtures::*,
    recommendations, recording_flags, reporters,
    reporters::ExitEffect,
};
use crate::{
    CorrectionChange,
    action::{Action, Effectiveness, Event as ActionEvent, MeasurePlan, Status},
    incident::{
        Event as IncidentEvent, PhysicalHarm,
        ReporterIdentity::{Anonymous, Named},
    },
};

fn with_target(name: &str, target: &str) -> ActionEvent {
    agreed(name, Some(target), None, None)
}

// Actions.

#[test]
fn section_6_0_an_action_that_left_on_its_target_left_in_time_and_a_day_later_it_stays() {
    let units = of_actions(vec![
        action("A1", "RC1", vec![("03-02", with_target("A1", "04-30")), ("04-30", withdrawn())]),
        action("A2", "RC1", vec![("03-02", with_target("A2", "04-30")), ("05-01", withdrawn())]),
        action("A3", "RC1", vec![("03-02", agreed("A3", None, None, None)), ("05-01", withdrawn())]),
    ]);
    let figures = units.figures(None, "06-30");
    for figure in ["R1", "R2 original target", "R2 effective target"] {
        assert_eq!(figures.ratio(figure), "0/1", "{figure}");
        assert_eq!(figures.with(figure, NotMet), "A2", "{figure}");
    }
    assert_eq!(figures.with("R1", Excluded), "A1 A3");
    assert_eq!(figures.with("R2 effective target", Excluded), "A1");
    assert_eq!(figures.detail("R1", "A2"), "withdrawn 2026-05-01, after its target");
    assert_eq!(figures.ratio("R3"), "0/-");
}

#[test]
fn act_4_a_move_on_the_target_day_counts_and_one_after_it_never_again() {
    let unit = |first, second| {
        let events =
            vec![("03-02", with_target("A1", "04-30")), (first, moved("05-31")), (second, moved("07-31"))];
        action_on(&action("A1", "RC1", events), "06-30")
    };
    let targets = |standing: &ActionStanding| {
        [standing.original_target, standing.effective_target, standing.current_target]
            .map(|target| target.unwrap().value)
    };
    // On the day it is not passed.
    assert_eq!(targets(&unit("04-30", "05-31")), [d("04-30"), d("07-31"), d("07-31")]);
    // Passed: neither this move nor a later one before the new date brings the target back.
    let late = unit("05-01", "05-15");
    assert_eq!(targets(&late), [d("04-30"), d("04-30"), d("07-31")]);
    assert_eq!(late.days_overdue, Some(61));
    assert_eq!(late.moves.iter().map(|change| change.days_added).collect::<Vec<_>>(), [31, 61]);
    assert!(late.moves.iter().all(|change| change.after_target_passed));
}

#[test]
fn act_4_the_first_target_after_a_review_opened_the_action_again_counts_though_the_old_one_had_passed() {
    let unit = |set, later: Vec<(&'static str, ActionEvent)>| {
        let mut events = vec![
            ("01-05", with_target("A1", "03-31")),
            ("03-16", implemented("03-16")),
            ("03-20", verified("03-16")),
            ("06-05", reviewed(Effectiveness::NotEffective, None)),
            (set, moved("08-31")),
        ];
        events.extend(later);
        action("A1", "RC1", events)
    };
    let effective = |unit: &ActionUnit, as_of| {
        let standing = action_on(unit, as_of);
        (standing.effective_target.unwrap().value, standing.days_overdue)
    };
    for set in ["06-05", "06-20"] {
        let reopened = unit(set, vec![]);
        assert_eq!(effective(&reopened, set), (d("08-31"), None));
        assert_eq!(effective(&reopened, "08-31"), (d("08-31"), None));
        assert_eq!(effective(&reopened, "09-01"), (d("08-31"), Some(1)));
        assert_eq!(action_on(&reopened, "09-01").original_target.unwrap().value, d("03-31"));
        assert!(!action_on(&reopened, "09-01").moves[0].after_target_passed);
    }
    // Until it is set, the action is overdue by the target that passed; only the first move after the review is a fresh target.
    assert_eq!(effective(&unit("06-20", vec![]), "06-19"), (d("03-31"), Some(80)));
    assert_eq!(effective(&unit("06-20", vec![("08-31", moved("10-31"))]), "09-01"), (d("10-31"), None));
    assert_eq!(effective(&unit("06-20", vec![("09-01", moved("10-31"))]), "09-01"), (d("08-31"), Some(1)));
    let figures =
        of_actions(vec![unit("06-20", vec![("08-20", implemented("08-20")), ("08-25", verified("08-20"))])])
            .figures(None, "09-30");
    assert_eq!(figures.ratio("R2 effective target"), "1/1");
    assert_eq!(figures.ratio("R2 original target"), "0/1");
}

#[test]
fn section_6_0_on_its_target_day_an_action_is_not_yet_due_and_overdue_from_the_day_after() {
    let unit = |name| action(name, "RC1", vec![("03-02", with_target(name, "04-30"))]);
    let units = of_actions(vec![unit("A1")]);
    assert_eq!(units.figures(None, "04-29").with("R2 effective target", NotYetDue), "A1");
    let on_the_day = units.figures(None, "04-30");
    assert_eq!(on_the_day.with("R2 effective target", NotYetDue), "A1");
    assert_eq!(on_the_day.ratio("R2 effective target"), "0/0");
    assert_eq!(on_the_day.ratio("R3"), "0/-");
    assert_eq!(action_on(&units.actions[0], "04-30").days_overdue, None);
    assert_eq!(units.figures(None, "05-01").days("R3", NotMet), "A1:1");
    assert_eq!(units.figures(None, "05-01").days("R2 effective target", NotMet), "A1:1");
    // Days past 30 April: 30 and 31, 90 and 91, 180 and 181.
    for (as_of, band) in [
        ("05-30", "1–30 days"),
        ("05-31", "31–90 days"),
        ("07-29", "31–90 days"),
        ("07-30", "91–180 days"),
        ("10-27", "91–180 days"),
        ("10-28", "over 180 days"),
    ] {
        assert_eq!(units.figures(None, as_of).count("R3", band), 1, "{as_of}");
    }
}

#[test]
fn r2_on_the_target_day_verified_has_met_it_and_reported_only_is_not_yet_due() {
    let unit = |name, verification: Option<&'static str>| {
        let mut events = vec![("03-02", with_target(name, "04-30")), ("04-30", implemented("04-30"))];
        events.extend(verification.map(|on| (on, verified("04-30"))));
        action(name, "RC1", events)
    };
    let units = of_actions(vec![unit("A1", Some("04-30")), unit("A2", None)]);
    for figure in ["R2 original target", "R2 effective target"] {
        let on_the_day = units.figures(None, "04-30");
        assert_eq!(on_the_day.ratio(figure), "1/1", "{figure}");
        assert_eq!(on_the_day.with(figure, NotYetDue), "A2", "{figure}");
        let after = units.figures(None, "05-01");
        assert_eq!((after.ratio(figure).as_str(), after.count(figure, "reported, not verified")), ("1/2", 1));
    }
}

#[test]
fn r2_verified_on_the_target_day_is_not_verified_after_it() {
    let unit = |name, on| {
        action(
            name,
            "RC1",
            vec![
                ("03-02", with_target(name, "04-30")),
                ("04-20", implemented("04-20")),
                (on, verified("04-20")),
            ],
        )
    };
    let figures = of_actions(vec![unit("A1", "04-30"), unit("A2", "05-01")]).figures(None, "06-30");
    assert_eq!(figures.ratio("R2 effective target"), "2/2");
    assert_eq!(figures.count("R2 effective target", "on time, verified after the target"), 1);
    assert_eq!(figures.days("R2 on time, verified after the target", Listed), "A2:1");
}

#[test]
fn r3_what_nobody_owns_is_counted_beside_its_band() {
    let mut unit = action("A1", "RC1", vec![("03-02", with_target("A1", "04-30"))]);
    if let ActionEvent::ActionAgreed(agreement) = &mut unit.history[0].event {
        agreement.owner = None;
    }
    let units = of_actions(vec![unit]);
    let figures = units.figures(None, "06-30");
    assert_eq!((figures.count("R3", "unowned"), figures.count("R3", "31–90 days")), (1, 1));
    let figures = units.figures(None, "04-30");
    assert_eq!((figures.count("R3", "unowned"), figures.ratio("R3").as_str()), (1, "0/-"));
}

#[test]
fn r5_the_first_target_is_no_move_and_a_target_brought_forward_adds_negative_days() {
    let units = of_actions(vec![
        action("A1", "RC1", vec![("03-02", agreed("A1", None, None, None)), ("03-10", moved("04-30"))]),
        action("A2", "RC1", vec![("03-02", with_target("A2", "04-30")), ("03-10", moved("04-20"))]),
    ]);
    let figures = units.figures(None, "06-30");
    assert_eq!(figures.ratio("R5"), "1/2");
    assert_eq!(figures.statistics("R5"), "days added -10");
    let first = action_on(&units.actions[0], "06-30");
    assert_eq!(first.original_target.unwrap().value, d("04-30"));
    assert_eq!(first.days_overdue, Some(61));
}

#[test]
fn r6_not_effective_opens_the_action_again_and_it_stays_in_the_denominator() {
    let unit = action(
        "A1",
        "RC1",
        vec![
            ("01-05", agreed("A1", Some("03-31"), None, Some("06-01"))),
            ("03-16", implemented("03-16")),
            ("03-20", verified("03-16")),
            ("06-05", reviewed(Effectiveness::NotEffective, None)),
        ],
    );
    let standing = action_on(&unit, "06-30");
    assert_eq!((standing.status, standing.verified, standing.reported), (Status::Open, None, None));
    let recommended = recommendation("RC1", "01-02", Some(("01-03", true)), vec![unit.clone()]);
    let state = |as_of| recommendations::standing(&recommended, d(as_of), rules()).unwrap().state;
    assert_eq!(state("06-04"), RecommendationState::Implemented);
    assert_eq!(state("06-05"), RecommendationState::InProgress);
    let figures = of_actions(vec![unit]).figures(None, "06-30");
    assert_eq!(figures.ratio("R1"), "0/1");
    assert_eq!(figures.ratio("R2 effective target"), "0/1");
    assert_eq!(figures.days("R3", NotMet), "A1:91");
    assert_eq!(figures.ratio("R4"), "-/0");
    assert_eq!(figures.ratio("R6"), "0/1");
    assert_eq!(figures.count("R6", "not effective"), 1);
    assert_eq!(figures.count("R6", "reviewed"), 1);
}

#[test]
fn r6_the_review_date_before_the_review_is_the_one_that_places_it() {
    let unit = action(
        "A1",
        "RC1",
        vec![
            ("01-05", with_target("A1", "03-31")),
            ("03-16", implemented("03-16")),
            ("03-20", verified("03-16")),
            ("06-10", reviewed(Effectiveness::Effective, Some("12-01"))),
        ],
    );
    let units = of_actions(vec![unit]);
    // Three months after implementation: not due on 15 June though it was reviewed, due on the 16th, and still there in November.
    assert_eq!(units.figures(None, "06-15").ratio("R6"), "0/0");
    assert_eq!(units.figures(None, "06-16").ratio("R6"), "1/1");
    assert_eq!(units.figures(None, "11-30").ratio("R6"), "1/1");
    let later = units.figures(None, "12-31");
    assert_eq!((later.ratio("R6").as_str(), later.count("R6", "reviewed")), ("1/1", 0));
    assert_eq!(
        later.detail("R6", "A1"),
        "effective, reviewed 2026-06-10; a further review was due 2026-12-01"
    );
    // The period of June, looked at in December, still has the review that was due in June.
    let june = Period { from: Some(d("06-01")), until: Some(d("06-30")) };
    let june = Figures(super::figures(&[], &units.actions, &[], &[], june, d("12-31"), rules()));
    assert_eq!((june.ratio("R6").as_str(), june.count("R6", "reviewed")), ("1/1", 1));
}

#[test]
fn r6_a_review_date_set_later_takes_the_place_of_the_agreed_one() {
    let unit = action(
        "A1",
        "RC1",
        vec![
            ("01-05", agreed("A1", Some("03-31"), None, Some("05-01"))),
            ("03-16", implemented("03-16")),
            ("03-20", verified("03-16")),
            (
                "04-01",
                ActionEvent::ActionMeasureSet(MeasurePlan {
                    review_on: Some(d("09-01")),
                    ..MeasurePlan::default()
                }),
            ),
        ],
    );
    assert_eq!(action_on(&unit, "03-31").open_review().unwrap().due, d("05-01"));
    assert_eq!(action_on(&unit, "04-01").open_review().unwrap().due, d("09-01"));
}

#[test]
fn r6_a_review_date_before_the_implementation_is_no_review_date() {
    let unit = |review_on| {
        let events = vec![
            ("01-05", agreed("A1", Some("03-31"), None, Some(review_on))),
            ("03-16", implemented("03-16")),
            ("03-20", verified("03-16")),
        ];
        action_on(&action("A1", "RC1", events), "03-31").open_review().unwrap().due
    };
    assert_eq!(unit("03-15"), d("06-16"), "three months after implementation");
    assert_eq!(unit("03-16"), d("03-16"));
    // The next review agreed when the action was opened again, before it was implemented anew.
    let again = action(
        "A1",
        "RC1",
        vec![
            ("01-05", with_target("A1", "03-31")),
            ("03-16", implemented("03-16")),
            ("03-20", verified("03-16")),
            ("06-05", reviewed(Effectiveness::NotEffective, Some("07-01"))),
            ("08-20", implemented("08-20")),
            ("08-25", verified("08-20")),
        ],
    );
    assert_eq!(action_on(&again, "09-30").open_review().unwrap().due, d("11-20"));
}

#[test]
fn act_1_and_act_5_incomplete_and_closed_are_counted_beside_r1() {
    const INCOMPLETE: &str = "incomplete: owner, target date, measure or monitor missing";
    let complete = |name: &str, target| {
        let mut event = agreed(name, target, None, None);
        if let ActionEvent::ActionAgreed(agreement) = &mut event {
            agreement.plan.monitor = Some(text("medicines safety group"));
            agreement.plan.measure = Some(crate::action::Measure {
                name: text("audit"),
                definition: None,
                kind: None,
                target: None,
                frequency: None,
            });
        }
        event
    };
    let closed = || ActionEvent::ActionClosed { reason: None };
    let units = of_actions(vec![
        action("A1", "RC1", vec![("03-02", complete("A1", Some("04-30")))]),
        action("A2", "RC1", vec![("03-02", complete("A2", None))]),
        action(
            "A3",
            "RC1",
            vec![("03-02", complete("A3", None)), ("03-03", withdrawn()), ("03-04", closed())],
        ),
        action(
            "A4",
            "RC1",
            vec![
                ("03-02", complete("A4", Some("04-30"))),
                ("03-16", implemented("03-16")),
                ("03-20", verified("03-16")),
                ("03-25", closed()),
                ("06-20", reviewed(Effectiveness::NotEffective, None)),
            ],
        ),
    ]);
    let before = units.figures(None, "06-19");
    assert_eq!(before.ratio("R1"), "1/3");
    assert_eq!((before.count("R1", INCOMPLETE), before.count("R1", "closed")), (1, 1));
    assert_eq!(before.detail("R1", "A2"), "open; incomplete: no target date");
    assert_eq!(
        before.detail("R1", "A4"),
        "implemented 2026-03-16, verified 2026-03-20; file closed 2026-03-25"
    );
    // Not effective: open again, and closed no longer.
    let after = units.figures(None, "06-20");
    assert_eq!((after.ratio("R1").as_str(), after.count("R1", "closed")), ("0/3", 0));
    assert_eq!(action_on(&units.actions[3], "06-20").closed, None);
}

#[test]
fn act_2_a_refused_verification_opens_the_action_again() {
    let unit = action(
        "A1",
        "RC1",
        vec![
            ("01-05", with_target("A1", "03-31")),
            ("03-16", implemented("03-16")),
            ("03-20", ActionEvent::VerificationRefused { reason: text("no evidence on the ward") }),
        ],
    );
    assert_eq!(action_on(&unit, "03-19").status, Status::ReportedImplemented);
    let refused = action_on(&unit, "04-10");
    assert_eq!((refused.status, refused.days_overdue), (Status::Open, Some(10)));
    let figures = of_actions(vec![unit]).figures(None, "04-10");
    assert_eq!(figures.count("R1", "reported, not verified"), 0);
    assert_eq!(figures.days("R3", NotMet), "A1:10");
}

#[test]
fn r0_only_reported_is_stated_and_all_left_is_withdrawn() {
    let state = |actions| {
        let unit = recommendation("RC1", "01-02", Some(("01-03", true)), actions);
        recommendations::standing(&unit, d("06-30"), rules()).unwrap().state
    };
    let gone = action("A1", "RC1", vec![("01-05", with_target("A1", "03-31")), ("02-01", withdrawn())]);
    let stated =
        action("A2", "RC1", vec![("01-05", with_target("A2", "03-31")), ("03-16", implemented("03-16"))]);
    let open = action("A3", "RC1", vec![("01-05", with_target("A3", "03-31"))]);
    let works = action(
        "A4",
        "RC1",
        vec![
            ("01-05", with_target("A4", "03-31")),
            ("03-16", implemented("03-16")),
            ("03-20", verified("03-16")),
            ("06-20", reviewed(Effectiveness::Effective, None)),
        ],
    );
    assert_eq!(state(vec![]), RecommendationState::AcceptedNoAction);
    assert_eq!(state(vec![gone.clone()]), RecommendationState::ActionsAllWithdrawn);
    assert_eq!(state(vec![gone.clone(), stated.clone()]), RecommendationState::StatedAwaitingVerification);
    assert_eq!(state(vec![works.clone(), stated, open]), RecommendationState::InProgress);
    assert_eq!(state(vec![works, gone]), RecommendationState::Effective);
}

#[test]
fn act_5_closing_the_file_changes_no_figure() {
    let open = vec![("03-02", with_target("A1", "04-30")), ("05-10", withdrawn())];
    let mut closed = open.clone();
    closed.push(("05-11", ActionEvent::ActionClosed { reason: None }));
    let figures = |events| of_actions(vec![action("A1", "RC1", events)]).figures(None, "06-30");
    let (before, after) = (figures(open), figures(closed));
    for id in ["R2 original target", "R2 effective target", "R3", "R4", "R5", "R6", "R7"] {
        assert_eq!(before.get(id), after.get(id), "{id}");
    }
    assert_eq!(before.ratio("R1"), after.ratio("R1"));
    assert_eq!((before.count("R1", "closed"), after.count("R1", "closed")), (0, 1));
}

#[test]
fn corrections_a_struck_verification_and_a_restated_implementation_date_count_as_corrected() {
    let unit = action(
        "A1",
        "RC1",
        vec![
            ("03-02", with_target("A1", "04-30")),
            ("04-20", implemented("04-20")),
            ("04-25", verified("04-20")),
        ],
    );
    let with = |change| {
        let history = corrected::<Action>(unit.history.clone(), 2, change);
        of_actions(vec![ActionUnit { history, ..unit.clone() }]).figures(None, "06-30")
    };
    assert_eq!(with(CorrectionChange::Struck).ratio("R2 effective target"), "0/1");
    assert_eq!(with(CorrectionChange::Struck).count("R1", "reported, not verified"), 1);
    let restated = with(CorrectionChange::StatedDate(d("05-04")));
    assert_eq!(restated.days("R2 effective target", NotMet), "A1:4");
    assert_eq!(restated.days("R4", Met), "A1:63");
    // Verified later than first said: not verified yet as of the day between.
    let history = corrected::<Action>(unit.history.clone(), 2, CorrectionChange::OccurredAt(at("05-20")));
    let redated = of_actions(vec![ActionUnit { history, ..unit }]);
    assert_eq!(redated.figures(None, "05-10").ratio("R1"), "0/1");
    assert_eq!(redated.figures(None, "05-20").ratio("R1"), "1/1");
}

#[test]
fn x1_a_live_action_under_a_rejected_recommendation_or_under_none_on_record_is_listed() {
    let live = |name: &str, under| action(name, under, vec![("03-02", with_target(name, "12-31"))]);
    let mut two = live("A3", "RC1");
    two.source = crate::action::ActionSource::Recommendations(vec![key("RC1"), key("RC9")]);
    let mut left = live("A4", "RC2");
    left.history = history("A4", vec![("03-02", with_target("A4", "12-31")), ("03-20", withdrawn())]);
    let done = action(
        "A5",
        "RC2",
        vec![
            ("03-02", with_target("A5", "12-31")),
            ("03-16", implemented("03-16")),
            ("03-20", verified("03-16")),
        ],
    );
    let mut direct = live("A6", "RC9");
    direct.source = crate::action::ActionSource::Incident(crate::identifier::IncidentId::from_uuid(id("P1")));
    let actions = vec![live("A1", "RC2"), live("A2", "RC9"), two, left, done, direct];
    let recommendations = vec![
        recommendation("RC1", "02-01", Some(("02-10", true)), vec![]),
        recommendation("RC2", "02-01", Some(("03-10", false)), vec![]),
    ];
    let on =
        |as_of| Figures(super::figures(&recommendations, &actions, &[], &[], Period::ALL, d(as_of), rules()));
    assert_eq!(on("03-09").with("X1 contradiction", Listed), "A2");
    let figures = on("06-30");
    assert_eq!(figures.with("X1 contradiction", Listed), "A1 A2 A5");
    assert_eq!(figures.detail("X1 contradiction", "A1"), "recommendation: under RC2, rejected 2026-03-10");
    assert_eq!(
        figures.detail("X1 contradiction", "A2"),
        "recommendation: no recommendation it stands under is on record"
    );
}

// Reporters.

#[test]
fn f0_an_anonymous_reporter_with_a_receipt_code_is_eligible_from_the_day_it_was_handed_out() {
    let unit = reporter("P1", "03-02", Anonymous, vec![], vec![("03-05", channel())]);
    assert_eq!(reporter_on(&unit, "03-04").class, ReporterClass::AnonymousWithoutChannel);
    assert_eq!(reporter_on(&unit, "03-05").class, ReporterClass::Eligible);
}

#[test]
fn f0_a_different_reporter_of_a_duplicate_is_still_to_be_told() {
    let unit = |same| reporter("P1", "03-02", Named, vec![("03-03", duplicate(same))], vec![]);
    assert_eq!(reporter_on(&unit(false), "06-30").class, ReporterClass::Eligible);
    assert_eq!(reporter_on(&unit(true), "06-30").class, ReporterClass::DuplicateBySameReporter);
}

#[test]
fn f0_nobody_reported_and_recorded_in_error_are_no_units() {
    let mut unit = reporter("P1", "03-02", Named, vec![], vec![]);
    unit.incident_history = history("P1", vec![("03-02", reported("P1", None, harm(PhysicalHarm::Low)))]);
    assert_eq!(reporters::standing(&unit, d("06-30"), rules()), None);
    let error = IncidentEvent::IncidentRecordedInError { reason: text("test entry") };
    let unit = reporter("P2", "03-02", Named, vec![("03-05", error)], vec![]);
    assert!(reporters::standing(&unit, d("03-04"), rules()).is_some());
    assert_eq!(reporters::standing(&unit, d("03-05"), rules()), None);
    assert_eq!(reporters::standing(&unit, d("03-01"), rules()), None);
}

#[test]
fn section_6_0_a_reporter_who_left_on_the_due_day_left_in_time_and_a_day_later_stays() {
    // Reported 2 March: the backstop is 31 May.
    let unit =
        |left| reporter("P1", "03-02", Named, vec![], vec![("03-03", acknowledged()), (left, opted_out())]);
    assert_eq!(reporter_on(&unit("05-31"), "06-30").class, ReporterClass::OptedOut);
    let late = reporter_on(&unit("06-01"), "06-30");
    assert_eq!((late.class, late.days_overdue), (ReporterClass::Eligible, Some(30)));
    assert_eq!(late.exit.unwrap().effect, ExitEffect::Stays);
    let figures = of_reporters(vec![unit("06-01")]).figures(None, "06-30");
    assert_eq!(figures.ratio("F2"), "0/1");
    assert_eq!(figures.count("F2", "left after the due date, not met"), 1);
}

#[test]
fn f2_told_before_leaving_stays_told() {
    let unit = reporter("P1", "03-02", Named, vec![], vec![("03-20", told()), ("03-25", opted_out())]);
    let standing = reporter_on(&unit, "06-30");
    assert_eq!((standing.class, standing.outcome_due), (ReporterClass::Eligible, Due::On(d("05-31"))));
    assert_eq!(of_reporters(vec![unit]).figures(None, "06-30").ratio("F2"), "1/1");
}

#[test]
fn f1_a_report_that_left_after_its_acknowledgement_was_due_stays_as_not_met() {
    // Reported 2 March: acknowledgement due 4 March.
    let unit = |name, feedback| reporter(name, "03-02", Named, vec![], feedback);
    let units = of_reporters(vec![
        unit("P1", vec![("03-04", opted_out())]),
        unit("P2", vec![("03-05", opted_out())]),
        unit("P3", vec![("03-05", acknowledged()), ("03-06", opted_out())]),
        unit("P4", vec![("03-04", acknowledged()), ("03-06", opted_out())]),
    ]);
    let figures = units.figures(None, "06-30");
    assert_eq!(figures.ratio("F1"), "0/2");
    assert_eq!(figures.with("F1", NotMet), "P2 P3");
    assert_eq!(figures.with("F1", Excluded), "P1 P4");
    assert_eq!(figures.count("F0", "opted out"), 4);
}

#[test]
fn f2_reopening_stops_the_closure_clock_and_the_backstop_stands() {
    // Reported 2 March (backstop 31 May), closed 10 March: due 24 March.
    let unit = |incident, feedback| reporter("P1", "03-02", Named, incident, feedback);
    let once = unit(vec![("03-10", closed()), ("03-20", reopened())], vec![]);
    assert_eq!(reporter_on(&once, "03-19").outcome_due, Due::On(d("03-24")));
    assert_eq!(reporter_on(&once, "03-20").outcome_due, Due::On(d("05-31")));
    let again = unit(vec![("03-10", closed()), ("03-20", reopened()), ("04-15", closed())], vec![]);
    assert_eq!(reporter_on(&again, "04-15").outcome_due, Due::On(d("04-29")));
    // Told late or left late: a reopening afterwards makes neither of them timely.
    let late = unit(vec![("03-10", closed()), ("04-01", reopened())], vec![("03-26", told())]);
    assert_eq!(of_reporters(vec![late]).figures(None, "06-30").days("F2", NotMet), "P1:2");
    let left = unit(vec![("03-10", closed()), ("04-01", reopened())], vec![("03-26", unreachable())]);
    assert_eq!(reporter_on(&left, "04-10").days_overdue, Some(17));
}

#[test]
fn f4_a_message_thirty_days_ago_is_in_time() {
    let units = of_reporters(vec![reporter("P1", "03-02", Named, vec![], vec![("03-03", acknowledged())])]);
    assert_eq!(units.figures(None, "04-02").days("F4", Met), "P1:30");
    assert_eq!(units.figures(None, "04-03").days("F4", NotMet), "P1:31");
}

// What holds for all of them.

#[test]
fn section_6_0_what_is_done_before_its_due_date_counts_at_once_unless_the_period_ends_before_that_date() {
    let unit = candour_case(
        "N1",
        moderate("N1", "03-02"),
        vec![("03-02", notifiable("03-02")), ("03-04", notified(full_contact()))],
        None,
    );
    let units = of_cases(vec![unit.clone()]);
    assert_eq!(units.figures(None, "03-03").ratio("C2 aware clock"), "0/0");
    let before = units.figures(None, "03-04");
    assert_eq!(before.ratio("C2 aware clock"), "1/1");
    assert_eq!(before.count("C2 aware clock", "not yet due"), 0);
    assert_eq!(units.figures(None, "03-16").ratio("C2 aware clock"), "1/1");
    // Due on 16 March: a period that ends on the 15th leaves it to the next one, and says so.
    let until = |day| {
        let period = Period { from: None, until: Some(d(day)) };
        Figures(super::figures(&[], &[], &[], std::slice::from_ref(&unit), period, d("03-15"), rules()))
    };
    assert_eq!(until("03-15").ratio("C2 aware clock"), "0/0");
    assert_eq!(until("03-15").with("C2 aware clock", NotYetDue), "N1");
    assert_eq!(until("03-15").count("C2 aware clock", DONE_EARLY), 1);
    assert_eq!(until("03-16").ratio("C2 aware clock"), "1/1");
}

#[test]
fn section_6_0_a_unit_placed_outside_the_period_is_not_counted() {
    let unit = action("A1", "RC1", vec![("03-02", with_target("A1", "04-30"))]);
    let units = of_actions(vec![unit]);
    assert_eq!(units.figures(Some("03-02"), "06-30").ratio("R1"), "0/1");
    assert_eq!(units.figures(Some("03-03"), "06-30").ratio("R1"), "0/0");
    assert_eq!(units.figures(Some("05-01"), "06-30").ratio("R2 effective target"), "0/0");
    // R3 is a snapshot.
    assert_eq!(units.figures(Some("05-01"), "06-30").ratio("R3"), "1/-");
}

#[test]
fn section_6_0_nothing_is_overdue_on_its_due_day() {
    // Prompted 2 March: the decision is due on 5 March.
    let units = of_cases(vec![candour_case("N1", moderate("N1", "03-02"), vec![], None)]);
    let on_the_day = units.figures(None, "03-05");
    assert_eq!(
        (on_the_day.with("C1", NotYetDue), on_the_day.ratio("C7")),
        ("N1".to_owned(), "0/1".to_owned())
    );
    let after = units.figures(None, "03-06");
    assert_eq!((after.days("C1", NotMet), after.ratio("C7")), ("N1:1".to_owned(), "1/1".to_owned()));
}

#[test]
fn section_6_0_a_period_that_ends_after_the_as_of_date_ends_there() {
    // An awareness date that was entered wrongly, in the time to come.
    let unit = candour_case("N1", moderate("N1", "03-02"), vec![("03-03", notifiable("04-02"))], None);
    let period = Period { from: None, until: Some(d("12-31")) };
    let figures = super::figures(&[], &[], &[], &[unit], period, d("03-10"), rules());
    assert_eq!(Figures(figures).ratio("C6"), "0/0");
}

#[test]
fn section_1_5_a_due_date_outside_the_calendar_is_listed_beside_the_figure_and_fails_nothing() {
    // The calendar ends with 2031.
    let late = candour_case(
        "N1",
        moderate("N1", "2031-12-30"),
        vec![("2031-12-30", notifiable("2031-12-30")), ("2031-12-31", declined())],
        None,
    );
    let usual = candour_case(
        "N2",
        moderate("N2", "2031-12-01"),
        vec![("2031-12-01", notifiable("2031-12-01"))],
        None,
    );
    let figures = of_cases(vec![late, usual]).figures(None, "2032-02-01");
    for figure in ["C1", "C2 reported clock", "C2 aware clock", "C3"] {
        assert_eq!(figures.count(figure, OUTSIDE_CALENDAR), 1, "{figure}");
        assert_eq!(figures.with(figure, Listed), "N1", "{figure}");
    }
    assert_eq!(figures.ratio("C2 aware clock"), "0/1");
    assert_eq!(figures.detail("C2 aware clock", "N1"), "due date outside the calendar; declined 2031-12-31");
    let waiting = reporter("P1", "2031-12-01", Named, vec![("2031-12-30", closed())], vec![]);
    let figures = of_reporters(vec![waiting]).figures(None, "2032-02-01");
    assert_eq!((figures.ratio("F2").as_str(), figures.count("F2", OUTSIDE_CALENDAR)), ("0/0", 1));
    assert_eq!(figures.days("F3", Listed), "P1:62");
    // Closed so late that the backstop decides, whatever the calendar says.
    let backstop = reporter("P2", "2031-09-20", Named, vec![("2031-12-30", closed())], vec![]);
    assert_eq!(reporter_on(&backstop, "2032-02-01").outcome_due, Due::On(d("2031-12-19")));
}

#[test]
fn e_15_late_recording_and_back_dating_are_flagged() {
    let mut entries = history("N1", vec![("03-02", ()), ("03-10", ()), ("03-05", ())]);
    // Five working days after Monday 2 March is Monday 9 March.
    entries[0].recorded_at = at("03-09");
    assert_eq!(recording_flags(&entries[0], &entries, rules()), RecordingFlags::default());
    entries[0].recorded_at = at("03-10");
    let late = recording_flags(&entries[0], &entries, rules()).late_recording.unwrap();
    assert_eq!((late.working_days, late.claimed), (Ok(6), false));
    entries[0].source_recorded_at = Some(at("03-11"));
    let claimed = recording_flags(&entries[0], &entries, rules()).late_recording.unwrap();
    assert_eq!((claimed.working_days, claimed.claimed), (Ok(7), true));
    assert_eq!(recording_flags(&entries[2], &entries, rules()).precedes_earlier, Some(event_id("N1", 1)));
    assert_eq!(recording_flags(&entries[1], &entries, rules()).precedes_earlier, None);
}

#[test]
fn section_1_5_a_deadline_stays_under_the_calendar_its_start_was_recorded_under() {
    use std::sync::LazyLock;

    use crate::calendar::{Calendar, RecordedUnder};

    // A later version of the calendar, with a holiday proclaimed for 9 March 2026.
    static LATER: LazyLock<Calendar> = LazyLock::new(|| {
        let text = include_str!("../calendar/data/england-and-wales.csv")
            .replace("england-and-wales-2026-11", "england-and-wales-2026-12")
            .replace("2026-04-03,", "2026-03-09,Proclaimed for this test,proclaimed\n2026-04-03,");
        Calendar::parse(&text).unwrap().swap_remove(0)
    });
    let due = |recorded_under: Option<RecordedUnder>| {
        let mut unit =
            candour_case("N1", moderate("N1", "03-02"), vec![("03-02", notifiable("03-02"))], None);
        if let Some(recorded_under) = recorded_under {
            unit.incident_history.iter_mut().for_each(|entry| entry.recorded_under = recorded_under);
            unit.case_history.iter_mut().for_each(|entry| entry.recorded_under = recorded_under);
        }
        let rules = super::Rules { calendar: &LATER, ..rules() };
        let standing = super::candour::standing(&unit, d("03-03"), rules).unwrap();
        let clock = standing.aware_clock.unwrap();
        (clock.due, standing.first_letter_due.unwrap())
    };
    let first = crate::calendar::Calendars::built_in().in_force(crate::calendar::Nation::England);
    let days = |due, letter| (Due::On(d(due)), Due::On(d(letter)));
    // Recorded under the first version: the holiday that came to be known later does not move the deadline.
    assert_eq!(due(Some(RecordedUnder::calendar(first))), days("03-16", "03-30"));
    assert_eq!(due(Some(RecordedUnder::calendar(&LATER))), days("03-17", "03-31"));
    assert_eq!(due(None), days("03-17", "03-31"));
}
