//! What is not exactly an event of this build is refused, by type, field and rule, and without its value.

use candour_domain::{
    Personal,
    candour_case::{CandourCase, Event as Candour},
    correction::{Correction, CorrectionChange},
    incident::{Event, Incident},
    response::Response,
    text::TextError,
};
use serde_json::{Value, json};

use super::{
    again, goldens, leaves, samples,
    samples::{INCIDENT, PERSON, WRONG_EVENT, text},
    samples_of_follow_up, samples_of_incidents,
};
use crate::{
    DecodeError, EncodeError, Malformation, Opened, Opener, Rule, SealFailed, Sealer, Sensitivity,
    StoredAggregate, Subject, Subjects, Withheld, clear_part, plain::Plain,
};

const SECRET: &str = "Grace Example";

fn malformed(result: &Result<Result<Vec<u8>, EncodeError>, DecodeError>) -> bool {
    matches!(result, Err(DecodeError::Malformed { fault: Malformation::Shape, .. }))
}

#[test]
fn a_value_that_breaks_a_rule_is_refused_by_type_and_field_without_the_value() {
    for golden in goldens() {
        for leaf in leaves(&golden.json) {
            let mut json = golden.json.clone();
            let value = json.pointer_mut(&leaf.pointer).unwrap();
            match (leaf.sensitivity, &*value) {
                (Sensitivity::Sealed, _) => {
                    *value = json!({ "sealed": format!("plain::{}:{SECRET}\u{0}", leaf.path) });
                }
                (Sensitivity::Clear, Value::String(_)) => *value = json!(format!("{SECRET}\u{0}")),
                (Sensitivity::Clear, _) => continue,
            }
            let error =
                again(golden.category, golden.type_name, &serde_json::to_vec(&json).unwrap()).unwrap_err();
            match &error {
                DecodeError::Field { record, field, .. } => {
                    assert_eq!((*record, field), (golden.type_name, &leaf.path), "{}", golden.file);
                }
                other => panic!("{} {}: {other}", golden.file, leaf.path),
            }
            assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
        }
    }
}

#[test]
fn a_field_that_is_unknown_null_or_of_another_type_is_refused_wherever_it_stands() {
    for golden in goldens() {
        let refused = |json: &Value| {
            malformed(&again(golden.category, golden.type_name, &serde_json::to_vec(json).unwrap()))
        };
        let mut unknown = golden.json.clone();
        unknown[SECRET] = json!(1);
        assert!(refused(&unknown), "{}", golden.file);
        for leaf in leaves(&golden.json) {
            for wrong in [Value::Null, json!(-1), json!([[SECRET]]), json!({ "unknown": SECRET })] {
                let mut json = golden.json.clone();
                *json.pointer_mut(&leaf.pointer).unwrap() = wrong.clone();
                assert!(refused(&json), "{} {} {wrong}", golden.file, leaf.path);
            }
            let (parent, _) = leaf.pointer.rsplit_once('/').unwrap();
            let mut json = golden.json.clone();
            if let Some(Value::Object(fields)) = json.pointer_mut(parent) {
                fields.insert("unknown".to_owned(), json!(SECRET));
                assert!(refused(&json), "{} beside {}", golden.file, leaf.path);
            }
        }
    }
}

#[test]
fn a_value_in_another_spelling_is_refused() {
    let stored = |change: Value| {
        let json = json!({ "corrects": WRONG_EVENT.to_string(), "reason": "wrong", "change": change });
        Incident::decode("EntryCorrected.v1", &serde_json::to_vec(&json).unwrap(), &Plain)
    };
    assert!(stored(json!({ "stated_date": "2026-03-04" })).is_ok());
    assert!(stored(json!({ "occurred_at": "2026-03-04T16:45:00.250000Z" })).is_ok());
    for wrong in [
        json!({ "stated_date": "2026-03-04T00:00" }),
        json!({ "occurred_at": "2026-03-04T16:45:00.25Z" }),
        json!({ "occurred_at": "2026-03-04T17:45:00.250000+01:00" }),
    ] {
        assert!(matches!(stored(wrong), Err(DecodeError::Field { rule: Rule::Spelling, .. })));
    }
    let reason = json!({ "reason": " padded " }).to_string();
    assert_eq!(
        Incident::decode("IncidentReopened.v1", reason.as_bytes(), &Plain),
        Err(DecodeError::Field {
            record: "IncidentReopened.v1",
            field: "reason".to_owned(),
            rule: Rule::Spelling
        })
    );
    let empty = json!({ "reason": "" }).to_string();
    assert_eq!(
        Incident::decode("IncidentReopened.v1", empty.as_bytes(), &Plain).unwrap_err().to_string(),
        "IncidentReopened.v1: field reason must not be empty"
    );
}

#[test]
fn an_unknown_type_or_category_is_an_error_of_its_own() {
    let unknown = |name: &str| DecodeError::UnknownType { category: "response", type_name: name.to_owned() };
    assert_eq!(Response::decode("ResponseStarted.v2", b"{}", &Plain), Err(unknown("ResponseStarted.v2")));
    assert_eq!(clear_part("response", "IncidentClosed.v1", b"{}"), Err(unknown("IncidentClosed.v1")));
    assert_eq!(Response::decode(SECRET, b"{}", &Plain), Err(unknown("(not shaped like a type name)")));
    assert_eq!(clear_part(SECRET, "IncidentClosed.v1", b"{}"), Err(DecodeError::UnknownCategory));
}

