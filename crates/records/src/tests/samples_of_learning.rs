//! A literal of every event of a learning response and of a learning action, each optional field filled.

use candour_domain::{
    action::{
        ActionAgreement, ActionSource, AssertedStage, Effectiveness, EffectivenessReview, Event as Action,
        Implementation, Measure, MeasureKind, MeasurePlan, Owner, RecommendationKey, RiskAcceptance,
        StageAssertion, Strength, TargetMove, Verification,
    },
    identifier::{ActionId, RecommendationId, ResponseId},
    response::{
        Event as Response, Recommendation, RecommendationKind, Relation, RelationKind, ResponseKind,
        ResponseStart, SignOff,
    },
};

use super::samples::{
    INCIDENT, OTHER_INCIDENT, Sample, corrections, date, document, reference, some, staff, system, text,
};

const RESPONSE: ResponseId = ResponseId::from_uuid(uuid::uuid!("0c0ffee0-0000-4000-8000-000000000001"));
const RECOMMENDATION: RecommendationId =
    RecommendationId::from_uuid(uuid::uuid!("0decade0-0000-4000-8000-000000000001"));
const ACTION: ActionId = ActionId::from_uuid(uuid::uuid!("0ac71000-0000-4000-8000-000000000001"));
const OTHER_ACTION: ActionId = ActionId::from_uuid(uuid::uuid!("0ac71000-0000-4000-8000-000000000002"));

pub(super) fn response() -> Vec<Sample<Response>> {
    let mut samples = vec![
        (
            "",
            Response::ResponseStarted(ResponseStart {
                id: RESPONSE,
                reference: reference("PSII-2026-04"),
                kind: ResponseKind::Psii,
                incidents: vec![INCIDENT, OTHER_INCIDENT],
                started_on: date("2026-03-09"),
                agreed_due_on: Some(date("2026-06-09")),
            }),
        ),
        (
            "",
            Response::RecommendationMade(Recommendation {
                id: RECOMMENDATION,
                reference: reference("REC-2026-014"),
                kind: RecommendationKind::SafetyRecommendation,
                text: text("Use one kind of pump on a ward."),
                relates_to: vec![relation()],
            }),
        ),
        (
            "",
            Response::RecommendationAccepted {
                recommendation: RECOMMENDATION,
                accepted_by_role: some("medical director"),
            },
        ),
        (
            "",
            Response::RecommendationRejected {
                recommendation: RECOMMENDATION,
                reason: text("already done in another way"),
                rejected_by_role: some("chief nurse"),
            },
        ),
        (
            "",
            Response::ReportSignedOff(SignOff {
                signed_off_by_role: text("board"),
                report: Some(document("reports/psii-2026-04")),
            }),
        ),
    ];
    samples.extend(corrections(Response::EntryCorrected));
    samples
}

pub(super) fn action() -> Vec<Sample<Action>> {
    let under_recommendations = ActionSource::Recommendations(vec![RecommendationKey {
        response: RESPONSE,
        recommendation: RECOMMENDATION,
    }]);
    let mut samples = vec![
        ("", Action::ActionAgreed(agreement(under_recommendations))),
        ("on-an-incident", Action::ActionAgreed(agreement(ActionSource::Incident(INCIDENT)))),
        ("", Action::OwnerAssigned(owner())),
        ("", Action::ActionMeasureSet(plan())),
        (
            "",
            Action::TargetMoved(TargetMove {
                from: Some(date("2026-06-30")),
                to: date("2026-09-30"),
                reason: text("delivery of the pumps is late"),
                approved_by_role: text("divisional director"),
                approved_by: Some(staff("staff:30003")),
            }),
        ),
        ("", Action::ProgressNoted { note: text("half of the pumps have arrived") }),
        (
            "",
            Action::ImplementationReported(Implementation {
                implemented_on: date("2026-08-14"),
                evidence: vec![document("evidence/77"), document("evidence/78")],
                note: some("all wards but one"),
            }),
        ),
        (
            "",
            Action::ImplementationVerified(Verification {
                implemented_on: date("2026-08-15"),
                note: some("seen on the ward"),
            }),
        ),
        ("", Action::VerificationRefused { reason: text("Ward 9 still has the old pumps") }),
        (
            "",
            Action::EffectivenessReviewed(EffectivenessReview {
                result: Effectiveness::Inconclusive,
                evidence: vec![document("audits/2026-11")],
                note: some("too few infusions to tell"),
                next_review_on: Some(date("2027-02-15")),
            }),
        ),
        ("", Action::ActionSuperseded { by: OTHER_ACTION, reason: some("one action for all sites") }),
        ("", Action::ActionWithdrawn { reason: text("the ward has closed") }),
        (
            "",
            Action::RiskAccepted(RiskAcceptance {
                accepted_by_role: text("medical director"),
                reason: text("no other pump is made"),
                review_on: date("2027-03-31"),
            }),
        ),
        ("", Action::ActionClosed { reason: some("verified and reviewed") }),
        (
            "",
            Action::ActionStageAsserted(StageAssertion {
                stage: AssertedStage::Implementation,
                source: system("datixweb"),
            }),
        ),
    ];
    samples.extend(corrections(Action::EntryCorrected));
    samples
}

fn relation() -> Relation {
    Relation { kind: RelationKind::SameTheme, reference: reference("REC-2025-102") }
}

fn agreement(source: ActionSource) -> ActionAgreement {
    ActionAgreement {
        id: ACTION,
        reference: reference("ACT-2026-040"),
        source,
        description: text("Replace the pumps of all medical wards by one kind."),
        owner: Some(owner()),
        target_on: Some(date("2026-06-30")),
        plan: plan(),
        relates_to: vec![relation()],
    }
}

fn owner() -> Owner {
    Owner {
        role: text("head of medical devices"),
        team: some("Medical devices"),
        directorate: some("Clinical support"),
        person: Some(staff("staff:30001")),
    }
}

fn plan() -> MeasurePlan {
    MeasurePlan {
        measure: Some(Measure {
            name: text("rate errors per 1,000 infusions"),
            definition: some("Errors of rate found at the two-person check."),
            kind: Some(MeasureKind::Outcome),
            target: some("below 1"),
            frequency: some("monthly"),
        }),
        monitor: some("medication safety group"),
        review_on: Some(date("2026-12-01")),
        strength: Some(Strength::Stronger),
    }
}
