//! Latencies and throughput, beside SQLite on the same machine. They are shown and not judged: a figure proves nothing about another machine.

mod engine;
mod service;

use crate::check::Check;

pub(super) fn checks() -> Vec<Check> {
    let mut checks = engine::checks();
    checks.extend(service::checks());
    checks
}
