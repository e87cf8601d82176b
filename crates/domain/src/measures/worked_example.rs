//! The worked example of the domain rules, §6.1: every cell of its table, for both dates, from one and the same data.

use super::{
    Due, Figure, Outcome,
    Outcome::{Excluded, Listed, Met, NotMet, NotYetDue},
    fixtures::*,
};
use crate::{
    action::{Effectiveness, Event as Action, Strength},
    candour_case::{Event as Case, FurtherEnquiries},
    identifier::ActionId,
    incident::{
        PhysicalHarm,
        ReporterIdentity::{Anonymous, Named},
    },
};

const PERIOD_FROM: Option<&str> = Some("01-01");

fn actions() -> Vec<super::ActionUnit> {
    use Strength::{Intermediate, Stronger, Weaker};
    let target = |name: &str, target: &str, strength| agreed(name, Some(target), Some(strength), None);
    vec![
        action(
            "A1",
            "RC1",
            vec![
                ("01-05", target("A1", "03-31", Stronger)),
                ("03-18", implemented("03-16")),
                ("03-20", verified("03-16")),
            ],
        ),
        action(
            "A2",
            "RC1",
            vec![
                ("01-05", target("A2", "03-31", Weaker)),
                ("03-25", moved("05-31")),
                ("05-12", implemented("05-11")),
                ("05-15", verified("05-11")),
            ],
        ),
        action(
            "A3",
            "RC2",
            vec![
                ("01-12", target("A3", "04-30", Intermediate)),
                ("05-18", implemented("05-18")),
                ("05-20", verified("05-18")),
            ],
        ),
        action("A4", "RC3", vec![("02-02", target("A4", "05-31", Weaker)), ("05-28", implemented("05-28"))]),
        action("A5", "RC3", vec![("02-02", target("A5", "03-31", Weaker)), ("04-14", moved("07-31"))]),
        action("A6", "RC4", vec![("03-02", target("A6", "09-30", Intermediate))]),
        action("A7", "RC4", vec![("03-02", agreed("A7", None, None, None))]),
        action("A8", "RC5", vec![("2025-10-01", target("A8", "2025-12-31", Weaker))]),
        action("A9", "RC5", vec![("2025-10-01", target("A9", "01-31", Weaker)), ("03-10", withdrawn())]),
        action(
            "A10",
            "RC2",
            vec![
                ("01-19", agreed("A10", Some("04-30"), Some(Stronger), Some("06-19"))),
                ("04-30", implemented("04-30")),
                ("05-08", verified("04-30")),
                ("06-20", reviewed(Effectiveness::Effective, None)),
            ],
        ),
        action(
            "A11",
            "RC4",
            vec![
                ("03-02", target("A11", "06-15", Weaker)),
                ("05-20", Action::ActionSuperseded { by: ActionId::from_uuid(id("A6")), reason: None }),
            ],
        ),
    ]
}

fn recommendations() -> Vec<super::RecommendationUnit> {
    let under = |name: &str| {
        let source = crate::action::ActionSource::Recommendations(vec![key(name)]);
        actions().into_iter().filter(|action| action.source == source).collect::<Vec<_>>()
    };
    [
        ("RC1", "2025-12-15", Some(("01-05", true))),
        ("RC2", "2025-12-15", Some(("01-05", true))),
        ("RC3", "01-15", Some(("02-02", true))),
        ("RC4", "02-16", Some(("03-02", true))),
        ("RC5", "2025-09-15", Some(("2025-10-01", true))),
        ("RC6", "01-15", Some(("02-02", false))),
        ("RC7", "05-11", Some(("05-26", true))),
        ("RC8", "06-22", None),
    ]
    .into_iter()
    .map(|(name, made, answer)| recommendation(name, made, answer, under(name)))
    .collect()
}

