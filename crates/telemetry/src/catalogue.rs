//! Every metric there is, in one place: its name, its unit, what it means and which labels it has.
//!
//! Names are those of the OpenTelemetry semantic conventions where there is one. No label has values that grow with use: no ids, no text that a
//! caller chose, no caller.

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram, UpDownCounter},
};

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its OpenTelemetry name.
    pub name: &'static str,
    /// What kind of figure it is.
    pub kind: Kind,
    /// Its unit, as UCUM writes it; empty for a bare number.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Its labels.
    pub labels: &'static [&'static str],
}

/// What kind of figure a metric is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Only grows, from 0 at the start of the server.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How many values lay at or below each of these boundaries.
    Histogram(&'static [f64]),
}

/// Seconds, for what takes milliseconds when all is well: the boundaries that the semantic conventions recommend, and finer and longer ones.
const SECONDS: &[f64] = &[
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
    30.0,
];
/// How many, up to the greatest batch.
const SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_000.0];

/// The full name of a method, or `_OTHER`.
pub const METHOD: &str = "rpc.method";
/// The gRPC code of an answer, such as `OK`.
pub const STATUS_CODE: &str = "rpc.response.status_code";
/// The system of calls: `grpc`.
pub const RPC_SYSTEM: &str = "rpc.system.name";
/// What kind of failure; absent where there was none.
pub const ERROR_TYPE: &str = "error.type";
/// The stable reason of a refusal.
pub const REASON: &str = "candour.reason";
/// Which store: `sqlite` or `kurrentdb`.
pub const STORE_SYSTEM: &str = "db.system.name";
/// What was asked of a store.
pub const STORE_OPERATION: &str = "db.operation.name";
/// A kind of entry on the worklist.
pub const WORKLIST_KIND: &str = "candour.worklist.kind";
/// Which exporter.
pub const COMPONENT: &str = "otel.component.type";

