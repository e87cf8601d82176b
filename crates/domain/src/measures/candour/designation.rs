//! E-10: who was designated when, and whether what was said or sent counts for who is designated now.

use crate::{candour_case::Event, entry::Entry, identifier::RelevantPersonId, measures::Fact};

/// The relevant persons of a case at the end of a day.
#[derive(Clone, Debug, Default)]
pub(super) struct Designation {
    /// Everybody identified, in order.
    pub(super) persons: Vec<Fact<RelevantPersonId>>,
    /// Who was designated from which entry on: the first identified, until another is.
    changes: Vec<(Moment, RelevantPersonId)>,
}

/// A place in the order in which things occurred.
type Moment = (jiff::civil::Date, u64);

fn moment(entry: &Entry<Event>) -> Moment {
    (entry.occurred_on(), entry.version)
}

impl Designation {
    pub(super) fn of(case: &[&Entry<Event>]) -> Self {
        let mut found = Self::default();
        for entry in case {
            if let Event::RelevantPersonIdentified(person) = &entry.event {
                found.persons.push(Fact::of(entry, person.id));
                if person.designated || found.changes.is_empty() {
                    found.changes.push((moment(entry), person.id));
                }
            }
        }
        found
    }

    /// The one designated now.
    pub(super) fn present(&self) -> Option<RelevantPersonId> {
        self.changes.last().map(|(_, id)| *id)
    }

    /// Whether what this entry addressed to that person counts for the one designated now. Nobody named is the one designated when it
    /// occurred, or the first who was where nobody was by then: whoever takes over later does not inherit it.
    pub(super) fn counts(&self, entry: &Entry<Event>, addressed: Option<RelevantPersonId>) -> bool {
        let by_then = self.changes.iter().rfind(|(from, _)| *from <= moment(entry));
        let meant = || by_then.or(self.changes.first()).map(|(_, id)| *id);
        addressed.or_else(meant) == self.present()
    }
}