fn reporters() -> Vec<super::FeedbackUnit> {
    // Reported, acknowledged, closed, told.
    let usual = |name: &str, on: &str, acknowledged_on: &str, closed_on: &str, told_on: &str| {
        let feedback = vec![(acknowledged_on, acknowledged()), (told_on, told())];
        reporter(name, on, Named, vec![(closed_on, closed())], feedback)
    };
    vec![
        usual("P1", "03-02", "03-03", "04-13", "04-20"),
        usual("P2", "03-04", "03-06", "04-15", "04-29"),
        usual("P3", "03-09", "03-12", "05-01", "05-18"),
        usual("P4", "03-16", "03-16", "05-18", "06-03"),
        reporter(
            "P5",
            "04-07",
            Anonymous,
            vec![("05-22", closed())],
            vec![("04-07", channel()), ("04-08", acknowledged()), ("06-08", told())],
        ),
        usual("P6", "04-02", "04-08", "05-11", "05-22"),
        reporter(
            "P7",
            "03-20",
            Named,
            vec![],
            vec![
                ("03-23", acknowledged()),
                ("04-20", progress()),
                ("05-19", progress()),
                ("06-12", progress()),
            ],
        ),
        reporter("P8", "05-05", Named, vec![], vec![("05-06", acknowledged()), ("05-28", progress())]),
        reporter("P9", "05-06", Anonymous, vec![], vec![]),
        reporter("P10", "05-20", Anonymous, vec![("06-10", closed())], vec![]),
        reporter("P11", "04-13", Named, vec![], vec![("04-14", acknowledged()), ("04-14", opted_out())]),
        reporter("P12", "04-14", Named, vec![("04-17", duplicate(true))], vec![("04-15", acknowledged())]),
        reporter(
            "P13",
            "02-10",
            Named,
            vec![("03-20", closed())],
            vec![("02-11", acknowledged()), ("05-01", unreachable())],
        ),
    ]
}

fn cases() -> Vec<super::CandourUnit> {
    let all_but_apology = crate::candour_case::FirstNotification { apology: false, ..full_contact() };
    let nothing_further = crate::candour_case::FirstNotification {
        further_enquiries: Some(FurtherEnquiries::None { because: text("cause is plain") }),
        ..full_contact()
    };
    let low = harm(PhysicalHarm::Low);
    vec![
        candour_case(
            "N1",
            moderate("N1", "03-30"),
            vec![
                ("03-30", notifiable("03-30")),
                ("04-15", notified(full_contact())),
                ("04-24", letter(first_letter())),
                ("06-18", results(true)),
            ],
            Some("06-05"),
        ),
        candour_case(
            "N2",
            moderate("N2", "03-30"),
            vec![
                ("03-31", notifiable("03-30")),
                ("04-10", notified(all_but_apology)),
                ("04-16", notified(apology_only())),
                ("05-05", letter(first_letter())),
            ],
            Some("06-05"),
        ),
        candour_case("N3", moderate("N3", "05-18"), vec![("05-19", notifiable("05-18"))], None),
        candour_case(
            "N4",
            moderate("N4", "04-20"),
            vec![("04-21", notifiable("04-20")), ("05-01", declined())],
            None,
        ),
        candour_case("N5", moderate("N5", "06-22"), vec![("06-23", notifiable("06-22"))], None),
        candour_case(
            "N6",
            vec![
                ("03-02", reported("N6", None, low)),
                ("06-01", regraded("N6", low, harm(PhysicalHarm::Moderate))),
            ],
            vec![
                ("06-01", notifiable("06-01")),
                ("06-08", notified(nothing_further)),
                ("06-08", Case::NoFurtherEnquiries { because: text("cause is plain") }),
                ("06-19", letter(first_letter())),
            ],
            None,
        ),
        candour_case(
            "N7",
            moderate("N7", "04-27"),
            vec![("05-06", notifiable("05-06")), ("06-03", not_contactable())],
            None,
        ),
        candour_case(
            "N8",
            moderate("N8", "05-11"),
            vec![("05-13", notifiable("05-13")), ("05-20", exempted())],
            None,
        ),
        candour_case("N9", moderate("N9", "06-01"), vec![("06-03", not_notifiable())], None),
        candour_case("N10", moderate("N10", "06-08"), vec![], None),
        candour_case("N11", moderate("N11", "06-29"), vec![], None),
    ]
}

