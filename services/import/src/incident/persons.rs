//! The persons affected.

use candour_domain::{
    identifier::AffectedPersonId,
    incident::{AffectedPerson, Command, HarmGrading},
    text::PublicReference,
};

use super::{
    Planning, changed,
    said::{IncidentSaid, PersonSaid},
};
use crate::{
    finding::Refused,
    row::PersonPart,
    source::Occurrence,
    stream::{CHANGED, prose},
};

impl Planning<'_> {
    /// Which persons of the incident the row means.
    pub(super) fn persons_meant(&self, said: &IncidentSaid) -> Result<Vec<AffectedPersonId>, Refused> {
        (0_usize..)
            .zip(&self.row.persons)
            .map(|(index, person)| match (&person.source_id, said.persons.as_slice()) {
                (Some(_), _) | (None, []) => Ok(self.person_id(person)),
                (None, [only]) => Ok(only.id),
                (None, _) => Err(Refused::field(
                    format!("persons[{index}].source_id"),
                    "must be given: the incident has several persons",
                )),
            })
            .collect()
    }

    pub(super) fn person_id(&self, person: &PersonPart) -> AffectedPersonId {
        let id = person.source_id.as_ref().map_or("", PublicReference::as_str);
        AffectedPersonId::of_source(self.id, id)
    }

    /// Who is new, and whose harm is graded otherwise.
    pub(super) fn persons(&mut self, said: &IncidentSaid, ids: &[AffectedPersonId]) -> Result<(), Refused> {
        let row = self.row;
        for (index, (person, id)) in (0_usize..).zip(row.persons.iter().zip(ids)) {
            let known = said.persons.iter().find(|said| said.id == *id);
            if let Some(before) = known {
                self.known_person(index, person, before)?;
            } else {
                let added = affected_person(index, person, *id)?;
                let reported_at = self.stream.state().reported_at.unwrap_or(self.source.now);
                let field = format!("persons[{index}]");
                self.command(&field, Occurrence::at(reported_at), Command::AddAffectedPerson(added))?;
            }
        }
        Ok(())
    }

    fn known_person(
        &mut self,
        index: usize,
        person: &PersonPart,
        before: &PersonSaid,
    ) -> Result<(), Refused> {
        if person.kind.is_some_and(|kind| kind != before.kind) {
            self.notes.note(format!("persons[{index}].kind"), NOT_AMENDED);
        }
        for (field, now, before) in
            [("name", &person.name, &before.name), ("contact", &person.contact, &before.contact)]
        {
            if changed(now.as_ref(), before.as_ref()).is_some() {
                self.notes.note(format!("persons[{index}].{field}"), NOT_AMENDED);
            }
        }
        match person.harm {
            Some(grade) if grade != before.harm => {
                let grading = HarmGrading {
                    person: before.id,
                    grade,
                    graded_by_role: None,
                    reason: Some(prose(CHANGED)?),
                };
                self.now(&format!("persons[{index}].harm"), Command::GradeHarm(grading))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// What is said of a field of a person that cannot be changed here.
const NOT_AMENDED: &str = "differs from what was said before: it is not amended";

/// A person who is new to the incident.
pub(super) fn affected_person(
    index: usize,
    person: &PersonPart,
    id: AffectedPersonId,
) -> Result<AffectedPerson, Refused> {
    let kind = person.kind.ok_or_else(|| {
        Refused::field(format!("persons[{index}].kind"), "must be given: the person is new to the incident")
    })?;
    Ok(AffectedPerson {
        id,
        case_reference: None,
        kind,
        name: person.name.clone(),
        contact: person.contact.clone(),
        harm: person.harm.unwrap_or_default(),
    })
}
