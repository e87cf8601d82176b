//! Enters the steps of the example through the generated clients, as any system would.

use std::collections::HashMap;

use anyhow::Context as _;
use candour_api::v1::{self, ReporterIdentity};
use candour_journal::{Clock as _, ManualClock};
use candour_service_kit::wire;
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    END,
    step::{self, Elements, Step, What},
    worked_example,
};
use crate::client::Clients;

/// What the request ids of the example are derived from.
const NAMESPACE: Uuid = Uuid::from_u128(0x3d1c_8f0a_52b4_4c0e_9a76_e1f0_2b6d_7c55);

/// How many commands were entered.
#[derive(Clone, Debug, Default)]
pub(super) struct Entered {
    /// For the first time.
    pub(super) new: usize,
    /// By an earlier run.
    pub(super) repeated: usize,
    /// The position of the last of them.
    pub(super) position: String,
}

/// Enters every step on its own day.
pub(super) async fn all(clients: &mut Clients, clock: &ManualClock) -> anyhow::Result<Entered> {
    let mut entering = Entering { clients, known: Known::default(), entered: Entered::default() };
    let (mut today, mut minutes) = (worked_example::first_day(), 0);
    for step in worked_example::steps() {
        minutes = if step.on == today { minutes + 1 } else { 0 };
        today = step.on;
        let at = step::at(step.on, minutes)?;
        forward(clock, at);
        entering.enter(&step, at).await.with_context(|| step.key())?;
    }
    forward(clock, step::at(END, 7 * 60)?);
    Ok(entering.entered)
}

/// Sets the clock forward; on a later run it stands further on already.
fn forward(clock: &ManualClock, at: Timestamp) {
    if at > clock.now() {
        // It is forward, so the clock cannot refuse.
        let _ = clock.set(at).is_ok();
    }
}

/// The ids that the services gave to what goes by a label.
#[derive(Default)]
struct Known {
    incidents: HashMap<&'static str, String>,
    /// Case, incident and affected person.
    cases: HashMap<&'static str, (String, String, String)>,
    responses: HashMap<&'static str, String>,
    recommendations: HashMap<&'static str, v1::RecommendationKey>,
    actions: HashMap<&'static str, String>,
}

struct Entering<'a> {
    clients: &'a mut Clients,
    known: Known,
    entered: Entered,
}

/// Looks a label up; a label that is not there is a mistake in the example.
fn known<'a, T>(map: &'a HashMap<&'static str, T>, label: &str) -> anyhow::Result<&'a T> {
    map.get(label).with_context(|| format!("the example names {label} before it exists"))
}

fn role(text: &str) -> String {
    text.to_owned()
}

