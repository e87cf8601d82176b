//! The incident itself.

use candour_domain::{
    Personal,
    identifier::AffectedPersonId,
    incident::{
        AffectedPerson, AffectedPersonKind, Amendment, Closure, Command, DuplicateLink, HarmGrading,
        IncidentKind, PhysicalHarm, Place, Report, Reporter, ReporterIdentity,
    },
    text::PublicReference,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Life, incident_id,
    plan::grade,
    step::{IncidentStep, Reported},
};
use crate::{SyntheticError, chance::Chance, stream::Recorder, words};

impl Life {
    pub(super) fn of_the_incident(
        &mut self,
        recorder: &mut Recorder<'_>,
        at: Timestamp,
        step: &IncidentStep,
    ) -> Result<(), SyntheticError> {
        let moment = self.moment(at, 1)?;
        let command = match step {
            IncidentStep::Report(reported) => Command::ReportIncident(self.report(reported)?),
            IncidentStep::Amend => Command::AmendIncident(Amendment {
                place: Some(place(&mut self.chance)?),
                reason: Some(words::text("the place was given wrongly")?),
                ..Amendment::default()
            }),
            IncidentStep::Grade(level) => Command::GradeHarm(HarmGrading {
                person: self.person.ok_or(SyntheticError::OutOfPlan)?,
                grade: grade(*level),
                graded_by_role: Some(words::text("ward manager")?),
                reason: None,
            }),
            IncidentStep::Close => Command::CloseIncident(Closure { reason: None, closed_by: None }),
            IncidentStep::AddPerson => Command::AddAffectedPerson(AffectedPerson {
                id: AffectedPersonId::from_uuid(Uuid::new_v5(&self.id.uuid(), b"second person")),
                case_reference: None,
                kind: AffectedPersonKind::Patient,
                name: Some(Personal::Known(words::name(&mut self.chance)?)),
                contact: None,
                harm: grade(Some(PhysicalHarm::None.level())),
            }),
            IncidentStep::SetFlag => Command::SetSourceCandourFlag { flag: true },
            IncidentStep::LinkToTheOneBefore { same_reporter } => Command::LinkDuplicate(DuplicateLink {
                duplicate_of: incident_id(self.seed, self.number.saturating_sub(1)),
                same_reporter: *same_reporter,
            }),
            IncidentStep::RecordInError => {
                Command::RecordedInError { reason: words::text("it was entered to try the form out")? }
            }
            IncidentStep::Reopen => {
                Command::ReopenIncident { reason: words::text("the family has asked a further question")? }
            }
        };
        recorder.command(&mut self.incident, &moment, command)
    }

    fn report(&mut self, reported: &Reported) -> Result<Report, SyntheticError> {
        let chance = &mut self.chance;
        let kind = chance.one_of(&[
            IncidentKind::PatientSafetyIncident,
            IncidentKind::PatientSafetyIncident,
            IncidentKind::PatientSafetyIncident,
            IncidentKind::Risk,
        ]);
        let reporter = reported.reporter.map(|identity| reporter(chance, identity)).transpose()?;
        let affected_persons = match self.person {
            Some(id) => vec![AffectedPerson {
                id,
                case_reference: None,
                kind: AffectedPersonKind::Patient,
                name: Some(Personal::Known(words::name(chance)?)),
                contact: None,
                harm: grade(reported.harm_level),
            }],
            None => Vec::new(),
        };
        Ok(Report {
            id: self.id,
            reference: reference("INC", self.number)?,
            kind,
            incident_date: None,
            place: place(chance)?,
            narrative: Personal::Known(words::narrative(chance)?),
            immediate_actions: None,
            reporter,
            affected_persons,
            source: None,
            source_candour_flag: false,
        })
    }
}

/// A public reference: what it is, and its number.
pub(super) fn reference(of: &str, number: u64) -> Result<PublicReference, SyntheticError> {
    PublicReference::parse(&format!("{of}-{number:07}"))
        .map_err(|error| SyntheticError::Text(error.to_string()))
}

fn place(chance: &mut Chance) -> Result<Place, SyntheticError> {
    Ok(Place {
        site: Some(words::text(chance.one_of(words::SITES))?),
        directorate: Some(words::text(chance.one_of(words::DIRECTORATES))?),
        team: Some(words::text(chance.one_of(words::TEAMS))?),
    })
}

fn reporter(chance: &mut Chance, identity: ReporterIdentity) -> Result<Reporter, SyntheticError> {
    let is_anonymous = identity == ReporterIdentity::Anonymous;
    Ok(Reporter {
        identity,
        role: Some(words::text(chance.one_of(words::ROLES))?),
        name: if is_anonymous { None } else { Some(Personal::Known(words::name(chance)?)) },
        contact: None,
    })
}
