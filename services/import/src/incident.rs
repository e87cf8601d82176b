//! What a row changes of an incident.

mod life;
mod persons;
mod said;

use candour_domain::{
    CorrectionChange,
    identifier::{AffectedPersonId, EventId, IncidentId},
    incident::{Amendment, Command, Incident, Place, Report, SourceReference, Status},
    personal::Personal,
    text::PublicReference,
};

use crate::{
    finding::{Notes, Refused},
    incident::{persons::affected_person, said::IncidentSaid},
    row::{IncidentPart, Row, Said},
    source::{Occurrence, Source},
    stream::{CHANGED, Stream, prose},
};

/// Plans what a row changes of an incident, and says which of its persons are meant.
pub(crate) struct Planning<'a> {
    pub(crate) id: IncidentId,
    pub(crate) row: &'a Row,
    pub(crate) source: &'a Source,
    pub(crate) stream: &'a mut Stream<Incident>,
    pub(crate) notes: &'a mut Notes,
}

impl Planning<'_> {
    /// The whole plan. The ids come in the order of the row's persons.
    pub(crate) fn plan(mut self) -> Result<Vec<AffectedPersonId>, Refused> {
        if self.stream.is_empty() {
            return self.report();
        }
        let said = IncidentSaid::of(&self.stream.said);
        let persons = self.persons_meant(&said)?;
        let part = self.row.incident.as_ref();
        self.recorded_in_error(part, &said)?;
        if self.stream.state().status == Status::RecordedInError {
            return Ok(persons);
        }
        if let Some(part) = part {
            // Nothing may lie before the report, whichever way it is moved.
            if part.reported.day() > said.reported_on() {
                self.closed(part, &said)?;
                self.reported(part, &said)?;
            } else {
                self.reported(part, &said)?;
                self.closed(part, &said)?;
            }
            self.amended(part, &said)?;
            self.flag(part, &said)?;
        }
        self.persons(&said, &persons)?;
        Ok(persons)
    }

    /// An incident that is not known.
    fn report(&mut self) -> Result<Vec<AffectedPersonId>, Refused> {
        let Some(part) = &self.row.incident else {
            return Err(Refused::field(
                "incident_source_id",
                "names an incident that is not known here; import the incidents first",
            ));
        };
        let persons: Vec<_> = self.row.persons.iter().map(|person| self.person_id(person)).collect();
        let affected_persons = (0_usize..)
            .zip(self.row.persons.iter().zip(&persons))
            .map(|(index, (person, id))| affected_person(index, person, *id))
            .collect::<Result<_, _>>()?;
        let reference = part
            .reference
            .clone()
            .or_else(|| self.row.source_id.clone())
            .unwrap_or_else(|| PublicReference::derived("INC", self.id.uuid()));
        let report = Report {
            id: self.id,
            reference,
            kind: part.kind,
            incident_date: part.incident_date,
            place: part.place.clone(),
            narrative: part.narrative.clone(),
            immediate_actions: part.immediate_actions.clone(),
            reporter: part.reporter.clone(),
            affected_persons,
            source: self
                .row
                .source_id
                .clone()
                .map(|id| SourceReference { system: self.source.system.clone(), id }),
            source_candour_flag: part.source_candour_flag.unwrap_or_default(),
        };
        let occurrence = Occurrence {
            source_recorded_at: part.source_recorded_at,
            ..Occurrence::at(part.reported.instant(None, self.source.now))
        };
        self.command("incident", occurrence, Command::ReportIncident(report))?;
        if let Some(Said::Happened(_)) = part.closed {
            self.close(part)?;
        }
        if part.recorded_in_error == Some(true) {
            self.record_in_error_from_the_start(part)?;
        }
        Ok(persons)
    }

    fn reported(&mut self, part: &IncidentPart, said: &IncidentSaid) -> Result<(), Refused> {
        let Some((entry, reported_at)) = said.report else { return Ok(()) };
        if part.reported_is_assumed || part.reported.is_same_as(reported_at) {
            return Ok(());
        }
        let at = part.reported.instant(None, self.source.now);
        let moved_later = at > reported_at;
        if !moved_later {
            self.correct("incident.reported", entry, CorrectionChange::OccurredAt(at))?;
        }
        // Whoever became known after the first import has been part of the incident since its report.
        for (person, at_the_report) in said.persons.iter().filter_map(|person| Some((person, person.added?)))
        {
            if person.added_at == reported_at {
                self.correct("incident.reported", at_the_report, CorrectionChange::OccurredAt(at))?;
            }
        }
        if moved_later {
            self.correct("incident.reported", entry, CorrectionChange::OccurredAt(at))?;
        }
        Ok(())
    }

    /// What the report says. A field that the source leaves empty stays as it was.
    fn amended(&mut self, part: &IncidentPart, said: &IncidentSaid) -> Result<(), Refused> {
        let narrative = changed(Some(&part.narrative), said.narrative.as_ref());
        let immediate_actions = changed(part.immediate_actions.as_ref(), said.immediate_actions.as_ref());
        let amendment = Amendment {
            reason: Some(prose(CHANGED)?),
            kind: Some(part.kind).filter(|kind| Some(*kind) != said.kind),
            incident_date: part.incident_date.filter(|date| Some(*date) != said.incident_date),
            place: self.place(&part.place, &said.place),
            narrative: narrative.cloned(),
            immediate_actions: immediate_actions.cloned(),
        };
        for (field, is_gone) in [
            ("incident.incident_date", part.incident_date.is_none() && said.incident_date.is_some()),
            ("incident.place.site", part.place.site.is_none() && said.place.site.is_some()),
            (
                "incident.place.directorate",
                part.place.directorate.is_none() && said.place.directorate.is_some(),
            ),
            ("incident.place.team", part.place.team.is_none() && said.place.team.is_some()),
            (
                "incident.immediate_actions",
                part.immediate_actions.is_none() && said.immediate_actions.is_some(),
            ),
        ] {
            if is_gone {
                self.notes.note(field, STAYS);
            }
        }
        let reporter_differs = match (&part.reporter, &said.reporter) {
            (Some(now), Some(before)) => {
                now.identity != before.identity
                    || now.role != before.role
                    || changed(now.name.as_ref(), before.name.as_ref()).is_some()
                    || changed(now.contact.as_ref(), before.contact.as_ref()).is_some()
            }
            (Some(_), None) => true,
            (None, _) => false,
        };
        if reporter_differs {
            self.notes.note("incident.reporter", "differs from the report: who reported is not amended");
        }
        let empty = Amendment { reason: amendment.reason.clone(), ..Amendment::default() };
        if amendment == empty { Ok(()) } else { self.now("incident", Command::AmendIncident(amendment)) }
    }

    /// The place as it stands here, with the parts that the source changed.
    fn place(&self, now: &Place, before: &Place) -> Option<Place> {
        let here = self.stream.state().place;
        let part =
            |now: &Option<_>, before: &Option<_>| now.clone().filter(|part| before.as_ref() != Some(part));
        let (site, directorate, team) = (
            part(&now.site, &before.site),
            part(&now.directorate, &before.directorate),
            part(&now.team, &before.team),
        );
        let is_changed = site.is_some() || directorate.is_some() || team.is_some();
        is_changed.then(|| Place {
            site: site.or(here.site),
            directorate: directorate.or(here.directorate),
            team: team.or(here.team),
        })
    }

    fn flag(&mut self, part: &IncidentPart, said: &IncidentSaid) -> Result<(), Refused> {
        match part.source_candour_flag {
            Some(flag) if flag != said.source_candour_flag => {
                self.now("incident.source_candour_flag", Command::SetSourceCandourFlag { flag })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A step that is known only from the row, now.
    pub(super) fn now(&mut self, field: &str, command: Command) -> Result<(), Refused> {
        self.command(field, Occurrence::at(self.source.now), command)
    }

    pub(super) fn command(
        &mut self,
        field: &str,
        occurrence: Occurrence,
        command: Command,
    ) -> Result<(), Refused> {
        self.stream.command(self.source, field, occurrence, command, self.notes)
    }

    fn correct(&mut self, field: &str, entry: EventId, change: CorrectionChange) -> Result<(), Refused> {
        self.stream.correct(self.source, field, entry, change, self.notes)
    }
}

/// What is said of a field that the source no longer fills.
const STAYS: &str = "is no longer given: what was said before stays";
/// A personal text where it differs from what was said. Nothing is compared with what was erased or cannot be read, and nothing takes its place.
pub(crate) fn changed<'a, T: PartialEq>(
    now: Option<&'a Personal<T>>,
    before: Option<&Personal<T>>,
) -> Option<&'a Personal<T>> {
    match (now, before) {
        (Some(now), Some(before @ Personal::Known(_))) => Some(now).filter(|now| *now != before),
        (Some(now), None) => Some(now),
        (Some(_), Some(Personal::Erased | Personal::Unreadable)) | (None, _) => None,
    }
}
