//! What the measures are given: each unit with its corrected histories.

use crate::{
    action::{self, ActionSource, RecommendationKey},
    candour_case,
    entry::Entry,
    feedback,
    identifier::{ActionId, AffectedPersonId, CaseId, IncidentId},
    incident, response,
    text::PublicReference,
};

/// A learning action. The unit of R1 to R7.
#[derive(Clone, Debug)]
pub struct ActionUnit {
    /// The action.
    pub id: ActionId,
    /// Its public reference.
    pub reference: PublicReference,
    /// What it stands under.
    pub source: ActionSource,
    /// Its corrected history.
    pub history: Vec<Entry<action::Event>>,
}

/// A recommendation with every action under it. The unit of R0.
#[derive(Clone, Debug)]
pub struct RecommendationUnit {
    /// The response and the recommendation.
    pub key: RecommendationKey,
    /// Its public reference.
    pub reference: PublicReference,
    /// The entries of the response's corrected history that are about this recommendation.
    pub history: Vec<Entry<response::Event>>,
    /// Every action that stands under it, whatever became of it.
    pub actions: Vec<ActionUnit>,
}

/// A report and what its reporter was told. The unit of F0 to F4, where somebody reported.
#[derive(Clone, Debug)]
pub struct FeedbackUnit {
    /// The incident.
    pub incident: IncidentId,
    /// Its public reference.
    pub reference: PublicReference,
    /// The incident's corrected history.
    pub incident_history: Vec<Entry<incident::Event>>,
    /// The corrected history of the reporter's feedback; empty where nothing was recorded.
    pub feedback_history: Vec<Entry<feedback::Event>>,
}

/// A duty of candour case: one incident and one affected person. The unit of C0 to C7.
#[derive(Clone, Debug)]
pub struct CandourUnit {
    /// The case.
    pub case: CaseId,
    /// Its public reference.
    pub reference: PublicReference,
    /// The incident.
    pub incident: IncidentId,
    /// The affected person.
    pub person: AffectedPersonId,
    /// The incident's corrected history.
    pub incident_history: Vec<Entry<incident::Event>>,
    /// The case's corrected history; empty where nothing was recorded about it yet.
    pub case_history: Vec<Entry<candour_case::Event>>,
    /// The sign-offs of the responses that cover the incident; other entries of those responses are passed over.
    pub sign_offs: Vec<Entry<response::Event>>,
}
