//! What is asked about a duty of candour case.

use candour_api::v1;
use candour_domain::{
    candour_case::{
        ContactAttempt, CoversEnquiries, Declined, EnquiryResults, Exemption, FirstNotification,
        FurtherEnquiries, LetterCovers, NotNotifiable, NotifiableAssessment, Opinion, REPRESENTATIVES_MAX,
        RelevantPerson, Representative, Support, WrittenNotification,
    },
    identifier::{CaseId, IncidentId, RelevantPersonId},
    regime::{self, REGIMES, RegimeVersion},
};
use candour_service_kit::{Check, Organisation};
use jiff::civil::Date;

/// The case and its incident, which every request on a case names together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CaseIds {
    /// The case.
    pub(crate) case: CaseId,
    /// Its incident.
    pub(crate) incident: IncidentId,
}

/// The two ids of a case.
pub(crate) fn case_ids(check: &mut Check, case_id: &str, incident_id: &str) -> Option<CaseIds> {
    let case = check.id("case_id", case_id);
    let incident = check.id("incident_id", incident_id);
    Some(CaseIds { case: case?, incident: incident? })
}

/// An assessment that the duty applies. The body type and the version of the law come from the server's configuration and the day of
/// awareness, never from the caller.
///
/// `occurred_on` is the civil date of the command; it is missing where the command's own part could not be read, which is a violation
/// of its own. An opinion without a day was given on that date; without a day of awareness, the organisation became aware with the
/// opinion.
pub(crate) fn assessment(
    check: &mut Check,
    given: Option<&v1::NotifiableAssessment>,
    occurred_on: Option<Date>,
    organisation: &Organisation,
) -> Option<NotifiableAssessment> {
    let Some(given) = given else {
        check.violation("assessment", "must be given");
        return None;
    };
    let outcome = check.choice("assessment.outcome", given.outcome);
    let likelihood = check.choice("assessment.likelihood", given.likelihood);
    let moderate_increase_in_treatment = check
        .optional_choice("assessment.moderate_increase_in_treatment", given.moderate_increase_in_treatment);
    let mut given_on = None;
    let opinion = if let Some(given) = &given.opinion {
        given_on = day_of_opinion(check, "assessment.opinion", given, occurred_on);
        opinion(check, "assessment.opinion", given, given_on)
    } else {
        check.violation("assessment.opinion", "must be given");
        None
    };
    let aware_on = check
        .optional_date("assessment.aware_on", given.aware_on.as_ref())
        .and_then(|aware_on| aware_on.or(given_on));
    let regime = aware_on.and_then(|aware_on| regime_in_force(check, organisation, aware_on));
    Some(NotifiableAssessment {
        unintended_or_unexpected: given.unintended_or_unexpected,
        regulated_activity: given.regulated_activity,
        outcome: outcome?,
        likelihood: likelihood?,
        moderate_increase_in_treatment: moderate_increase_in_treatment?,
        significant_not_permanent: given.significant_not_permanent,
        continuous_days: given.continuous_days,
        likely_28_days: given.likely_28_days,
        directly_related: given.directly_related,
        opinion: opinion?,
        aware_on: aware_on?,
        body_type: organisation.body_type,
        regime: regime?,
    })
}

/// The version of the law by which the case is judged. A nation that has a duty of its own may not be built in yet, which is not the
/// same as having none: the two refusals say so.
fn regime_in_force(check: &mut Check, organisation: &Organisation, aware_on: Date) -> Option<RegimeVersion> {
    let Organisation { nation, body_type, .. } = organisation;
    let regime = regime::select(*nation, *body_type, aware_on);
    if regime.is_none() {
        let known = REGIMES.iter().any(|regime| regime.nation == *nation && regime.body_type == *body_type);
        check.violation(
            "assessment.aware_on",
            if known {
                "cannot be judged: no version of the duty was in force then"
            } else {
                "cannot be judged: this server knows no version of the duty for this nation"
            },
        );
    }
    regime.map(|regime| regime.version)
}

