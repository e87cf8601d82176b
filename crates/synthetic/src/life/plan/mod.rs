//! What happens in a life, and when. The shares are plausible for an acute trust; they are nobody's figures.

use candour_domain::incident::{HarmGrade, PhysicalHarm, ReporterIdentity};
use jiff::{SignedDuration, Timestamp};

use crate::chance::Chance;

/// One thing that happens. Numbers count recommendations and actions of the life from 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Report(Box<Reported>),
    Amend,
    Grade(Option<u8>),
    Close,
    OpenChannel,
    Acknowledge,
    SendProgress,
    SendOutcome,
    OptOut,
    AssessNotifiable,
    RecordNotNotifiable,
    IdentifyRelevantPerson,
    NotifyInPerson,
    SendLetter,
    ShareResults,
    StartResponse,
    Recommend(usize),
    Accept(usize),
    SignOff,
    Agree { action: usize, recommendation: Option<usize>, target_in_days: i64 },
    NoteProgress(usize),
    MoveTarget(usize),
    Implement(usize),
    Verify(usize),
    ReviewEffectiveness(usize),
}

/// What a report says that the plan depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reported {
    pub(crate) reporter: Option<ReporterIdentity>,
    /// The level of physical harm as first graded, where graded at once.
    pub(crate) harm_level: Option<u8>,
}

/// What is drawn for a life as a whole.
pub(crate) struct Plan {
    reporter: Option<ReporterIdentity>,
    /// The harm to the person affected; `None` where nobody was.
    pub(crate) harm: Option<PhysicalHarm>,
    graded_at_once: bool,
    learned_from: bool,
}

const LEVELS: [PhysicalHarm; 5] = [
    PhysicalHarm::Fatal,
    PhysicalHarm::Severe,
    PhysicalHarm::Moderate,
    PhysicalHarm::Low,
    PhysicalHarm::None,
];

/// The grade of a level.
pub(super) fn grade(level: Option<u8>) -> HarmGrade {
    let physical = level.and_then(|level| LEVELS.iter().copied().find(|harm| harm.level() == level));
    HarmGrade { physical, ..HarmGrade::default() }
}

impl Plan {
    /// Draws who reports, who is harmed, and how much follows.
    pub(crate) fn draw(chance: &mut Chance) -> Self {
        let reporter = match chance.below(100) {
            0..70 => Some(ReporterIdentity::Named),
            70..82 => Some(ReporterIdentity::Confidential),
            82..88 => Some(ReporterIdentity::Anonymous),
            _ => None,
        };
        let harm = match chance.below(1000) {
            0..2 => Some(PhysicalHarm::Fatal),
            2..8 => Some(PhysicalHarm::Severe),
            8..38 => Some(PhysicalHarm::Moderate),
            38..250 => Some(PhysicalHarm::Low),
            250..700 => Some(PhysicalHarm::None),
            _ => None,
        };
        let is_serious = harm.is_some_and(|harm| harm.level() <= PhysicalHarm::Moderate.level());
        let learned_from = if is_serious { chance.in_thousand(300) } else { chance.in_thousand(5) };
        Self { reporter, harm, graded_at_once: chance.in_thousand(600), learned_from }
    }

    /// Everything that happens, each with the instant at which it is recorded; the report first.
    pub(crate) fn steps(&self, chance: &mut Chance, reported_at: Timestamp) -> Vec<(Timestamp, Step)> {
        let level = self.harm.map(PhysicalHarm::level);
        let reported =
            Reported { reporter: self.reporter, harm_level: level.filter(|_| self.graded_at_once) };
        let mut agenda = Agenda { reported_at, chance, steps: Vec::with_capacity(12) };
        agenda.steps.push((reported_at, Step::Report(Box::new(reported))));
        if level.is_some() && !self.graded_at_once {
            agenda.maybe(850, 1..=5, Step::Grade(level));
        }
        agenda.maybe(80, 1..=10, Step::Amend);
        agenda.maybe(880, 15..=60, Step::Close);
        self.reporter_is_told(&mut agenda);
        if level.is_some_and(|level| level <= PhysicalHarm::Moderate.level()) {
            candour_is_owed(&mut agenda);
        }
        if self.learned_from {
            it_is_learned_from(&mut agenda);
        }
        agenda.steps
    }

