//! What may happen to an incident.

use crate::{
    correction::Correction,
    identifier::{AffectedPersonId, IncidentId},
    partial_date::PartialDate,
    personal::Personal,
    text::{Line, Narrative, PersonReference, Prose, PublicReference, SystemName},
};

coded_enum! {
    /// What kind of event was reported (the four LFPSE event types, domain rules §3.3).
    pub enum IncidentKind {
        /// Something that could have or did harm a patient.
        PatientSafetyIncident = "patient-safety-incident",
        /// A risk to patient safety.
        Risk = "risk",
        /// A poor outcome of which it is not yet clear whether an incident contributed.
        Outcome = "outcome",
        /// Care that went well.
        GoodCare = "good-care",
    }
}

coded_enum! {
    /// Physical harm, five levels. A lower number is worse; never compare the codes as text (L-6).
    pub enum PhysicalHarm {
        /// The person died and the incident may have contributed.
        Fatal = "fatal",
        /// Severe physical harm.
        Severe = "severe",
        /// Moderate physical harm.
        Moderate = "moderate",
        /// Low physical harm.
        Low = "low",
        /// No physical harm.
        None = "none",
    }
}

impl PhysicalHarm {
    /// The LFPSE level: 1 fatal to 5 none.
    pub const fn level(self) -> u8 {
        match self {
            Self::Fatal => 1,
            Self::Severe => 2,
            Self::Moderate => 3,
            Self::Low => 4,
            Self::None => 5,
        }
    }
}

coded_enum! {
    /// Psychological harm, four levels: there is no fatal.
    pub enum PsychologicalHarm {
        /// Severe psychological harm.
        Severe = "severe",
        /// Moderate psychological harm.
        Moderate = "moderate",
        /// Low psychological harm.
        Low = "low",
        /// No psychological harm.
        None = "none",
    }
}

impl PsychologicalHarm {
    /// The LFPSE level: 1 severe to 4 none.
    pub const fn level(self) -> u8 {
        match self {
            Self::Severe => 1,
            Self::Moderate => 2,
            Self::Low => 3,
            Self::None => 4,
        }
    }
}

coded_enum! {
    /// How an affected person stands to the care given.
    pub enum AffectedPersonKind {
        /// A patient.
        Patient = "patient",
        /// A user of a service other than health care, such as a resident.
        ServiceUser = "service-user",
    }
}

coded_enum! {
    /// How much the reporter lets be known of who they are (charter item 12).
    pub enum ReporterIdentity {
        /// The reporter gave their name.
        Named = "named",
        /// Known to one role only.
        Confidential = "confidential",
        /// Not known. Can be told only through a return channel.
        Anonymous = "anonymous",
    }
}

/// Where it happened. The filters of every list and figure; never so narrow that it identifies a person.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Place {
    /// Site, such as a hospital.
    pub site: Option<Line>,
    /// Directorate or division.
    pub directorate: Option<Line>,
    /// Team or ward.
    pub team: Option<Line>,
}

/// The harm to one person, and what prompts a candour decision. A grade is never itself a candour decision (domain rules §0, 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct HarmGrade {
    /// Physical harm, where graded.
    pub physical: Option<PhysicalHarm>,
    /// Psychological harm, where graded.
    pub psychological: Option<PsychologicalHarm>,
    /// Somebody noted that the incident *could result in* such harm (regulation 20(8)).
    pub could_result: bool,
}

impl HarmGrade {
    /// C0, E-14: moderate or worse harm of either kind, or could result in it. A prompt is never a decision.
    pub fn prompts_candour_decision(self) -> bool {
        self.could_result
            || self.physical.is_some_and(|harm| harm.level() <= PhysicalHarm::Moderate.level())
            || self.psychological.is_some_and(|harm| harm.level() <= PsychologicalHarm::Moderate.level())
    }

    /// Whether anything was graded.
    pub fn is_graded(self) -> bool {
        self.physical.is_some() || self.psychological.is_some() || self.could_result
    }
}

/// Someone affected by the incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AffectedPerson {
    /// This person in this incident.
    pub id: AffectedPersonId,
    /// A public reference of the duty of candour case that comes with this person, where the caller gave one.
    pub case_reference: Option<PublicReference>,
    /// Patient or other service user.
    pub kind: AffectedPersonKind,
    /// Name. Sealed under this person.
    pub name: Option<Personal<Line>>,
    /// How to reach them. Sealed under this person.
    pub contact: Option<Personal<Line>>,
    /// Harm as first graded.
    pub harm: HarmGrade,
}

