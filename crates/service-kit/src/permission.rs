//! Who may call what, as data. Permission is checked before existence.
//!
//! [`TABLE`] is the one place: the server refuses by it before it reads a request, [`crate::Call::begin`] checks it again where a service begins, the
//! documents print it, and a test calls every method as every role against what they print.
//! A method without a row is refused to everybody.

use std::{collections::HashMap, sync::LazyLock};

use tonic::Code;

use crate::{
    caller::{Caller, Role},
    failure::Failure,
};

/// What kind of method is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Open to whoever reaches the port, without a caller: says nothing but whether the server works.
    Anyone,
    /// Says how the server stands, or what it offers, and nothing that was recorded.
    AnyCaller,
    /// Records something.
    Record,
    /// Reads a record with its personal fields; each such answer is noted in the access log.
    ReadRecord,
    /// Reads lists, figures and what was recorded when, which hold no personal data.
    ReadFigures,
}

use Access::{AnyCaller, Anyone, ReadFigures, ReadRecord, Record};

/// Every method that is served and what it takes to call it. A new method needs a line here, and is refused to everybody until it has one.
///
/// Methods of `candour.v1` by their short names, others by their full ones.
#[rustfmt::skip]
pub const TABLE: &[(&str, Access)] = &[
    ("FollowUpService/OpenReturnChannel", Record),
    ("FollowUpService/OptOutOfFeedback", Record),
    ("FollowUpService/AcknowledgeReporter", Record),
    ("FollowUpService/RecordProgressSent", Record),
    ("FollowUpService/RecordOutcomeSent", Record),
    ("FollowUpService/RecordReporterUnreachable", Record),
    ("FollowUpService/GetReporterFeedback", ReadRecord),
    ("FollowUpService/AssessNotifiable", Record),
    ("FollowUpService/RecordNotNotifiable", Record),
    ("FollowUpService/IdentifyRelevantPerson", Record),
    ("FollowUpService/RecordContactAttempt", Record),
    ("FollowUpService/RecordFirstNotification", Record),
    ("FollowUpService/RecordSupportOffered", Record),
    ("FollowUpService/RecordWrittenNotification", Record),
    ("FollowUpService/ShareEnquiryResults", Record),
    ("FollowUpService/RecordNoFurtherEnquiries", Record),
    ("FollowUpService/RecordDeclined", Record),
    ("FollowUpService/RecordNotContactable", Record),
    ("FollowUpService/ExemptLocally", Record),
    ("FollowUpService/ReopenCase", Record),
    ("FollowUpService/CorrectFollowUpEntry", Record),
    ("FollowUpService/GetCandourCase", ReadRecord),
    ("ImportService/ImportRecords", Record),
    ("IncidentService/ReportIncident", Record),
    ("IncidentService/AmendIncident", Record),
    ("IncidentService/AddAffectedPerson", Record),
    ("IncidentService/GradeHarm", Record),
    ("IncidentService/LinkDuplicate", Record),
    ("IncidentService/CloseIncident", Record),
    ("IncidentService/ReopenIncident", Record),
    ("IncidentService/RecordedInError", Record),
    ("IncidentService/CorrectIncidentEntry", Record),
    ("IncidentService/GetIncident", ReadRecord),
    ("IncidentService/ListIncidents", ReadFigures),
    ("InsightService/ListRecommendations", ReadFigures),
    ("InsightService/ListActions", ReadFigures),
    ("InsightService/ListReporterFeedback", ReadFigures),
    ("InsightService/ListCandourCases", ReadFigures),
    ("InsightService/GetTimeline", ReadFigures),
    ("InsightService/GetMeasures", ReadFigures),
    ("InsightService/ListMeasureUnits", ReadFigures),
    ("InsightService/ListWorkItems", ReadFigures),
    ("InsightService/WatchChanges", ReadFigures),
    ("InsightService/GetReadModelStatus", AnyCaller),
    ("LearningService/StartResponse", Record),
    ("LearningService/SignOffReport", Record),
    ("LearningService/MakeRecommendation", Record),
    ("LearningService/AcceptRecommendation", Record),
    ("LearningService/RejectRecommendation", Record),
    ("LearningService/AgreeAction", Record),
    ("LearningService/AssignOwner", Record),
    ("LearningService/SetActionMeasure", Record),
    ("LearningService/MoveTarget", Record),
    ("LearningService/NoteProgress", Record),
    ("LearningService/ReportImplementation", Record),
    ("LearningService/VerifyImplementation", Record),
    ("LearningService/RefuseVerification", Record),
    ("LearningService/ReviewEffectiveness", Record),
    ("LearningService/SupersedeAction", Record),
    ("LearningService/WithdrawAction", Record),
    ("LearningService/AcceptRisk", Record),
    ("LearningService/CloseAction", Record),
    ("LearningService/CorrectLearningEntry", Record),
    ("LearningService/GetResponse", ReadRecord),
    ("LearningService/GetAction", ReadRecord),
    ("grpc.health.v1.Health/Check", Anyone),
    ("grpc.health.v1.Health/Watch", Anyone),
    ("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", AnyCaller),
    ("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", AnyCaller),
];

