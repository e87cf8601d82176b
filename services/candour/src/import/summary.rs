//! What came of an import, in words.

use std::{collections::BTreeMap, fmt, sync::Arc};

use anyhow::bail;
use candour_api::v1::{ImportOutcome, IncidentKind};
use candour_intake::{
    csv::Header,
    row::{Finding, Row},
};

use super::{rejects::Rejects, sending::Told};
use crate::output;

/// How many rejected rows are shown; the others are in the file of rejected rows.
const REJECTED_SHOWN_MAX: u64 = 50;
/// How many different notices are shown.
const NOTICES_SHOWN_MAX: usize = 50;
/// What L-4 calls the levels of the worst harm.
const HARM: [&str; 5] = ["fatal", "severe", "moderate", "low", "none"];

/// Where a row stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) file: Arc<str>,
    pub(super) number: u64,
    pub(super) line: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, number, line } = self;
        match line {
            Some(line) => write!(formatter, "{file}, row {number} (line {line})"),
            None => write!(formatter, "{file}, row {number}"),
        }
    }
}

/// What came of an import so far.
pub(super) struct Summary {
    /// Nothing is sent.
    is_check: bool,
    rejects: Rejects,
    read: u64,
    new: u64,
    changed: u64,
    unchanged: u64,
    rejected: u64,
    /// Rows that would be sent.
    readable: u64,
    kinds: BTreeMap<&'static str, u64>,
    worst_harm: BTreeMap<u8, u64>,
    /// What was noticed, how often, and where first.
    notices: BTreeMap<String, (u64, Place)>,
    columns: Option<Columns>,
    resources_passed_over: u64,
    unreadable: u64,
    is_behind: bool,
}

/// What is read of the columns of a table, and what is not.
struct Columns {
    read: Vec<String>,
    passed_over: Vec<String>,
}

impl Summary {
    pub(super) fn new(is_check: bool, rejects: Rejects) -> Self {
        Self {
            is_check,
            rejects,
            read: 0,
            new: 0,
            changed: 0,
            unchanged: 0,
            rejected: 0,
            readable: 0,
            kinds: BTreeMap::new(),
            worst_harm: BTreeMap::new(),
            notices: BTreeMap::new(),
            columns: None,
            resources_passed_over: 0,
            unreadable: 0,
            is_behind: false,
        }
    }

    /// The columns of the table.
    pub(super) fn columns(&mut self, header: &Header) {
        self.columns = Some(Columns {
            read: header.read().map(|key| header.label(key)).collect(),
            passed_over: header.passed_over().into_iter().map(ToOwned::to_owned).collect(),
        });
    }

    /// Resources beside events.
    pub(super) fn passed_over(&mut self, resources: u64) {
        self.resources_passed_over += resources;
    }

    /// A file that cannot be read, or not to its end.
    pub(super) fn unreadable(&mut self, file: &str, words: &str) {
        self.unreadable += 1;
        output::line(&format!("{file}: {words}"));
    }

    /// Lists and figures do not hold everything that was imported yet.
    pub(super) fn is_not_folded(&mut self) {
        self.is_behind = true;
    }

    /// A row was read.
    pub(super) fn read(&mut self, place: &Place, notices: &[Finding]) {
        self.read += 1;
        self.noticed(place, notices);
    }

    /// What should be known of a row.
    pub(super) fn noticed(&mut self, place: &Place, notices: &[Finding]) {
        for notice in notices {
            self.notices.entry(notice.to_string()).or_insert_with(|| (0, place.clone())).0 += 1;
        }
    }

    /// A row that would be sent.
    pub(super) fn readable(&mut self, told: Told) {
        self.readable += 1;
        self.count(told);
    }

    /// A row that the server took.
    pub(super) fn taken(&mut self, outcome: ImportOutcome, told: Told) {
        match outcome {
            ImportOutcome::New => self.new += 1,
            ImportOutcome::Changed => self.changed += 1,
            ImportOutcome::Unchanged => self.unchanged += 1,
            // Rows that were not taken are not counted among those that were.
            ImportOutcome::Unspecified | ImportOutcome::Rejected => return,
        }
        self.count(told);
    }