impl Entering<'_> {
    fn count(&mut self, result: Option<v1::CommandResult>) {
        let Some(result) = result else { return };
        if result.repeated {
            self.entered.repeated += 1;
        } else {
            self.entered.new += 1;
        }
        self.entered.position = result.position;
    }

    async fn enter(&mut self, step: &Step, at: Timestamp) -> anyhow::Result<()> {
        let command = |person: &str| {
            Some(v1::CommandContext {
                request_id: Uuid::new_v5(&NAMESPACE, step.key().as_bytes()).to_string(),
                occurred_time: Some(wire::instant(at)),
                performed_by: person.to_owned(),
                ..Default::default()
            })
        };
        let result = match &step.what {
            What::Report { .. }
            | What::OpenReceiptCode { .. }
            | What::Acknowledge { .. }
            | What::Progress { .. }
            | What::Outcome { .. }
            | What::Close { .. }
            | What::OptOut { .. }
            | What::LinkDuplicate { .. }
            | What::Unreachable { .. } => self.report(&step.what, &command).await?,
            What::GradeHarm { .. }
            | What::Assess { .. }
            | What::NotNotifiable { .. }
            | What::Notify { .. }
            | What::Letter { .. }
            | What::Results { .. }
            | What::NoFurtherEnquiries { .. }
            | What::Attempt { .. }
            | What::Decline { .. }
            | What::NotContactable { .. }
            | What::Exempt { .. } => self.candour(&step.what, &command).await?,
            What::StartResponse { .. }
            | What::SignOff { .. }
            | What::Recommend { .. }
            | What::Accept { .. }
            | What::Reject { .. }
            | What::Agree { .. }
            | What::MoveTarget { .. }
            | What::Implement { .. }
            | What::Verify { .. }
            | What::Effective { .. }
            | What::Withdraw { .. }
            | What::Supersede { .. } => self.learning(&step.what, &command).await?,
        };
        self.count(result);
        Ok(())
    }

    /// Reports and what their reporters were told.
    async fn report(
        &mut self,
        what: &What,
        command: &dyn Fn(&str) -> Option<v1::CommandContext>,
    ) -> anyhow::Result<Option<v1::CommandResult>> {
        let Clients { incident: incidents, follow_up, .. } = &mut *self.clients;
        let known_incidents = &self.known.incidents;
        let id = |label: &str| known(known_incidents, label).cloned();
        let method = v1::FeedbackMethod::Email.into();
        Ok(match what {
            What::Report { incident, identity, cases } => {
                let request = v1::ReportIncidentRequest {
                    command: command("staff:reporting"),
                    report: Some(v1::Report {
                        reference: (*incident).to_owned(),
                        kind: v1::IncidentKind::PatientSafetyIncident.into(),
                        place: Some(v1::Place {
                            site: "Northgate Hospital".to_owned(),
                            directorate: "Medicine".to_owned(),
                            team: "Ward 7".to_owned(),
                        }),
                        narrative: "A synthetic narrative of the worked example.".to_owned(),
                        reporter: identity.map(|identity| reporter(incident, identity)),
                        affected_persons: cases.iter().map(|(case, harm)| patient(case, *harm)).collect(),
                        ..Default::default()
                    }),
                };
                let answer = incidents.report_incident(request).await?.into_inner();
                for ((label, _), case) in cases.iter().zip(&answer.affected_persons) {
                    let ids =
                        (case.case_id.clone(), answer.incident_id.clone(), case.affected_person_id.clone());
                    self.known.cases.insert(label, ids);
                }
                self.known.incidents.insert(incident, answer.incident_id);
                answer.result
            }
            What::OpenReceiptCode { incident } => {
                let request = v1::OpenReturnChannelRequest {
                    command: command("staff:reporting"),
                    incident_id: id(incident)?,
                    kind: v1::ChannelKind::ReceiptCode.into(),
                    ..Default::default()
                };
                follow_up.open_return_channel(request).await?.into_inner().result
            }
            What::Acknowledge { incident } => {
                let request = v1::AcknowledgeReporterRequest {
                    command: command("staff:safety"),
                    incident_id: id(incident)?,
                    method,
                };
                follow_up.acknowledge_reporter(request).await?.into_inner().result
            }
            What::Progress { incident } => {
                let request = v1::RecordProgressSentRequest {
                    command: command("staff:safety"),
                    incident_id: id(incident)?,
                    method,
                    message: "We are still looking into what you told us.".to_owned(),
                };
                follow_up.record_progress_sent(request).await?.into_inner().result
            }
            What::Outcome { incident } => {
                let request = v1::RecordOutcomeSentRequest {
                    command: command("staff:safety"),
                    incident_id: id(incident)?,
                    method,
                    what_was_found: "The two charts in use did not agree.".to_owned(),
                    what_changed: "There is one chart now.".to_owned(),
                    why_nothing_changed: String::new(),
                };
                follow_up.record_outcome_sent(request).await?.into_inner().result
            }
            What::Close { incident } => {
                let request = v1::CloseIncidentRequest {
                    command: command("staff:safety"),
                    incident_id: id(incident)?,
                    ..Default::default()
                };
                incidents.close_incident(request).await?.into_inner().result
            }
            What::OptOut { incident } => {
                let request = v1::OptOutOfFeedbackRequest {
                    command: command("staff:safety"),
                    incident_id: id(incident)?,
                    reason: String::new(),
                };
                follow_up.opt_out_of_feedback(request).await?.into_inner().result
            }
            What::LinkDuplicate { incident, of } => {
                let request = v1::LinkDuplicateRequest {
                    command: command("staff:safety"),
                    incident_id: id(incident)?,
                    duplicate_of: id(of)?,
                    same_reporter: true,
                };
                incidents.link_duplicate(request).await?.into_inner().result
            }
            What::Unreachable { incident } => {
                let request = v1::RecordReporterUnreachableRequest {
                    command: command("staff:safety"),
                    incident_id: id(incident)?,
                    reason: "Two e-mails were returned and the extension is no longer in use.".to_owned(),
                };
                follow_up.record_reporter_unreachable(request).await?.into_inner().result
            }
            other => anyhow::bail!("{other:?} is not about a report"),
        })
    }

    /// The duty of candour.
    async fn candour(
        &mut self,
        what: &What,
        command: &dyn Fn(&str) -> Option<v1::CommandContext>,
    ) -> anyhow::Result<Option<v1::CommandResult>> {
        let Clients { incident: incidents, follow_up, .. } = &mut *self.clients;
        let known_cases = &self.known.cases;
        let ids = |label: &str| known(known_cases, label).cloned();
        let command = command("staff:candour-lead");
        Ok(match what {
            What::GradeHarm { case, harm } => {
                let (_, incident_id, affected_person_id) = ids(case)?;
                let grade = v1::HarmGrade { physical: (*harm).into(), ..Default::default() };
                let request = v1::GradeHarmRequest {
                    command,
                    incident_id,
                    affected_person_id,
                    grade: Some(grade),
                    graded_by_role: role("patient safety lead"),
                    reason: "The fracture was found later.".to_owned(),
                };
                incidents.grade_harm(request).await?.into_inner().result
            }
            What::Assess { case, aware } => {
                let (case_id, incident_id, _) = ids(case)?;
                let assessment = Some(assessment(*aware));
                let request = v1::AssessNotifiableRequest { command, case_id, incident_id, assessment };
                follow_up.assess_notifiable(request).await?.into_inner().result
            }
            What::NotNotifiable { case } => {
                let (case_id, incident_id, _) = ids(case)?;
                let reason = "The harm followed from the illness, not from the care.".to_owned();
                let request =
                    v1::RecordNotNotifiableRequest { command, case_id, incident_id, reason, opinion: None };
                follow_up.record_not_notifiable(request).await?.into_inner().result
            }
            What::Notify { case, elements } => {
                let (case_id, incident_id, _) = ids(case)?;
                let request = notification(*elements, command, case_id, incident_id);
                follow_up.record_first_notification(request).await?.into_inner().result
            }
            What::Letter { case } => {
                let (case_id, incident_id, _) = ids(case)?;
                let covers = v1::LetterCovers {
                    facts: true,
                    enquiries: Some(v1::letter_covers::Enquiries::EnquiryDetails(true)),
                    results: false,
                    apology: true,
                };
                let request = v1::RecordWrittenNotificationRequest {
                    command,
                    case_id,
                    incident_id,
                    letter: format!("letters/{case}/1"),
                    covers: Some(covers),
                    ..Default::default()
                };
                follow_up.record_written_notification(request).await?.into_inner().result
            }
            What::Results { case } => {
                let (case_id, incident_id, _) = ids(case)?;
                let request = v1::ShareEnquiryResultsRequest {
                    command,
                    case_id,
                    incident_id,
                    letter: format!("letters/{case}/2"),
                    apology: true,
                    ..Default::default()
                };
                follow_up.share_enquiry_results(request).await?.into_inner().result
            }
            What::NoFurtherEnquiries { case } => {
                let (case_id, incident_id, _) = ids(case)?;
                let because = "What happened and why is known in full.".to_owned();
                let request = v1::RecordNoFurtherEnquiriesRequest { command, case_id, incident_id, because };
                follow_up.record_no_further_enquiries(request).await?.into_inner().result
            }
            What::Attempt { case, method } => {
                let (case_id, incident_id, _) = ids(case)?;
                let request = v1::RecordContactAttemptRequest {
                    command,
                    case_id,
                    incident_id,
                    method: (*method).into(),
                    by_role: role("ward manager"),
                    contact_result: v1::ContactResult::NoAnswer.into(),
                    ..Default::default()
                };
                follow_up.record_contact_attempt(request).await?.into_inner().result
            }
            What::Decline { case } => {
                let (case_id, incident_id, _) = ids(case)?;
                let request = v1::RecordDeclinedRequest {
                    command,
                    case_id,
                    incident_id,
                    declined_by: role("service user"),
                    declined_to_role: role("ward manager"),
                    ..Default::default()
                };
                follow_up.record_declined(request).await?.into_inner().result
            }
            What::NotContactable { case } => {
                let (case_id, incident_id, _) = ids(case)?;
                let reason = "Three attempts by telephone and letter.".to_owned();
                let request = v1::RecordNotContactableRequest { command, case_id, incident_id, reason };
                follow_up.record_not_contactable(request).await?.into_inner().result
            }
            What::Exempt { case } => {
                let (case_id, incident_id, _) = ids(case)?;
                let request = v1::ExemptLocallyRequest {
                    command,
                    case_id,
                    incident_id,
                    approved_by_role: role("medical director"),
                    approved_by: "staff:medical-director".to_owned(),
                    reason: "Local policy, paragraph 7.".to_owned(),
                };
                follow_up.exempt_locally(request).await?.into_inner().result
            }
            other => anyhow::bail!("{other:?} is not about a candour case"),
        })
    }

    /// Learning responses, recommendations and actions.
    async fn learning(
        &mut self,
        what: &What,
        command: &dyn Fn(&str) -> Option<v1::CommandContext>,
    ) -> anyhow::Result<Option<v1::CommandResult>> {
        let learning = &mut self.clients.learning;
        let Known { incidents, responses, recommendations, actions, .. } = &mut self.known;
        let lead = command("staff:learning-lead");
        Ok(match what {
            What::StartResponse { response, kind, incident } => {
                let request = v1::StartResponseRequest {
                    command: lead,
                    reference: (*response).to_owned(),
                    kind: (*kind).into(),
                    incident_ids: vec![known(incidents, incident)?.clone()],
                    ..Default::default()
                };
                let answer = learning.start_response(request).await?.into_inner();
                responses.insert(response, answer.response_id);
                answer.result
            }
            What::SignOff { response } => {
                let request = v1::SignOffReportRequest {
                    command: lead,
                    response_id: known(responses, response)?.clone(),
                    signed_off_by_role: role("chief nurse"),
                    report: format!("reports/{response}"),
                };
                learning.sign_off_report(request).await?.into_inner().result
            }
            What::Recommend { recommendation, response, text } => {
                let request = v1::MakeRecommendationRequest {
                    command: lead,
                    response_id: known(responses, response)?.clone(),
                    reference: (*recommendation).to_owned(),
                    kind: v1::RecommendationKind::AreaForImprovement.into(),
                    text: (*text).to_owned(),
                    relates_to: Vec::new(),
                };
                let answer = learning.make_recommendation(request).await?.into_inner();
                let key = v1::RecommendationKey {
                    response_id: answer.response_id,
                    recommendation_id: answer.recommendation_id,
                };
                recommendations.insert(recommendation, key);
                answer.result
            }
            What::Accept { recommendation } => {
                let key = known(recommendations, recommendation)?.clone();
                let request = v1::AcceptRecommendationRequest {
                    command: lead,
                    response_id: key.response_id,
                    recommendation_id: key.recommendation_id,
                    accepted_by_role: role("divisional director"),
                };
                learning.accept_recommendation(request).await?.into_inner().result
            }
            What::Reject { recommendation } => {
                let key = known(recommendations, recommendation)?.clone();
                let request = v1::RejectRecommendationRequest {
                    command: lead,
                    response_id: key.response_id,
                    recommendation_id: key.recommendation_id,
                    reason: "The pumps are to be replaced in 2028 anyway; the library comes first."
                        .to_owned(),
                    rejected_by_role: role("divisional director"),
                };
                learning.reject_recommendation(request).await?.into_inner().result
            }
            What::Agree { action, under, target, strength, review, text } => {
                let request = v1::AgreeActionRequest {
                    command: lead,
                    reference: (*action).to_owned(),
                    recommendations: vec![known(recommendations, under)?.clone()],
                    description: (*text).to_owned(),
                    owner: Some(owner(action)),
                    target_on: target.map(wire::date),
                    plan: Some(plan(*strength, *review)),
                    ..Default::default()
                };
                let answer = learning.agree_action(request).await?.into_inner();
                actions.insert(action, answer.action_id);
                answer.result
            }
            What::MoveTarget { action, to } => {
                let request = v1::MoveTargetRequest {
                    command: lead,
                    action_id: known(actions, action)?.clone(),
                    to: Some(wire::date(*to)),
                    reason: "More time is needed to reach the night staff.".to_owned(),
                    approved_by_role: role("divisional director"),
                    approved_by: "staff:director".to_owned(),
                };
                learning.move_target(request).await?.into_inner().result
            }
            What::Implement { action, on } => {
                let request = v1::ReportImplementationRequest {
                    command: command(&owner(action).person),
                    action_id: known(actions, action)?.clone(),
                    implemented_on: Some(wire::date(*on)),
                    evidence: vec![format!("evidence/{action}/1")],
                    note: String::new(),
                };
                learning.report_implementation(request).await?.into_inner().result
            }
            What::Verify { action } => {
                let request = v1::VerifyImplementationRequest {
                    command: command("staff:verifier"),
                    action_id: known(actions, action)?.clone(),
                    ..Default::default()
                };
                learning.verify_implementation(request).await?.into_inner().result
            }
            What::Effective { action } => {
                let request = v1::ReviewEffectivenessRequest {
                    command: command("staff:verifier"),
                    action_id: known(actions, action)?.clone(),
                    effectiveness: v1::Effectiveness::Effective.into(),
                    evidence: vec![format!("evidence/{action}/review")],
                    ..Default::default()
                };
                learning.review_effectiveness(request).await?.into_inner().result
            }
            What::Withdraw { action } => {
                let request = v1::WithdrawActionRequest {
                    command: lead,
                    action_id: known(actions, action)?.clone(),
                    reason: "Induction was given to another provider.".to_owned(),
                };
                learning.withdraw_action(request).await?.into_inner().result
            }
            What::Supersede { action, by } => {
                let request = v1::SupersedeActionRequest {
                    command: lead,
                    action_id: known(actions, action)?.clone(),
                    by_action_id: known(actions, by)?.clone(),
                    reason: String::new(),
                };
                learning.supersede_action(request).await?.into_inner().result
            }
            other => anyhow::bail!("{other:?} is not about learning"),
        })
    }
}

