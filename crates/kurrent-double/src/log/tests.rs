use super::*;

fn proposed(ids: impl IntoIterator<Item = u128>) -> Vec<Proposed> {
    ids.into_iter().map(|id| Proposed::of_server("Something", Uuid::from_u128(id), vec![1])).collect()
}

/// A log whose stream `s` holds the events 1, 2 and 3.
fn three() -> Log {
    let mut log = Log::new();
    assert!(matches!(log.append("s", Expected::NoStream, proposed([1, 2, 3])), Outcome::Success { .. }));
    log
}

fn set_metadata(log: &mut Log, stream: &str, json: &str) {
    let event = Proposed::of_server("$metadata", Uuid::from_u128(99), json.as_bytes().to_vec());
    log.write_of_server(&format!("$${stream}"), event);
}

fn last_revision(outcome: Outcome) -> Option<u64> {
    match outcome {
        Outcome::Success { last_revision, .. } => last_revision,
        Outcome::WrongExpected { .. } | Outcome::Deleted => None,
    }
}

fn revisions(page: &StreamPage) -> Vec<u64> {
    page.records.iter().map(|record| record.revision).collect()
}

fn at(position: u64) -> Place {
    Place { commit: position, prepare: position }
}

fn of_s() -> Filter {
    Filter::Streams(Matcher::Prefixes(vec!["s".to_owned()]))
}

#[test]
fn a_repeat_below_the_current_revision_succeeds_and_writes_nothing() {
    let mut log = three();
    assert_eq!(last_revision(log.append("s", Expected::NoStream, proposed([1, 2]))), Some(1));
    assert_eq!(last_revision(log.append("s", Expected::Revision(0), proposed([2, 3]))), Some(2));
    log.forget_recent_ids();
    assert_eq!(last_revision(log.append("s", Expected::Revision(0), proposed([2, 3]))), Some(2));
    assert_eq!(log.last_revision("s"), Some(2));
}

#[test]
fn a_repeat_of_only_some_events_is_a_wrong_expected_version() {
    let mut log = three();
    for (expected, ids) in [
        (Expected::NoStream, vec![1, 2, 3, 4]),
        (Expected::NoStream, vec![1, 9]),
        (Expected::Revision(0), vec![3, 2]),
        (Expected::Revision(7), vec![8]),
        (Expected::Any, vec![3, 9]),
        (Expected::NoStream, vec![]),
    ] {
        assert_eq!(log.append("s", expected, proposed(ids)), Outcome::WrongExpected { current: Some(2) });
    }
}

#[test]
fn at_the_current_revision_even_known_ids_are_written_again() {
    let mut log = three();
    assert_eq!(last_revision(log.append("s", Expected::Revision(2), proposed([1]))), Some(3));
}

#[test]
fn without_a_revision_the_ids_decide_until_a_restart_forgets_them() {
    let mut log = three();
    assert_eq!(last_revision(log.append("s", Expected::Any, proposed([2, 3]))), Some(2));
    assert_eq!(last_revision(log.append("s", Expected::Any, proposed([4]))), Some(3));
    let missing = log.append("t", Expected::StreamExists, proposed([5]));
    assert_eq!(missing, Outcome::WrongExpected { current: None });
    log.forget_recent_ids();
    assert_eq!(last_revision(log.append("s", Expected::Any, proposed([4]))), Some(4));
}

#[test]
fn an_append_without_events_succeeds_and_shows_nowhere() {
    let mut log = three();
    assert!(matches!(
        log.append("t", Expected::NoStream, vec![]),
        Outcome::Success { last_revision: None, .. }
    ));
    assert_eq!(last_revision(log.append("s", Expected::Any, vec![])), Some(2));
    assert_eq!((log.last_revision("s"), log.last_revision("t")), (Some(2), None));
}

#[test]
fn pages_of_a_stream_go_both_ways_and_say_where_they_end() {
    let log = three();
    let page = log.page_forwards("s", 1, 1);
    assert_eq!((revisions(&page), page.next, page.is_end), (vec![1], 2, false));
    let page = log.page_forwards("s", 1, 2);
    assert_eq!((revisions(&page), page.next, page.is_end), (vec![1, 2], 3, true));
    let page = log.page_forwards("s", 7, 2);
    assert_eq!((revisions(&page), page.next, page.is_end), (vec![], 3, true));
    let page = log.page_backwards("s", None, 2);
    assert_eq!((revisions(&page), page.next, page.is_end), (vec![2, 1], 0, false));
    let page = log.page_backwards("s", Some(0), 2);
    assert_eq!((revisions(&page), page.is_end), (vec![0], true));
    let page = log.page_backwards("s", Some(9), 1);
    assert_eq!((revisions(&page), page.next, page.is_end), (vec![], 2, false));
    assert_eq!(log.page_forwards("t", 0, 1).found, Found::NoStream);
}

