//! What a source said of a learning action, as of its last word.

use candour_domain::{
    Entry,
    action::{AssertedStage, Event, Implementation, MeasurePlan, Owner, Strength},
    identifier::EventId,
    text::{Line, PersonReference, Prose},
};
use jiff::{Timestamp, civil::Date};

/// What a source said of a learning action. An entry comes with the instant it is dated.
#[derive(Debug, Default)]
pub(super) struct ActionSaid {
    pub(super) agreed: Option<(EventId, Timestamp)>,
    pub(super) description: Option<Prose>,
    pub(super) owner: Option<Owner>,
    pub(super) target_on: Option<Date>,
    pub(super) measure: Option<Line>,
    pub(super) monitor: Option<Line>,
    pub(super) strength: Option<Strength>,
    pub(super) implemented: Option<ImplementedSaid>,
    pub(super) verified: Option<(EventId, Timestamp)>,
    pub(super) withdrawn: Option<(EventId, Timestamp)>,
}

/// What a source said of the implementation.
#[derive(Debug)]
pub(super) enum ImplementedSaid {
    /// With evidence.
    Reported { entry: EventId, report: Implementation, by: Option<PersonReference> },
    /// Without.
    Asserted { entry: EventId, at: Timestamp },
}

impl ImplementedSaid {
    /// The entry.
    pub(super) fn entry(&self) -> EventId {
        match self {
            Self::Reported { entry, .. } | Self::Asserted { entry, .. } => *entry,
        }
    }
}

impl ActionSaid {
    /// The fold of what the source said, in that order.
    pub(super) fn of(entries: &[Entry<Event>]) -> Self {
        let mut said = Self::default();
        for entry in entries {
            said.hear(entry);
        }
        said
    }

    /// Whether the source never agreed it.
    pub(super) fn is_nothing(&self) -> bool {
        self.agreed.is_none()
    }

    fn hear(&mut self, entry: &Entry<Event>) {
        let dated = (entry.event_id, entry.occurred_at);
        match &entry.event {
            Event::ActionAgreed(agreement) => {
                self.agreed = Some(dated);
                self.description = Some(agreement.description.clone());
                self.owner.clone_from(&agreement.owner);
                self.target_on = agreement.target_on;
                self.plan(&agreement.plan);
            }
            Event::OwnerAssigned(owner) => self.owner = Some(owner.clone()),
            Event::ActionMeasureSet(plan) => self.plan(plan),
            Event::TargetMoved(target_move) => self.target_on = Some(target_move.to),
            Event::ImplementationReported(report) => {
                self.implemented = Some(ImplementedSaid::Reported {
                    entry: entry.event_id,
                    report: report.clone(),
                    by: entry.performed_by.clone(),
                });
            }
            Event::ActionStageAsserted(assertion) => match assertion.stage {
                AssertedStage::Implementation => {
                    self.implemented =
                        Some(ImplementedSaid::Asserted { entry: entry.event_id, at: entry.occurred_at });
                }
                AssertedStage::Verification => self.verified = Some(dated),
            },
            Event::ActionWithdrawn { .. } => self.withdrawn = Some(dated),
            // A source says nothing of these; its corrections are applied already.
            Event::ProgressNoted { .. }
            | Event::ImplementationVerified(_)
            | Event::VerificationRefused { .. }
            | Event::EffectivenessReviewed(_)
            | Event::ActionSuperseded { .. }
            | Event::RiskAccepted(_)
            | Event::ActionClosed { .. }
            | Event::EntryCorrected(_) => {}
        }
    }

    fn plan(&mut self, plan: &MeasurePlan) {
        let measure = plan.measure.as_ref().map(|measure| measure.name.clone());
        self.measure = measure.or(self.measure.take());
        self.monitor = plan.monitor.clone().or(self.monitor.take());
        self.strength = plan.strength.or(self.strength);
    }
}