/// How long calls took.
pub const CALL_DURATION: Metric = Metric {
    name: "rpc.server.call.duration",
    kind: Kind::Histogram(SECONDS),
    unit: "s",
    meaning: "How long each call took, from its head to the end of its answer; its count is the number of calls.",
    labels: &[RPC_SYSTEM, METHOD, STATUS_CODE, ERROR_TYPE],
};
/// Calls under way.
pub const CALLS_ACTIVE: Metric = Metric {
    name: "candour.calls.active",
    kind: Kind::Gauge,
    unit: "{call}",
    meaning: "Calls being answered now.",
    labels: &[],
};
/// Refused and failed calls by their stable reason.
pub const CALLS_REFUSED: Metric = Metric {
    name: "candour.calls.refused",
    kind: Kind::Counter,
    unit: "{call}",
    meaning: "Calls answered with an error, by its stable reason.",
    labels: &[REASON],
};
/// How long the journal took.
pub const STORE_DURATION: Metric = Metric {
    name: "db.client.operation.duration",
    kind: Kind::Histogram(SECONDS),
    unit: "s",
    meaning: "How long each operation on the log took, waiting in the queue included.",
    labels: &[STORE_SYSTEM, STORE_OPERATION, ERROR_TYPE],
};
/// Operations on the log that failed by the fault of its engine or its disk.
pub const STORE_FAILURES: Metric = Metric {
    name: "candour.journal.failures",
    kind: Kind::Counter,
    unit: "{operation}",
    meaning: "Operations on the log that failed by the fault of its engine or its disk; 0 from the start, so that the first is seen to come.",
    labels: &[STORE_OPERATION, ERROR_TYPE],
};
/// How long commits took.
pub const COMMIT_DURATION: Metric = Metric {
    name: "candour.journal.commit.duration",
    kind: Kind::Histogram(SECONDS),
    unit: "s",
    meaning: "How long each commit of the log took, from its first write until it was on the disk (SQLite).",
    labels: &[],
};
/// Appends in each commit.
pub const COMMIT_APPENDS: Metric = Metric {
    name: "candour.journal.commit.appends",
    kind: Kind::Histogram(SIZES),
    unit: "{append}",
    meaning: "Appends written by each commit of the log (SQLite).",
    labels: &[],
};
/// Appends that wait.
pub const QUEUE_LENGTH: Metric = Metric {
    name: "candour.journal.queue.length",
    kind: Kind::Gauge,
    unit: "{append}",
    meaning: "Appends that wait for the writer of the log (SQLite).",
    labels: &[],
};
/// Appends that may wait.
pub const QUEUE_LIMIT: Metric = Metric {
    name: "candour.journal.queue.limit",
    kind: Kind::Gauge,
    unit: "{append}",
    meaning: "Appends that may wait for the writer of the log; one more is refused (SQLite).",
    labels: &[],
};
/// The end of the log.
pub const JOURNAL_POSITION: Metric = Metric {
    name: "candour.journal.position",
    kind: Kind::Gauge,
    unit: "{position}",
    meaning: "The position of the last event of the log, as far as this server knows.",
    labels: &[],
};
/// Whether the log takes appends.
pub const JOURNAL_WRITABLE: Metric = Metric {
    name: "candour.journal.writable",
    kind: Kind::Gauge,
    unit: "",
    meaning: "1 while the log takes appends; 0 once it failed, for ever.",
    labels: &[],
};
/// Whether the engine answers.
pub const JOURNAL_ANSWERING: Metric = Metric {
    name: "candour.journal.answering",
    kind: Kind::Gauge,
    unit: "",
    meaning: "1 while the engine of the log answers; 0 while it cannot be reached (KurrentDB).",
    labels: &[],
};
/// Clients of the engine.
pub const JOURNAL_CLIENTS: Metric = Metric {
    name: "candour.journal.clients.made",
    kind: Kind::Counter,
    unit: "{client}",
    meaning: "Clients of the engine made since the start: one, and one more each time a client was given up (KurrentDB).",
    labels: &[],
};
/// How far folding is.
pub const PROJECTION_POSITION: Metric = Metric {
    name: "candour.projection.position",
    kind: Kind::Gauge,
    unit: "{position}",
    meaning: "The position up to which the read model is folded.",
    labels: &[],
};
/// How late folding is.
pub const PROJECTION_LAG: Metric = Metric {
    name: "candour.projection.lag",
    kind: Kind::Gauge,
    unit: "s",
    meaning: "How long ago the oldest event that was read and is not folded yet was recorded; 0 once everything is folded.",
    labels: &[],
};
/// Whether folding stopped.
pub const PROJECTION_STOPPED: Metric = Metric {
    name: "candour.projection.stopped",
    kind: Kind::Gauge,
    unit: "",
    meaning: "1 once folding stopped at an event: lists and figures are refused.",
    labels: &[],
};
/// How long batches take to fold.
pub const BATCH_DURATION: Metric = Metric {
    name: "candour.projection.batch.duration",
    kind: Kind::Histogram(SECONDS),
    unit: "s",
    meaning: "How long each batch of events took to fold, its commit included.",
    labels: &[],
};
/// How many events are folded at once.
pub const BATCH_EVENTS: Metric = Metric {
    name: "candour.projection.batch.events",
    kind: Kind::Histogram(SIZES),
    unit: "{event}",
    meaning: "Events folded by each batch.",
    labels: &[],
};
/// Sealed values that could not be opened.
pub const KEYS_UNREADABLE: Metric = Metric {
    name: "candour.keys.unreadable",
    kind: Kind::Counter,
    unit: "{value}",
    meaning: "Sealed values that were asked for, should have been readable and were not: data loss, or the wrong keys.",
    labels: &[],
};
/// Whether keys can be made.
pub const KEYS_WRITABLE: Metric = Metric {
    name: "candour.keys.writable",
    kind: Kind::Gauge,
    unit: "",
    meaning: "1 while the key database takes new keys; 0 once a write to it failed.",
    labels: &[],
};
/// Whether who is known is what the tokens file says.
pub const CALLERS_CURRENT: Metric = Metric {
    name: "candour.callers.current",
    kind: Kind::Gauge,
    unit: "",
    meaning: "1 while who is known is what the tokens file says; 0 while the file cannot be read or understood.",
    labels: &[],
};
/// Tokens that somebody must renew.
pub const CALLERS_ENDING: Metric = Metric {
    name: "candour.callers.ending",
    kind: Kind::Gauge,
    unit: "{token}",
    meaning: "Tokens in force that end within two weeks and whose caller has no later one.",
    labels: &[],
};
/// What is on the worklist.
pub const WORKLIST_ENTRIES: Metric = Metric {
    name: "candour.worklist.entries",
    kind: Kind::Gauge,
    unit: "{entry}",
    meaning: "Things that wait to be done, by kind, when they were last counted.",
    labels: &[WORKLIST_KIND],
};
/// When the worklist was counted.
pub const WORKLIST_AGE: Metric = Metric {
    name: "candour.worklist.age",
    kind: Kind::Gauge,
    unit: "s",
    meaning: "How long ago the worklist was counted; too long ago, and its figures are not to be relied on.",
    labels: &[],
};
/// Spans that were taken for delivery, or not.
pub const SPANS_PROCESSED: Metric = Metric {
    name: "otel.sdk.processor.span.processed",
    kind: Kind::Counter,
    unit: "{span}",
    meaning: "Spans taken for delivery; those with an error type were dropped because too many waited.",
    labels: &[COMPONENT, ERROR_TYPE],
};
/// Spans that were delivered, or not.
pub const SPANS_EXPORTED: Metric = Metric {
    name: "otel.sdk.exporter.span.exported",
    kind: Kind::Counter,
    unit: "{span}",
    meaning: "Spans handed to the collector; those with an error type are lost.",
    labels: &[COMPONENT, ERROR_TYPE],
};
/// Deliveries.
pub const EXPORT_DURATION: Metric = Metric {
    name: "otel.sdk.exporter.operation.duration",
    kind: Kind::Histogram(SECONDS),
    unit: "s",
    meaning: "How long each delivery of spans or figures to the collector took; those with an error type failed.",
    labels: &[COMPONENT, ERROR_TYPE],
};