/// The day of an opinion: the one given, or else the day of the command.
fn day_of_opinion(
    check: &mut Check,
    field: &str,
    given: &v1::Opinion,
    occurred_on: Option<Date>,
) -> Option<Date> {
    check.optional_date(&format!("{field}.given_on"), given.given_on.as_ref())?.or(occurred_on)
}

fn opinion(check: &mut Check, field: &str, given: &v1::Opinion, given_on: Option<Date>) -> Option<Opinion> {
    let given_by_role = check.text(&format!("{field}.given_by_role"), &given.given_by_role);
    let profession = check.text(&format!("{field}.profession"), &given.profession);
    let given_by = check.optional_reference(&format!("{field}.given_by"), &given.given_by);
    let basis = check.personal(&format!("{field}.basis"), &given.basis);
    Some(Opinion {
        given_by_role: given_by_role?,
        profession: profession?,
        given_by: given_by?,
        involved_in_incident: given.involved_in_incident,
        given_on: given_on?,
        basis: basis?,
    })
}

/// A decision that the duty does not apply. For `occurred_on` see [`assessment`].
pub(crate) fn not_notifiable(
    check: &mut Check,
    message: &v1::RecordNotNotifiableRequest,
    occurred_on: Option<Date>,
) -> Option<NotNotifiable> {
    let reason = check.text("reason", &message.reason);
    let opinion = match &message.opinion {
        None => Some(None),
        Some(given) => {
            let given_on = day_of_opinion(check, "opinion", given, occurred_on);
            opinion(check, "opinion", given, given_on).map(Some)
        }
    };
    Some(NotNotifiable { reason: reason?, opinion: opinion? })
}

/// Somebody to be told. `id` is missing where the request id could not be read, which is a violation of its own.
pub(crate) fn relevant_person(
    check: &mut Check,
    message: &v1::IdentifyRelevantPersonRequest,
    id: Option<RelevantPersonId>,
) -> Option<RelevantPerson> {
    let relationship = check.text("relationship", &message.relationship);
    let basis = check.choice("basis", message.basis);
    let lawful_authority = check.optional_text("lawful_authority", &message.lawful_authority);
    let name = check.optional_personal("name", &message.name);
    let contact = check.optional_personal("contact", &message.contact);
    Some(RelevantPerson {
        id: id?,
        relationship: relationship?,
        basis: basis?,
        lawful_authority: lawful_authority?,
        designated: message.designated,
        name: name?,
        contact: contact?,
    })
}

/// An attempt at contact.
pub(crate) fn contact_attempt(
    check: &mut Check,
    message: &v1::RecordContactAttemptRequest,
) -> Option<ContactAttempt> {
    let relevant_person = check.optional_id("relevant_person_id", &message.relevant_person_id);
    let method = check.choice("method", message.method);
    let by_role = check.text("by_role", &message.by_role);
    let result = check.choice("contact_result", message.contact_result);
    let note = check.optional_personal("note", &message.note);
    Some(ContactAttempt {
        relevant_person: relevant_person?,
        method: method?,
        by_role: by_role?,
        result: result?,
        note: note?,
    })
}

/// A contact of the first notification (E-6).
pub(crate) fn first_notification(
    check: &mut Check,
    message: &v1::RecordFirstNotificationRequest,
) -> Option<FirstNotification> {
    use v1::record_first_notification_request::FurtherEnquiries as Wire;
    let relevant_person = check.optional_id("relevant_person_id", &message.relevant_person_id);
    let mode = check.optional_choice("mode", message.mode);
    let representatives =
        check.each("representatives", &message.representatives, REPRESENTATIVES_MAX, representative);
    let further_enquiries = match &message.further_enquiries {
        None => Some(None),
        Some(Wire::FurtherEnquiriesAdvised(advised)) => {
            must_be_true(check, "further_enquiries_advised", *advised)
                .map(|()| Some(FurtherEnquiries::Advised))
        }
        Some(Wire::NoFurtherEnquiriesBecause(because)) => check
            .text("no_further_enquiries_because", because)
            .map(|because| Some(FurtherEnquiries::None { because })),
    };
    let written_record = check.optional_reference("written_record", &message.written_record);
    Some(FirstNotification {
        relevant_person: relevant_person?,
        mode: mode?,
        representatives: representatives?,
        facts_account: message.facts_account,
        further_enquiries: further_enquiries?,
        apology: message.apology,
        support_offered: message.support_offered,
        written_record: written_record?,
    })
}

