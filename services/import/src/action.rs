//! What a row changes of a learning action.

mod said;

use candour_domain::{
    CorrectionChange,
    action::{
        Action, ActionAgreement, ActionSource, AssertedStage, Command, Implementation, Measure, MeasurePlan,
        Owner, RecommendationFacts, StageAssertion, State,
    },
    identifier::{ActionId, EventId, IncidentId},
};
use jiff::Timestamp;

use crate::{
    action::said::{ActionSaid, ImplementedSaid},
    finding::{Notes, Refused},
    row::{ActionPart, Said, When},
    source::{Occurrence, Source},
    stream::{CHANGED, Stream, prose},
};

const AGREED: &str = "action.agreed";
const IMPLEMENTED: &str = "action.implemented";
const VERIFIED: &str = "action.verified";
const WITHDRAWN: &str = "action.withdrawn";

/// Plans what a row changes.
pub(crate) struct Planning<'a> {
    pub(crate) id: ActionId,
    pub(crate) incident: IncidentId,
    pub(crate) part: &'a ActionPart,
    pub(crate) source: &'a Source,
    pub(crate) stream: &'a mut Stream<Action>,
    pub(crate) notes: &'a mut Notes,
}

impl Planning<'_> {
    /// The whole plan.
    pub(crate) fn plan(mut self) -> Result<(), Refused> {
        if self.stream.is_empty() {
            self.agree()?;
        } else {
            must_be_of(&self.stream.state(), self.incident)?;
        }
        let said = ActionSaid::of(&self.stream.said);
        // Back on file first: nothing can be said of an action that left.
        if self.part.withdrawn == Some(Said::Absent)
            && let Some((entry, _)) = said.withdrawn
        {
            self.strike(WITHDRAWN, entry)?;
        }
        // Nothing may lie before the agreement, whichever way it is moved.
        let moved_later =
            said.agreed.is_some_and(|(_, at)| self.part.agreed.instant(None, self.source.now) > at);
        if !moved_later {
            self.agreed(&said)?;
        }
        if !said.is_nothing() {
            self.planned(&said)?;
        }
        self.implemented(&said)?;
        self.verified(&said)?;
        self.withdrawn(&said)?;
        if moved_later {
            self.agreed(&said)?;
        }
        Ok(())
    }

    fn agree(&mut self) -> Result<(), Refused> {
        let part = self.part;
        let agreement = ActionAgreement {
            id: self.id,
            reference: part.reference.clone().unwrap_or_else(|| part.source_id.clone()),
            source: ActionSource::Incident(self.incident),
            description: part.description.clone(),
            owner: part.owner.clone(),
            target_on: part.target_on,
            plan: MeasurePlan {
                measure: part.measure.clone().map(measure),
                monitor: part.monitor.clone(),
                review_on: None,
                strength: part.strength,
            },
            relates_to: Vec::new(),
        };
        let occurrence = Occurrence {
            source_recorded_at: part.source_recorded_at,
            ..Occurrence::at(part.agreed.instant(None, self.source.now))
        };
        let facts = RecommendationFacts { decisions: Vec::new() };
        self.command("action", occurrence, Command::AgreeAction(facts, agreement))
    }

    fn agreed(&mut self, said: &ActionSaid) -> Result<(), Refused> {
        match said.agreed {
            Some((entry, at)) => self.move_to(AGREED, entry, at, self.part.agreed),
            None => Ok(()),
        }
    }

    /// Owner, target and measure. What the source leaves empty stays as it was.
    fn planned(&mut self, said: &ActionSaid) -> Result<(), Refused> {
        let part = self.part;
        if said.description.as_ref() != Some(&part.description) {
            self.notes.note("action.description", "differs from what was agreed: it is not amended");
        }
        for (field, is_gone) in [
            ("action.owner_role", part.owner.is_none() && said.owner.is_some()),
            ("action.target_on", part.target_on.is_none() && said.target_on.is_some()),
            ("action.measure", part.measure.is_none() && said.measure.is_some()),
            ("action.monitor", part.monitor.is_none() && said.monitor.is_some()),
            ("action.strength", part.strength.is_none() && said.strength.is_some()),
        ] {
            if is_gone {
                self.notes.note(field, "is no longer given: what was said before stays");
            }
        }
        if let Some(owner) = part.owner.clone().map(|owner| with_the_rest(owner, said.owner.as_ref()))
            && said.owner.as_ref() != Some(&owner)
        {
            self.now("action.owner_role", Command::AssignOwner(owner))?;
        }
        if let Some(to) = part.target_on
            && said.target_on != Some(to)
        {
            let move_target = Command::MoveTarget {
                to,
                reason: prose(CHANGED)?,
                approved_by_role: prose("not stated by the source")?,
                approved_by: None,
            };
            self.now("action.target_on", move_target)?;
        }
        let plan = MeasurePlan {
            measure: part.measure.clone().filter(|name| Some(name) != said.measure.as_ref()).map(measure),
            monitor: part.monitor.clone().filter(|monitor| Some(monitor) != said.monitor.as_ref()),
            review_on: None,
            strength: part.strength.filter(|strength| Some(*strength) != said.strength),
        };
        if plan == MeasurePlan::default() {
            return Ok(());
        }
        self.now("action.measure", Command::SetActionMeasure(plan))
    }

    /// ACT-3: with evidence it is a report of implementation; without, what the source asserts.
    fn implemented(&mut self, said: &ActionSaid) -> Result<(), Refused> {
        let part = self.part;
        match (part.implemented, &said.implemented) {
            (None, _) | (Some(Said::Absent), None) => Ok(()),
            (Some(Said::Absent), Some(before)) => self.strike(IMPLEMENTED, before.entry()),
            (Some(Said::Happened(when)), None) => self.implement(when),
            (Some(Said::Happened(when)), Some(before @ ImplementedSaid::Asserted { entry, at })) => {
                if part.evidence.is_empty() {
                    self.move_to(IMPLEMENTED, *entry, *at, when)
                } else {
                    self.strike(IMPLEMENTED, before.entry())?;
                    self.implement(when)
                }
            }
            (Some(Said::Happened(when)), Some(ImplementedSaid::Reported { entry, report, by })) => {
                let is_same_day = when.day() == report.implemented_on;
                if is_same_day && part.evidence.is_empty() {
                    self.notes.note("action.evidence", "is no longer given: what was said before stays");
                    return Ok(());
                }
                let is_same_person = part.implemented_by.is_none() || part.implemented_by == *by;
                if is_same_day && is_same_person && part.evidence == report.evidence {
                    return Ok(());
                }
                if self.stream.state().verified_on.is_some() {
                    self.notes.note(IMPLEMENTED, "is not recorded: its implementation was verified here");
                    return Ok(());
                }
                self.strike(IMPLEMENTED, *entry)?;
                self.implement(when)
            }
        }
    }

    fn implement(&mut self, when: When) -> Result<(), Refused> {
        let part = self.part;
        let at = self.instant(when);
        if part.evidence.is_empty() {
            return self.assert(IMPLEMENTED, AssertedStage::Implementation, at);
        }
        let report =
            Implementation { implemented_on: when.day(), evidence: part.evidence.clone(), note: None };
        let occurrence = Occurrence { performed_by: part.implemented_by.clone(), ..Occurrence::at(at) };
        self.command(IMPLEMENTED, occurrence, Command::ReportImplementation(report))
    }

    /// ACT-2: who verified, and that they are independent, a source does not show.
    fn verified(&mut self, said: &ActionSaid) -> Result<(), Refused> {
        match (self.part.verified, said.verified) {
            (None, _) | (Some(Said::Absent), None) => Ok(()),
            (Some(Said::Absent), Some((entry, _))) => self.strike(VERIFIED, entry),
            (Some(Said::Happened(when)), Some((entry, at))) => self.move_to(VERIFIED, entry, at, when),
            (Some(Said::Happened(when)), None) => {
                self.assert(VERIFIED, AssertedStage::Verification, self.instant(when))
            }
        }
    }

    fn withdrawn(&mut self, said: &ActionSaid) -> Result<(), Refused> {
        match (self.part.withdrawn, said.withdrawn) {
            (None | Some(Said::Absent), _) => Ok(()),
            (Some(Said::Happened(when)), Some((entry, at))) => self.move_to(WITHDRAWN, entry, at, when),
            (Some(Said::Happened(when)), None) => {
                let reason = match &self.part.withdrawn_reason {
                    Some(reason) => reason.clone(),
                    None => prose("withdrawn in the source system")?,
                };
                let at = Occurrence::at(self.instant(when));
                self.command(WITHDRAWN, at, Command::WithdrawAction { reason })
            }
        }
    }

    /// The instant of something that followed the agreement.
    fn instant(&self, when: When) -> Timestamp {
        let agreed = self.part.agreed.instant(None, self.source.now);
        when.instant(Some(agreed), self.source.now)
    }

    fn assert(&mut self, field: &str, stage: AssertedStage, at: Timestamp) -> Result<(), Refused> {
        let assertion = StageAssertion { stage, source: self.source.system.clone() };
        self.command(field, Occurrence::at(at), Command::RecordStageAsserted(assertion))
    }

    fn move_to(&mut self, field: &str, entry: EventId, at: Timestamp, when: When) -> Result<(), Refused> {
        if when.is_same_as(at) {
            return Ok(());
        }
        let at = if field == AGREED { when.instant(None, self.source.now) } else { self.instant(when) };
        self.stream.correct(self.source, field, entry, CorrectionChange::OccurredAt(at), self.notes)
    }

    fn strike(&mut self, field: &str, entry: EventId) -> Result<(), Refused> {
        self.stream.strike(self.source, field, entry, self.notes)
    }

    /// A step that is known only from the row, now.
    fn now(&mut self, field: &str, command: Command) -> Result<(), Refused> {
        self.command(field, Occurrence::at(self.source.now), command)
    }

    fn command(&mut self, field: &str, occurrence: Occurrence, command: Command) -> Result<(), Refused> {
        self.stream.command(self.source, field, occurrence, command, self.notes)
    }
}

/// One id names one action, and an action stands on one incident.
fn must_be_of(state: &State, incident: IncidentId) -> Result<(), Refused> {
    match &state.source {
        Some(ActionSource::Incident(of)) if *of == incident => Ok(()),
        Some(_) => Err(Refused::field("action.source_id", "names an action that stands elsewhere")),
        None => {
            Err(Refused::field("action.source_id", "names an action whose agreement was struck out here"))
        }
    }
}

fn measure(name: candour_domain::text::Line) -> Measure {
    Measure { name, definition: None, kind: None, target: None, frequency: None }
}

/// The same post keeps what the source leaves empty of it.
fn with_the_rest(owner: Owner, before: Option<&Owner>) -> Owner {
    match before {
        Some(before) if before.role == owner.role => Owner {
            team: owner.team.or_else(|| before.team.clone()),
            directorate: owner.directorate.or_else(|| before.directorate.clone()),
            person: owner.person.or_else(|| before.person.clone()),
            ..owner
        },
        Some(_) | None => owner,
    }
}
