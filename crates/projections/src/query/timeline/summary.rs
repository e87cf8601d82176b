//! What happened, in words without personal data: codes, dates, roles and texts that are kept in clear.

use candour_domain::{
    Correction, CorrectionChange, action,
    action::Effectiveness,
    assertion::ASSERTED,
    calendar::civil_date,
    candour_case, feedback,
    incident::{self, HarmGrade},
    response,
};

pub(super) fn incident(event: &incident::Event) -> String {
    use incident::Event;
    match event {
        Event::IncidentReported(report) => format!(
            "incident {} reported ({}), {} affected person(s)",
            report.reference,
            report.kind,
            report.affected_persons.len()
        ),
        Event::IncidentAmended(_) => "report amended".to_owned(),
        Event::AffectedPersonAdded(person) => format!("affected person added, {}", grade(person.harm)),
        Event::HarmGraded(grading) => format!("harm graded: {}", grade(grading.grade)),
        Event::HarmRegraded { grading, from } => {
            format!("harm regraded: {} (before: {})", grade(grading.grade), grade(*from))
        }
        Event::DuplicateLinked(link) => format!(
            "marked a duplicate of incident {}, {} reporter",
            link.duplicate_of,
            if link.same_reporter { "the same" } else { "another" }
        ),
        Event::IncidentClosed(_) => "incident closed".to_owned(),
        Event::IncidentReopened { reason } => format!("incident reopened: {reason}"),
        Event::IncidentRecordedInError { reason } => format!("recorded in error: {reason}"),
        Event::SourceCandourFlagSet { flag } => {
            format!("the source system's duty of candour flag {}", if *flag { "set" } else { "taken back" })
        }
        Event::EntryCorrected(correction) => corrected(correction),
    }
}

pub(super) fn feedback(event: &feedback::Event) -> String {
    use feedback::Event;
    match event {
        Event::ReturnChannelOpened(channel) => format!("return channel opened ({})", channel.kind),
        Event::FeedbackOptedOut { .. } => "the reporter does not want to be told".to_owned(),
        Event::ReporterAcknowledged(_) => "report acknowledged to its reporter".to_owned(),
        Event::ReporterProgressSent(_) => "progress sent to the reporter".to_owned(),
        Event::ReporterOutcomeSent(outcome) => format!(
            "outcome told to the reporter: what was found, and {}",
            if outcome.what_changed.is_some() { "what changed" } else { "why nothing changed" }
        ),
        Event::ReporterUnreachable { reason } => format!("reporter could not be reached: {reason}"),
        Event::ReporterOutcomeAsserted(assertion) => {
            format!("outcome told to the reporter, as {} says: {ASSERTED}", assertion.source)
        }
        Event::EntryCorrected(correction) => corrected(correction),
    }
}

pub(super) fn candour_case(event: &candour_case::Event) -> String {
    use candour_case::Event;
    match event {
        Event::CandourCaseOpened { .. } => "duty of candour case opened".to_owned(),
        Event::NotifiableAssessed(assessment) => format!(
            "assessed as notifiable: {} {}, opinion of a {}, aware {}",
            assessment.outcome, assessment.likelihood, assessment.opinion.given_by_role, assessment.aware_on
        ),
        Event::CandourNotRequired(decision) => format!("assessed as not notifiable: {}", decision.reason),
        Event::RelevantPersonIdentified(person) => {
            format!("relevant person identified: {} ({})", person.relationship, person.basis)
        }
        Event::ContactAttempted(attempt) => {
            format!("contact tried by {}: {}", attempt.method, attempt.result)
        }
        Event::InPersonNotified(contact) => format!(
            "first notification given ({}){}",
            contact.mode.map_or("mode not recorded", candour_case::NotificationMode::code),
            if contact.apology { ", with an apology" } else { ", without an apology" }
        ),
        Event::SupportOffered(support) => format!("support {}: {}", support.response, support.what),
        Event::WrittenNotificationSent(letter) => format!(
            "letter {} sent{}",
            letter.letter,
            if letter.covers.apology {
                ", with an apology"
            } else {
                ", without an apology: it counts for nothing"
            }
        ),
        Event::EnquiryResultsShared(results) => format!("results of enquiries shared ({})", results.letter),
        Event::NoFurtherEnquiries { because } => format!("no further enquiries: {because}"),
        Event::ContactDeclined(declined) => {
            format!("declined by {}, told to {}", declined.declined_by, declined.declined_to_role)
        }
        Event::NotContactable { .. } => "recorded as not contactable".to_owned(),
        Event::CandourExempted(exemption) => {
            format!("exempted locally by {}: {}", exemption.approved_by_role, exemption.reason)
        }
        Event::CandourReopened { reason } => format!("case taken up again: {reason}"),
        Event::CandourStageAsserted(assertion) => {
            format!("{}, as {} says: {ASSERTED}", assertion.stage, assertion.source)
        }
        Event::EntryCorrected(correction) => corrected(correction),
    }
}