/// All of them.
pub const ALL: &[Metric] = &[
    CALL_DURATION,
    CALLS_ACTIVE,
    CALLS_REFUSED,
    STORE_DURATION,
    STORE_FAILURES,
    COMMIT_DURATION,
    COMMIT_APPENDS,
    QUEUE_LENGTH,
    QUEUE_LIMIT,
    JOURNAL_POSITION,
    JOURNAL_WRITABLE,
    JOURNAL_ANSWERING,
    JOURNAL_CLIENTS,
    PROJECTION_POSITION,
    PROJECTION_LAG,
    PROJECTION_STOPPED,
    BATCH_DURATION,
    BATCH_EVENTS,
    KEYS_UNREADABLE,
    KEYS_WRITABLE,
    CALLERS_CURRENT,
    CALLERS_ENDING,
    WORKLIST_ENTRIES,
    WORKLIST_AGE,
    SPANS_PROCESSED,
    SPANS_EXPORTED,
    EXPORT_DURATION,
];

/// The meter of everything here. It counts nothing unless telemetry was started before.
fn meter() -> opentelemetry::metrics::Meter {
    opentelemetry::global::meter("candour")
}

impl Metric {
    /// To add to.
    pub fn counter(&self) -> Counter<u64> {
        meter().u64_counter(self.name).with_unit(self.unit).with_description(self.meaning).build()
    }

    /// To count up and down.
    pub fn up_down(&self) -> UpDownCounter<i64> {
        meter().i64_up_down_counter(self.name).with_unit(self.unit).with_description(self.meaning).build()
    }

    /// To record values in.
    pub fn histogram(&self) -> Histogram<f64> {
        let boundaries = match self.kind {
            Kind::Histogram(boundaries) => boundaries,
            Kind::Counter | Kind::Gauge => &[],
        };
        meter()
            .f64_histogram(self.name)
            .with_unit(self.unit)
            .with_description(self.meaning)
            .with_boundaries(boundaries.to_vec())
            .build()
    }

    /// Asks for the figure whenever metrics are collected, so `read` must be quick and must not wait. `None` is no figure.
    pub fn observe(&self, read: impl Fn() -> Option<u64> + Send + Sync + 'static) {
        let meter = meter();
        let observed = move |observer: &dyn opentelemetry::metrics::AsyncInstrument<u64>| {
            if let Some(value) = read() {
                observer.observe(value, &[]);
            }
        };
        if self.kind == Kind::Counter {
            meter
                .u64_observable_counter(self.name)
                .with_unit(self.unit)
                .with_description(self.meaning)
                .with_callback(observed)
                .build();
        } else {
            meter
                .u64_observable_gauge(self.name)
                .with_unit(self.unit)
                .with_description(self.meaning)
                .with_callback(observed)
                .build();
        }
    }

    /// The same for seconds.
    pub fn observe_seconds(&self, read: impl Fn() -> Option<f64> + Send + Sync + 'static) {
        meter()
            .f64_observable_gauge(self.name)
            .with_unit(self.unit)
            .with_description(self.meaning)
            .with_callback(move |observer| {
                if let Some(value) = read() {
                    observer.observe(value, &[]);
                }
            })
            .build();
    }

    /// The same for one figure for each set of labels. How many sets there are must not grow with use.
    pub fn observe_each(&self, read: impl Fn() -> Vec<(u64, Vec<KeyValue>)> + Send + Sync + 'static) {
        meter()
            .u64_observable_gauge(self.name)
            .with_unit(self.unit)
            .with_description(self.meaning)
            .with_callback(move |observer| {
                for (value, labels) in read() {
                    observer.observe(value, &labels);
                }
            })
            .build();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_once_and_no_label_is_a_caller_an_id_or_a_text() {
        let mut names: Vec<_> = ALL.iter().map(|metric| metric.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        let labels: std::collections::BTreeSet<_> =
            ALL.iter().flat_map(|metric| metric.labels).copied().collect();
        let agreed = [
            METHOD,
            STATUS_CODE,
            RPC_SYSTEM,
            ERROR_TYPE,
            REASON,
            STORE_SYSTEM,
            STORE_OPERATION,
            WORKLIST_KIND,
            COMPONENT,
        ];
        assert_eq!(labels, agreed.into());
    }

    #[test]
    fn a_unit_of_one_is_left_out_so_that_prometheus_does_not_call_a_number_a_ratio() {
        assert!(ALL.iter().all(|metric| metric.unit != "1"));
    }
}