/// Who reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reporter {
    /// Named, confidential or anonymous.
    pub identity: ReporterIdentity,
    /// Role, such as "staff nurse".
    pub role: Option<Line>,
    /// Name. Sealed under the reporter; absent where anonymous.
    pub name: Option<Personal<Line>>,
    /// How to reach them. Sealed under the reporter; absent where anonymous.
    pub contact: Option<Personal<Line>>,
}

/// Where a record came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceReference {
    /// The source system.
    pub system: SystemName,
    /// Its id of the record.
    pub id: PublicReference,
}

/// An incident report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The incident.
    pub id: IncidentId,
    /// Its stable public reference.
    pub reference: PublicReference,
    /// What kind of event.
    pub kind: IncidentKind,
    /// When the incident itself happened, as far as known. (When it was *reported* is the event's own `occurred_at`.)
    pub incident_date: Option<PartialDate>,
    /// Where.
    pub place: Place,
    /// What happened. Sealed under the incident's narrative.
    pub narrative: Personal<Narrative>,
    /// What was done at once. Sealed under the incident's narrative.
    pub immediate_actions: Option<Personal<Narrative>>,
    /// Who reported. `None` where nobody did: the organisation recorded it itself, from a complaint or a case note review. Then nobody
    /// waits to be told, and the incident is no unit of F0 to F4.
    pub reporter: Option<Reporter>,
    /// Everybody affected that is known so far.
    pub affected_persons: Vec<AffectedPerson>,
    /// Where the report came from, if from another system.
    pub source: Option<SourceReference>,
    /// The source system's own duty of candour flag: a prompt for each affected person, never a decision (C0).
    pub source_candour_flag: bool,
}

/// What an amendment replaces. A field that is `None` stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Amendment {
    /// Why it is amended.
    pub reason: Option<Prose>,
    /// New kind.
    pub kind: Option<IncidentKind>,
    /// New date of the incident itself.
    pub incident_date: Option<PartialDate>,
    /// New place, as a whole.
    pub place: Option<Place>,
    /// New narrative.
    pub narrative: Option<Personal<Narrative>>,
    /// New immediate actions.
    pub immediate_actions: Option<Personal<Narrative>>,
}

/// A harm grade for one affected person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HarmGrading {
    /// Whom it is about.
    pub person: AffectedPersonId,
    /// The grade.
    pub grade: HarmGrade,
    /// The role of whoever graded.
    pub graded_by_role: Option<Line>,
    /// Why, where said. Kept in clear.
    pub reason: Option<Prose>,
}

/// This incident repeats another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateLink {
    /// The incident that is kept.
    pub duplicate_of: IncidentId,
    /// Whether the same reporter sent both. Only then does this report leave the reporter figures (F0):
    /// a different reporter of a duplicate is still to be told.
    pub same_reporter: bool,
}

/// The incident was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    /// Why, or with what result. Kept in clear.
    pub reason: Option<Prose>,
    /// The person who closed it, where said apart from the caller's claim.
    pub closed_by: Option<PersonReference>,
}

/// What may happen to an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was reported.
    IncidentReported(Report),
    /// Its report was amended.
    IncidentAmended(Amendment),
    /// Another affected person became known.
    AffectedPersonAdded(AffectedPerson),
    /// Harm was graded for a person who had no grade.
    HarmGraded(HarmGrading),
    /// Harm was graded again.
    HarmRegraded {
        /// The new grade.
        grading: HarmGrading,
        /// The grade before.
        from: HarmGrade,
    },
    /// It was marked a duplicate of another incident.
    DuplicateLinked(DuplicateLink),
    /// It was closed.
    IncidentClosed(Closure),
    /// It was reopened: the closure clock of F2 stops, the backstop stands.
    IncidentReopened {
        /// Why.
        reason: Prose,
    },
    /// It should not have been recorded at all. It leaves every figure and stays in the history.
    IncidentRecordedInError {
        /// Why.
        reason: Prose,
    },
    /// The source system's own duty of candour flag changed after the report: set, it prompts like that of the report (C0).
    SourceCandourFlagSet {
        /// Whether it is set.
        flag: bool,
    },
    /// An earlier entry was put right.
    EntryCorrected(Correction),
}
