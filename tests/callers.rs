//! Proves who is known to a server and for how long: tokens made, renewed and ended by `candour token` while the server runs; what a refused
//! caller learns (nothing); what the log says of callers, and that it never holds a token.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use candour_api::v1;
use candour_testkit::{
    Connection, Identity, Program, Refusal, Requests, Server, Story, Tokens, bearer, dynamic,
};
use tempfile::TempDir;
use tokio_stream::StreamExt as _;
use tonic::{Code, Request, Status, transport::Channel};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest,
};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");

/// A server, and the tokens file it follows.
struct World {
    folder: TempDir,
    tokens: Tokens,
    server: Server,
    /// The token of a caller with the role patient-safety that may name anybody.
    token: String,
    channel: Channel,
}

impl World {
    async fn new(further: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let tokens = Tokens::in_folder(BINARY, folder.path());
        let token = tokens.add("safety-team", "patient-safety", &["--performed-by", "anybody"]);
        let server = tokens.serve(&folder.path().join("store"), further);
        let channel = server.channel().await;
        Self { folder, tokens, server, token, channel }
    }

    fn connection(&self, identity: Identity) -> Connection {
        Connection::with(self.channel.clone(), identity)
    }

    fn as_team(&self) -> Connection {
        self.connection(bearer(&self.token))
    }

    /// Waits until the server has read the tokens file again.
    fn until_read(&self) {
        self.server.until_logged("the tokens were read", |line| {
            line.contains("tokens read") || line.contains("no token is in force")
        });
    }
}

