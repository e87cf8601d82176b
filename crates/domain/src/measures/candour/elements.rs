//! E-6: the elements of the first notification, over all contacts with the designated relevant person.

use jiff::civil::Date;

use super::designation::Designation;
use crate::{
    calendar::RecordedUnder,
    candour_case::{Event, FirstNotification, NotificationMode},
    entry::Entry,
    identifier::EventId,
    measures::{Dated, Fact},
};

coded_enum! {
    /// E-6: an element of the first notification. A stage that lacks one is incomplete, dated by nothing.
    pub enum NotificationElement {
        /// A mode was recorded: face to face, video or telephone.
        Mode = "mode",
        /// At least one representative was named.
        Representatives = "representatives",
        /// The facts known were given (20(3)(b)).
        FactsAccount = "facts-account",
        /// Further enquiries were advised, or "none, because …" (20(3)(c)).
        FurtherEnquiries = "further-enquiries",
        /// An apology was given (20(3)(d)).
        Apology = "apology",
        /// Support was offered, at a contact or apart from it (20(2)(b)).
        SupportOffered = "support-offered",
        /// A written record is kept (20(3)(e)).
        WrittenRecord = "written-record",
    }
}

impl NotificationElement {
    /// Whether a contact brought it.
    fn is_in(self, contact: &FirstNotification) -> bool {
        match self {
            Self::Mode => contact.mode.is_some(),
            Self::Representatives => !contact.representatives.is_empty(),
            Self::FactsAccount => contact.facts_account,
            Self::FurtherEnquiries => contact.further_enquiries.is_some(),
            Self::Apology => contact.apology,
            Self::SupportOffered => contact.support_offered,
            Self::WrittenRecord => contact.written_record.is_some(),
        }
    }
}

/// A contact of the first notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The day.
    pub on: Date,
    /// How.
    pub mode: Option<NotificationMode>,
    /// It was with the designated relevant person, or with somebody not named when that person was designated.
    pub with_designated: bool,
    /// What it brought.
    pub elements: Vec<NotificationElement>,
    /// The event that proves it.
    pub event_id: EventId,
}

/// The first notification was complete: dated by its last element (E-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The day of the last element.
    pub on: Date,
    /// The mode of the contact that completed it; where the last element came apart from a contact, of the latest one before.
    /// Whether a call can be "in person" was not verified (W-3), so the three are printed apart.
    pub mode: Option<NotificationMode>,
    /// The event that brought the last element.
    pub event_id: EventId,
    /// The calendar that event was recorded under.
    pub recorded_under: RecordedUnder,
}

/// The first notification at the end of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirstNotificationStanding {
    /// Every contact, also with other relevant persons, in order.
    pub contacts: Vec<Contact>,
    /// The elements on record with the designated relevant person, and when each first was.
    pub elements: Vec<Fact<NotificationElement>>,
    /// The elements that are missing.
    pub missing: Vec<NotificationElement>,
    /// When and how it was complete; `None` while anything is missing.
    pub complete: Option<Completion>,
    /// The first contact alone brought every element, with the support offered by the end of its day (C5).
    pub complete_at_first_contact: bool,
}

pub(super) fn first_notification(
    case: &[&Entry<Event>],
    designation: &Designation,
) -> FirstNotificationStanding {
    let mut found = FirstNotificationStanding::default();
    for entry in case {
        match &entry.event {
            Event::InPersonNotified(contact) => {
                let with_designated = designation.counts(entry, contact.relevant_person);
                let elements: Vec<_> = NotificationElement::ALL
                    .iter()
                    .copied()
                    .filter(|element| element.is_in(contact))
                    .collect();
                if with_designated {
                    found.bring(entry, &elements, contact.mode);
                }
                let (on, mode, event_id) = (entry.occurred_on(), contact.mode, entry.event_id);
                found.contacts.push(Contact { on, mode, with_designated, elements, event_id });
            }
            Event::SupportOffered(support) if designation.counts(entry, support.relevant_person) => {
                found.bring(entry, &[NotificationElement::SupportOffered], None);
            }
            _ => {}
        }
    }
    found.missing = NotificationElement::ALL.iter().copied().filter(|element| !found.has(*element)).collect();
    found.complete_at_first_contact = found.is_complete_at_first_contact();
    found
}

impl FirstNotificationStanding {
    /// The first contact, with whomever.
    pub fn first_contact(&self) -> Option<&Contact> {
        self.contacts.first()
    }

    fn has(&self, element: NotificationElement) -> bool {
        self.elements.iter().any(|fact| fact.value == element)
    }

    fn bring(
        &mut self,
        entry: &Entry<Event>,
        elements: &[NotificationElement],
        mode: Option<NotificationMode>,
    ) {
        for element in elements {
            if !self.has(*element) {
                self.elements.push(Fact::of(entry, *element));
            }
        }
        if self.complete.is_none() && NotificationElement::ALL.iter().all(|element| self.has(*element)) {
            let earlier =
                || self.contacts.iter().rev().filter(|contact| contact.with_designated).find_map(|c| c.mode);
            let Dated { on, event_id, recorded_under, .. } = Dated::at(entry);
            self.complete = Some(Completion { on, mode: mode.or_else(earlier), event_id, recorded_under });
        }
    }

    fn is_complete_at_first_contact(&self) -> bool {
        let Some(contact) = self.contacts.first().filter(|contact| contact.with_designated) else {
            return false;
        };
        let support_by_then = self
            .elements
            .iter()
            .any(|fact| fact.value == NotificationElement::SupportOffered && fact.on <= contact.on);
        NotificationElement::ALL.iter().all(|element| {
            contact.elements.contains(element)
                || (*element == NotificationElement::SupportOffered && support_by_then)
        })
    }
}
