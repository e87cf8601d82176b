//! What may happen in a duty of candour case.

use jiff::civil::Date;

use crate::{
    correction::Correction,
    identifier::{AffectedPersonId, CaseId, IncidentId, RelevantPersonId},
    personal::Personal,
    regime::{BodyType, Likelihood, ModerateIncrease, Outcome, RegimeVersion},
    text::{DocumentReference, Line, Narrative, PersonReference, Prose, SystemName},
};

/// The reasonable opinion of a health care professional: the statutory trigger (E-1, domain rules §0, 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// Role of whoever gave it.
    pub given_by_role: Line,
    /// Their profession, such as "medicine" or "nursing".
    pub profession: Line,
    /// The person, as an opaque reference: compared for independence. `None` is an unknown person, who is not independent.
    pub given_by: Option<PersonReference>,
    /// Whether they were involved in the incident, where said.
    pub involved_in_incident: Option<bool>,
    /// The day it was given.
    pub given_on: Date,
    /// On what it rests. Sealed under the affected person.
    pub basis: Personal<Narrative>,
}

/// The duty applies: this is a notifiable safety incident (regulation 20(8) or 20(9)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifiableAssessment {
    /// Unintended or unexpected: must be so (E-1).
    pub unintended_or_unexpected: bool,
    /// In the course of a regulated activity: must be so (E-1).
    pub regulated_activity: bool,
    /// The outcome (E-2).
    pub outcome: Outcome,
    /// Appears to have resulted, or could result (E-2).
    pub likelihood: Likelihood,
    /// E-3, first limb of moderate harm: what kind of increase in treatment was needed.
    pub moderate_increase_in_treatment: Option<ModerateIncrease>,
    /// E-3, second limb of moderate harm: significant, but not permanent.
    pub significant_not_permanent: bool,
    /// E-4: continuous days of impairment, pain or psychological harm so far.
    pub continuous_days: Option<u32>,
    /// E-4: likely to last at least 28 continuous days.
    pub likely_28_days: bool,
    /// Death only: it relates directly to the incident rather than to the natural course of illness.
    pub directly_related: bool,
    /// Who gave the opinion.
    pub opinion: Opinion,
    /// The day the organisation became aware that the incident is notifiable: starts the statutory "as soon as reasonably practicable".
    pub aware_on: Date,
    /// The body type in force when assessed: from the server's configuration, never the caller's word.
    pub body_type: BodyType,
    /// The version of the law it was judged under, selected by nation, body type and date of awareness.
    pub regime: RegimeVersion,
}

/// The duty does not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotNotifiable {
    /// Why. In clear.
    pub reason: Prose,
    /// The opinion it rests on, where recorded.
    pub opinion: Option<Opinion>,
}

coded_enum! {
    /// E-10: why this person is the relevant person (regulation 20(7)).
    pub enum RelevantPersonBasis {
        /// The service user. Also a competent child under 16.
        Self_ = "self",
        /// The service user has died.
        Deceased = "deceased",
        /// Under 16 and not competent to decide.
        Under16NotCompetent = "under-16-not-competent",
        /// 16 or over and lacking capacity in relation to the matter.
        LacksCapacity = "lacks-capacity",
    }
}

/// E-10: somebody to be told. Several relatives are told each; one of them is designated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelevantPerson {
    /// This person in this case.
    pub id: RelevantPersonId,
    /// Relationship to the service user, such as "service user" or "daughter".
    pub relationship: Line,
    /// Why they are the relevant person.
    pub basis: RelevantPersonBasis,
    /// On what authority they act; needed unless they are the service user.
    pub lawful_authority: Option<Line>,
    /// The one whose contacts make the stage complete. The first identified is designated until another is.
    pub designated: bool,
    /// Name. Sealed under this person.
    pub name: Option<Personal<Line>>,
    /// How to reach them. Sealed under this person.
    pub contact: Option<Personal<Line>>,
}

coded_enum! {
    /// How a contact was tried (E-8).
    pub enum ContactMethod {
        /// In person.
        InPerson = "in-person",
        /// Video call.
        Video = "video",
        /// Telephone.
        Telephone = "telephone",
        /// Text message.
        TextMessage = "text-message",
        /// E-mail.
        Email = "email",
        /// Letter.
        Letter = "letter",
    }
}