pub(super) fn example() -> Units {
    Units { recommendations: recommendations(), actions: actions(), reporters: reporters(), cases: cases() }
}

fn on_30_june() -> Figures {
    example().figures(PERIOD_FROM, "06-30")
}

fn on_10_may() -> Figures {
    example().figures(PERIOD_FROM, "05-10")
}

#[test]
fn section_6_1_recommendations_r0() {
    let june = on_30_june();
    assert_eq!(june.ratio("R0"), "2/6");
    assert_eq!(june.with("R0", Met), "RC1 RC2");
    assert_eq!(june.with("R0", NotMet), "RC3 RC4 RC5 RC7");
    assert_eq!(june.with("R0", Listed), "RC6 RC8");
    for (reference, state) in [
        ("RC1", "implemented"),
        ("RC2", "implemented"),
        ("RC3", "in progress"),
        ("RC4", "in progress"),
        ("RC5", "in progress"),
        ("RC6", "rejected"),
        ("RC7", "accepted, no action"),
        ("RC8", "awaiting response"),
    ] {
        assert_eq!(june.detail("R0", reference), state, "{reference}");
    }
    assert_eq!(june.count("R0", "made"), 8);
    let may = on_10_may();
    assert_eq!(may.ratio("R0"), "0/5");
    assert_eq!(may.with("R0", NotMet), "RC1 RC2 RC3 RC4 RC5");
    assert_eq!(may.count("R0", "in progress"), 5);
    assert_eq!(may.with("R0", Listed), "RC6");
    assert_eq!(may.count("R0", "rejected"), 1);
}

#[test]
fn section_6_1_actions_implemented_r1() {
    let june = on_30_june();
    assert_eq!(june.ratio("R1"), "4/8");
    assert_eq!(june.with("R1", Met), "A1 A2 A3 A10");
    assert_eq!(june.with("R1", NotMet), "A4 A5 A6 A7");
    assert_eq!(june.with("R1", Excluded), "A11");
    assert_eq!(june.count("R1", "reported, not verified"), 1);
    assert_eq!(june.detail("R1", "A4"), "reported, not verified; incomplete: no measure, no monitor");
    let may = on_10_may();
    assert_eq!(may.ratio("R1"), "2/9");
    assert_eq!(may.with("R1", Met), "A1 A10");
    assert_eq!(may.count("R1", "reported, not verified"), 0);
}

#[test]
fn section_6_1_actions_on_time_r2() {
    let june = on_30_june();
    assert_eq!(june.ratio("R2 original target"), "2/7");
    assert_eq!(june.with("R2 original target", Met), "A1 A10");
    assert_eq!(june.with("R2 original target", NotMet), "A2 A3 A4 A5 A9");
    assert_eq!(june.with("R2 original target", Excluded), "A11");
    assert_eq!(june.ratio("R2 effective target"), "3/7");
    assert_eq!(june.with("R2 effective target", Met), "A1 A2 A10");
    assert_eq!(june.with("R2 effective target", NotMet), "A3 A4 A5 A9");
    assert_eq!(june.detail("R2 effective target", "A9"), "withdrawn 2026-03-10, after its target 2026-01-31");
    assert_eq!(june.with("R2 on time, verified after the target", Listed), "A10");
    let may = on_10_may();
    assert_eq!(may.ratio("R2 original target"), "2/6");
    assert_eq!(may.with("R2 original target", Met), "A1 A10");
    assert_eq!(may.with("R2 original target", NotMet), "A2 A3 A5 A9");
    assert_eq!(may.ratio("R2 effective target"), "2/5");
    assert_eq!(may.with("R2 effective target", Met), "A1 A10");
    assert_eq!(may.with("R2 effective target", NotMet), "A3 A5 A9");
    assert_eq!(may.with("R2 on time, verified after the target", Listed), "A10");
}

