//! Every check, in the order in which they are run: from the engine outwards, what takes long at the end.

mod conformance;
mod connections;
mod figures;
mod idle;
mod start;
mod under_load;
mod worked_example;

use crate::check::Check;

/// Every check.
pub(crate) fn all() -> Vec<Check> {
    let mut checks = conformance::checks();
    checks.extend(connections::checks());
    checks.extend(start::checks());
    checks.extend(worked_example::checks());
    checks.extend(under_load::checks());
    checks.extend(idle::checks());
    checks.extend(figures::checks());
    checks
}
