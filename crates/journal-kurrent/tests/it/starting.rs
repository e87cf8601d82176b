//! The start: what is wrong is said plainly, with what to do; and what a store is.

use candour_journal::{AppendError, ExpectedVersion, Journal, Position, StoreId, Unavailable};
use candour_journal_kurrent::{ConnectError, KurrentJournal, Options};
use candour_kurrent_double::{Double, Settings};
use uuid::Uuid;

use crate::common::{connect, double, event, options, stream};

async fn refusal(options: Options) -> (ConnectError, String) {
    match KurrentJournal::connect(&options).await {
        Err(error) => {
            let text = error.to_string();
            (error, text)
        }
        Ok(_) => panic!("the journal was opened"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_too_old_or_gives_no_version_is_refused() {
    for (version, found) in [(Some("21.10.9"), "21.10.9"), (None, "0.0.0")] {
        let settings = Settings { version: version.map(str::to_owned), ..Settings::default() };
        let double = Double::start(settings).await.unwrap();
        let (error, text) = refusal(options(&double)).await;
        assert!(matches!(error, ConnectError::ServerTooOld { .. }), "{error:?}");
        assert!(text.contains(found) && text.contains("22.10"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_keeps_its_identity_and_its_kind_and_namespaces_are_stores_of_their_own() {
    let double = double().await;
    let id = StoreId(Uuid::from_u128(77));
    let first =
        KurrentJournal::connect(&Options { new_store_id: Some(id), ..options(&double) }).await.unwrap();
    assert_eq!((first.store_id(), first.is_synthetic()), (id, true));
    first.append(&stream(1), ExpectedVersion::NoStream, vec![event(1)]).await.unwrap();

    let again = connect(&double).await;
    assert_eq!(again.store_id(), id);
    let (error, _) = refusal(Options { synthetic: false, ..options(&double) }).await;
    assert!(matches!(error, ConnectError::OtherKind { found: true }), "{error:?}");

    let other = Options { namespace: "candour2".to_owned(), ..options(&double) };
    let other = KurrentJournal::connect(&other).await.unwrap();
    assert_ne!(other.store_id(), id);
    assert_eq!(other.head().await.unwrap(), Position::BEFORE_FIRST);
    let outside = other.append(&stream(1), ExpectedVersion::Any, vec![event(2)]).await;
    assert!(matches!(outside, Err(AppendError::Failed(_))), "{outside:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_somebody_else_uses_is_refused() {
    let double = double().await;
    double.append_foreign("candour.store", 1);
    let (error, text) = refusal(options(&double)).await;
    assert!(matches!(error, ConnectError::NotAStore { .. }), "{error:?}");
    assert!(text.contains("candour.store"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_agree_on_one_store() {
    let double = double().await;
    let options = options(&double);
    let (one, two, three) = tokio::join!(
        KurrentJournal::connect(&options),
        KurrentJournal::connect(&options),
        KurrentJournal::connect(&options),
    );
    let id = one.unwrap().store_id();
    assert_eq!((two.unwrap().store_id(), three.unwrap().store_id()), (id, id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_journal_takes_no_appends_and_ends_its_changes() {
    let double = double().await;
    let journal = connect(&double).await;
    let mut changes = journal.changes();
    journal.close();
    assert!(!journal.is_healthy());
    let refused = journal.append(&stream(1), ExpectedVersion::Any, vec![event(1)]).await;
    assert!(matches!(refused, Err(AppendError::Unavailable(Unavailable::ShuttingDown))), "{refused:?}");
    assert!(changes.changed().await.is_err());
}
