//! TLS, users and permissions: what is right works, and what is wrong is said at the start, plainly and in time.

use std::time::Instant;

use candour_journal::{ExpectedVersion, Journal};
use candour_journal_kurrent::{ConnectError, KurrentJournal, Options};
use candour_kurrent_double::{Double, Settings, Tls, User};
use eventstore::{Acl, AppendToStreamOptions, Client, StreamAclBuilder, StreamMetadata};

use crate::common::{event, ids, options, stream};

async fn started(settings: Settings) -> Double {
    Double::start(settings).await.unwrap()
}

async fn with_tls(tls: Tls) -> Double {
    started(Settings { tls, ..Settings::default() }).await
}

async fn guarded(users: Vec<User>) -> Double {
    started(Settings { users, ..Settings::default() }).await
}

/// The connection string of a double with something before its host.
fn as_user(double: &Double, user: &str) -> String {
    double.connection_string().replace("://", &format!("://{user}@"))
}

/// What is said to a connection string, which must be within the time of a start and not repeat it.
async fn refusal(double: &Double, connection_string: String) -> String {
    let options = Options { connection_string, ..options(double) };
    let begun = Instant::now();
    let Err(error) = KurrentJournal::connect(&options).await else { panic!("the journal was opened") };
    let took = begun.elapsed();
    assert!(took <= options.start_budget.mul_f32(1.5), "{took:?}: {error}");
    let text = error.to_string();
    assert!(!text.contains("guess") && !text.contains("esdb:"), "{text}");
    text
}