fn representative(check: &mut Check, field: &str, given: &v1::Representative) -> Option<Representative> {
    let role = check.text(&format!("{field}.role"), &given.role);
    let name = check.personal(&format!("{field}.name"), &given.name);
    Some(Representative { role: role?, name: name? })
}

/// An offer of support.
pub(crate) fn support(check: &mut Check, message: &v1::RecordSupportOfferedRequest) -> Option<Support> {
    let relevant_person = check.optional_id("relevant_person_id", &message.relevant_person_id);
    let what = check.text("what", &message.what);
    let response = check.choice("response", message.response);
    Some(Support { relevant_person: relevant_person?, what: what?, response: response? })
}

/// A letter (E-7).
pub(crate) fn written_notification(
    check: &mut Check,
    message: &v1::RecordWrittenNotificationRequest,
) -> Option<WrittenNotification> {
    let relevant_person = check.optional_id("relevant_person_id", &message.relevant_person_id);
    let letter = check.reference("letter", &message.letter);
    let covers = letter_covers(check, message.covers.as_ref());
    Some(WrittenNotification { relevant_person: relevant_person?, letter: letter?, covers: covers? })
}

/// What a letter covers. One that covers nothing is the domain's to refuse.
fn letter_covers(check: &mut Check, given: Option<&v1::LetterCovers>) -> Option<LetterCovers> {
    use v1::letter_covers::Enquiries as Wire;
    let Some(given) = given else { return Some(LetterCovers::default()) };
    let enquiries = match &given.enquiries {
        None => Some(None),
        Some(Wire::EnquiryDetails(details)) => {
            must_be_true(check, "covers.enquiry_details", *details).map(|()| Some(CoversEnquiries::Details))
        }
        Some(Wire::NoEnquiriesBecause(because)) => check
            .text("covers.no_enquiries_because", because)
            .map(|because| Some(CoversEnquiries::None { because })),
    };
    Some(LetterCovers {
        facts: given.facts,
        enquiries: enquiries?,
        results: given.results,
        apology: given.apology,
    })
}

/// The results of enquiries.
pub(crate) fn enquiry_results(
    check: &mut Check,
    message: &v1::ShareEnquiryResultsRequest,
) -> Option<EnquiryResults> {
    let relevant_person = check.optional_id("relevant_person_id", &message.relevant_person_id);
    let letter = check.reference("letter", &message.letter);
    Some(EnquiryResults { relevant_person: relevant_person?, letter: letter?, apology: message.apology })
}

/// A declining (E-8).
pub(crate) fn declined(check: &mut Check, message: &v1::RecordDeclinedRequest) -> Option<Declined> {
    let relevant_person = check.optional_id("relevant_person_id", &message.relevant_person_id);
    let declined_by = check.text("declined_by", &message.declined_by);
    let declined_to_role = check.text("declined_to_role", &message.declined_to_role);
    Some(Declined {
        relevant_person: relevant_person?,
        declined_by: declined_by?,
        declined_to_role: declined_to_role?,
    })
}

/// A local exemption (E-9).
pub(crate) fn exemption(check: &mut Check, message: &v1::ExemptLocallyRequest) -> Option<Exemption> {
    let approved_by_role = check.text("approved_by_role", &message.approved_by_role);
    let approved_by = check.reference("approved_by", &message.approved_by);
    let reason = check.text("reason", &message.reason);
    Some(Exemption { approved_by_role: approved_by_role?, approved_by: approved_by?, reason: reason? })
}

/// A choice that can only be made, not denied: `false` would say something that the record has no place for.
fn must_be_true(check: &mut Check, field: &str, value: bool) -> Option<()> {
    if !value {
        check.violation(field, "must be true where it is given");
    }
    value.then_some(())
}

#[cfg(test)]
mod tests;
