//! Every event type there is, with the sensitivity of each of its fields.

use candour_domain::{
    Aggregate, action::Action, candour_case::CandourCase, feedback::Feedback, incident::Incident,
    response::Response,
};

use crate::{
    action as actions, aggregate::clear, assertion, candour_case as candour, correction::EntryCorrectedV1,
    error::DecodeError, feedback as told, field_path::FieldPath, form::EventForm, incident as incidents,
    response as responses,
};

/// One version of one event type.
#[derive(Clone, Copy, Debug)]
pub struct EventType {
    /// The category of the streams it occurs in, such as `incident`.
    pub category: &'static str,
    /// The type name with its version, such as `IncidentReported.v1`. Unique within the category; only
    /// `EntryCorrected.v1` occurs in several.
    pub name: &'static str,
    list: fn(&mut FieldPath, &mut Vec<Field>),
    /// Withholds the sealed fields of stored bytes.
    pub(crate) clear: fn(&[u8]) -> Result<Vec<u8>, DecodeError>,
}

/// How sensitive a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sensitivity {
    /// Stored in clear: codes, dates, roles, references, texts that must not hold personal data.
    Clear,
    /// Personal: sealed under its subject.
    Sealed,
}

/// A field of an event type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Field {
    /// Its path, `[]` standing for every element of a list: `affected_persons[].name`.
    pub path: String,
    /// How sensitive it is.
    pub sensitivity: Sensitivity,
}

impl EventType {
    /// Every field that holds a value, in the order of the form.
    ///
    /// A field is classified once, by the type of its form: what the domain calls personal fits a sealed field only.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        (self.list)(&mut FieldPath::default(), &mut fields);
        fields
    }

    const fn of<A: Aggregate, S: EventForm>() -> Self {
        Self { category: A::CATEGORY, name: S::TYPE, list: S::list, clear: clear::<S> }
    }
}

/// Every event type, by category, in the order of the domain.
pub const EVENT_TYPES: &[EventType] = &[
    EventType::of::<Incident, incidents::IncidentReportedV1>(),
    EventType::of::<Incident, incidents::IncidentAmendedV1>(),
    EventType::of::<Incident, incidents::AffectedPersonAddedV1>(),
    EventType::of::<Incident, incidents::HarmGradedV1>(),
    EventType::of::<Incident, incidents::HarmRegradedV1>(),
    EventType::of::<Incident, incidents::DuplicateLinkedV1>(),
    EventType::of::<Incident, incidents::IncidentClosedV1>(),
    EventType::of::<Incident, incidents::IncidentReopenedV1>(),
    EventType::of::<Incident, incidents::IncidentRecordedInErrorV1>(),
    EventType::of::<Incident, incidents::SourceCandourFlagSetV1>(),
    EventType::of::<Incident, EntryCorrectedV1>(),
    EventType::of::<Feedback, told::ReturnChannelOpenedV1>(),
    EventType::of::<Feedback, told::FeedbackOptedOutV1>(),
    EventType::of::<Feedback, told::ReporterAcknowledgedV1>(),
    EventType::of::<Feedback, told::ReporterProgressSentV1>(),
    EventType::of::<Feedback, told::ReporterOutcomeSentV1>(),
    EventType::of::<Feedback, told::ReporterUnreachableV1>(),
    EventType::of::<Feedback, assertion::ReporterOutcomeAssertedV1>(),
    EventType::of::<Feedback, EntryCorrectedV1>(),
    EventType::of::<CandourCase, candour::CandourCaseOpenedV1>(),
    EventType::of::<CandourCase, candour::NotifiableAssessedV1>(),
    EventType::of::<CandourCase, candour::CandourNotRequiredV1>(),
    EventType::of::<CandourCase, candour::RelevantPersonIdentifiedV1>(),
    EventType::of::<CandourCase, candour::ContactAttemptedV1>(),
    EventType::of::<CandourCase, candour::InPersonNotifiedV1>(),
    EventType::of::<CandourCase, candour::SupportOfferedV1>(),
    EventType::of::<CandourCase, candour::WrittenNotificationSentV1>(),
    EventType::of::<CandourCase, candour::EnquiryResultsSharedV1>(),
    EventType::of::<CandourCase, candour::NoFurtherEnquiriesV1>(),
    EventType::of::<CandourCase, candour::ContactDeclinedV1>(),
    EventType::of::<CandourCase, candour::NotContactableV1>(),
    EventType::of::<CandourCase, candour::CandourExemptedV1>(),
    EventType::of::<CandourCase, candour::CandourReopenedV1>(),
    EventType::of::<CandourCase, assertion::CandourStageAssertedV1>(),
    EventType::of::<CandourCase, EntryCorrectedV1>(),
    EventType::of::<Response, responses::ResponseStartedV1>(),
    EventType::of::<Response, responses::RecommendationMadeV1>(),
    EventType::of::<Response, responses::RecommendationAcceptedV1>(),
    EventType::of::<Response, responses::RecommendationRejectedV1>(),
    EventType::of::<Response, responses::ReportSignedOffV1>(),
    EventType::of::<Response, EntryCorrectedV1>(),
    EventType::of::<Action, actions::ActionAgreedV1>(),
    EventType::of::<Action, actions::OwnerAssignedV1>(),
    EventType::of::<Action, actions::ActionMeasureSetV1>(),
    EventType::of::<Action, actions::TargetMovedV1>(),
    EventType::of::<Action, actions::ProgressNotedV1>(),
    EventType::of::<Action, actions::ImplementationReportedV1>(),
    EventType::of::<Action, actions::ImplementationVerifiedV1>(),
    EventType::of::<Action, actions::VerificationRefusedV1>(),
    EventType::of::<Action, actions::EffectivenessReviewedV1>(),
    EventType::of::<Action, actions::ActionSupersededV1>(),
    EventType::of::<Action, actions::ActionWithdrawnV1>(),
    EventType::of::<Action, actions::RiskAcceptedV1>(),
    EventType::of::<Action, actions::ActionClosedV1>(),
    EventType::of::<Action, assertion::ActionStageAssertedV1>(),
    EventType::of::<Action, EntryCorrectedV1>(),
];