async fn works(double: &Double, connection_string: String) {
    let options = Options { connection_string, ..options(double) };
    let journal = KurrentJournal::connect(&options).await.unwrap();
    journal.append(&stream(1), ExpectedVersion::NoStream, vec![event(1)]).await.unwrap();
    assert_eq!(ids(&journal).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_with_the_authority_in_a_file_works_and_so_does_leaving_the_certificate_unverified() {
    let double = with_tls(Tls::On).await;
    works(&double, double.connection_string()).await;
    let double = with_tls(Tls::ForAnotherName).await;
    let without_file = double.connection_string().split("&tlsCaFile").next().unwrap().to_owned();
    works(&double, format!("{without_file}&tlsVerifyCert=false")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_trusted_is_named_at_once() {
    let (double, other) = (with_tls(Tls::On).await, with_tls(Tls::On).await);
    let without_file = double.connection_string().split("&tlsCaFile").next().unwrap().to_owned();
    let begun = Instant::now();
    let text = refusal(&double, without_file.clone()).await;
    assert!(
        text.contains("certificate") && text.contains("not trusted") && text.contains("tlsCaFile"),
        "{text}"
    );
    let wrong = other.authority_file().unwrap().display();
    let text = refusal(&double, format!("{without_file}&tlsCaFile={wrong}")).await;
    assert!(text.contains("not trusted"), "{text}");
    // Waiting would not make it better.
    assert!(begun.elapsed() < options(&double).start_budget, "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_host_is_named_with_the_host() {
    let double = with_tls(Tls::ForAnotherName).await;
    let text = refusal(&double, double.connection_string()).await;
    assert!(
        text.contains("certificate") && text.contains("127.0.0.1") && text.contains("another name"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_authorities_that_cannot_be_read_or_holds_none_is_named() {
    let double = with_tls(Tls::On).await;
    let without_file = double.connection_string().split("&tlsCaFile").next().unwrap().to_owned();
    let text = refusal(&double, format!("{without_file}&tlsCaFile=/nowhere/ca.crt")).await;
    assert!(text.contains("tlsCaFile") && text.contains("/nowhere/ca.crt"), "{text}");
    let empty = tempfile::NamedTempFile::new().unwrap();
    let text = refusal(&double, format!("{without_file}&tlsCaFile={}", empty.path().display())).await;
    assert!(text.contains("tlsCaFile") && text.contains("no certificate"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_where_only_one_side_speaks_it_is_named_with_what_to_write() {
    let (encrypted, plain) = (with_tls(Tls::On).await, with_tls(Tls::Off).await);
    let text = refusal(&plain, plain.connection_string().replace("tls=false", "tls=true")).await;
    assert!(text.contains("speaks no TLS") && text.contains("tls=false"), "{text}");
    let text = refusal(&encrypted, format!("esdb://127.0.0.1:{}?tls=false", encrypted.ports()[0])).await;
    assert!(text.contains("TLS") && text.contains("tls=true"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_closed_without_a_word_is_tried_again_as_the_server_may_not_be_there_yet() {
    let double = with_tls(Tls::Off).await;
    double.set_refusing(true);
    let short = Options { start_budget: std::time::Duration::from_secs(1), ..options(&double) };
    let error = KurrentJournal::connect(&short).await.err().unwrap();
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("closes it") && error.to_string().contains("tls=true"), "{error}");

    let before = double.counts().connections;
    let coming = async {
        while double.counts().connections < before + 4 {
            tokio::task::yield_now().await;
        }
        double.set_refusing(false);
    };
    tokio::join!(works(&double, double.connection_string()), coming);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_at_the_address_is_told_from_an_unknown_name() {
    let double = with_tls(Tls::Off).await;
    let short = |connection_string: String| Options {
        connection_string,
        start_budget: std::time::Duration::from_secs(1),
        ..options(&double)
    };
    let nobody = short(format!("esdb://127.0.0.1:{}?tls=false", double.ports()[0]));
    let unknown = short("esdb://kurrent.invalid:2113?tls=false".to_owned());
    double.stop().await;
    let error = KurrentJournal::connect(&nobody).await.err().unwrap();
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("nothing listens at 127.0.0.1:"), "{error}");
    let error = KurrentJournal::connect(&unknown).await.err().unwrap();
    assert!(error.to_string().contains("kurrent.invalid cannot be resolved"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_a_password_is_let_in_and_others_are_told_what_is_wrong() {
    let double = guarded(vec![User::administrator("ward clerk", "p@ss")]).await;
    works(&double, as_user(&double, "ward%20clerk:p%40ss")).await;
    let text = refusal(&double, as_user(&double, "clerk:guess")).await;
    assert!(text.contains("user or the password is wrong"), "{text}");
    let text = refusal(&double, as_user(&double, "ward%20clerk:guess")).await;
    assert!(text.contains("user or the password is wrong"), "{text}");
    let text = refusal(&double, double.connection_string()).await;
    assert!(text.contains("has no user"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_cluster_too_a_password_with_escapes_is_let_in_and_a_wrong_one_is_named() {
    let users = vec![User::administrator("ward clerk", "p@ss")];
    let double = started(Settings { nodes: 3, users, ..Settings::default() }).await;
    works(&double, as_user(&double, "ward%20clerk:p%40ss")).await;
    let text = refusal(&double, as_user(&double, "ward%20clerk:guess")).await;
    assert!(text.contains("user or the password is wrong"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_with_tls_and_users_is_found_by_its_nodes_and_by_a_name() {
    let users = vec![User::administrator("candour", "word")];
    let settings =
        Settings { nodes: 3, tls: Tls::On, host: "localhost".to_owned(), users, ..Settings::default() };
    let double = started(settings).await;
    double.move_leader(1);
    works(&double, as_user(&double, "candour:word")).await;
    let file = double.authority_file().unwrap().display().to_string();
    let by_name = format!("esdb+discover://candour:word@localhost:{}?tlsCaFile={file}", double.ports()[2]);
    let journal =
        KurrentJournal::connect(&Options { connection_string: by_name, ..options(&double) }).await.unwrap();
    assert_eq!(ids(&journal).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bearer_token_is_sent_with_every_call() {
    let double = guarded(vec![User::by_token("candour", "abc.def")]).await;
    double.set_metadata("$all", r#"{"$acl":{"$r":"candour"}}"#);
    works(&double, format!("{}&bearerToken=abc.def", double.connection_string())).await;
    let text = refusal(&double, format!("{}&bearerToken=guess", double.connection_string())).await;
    assert!(text.contains("bearer token is wrong"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_may_not_write_the_streams_is_told_from_a_wrong_password() {
    let double = guarded(vec![User::new("clerk", "word")]).await;
    double.set_metadata("candour.store", r#"{"$acl":{"$w":"$admins"}}"#);
    let text = refusal(&double, as_user(&double, "clerk:word")).await;
    assert!(text.contains("candour.store") && text.contains("access list"), "{text}");
    assert!(!text.contains("password is wrong"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_may_not_read_all_is_told_how_to_allow_it_and_that_is_how_it_is_allowed() {
    let double = guarded(vec![User::administrator("admin", "word"), User::new("clerk", "word")]).await;
    let text = refusal(&double, as_user(&double, "clerk:word")).await;
    for part in ["$all", "$$$all", "$metadata", r#"{"$acl":{"$r":["$admins","USER"]}}"#] {
        assert!(text.contains(part), "{part}: {text}");
    }

    let admin = Client::new(as_user(&double, "admin:word").parse().unwrap()).unwrap();
    let list = StreamAclBuilder::new().add_read_roles("$admins").add_read_roles("clerk").build();
    let metadata = StreamMetadata::builder().acl(Acl::Stream(list)).build();
    admin.set_stream_metadata("$all", &AppendToStreamOptions::default(), &metadata).await.unwrap();
    works(&double, as_user(&double, "clerk:word")).await;
}
