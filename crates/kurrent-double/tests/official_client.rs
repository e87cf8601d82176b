//! What the double answers, as the official client hears it. The expectations are those of the server's sources.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use candour_kurrent_double::{Call, Double, Fault, Limits, Settings};
use eventstore::{
    AppendToStreamOptions, BatchAppendOptions, Client, CurrentRevision, DeleteStreamOptions, Error,
    EventData, Position, ReadAllOptions, ReadEvent, ReadStreamOptions, StreamPosition, StreamState,
    SubscriptionFilter, TombstoneStreamOptions,
};
use uuid::Uuid;

async fn started(settings: Settings) -> (Double, Client) {
    let double = Double::start(settings).await.unwrap();
    let client = client(&double);
    (double, client)
}

fn client(double: &Double) -> Client {
    Client::new(format!("{}&discoveryInterval=20", double.connection_string()).parse().unwrap()).unwrap()
}

fn event(id: u128) -> EventData {
    EventData::binary("Something", vec![1].into()).id(Uuid::from_u128(id))
}

async fn append(
    client: &Client,
    stream: &str,
    state: StreamState,
    ids: &[u128],
) -> eventstore::Result<(u64, Position)> {
    let events: Vec<EventData> = ids.iter().map(|id| event(*id)).collect();
    let options = AppendToStreamOptions::default().stream_state(state);
    let written = client.append_to_stream(stream, &options, events).await?;
    Ok((written.next_expected_version, written.position))
}

/// The revisions that a read gives, and the first and last position of the stream if they are said.
async fn read(client: &Client, options: ReadStreamOptions) -> (Vec<u64>, Option<u64>, Option<u64>) {
    let mut stream = client.read_stream("s", &options).await.unwrap();
    let (mut revisions, mut first, mut last) = (Vec::new(), None, None);
    while let Some(next) = stream.next_read_event().await.unwrap() {
        match next {
            ReadEvent::Event(event) => revisions.push(event.get_original_event().revision),
            ReadEvent::FirstStreamPosition(revision) => first = Some(revision),
            ReadEvent::LastStreamPosition(revision) => last = Some(revision),
            ReadEvent::LastAllStreamPosition(_) => panic!("no server says this"),
        }
    }
    (revisions, first, last)
}

async fn all(client: &Client, options: ReadAllOptions) -> eventstore::Result<Vec<(String, Position)>> {
    let mut stream = client.read_all(&options).await?;
    let mut found = Vec::new();
    while let Some(event) = stream.next().await? {
        let event = event.get_original_event();
        found.push((event.stream_id().to_owned(), event.position));
    }
    Ok(found)
}

#[tokio::test]
async fn an_append_is_confirmed_with_the_position_of_its_last_event_and_so_is_its_repeat() {
    let (_double, client) = started(Settings::default()).await;
    let (revision, position) = append(&client, "s", StreamState::NoStream, &[1, 2]).await.unwrap();
    let found =
        all(&client, ReadAllOptions::default().filter(SubscriptionFilter::on_stream_name().add_prefix("s")));
    assert_eq!((revision, position), (1, found.await.unwrap()[1].1));
    assert_eq!(append(&client, "s", StreamState::NoStream, &[1, 2]).await.unwrap(), (1, position));
    let wrong = append(&client, "s", StreamState::NoStream, &[3]).await.unwrap_err();
    assert!(
        matches!(
            wrong,
            Error::WrongExpectedVersion {
                expected: StreamState::NoStream,
                current: CurrentRevision::Current(1)
            }
        ),
        "{wrong:?}"
    );
}

