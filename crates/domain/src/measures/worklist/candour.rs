//! What is to be done about a duty of candour case.

use super::{Deadline, WorkItem, WorkKind};
use crate::{
    candour_case::{CaseDecision, Exit},
    measures::{
        CandourStanding, Clock, Day,
        candour::{CaseExit, NotificationElement},
    },
    policy::Standing::{Contract, Law, LocalDefault},
};

impl CandourStanding {
    /// What is to be done about the case.
    pub fn work(&self, day: Day<'_>) -> Vec<WorkItem> {
        let mut items = Vec::new();
        match (self.decision, self.exit()) {
            (CaseDecision::Undecided, _) => items.extend(self.decision(day)),
            (CaseDecision::NotRequired, _) => {}
            (CaseDecision::Notifiable, Some(exit)) => items.push(self.exception(exit)),
            (CaseDecision::Notifiable, None) => self.stages(day, &mut items),
        }
        if let Some(downgraded) = self.downgraded {
            let next_step = "look at the grading again with whoever gave it: it no longer asks for candour";
            items.push(
                WorkItem::new(WorkKind::HarmDowngraded, next_step, &self.evidence)
                    .detail(format!("graded down {} after it had prompted a decision", downgraded.on)),
            );
        }
        items
    }

    fn decision(&self, day: Day<'_>) -> Option<WorkItem> {
        let (prompt, due) = (self.prompt?, self.decision_due?);
        let words =
            format!("{} working days from the prompt", day.rules.policy.candour_decision_working_days);
        let next_step = "decide whether the duty of candour applies, on a professional's opinion";
        let harm = if self.moderate_harm {
            "moderate or worse harm"
        } else {
            "it could result in harm, or was flagged"
        };
        Some(
            WorkItem::new(WorkKind::CandourDecision, next_step, &self.evidence)
                .due(LocalDefault, due, words)
                .missing(["a health care professional's opinion and a decision"])
                .detail(format!("prompted {}: {harm}", prompt.on)),
        )
    }

    /// Left after its due date, a case stays overdue; left in time, it has no due date any more.
    fn exception(&self, exit: &CaseExit) -> WorkItem {
        let (kind, next_step, left) = match exit.kind {
            Exit::Declined | Exit::NotContactable => (
                WorkKind::LeftUnder20Paragraph5,
                "keep the record of attempts; take the case up again if the person agrees to talk",
                if exit.kind == Exit::Declined { "declined" } else { "not contactable" },
            ),
            Exit::ExemptedLocally => (
                WorkKind::ExemptedLocally,
                "review the exemption: the statute knows none, and the case counts as not met",
                "exempted locally",
            ),
        };
        let mut item = WorkItem::new(kind, next_step, &self.evidence).detail(format!("{left} {}", exit.on));
        if let (Some(clock), false) = (self.aware_clock, self.left_in_time())
            && self.first_notification.complete.is_none()
        {
            item = item
                .due(LocalDefault, clock.due, "the first notification, from awareness")
                .missing(self.first_notification.missing.iter().map(|element| element_words(*element)));
        }
        WorkItem { owner_role: exit.role.clone(), reason: exit.reason.clone(), ..item }
    }

