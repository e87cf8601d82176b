//! A literal of every event of reporter feedback and of a duty of candour case, each optional field filled.

use candour_domain::{
    candour_case::{
        AssertedStage, ContactAttempt, ContactMethod, ContactResult, CoversEnquiries, Declined,
        EnquiryResults, Event as Candour, Exemption, FirstNotification, FurtherEnquiries, LetterCovers,
        NotNotifiable, NotifiableAssessment, NotificationMode, Opinion, RelevantPerson, RelevantPersonBasis,
        Representative, StageAssertion, Support, SupportResponse, WrittenNotification,
    },
    feedback::{
        Acknowledgement, ChannelKind, Event as Feedback, FeedbackMethod, Outcome, OutcomeAssertion, Progress,
        ReturnChannel,
    },
    identifier::CaseId,
    regime::{BodyType, Likelihood, ModerateIncrease, Outcome as Harm, RegimeVersion},
};

use super::samples::{
    INCIDENT, PERSON, RELATIVE, Sample, corrections, date, document, known, some, staff, system, text,
};

pub(super) fn feedback() -> Vec<Sample<Feedback>> {
    let mut samples = vec![
        (
            "",
            Feedback::ReturnChannelOpened(ReturnChannel {
                kind: ChannelKind::ReceiptCode,
                receipt_code_hash: Some("5e".repeat(32)),
                intermediary_role: some("Freedom to Speak Up guardian"),
            }),
        ),
        ("", Feedback::FeedbackOptedOut { reason: Some(known("I have left the trust.")) }),
        ("", Feedback::ReporterAcknowledged(Acknowledgement { method: Some(FeedbackMethod::Email) })),
        (
            "",
            Feedback::ReporterProgressSent(Progress {
                method: Some(FeedbackMethod::ReturnChannel),
                message: Some(known("The review meets on Monday.")),
            }),
        ),
        (
            "",
            Feedback::ReporterOutcomeSent(Outcome {
                method: Some(FeedbackMethod::InPerson),
                what_was_found: known("Two pumps shared one label."),
                what_changed: Some(known("Labels are now printed per pump.")),
                why_nothing_changed: Some(known("The second finding needed no change.")),
            }),
        ),
        ("", Feedback::ReporterUnreachable { reason: text("two e-mails returned, no telephone number") }),
        (
            "",
            Feedback::ReporterOutcomeAsserted(OutcomeAssertion {
                source: system("datixweb"),
                message: Some(known("Thank you for telling us.")),
            }),
        ),
    ];
    samples.extend(corrections(Feedback::EntryCorrected));
    samples
}

pub(super) fn candour() -> Vec<Sample<Candour>> {
    let mut samples = vec![
        (
            "",
            Candour::CandourCaseOpened {
                case: CaseId::of(INCIDENT, PERSON),
                incident: INCIDENT,
                person: PERSON,
            },
        ),
        ("", Candour::NotifiableAssessed(assessment())),
        (
            "",
            Candour::CandourNotRequired(NotNotifiable {
                reason: text("no harm of the kind named"),
                opinion: Some(opinion()),
            }),
        ),
        (
            "",
            Candour::RelevantPersonIdentified(RelevantPerson {
                id: RELATIVE,
                relationship: text("daughter"),
                basis: RelevantPersonBasis::LacksCapacity,
                lawful_authority: some("lasting power of attorney, health and welfare"),
                designated: true,
                name: Some(known("Joan Example")),
                contact: Some(known("01632 960 002")),
            }),
        ),
        (
            "",
            Candour::ContactAttempted(ContactAttempt {
                relevant_person: Some(RELATIVE),
                method: ContactMethod::Telephone,
                by_role: text("ward manager"),
                result: ContactResult::NoAnswer,
                note: Some(known("Rang for two minutes.")),
            }),
        ),
        ("", Candour::InPersonNotified(notification(FurtherEnquiries::Advised))),
        (
            "no-further-enquiries",
            Candour::InPersonNotified(notification(FurtherEnquiries::None {
                because: text("the cause is known"),
            })),
        ),
        (
            "",
            Candour::SupportOffered(Support {
                relevant_person: Some(RELATIVE),
                what: text("advocacy service"),
                response: SupportResponse::Taken,
            }),
        ),
        ("", Candour::WrittenNotificationSent(letter(CoversEnquiries::Details))),
        (
            "no-enquiries",
            Candour::WrittenNotificationSent(letter(CoversEnquiries::None {
                because: text("the cause is known"),
            })),
        ),
        (
            "",
            Candour::EnquiryResultsShared(EnquiryResults {
                relevant_person: Some(RELATIVE),
                letter: document("letters/2026/0093"),
                apology: true,
            }),
        ),
        (
            "",
            Candour::CandourStageAsserted(StageAssertion {
                stage: AssertedStage::FirstNotification,
                source: system("datixweb"),
            }),
        ),
        ("", Candour::NoFurtherEnquiries { because: text("nothing more can be found out") }),
        (
            "",
            Candour::ContactDeclined(Declined {
                relevant_person: Some(RELATIVE),
                declined_by: text("daughter"),
                declined_to_role: text("ward manager"),
            }),
        ),
        ("", Candour::NotContactable { reason: some("three attempts by two methods") }),
        (
            "",
            Candour::CandourExempted(Exemption {
                approved_by_role: text("medical director"),
                approved_by: staff("staff:10007"),
                reason: text("local policy 4.2"),
            }),
        ),
        ("", Candour::CandourReopened { reason: text("a new address was found") }),
    ];
    samples.extend(corrections(Candour::EntryCorrected));
    samples
}

fn opinion() -> Opinion {
    Opinion {
        given_by_role: text("consultant"),
        profession: text("medicine"),
        given_by: Some(staff("staff:20001")),
        involved_in_incident: Some(false),
        given_on: date("2026-03-05"),
        basis: known("Second operation needed within a day."),
    }
}

fn assessment() -> NotifiableAssessment {
    NotifiableAssessment {
        unintended_or_unexpected: true,
        regulated_activity: true,
        outcome: Harm::ModerateHarm,
        likelihood: Likelihood::AppearsToHaveResulted,
        moderate_increase_in_treatment: Some(ModerateIncrease::UnplannedReturnToSurgery),
        significant_not_permanent: true,
        continuous_days: Some(12),
        likely_28_days: false,
        directly_related: false,
        opinion: opinion(),
        aware_on: date("2026-03-05"),
        body_type: BodyType::HealthServiceBody,
        regime: RegimeVersion::from_name("england-regulation-20-health-service-body-2014").unwrap(),
    }
}

fn notification(further_enquiries: FurtherEnquiries) -> FirstNotification {
    FirstNotification {
        relevant_person: Some(RELATIVE),
        mode: Some(NotificationMode::FaceToFace),
        representatives: vec![
            Representative { role: text("consultant"), name: known("Alan Example") },
            Representative { role: text("ward manager"), name: known("Mary Example") },
        ],
        facts_account: true,
        further_enquiries: Some(further_enquiries),
        apology: true,
        support_offered: false,
        written_record: Some(document("records/2026/0417")),
    }
}

fn letter(enquiries: CoversEnquiries) -> WrittenNotification {
    WrittenNotification {
        relevant_person: Some(RELATIVE),
        letter: document("letters/2026/0061"),
        covers: LetterCovers { facts: true, enquiries: Some(enquiries), results: false, apology: true },
    }
}