fn bands(figures: &Figures) -> [u64; 4] {
    ["1–30 days", "31–90 days", "91–180 days", "over 180 days"].map(|band| figures.count("R3", band))
}

#[test]
fn section_6_1_actions_overdue_r3() {
    let june = on_30_june();
    assert_eq!(june.days("R3", NotMet), "A5:91 A8:181");
    assert_eq!(bands(&june), [0, 0, 1, 1]);
    assert_eq!(june.days("R3", Listed), "A4:30 A7:-");
    assert_eq!(june.detail("R3", "A4"), "past target, awaiting verification, 30 days");
    assert_eq!(june.count("R3", "past target, awaiting verification"), 1);
    assert_eq!(june.count("R3", "without a target"), 1);
    assert_eq!(june.ratio("R3"), "2/-");
    let may = on_10_may();
    assert_eq!(may.days("R3", NotMet), "A3:10 A5:40 A8:130");
    assert_eq!(bands(&may), [1, 1, 1, 0]);
    assert_eq!(may.count("R3", "past target, awaiting verification"), 0);
    assert_eq!(may.count("R3", "without a target"), 1);
}

#[test]
fn section_6_1_actions_r4_to_r7() {
    let (june, may) = (on_30_june(), on_10_may());
    assert_eq!(june.days("R4", Met), "A1:70 A2:126 A3:126 A10:101");
    assert_eq!(june.statistics("R4"), "median days 113.5, 90th centile days 126");
    assert_eq!(june.ratio("R4"), "-/4");
    assert_eq!(may.days("R4", Met), "A1:70 A10:101");
    assert_eq!(may.statistics("R4"), "median days 85.5, 90th centile days 101");

    assert_eq!(june.ratio("R5"), "2/8");
    assert_eq!(june.days("R5", NotMet), "A2:61 A5:122");
    assert_eq!(june.statistics("R5"), "days added 183");
    assert_eq!(may.ratio("R5"), "2/9");
    assert_eq!(may.statistics("R5"), "days added 183");

    assert_eq!(june.ratio("R6"), "1/2");
    assert_eq!(june.with("R6", Met), "A10");
    assert_eq!(june.with("R6", NotMet), "A1");
    assert_eq!(june.count("R6", "reviewed"), 1);
    assert_eq!(may.ratio("R6"), "0/0");
    assert_eq!(may.count("R6", "reviewed"), 0);

    assert_eq!(june.ratio("R7"), "4/7");
    assert_eq!(june.with("R7", Met), "A1 A3 A6 A10");
    assert_eq!(june.count("R7", "strength not recorded"), 1);
    assert_eq!(june.with("R7", Listed), "A7");
    assert_eq!(may.ratio("R7"), "4/8");
    assert_eq!(may.count("R7", "strength not recorded"), 1);
}

/// Eligible, anonymous without a channel, opted out, duplicate by the same reporter, unreachable.
fn classes(figures: &Figures) -> [u64; 5] {
    ["eligible", "anonymous without a channel", "opted out", "duplicate by the same reporter", "unreachable"]
        .map(|class| figures.count("F0", class))
}

#[test]
fn section_6_1_reporters_f0_sums() {
    let (june, may) = (on_30_june(), on_10_may());
    assert_eq!(june.ratio("F0"), "-/13");
    assert_eq!(classes(&june), [9, 2, 1, 1, 0]);
    assert_eq!(classes(&june).iter().sum::<u64>(), 13);
    assert_eq!(june.with("F0", Excluded), "P9 P10 P11 P12");
    assert_eq!(may.ratio("F0"), "-/12");
    assert_eq!(classes(&may), [9, 1, 1, 1, 0]);
    assert_eq!(classes(&may).iter().sum::<u64>(), 12);
}

