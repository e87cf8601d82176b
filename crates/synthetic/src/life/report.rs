//! The incident itself.

use candour_domain::{
    Personal,
    incident::{
        AffectedPerson, AffectedPersonKind, Amendment, Closure, Command, HarmGrading, IncidentKind, Place,
        Report, Reporter, ReporterIdentity,
    },
    text::PublicReference,
};
use jiff::Timestamp;

use super::{
    Life, Step,
    plan::{Reported, grade},
};
use crate::{SyntheticError, chance::Chance, stream::Recorder, words};

impl Life {
    pub(super) fn of_the_incident(
        &mut self,
        recorder: &mut Recorder<'_>,
        at: Timestamp,
        step: &Step,
    ) -> Result<(), SyntheticError> {
        let moment = self.moment(at, 1)?;
        let command = match step {
            Step::Report(reported) => Command::ReportIncident(self.report(reported)?),
            Step::Amend => Command::AmendIncident(Amendment {
                place: Some(place(&mut self.chance)?),
                reason: Some(words::text("the place was given wrongly")?),
                ..Amendment::default()
            }),
            Step::Grade(level) => Command::GradeHarm(HarmGrading {
                person: self.person.ok_or(SyntheticError::OutOfPlan)?,
                grade: grade(*level),
                graded_by_role: Some(words::text("ward manager")?),
                reason: None,
            }),
            Step::Close => Command::CloseIncident(Closure { reason: None, closed_by: None }),
            _ => return Err(SyntheticError::OutOfPlan),
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