/// A token with another last character.
fn mistyped(token: &str) -> String {
    let (rest, last) = token.split_at(token.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}

/// How a server answers a harmless question.
async fn asked(connection: &Connection) -> Result<v1::GetReadModelStatusResponse, Status> {
    connection.call("InsightService/GetReadModelStatus", v1::GetReadModelStatusRequest::default()).await
}

async fn refusal(connection: &Connection) -> Refusal {
    Refusal::expect(asked(connection).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_wrong_with_a_token_the_answer_is_the_same_to_the_byte() {
    let world = World::new(&["--log", "warn"]).await;
    let ended = world.tokens.add("ended", "auditor", &[]);
    let revoked = world.tokens.add("revoked", "auditor", &[]);
    world.tokens.revoke("revoked");
    let file = fs::read_to_string(world.tokens.path()).expect("the tokens file");
    // Of the second token alone: the machine's clock cannot be moved, so its end is.
    let mut parts: Vec<String> = file.split("[[token]]").map(str::to_owned).collect();
    let (before, rest) = parts[2].split_once("expires = ").expect("when it ends");
    let (_, after) = rest.split_once('\n').expect("a line");
    parts[2] = format!("{before}expires = 2020-01-01T00:00:00Z\n{after}");
    fs::write(world.tokens.path(), parts.join("[[token]]")).expect("the tokens file");
    let server = world.tokens.serve(&world.folder.path().join("other"), &["--log", "warn"]);
    let channel = server.channel().await;
    let answered = asked(&Connection::with(channel.clone(), bearer(&world.token))).await;
    answered.expect("the first token is in force");

    let cut = &world.token[..world.token.len() - 1];
    let mistyped = mistyped(&world.token);
    let mut answers = Vec::new();
    for (what, identity) in [
        ("expired", bearer(&ended)),
        ("revoked", bearer(&revoked)),
        (
            "unknown",
            bearer(
                "candour_01020304_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fbcbf6720",
            ),
        ),
        ("cut", bearer(cut)),
        ("mistyped", bearer(&mistyped)),
        ("another scheme", Identity::authorization(&format!("Basic {}", world.token))),
        ("no scheme", Identity::authorization(&world.token)),
        ("nothing", Identity::nobody()),
        ("a demo identity", Identity::named("demo-patient-safety")),
    ] {
        let refusal = refusal(&Connection::with(channel.clone(), identity)).await;
        assert_eq!(
            (refusal.code, refusal.reason.as_str()),
            (Code::Unauthenticated, "UNKNOWN_CALLER"),
            "{what}"
        );
        assert!(refusal.metadata.is_empty() && refusal.infos == 1, "{what}: {refusal:?}");
        answers.push((what, refusal.bytes));
    }
    for (what, bytes) in &answers {
        assert_eq!(*bytes, answers[0].1, "{what} is told from {}", answers[0].0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_made_renewed_and_revoked_while_the_server_runs() {
    let world = World::new(&["--log", "info"]).await;
    world.until_read();
    asked(&world.as_team()).await.expect("a token made before the start");

    let dashboard = world.tokens.add("dashboard", "governance-read", &[]);
    world.until_read();
    asked(&world.connection(bearer(&dashboard))).await.expect("a token made since");

    let renewed = world.tokens.rotate("dashboard", &["--overlap-days", "1"]);
    world.until_read();
    for token in [&dashboard, &renewed] {
        asked(&world.connection(bearer(token))).await.expect("both tokens, for a while");
    }
    let last = world.tokens.rotate("dashboard", &["--overlap-days", "0"]);
    world.until_read();
    for token in [&dashboard, &renewed] {
        assert_eq!(refusal(&world.connection(bearer(token))).await.reason, "UNKNOWN_CALLER");
    }
    asked(&world.connection(bearer(&last))).await.expect("the latest");

    world.tokens.revoke("dashboard");
    world.until_read();
    assert_eq!(refusal(&world.connection(bearer(&last))).await.reason, "UNKNOWN_CALLER");
    asked(&world.as_team()).await.expect("nobody else is concerned");
    let listed = world.tokens.run(&["list"]).stdout;
    assert!(listed.contains("4 tokens, 1 in force"), "{listed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_opened_before_its_token_was_revoked_ends_with_the_next_message() {
    let world = World::new(&["--log", "info"]).await;
    world.until_read();
    let identity = bearer(&world.token);
    let mut client = ServerReflectionClient::with_interceptor(world.channel.clone(), identity);
    let (questions, asked) = tokio::sync::mpsc::channel(4);
    let question = || ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    questions.send(question()).await.expect("the stream takes it");
    let stream = tokio_stream::wrappers::ReceiverStream::new(asked);
    let mut answers = client.server_reflection_info(stream).await.expect("it opens").into_inner();
    answers.next().await.expect("an answer").expect("a good one");
    questions.send(question()).await.expect("the stream takes it");
    answers.next().await.expect("an answer").expect("a good one, while the token is in force");

    world.tokens.revoke("safety-team");
    world.until_read();
    questions.send(question()).await.expect("the stream takes it");
    let ended = answers.next().await.expect("an end").expect_err("no further answer");
    assert_eq!(ended.code(), Code::Unauthenticated, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tokens_file_with_a_mistake_leaves_callers_known_and_health_and_log_say_so() {
    let world = World::new(&["--log", "info"]).await;
    assert!(world.server.is_serving("candour.callers").await);
    let mut health = world.server.health_changes("candour.callers").await;
    let good = fs::read_to_string(world.tokens.path()).expect("the tokens file");
    fs::write(world.tokens.path(), good.replace("roles =", "rolls =")).expect("the tokens file");
    let line = world
        .server
        .until_logged("a mistake in the tokens file", |line| line.contains("cannot be understood"));
    assert!(line.contains("token 1") && line.contains("ERROR"), "the place is named: {line}");
    health.until_serving(false).await;
    asked(&world.as_team()).await.expect("who was known stays known");
    assert!(world.server.is_serving("").await, "and the server serves");
    fs::write(world.tokens.path(), good).expect("the tokens file");
    health.until_serving(true).await;
    asked(&world.as_team()).await.expect("and is known as before");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tokens_file_that_stays_away_admits_nobody_until_it_is_back() {
    let world = World::new(&["--log", "info"]).await;
    let mut health = world.server.health_changes("").await;
    let good = fs::read_to_string(world.tokens.path()).expect("the tokens file");
    fs::remove_file(world.tokens.path()).expect("the tokens file");
    world.server.until_logged("nobody is admitted", |line| line.contains("nobody is admitted"));
    let closed = refusal(&world.as_team()).await;
    assert_eq!((closed.code, closed.reason.as_str()), (Code::Unavailable, "CALLERS_UNAVAILABLE"));
    assert_eq!(refusal(&world.connection(Identity::nobody())).await.reason, "UNKNOWN_CALLER");
    health.until_serving(false).await;
    fs::write(world.tokens.path(), good).expect("the tokens file");
    health.until_serving(true).await;
    asked(&world.as_team()).await.expect("known as before");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn act_2_who_acted_is_taken_only_from_callers_that_may_say_so() {
    let world = World::new(&["--log", "warn"]).await;
    let nobody = world.tokens.add("kiosk", "reporter-system", &["--performed-by", "nobody"]);
    let own = world.tokens.add("staff:48211", "patient-safety", &["--performed-by", "staff:48211"]);
    let server = world.tokens.serve(&world.folder.path().join("other"), &["--log", "warn"]);
    let channel = server.channel().await;
    let requests = Requests::named("performed by");
    let report = |named: &str| {
        let mut report = requests.report();
        let command = report.command.as_mut().expect("what every command carries");
        command.performed_by = named.to_owned();
        // A fault of a field beside it: permission comes first.
        if named == "staff:1" {
            report.report.as_mut().expect("a report").narrative = String::new();
        }
        report
    };
    for token in [&nobody, &own] {
        let connection = Connection::with(channel.clone(), bearer(token));
        let outcome: Result<v1::ReportIncidentResponse, Status> =
            connection.call("IncidentService/ReportIncident", report("staff:1")).await;
        let refusal = Refusal::expect(outcome);
        assert_eq!(
            (refusal.code, refusal.reason.as_str()),
            (Code::PermissionDenied, "PERFORMED_BY_NOT_PERMITTED")
        );
    }
    for (token, named, acted) in [
        (&nobody, "", ""),
        (&own, "", "staff:48211"),
        (&own, "Staff:48211", "staff:48211"),
        (&world.token, "staff:7", "staff:7"),
    ] {
        let connection = Connection::with(channel.clone(), bearer(token));
        let reported: v1::ReportIncidentResponse =
            connection.call("IncidentService/ReportIncident", report(named)).await.expect("a report");
        let request = v1::GetIncidentRequest { incident_id: reported.incident_id };
        let incident: v1::GetIncidentResponse =
            connection.call("IncidentService/GetIncident", request).await.expect("the incident");
        assert_eq!(incident.history[0].performed_by, acted, "named {named:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_fails_too_often_is_told_of_once_and_callers_are_not_held_up() {
    let world = World::new(&["--log", "info"]).await;
    let stranger = world.connection(Identity::nobody());
    let calls = (0..14).map(|_| refusal(&stranger));
    for refusal in futures::future::join_all(calls).await {
        assert_eq!(refusal.reason, "UNKNOWN_CALLER", "late or not, the answer is the same");
    }
    asked(&world.as_team()).await.expect("a caller from the same address");
    let ended = world.server.terminate().stderr;
    let lines = |text: &str| ended.lines().filter(|line| line.contains(text)).count();
    assert_eq!(lines("call refused"), 10, "{ended}");
    assert_eq!(lines("too many calls without a known token"), 1, "{ended}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_names_the_caller_and_each_record_shown_and_never_holds_a_token() {
    // At its most talkative, and the access log as other lines would be turned off.
    let world = World::new(&["--log", "trace", "--log-format", "json"]).await;
    world.until_read();
    let auditor = world.tokens.add("audit-team", "auditor", &[]);
    world.until_read();
    let story =
        Story::tell(&world.as_team(), &Requests::named("access"), &|path| format!("Text of {path}.")).await;
    let as_auditor = world.connection(bearer(&auditor));
    let request = v1::GetIncidentRequest { incident_id: story.incident_id.clone() };
    let shown: Result<v1::GetIncidentResponse, Status> =
        as_auditor.call("IncidentService/GetIncident", request).await;
    shown.expect("an auditor may");
    let request = v1::GetIncidentRequest { incident_id: "0192f0c1-2b5e-7c3a-9f00-5a1b2c3d4e5f".to_owned() };
    let unknown: Result<v1::GetIncidentResponse, Status> =
        as_auditor.call("IncidentService/GetIncident", request).await;
    unknown.expect_err("there is none");
    dynamic::reflection_told_to(world.channel.clone(), bearer(&auditor)).await;
    let mistyped = mistyped(&auditor);
    asked(&world.connection(bearer(&mistyped))).await.expect_err("not a token");

    let output = world.server.terminate().stderr;
    for token in [&world.token, &auditor, &mistyped] {
        assert!(!output.contains(&token[17..81]), "the secret of a token is in the log");
        assert!(!output.contains(token.as_str()), "a token is in the log");
    }
    let access: Vec<&str> =
        output.lines().filter(|line| line.contains(r#""target":"candour::access""#)).collect();
    let of = |caller: &str, method: &str| {
        let named = |line: &&&str| line.contains(&format!(r#""caller":"{caller}""#)) && line.contains(method);
        access.iter().filter(named).copied().collect::<Vec<&str>>()
    };
    let by_auditor = of("audit-team", "");
    assert_eq!(by_auditor.len(), 1, "one record was shown, what does not exist was not: {by_auditor:?}");
    for part in [
        r#""method":"IncidentService/GetIncident""#,
        r#""record":"incident""#,
        &format!(r#""id":"{}""#, story.incident_id),
        r#""roles":"auditor""#,
        r#""timestamp":"20"#,
    ] {
        assert!(by_auditor[0].contains(part), "{part}: {}", by_auditor[0]);
    }
    // Every method that shows personal fields: those that governance may not call and the auditor may.
    for method in [
        "IncidentService/GetIncident",
        "FollowUpService/GetReporterFeedback",
        "FollowUpService/GetCandourCase",
        "LearningService/GetResponse",
        "LearningService/GetAction",
    ] {
        assert!(!of("safety-team", method).is_empty(), "{method} is not noted");
    }
    assert!(
        of("safety-team", "FollowUpService/GetCandourCase")[0]
            .contains(&format!(r#""incident_id":"{}""#, story.incident_id))
    );
    assert!(!access.iter().any(|line| line.contains("Text of")), "never what it says");
    assert!(
        output
            .lines()
            .any(|line| line.contains("\"recorded\"") && line.contains(r#""caller":"safety-team""#)),
        "the span of a command names its caller"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_access_log_is_written_at_any_level_until_it_is_turned_off_by_name() {
    for (filter, expected) in [("error", 1), ("error,candour::access=off", 0)] {
        let world = World::new(&["--log", filter]).await;
        let reported: v1::ReportIncidentResponse = world
            .as_team()
            .call("IncidentService/ReportIncident", Requests::named("access levels").report())
            .await
            .expect("a report");
        let request = v1::GetIncidentRequest { incident_id: reported.incident_id };
        let shown: Result<v1::GetIncidentResponse, Status> =
            world.as_team().call("IncidentService/GetIncident", request).await;
        shown.expect("the incident");
        let stderr = world.server.terminate().stderr;
        assert_eq!(
            stderr.lines().filter(|line| line.contains("candour::access")).count(),
            expected,
            "{stderr}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_needs_no_token_and_reflection_does() {
    let world = World::new(&["--log", "warn"]).await;
    assert!(world.server.is_serving("").await && world.server.is_serving("candour.keys").await);
    let mut client = ServerReflectionClient::new(world.channel.clone());
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let refused = client.server_reflection_info(Request::new(tokio_stream::once(question))).await;
    assert_eq!(refused.expect_err("without a token").code(), Code::Unauthenticated);
}

#[test]
fn a_server_starts_only_where_it_is_said_who_may_call() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("store");
    let tokens = Tokens::in_folder(BINARY, folder.path());
    let refused = |further: &[&str], named: &[&str]| {
        let mut all = vec!["serve", "--folder", store.to_str().expect("a path"), "--listen", "127.0.0.1:0"];
        all.extend(further);
        let run = Program::new(BINARY).run(&all);
        assert!(run.code.is_some_and(|code| code != 0) && !run.stdout.contains("listens"), "{run:?}");
        for name in named {
            assert!(run.stderr.contains(name), "must name {name}: {}", run.stderr);
        }
    };
    let path = tokens.path().to_str().expect("a path").to_owned();
    refused(&[], &["candour token add", "--demo-identities"]);
    refused(&["--tokens", &path], &["callers.tokens", "does not exist", "candour token add"]);
    tokens.add("audit-team", "auditor", &[]);
    refused(&["--tokens", &path, "--demo-identities"], &["--demo-identities", "callers.tokens"]);
    let good = fs::read_to_string(&path).expect("the tokens file");
    fs::write(&path, good.replace("auditor", "root")).expect("the tokens file");
    refused(&["--tokens", &path], &["token 1, roles", "auditor"]);
    fs::write(&path, good).expect("the tokens file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o660)).expect("permissions");
    refused(&["--tokens", &path], &["mode 660", "chmod 600"]);
    assert!(!store.exists(), "nothing is made where nothing is served");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_tokens_the_server_says_that_it_takes_anybody_at_their_word() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(BINARY, folder.path(), &[]);
    server.until_logged("a warning", |line| line.contains("WARN") && line.contains("--demo-identities"));
}

#[test]
fn a_token_is_shown_once_and_nothing_of_it_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let tokens = Tokens::in_folder(BINARY, folder.path());
    let made =
        tokens.run(&["add", "--id", "wards-system", "--role", "reporter-system", "--expires", "2027-03-31"]);
    let token = made.stdout.trim_end();
    assert!(
        token.starts_with("candour_") && token.len() == 89 && made.stdout.lines().count() == 1,
        "{made:?}"
    );
    assert!(made.stderr.contains("2027-03-31T23:00:00Z") && !made.stderr.contains(token), "{}", made.stderr);
    assert_eq!(fs::metadata(tokens.path()).expect("the file").permissions().mode() & 0o777, 0o600);
    let listed = tokens.run(&["list"]);
    let row =
        ["wards-system", &token[8..16], "reporter-system", "anybody", "2027-03-31T23:00:00Z", "in force"];
    for cell in row {
        assert!(listed.stdout.contains(cell), "{cell}: {}", listed.stdout);
    }
    let kept = fs::read_to_string(tokens.path()).expect("the file");
    assert!(!kept.contains(&token[17..81]) && !listed.stdout.contains(&token[17..81]));

    let out = folder.path().join("handed-over");
    let out_text = out.to_str().expect("a path");
    let rotated = tokens.run(&["rotate", "--id", "wards-system", "--out", out_text]);
    assert_eq!((rotated.code, rotated.stdout.as_str()), (Some(0), ""), "{}", rotated.stderr);
    assert_eq!(fs::metadata(&out).expect("the file").permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&out).expect("the file").starts_with("candour_"));
    let before = fs::read_to_string(tokens.path()).expect("the file");
    let again = tokens.run(&["rotate", "--id", "wards-system", "--out", out_text]);
    assert!(again.code == Some(1) && again.stderr.contains("nothing was changed"), "{}", again.stderr);
    assert_eq!(fs::read_to_string(tokens.path()).expect("the file"), before);
}

#[test]
fn a_mistake_in_a_command_is_named_with_what_to_do_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let tokens = Tokens::in_folder(BINARY, folder.path());
    let refused = |arguments: &[&str], named: &[&str]| {
        let run = tokens.run(arguments);
        assert!(run.code.is_some_and(|code| code != 0) && run.stdout.is_empty(), "{run:?}");
        for name in named {
            assert!(run.stderr.contains(name), "must name {name}: {}", run.stderr);
        }
    };
    refused(&["list"], &["does not exist", "candour token add"]);
    refused(&["revoke", "--id", "wards"], &["does not exist"]);
    refused(&["add", "--id", "Jane Doe", "--role", "auditor"], &["--id"]);
    refused(&["add", "--id", "wards", "--role", "root"], &["--role", "reporter-system", "administrator"]);
    refused(&["add", "--id", "wards"], &["--role"]);
    refused(&["add", "--id", "wards", "--role", "auditor", "--expires", "2020-01-01"], &["in the past"]);
    refused(&["add", "--id", "wards", "--role", "auditor", "--expires", "2099-01-01"], &["731 days"]);
    refused(
        &["add", "--id", "wards", "--role", "auditor", "--expires", "soon"],
        &["--expires", "2027-03-31"],
    );
    refused(
        &["add", "--id", "wards", "--role", "auditor", "--performed-by", "Jane Doe"],
        &["--performed-by"],
    );
    assert!(!tokens.path().exists(), "nothing was made");
    tokens.add("wards", "auditor", &[]);
    refused(&["add", "--id", "wards", "--role", "auditor"], &["token rotate", "token revoke"]);
    refused(&["rotate", "--id", "other"], &["other has no token in force", "token list"]);
    refused(&["revoke", "--id", "wards", "--token", "00000000"], &["00000000", "token list"]);
    let unnamed = Program::new(BINARY).run(&["token", "list"]);
    assert!(unnamed.code == Some(1) && unnamed.stderr.contains("--tokens FILE"), "{}", unnamed.stderr);
}

#[test]
fn the_tokens_file_can_be_named_by_the_configuration_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let (configuration, tokens) = (folder.path().join("candour.toml"), folder.path().join("callers.toml"));
    fs::write(&configuration, format!("[callers]\ntokens = {tokens:?}\n")).expect("a file");
    let program = Program::new(BINARY).variable("CANDOUR_CONFIG", &configuration);
    let made = program.run(&["token", "add", "--id", "wards", "--role", "auditor"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    assert!(tokens.exists());
    let store: &Path = &folder.path().join("store");
    let server = Server::exactly(
        &program,
        &["--folder".into(), store.into(), "--listen".into(), "127.0.0.1:0".into()],
    );
    let token = made.stdout.trim_end();
    let show = |program: Program| program.run(&["show", "status", "--server", &server.url()]);
    let shown = show(program.clone().variable("CANDOUR_TOKEN", token));
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    let refused = show(program);
    assert!(refused.code == Some(1) && refused.stderr.contains("candour token"), "{}", refused.stderr);
}
