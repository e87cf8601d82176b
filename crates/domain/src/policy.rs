//! Locally agreed numbers of days. None of them is law: every figure made with them names the version of the policy.

/// Where a number of days comes from. Law, contract, guidance and local default are different facts and stay distinguishable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A statute or regulation sets it.
    Law,
    /// The NHS Standard Contract sets it.
    Contract,
    /// A regulator's or department's guidance sets it.
    Guidance,
    /// This organisation set it, or it is this product's proposal.
    LocalDefault,
}

impl Standing {
    /// The word shown beside the number.
    pub fn word(self) -> &'static str {
        match self {
            Self::Law => "law",
            Self::Contract => "contract",
            Self::Guidance => "guidance",
            Self::LocalDefault => "local default",
        }
    }
}

/// The locally agreed timescales of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Names this set of numbers; printed with every figure.
    pub version: &'static str,
    /// F1: acknowledge a reporter within this many working days of the report.
    pub acknowledge_reporter_working_days: u16,
    /// F2: tell the outcome within this many working days of closure …
    pub outcome_after_closure_working_days: u16,
    /// F2: … or this many calendar days of the report, whichever is earlier (the backstop).
    pub outcome_backstop_days: u16,
    /// F4: send word at least every this many calendar days while the incident is open.
    pub progress_interval_days: u16,
    /// C1, E-14: decide whether the duty applies within this many working days of the prompt.
    pub candour_decision_working_days: u16,
    /// C2, E-12: complete the first notification within this many working days. Contract and CQC guidance, not statute.
    pub first_notification_working_days: u16,
    /// C3: send the written notification within this many working days of the first notification.
    pub written_notification_working_days: u16,
    /// C4: share the results of enquiries within this many working days of report sign-off.
    pub results_working_days: u16,
    /// E-8: attempts needed before someone is recorded as not contactable …
    pub contact_attempts: usize,
    /// E-8: … by at least this many methods …
    pub contact_methods: usize,
    /// R6: without a review date of its own, an action's effectiveness is due this many months after implementation.
    pub review_after_months: i32,
    /// R3: upper bounds in days of the overdue age bands; the last band is open-ended.
    pub overdue_bands: [i64; 3],
    /// The worklist: what nothing was recorded about for more than this many calendar days is stalled.
    pub stalled_after_days: u16,
    /// E-15: recording later than this many working days after the event is flagged.
    pub late_recording_working_days: u16,
}

impl Policy {
    /// The product's local defaults, first version (domain rules §1.1 and §6).
    pub const fn local_defaults() -> Self {
        Self {
            version: "local-defaults-1",
            acknowledge_reporter_working_days: 2,
            outcome_after_closure_working_days: 10,
            outcome_backstop_days: 90,
            progress_interval_days: 30,
            candour_decision_working_days: 3,
            first_notification_working_days: 10,
            written_notification_working_days: 10,
            results_working_days: 10,
            contact_attempts: 3,
            contact_methods: 2,
            review_after_months: 3,
            overdue_bands: [30, 90, 180],
            stalled_after_days: 60,
            late_recording_working_days: 5,
        }
    }
}