fn reporter(incident: &str, identity: ReporterIdentity) -> v1::Reporter {
    let named = identity != ReporterIdentity::Anonymous;
    v1::Reporter {
        identity: identity.into(),
        role: role("staff nurse"),
        name: if named { format!("Synthetic reporter of {incident}") } else { String::new() },
        contact: if named { "reporter@example.org".to_owned() } else { String::new() },
    }
}

fn patient(case: &str, harm: v1::PhysicalHarm) -> v1::AffectedPerson {
    v1::AffectedPerson {
        case_reference: case.to_owned(),
        kind: v1::AffectedPersonKind::Patient.into(),
        name: format!("Synthetic patient {case}"),
        contact: String::new(),
        harm: Some(v1::HarmGrade { physical: harm.into(), ..Default::default() }),
    }
}

fn assessment(aware: jiff::civil::Date) -> v1::NotifiableAssessment {
    v1::NotifiableAssessment {
        unintended_or_unexpected: true,
        regulated_activity: true,
        outcome: v1::NotifiableOutcome::ModerateHarm.into(),
        likelihood: v1::Likelihood::AppearsToHaveResulted.into(),
        moderate_increase_in_treatment: v1::ModerateIncrease::ExtraTimeInHospital.into(),
        significant_not_permanent: true,
        opinion: Some(v1::Opinion {
            given_by_role: role("consultant"),
            profession: "medicine".to_owned(),
            given_by: "staff:consultant".to_owned(),
            involved_in_incident: Some(false),
            given_on: Some(wire::date(aware)),
            basis: "A synthetic opinion of the worked example.".to_owned(),
        }),
        aware_on: Some(wire::date(aware)),
        ..Default::default()
    }
}

