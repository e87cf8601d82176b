//! What happens in a life, and when. The shares are plausible for an acute trust; they are nobody's figures.
//!
//! Most goes as it should. Some things come late or never, some are done wrong and put right: a report that should not have been made or was
//! made twice, harm graded again, a case that nobody can reach, an action that is not what was agreed.

mod agenda;
mod candour;
mod learning;

use candour_domain::incident::{HarmGrade, PhysicalHarm, ReporterIdentity};
use jiff::Timestamp;

use super::step::{CaseStep, FeedbackStep, IncidentStep, Level, Record, Reported, Step};
use crate::chance::Chance;
use agenda::Agenda;

/// What is drawn for a life as a whole.
pub(crate) struct Plan {
    reporter: Option<ReporterIdentity>,
    /// The harm to the person affected; `None` where nobody was.
    pub(crate) harm: Option<PhysicalHarm>,
    graded_at_once: bool,
    learned_from: bool,
    /// Entries of it are corrected.
    pub(crate) is_corrected: bool,
    fate: Fate,
}

/// What becomes of the report.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stands,
    /// It repeats the report before it.
    Repeats,
    /// It should not have been made.
    InError,
}

const LEVELS: [PhysicalHarm; 5] = [
    PhysicalHarm::Fatal,
    PhysicalHarm::Severe,
    PhysicalHarm::Moderate,
    PhysicalHarm::Low,
    PhysicalHarm::None,
];

/// The grade of a level.
pub(super) fn grade(level: Level) -> HarmGrade {
    let physical = level.and_then(|level| LEVELS.iter().copied().find(|harm| harm.level() == level));
    HarmGrade { physical, ..HarmGrade::default() }
}

/// The level beside another one.
fn beside(level: u8, is_worse: bool) -> u8 {
    let at = LEVELS.iter().position(|harm| harm.level() == level).unwrap_or_default();
    let beside = if is_worse { at.checked_sub(1).unwrap_or(1) } else { (at + 1).min(LEVELS.len() - 1) };
    LEVELS[beside].level()
}

fn is_serious(level: Level) -> bool {
    level.is_some_and(|level| level <= PhysicalHarm::Moderate.level())
}

impl Plan {
    /// Draws who reports, who is harmed, and how much follows.
    pub(crate) fn draw(chance: &mut Chance, number: u64) -> Self {
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
        let learned_from = if is_serious(harm.map(PhysicalHarm::level)) {
            chance.in_thousand(300)
        } else {
            chance.in_thousand(5)
        };
        let fate = match chance.below(1000) {
            0..15 if number > 0 => Fate::Repeats,
            15..23 => Fate::InError,
            _ => Fate::Stands,
        };
        Self {
            reporter,
            harm,
            graded_at_once: chance.in_thousand(600),
            learned_from,
            is_corrected: chance.in_thousand(40),
            fate,
        }
    }

    /// Everything that happens, each with the instant at which it is recorded; the report first.
    pub(crate) fn steps(&self, chance: &mut Chance, reported_at: Timestamp) -> Vec<(Timestamp, Step)> {
        let level = self.harm.map(PhysicalHarm::level);
        let reported =
            Reported { reporter: self.reporter, harm_level: level.filter(|_| self.graded_at_once) };
        let mut agenda = Agenda::new(reported_at, chance);
        agenda.first(Step::Incident(IncidentStep::Report(Box::new(reported))));
        match self.fate {
            Fate::Stands => self.it_is_followed_up(&mut agenda, level),
            Fate::Repeats => self.it_is_found_twice(&mut agenda, level),
            Fate::InError => agenda.at(1..=5, Step::Incident(IncidentStep::RecordInError)),
        }
        agenda.into_steps()
    }