#[test]
fn section_6_1_reporters_f1() {
    for figures in [on_30_june(), on_10_may()] {
        assert_eq!(figures.ratio("F1"), "8/9");
        assert_eq!(figures.with("F1", Met), "P1 P2 P4 P5 P6 P7 P8 P13");
        assert_eq!(figures.days("F1", NotMet), "P3:1");
    }
}

#[test]
fn section_6_1_reporters_f2() {
    let june = on_30_june();
    assert_eq!(june.ratio("F2"), "5/8");
    assert_eq!(june.with("F2", Met), "P1 P2 P3 P5 P6");
    assert_eq!(june.days("F2", NotMet), "P4:1 P7:12 P13:84");
    assert_eq!(june.detail("F2", "P4"), "late 1 day: told 2026-06-03, due 2026-06-02");
    assert_eq!(june.detail("F2", "P7"), "overdue 12 days: due 2026-06-18");
    assert_eq!(
        june.detail("F2", "P13"),
        "overdue 84 days: due 2026-04-07; recorded unreachable 2026-05-01, after its due date"
    );
    assert_eq!(june.with("F2", NotYetDue), "P8");
    assert_eq!(["late", "overdue", "not yet due"].map(|count| june.count("F2", count)), [1, 2, 1]);
    let may = on_10_may();
    assert_eq!(may.ratio("F2"), "2/3");
    assert_eq!(may.with("F2", Met), "P1 P2");
    assert_eq!(may.days("F2", NotMet), "P13:33");
    assert_eq!(may.with("F2", NotYetDue), "P3 P4 P5 P6 P7 P8");
}

#[test]
fn section_6_1_reporters_f3_and_f4() {
    let (june, may) = (on_30_june(), on_10_may());
    assert_eq!(june.days("F3", Met), "P1:49 P2:56 P3:70 P4:79 P5:62 P6:50");
    assert_eq!(june.statistics("F3"), "median days 59, 90th centile days 79");
    assert_eq!(june.days("F3", Listed), "P7:102 P8:56 P13:140");
    assert_eq!(june.count("F3", "still waiting"), 3);
    assert_eq!(may.days("F3", Met), "P1:49 P2:56");
    assert_eq!(may.statistics("F3"), "median days 52.5, 90th centile days 56");
    assert_eq!(may.days("F3", Listed), "P3:62 P4:55 P5:33 P6:38 P7:51 P8:5 P13:89");

    assert_eq!(june.ratio("F4"), "1/2");
    assert_eq!(june.days("F4", Met), "P7:18");
    assert_eq!(june.days("F4", NotMet), "P8:33");
    assert_eq!(may.ratio("F4"), "2/5");
    assert_eq!(may.days("F4", Met), "P7:20 P8:4");
    assert_eq!(may.days("F4", NotMet), "P4:55 P5:32 P6:32");
}

#[test]
fn section_6_1_candour_decisions_c0_c1_c7() {
    let (june, may) = (on_30_june(), on_10_may());
    assert_eq!(june.ratio("C0"), "-/11");
    assert_eq!(may.ratio("C0"), "-/4");

    assert_eq!(june.ratio("C1"), "8/10");
    assert_eq!(june.with("C1", Met), "N1 N2 N3 N4 N5 N6 N8 N9");
    assert_eq!(june.detail("C1", "N7"), "late 6 days: done 2026-05-06, due 2026-04-30");
    assert_eq!(june.detail("C1", "N10"), "overdue 19 days: due 2026-06-11");
    assert_eq!(june.with("C1", NotYetDue), "N11");
    assert_eq!(may.ratio("C1"), "3/4");
    assert_eq!(may.with("C1", Met), "N1 N2 N4");
    assert_eq!(may.with("C1", NotMet), "N7");

    assert_eq!(june.ratio("C7"), "1/11");
    assert_eq!(june.days("C7", NotMet), "N10:19");
    assert_eq!(may.ratio("C7"), "0/4");
    assert_eq!(may.with("C7", NotMet), "");
}