#[tokio::test]
async fn every_read_of_a_stream_ends_with_its_last_revision() {
    let (double, client) = started(Settings::default()).await;
    let ids: Vec<u128> = (1..=40).collect();
    append(&client, "s", StreamState::NoStream, &ids).await.unwrap();
    let from = |revision| ReadStreamOptions::default().position(StreamPosition::Position(revision));
    assert_eq!(read(&client, from(37)).await, (vec![37, 38, 39], None, Some(39)));
    assert_eq!(read(&client, from(10).max_count(2)).await, (vec![10, 11], None, Some(39)));
    assert_eq!(read(&client, from(90)).await, (vec![], Some(40), Some(39)));
    assert_eq!(read(&client, from(40)).await, (vec![], None, Some(39)));
    let backwards = ReadStreamOptions::default().position(StreamPosition::End).backwards().max_count(35);
    let (revisions, first, last) = read(&client, backwards).await;
    assert_eq!((revisions, first, last), ((5..40).rev().collect(), None, Some(39)));
    double.set_metadata("s", r#"{"$tb":38}"#);
    assert_eq!(read(&client, from(0)).await, (vec![38, 39], Some(38), Some(39)));
}

#[tokio::test]
async fn a_session_refuses_each_append_with_a_code_and_the_name_of_what_is_wrong() {
    let limits = Limits { append_bytes: 100, ..Limits::default() };
    let (double, client) = started(Settings { limits, ..Settings::default() }).await;
    double.append_foreign("deleted", 1);
    double.delete_foreign("deleted", true);
    double.append_foreign("s", 1);
    let large = EventData::binary("Something", vec![0; 200].into());
    // The client ends a session with the first append that is refused.
    for (stream, state, event, code, message) in [
        ("s", StreamState::NoStream, event(1), 6, "WrongExpectedVersion"),
        ("deleted", StreamState::Any, event(1), 5, "StreamDeleted"),
        ("s", StreamState::Any, large, 3, "MaximumAppendSizeExceeded"),
        ("s", StreamState::StreamRevision(1 << 63), event(1), 3, "BadRequest"),
    ] {
        let session = client.batch_append(&BatchAppendOptions::default()).await.unwrap();
        let refused = session.append_to_stream(stream, state, vec![event]).await.unwrap_err();
        let Error::Grpc { code: found, message: text } = refused else { panic!("{refused:?}") };
        assert_eq!((i32::from(found), text.as_str()), (code, message));
    }
    for (fault, code, message) in [
        (Fault::AnswerUnavailable(Call::Append), 0, "Server Is Not Ready"),
        (Fault::AbortBeforeCommit, 4, "Timeout"),
    ] {
        double.script(fault);
        let session = client.batch_append(&BatchAppendOptions::default()).await.unwrap();
        let refused = session.append_to_stream("s", StreamState::Any, vec![event(2)]).await.unwrap_err();
        let Error::Grpc { code: found, message: text } = refused else { panic!("{refused:?}") };
        assert_eq!((i32::from(found), text.as_str()), (code, message));
    }
}

#[tokio::test]
async fn an_append_that_is_not_answered_holds_up_no_other_in_its_session() {
    let (double, client) = started(Settings::default()).await;
    let session = client.batch_append(&BatchAppendOptions::default()).await.unwrap();
    double.script(Fault::StaySilent(Call::Append));
    let silent = session.append_to_stream("s", StreamState::NoStream, vec![event(1)]);
    let answered = session.append_to_stream("t", StreamState::NoStream, vec![event(2)]);
    tokio::select! {
        biased;
        silent = silent => panic!("{silent:?}"),
        answered = answered => assert_eq!(answered.unwrap().current_revision(), Some(0)),
    }
}

#[tokio::test]
async fn a_position_between_records_is_refused_by_name_and_one_past_the_end_is_empty() {
    for (version, named) in [("24.10.0", "InvalidPosition"), ("22.10.4", "Error")] {
        let (_double, client) =
            started(Settings { version: Some(version.to_owned()), ..Settings::default() }).await;
        let (_, position) = append(&client, "s", StreamState::NoStream, &[1]).await.unwrap();
        let from = |commit| {
            let place = StreamPosition::Position(Position { commit, prepare: commit });
            ReadAllOptions::default().position(place)
        };
        let filter = SubscriptionFilter::on_stream_name().add_prefix("s");
        let wrong = all(&client, from(position.commit - 1).filter(filter)).await.unwrap_err().to_string();
        assert!(wrong.contains(&format!("Unexpected FilteredReadAllResult: {named}")), "{wrong}");
        let wrong = all(&client, from(position.commit - 1)).await.unwrap_err().to_string();
        assert!(wrong.contains(&format!("Unexpected ReadAllResult: {named}")), "{wrong}");
        assert_eq!(all(&client, from(1 << 40)).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_deletion_says_what_it_expected_and_a_tombstone_is_final() {
    let (_double, client) = started(Settings::default()).await;
    append(&client, "s", StreamState::NoStream, &[1]).await.unwrap();
    let expecting = DeleteStreamOptions::default().stream_state(StreamState::StreamRevision(5));
    let wrong = client.delete_stream("s", &expecting).await.unwrap_err();
    let Error::Grpc { code, message } = wrong else { panic!("{wrong:?}") };
    assert_eq!(i32::from(code), 9);
    assert_eq!(
        message,
        "Delete failed due to WrongExpectedVersion. Stream: s, Expected version: 5, Actual version: 0"
    );
    client.delete_stream("s", &DeleteStreamOptions::default()).await.unwrap();
    let missing = client.read_stream("s", &ReadStreamOptions::default()).await.unwrap().next().await;
    assert!(matches!(missing, Err(Error::ResourceNotFound)), "{missing:?}");
    assert_eq!(append(&client, "s", StreamState::NoStream, &[2]).await.unwrap().0, 1);
    client.tombstone_stream("s", &TombstoneStreamOptions::default()).await.unwrap();
    let deleted = append(&client, "s", StreamState::Any, &[3]).await;
    assert!(matches!(deleted, Err(Error::ResourceDeleted)), "{deleted:?}");
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart_on_the_same_port_and_remembered_ids_are_not() {
    let (double, first) = started(Settings::default()).await;
    append(&first, "s", StreamState::Any, &[1]).await.unwrap();
    assert_eq!(append(&first, "s", StreamState::Any, &[1]).await.unwrap().0, 0);
    let ports = double.ports().to_vec();
    double.stop().await;
    assert!(append(&first, "s", StreamState::Any, &[2]).await.is_err());
    double.start_again().await.unwrap();
    assert_eq!(double.ports(), ports);
    let second = client(&double);
    assert_eq!(read(&second, ReadStreamOptions::default()).await.0, [0]);
    assert_eq!(append(&second, "s", StreamState::Any, &[1]).await.unwrap().0, 1);
}

#[tokio::test]
async fn a_node_that_does_not_lead_names_the_one_that_does() {
    let (double, client) = started(Settings { nodes: 2, ..Settings::default() }).await;
    append(&client, "s", StreamState::NoStream, &[1]).await.unwrap();
    double.move_leader(1);
    let refused = append(&client, "s", StreamState::Any, &[2]).await.unwrap_err();
    let Error::NotLeaderException(leader) = refused else { panic!("{refused:?}") };
    assert_eq!((leader.host.as_str(), leader.port), ("127.0.0.1", u32::from(double.ports()[1])));
    append(&client, "s", StreamState::Any, &[2]).await.unwrap();
}

#[tokio::test]
async fn what_no_server_does_is_done_once_where_it_is_scripted() {
    let (double, client) = started(Settings::default()).await;
    let revisions = async || read(&client, ReadStreamOptions::default()).await.0;
    for (lie, state, confirmed, there) in [
        (Fault::ConfirmWithoutCommit, StreamState::NoStream, 0, vec![]),
        (Fault::CommitTwice, StreamState::NoStream, 0, vec![0, 1]),
        (Fault::Nothing(Call::Append), StreamState::StreamRevision(1), 2, vec![0, 1, 2]),
    ] {
        double.script(lie.clone());
        assert_eq!(append(&client, "s", state, &[7]).await.unwrap().0, confirmed, "{lie:?}");
        if there.is_empty() {
            let missing = client.read_stream("s", &ReadStreamOptions::default()).await.unwrap().next().await;
            assert!(matches!(missing, Err(Error::ResourceNotFound)), "{missing:?}");
        } else {
            assert_eq!(revisions().await, there, "{lie:?}");
        }
    }
    double.script(Fault::GiveTwice(Call::ReadStream));
    assert_eq!(revisions().await, [0, 1, 2, 2]);
    assert_eq!(revisions().await, [0, 1, 2]);
}
