//! What a source merely asserts is shown with every figure it touches and moves none of them.
//! As in the worked example, days are in 2026 and the nation is England.

use super::{
    Outcome::{Listed, NotMet, NotYetDue},
    fixtures::*,
};
use crate::{
    action::{self, Event as ActionEvent},
    assertion::ASSERTED,
    candour_case::{AssertedStage, CaseDecision, Event as CaseEvent, StageAssertion},
    feedback::{Event as FeedbackEvent, OutcomeAssertion},
    incident::{
        Event as IncidentEvent, HarmGrade, PhysicalHarm,
        ReporterIdentity::{Anonymous, Named},
    },
    text::SystemName,
};

fn source() -> SystemName {
    SystemName::parse("datixweb").unwrap()
}

fn asserted(stage: AssertedStage) -> CaseEvent {
    CaseEvent::CandourStageAsserted(StageAssertion { stage, source: source() })
}

fn action_asserted(stage: action::AssertedStage) -> ActionEvent {
    ActionEvent::ActionStageAsserted(action::StageAssertion { stage, source: source() })
}

/// Moderate harm reported on 2 March; everything asserted, nothing recorded.
fn all_asserted() -> Vec<(&'static str, CaseEvent)> {
    vec![
        ("03-03", asserted(AssertedStage::DecidedNotifiable)),
        ("03-06", asserted(AssertedStage::FirstNotification)),
        ("03-12", asserted(AssertedStage::WrittenNotification)),
        ("04-20", asserted(AssertedStage::EnquiryResults)),
    ]
}

#[test]
fn c_1_c_7_an_asserted_decision_decides_nothing() {
    let unit = candour_case("N1", moderate("N1", "03-02"), all_asserted(), None);
    let standing = case_on(&unit, "06-30");
    assert_eq!((standing.decision, standing.decided), (CaseDecision::Undecided, None));
    let figures = of_cases(vec![unit]).figures(None, "06-30");
    assert_eq!((figures.ratio("C1"), figures.count("C1", ASSERTED)), ("0/1".to_owned(), 1));
    assert_eq!((figures.ratio("C7"), figures.with("C7", NotMet)), ("1/1".to_owned(), "N1".to_owned()));
    assert_eq!(
        figures.detail("C7", "N1"),
        "no decision, overdue 117 days; asserted by source 2026-03-03, elements not evidenced"
    );
    assert_eq!(figures.count("C7", ASSERTED), 1);
}

#[test]
fn e_6_e_7_an_asserted_stage_of_a_case_nobody_assessed_is_listed_beside_the_figure() {
    let unit = candour_case("N1", moderate("N1", "03-02"), all_asserted(), None);
    let figures = of_cases(vec![unit]).figures(None, "06-30");
    for (figure, day) in
        [("C2 reported clock", "03-06"), ("C2 aware clock", "03-06"), ("C3", "03-12"), ("C4", "04-20")]
    {
        assert_eq!(figures.ratio(figure), "0/0", "{figure}");
        assert_eq!(figures.with(figure, Listed), "N1", "{figure}");
        assert_eq!(figures.count(figure, ASSERTED), 1, "{figure}");
        let words =
            format!("not assessed as notifiable; asserted by source 2026-{day}, elements not evidenced");
        assert_eq!(figures.detail(figure, "N1"), words);
    }
    assert_eq!(figures.ratio("C5 by the as-of date"), "0/0", "no contact is on record");
}

#[test]
fn e_6_e_7_an_asserted_stage_completes_nothing_and_is_said_beside_the_verdict() {
    let mut events = vec![("03-02", notifiable("03-02"))];
    events.extend(all_asserted());
    let unit = candour_case("N1", moderate("N1", "03-02"), events.clone(), None);
    let standing = case_on(&unit, "06-30");
    assert!(standing.first_notification.complete.is_none() && standing.written.first_letter.is_none());
    assert_eq!(
        standing.next_step(),
        Some("record the elements of the first notification that the source asserts, or give it")
    );
    let figures = of_cases(vec![unit]).figures(None, "06-30");
    // In time by what the source says; not met by what is on record.
    for (figure, words) in [
        (
            "C2 reported clock",
            "overdue 106 days: due 2026-03-16; asserted by source 2026-03-06, elements not evidenced",
        ),
        (
            "C2 aware clock",
            "overdue 106 days: due 2026-03-16; asserted by source 2026-03-06, elements not evidenced",
        ),
        ("C3", "overdue 92 days: due 2026-03-30; asserted by source 2026-03-12, elements not evidenced"),
    ] {
        assert_eq!(figures.ratio(figure), "0/1", "{figure}");
        assert_eq!(figures.detail(figure, "N1"), words);
        assert_eq!(figures.count(figure, ASSERTED), 1, "{figure}");
    }
    assert_eq!(figures.count("C4", ASSERTED), 1);
    assert!(
        figures.detail("X1 overdue", "N1").ends_with("asserted by source 2026-03-06, elements not evidenced")
    );

    // Once the elements are on record the stage counts and nothing is said of the source any more.
    events.push(("03-06", notified(full_contact())));
    events.push(("03-12", letter(first_letter())));
    let figures =
        of_cases(vec![candour_case("N1", moderate("N1", "03-02"), events, None)]).figures(None, "06-30");
    for figure in ["C2 reported clock", "C2 aware clock", "C3"] {
        assert_eq!(
            (figures.ratio(figure), figures.count(figure, ASSERTED)),
            ("1/1".to_owned(), 0),
            "{figure}"
        );
    }
}

