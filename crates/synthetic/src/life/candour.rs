//! The duty of candour to the person harmed.

use candour_domain::{
    Personal,
    calendar::civil_date,
    candour_case::{
        CaseFacts, Command, CoversEnquiries, EnquiryResults, FirstNotification, FurtherEnquiries,
        LetterCovers, NotNotifiable, NotifiableAssessment, NotificationMode, Opinion, RelevantPerson,
        RelevantPersonBasis, Representative, Request, WrittenNotification,
    },
    identifier::{CaseId, Derived, RelevantPersonId, RequestId, derive},
    regime::{self, Likelihood, ModerateIncrease, Outcome},
    text::DocumentReference,
};
use candour_service_kit::Engine;
use jiff::{Timestamp, civil::Date};

use super::{Life, Step};
use crate::{
    SyntheticError,
    stream::{Recorder, Stream},
    words,
};

impl Life {
    pub(super) fn of_the_case(
        &mut self,
        recorder: &mut Recorder<'_>,
        at: Timestamp,
        step: &Step,
    ) -> Result<(), SyntheticError> {
        let moment = self.moment(at, 3)?;
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
            none => none.insert(Stream::new(recorder.engine, case.uuid())?),
        };
        recorder.command(stream, &moment, Command { facts, request })
    }

    fn asked(
        &mut self,
        engine: &Engine,
        step: &Step,
        request: RequestId,
        on: Date,
    ) -> Result<Request, SyntheticError> {
        let letter = || {
            DocumentReference::parse(&format!("letters/{}-{}", self.number, self.requests))
                .map_err(|error| SyntheticError::Text(error.to_string()))
        };
        Ok(match step {
            Step::AssessNotifiable => Request::AssessNotifiable(self.assessment(engine, on)?),
            Step::RecordNotNotifiable => Request::RecordNotNotifiable(NotNotifiable {
                reason: words::text("the harm was an expected course of the illness")?,
                opinion: None,
            }),
            Step::IdentifyRelevantPerson => Request::IdentifyRelevantPerson(RelevantPerson {
                id: RelevantPersonId::from_uuid(derive("synthetic", request, Derived::RelevantPerson)),
                relationship: words::text("daughter")?,
                basis: RelevantPersonBasis::LacksCapacity,
                lawful_authority: Some(words::text("lasting power of attorney")?),
                designated: true,
                name: Some(Personal::Known(words::name(&mut self.chance)?)),
                contact: None,
            }),
            Step::NotifyInPerson => Request::RecordFirstNotification(FirstNotification {
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
            Step::SendLetter => Request::RecordWrittenNotification(WrittenNotification {
                relevant_person: None,
                letter: letter()?,
                covers: LetterCovers {
                    facts: true,
                    enquiries: Some(CoversEnquiries::Details),
                    results: false,
                    apology: true,
                },
            }),
            Step::ShareResults => Request::ShareEnquiryResults(EnquiryResults {
                relevant_person: None,
                letter: letter()?,
                apology: true,
            }),
            _ => return Err(SyntheticError::OutOfPlan),
        })
    }

    fn assessment(&mut self, engine: &Engine, on: Date) -> Result<NotifiableAssessment, SyntheticError> {
        let organisation = engine.organisation();
        let regime = regime::select(organisation.nation, organisation.body_type, self.reported_on)
            .ok_or(SyntheticError::NoRegime)?;
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
            aware_on: self.reported_on.max(on.min(self.reported_on.tomorrow().unwrap_or(on))),
            body_type: organisation.body_type,
            regime: regime.version,
        })
    }
}
