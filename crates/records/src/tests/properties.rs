//! Whatever the bytes, decoding answers; whatever the event, it comes back.

use candour_domain::{
    candour_case::{
        CandourCase, Event as Candour, FirstNotification, FurtherEnquiries, NotificationMode, Representative,
    },
    incident::{Event, HarmGrade, HarmGrading, Incident, PhysicalHarm, PsychologicalHarm},
    text::Text,
};
use proptest::{prelude::*, sample::Index};
use serde_json::Value;

use super::{
    again, goldens, leaves, samples,
    samples::{PERSON, RELATIVE},
};
use crate::{EVENT_TYPES, Metadata, StoredAggregate, clear_part, plain::Plain};

/// What decodes is written again, and then decodes to what is written the same; neither ever panics.
fn settles(category: &str, type_name: &str, data: &[u8]) {
    let _ = clear_part(category, type_name, data);
    if let Ok(Ok(first)) = again(category, type_name, data) {
        assert_eq!(again(category, type_name, &first), Ok(Ok(first.clone())), "{type_name}");
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        "(2026|1899|-)(-[01][0-9]){0,3}(T10:00:00.000000Z)?".prop_map(Value::from),
        "plain::[a-z._]{0,20}:.{0,10}".prop_map(|sealed| serde_json::json!({ "sealed": sealed })),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{1,8}", inner, 0..3)
                .prop_map(|fields| fields.into_iter().collect::<Value>()),
        ]
    })
}

fn line<const MAX: usize>() -> impl Strategy<Value = Text<MAX>> {
    "[^\\p{Cc}]{1,40}".prop_filter_map("not empty when trimmed", |text| Text::parse(&text).ok())
}

proptest! {
    #[test]
    fn decoders_answer_on_any_bytes(data in proptest::collection::vec(any::<u8>(), 0..200)) {
        for event_type in EVENT_TYPES {
            settles(event_type.category, event_type.name, &data);
        }
        let _ = Metadata::decode(&data);
    }

    #[test]
    fn decoders_answer_on_events_with_one_value_changed(
        which in any::<Index>(),
        place in any::<Index>(),
        value in json(),
    ) {
        let goldens = goldens();
        let golden = which.get(&goldens);
        let mut json = golden.json.clone();
        let leaves = leaves(&json);
        *json.pointer_mut(&place.get(&leaves).pointer).unwrap() = value;
        settles(golden.category, golden.type_name, &serde_json::to_vec(&json).unwrap());
    }

    #[test]
    fn decoders_answer_on_events_with_one_byte_changed_or_the_end_missing(
        which in any::<Index>(),
        place in any::<Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let goldens = goldens();
        let golden = which.get(&goldens);
        let mut data = serde_json::to_vec(&golden.json).unwrap();
        let place = place.index(data.len());
        if cut {
            data.truncate(place);
        } else {
            data[place] = byte;
        }
        settles(golden.category, golden.type_name, &data);
    }

    #[test]
    fn a_harm_grading_comes_back(
        physical in proptest::option::of(proptest::sample::select(PhysicalHarm::ALL)),
        psychological in proptest::option::of(proptest::sample::select(PsychologicalHarm::ALL)),
        could_result in any::<bool>(),
        graded_by_role in proptest::option::of(line()),
        reason in proptest::option::of(line()),
    ) {
        let grade = HarmGrade { physical, psychological, could_result };
        let event = Event::HarmGraded(HarmGrading { person: PERSON, grade, graded_by_role, reason });
        let encoded = Incident::encode(&event, &samples::subjects(), &mut Plain).unwrap();
        prop_assert_eq!(Incident::decode(encoded.type_name, &encoded.data, &Plain), Ok(event));
    }

    #[test]
    fn a_first_notification_comes_back(
        told in any::<bool>(),
        mode in proptest::option::of(proptest::sample::select(NotificationMode::ALL)),
        representatives in proptest::collection::vec((line(), line()), 0..4),
        because in proptest::option::of(line()),
        elements in any::<[bool; 3]>(),
    ) {
        let [facts_account, apology, support_offered] = elements;
        let representatives = representatives
            .into_iter()
            .map(|(role, name)| Representative { role, name: candour_domain::Personal::Known(name) })
            .collect();
        let event = Candour::InPersonNotified(FirstNotification {
            relevant_person: told.then_some(RELATIVE),
            mode,
            representatives,
            facts_account,
            further_enquiries: because.map(|because| FurtherEnquiries::None { because }),
            apology,
            support_offered,
            written_record: None,
        });
        let encoded = CandourCase::encode(&event, &samples::subjects(), &mut Plain).unwrap();
        prop_assert_eq!(CandourCase::decode(encoded.type_name, &encoded.data, &Plain), Ok(event));
    }
}