impl Access {
    /// The roles that may. For [`Access::Anyone`] no role is needed.
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Anyone | Self::AnyCaller => &Role::ALL,
            Self::Record => &[Role::ReporterSystem, Role::PatientSafety],
            Self::ReadRecord => &[Role::ReporterSystem, Role::PatientSafety, Role::Auditor],
            Self::ReadFigures => {
                &[Role::ReporterSystem, Role::PatientSafety, Role::GovernanceRead, Role::Auditor]
            }
        }
    }
}

/// What it takes to call a method, with its name as in [`TABLE`]. `None` for a method without a row.
pub fn access(method: &str) -> Option<(&'static str, Access)> {
    static ROWS: LazyLock<HashMap<&str, (&'static str, Access)>> =
        LazyLock::new(|| TABLE.iter().map(|row| (row.0, *row)).collect());
    ROWS.get(method).copied()
}

/// The name of a method as in [`TABLE`], from the path of a request such as `/candour.v1.IncidentService/GetIncident`.
pub fn method_of(path: &str) -> &str {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.strip_prefix("candour.v1.").unwrap_or(path)
}

/// Refuses a caller that has none of the roles the method takes, and everybody where the method has no row.
pub fn check(caller: &Caller, method: &str) -> Result<(), Failure> {
    let Some((method, access)) = access(method) else {
        return Err(Failure::Transport { code: Code::Unimplemented, message: String::new() });
    };
    if access.roles().iter().any(|role| caller.roles.contains(role)) {
        return Ok(());
    }
    let roles: Vec<_> = access.roles().iter().map(|role| role.code()).collect();
    Err(Failure::Forbidden { caller: caller.id.to_string(), method, roles: roles.join(", ") })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message as _;

    use super::*;
    use crate::caller::DEMO_IDENTITIES;

    #[test]
    fn governance_reads_figures_only_the_auditor_never_records_and_the_administrator_sees_no_record() {
        let methods = [
            "IncidentService/ReportIncident",
            "IncidentService/GetIncident",
            "InsightService/GetMeasures",
            "InsightService/GetReadModelStatus",
        ];
        let table: Vec<_> = DEMO_IDENTITIES
            .iter()
            .map(|caller| (&*caller.id, methods.map(|method| check(caller, method).is_ok())))
            .collect();
        assert_eq!(
            table,
            [
                ("demo-reporter-system", [true, true, true, true]),
                ("demo-patient-safety", [true, true, true, true]),
                ("demo-governance", [false, false, true, true]),
                ("demo-auditor", [false, true, true, true]),
                ("demo-administrator", [false, false, false, true]),
            ]
        );
    }

    #[test]
    fn every_method_of_the_contract_has_exactly_one_row_and_every_row_is_a_method() {
        let contract = prost_types::FileDescriptorSet::decode(candour_api::FILE_DESCRIPTOR_SET).unwrap();
        let files = contract.file.iter().filter(|file| file.package() == "candour.v1");
        let methods: BTreeSet<String> = files
            .flat_map(|file| &file.service)
            .flat_map(|service| service.method.iter().map(|m| format!("{}/{}", service.name(), m.name())))
            .collect();
        let rows: Vec<&str> =
            TABLE.iter().map(|row| row.0).filter(|name| !name.starts_with("grpc.")).collect();
        let listed: BTreeSet<String> = rows.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(listed.len(), rows.len(), "a method has two rows");
        assert_eq!(listed, methods, "on the left the table's methods, on the right the contract's");
    }

    #[test]
    fn what_has_no_row_is_refused_to_everybody() {
        for caller in DEMO_IDENTITIES.iter() {
            for method in ["IncidentService/DeleteIncident", "", "grpc.health.v1.Health", "IncidentService/"]
            {
                let refused = check(caller, method).unwrap_err();
                assert!(matches!(refused, Failure::Transport { code: Code::Unimplemented, .. }), "{method}");
            }
        }
    }

    #[test]
    fn a_path_names_its_method() {
        assert_eq!(method_of("/candour.v1.IncidentService/GetIncident"), "IncidentService/GetIncident");
        assert_eq!(method_of("/grpc.health.v1.Health/Check"), "grpc.health.v1.Health/Check");
        for path in ["", "/", "IncidentService", "/candour.v1.", "//candour.v1.IncidentService/GetIncident"] {
            assert!(access(method_of(path)).is_none(), "{path}");
        }
    }
}