    fn it_is_followed_up(&self, agenda: &mut Agenda<'_>, level: Level) {
        let is_graded = level.is_some() && (self.graded_at_once || agenda.chance.in_thousand(850));
        if is_graded && !self.graded_at_once {
            agenda.at(1..=5, Step::Incident(IncidentStep::Grade(level)));
        }
        agenda.maybe(80, 1..=10, Step::Incident(IncidentStep::Amend));
        if level.is_some() {
            agenda.maybe(30, 1..=12, Step::Incident(IncidentStep::AddPerson));
            agenda.maybe(10, 1..=3, Step::Incident(IncidentStep::SetFlag));
        }
        closed(agenda);
        self.reporter_is_told(agenda);
        if is_serious(level) {
            candour::is_owed(agenda, 0);
        }
        if let Some(level) = level.filter(|_| is_graded)
            && agenda.chance.in_thousand(60)
        {
            let worse = agenda.chance.in_thousand(500);
            let again = agenda.chance.between(12, 35);
            let level_then = beside(level, worse);
            agenda.at(again..=again, Step::Incident(IncidentStep::Grade(Some(level_then))));
            if !is_serious(Some(level)) && is_serious(Some(level_then)) && agenda.chance.in_thousand(700) {
                candour::is_owed(agenda, again);
            }
        }
        if self.learned_from {
            learning::is_drawn(agenda);
        }
        if self.is_corrected {
            agenda.at(6..=14, Step::Correct(Record::Incident));
            agenda.at(12..=70, Step::Correct(Record::Feedback));
            agenda.at(8..=40, Step::Correct(Record::Case));
            agenda.at(40..=80, Step::Correct(Record::Response));
            agenda.at(60..=150, Step::Correct(Record::FirstAction));
        }
    }

    fn it_is_found_twice(&self, agenda: &mut Agenda<'_>, level: Level) {
        let same_reporter = self.reporter.is_some() && agenda.chance.in_thousand(400);
        agenda.at(1..=6, Step::Incident(IncidentStep::LinkToTheOneBefore { same_reporter }));
        if is_serious(level) {
            agenda.at(7..=9, Step::Case(CaseStep::RecordNotNotifiable));
        }
        agenda.at(7..=12, Step::Incident(IncidentStep::Close));
    }

    fn reporter_is_told(&self, agenda: &mut Agenda<'_>) {
        match self.reporter {
            None => return,
            // One in three has nobody who could pass anything on.
            Some(ReporterIdentity::Anonymous) if agenda.chance.in_thousand(330) => return,
            Some(ReporterIdentity::Anonymous) => agenda.at(0..=0, Step::Feedback(FeedbackStep::OpenChannel)),
            Some(ReporterIdentity::Named | ReporterIdentity::Confidential) => {}
        }
        agenda.maybe(900, 1..=4, Step::Feedback(FeedbackStep::Acknowledge));
        agenda.maybe(500, 8..=25, Step::Feedback(FeedbackStep::SendProgress));
        agenda.maybe(200, 26..=45, Step::Feedback(FeedbackStep::SendProgress));
        match agenda.chance.below(1000) {
            0..20 => agenda.at(5..=30, Step::Feedback(FeedbackStep::OptOut)),
            20..35 => agenda.at(46..=70, Step::Feedback(FeedbackStep::GiveUp)),
            35..65 => agenda.at(30..=80, Step::Feedback(FeedbackStep::AssertOutcome)),
            65..880 => agenda.at(15..=75, Step::Feedback(FeedbackStep::SendOutcome)),
            880..950 => agenda.at(76..=150, Step::Feedback(FeedbackStep::SendOutcome)),
            _ => {}
        }
    }
}

fn closed(agenda: &mut Agenda<'_>) {
    if !agenda.chance.in_thousand(880) {
        return;
    }
    let on = agenda.chance.between(15, 60);
    agenda.at(on..=on, Step::Incident(IncidentStep::Close));
    if agenda.chance.in_thousand(25) {
        agenda.at(on + 5..=on + 20, Step::Incident(IncidentStep::Reopen));
        agenda.at(on + 25..=on + 45, Step::Incident(IncidentStep::Close));
    }
}