#[test]
fn c_0_a_source_flag_that_is_set_after_the_report_prompts_from_that_day_on() {
    let low = HarmGrade { physical: Some(PhysicalHarm::Low), ..HarmGrade::default() };
    let unit = |events: Vec<(&'static str, IncidentEvent)>| {
        let mut all = vec![("03-02", reported("N1", Some(Named), low))];
        all.extend(events);
        candour_case("N1", all, vec![], None)
    };
    assert_eq!(case_on(&unit(vec![]), "06-30").prompt, None);
    let flagged = unit(vec![("04-07", IncidentEvent::SourceCandourFlagSet { flag: true })]);
    assert_eq!(case_on(&flagged, "04-06").prompt, None);
    let prompt = case_on(&flagged, "04-07").prompt.unwrap();
    assert_eq!((prompt.on, prompt.value.source_flag), (d("04-07"), true));
    // Taking it back answers nothing: the question was asked.
    let taken_back = unit(vec![
        ("04-07", IncidentEvent::SourceCandourFlagSet { flag: true }),
        ("04-09", IncidentEvent::SourceCandourFlagSet { flag: false }),
    ]);
    assert_eq!(case_on(&taken_back, "06-30").prompt.unwrap().on, d("04-07"));
    assert_eq!(of_cases(vec![taken_back]).figures(None, "06-30").with("C7", NotMet), "N1");
}

#[test]
fn f_2_an_asserted_outcome_is_not_told() {
    let outcome =
        || FeedbackEvent::ReporterOutcomeAsserted(OutcomeAssertion { source: source(), message: None });
    let unit = reporter("P1", "03-02", Named, vec![("03-10", closed())], vec![("03-20", outcome())]);
    let standing = reporter_on(&unit, "06-30");
    assert_eq!((standing.told, standing.told_asserted.unwrap().on), (None, d("03-20")));
    assert_eq!(standing.days_waiting, Some(120));
    let figures = of_reporters(vec![unit]).figures(None, "06-30");
    // Closed 10 March, so due 24 March: in time by what the source says, overdue by what is on record.
    assert_eq!(figures.ratio("F2"), "0/1");
    assert_eq!(
        figures.detail("F2", "P1"),
        "overdue 98 days: due 2026-03-24; asserted by source 2026-03-20, elements not evidenced"
    );
    assert_eq!((figures.count("F2", ASSERTED), figures.count("F3", ASSERTED)), (1, 1));
    let told_too = reporter(
        "P1",
        "03-02",
        Named,
        vec![("03-10", closed())],
        vec![("03-20", outcome()), ("03-20", told())],
    );
    let figures = of_reporters(vec![told_too]).figures(None, "06-30");
    assert_eq!((figures.ratio("F2"), figures.count("F2", ASSERTED)), ("1/1".to_owned(), 0));
    // Whoever cannot be told is not told by an assertion either.
    let anonymous = reporter("P1", "03-02", Anonymous, vec![], vec![("03-20", outcome())]);
    let figures = of_reporters(vec![anonymous]).figures(None, "06-30");
    assert_eq!((figures.ratio("F2"), figures.count("F2", ASSERTED)), ("0/0".to_owned(), 0));
}

#[test]
fn act_3_act_2_an_asserted_implementation_is_neither_reported_nor_verified() {
    let agreed = |name: &str| ("03-02", agreed(name, Some("04-30"), None, None));
    let units = of_actions(vec![
        action(
            "A1",
            "RC1",
            vec![agreed("A1"), ("04-20", action_asserted(action::AssertedStage::Implementation))],
        ),
        action(
            "A2",
            "RC1",
            vec![
                agreed("A2"),
                ("04-20", implemented("04-20")),
                ("04-25", action_asserted(action::AssertedStage::Verification)),
            ],
        ),
        action("A3", "RC1", vec![agreed("A3")]),
    ]);
    let figures = units.figures(None, "06-30");
    assert_eq!(figures.ratio("R1"), "0/3");
    assert_eq!(figures.count("R1", "reported, not verified"), 1);
    assert_eq!(figures.count("R1", ASSERTED), 2);
    assert_eq!(figures.ratio("R2 effective target"), "0/3");
    assert_eq!(
        figures.detail("R2 effective target", "A1"),
        "open, target 2026-04-30; asserted by source 2026-04-20, elements not evidenced"
    );
    assert_eq!(figures.days("R3", NotMet), "A1:61 A3:61");
    assert_eq!(
        figures.detail("R3", "A1"),
        "overdue 61 days; asserted by source 2026-04-20, elements not evidenced"
    );
    let before = units.figures(None, "04-19");
    assert_eq!(
        (before.count("R1", ASSERTED), before.with("R2 effective target", NotYetDue)),
        (0, "A1 A2 A3".to_owned())
    );
}
