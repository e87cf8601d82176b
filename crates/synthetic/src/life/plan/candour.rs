//! The duty of candour in a life.

use super::agenda::Agenda;
use crate::life::step::{CaseStep, Step};

/// Plans what comes of serious harm that shows so many days after the report.
pub(super) fn is_owed(agenda: &mut Agenda<'_>, shown: i64) {
    let at = |agenda: &mut Agenda<'_>, first: i64, last: i64, step| {
        agenda.at(shown + first..=shown + last, Step::Case(step));
    };
    match agenda.chance.below(1000) {
        0..70 => return at(agenda, 2, 9, CaseStep::RecordNotNotifiable),
        // Nobody decides.
        70..130 => return,
        // Another system holds what was done.
        130..190 => return at(agenda, 3, 12, CaseStep::AssertNotified),
        _ => {}
    }
    at(agenda, 6, 8, CaseStep::AssessNotifiable);
    at(agenda, 9, 9, CaseStep::IdentifyRelevantPerson);
    match agenda.chance.below(1000) {
        0..70 => at(agenda, 11, 16, CaseStep::Decline),
        70..150 => nobody_is_reached(agenda, shown),
        150..190 => at(agenda, 11, 14, CaseStep::ExemptLocally),
        190..250 => {}
        late => {
            let (first, last) = if late < 330 { (20, 45) } else { (10, 16) };
            let on = shown + agenda.chance.between(first, last);
            told(agenda, on);
        }
    }
}

/// Plans the notifications, beginning that many days after the report.
fn told(agenda: &mut Agenda<'_>, on: i64) {
    let case = Step::Case;
    agenda.at(on..=on, case(CaseStep::NotifyInPerson));
    agenda.maybe(120, on + 2..=on + 6, case(CaseStep::OfferSupport));
    agenda.maybe(850, on + 2..=on + 15, case(CaseStep::SendLetter));
    if agenda.chance.in_thousand(150) {
        agenda.at(on + 20..=on + 50, case(CaseStep::FindNoFurtherEnquiries));
    } else {
        agenda.maybe(750, on + 35..=on + 85, case(CaseStep::ShareResults));
    }
}

/// Three attempts by two methods on three days (E-8); some are reached after all.
fn nobody_is_reached(agenda: &mut Agenda<'_>, shown: i64) {
    for (day, by_letter) in [(11, false), (14, true), (18, false)] {
        agenda.at(shown + day..=shown + day, Step::Case(CaseStep::Attempt { by_letter }));
    }
    agenda.at(shown + 21..=shown + 23, Step::Case(CaseStep::FindNotContactable));
    if agenda.chance.in_thousand(500) {
        agenda.at(shown + 40..=shown + 50, Step::Case(CaseStep::Reopen));
        told(agenda, shown + 55);
    }
}
