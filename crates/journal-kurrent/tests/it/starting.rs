//! The start: what is wrong is said plainly, with what to do; and what a store is.

use std::time::Duration;

use candour_journal::{AppendError, ExpectedVersion, Journal, Position, StoreId, Unavailable};
use candour_journal_kurrent::{ConnectError, KurrentJournal, Options};
use candour_kurrent_double::{Double, Settings, User};
use uuid::Uuid;

use crate::common::{connect, double, event, ids, options, stream};

async fn guarded(users: Vec<User>) -> Double {
    Double::start(Settings { users, ..Settings::default() }).await.unwrap()
}

/// The connection string of a double with something before its host.
fn as_user(double: &Double, user: &str) -> String {
    double.connection_string().replace("://", &format!("://{user}@"))
}

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
async fn a_user_with_a_password_is_let_in_and_others_are_told_what_is_wrong() {
    let double = guarded(vec![User::administrator("ward clerk", "p@ss")]).await;
    let right = Options { connection_string: as_user(&double, "ward%20clerk:p%40ss"), ..options(&double) };
    let journal = KurrentJournal::connect(&right).await.unwrap();
    journal.append(&stream(1), ExpectedVersion::NoStream, vec![event(1)]).await.unwrap();
    assert_eq!(ids(&journal).await, [1]);

    let (error, text) =
        refusal(Options { connection_string: as_user(&double, "clerk:guess"), ..options(&double) }).await;
    assert!(matches!(error, ConnectError::AccessDenied { .. }), "{error:?}");
    assert!(text.contains("password") && !text.contains("guess"), "{text}");
    let (_, text) = refusal(options(&double)).await;
    assert!(text.contains("has no user"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bearer_token_is_sent_with_every_call() {
    let double = guarded(vec![User::by_token("candour", "abc.def")]).await;
    double.set_metadata("$all", r#"{"$acl":{"$r":"candour"}}"#);
    let connection_string = format!("{}&bearerToken=abc.def", double.connection_string());
    let journal = KurrentJournal::connect(&Options { connection_string, ..options(&double) }).await.unwrap();
    journal.append(&stream(1), ExpectedVersion::Any, vec![event(1)]).await.unwrap();
    assert_eq!(ids(&journal).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_may_not_read_all_is_told_before_the_first_command() {
    let double = guarded(vec![User::new("clerk", "pass")]).await;
    let clerk = Options { connection_string: as_user(&double, "clerk:pass"), ..options(&double) };
    let (error, text) = refusal(clerk.clone()).await;
    assert!(matches!(error, ConnectError::AllDenied), "{error:?}");
    assert!(text.contains("$all") && text.contains("access list"), "{text}");
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
async fn a_server_that_is_not_there_or_speaks_no_tls_is_reported_with_what_to_look_at() {
    let double = double().await;
    let short = Options { start_budget: Duration::from_secs(1), ..options(&double) };
    let with_tls = short.connection_string.replace("tls=false", "tls=true");
    let (error, text) = refusal(Options { connection_string: with_tls, ..short.clone() }).await;
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
    assert!(text.contains("tlsCaFile") && text.contains("tls=false"), "{text}");

    drop(double);
    let (error, text) = refusal(short).await;
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
    assert!(text.contains("host and port"), "{text}");
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