fn left_and_not_due(figures: &Figures, name: &str) -> [u64; 2] {
    ["left before the due date (20(5))", "not yet due"].map(|count| figures.count(name, count))
}

#[test]
fn section_6_1_candour_first_notification_c2() {
    let june = on_30_june();
    assert_eq!(june.ratio("C2 reported clock"), "1/6");
    assert_eq!(june.with("C2 reported clock", Met), "N1");
    assert_eq!(june.days("C2 reported clock", NotMet), "N2:1 N3:28 N6:- N7:49 N8:35");
    assert_eq!(june.with("C2 reported clock", Excluded), "N4");
    assert_eq!(june.with("C2 reported clock", NotYetDue), "N5");
    assert_eq!(left_and_not_due(&june, "C2 reported clock"), [1, 1]);
    assert_eq!(june.ratio("C2 aware clock"), "2/6");
    assert_eq!(june.with("C2 aware clock", Met), "N1 N6");
    assert_eq!(june.days("C2 aware clock", NotMet), "N2:1 N3:28 N7:41 N8:33");
    assert_eq!(june.with("C2 aware clock", Excluded), "N4");
    assert_eq!(june.with("C2 aware clock", NotYetDue), "N5");
    assert_eq!(left_and_not_due(&june, "C2 aware clock"), [1, 1]);
    assert_eq!(june.count("C2 aware clock", "exempted locally"), 1);
    let may = on_10_may();
    for clock in ["C2 reported clock", "C2 aware clock"] {
        assert_eq!(may.ratio(clock), "1/2");
        assert_eq!(may.with(clock, Met), "N1");
        assert_eq!(may.with(clock, NotMet), "N2");
        assert_eq!(may.with(clock, Excluded), "N4");
        assert_eq!(may.with(clock, NotYetDue), "N7");
        assert_eq!(left_and_not_due(&may, clock), [1, 1]);
    }
}

#[test]
fn section_6_1_candour_due_dates_of_the_first_notification() {
    let standings = example().standings("06-30");
    let due: Vec<_> = standings
        .cases
        .iter()
        .filter_map(|case| Some((case.reference.as_str(), case.reported_clock?.due, case.aware_clock?.due)))
        .collect();
    let expected = [
        ("N1", "04-15", "04-15"),
        ("N2", "04-15", "04-15"),
        ("N3", "06-02", "06-02"),
        ("N4", "05-05", "05-05"),
        ("N5", "07-06", "07-06"),
        ("N6", "03-16", "06-15"),
        ("N7", "05-12", "05-20"),
        ("N8", "05-26", "05-28"),
    ];
    assert_eq!(due, expected.map(|(name, reported, aware)| (name, Due::On(d(reported)), Due::On(d(aware)))));
}

#[test]
fn section_6_1_candour_written_c3_and_results_c4() {
    let (june, may) = (on_30_june(), on_10_may());
    assert_eq!(june.ratio("C3"), "2/6");
    assert_eq!(june.with("C3", Met), "N1 N6");
    assert_eq!(june.with("C3", NotMet), "N2 N3 N7 N8");
    assert_eq!(june.with("C3", Excluded), "N4");
    assert_eq!(june.with("C3", NotYetDue), "N5");
    assert_eq!(may.ratio("C3"), "1/2");
    assert_eq!(may.with("C3", Met), "N1");
    assert_eq!(may.with("C3", NotMet), "N2");

    assert_eq!(june.ratio("C4"), "1/2");
    assert_eq!(june.with("C4", Met), "N1");
    assert_eq!(june.with("C4", NotMet), "N2");
    assert_eq!(june.days("C4", Listed), "N3:43 N5:8 N7:55 N8:48");
    assert_eq!(june.count("C4", "results awaited"), 4);
    assert_eq!(may.ratio("C4"), "0/0");
    assert_eq!(may.days("C4", Listed), "N1:41 N2:41 N7:4");
}