#[test]
fn damaged_json_is_told_from_a_wrong_shape() {
    let fault = |data: &[u8]| match Incident::decode("IncidentClosed.v1", data, &Plain) {
        Err(DecodeError::Malformed { fault, .. }) => Some(fault),
        _ => None,
    };
    assert_eq!(fault(b"{}"), None);
    assert_eq!(fault(b"{\"reason\":"), Some(Malformation::Truncated));
    assert_eq!(fault(b""), Some(Malformation::Truncated));
    assert_eq!(fault(b"\xff"), Some(Malformation::Syntax));
    assert_eq!(fault(b"{} {}"), Some(Malformation::Syntax));
    assert_eq!(fault(b"{\"reason\":\"a\",\"reason\":\"b\"}"), Some(Malformation::Shape));
}

#[test]
fn a_withheld_field_is_unreadable_and_nothing_but_true_marks_it() {
    let amended = |narrative: Value| {
        let json = json!({ "narrative": narrative }).to_string();
        Incident::decode("IncidentAmended.v1", json.as_bytes(), &Plain)
    };
    let Ok(Event::IncidentAmended(amendment)) = amended(json!({ "withheld": true })) else { panic!() };
    assert_eq!(amendment.narrative, Some(Personal::Unreadable));
    assert!(matches!(
        amended(json!({ "withheld": false })),
        Err(DecodeError::Field { rule: Rule::Withheld, .. })
    ));
    assert!(matches!(
        amended(json!({ "withheld": true, "sealed": "x" })),
        Err(DecodeError::Malformed { .. })
    ));
}

#[test]
fn erased_and_unreadable_are_told_apart_and_neither_stops_decoding() {
    struct Says(Opened);
    impl Opener for Says {
        fn open(&self, _field: &str, _sealed: &str) -> Opened {
            self.0.clone()
        }
    }
    let (_, event) = samples_of_incidents::samples().remove(0);
    let encoded = Incident::encode(&event, &samples::subjects(), &mut Plain).unwrap();
    let narrative = |opener: &dyn Opener| match Incident::decode(encoded.type_name, &encoded.data, opener) {
        Ok(Event::IncidentReported(report)) => report.narrative,
        other => panic!("{other:?}"),
    };
    assert_eq!(narrative(&Says(Opened::Erased)), Personal::Erased);
    assert_eq!(narrative(&Says(Opened::Unreadable)), Personal::Unreadable);
    assert_eq!(narrative(&Withheld), Personal::Unreadable);
    let opened_badly =
        Incident::decode(encoded.type_name, &encoded.data, &Says(Opened::Known(String::new())));
    assert!(matches!(opened_badly, Err(DecodeError::Field { rule: Rule::Text(TextError::Empty), .. })));
}

#[test]
fn what_cannot_be_sealed_is_not_stored() {
    struct Refuses;
    impl Sealer for Refuses {
        fn seal(&mut self, _: Subject, _: &str, _: &str) -> Result<String, SealFailed> {
            Err(SealFailed::SubjectErased)
        }
    }
    let (_, reported) = samples_of_incidents::samples().remove(0);
    let field = "narrative".to_owned();
    let record = "IncidentReported.v1";
    assert_eq!(
        Incident::encode(&reported, &samples::subjects(), &mut Refuses),
        Err(EncodeError::Seal { record, field: field.clone(), source: SealFailed::SubjectErased })
    );
    assert_eq!(
        Incident::encode(&reported, &Subjects::default(), &mut Plain),
        Err(EncodeError::SubjectUnknown { record, field: field.clone() })
    );
    let Event::IncidentReported(mut report) = reported else { panic!() };
    report.narrative = Personal::Erased;
    assert_eq!(
        Incident::encode(&Event::IncidentReported(report), &samples::subjects(), &mut Plain),
        Err(EncodeError::NotKnown { record, field })
    );
}

#[test]
fn a_stream_says_whose_data_it_holds() {
    let of_incident = Subjects { incident: Some(INCIDENT), affected_person: None };
    assert_eq!(Incident::subjects(INCIDENT.uuid(), None), of_incident);
    let (_, opened) = samples_of_follow_up::candour().remove(0);
    let of_case = Subjects { incident: Some(INCIDENT), affected_person: Some(PERSON) };
    assert_eq!(CandourCase::subjects(WRONG_EVENT.uuid(), Some(&opened)), of_case);
    let correction = Candour::EntryCorrected(Correction {
        corrects: WRONG_EVENT,
        reason: text("x"),
        change: CorrectionChange::Struck,
    });
    assert_eq!(CandourCase::subjects(WRONG_EVENT.uuid(), Some(&correction)), Subjects::default());
}

#[test]
fn debug_output_shows_no_data() {
    let (_, event) = samples_of_incidents::samples().remove(0);
    let encoded = Incident::encode(&event, &samples::subjects(), &mut Plain).unwrap();
    let bytes = encoded.data.len();
    let expected = format!("EncodedEvent {{ type_name: \"IncidentReported.v1\", data_bytes: {bytes} }}");
    assert_eq!(format!("{encoded:?}"), expected);
    assert_eq!(format!("{:?}", Opened::Known(SECRET.to_owned())), "Known(…)");
}