coded_enum! {
    /// What came of an attempt (E-8).
    pub enum ContactResult {
        /// The person was reached.
        Reached = "reached",
        /// Nobody answered.
        NoAnswer = "no-answer",
        /// A message was left.
        MessageLeft = "message-left",
        /// Returned, or the address or number is wrong.
        Undeliverable = "undeliverable",
        /// The person was reached and did not wish to speak.
        DeclinedToSpeak = "declined-to-speak",
    }
}

impl ContactResult {
    /// The person was reached: such an attempt does not show that they cannot be contacted (E-8).
    pub const fn reached_the_person(self) -> bool {
        match self {
            Self::Reached | Self::DeclinedToSpeak => true,
            Self::NoAnswer | Self::MessageLeft | Self::Undeliverable => false,
        }
    }
}

/// An attempt to reach the relevant person; a record must be kept of each (regulation 20(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactAttempt {
    /// Whom, where already identified; where nobody was named, the person designated on the day (E-10).
    pub relevant_person: Option<RelevantPersonId>,
    /// How.
    pub method: ContactMethod,
    /// The role of whoever tried.
    pub by_role: Line,
    /// With what result.
    pub result: ContactResult,
    /// A remark. Sealed under the affected person.
    pub note: Option<Personal<Narrative>>,
}

coded_enum! {
    /// E-6: how the first notification was given; the three are printed apart. Whether a call can be "in person" under
    /// regulation 20 was not verified (W-3), so anything but face to face carries a warning in England.
    pub enum NotificationMode {
        /// Face to face.
        FaceToFace = "face-to-face",
        /// Video call.
        Video = "video",
        /// Telephone.
        Telephone = "telephone",
    }
}

/// Somebody who gave a notification for the registered person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Representative {
    /// Their role.
    pub role: Line,
    /// Their name. Sealed under the affected person.
    pub name: Personal<Line>,
}

/// E-6: what was said of further enquiries (regulation 20(3)(c)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FurtherEnquiries {
    /// Which further enquiries are appropriate was advised.
    Advised,
    /// None are, because …
    None {
        /// Why.
        because: Prose,
    },
}

/// One contact of the first notification (regulation 20(3)). Elements may come over several contacts; what is missing is missing (E-6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstNotification {
    /// To whom, where identified.
    pub relevant_person: Option<RelevantPersonId>,
    /// How.
    pub mode: Option<NotificationMode>,
    /// Who gave it.
    pub representatives: Vec<Representative>,
    /// An account of all the facts known was given (20(3)(b)).
    pub facts_account: bool,
    /// What was said of further enquiries (20(3)(c)).
    pub further_enquiries: Option<FurtherEnquiries>,
    /// An apology was given: an expression of sorrow or regret (20(3)(d)). Saying sorry is not an admission (E-11).
    pub apology: bool,
    /// Reasonable support was offered (20(2)(b)).
    pub support_offered: bool,
    /// The written record kept of it (20(3)(e)).
    pub written_record: Option<DocumentReference>,
}

coded_enum! {
    /// What became of an offer of support.
    pub enum SupportResponse {
        /// Offered; no answer known.
        Offered = "offered",
        /// Taken up.
        Taken = "taken",
        /// Declined.
        Declined = "declined",
    }
}

/// Support was offered (regulation 20(2)(b)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// To whom, where identified.
    pub relevant_person: Option<RelevantPersonId>,
    /// What, in clear.
    pub what: Line,
    /// What became of it.
    pub response: SupportResponse,
}

/// What a letter says of enquiries (regulation 20(4)(b)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoversEnquiries {
    /// Details of the enquiries to be undertaken.
    Details,
    /// None are to be undertaken, because … Also satisfies 20(4)(c), the results (E-7).
    None {
        /// Why.
        because: Prose,
    },
}

/// What a letter covers (E-7).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LetterCovers {
    /// 20(4)(a): the account of the facts.
    pub facts: bool,
    /// 20(4)(b): the enquiries to be undertaken.
    pub enquiries: Option<CoversEnquiries>,
    /// 20(4)(c): the results of further enquiries.
    pub results: bool,
    /// 20(4)(d): an apology. A letter without one counts for nothing (E-7).
    pub apology: bool,
}

