//! What an administrator of the server can do to our streams, or configure it to be, is noticed and named.

use candour_journal::{AppendError, ExpectedVersion, Journal, Position, ReadError, StreamVersion};
use candour_journal_kurrent::AppendBy;
use candour_kurrent_double::{Call, Double, Fault, Limits, Settings};

use crate::common::{connect, connect_by, double, event, exact, log, stream};

/// What an error says, with all its causes.
fn text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_cut_short_is_reported_and_not_read_from_its_middle() {
    let double = double().await;
    let journal = connect(&double).await;
    let events = (1..=3).map(event).collect();
    journal.append(&stream(1), ExpectedVersion::NoStream, events).await.unwrap();
    for metadata in [r#"{"$tb":1}"#, r#"{"$maxCount":2}"#] {
        double.set_metadata(stream(1).as_str(), metadata);
        let read = journal.read_stream(&stream(1), StreamVersion::FIRST, 10).await;
        assert!(matches!(read, Err(ReadError::Corrupt(_))), "{metadata}: {read:?}");
    }
    double.set_metadata(stream(1).as_str(), "{}");
    assert_eq!(journal.read_stream(&stream(1), StreamVersion::FIRST, 10).await.unwrap().events.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_deleted_for_ever_is_reported_by_reads_and_appends() {
    for append_by in [AppendBy::Session, AppendBy::Call] {
        let double = double().await;
        let journal = connect_by(&double, append_by).await;
        journal.append(&stream(1), ExpectedVersion::NoStream, vec![event(1)]).await.unwrap();
        double.delete_foreign(stream(1).as_str(), true);
        let read = journal.read_stream(&stream(1), StreamVersion::FIRST, 10).await.unwrap_err();
        assert!(text(&read).contains("has been deleted"), "{}", text(&read));
        let append = journal.append(&stream(1), exact(0), vec![event(2)]).await;
        let Err(AppendError::Failed(fault)) = append else { panic!("{append:?}") };
        assert!(text(&fault).contains("has been deleted"), "{}", text(&fault));
        // The log shows that something of ours is not as it was.
        let all = journal.read_all(Position::BEFORE_FIRST, 10).await;
        assert!(matches!(all, Err(ReadError::Corrupt(_))), "{all:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_deleted_and_is_written_again_is_reported() {
    let double = double().await;
    let journal = connect(&double).await;
    journal.append(&stream(1), ExpectedVersion::NoStream, vec![event(1)]).await.unwrap();
    double.delete_foreign(stream(1).as_str(), false);
    // The server lets it begin anew, at a revision that no new stream has.
    let append = journal.append(&stream(1), ExpectedVersion::NoStream, vec![event(2)]).await;
    assert!(append.is_err(), "{append:?}");
    let read = journal.read_stream(&stream(1), StreamVersion::FIRST, 10).await;
    assert!(matches!(read, Err(ReadError::Corrupt(_))), "{read:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_less_than_ours_refuses_with_what_to_set() {
    for limits in [
        Limits { append_bytes: 1000, ..Limits::default() },
        Limits { event_bytes: 1000, ..Limits::default() },
    ] {
        for append_by in [AppendBy::Session, AppendBy::Call] {
            let double = Double::start(Settings { limits, ..Settings::default() }).await.unwrap();
            let journal = connect_by(&double, append_by).await;
            let mut large = event(1);
            large.data = format!("\"{}\"", "x".repeat(2000)).into_bytes();
            let append = journal.append(&stream(1), ExpectedVersion::NoStream, vec![large]).await;
            let Err(AppendError::Failed(fault)) = append else { panic!("{append:?}") };
            let text = text(&fault);
            assert!(text.contains("MaxAppendSize") && text.contains("MaxAppendEventSize"), "{text}");
            journal.append(&stream(1), ExpectedVersion::NoStream, vec![event(1)]).await.unwrap();
            assert_eq!(log(&journal).await.len(), 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_append_of_the_journal_fits_what_a_server_takes() {
    use candour_journal::limits::{APPEND_BYTES_MAX, EVENT_TYPE_NAME_BYTES_MAX, EVENTS_PER_APPEND_MAX};
    let double = double().await;
    let journal = connect(&double).await;
    let each = APPEND_BYTES_MAX / EVENTS_PER_APPEND_MAX;
    let events = (0..EVENTS_PER_APPEND_MAX as u128).map(|id| {
        let mut event = event(id);
        let name = format!("{}.v1", "A".repeat(EVENT_TYPE_NAME_BYTES_MAX - 3));
        event.event_type = candour_journal::EventTypeName::parse(&name).unwrap();
        event.metadata = br#"{"caller":"ward-system"}"#.to_vec();
        event.data = format!("\"{}\"", "x".repeat(each - event.metadata.len() - 2)).into_bytes();
        event
    });
    let appended = journal.append(&stream(1), ExpectedVersion::NoStream, events.collect()).await.unwrap();
    assert_eq!(appended.last_version.number(), EVENTS_PER_APPEND_MAX as u64 - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_our_streams_that_has_no_position_is_reported() {
    let double = double().await;
    let journal = connect(&double).await;
    journal.append(&stream(1), ExpectedVersion::NoStream, vec![event(1)]).await.unwrap();
    // A server gives none in a stream for what was written in a transaction, which no client of ours can.
    double.script(Fault::HidePositions(Call::ReadStream));
    let read = journal.read_stream(&stream(1), StreamVersion::FIRST, 10).await;
    assert!(matches!(read, Err(ReadError::Corrupt(_))), "{read:?}");
    assert_eq!(double.waiting_faults(), 0);
}