#[test]
fn section_6_1_candour_completeness_c5_and_recognition_c6() {
    let (june, may) = (on_30_june(), on_10_may());
    assert_eq!(june.ratio("C5 by the as-of date"), "3/3");
    assert_eq!(june.with("C5 by the as-of date", Met), "N1 N2 N6");
    assert_eq!(june.ratio("C5 at the first contact"), "2/3");
    assert_eq!(june.with("C5 at the first contact", NotMet), "N2");
    assert_eq!(may.ratio("C5 by the as-of date"), "2/2");
    assert_eq!(may.ratio("C5 at the first contact"), "1/2");
    assert_eq!(june.ratio("C6"), "1/8");
    assert_eq!(june.days("C6", NotMet), "N6:77");
    assert_eq!(may.ratio("C6"), "0/4");
}

#[test]
fn section_6_1_exceptions_x1() {
    let (june, may) = (on_30_june(), on_10_may());
    assert_eq!(june.with("X1 20(5)", Listed), "N4 N7");
    assert_eq!(june.detail("X1 20(5)", "N4"), "first notification: declined 2026-05-01");
    assert_eq!(
        june.detail("X1 20(5)", "N7"),
        "first notification: not contactable 2026-06-03, after the due date, stays in"
    );
    assert_eq!(june.with("X1 exempted locally", Listed), "N8");
    assert_eq!(may.with("X1 20(5)", Listed), "N4");
    assert_eq!(may.with("X1 exempted locally", Listed), "");
    assert_eq!(june.with("X1 harm without a decision in time", Listed), "N7 N10");
    assert_eq!(june.with("X1 contradiction", Listed), "");
    assert_eq!(
        june.days("X1 overdue", Listed),
        "A1:14 A4:30 A5:91 A8:181 P7:12 P13:84 N2:11 N3:28 N3:14 N10:19"
    );
}

#[test]
fn every_figure_reconciles_with_its_units_and_names_its_basis() {
    for figures in [on_30_june(), on_10_may()] {
        let order: Vec<_> = figures.0.iter().map(|figure| figure.id).collect();
        assert_eq!(
            order.join(" "),
            "R0 R1 R2 R2 R2 R3 R4 R5 R6 R7 F0 F1 F2 F3 F4 C0 C1 C2 C2 C3 C4 C5 C5 C6 C7 X1 X1 X1 X1 X1 X1"
        );
        for Figure { id, basis, units, .. } in &figures.0 {
            assert!(!basis.words.is_empty(), "{id}");
            assert!(units.iter().all(|unit| !unit.evidence.is_empty() && !unit.detail.is_empty()), "{id}");
        }
    }
}

#[test]
fn the_earlier_column_is_unchanged_by_everything_that_happened_later() {
    // The data as it stood on 10 May: nothing that occurred later was recorded yet.
    fn cut<E>(history: &mut Vec<crate::Entry<E>>) {
        history.retain(|entry| entry.occurred_on() <= d("05-10"));
    }
    let mut then = example();
    for unit in &mut then.recommendations {
        cut(&mut unit.history);
        unit.actions.iter_mut().for_each(|action| cut(&mut action.history));
    }
    then.actions.iter_mut().for_each(|unit| cut(&mut unit.history));
    for unit in &mut then.reporters {
        cut(&mut unit.incident_history);
        cut(&mut unit.feedback_history);
    }
    for unit in &mut then.cases {
        cut(&mut unit.incident_history);
        cut(&mut unit.case_history);
        cut(&mut unit.sign_offs);
    }
    assert_eq!(then.figures(PERIOD_FROM, "05-10"), on_10_may());
}

#[test]
fn a_count_of_outcomes_is_that_of_the_units() {
    let june = on_30_june();
    assert_eq!([Met, NotMet, Excluded].map(|outcome: Outcome| june.get("R1").outcomes(outcome)), [4, 4, 1]);
}
