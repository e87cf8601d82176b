//! One stream of the record: what is there, what the source said of it, and the steps that a row adds.

use candour_domain::{
    Correction, CorrectionChange, Entry, correction,
    identifier::EventId,
    text::{SystemName, Text},
};
use candour_journal::Position;
use candour_service_kit::{
    Engine, Failure, Loaded, StoredAggregate,
    rehearsal::{Doing, Rehearsal, Step},
};
use uuid::Uuid;

use crate::{
    finding::{Notes, Refused},
    source::{Occurrence, Source},
};

/// Why a step is taken that only a change in the source explains.
pub(crate) const CHANGED: &str = "changed in the source system";

/// What the record decided already, whatever the source says now: people worked on it here, and their entries stand. The rest of the row is
/// applied, and the result tells.
const STANDS: &[&str] = &[
    "ACTION_ALREADY_CLOSED",
    "ACTION_ALREADY_LEFT",
    "ACTION_ALREADY_VERIFIED",
    "AFFECTED_PERSON_NOT_FOUND",
    "ENTRY_ALREADY_STRUCK",
    "INCIDENT_ALREADY_CLOSED",
    "INCIDENT_NOT_CLOSED",
    "NO_REPORTER",
    "NO_RETURN_CHANNEL",
    "REPORTER_ALREADY_ACKNOWLEDGED",
];

/// One stream.
pub(crate) struct Stream<A: StoredAggregate> {
    id: Uuid,
    loaded: Loaded<A>,
    rehearsal: Rehearsal<A>,
    last_of_source: Option<EventId>,
    /// What the source said, in the order in which it said it; its own corrections are applied.
    pub(crate) said: Vec<Entry<A::Event>>,
    steps: Vec<(String, Step<A>)>,
}

impl<A: StoredAggregate> Stream<A>
where
    A::Command: Clone + Sync,
{
    /// Loads a stream; one that does not exist is empty.
    pub(crate) async fn load(engine: &Engine, id: Uuid, system: &SystemName) -> Result<Self, Failure> {
        let loaded = engine.load::<A>(id).await?;
        let of_source: Vec<_> = loaded
            .history
            .iter()
            .filter(|recorded| recorded.metadata.source_system.as_ref() == Some(system))
            .map(|recorded| recorded.entry.clone())
            .collect();
        let mut said = correction::applied::<A>(&of_source);
        said.sort_by_key(|entry| entry.version);
        Ok(Self {
            id,
            rehearsal: Rehearsal::of(&loaded),
            last_of_source: of_source.last().map(|entry| entry.event_id),
            said,
            loaded,
            steps: Vec::new(),
        })
    }

    /// Whether nothing was ever recorded.
    pub(crate) fn is_empty(&self) -> bool {
        self.loaded.is_empty()
    }

    /// What the rules remember, after the steps taken so far.
    pub(crate) fn state(&self) -> A::State {
        self.rehearsal.state()
    }

    /// Takes a step that the rules allow. One that the record has decided already is left out, and noted.
    pub(crate) fn take(
        &mut self,
        source: &Source,
        field: &str,
        occurrence: Occurrence,
        doing: Doing<A>,
        notes: &mut Notes,
    ) -> Result<(), Refused> {
        let label = format!("{field}#{}", self.steps.len());
        let envelope = source.envelope(self.id, &label, self.last_of_source, occurrence);
        let step = Step { envelope, doing };
        match self.rehearsal.take(&step) {
            Ok(true) => self.steps.push((field.to_owned(), step)),
            Ok(false) => {}
            Err(failure) if stands(&failure) => notes.note(field, format!("is not recorded: {failure}")),
            Err(failure) => return Err(Refused::of(field, failure)),
        }
        Ok(())
    }

    /// Takes a command.
    pub(crate) fn command(
        &mut self,
        source: &Source,
        field: &str,
        occurrence: Occurrence,
        command: A::Command,
        notes: &mut Notes,
    ) -> Result<(), Refused> {
        self.take(source, field, occurrence, Doing::Command(command), notes)
    }

    /// Puts an entry of the source right.
    pub(crate) fn correct(
        &mut self,
        source: &Source,
        field: &str,
        corrects: EventId,
        change: CorrectionChange,
        notes: &mut Notes,
    ) -> Result<(), Refused> {
        let correction = Correction { corrects, reason: prose(CHANGED)?, change };
        self.take(source, field, Occurrence::at(source.now), Doing::Correction(correction), notes)
    }

    /// Strikes out what the source takes back.
    pub(crate) fn strike(
        &mut self,
        source: &Source,
        field: &str,
        corrects: EventId,
        notes: &mut Notes,
    ) -> Result<(), Refused> {
        self.correct(source, field, corrects, CorrectionChange::Struck, notes)
    }

    /// Records the steps, one after the other, each on the version that the one before left: whoever else writes in between makes it stale.
    /// Whether the thing came into being by it.
    pub(crate) async fn record(self, engine: &Engine, record: &mut Record) -> Result<bool, Refused> {
        let mut seen = self.loaded.version();
        let mut created = false;
        for (field, mut step) in self.steps {
            step.envelope.seen = seen;
            match engine.carry_out_step::<A>(self.id, step, seen.is_none()).await {
                Ok(done) => {
                    if !done.repeated && !done.events.is_empty() {
                        record.events = record
                            .events
                            .saturating_add(u32::try_from(done.events.len()).unwrap_or(u32::MAX));
                        created |= done.events.iter().any(|(_, event)| A::creates(event));
                        record.position = record.position.max(Some(done.position));
                    }
                    seen = done.version;
                }
                // Whoever was erased stays so, and the rest of the row has nothing to do with them.
                Err(Failure::SubjectErased) => {
                    record.notes.note(field, "is about somebody who was erased: not recorded");
                }
                Err(failure) => return Err(Refused::of(field, failure)),
            }
        }
        Ok(created)
    }
}

/// What was recorded of a row.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// How many events.
    pub(crate) events: u32,
    /// An incident or a learning action came into being.
    pub(crate) created: bool,
    /// Where the last of them stands in the log.
    pub(crate) position: Option<Position>,
    /// What came up while recording.
    pub(crate) notes: Notes,
}

fn stands(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { reason, .. } if STANDS.contains(reason))
}

/// A text of ours, which keeps the rule of its kind.
pub(crate) fn prose<const MAX: usize>(text: &str) -> Result<Text<MAX>, Failure> {
    Text::parse(text).map_err(|error| Failure::Internal(format!("a text of the import: {error}")))
}