pub(super) fn response(event: &response::Event) -> String {
    use response::Event;
    match event {
        Event::ResponseStarted(start) => {
            format!("learning response {} started ({})", start.reference, start.kind)
        }
        Event::RecommendationMade(made) => format!("recommendation {} made", made.reference),
        Event::RecommendationAccepted { .. } => "recommendation accepted".to_owned(),
        Event::RecommendationRejected { reason, .. } => format!("recommendation rejected: {reason}"),
        Event::ReportSignedOff(sign_off) => format!("report signed off by {}", sign_off.signed_off_by_role),
        Event::EntryCorrected(correction) => corrected(correction),
    }
}

pub(super) fn action(event: &action::Event) -> String {
    use action::Event;
    match event {
        Event::ActionAgreed(agreement) => match agreement.target_on {
            Some(target) => format!("action {} agreed, target {target}", agreement.reference),
            None => format!("action {} agreed without a target", agreement.reference),
        },
        Event::OwnerAssigned(owner) => format!("owner assigned: {}", owner.role),
        Event::ActionMeasureSet(_) => "measure, monitor, review date or strength set".to_owned(),
        Event::TargetMoved(moved) => match moved.from {
            Some(from) => format!("target moved from {from} to {}: {}", moved.to, moved.reason),
            None => format!("target set to {}: {}", moved.to, moved.reason),
        },
        Event::ProgressNoted { note } => format!("progress: {note}"),
        Event::ImplementationReported(report) => format!(
            "reported as implemented on {}, {} piece(s) of evidence",
            report.implemented_on,
            report.evidence.len()
        ),
        Event::ImplementationVerified(verification) => {
            format!("verified as implemented on {}", verification.implemented_on)
        }
        Event::VerificationRefused { reason } => format!("verification refused: {reason}"),
        Event::EffectivenessReviewed(review) => match review.result {
            Effectiveness::Effective => "reviewed: effective".to_owned(),
            Effectiveness::NotEffective => "reviewed: not effective; the action is open again".to_owned(),
            Effectiveness::Inconclusive => "reviewed: inconclusive".to_owned(),
        },
        Event::ActionSuperseded { by, .. } => format!("superseded by action {by}"),
        Event::ActionWithdrawn { reason } => format!("withdrawn: {reason}"),
        Event::RiskAccepted(acceptance) => {
            format!("risk accepted by {}: {}", acceptance.accepted_by_role, acceptance.reason)
        }
        Event::ActionClosed { .. } => "file closed".to_owned(),
        Event::ActionStageAsserted(assertion) => {
            format!("{}, as {} says: {ASSERTED}", assertion.stage, assertion.source)
        }
        Event::EntryCorrected(correction) => corrected(correction),
    }
}

fn grade(grade: HarmGrade) -> String {
    let mut parts = Vec::new();
    parts.extend(grade.physical.map(|harm| format!("physical {harm}")));
    parts.extend(grade.psychological.map(|harm| format!("psychological {harm}")));
    parts.extend(grade.could_result.then(|| "could result in harm".to_owned()));
    if parts.is_empty() { "harm not graded".to_owned() } else { parts.join(", ") }
}

fn corrected(correction: &Correction) -> String {
    let change = match correction.change {
        CorrectionChange::Struck => "struck out".to_owned(),
        CorrectionChange::OccurredAt(at) => format!("occurred on {}", civil_date(at)),
        CorrectionChange::StatedDate(date) => format!("stated date is {date}"),
    };
    format!("correction of entry {}: {change}; {}", correction.corrects, correction.reason)
}