    fn reporter_is_told(&self, agenda: &mut Agenda<'_>) {
        match self.reporter {
            None => return,
            Some(ReporterIdentity::Anonymous) => agenda.at(0..=0, Step::OpenChannel),
            Some(ReporterIdentity::Named | ReporterIdentity::Confidential) => {}
        }
        agenda.maybe(940, 1..=4, Step::Acknowledge);
        agenda.maybe(500, 8..=25, Step::SendProgress);
        agenda.maybe(200, 26..=45, Step::SendProgress);
        if agenda.chance.in_thousand(20) {
            agenda.at(5..=30, Step::OptOut);
        } else {
            agenda.maybe(850, 15..=75, Step::SendOutcome);
        }
    }
}

fn candour_is_owed(agenda: &mut Agenda<'_>) {
    if agenda.chance.in_thousand(80) {
        return agenda.at(2..=9, Step::RecordNotNotifiable);
    }
    if !agenda.chance.in_thousand(930) {
        return;
    }
    agenda.at(6..=8, Step::AssessNotifiable);
    agenda.at(9..=9, Step::IdentifyRelevantPerson);
    agenda.maybe(920, 10..=16, Step::NotifyInPerson);
    agenda.maybe(850, 17..=28, Step::SendLetter);
    agenda.maybe(700, 50..=95, Step::ShareResults);
}

fn it_is_learned_from(agenda: &mut Agenda<'_>) {
    let first = agenda.chance.between(8, 20);
    agenda.at(first..=first, Step::StartResponse);
    let mut actions = 0;
    let made = first + agenda.chance.between(20, 45);
    for recommendation in 0..usize::try_from(agenda.chance.between(1, 3)).unwrap_or(1) {
        agenda.at(made..=made, Step::Recommend(recommendation));
        let accepted = made + agenda.chance.between(1, 10);
        agenda.at(accepted..=accepted, Step::Accept(recommendation));
        for _ in 0..agenda.chance.between(1, 2) {
            action(agenda, accepted + 1, actions, Some(recommendation));
            actions += 1;
        }
    }
    agenda.maybe(900, made + 11..=made + 20, Step::SignOff);
    if agenda.chance.in_thousand(200) {
        action(agenda, first, actions, None);
    }
}

fn action(agenda: &mut Agenda<'_>, from: i64, action: usize, recommendation: Option<usize>) {
    let agreed = from + agenda.chance.between(1, 14);
    let target_in_days = agenda.chance.between(30, 120);
    agenda.at(agreed..=agreed, Step::Agree { action, recommendation, target_in_days });
    agenda.maybe(700, agreed + 5..=agreed + 25, Step::NoteProgress(action));
    agenda.maybe(200, agreed + 20..=agreed + 28, Step::MoveTarget(action));
    if agenda.chance.in_thousand(800) {
        let implemented = agreed + target_in_days + agenda.chance.between(-10, 20);
        agenda.at(implemented..=implemented, Step::Implement(action));
        if agenda.chance.in_thousand(850) {
            let verified = implemented + agenda.chance.between(1, 20);
            agenda.at(verified..=verified, Step::Verify(action));
            agenda.maybe(600, verified + 30..=verified + 90, Step::ReviewEffectiveness(action));
        }
    }
}

/// The steps as they are planned.
struct Agenda<'a> {
    reported_at: Timestamp,
    chance: &'a mut Chance,
    steps: Vec<(Timestamp, Step)>,
}

impl Agenda<'_> {
    /// Plans a step so many days after the report, between 1 and 9 hours later in the day than it.
    fn at(&mut self, days: std::ops::RangeInclusive<i64>, step: Step) {
        let days = self.chance.between(*days.start(), *days.end());
        let minutes = days.saturating_mul(24 * 60).saturating_add(self.chance.between(60, 540));
        // Past the end of time nothing happens.
        if let Ok(at) = self.reported_at.checked_add(SignedDuration::from_mins(minutes)) {
            self.steps.push((at, step));
        }
    }

    /// Plans it in so many cases of a thousand.
    fn maybe(&mut self, cases: u64, days: std::ops::RangeInclusive<i64>, step: Step) {
        if self.chance.in_thousand(cases) {
            self.at(days, step);
        }
    }
}
