//! The duty of candour to the person harmed.

use candour_domain::{
    Personal,
    calendar::civil_date,
    candour_case::{
        AssertedStage, CaseFacts, Command, ContactAttempt, ContactMethod, ContactResult, CoversEnquiries,
        Declined, EnquiryResults, Exemption, FirstNotification, FurtherEnquiries, LetterCovers,
        NotNotifiable, NotifiableAssessment, NotificationMode, Opinion, RelevantPerson, RelevantPersonBasis,
        Representative, Request, StageAssertion, Support, SupportResponse, WrittenNotification,
    },
    identifier::{CaseId, Derived, RelevantPersonId, RequestId, derive},
    regime::{self, Likelihood, ModerateIncrease, Outcome},
    text::{DocumentReference, PersonReference},
};
use candour_service_kit::Engine;
use jiff::{Timestamp, ToSpan as _, civil::Date};

use super::{Life, step::CaseStep};
use crate::{
    SyntheticError,
    stream::{Recorder, Stream},
    words,
};

/// Harm that is assessed later than this many days after the report was not known at first.
const KNOWN_WITHIN_DAYS: i64 = 12;

impl Life {
    pub(super) fn of_the_case(
        &mut self,
        recorder: &mut Recorder<'_>,
        at: Timestamp,
        step: &CaseStep,
    ) -> Result<(), SyntheticError> {
        let mut moment = self.moment(at, 3)?;
        if matches!(step, CaseStep::Attempt { .. } | CaseStep::FindNotContactable) {
            // Each on a day of its own.
            moment = moment.at_once();
        }
        let person = self.person.ok_or(SyntheticError::OutOfPlan)?;
        let case = CaseId::of(self.id, person);
        let on = civil_date(moment.occurred_at);
        let request = self.asked(recorder.engine, step, moment.request, on)?;
        let facts = CaseFacts {
            case,
            incident: self.id,
            person,
            recorded_in_error: false,
            reported_on: self.reported_on,
        };
        let stream = match &mut self.case {
            Some(stream) => stream,
            none => none.insert(Stream::new(recorder.engine, case.uuid(), self.is_corrected)?),
        };
        recorder.command(stream, &moment, Command { facts, request })
    }

    fn asked(
        &mut self,
        engine: &Engine,
        step: &CaseStep,
        request: RequestId,
        on: Date,
    ) -> Result<Request, SyntheticError> {
        let letter = || {
            DocumentReference::parse(&format!("letters/{}-{}", self.number, self.requests))
                .map_err(|error| SyntheticError::Text(error.to_string()))
        };
        Ok(match step {
            CaseStep::AssessNotifiable => Request::AssessNotifiable(self.assessment(engine, on)?),
            CaseStep::RecordNotNotifiable => Request::RecordNotNotifiable(NotNotifiable {
                reason: words::text("the harm was an expected course of the illness")?,
                opinion: None,
            }),
            CaseStep::IdentifyRelevantPerson => Request::IdentifyRelevantPerson(RelevantPerson {
                id: RelevantPersonId::from_uuid(derive("synthetic", request, Derived::RelevantPerson)),
                relationship: words::text("daughter")?,
                basis: RelevantPersonBasis::LacksCapacity,
                lawful_authority: Some(words::text("lasting power of attorney")?),
                designated: true,
                name: Some(Personal::Known(words::name(&mut self.chance)?)),
                contact: None,
            }),
            CaseStep::NotifyInPerson => Request::RecordFirstNotification(FirstNotification {
                relevant_person: None,
                mode: Some(NotificationMode::FaceToFace),
                representatives: vec![Representative {
                    role: words::text("consultant")?,
                    name: Personal::Known(words::name(&mut self.chance)?),
                }],
                facts_account: true,
                further_enquiries: Some(FurtherEnquiries::Advised),
                apology: true,
                support_offered: self.chance.in_thousand(900),
                written_record: Some(letter()?),
            }),
            CaseStep::SendLetter => Request::RecordWrittenNotification(WrittenNotification {
                relevant_person: None,
                letter: letter()?,
                covers: LetterCovers {
                    facts: true,
                    enquiries: Some(CoversEnquiries::Details),
                    results: false,
                    apology: true,
                },
            }),
            CaseStep::ShareResults => Request::ShareEnquiryResults(EnquiryResults {
                relevant_person: None,
                letter: letter()?,
                apology: true,
            }),
            CaseStep::Attempt { by_letter } => Request::RecordContactAttempt(ContactAttempt {
                relevant_person: None,
                method: if *by_letter { ContactMethod::Letter } else { ContactMethod::Telephone },
                by_role: words::text("ward manager")?,
                result: if *by_letter { ContactResult::Undeliverable } else { ContactResult::NoAnswer },
                note: None,
            }),
            CaseStep::OfferSupport => Request::RecordSupportOffered(Support {
                relevant_person: None,
                what: words::text("bereavement and counselling service")?,
                response: self.chance.one_of(&[
                    SupportResponse::Offered,
                    SupportResponse::Taken,
                    SupportResponse::Declined,
                ]),
            }),
            CaseStep::FindNoFurtherEnquiries => Request::RecordNoFurtherEnquiries {
                because: words::text("the review found nothing beyond what was told")?,
            },
            CaseStep::Decline => Request::RecordDeclined(Declined {
                relevant_person: None,
                declined_by: words::text("daughter")?,
                declined_to_role: words::text("consultant")?,
            }),
            CaseStep::FindNotContactable => Request::RecordNotContactable { reason: None },
            CaseStep::ExemptLocally => Request::ExemptLocally(Exemption {
                approved_by_role: words::text("medical director")?,
                approved_by: person("staff:9001")?,
                reason: words::text("the treating team asked to wait until the patient is well enough")?,
            }),
            CaseStep::Reopen => Request::ReopenCase { reason: words::text("the family has been in touch")? },
            CaseStep::AssertNotified => Request::RecordStageAsserted(StageAssertion {
                stage: AssertedStage::FirstNotification,
                source: words::other_system()?,
            }),
        })
    }

    fn assessment(&mut self, engine: &Engine, on: Date) -> Result<NotifiableAssessment, SyntheticError> {
        let organisation = engine.organisation();
        let regime = regime::select(organisation.nation, organisation.body_type, self.reported_on)
            .ok_or(SyntheticError::NoRegime)?;
        // What shows late is known when it shows; everything else on the day after the report.
        let at_report = self.reported_on.checked_add(KNOWN_WITHIN_DAYS.days()).is_ok_and(|last| on <= last);
        let known = if at_report { self.reported_on.tomorrow().unwrap_or(on) } else { on };
        let aware_on = self.reported_on.max(on.min(known));
        Ok(NotifiableAssessment {
            unintended_or_unexpected: true,
            regulated_activity: true,
            outcome: Outcome::ModerateHarm,
            likelihood: Likelihood::AppearsToHaveResulted,
            moderate_increase_in_treatment: Some(ModerateIncrease::ProlongedEpisodeOfCare),
            significant_not_permanent: true,
            continuous_days: Some(3),
            likely_28_days: false,
            directly_related: false,
            opinion: Opinion {
                given_by_role: words::text("consultant")?,
                profession: words::text("medicine")?,
                given_by: None,
                involved_in_incident: Some(false),
                given_on: on,
                basis: Personal::Known(words::found(&mut self.chance)?),
            },
            aware_on,
            body_type: organisation.body_type,
            regime: regime.version,
        })
    }
}

fn person(reference: &str) -> Result<PersonReference, SyntheticError> {
    PersonReference::parse(reference).map_err(|error| SyntheticError::Text(error.to_string()))
}
