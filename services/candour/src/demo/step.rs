//! One step of the example: a day, and what was recorded on it.

use anyhow::Context as _;
use candour_api::v1;
use jiff::{Timestamp, civil::Date};

/// What happened on a day.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) on: Date,
    pub(super) what: What,
}

/// Something that was recorded. Each thing goes by its label in the example.
#[derive(Clone, Debug)]
pub(super) enum What {
    Report {
        incident: &'static str,
        identity: Option<v1::ReporterIdentity>,
        cases: &'static [(&'static str, v1::PhysicalHarm)],
    },
    OpenReceiptCode {
        incident: &'static str,
    },
    Acknowledge {
        incident: &'static str,
    },
    Progress {
        incident: &'static str,
    },
    Outcome {
        incident: &'static str,
    },
    Close {
        incident: &'static str,
    },
    OptOut {
        incident: &'static str,
    },
    LinkDuplicate {
        incident: &'static str,
        of: &'static str,
    },
    Unreachable {
        incident: &'static str,
    },

    GradeHarm {
        case: &'static str,
        harm: v1::PhysicalHarm,
    },
    Assess {
        case: &'static str,
        aware: Date,
    },
    NotNotifiable {
        case: &'static str,
    },
    Notify {
        case: &'static str,
        elements: Elements,
    },
    Letter {
        case: &'static str,
    },
    Results {
        case: &'static str,
    },
    NoFurtherEnquiries {
        case: &'static str,
    },
    Attempt {
        case: &'static str,
        method: v1::ContactMethod,
    },
    Decline {
        case: &'static str,
    },
    NotContactable {
        case: &'static str,
    },
    Exempt {
        case: &'static str,
    },

    StartResponse {
        response: &'static str,
        kind: v1::ResponseKind,
        incident: &'static str,
    },
    SignOff {
        response: &'static str,
    },
    Recommend {
        recommendation: &'static str,
        response: &'static str,
        text: &'static str,
    },
    Accept {
        recommendation: &'static str,
    },
    Reject {
        recommendation: &'static str,
    },
    Agree {
        action: &'static str,
        under: &'static str,
        target: Option<Date>,
        strength: Option<v1::Strength>,
        review: Option<Date>,
        text: &'static str,
    },
    MoveTarget {
        action: &'static str,
        to: Date,
    },
    Implement {
        action: &'static str,
        on: Date,
    },
    Verify {
        action: &'static str,
    },
    Effective {
        action: &'static str,
    },
    Withdraw {
        action: &'static str,
    },
    Supersede {
        action: &'static str,
        by: &'static str,
    },
}

/// Which elements of the first notification a contact brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elements {
    /// All of them.
    All,
    /// All but the apology.
    AllButTheApology,
    /// The apology alone, in person.
    TheApology,
}

impl Step {
    /// Names the step for ever: its request id is derived from this.
    pub(super) fn key(&self) -> String {
        format!("{} {:?}", self.on, self.what)
    }
}

/// A moment on a day: ten o'clock in London, and so many minutes.
pub(super) fn at(day: Date, minutes: i64) -> anyhow::Result<Timestamp> {
    let ten = day.at(10, 0, 0, 0).in_tz("Europe/London").context("Europe/London")?;
    let then = ten.timestamp().as_second() + minutes * 60;
    Timestamp::from_second(then).context("a moment of the example")
}
