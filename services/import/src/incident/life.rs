//! What became of the report in the source system: closed, reopened, rejected.

use candour_domain::{
    CorrectionChange,
    calendar::civil_date,
    incident::{Closure, Command, Status},
};
use jiff::Timestamp;

use super::{
    Planning,
    said::{Closed, IncidentSaid},
};
use crate::{
    finding::Refused,
    row::{IncidentPart, Said},
    source::Occurrence,
    stream::prose,
};

impl Planning<'_> {
    /// Left every figure, or came back.
    pub(super) fn recorded_in_error(
        &mut self,
        part: Option<&IncidentPart>,
        said: &IncidentSaid,
    ) -> Result<(), Refused> {
        match (part.and_then(|part| part.recorded_in_error), said.in_error) {
            (Some(true), None) => self.record_in_error(self.source.now)?,
            (Some(false), Some(entry)) => {
                self.stream.strike(self.source, "incident.recorded_in_error", entry, self.notes)?;
            }
            (Some(true), Some(_)) | (Some(false), None) | (None, _) => {}
        }
        if self.stream.state().status == Status::RecordedInError {
            self.notes.note("incident", "was recorded in error: nothing else of it is taken up");
        }
        Ok(())
    }

    /// An incident that is not known and was rejected there. No source says when: taken as from the last that it says of it, so that it is a
    /// unit of no earlier day either.
    pub(super) fn record_in_error_from_the_start(&mut self, part: &IncidentPart) -> Result<(), Refused> {
        let now = self.source.now;
        let reported_at = self.stream.state().reported_at;
        let at = match part.closed {
            Some(Said::Happened(when)) => when.instant(reported_at, now),
            Some(Said::Absent) | None => reported_at.unwrap_or(now),
        };
        self.record_in_error(at)
    }

    fn record_in_error(&mut self, at: Timestamp) -> Result<(), Refused> {
        let reason = prose("rejected or deleted in the source system")?;
        self.command("incident.recorded_in_error", Occurrence::at(at), Command::RecordedInError { reason })
    }

    /// Whether it is closed there, and since when.
    pub(super) fn closed(&mut self, part: &IncidentPart, said: &IncidentSaid) -> Result<(), Refused> {
        const FIELD: &str = "incident.closed";
        match (part.closed, &said.closed) {
            (Some(Said::Absent), Closed::Since { .. }) => {
                let reason = prose("reopened in the source system")?;
                self.now(FIELD, Command::ReopenIncident { reason })
            }
            (Some(Said::Happened(_)), Closed::Never) => self.close(part),
            (Some(Said::Happened(when)), Closed::Since { entry, at }) if !when.is_same_as(*at) => {
                let at = when.instant(said.report.map(|(_, at)| at), self.source.now);
                self.correct(FIELD, *entry, CorrectionChange::OccurredAt(at))
            }
            (None, _)
            | (Some(Said::Absent), Closed::Never | Closed::Reopened { .. })
            | (Some(Said::Happened(_)), Closed::Since { .. }) => Ok(()),
            (Some(Said::Happened(when)), Closed::Reopened { entry, at, closure, closed_at }) => {
                if when.day() >= civil_date(*at) {
                    return self.close(part);
                }
                // The source closed it before the day we learned that it was open: it was open in between by mistake.
                self.stream.strike(self.source, FIELD, *entry, self.notes)?;
                if when.is_same_as(*closed_at) {
                    return Ok(());
                }
                let at = when.instant(said.report.map(|(_, at)| at), self.source.now);
                self.correct(FIELD, *closure, CorrectionChange::OccurredAt(at))
            }
        }
    }

    /// Closes it on the day the source says.
    pub(super) fn close(&mut self, part: &IncidentPart) -> Result<(), Refused> {
        let Some(Said::Happened(when)) = part.closed else { return Ok(()) };
        let closure = Closure { reason: Some(prose("closed in the source system")?), closed_by: None };
        let at = when.instant(self.stream.state().reported_at, self.source.now);
        self.command("incident.closed", Occurrence::at(at), Command::CloseIncident(closure))
    }
}
