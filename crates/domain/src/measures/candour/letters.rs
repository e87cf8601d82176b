//! E-7: the written notification, over several letters, and the results of enquiries.

use jiff::civil::Date;

use super::designation::Designation;
use crate::{
    candour_case::{
        CoversEnquiries, EnquiryResults, Event, FurtherEnquiries, LetterCovers, WrittenNotification,
    },
    entry::Entry,
    identifier::EventId,
    measures::Dated,
};

/// A letter, or the results of enquiries shared in writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The day it was given or sent.
    pub on: Date,
    /// What it covers.
    pub covers: LetterCovers,
    /// It counts: it contains an apology (E-7) and was not addressed to another relevant person than the designated one.
    pub counts: bool,
    /// The event that proves it.
    pub event_id: EventId,
}

/// The written stage at the end of a day (regulation 20(4)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenStanding {
    /// Every letter, also those that count for nothing.
    pub letters: Vec<Letter>,
    /// 20(4)(a): the facts.
    pub facts: Option<Dated>,
    /// 20(4)(b): the enquiries to be undertaken, or "none, because …".
    pub enquiries: Option<Dated>,
    /// 20(4)(c): the results were shared.
    pub results: Option<Dated>,
    /// "No further enquiries, because …": satisfies 20(4)(c). By a letter or an entry of its own it covers (b) as well; said at a contact of
    /// the first notification it does not, as (b) must be in writing.
    pub no_further_enquiries: Option<Dated>,
    /// C3: the union of the letters first covered facts and enquiries, each with an apology.
    pub first_letter: Option<Dated>,
    /// C4: results shared, or "no further enquiries, because …", whichever came first.
    pub results_settled: Option<Dated>,
    /// 20(4)(a) to (d) are covered by the union of what counts (E-7); independent of any number of days.
    pub satisfied: Option<Dated>,
}

pub(super) fn written(case: &[&Entry<Event>], designation: &Designation) -> WrittenStanding {
    let mut found = WrittenStanding::default();
    for entry in case {
        match &entry.event {
            Event::WrittenNotificationSent(WrittenNotification { relevant_person, covers, .. }) => {
                found.take(entry, covers.clone(), designation.counts(entry, *relevant_person));
            }
            Event::EnquiryResultsShared(EnquiryResults { relevant_person, apology, .. }) => {
                let covers = LetterCovers { results: true, apology: *apology, ..LetterCovers::default() };
                found.take(entry, covers, designation.counts(entry, *relevant_person));
            }
            Event::InPersonNotified(contact) => {
                let none = matches!(contact.further_enquiries, Some(FurtherEnquiries::None { .. }));
                if none && designation.counts(entry, contact.relevant_person) {
                    found.no_further_enquiries.get_or_insert(Dated::at(entry));
                }
            }
            Event::NoFurtherEnquiries { .. } => {
                let this = Dated::at(entry);
                found.enquiries.get_or_insert(this);
                found.no_further_enquiries.get_or_insert(this);
            }
            _ => {}
        }
        found.conclude(Dated::at(entry));
    }
    found
}

impl WrittenStanding {
    fn take(&mut self, entry: &Entry<Event>, covers: LetterCovers, to_designated: bool) {
        let this = Dated::at(entry);
        let counts = covers.apology && to_designated;
        if counts {
            if covers.facts {
                self.facts.get_or_insert(this);
            }
            if covers.enquiries.is_some() {
                self.enquiries.get_or_insert(this);
            }
            if matches!(covers.enquiries, Some(CoversEnquiries::None { .. })) {
                self.no_further_enquiries.get_or_insert(this);
            }
            if covers.results {
                self.results.get_or_insert(this);
            }
        }
        self.letters.push(Letter { on: this.on, covers, counts, event_id: this.event_id });
    }

    /// Whatever holds for the first time after this entry is dated by it.
    fn conclude(&mut self, this: Dated) {
        if self.results.is_some() || self.no_further_enquiries.is_some() {
            self.results_settled.get_or_insert(this);
        }
        // The facts can only come by a letter with an apology, so the apology of 20(4)(d) comes with them.
        if self.facts.is_some() && self.enquiries.is_some() {
            self.first_letter.get_or_insert(this);
            if self.results_settled.is_some() {
                self.satisfied.get_or_insert(this);
            }
        }
    }
}