    fn stages(&self, day: Day<'_>, items: &mut Vec<WorkItem>) {
        let policy = day.rules.policy;
        let (Some(reported), Some(aware), Some(aware_on)) =
            (self.reported_clock, self.aware_clock, self.aware)
        else {
            return;
        };
        if self.first_notification.complete.is_none() {
            items.push(self.first_notification(reported, aware, day));
        }
        let letter = &self.written;
        if let (None, Some(due)) = (letter.first_letter, self.first_letter_due) {
            let parts = [
                (letter.facts.is_none(), "the facts (20(4)(a))"),
                (letter.enquiries.is_none(), "the enquiries to be undertaken, or why none (20(4)(b))"),
                (letter.facts.is_none() || letter.enquiries.is_none(), "an apology in the letter (20(4)(d))"),
            ];
            let words = format!(
                "{} working days from the first notification, or from its due date where that was missed",
                policy.written_notification_working_days
            );
            let next_step = "send the written notification: facts, enquiries and an apology";
            let sent = letter.letters.iter().filter(|letter| !letter.counts).count();
            let detail = match sent {
                0 => format!("aware {}", aware_on.value),
                sent => format!(
                    "aware {}; letters that count for nothing, for want of an apology or of the designated person: {sent}",
                    aware_on.value
                ),
            };
            let mut item = WorkItem::new(WorkKind::WrittenNotification, next_step, &self.evidence)
                .missing(parts.into_iter().filter_map(|(missing, words)| missing.then_some(words)))
                .detail(detail);
            item.deadlines.push(law(
                "the notification must be followed by a written one (20(4)), without a number of days",
            ));
            items.push(item.due(LocalDefault, due, words));
        }
        if letter.results_settled.is_none() {
            let next_step = match self.signed_off {
                Some(_) => "share the results of the enquiries in writing, with an apology",
                None => "have the report signed off, then share the results of the enquiries in writing",
            };
            let detail = match self.signed_off {
                Some(signed_off) => format!("report signed off {}", signed_off.on),
                None => format!("no signed-off report; aware {}", aware_on.value),
            };
            let mut item = WorkItem::new(WorkKind::EnquiryResults, next_step, &self.evidence)
                .missing(["the results of further enquiries, or why there are none (20(4)(c))"])
                .detail(detail);
            item.deadlines.push(law(
                "the written notification must contain the results (20(4)(c)), without a number of days",
            ));
            if let Some(due) = self.results_due {
                let words = format!(
                    "{} working days from the sign-off of the report, or from awareness where that is later",
                    policy.results_working_days
                );
                item = item.due(LocalDefault, due, words);
            }
            items.push(item);
        }
    }

    /// E-13: what was recognised late is not due by the clock from the report.
    fn first_notification(&self, reported: Clock, aware: Clock, day: Day<'_>) -> WorkItem {
        let days = day.rules.policy.first_notification_working_days;
        let elements = self.first_notification.missing.iter().map(|element| element_words(*element));
        let nobody = self.relevant_persons.is_empty().then_some("the relevant person (E-10)");
        let detail = match self.first_notification.first_contact() {
            Some(contact) => format!("begun {}, incomplete", contact.on),
            None => "not begun".to_owned(),
        };
        let detail = if self.late_recognition { format!("{detail}; recognised late") } else { detail };
        let next_step = match self.first_notification.first_contact() {
            Some(_) => "complete the first notification: see what is missing",
            None => {
                "tell the person in person: what is known, what will be looked into, an apology and support"
            }
        };
        let mut item = WorkItem::new(WorkKind::FirstNotification, next_step, &self.evidence)
            .missing(nobody.into_iter().chain(elements))
            .detail(detail);
        item.deadlines.push(law(
            "as soon as reasonably practicable after becoming aware (20(2)), without a number of days",
        ));
        if !self.late_recognition {
            let words =
                format!("{days} working days from the report: NHS Standard Contract and CQC guidance");
            item = item.due(Contract, reported.due, words);
        }
        item.due(LocalDefault, aware.due, format!("{days} working days as in the contract, from awareness"))
    }
}

/// A ground that sets no number of days.
fn law(words: &str) -> Deadline {
    Deadline { standing: Law, due: None, words: words.to_owned() }
}

/// E-6: an element in words.
const fn element_words(element: NotificationElement) -> &'static str {
    match element {
        NotificationElement::Mode => "how it was given: face to face, by video or by telephone (20(3)(a))",
        NotificationElement::Representatives => "who gave it (20(3)(a))",
        NotificationElement::FactsAccount => "an account of the facts known (20(3)(b))",
        NotificationElement::FurtherEnquiries => "the further enquiries, or why none (20(3)(c))",
        NotificationElement::Apology => "an apology (20(3)(d))",
        NotificationElement::SupportOffered => "an offer of support (20(2)(b))",
        NotificationElement::WrittenRecord => "a written record (20(3)(e))",
    }
}