#[test]
fn what_the_metadata_cut_off_is_passed_over() {
    let mut log = three();
    set_metadata(&mut log, "s", r#"{"$tb":1}"#);
    let page = log.page_forwards("s", 0, 1);
    assert_eq!((revisions(&page), page.next, page.is_end), (vec![], 1, false));
    assert_eq!(revisions(&log.page_forwards("s", 0, 9)), [1, 2]);
    assert_eq!(revisions(&log.page_backwards("s", None, 9)), [2, 1]);
    set_metadata(&mut log, "s", r#"{"$maxCount":1}"#);
    assert_eq!(revisions(&log.page_forwards("s", 0, 9)), [2]);
    // Of the metadata themselves only the last event can be read.
    assert_eq!(revisions(&log.page_forwards("$$s", 0, 9)), [1]);
}

#[test]
fn a_deleted_stream_is_as_if_it_had_never_been_but_its_revisions_go_on() {
    let mut log = three();
    assert!(matches!(log.delete("s", Expected::Any, false), Outcome::Success { .. }));
    assert_eq!(log.page_forwards("s", 0, 9).found, Found::NoStream);
    assert_eq!(log.append("s", Expected::StreamExists, proposed([4])), Outcome::Deleted);
    assert_eq!(last_revision(log.append("s", Expected::NoStream, proposed([4]))), Some(3));
    assert_eq!(revisions(&log.page_forwards("s", 0, 9)), [3]);

    assert!(matches!(log.delete("s", Expected::Any, true), Outcome::Success { .. }));
    assert_eq!(log.page_forwards("s", 0, 9).found, Found::Deleted);
    assert_eq!(log.append("s", Expected::Any, proposed([5])), Outcome::Deleted);
}

#[test]
fn a_read_of_all_begins_where_a_record_begins_and_includes_it() {
    let mut log = three();
    log.append("other", Expected::Any, proposed([7]));
    let all = log.all_forwards(Place::START, 10, 10, &of_s()).unwrap();
    assert_eq!((all.records.len(), all.records[0].position, all.is_end), (3, FIRST_POSITION, true));
    let second = all.records[1].position;
    let from_second = log.all_forwards(at(second), 10, 10, &of_s()).unwrap();
    assert_eq!(from_second.records.len(), 2);
    // One of two numbers decides, if the other is the same.
    let from_second = log.all_forwards(Place { commit: second, prepare: 0 }, 10, 10, &of_s()).unwrap();
    assert_eq!(from_second.records.len(), 2);
    let past_second = log.all_forwards(Place { commit: second, prepare: second + 1 }, 10, 10, &of_s());
    assert_eq!(past_second.unwrap().records.len(), 1);
    let between = log.all_forwards(at(second + 1), 10, 10, &Filter::Everything);
    assert_eq!(between.unwrap_err(), InvalidPosition);
    // Nothing is looked at past the end, and so nothing is found wrong.
    let past_the_end = log.all_forwards(at(1 << 40), 10, 10, &Filter::Everything).unwrap();
    assert_eq!((past_the_end.records.len(), past_the_end.is_end), (0, true));
}

#[test]
fn a_read_of_all_backwards_gives_what_ends_before_the_place() {
    let mut log = three();
    log.append("other", Expected::Any, proposed([7]));
    let last = log.all_backwards(log.end_place(), 1, 10, &Filter::Everything).unwrap();
    assert_eq!(last.records[0].stream, "other");
    let ours = log.all_backwards(log.end_place(), 1, 10, &of_s()).unwrap();
    assert_eq!(ours.records[0].revision, 2);
    let before = log.all_backwards(at(ours.records[0].position), 10, 10, &of_s()).unwrap();
    assert_eq!((before.records.len(), before.is_end), (2, true));
    let between = log.all_backwards(at(ours.records[0].position + 1), 1, 10, &of_s());
    assert_eq!(between.unwrap_err(), InvalidPosition);
}

#[test]
fn a_page_of_all_ends_with_its_window_of_events_looked_at() {
    let mut log = three();
    log.append("t", Expected::Any, proposed([7]));
    let filter = Filter::Streams(Matcher::Prefixes(vec!["t".to_owned()]));
    let page = log.all_forwards(Place::START, 10, 2, &filter).unwrap();
    assert_eq!((page.records.len(), page.is_end), (0, false));
    let page = log.all_forwards(page.next, 10, 2, &filter).unwrap();
    assert_eq!(page.records.len(), 1);
}

#[test]
fn filters_compare_names_or_types_with_prefixes_or_an_expression() {
    let mut log = three();
    log.write_of_server(EPOCH_STREAM, Proposed::of_server("$epoch", Uuid::from_u128(50), vec![]));
    log.write_of_server("$stats", Proposed::of_server("$statsCollected", Uuid::from_u128(51), vec![]));
    let streams = |filter: Filter| {
        let page = log.all_forwards(Place::START, 10, 10, &filter).unwrap();
        page.records.iter().map(|record| record.stream.clone()).collect::<Vec<_>>()
    };
    let expression = |text: &str| Matcher::Expression(fancy_regex::Regex::new(text).unwrap());
    assert_eq!(streams(Filter::Everything), ["s", "s", "s", "$stats"]);
    assert_eq!(streams(Filter::Types(expression("^(?!\\$)"))), ["s", "s", "s"]);
    assert_eq!(streams(Filter::Streams(expression("ta"))), ["$stats"]);
    assert_eq!(streams(Filter::Types(Matcher::Prefixes(vec!["$".to_owned()]))), ["$stats"]);
    assert!(streams(Filter::Streams(Matcher::Prefixes(vec![]))).is_empty());
}

#[test]
fn an_access_list_is_that_of_the_stream_then_of_the_settings_then_of_a_fresh_server() {
    let mut log = Log::new();
    let may = |log: &Log, stream: &str, action, name: &str| log.access_list(stream).allows(action, name, &[]);
    assert!(may(&log, "s", Action::Write, "clerk") && !may(&log, "$all", Action::Read, "clerk"));
    set_metadata(&mut log, "$all", r#"{"$acl":{"$r":["$admins","clerk"]}}"#);
    assert!(may(&log, "$all", Action::Read, "clerk") && !may(&log, "$all", Action::Read, "other"));
    assert!(!may(&log, "$stats", Action::Read, "clerk"));
    let settings = br#"{"$userStreamAcl":{"$w":"other"}}"#.to_vec();
    log.write_of_server("$settings", Proposed::of_server("update-default-acl", Uuid::from_u128(1), settings));
    assert!(!may(&log, "s", Action::Write, "clerk") && may(&log, "s", Action::Read, "clerk"));
}