    fn count(&mut self, Told { kind, worst_harm }: Told) {
        let Some(kind) = kind else { return };
        let word = match kind {
            IncidentKind::PatientSafetyIncident => "patient-safety-incident",
            IncidentKind::Risk => "risk",
            IncidentKind::Outcome => "outcome",
            IncidentKind::GoodCare => "good-care",
            IncidentKind::Unspecified => return,
        };
        *self.kinds.entry(word).or_default() += 1;
        if let Some(level) = worst_harm {
            *self.worst_harm.entry(level).or_default() += 1;
        }
    }

    /// A row that is rejected: said, and handed back.
    pub(super) fn reject(
        &mut self,
        place: &Place,
        row: &Row,
        header: Option<&Header>,
        reasons: &[Finding],
    ) -> anyhow::Result<()> {
        self.rejected += 1;
        if self.rejected <= REJECTED_SHOWN_MAX {
            for reason in reasons {
                output::line(&format!("{place}: rejected: {reason}"));
            }
        }
        if self.is_check { Ok(()) } else { self.rejects.write(place, row, header, reasons) }
    }

    /// Says what came of it.
    pub(super) fn print(&self) {
        let hidden = self.rejected.saturating_sub(REJECTED_SHOWN_MAX);
        if hidden > 0 {
            output::line(&format!("and {hidden} more rejected rows"));
        }
        if let Some(Columns { read, passed_over }) = &self.columns {
            output::line(&format!("columns read: {}", read.join(", ")));
            if !passed_over.is_empty() {
                output::line(&format!("columns passed over: {}", passed_over.join(", ")));
            }
        }
        if self.resources_passed_over > 0 {
            output::line(&format!(
                "{} resources that are no events were passed over",
                self.resources_passed_over
            ));
        }
        self.print_notices();
        if !self.kinds.is_empty() {
            let kinds = self.kinds.iter().map(|(word, count)| format!("{count} {word}"));
            output::line(&format!("kinds: {}", kinds.collect::<Vec<_>>().join(", ")));
        }
        if !self.worst_harm.is_empty() {
            let word =
                |level: &u8| HARM.get(usize::from(*level).saturating_sub(1)).copied().unwrap_or("other");
            let grades = self.worst_harm.iter().map(|(level, count)| format!("{count} {}", word(level)));
            output::line(&format!("worst harm of each: {}", grades.collect::<Vec<_>>().join(", ")));
        }
        output::line(&self.reconciliation());
        if let Some(path) = self.rejects.path() {
            output::line(&format!(
                "the rejected rows are in {}: mend them there and import that file in the same way",
                path.display()
            ));
        }
        if self.is_behind {
            output::line(
                "lists and figures do not show all of it yet: `candour show status` says how far they are",
            );
        }
    }

    fn print_notices(&self) {
        for (words, (count, first)) in self.notices.iter().take(NOTICES_SHOWN_MAX) {
            let times = if *count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
            output::line(&format!("noticed in {times}, first in {first}: {words}"));
        }
        let hidden = self.notices.len().saturating_sub(NOTICES_SHOWN_MAX);
        if hidden > 0 {
            output::line(&format!("and {hidden} other notices"));
        }
    }

    /// Every row is accounted for.
    fn reconciliation(&self) -> String {
        let Self { read, new, changed, unchanged, rejected, readable, .. } = self;
        if self.is_check {
            return format!(
                "{read} rows read = {readable} to be sent + {rejected} rejected; nothing was sent"
            );
        }
        let without = read - (new + changed + unchanged + rejected).min(*read);
        let rest = if without == 0 { String::new() } else { format!(" + {without} without a result") };
        format!(
            "{read} rows read = {new} new + {changed} changed + {unchanged} unchanged + {rejected} rejected{rest}"
        )
    }

    /// An error where a row was rejected or a file could not be read.
    pub(super) fn rejected_nothing(&self) -> anyhow::Result<()> {
        match (self.rejected, self.unreadable) {
            (0, 0) => Ok(()),
            (rejected, 0) => bail!("{rejected} of {} rows were rejected", self.read),
            (0, unreadable) => bail!("{unreadable} files could not be read to their end"),
            (rejected, unreadable) => bail!(
                "{rejected} of {} rows were rejected, and {unreadable} files could not be read to their end",
                self.read
            ),
        }
    }
}