fn notification(
    elements: Elements,
    command: Option<v1::CommandContext>,
    case_id: String,
    incident_id: String,
) -> v1::RecordFirstNotificationRequest {
    let rest = elements != Elements::TheApology;
    v1::RecordFirstNotificationRequest {
        command,
        case_id,
        incident_id,
        mode: v1::NotificationMode::FaceToFace.into(),
        representatives: vec![v1::Representative {
            role: role("consultant"),
            name: "Synthetic consultant".to_owned(),
        }],
        facts_account: rest,
        further_enquiries: rest.then_some(
            v1::record_first_notification_request::FurtherEnquiries::FurtherEnquiriesAdvised(true),
        ),
        apology: elements != Elements::AllButTheApology,
        support_offered: rest,
        written_record: if rest { "records/first-notification".to_owned() } else { String::new() },
        ..Default::default()
    }
}

fn owner(action: &str) -> v1::Owner {
    v1::Owner {
        role: role("matron"),
        team: "Ward 7".to_owned(),
        directorate: "Medicine".to_owned(),
        person: format!("staff:owner-of-{action}"),
    }
}

fn plan(strength: Option<v1::Strength>, review: Option<jiff::civil::Date>) -> v1::MeasurePlan {
    v1::MeasurePlan {
        measure: Some(v1::Measure {
            name: "Share of wards where the change is in use".to_owned(),
            kind: v1::MeasureKind::Process.into(),
            frequency: "monthly".to_owned(),
            ..Default::default()
        }),
        monitor: role("patient safety committee"),
        review_on: review.map(wire::date),
        strength: strength.map_or(0, Into::into),
    }
}
