//! The contract keeps its rules, and does not change without anybody noticing.

#[path = "surface/render.rs"]
mod render;
#[path = "surface/rules.rs"]
mod rules;

use candour_api::FILE_DESCRIPTOR_SET;
use prost::Message;
use prost_reflect::{DescriptorPool, Kind};
use prost_types::{FileDescriptorProto, FileDescriptorSet};

/// The surface as last agreed.
const AGREED: &str = include_str!("../surface.txt");

fn files() -> Vec<FileDescriptorProto> {
    FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap().file
}

#[test]
fn the_surface_is_the_agreed_one() {
    let actual = render::surface(FILE_DESCRIPTOR_SET);
    if actual == AGREED {
        return;
    }
    let gone = AGREED
        .lines()
        .filter(|line| !actual.lines().any(|other| other == *line))
        .map(|line| format!("- {line}"));
    let new = actual
        .lines()
        .filter(|line| !AGREED.lines().any(|other| other == *line))
        .map(|line| format!("+ {line}"));
    panic!(
        "the surface of the contract changed:\n{}\n\nA line gone or changed breaks clients. If it is meant:\n\
         cargo run -p candour-api --example surface > crates/api/surface.txt",
        gone.chain(new).collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn names_requests_comments_and_pages_keep_the_rules() {
    assert_eq!(rules::faults(&files()), Vec::<String>::new());
}

/// The files with one change to the file of this name.
fn with(name: &str, change: impl FnOnce(&mut FileDescriptorProto)) -> Vec<String> {
    let mut files = files();
    change(files.iter_mut().find(|file| file.name() == name).unwrap());
    rules::faults(&files)
}

#[test]
fn the_rules_notice_what_breaks_them() {
    let incident = "candour/v1/incident_service.proto";
    assert_eq!(rules::faults(&[]), ["candour/v1/: holds no file"]);

    let faults =
        with(incident, |file| file.enum_type[0].value[0].name = Some("INCIDENT_KIND_NONE".to_owned()));
    assert_eq!(faults, ["IncidentKind: does not begin with …_UNSPECIFIED = 0"]);

    let faults = with(incident, |file| file.enum_type[0].value[1].name = Some("RISK".to_owned()));
    assert_eq!(faults, ["IncidentKind.RISK: is not INCIDENT_KIND_<UPPER_SNAKE>"]);

    let faults = with(incident, |file| {
        let shared = file.service[0].method[1].input_type.clone();
        file.service[0].method[0].input_type = shared;
    });
    assert_eq!(
        faults,
        [
            "IncidentService.ReportIncident: does not use .candour.v1.ReportIncidentRequest",
            "IncidentService.ReportIncident: shares .candour.v1.AmendIncidentRequest with another rpc",
            "IncidentService.AmendIncident: shares .candour.v1.AmendIncidentRequest with another rpc",
        ]
    );

    let faults = with(incident, |file| {
        let info = file.source_code_info.as_mut().unwrap();
        // The first value of the first enum, the first rpc, and the second field of the first message.
        let bare = [vec![5, 0, 2, 0], vec![6, 0, 2, 0], vec![4, 0, 2, 1]];
        info.location.retain(|location| !bare.contains(&location.path));
    });
    assert_eq!(
        faults,
        [
            "ReportIncidentRequest.report: has no comment that is a sentence",
            "IncidentKind.INCIDENT_KIND_UNSPECIFIED: has no comment that is a sentence",
            "IncidentService.ReportIncident: has no comment that is a sentence",
        ]
    );

    let faults = with(incident, |file| file.package = Some("candour.v2".to_owned()));
    assert_eq!(faults[0], "candour/v1/incident_service.proto: is not in the package candour.v1");

    let faults = with(incident, |file| file.message_type[0].field.truncate(0));
    assert!(
        faults.contains(
            &"IncidentService.ReportIncident: is a command without CommandContext command".to_owned()
        ),
        "{faults:?}"
    );
}

#[test]
fn a_field_says_personal_in_words_exactly_where_its_option_says_sealed() {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let mut sealed = 0;
    for message in pool.all_messages().filter(|message| message.package_name() == "candour.v1") {
        let file = message.parent_file();
        let info = file.file_descriptor_proto().source_code_info.as_ref().unwrap();
        for field in message.fields() {
            let comment = info
                .location
                .iter()
                .find(|location| location.path == field.path())
                .and_then(|location| location.leading_comments.as_deref())
                .unwrap_or("")
                .replace('\n', " ");
            let is_sealed = render::sensitivity(&pool, &field).as_deref() == Some("SEALED");
            assert_eq!(comment.contains("Personal: sealed"), is_sealed, "{}", field.full_name());
            // An answer says of a personal text whether it can still be shown, so it is never a bare string.
            let is_personal_text =
                matches!(field.kind(), Kind::Message(kind) if kind.full_name() == "candour.v1.PersonalText");
            assert!(!is_personal_text || is_sealed, "{}", field.full_name());
            sealed += usize::from(is_sealed);
        }
    }
    assert_eq!(
        sealed, 44,
        "personal fields in the contract: a new one must be agreed with whoever keeps the data"
    );
}

#[test]
fn the_read_side_has_no_personal_field() {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let insight = pool.get_service_by_name("candour.v1.InsightService").unwrap();
    let list = pool.get_service_by_name("candour.v1.IncidentService").unwrap();
    let outputs = insight.methods().chain(list.methods().filter(|method| method.name() == "ListIncidents"));
    let mut open: Vec<_> = outputs.map(|method| method.output()).collect();
    let mut seen = Vec::new();
    while let Some(message) = open.pop() {
        if seen.contains(&message) {
            continue;
        }
        for field in message.fields() {
            let word = render::sensitivity(&pool, &field);
            assert!(!matches!(word.as_deref(), Some("SEALED" | "SECRET")), "{}", field.full_name());
            if let Kind::Message(inner) = field.kind() {
                open.push(inner);
            }
        }
        seen.push(message);
    }
    assert!(seen.len() > 25, "the walk reached {} messages only", seen.len());
}

#[test]
fn server_reflection_accepts_the_descriptors() {
    let served = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .build_v1();
    assert!(served.is_ok());
}
