//! What is to be done about reporters.

use super::{WorkItem, WorkKind};
use crate::{
    measures::{Day, Due, ReporterStanding, fact::days_after, reporters::ExitEffect},
    policy::Standing::LocalDefault,
};

impl ReporterStanding {
    /// What is to be done about the report's reporter.
    pub fn work(&self, day: Day<'_>) -> Vec<WorkItem> {
        if !self.is_eligible() || self.told.is_some() {
            return Vec::new();
        }
        let policy = day.rules.policy;
        let mut items = Vec::new();
        let left = self.exit.as_ref().filter(|exit| exit.effect == ExitEffect::Stays);
        if self.acknowledged.is_none() {
            let words = format!("{} working days from the report", policy.acknowledge_reporter_working_days);
            items.push(
                WorkItem::new(WorkKind::Acknowledgement, "acknowledge the report", &self.evidence)
                    .due(LocalDefault, self.acknowledgement_due, words)
                    .missing(["an acknowledgement"])
                    .detail(format!("reported {}", self.reported.on)),
            );
        } else if self.closed.is_none() && left.is_none() {
            let since = self.last_message.map_or(self.reported.on, |message| message.on);
            let due = Due::On(days_after(since, policy.progress_interval_days));
            let words = format!("a message at least every {} days", policy.progress_interval_days);
            let next_step = "send word of progress, or the outcome";
            items.push(
                WorkItem::new(WorkKind::Progress, next_step, &self.evidence)
                    .due(LocalDefault, due, words)
                    .missing([format!("a message since {since}")])
                    .detail(format!("last message {since}")),
            );
        }
        let words = format!(
            "the earlier of {} working days after closure and {} days after the report",
            policy.outcome_after_closure_working_days, policy.outcome_backstop_days
        );
        let next_step = match left {
            Some(_) => "left after its due date: try another way to tell the outcome",
            None => "tell the reporter what was found and what changed, or why nothing did",
        };
        let detail = match (left, self.closed) {
            (Some(exit), _) => format!("reported {}; left {}, after its due date", self.reported.on, exit.on),
            (None, Some(closed)) => format!("reported {}; incident closed {}", self.reported.on, closed.on),
            (None, None) => format!("reported {}; incident open", self.reported.on),
        };
        let outcome = WorkItem::new(WorkKind::OutcomeToReporter, next_step, &self.evidence)
            .due(LocalDefault, self.outcome_due, words)
            .missing(["what was found", "what changed, or why nothing did"])
            .detail(detail);
        items.push(WorkItem { reason: left.and_then(|exit| exit.reason.clone()), ..outcome });
        items
    }
}