/// A letter was given or sent (regulation 20(4)). A copy must be kept (20(6)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenNotification {
    /// To whom, where identified; where nobody was named, the person designated on the day (E-10).
    pub relevant_person: Option<RelevantPersonId>,
    /// The copy kept.
    pub letter: DocumentReference,
    /// What it covers.
    pub covers: LetterCovers,
}

/// The results of enquiries were shared in writing (regulation 20(4)(c)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnquiryResults {
    /// To whom, where identified; where nobody was named, the person designated on the day (E-10).
    pub relevant_person: Option<RelevantPersonId>,
    /// The copy kept.
    pub letter: DocumentReference,
    /// It contains an apology; without one it counts for nothing (E-7).
    pub apology: bool,
}

/// The relevant person declined to speak (regulation 20(5)): who, when and to whom (E-8).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "who declined and to whom are the field's own terms (E-8)")]
pub struct Declined {
    /// Who, where identified; where nobody was named, the person designated on the day (E-10).
    pub relevant_person: Option<RelevantPersonId>,
    /// Who, by relationship, such as "service user" or "daughter".
    pub declined_by: Line,
    /// The role of the member of staff they told.
    pub declined_to_role: Line,
}

/// Exempted under a local policy (E-9). There is no statutory exemption "not in their interest":
/// the case stays in every denominator as not met and is counted apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// The role that approved.
    pub approved_by_role: Line,
    /// The person who approved.
    pub approved_by: PersonReference,
    /// Why.
    pub reason: Prose,
}

coded_enum! {
    /// What a source system may assert of a case. Nothing of it counts: [`crate::assertion`].
    pub enum AssertedStage {
        /// It was decided that the duty applies.
        DecidedNotifiable = "decided-notifiable",
        /// It was decided that the duty does not apply.
        DecidedNotNotifiable = "decided-not-notifiable",
        /// The first notification was given.
        FirstNotification = "first-notification",
        /// The written notification was sent.
        WrittenNotification = "written-notification",
        /// The results of enquiries were shared.
        EnquiryResults = "enquiry-results",
    }
}

/// A source system asserts that a stage took place on the day of the entry. No opinion, element or letter of it is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageAssertion {
    /// Which stage.
    pub stage: AssertedStage,
    /// Who asserts it.
    pub source: SystemName,
}

/// What may happen in a duty of candour case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The first thing was recorded about the case. Always the first event of its stream.
    CandourCaseOpened {
        /// The case.
        case: CaseId,
        /// Its incident.
        incident: IncidentId,
        /// Its affected person.
        person: AffectedPersonId,
    },
    /// The duty applies.
    NotifiableAssessed(NotifiableAssessment),
    /// The duty does not apply.
    CandourNotRequired(NotNotifiable),
    /// Somebody to be told was identified.
    RelevantPersonIdentified(RelevantPerson),
    /// Contact was tried.
    ContactAttempted(ContactAttempt),
    /// A contact of the first notification took place.
    InPersonNotified(FirstNotification),
    /// Support was offered.
    SupportOffered(Support),
    /// A letter was given or sent.
    WrittenNotificationSent(WrittenNotification),
    /// The results of enquiries were shared.
    EnquiryResultsShared(EnquiryResults),
    /// No further enquiries are to be made, because …: satisfies 20(4)(c) (E-7).
    NoFurtherEnquiries {
        /// Why.
        because: Prose,
    },
    /// The relevant person declined (20(5)).
    ContactDeclined(Declined),
    /// The relevant person cannot be contacted (20(5)); attempts are on record (E-8).
    NotContactable {
        /// A summary, in clear.
        reason: Option<Prose>,
    },
    /// Exempted under local policy (E-9).
    CandourExempted(Exemption),
    /// The case was taken up again; the clock restarts from that date and both are shown (E-8).
    CandourReopened {
        /// Why.
        reason: Prose,
    },
    /// A source system asserts a stage without its elements.
    CandourStageAsserted(StageAssertion),
    /// An earlier entry was put right.
    EntryCorrected(Correction),
}
