//! One thing that happens in a life.

use candour_domain::incident::ReporterIdentity;

/// What happens, by the record that it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Incident(IncidentStep),
    Feedback(FeedbackStep),
    Case(CaseStep),
    Response(ResponseStep),
    /// Of the action with this number, counted from 0.
    Action(usize, ActionStep),
    /// The latest entry of a record was wrong, and is put right.
    Correct(Record),
}

/// A record of a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Record {
    Incident,
    Feedback,
    Case,
    Response,
    FirstAction,
}

/// Harm as a level.
pub(crate) type Level = Option<u8>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum IncidentStep {
    Report(Box<Reported>),
    Amend,
    AddPerson,
    Grade(Level),
    SetFlag,
    LinkToTheOneBefore { same_reporter: bool },
    RecordInError,
    Close,
    Reopen,
}

/// What a report says that the plan depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reported {
    pub(crate) reporter: Option<ReporterIdentity>,
    /// The level of physical harm as first graded, where graded at once.
    pub(crate) harm_level: Level,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FeedbackStep {
    OpenChannel,
    Acknowledge,
    SendProgress,
    SendOutcome,
    /// Another system says that the outcome was told.
    AssertOutcome,
    OptOut,
    GiveUp,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CaseStep {
    AssessNotifiable,
    RecordNotNotifiable,
    IdentifyRelevantPerson,
    /// In vain, by one method or another.
    Attempt {
        by_letter: bool,
    },
    NotifyInPerson,
    OfferSupport,
    SendLetter,
    ShareResults,
    FindNoFurtherEnquiries,
    Decline,
    FindNotContactable,
    ExemptLocally,
    Reopen,
    /// Another system says that the first notification was given.
    AssertNotified,
}

/// Numbers count the recommendations of the life from 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ResponseStep {
    Start,
    Recommend(usize),
    Accept(usize),
    Reject(usize),
    SignOff,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ActionStep {
    Agree(Agreed),
    AssignOwner,
    SetMeasure,
    NoteProgress,
    MoveTarget,
    Implement,
    Verify,
    RefuseVerification,
    ReviewEffectiveness,
    /// By the first action of the life.
    Supersede,
    Withdraw,
    AcceptRisk,
    Close,
    /// Another system says that it was implemented.
    AssertImplemented,
}

/// What an action is agreed with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Agreed {
    /// `None` where it answers the incident itself.
    pub(crate) recommendation: Option<usize>,
    pub(crate) target_in_days: i64,
    pub(crate) has_owner: bool,
    pub(crate) has_measure: bool,
}
