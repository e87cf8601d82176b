//! Proves that a server off loopback speaks TLS and nothing else, to whom it should, with the certificate of today.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use candour_api::v1;
use candour_testkit::{Connection, Program, Server, Tokens, bearer};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;
use tonic::{
    Status,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");

/// An authority that signs certificates for this test.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(parameters, key).expect("an authority"))
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for 127.0.0.1 and its key, PEM.
    fn sign(&self) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let parameters = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("a name");
        let certificate = parameters.signed_by(&key, &self.0).expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    }
}

/// A folder with a tokens file, a certificate and its key.
struct World {
    folder: TempDir,
    tokens: Tokens,
    token: String,
    authority: Authority,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let tokens = Tokens::in_folder(BINARY, folder.path());
        let token = tokens.add("dashboard", "governance-read", &[]);
        let world = Self { folder, tokens, token, authority: Authority::new("Authority of the test") };
        world.install(&world.authority);
        world
    }

    /// Puts a certificate of an authority, and its key, where the server looks for them.
    fn install(&self, authority: &Authority) {
        let (certificate, key) = authority.sign();
        self.write("key.pem", &key);
        self.write("certificate.pem", &certificate);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("a path in UTF-8").to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).expect("permissions");
    }

    /// Serves on every address of this machine.
    fn serve(&self, further: &[&str]) -> Server {
        let (certificate, key) = (self.text("certificate.pem"), self.text("key.pem"));
        let mut all = vec!["--listen", "0.0.0.0:0", "--tls-certificate", &certificate, "--tls-key", &key];
        all.extend(further);
        self.tokens.serve(&self.path("store"), &all)
    }
}

/// Trusts an authority, and nobody else.
fn trusting(authority: &Authority) -> ClientTlsConfig {
    ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority.pem()))
}

/// The address at which a server that listens everywhere is reached from here.
fn here(server: &Server) -> String {
    server.url().replace("0.0.0.0", "127.0.0.1")
}

async fn connect(server: &Server, tls: ClientTlsConfig) -> Result<Channel, tonic::transport::Error> {
    Endpoint::from_shared(here(server)).expect("a URL").tls_config(tls)?.connect().await
}

async fn asked(channel: Channel, token: &str) -> Result<v1::GetReadModelStatusResponse, Status> {
    Connection::with(channel, bearer(token))
        .call("InsightService/GetReadModelStatus", v1::GetReadModelStatusRequest::default())
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn off_loopback_the_server_speaks_tls_to_callers_that_trust_it_and_nothing_else() {
    let world = World::new();
    let server = world.serve(&["--log", "warn"]);
    assert!(server.url().starts_with("https://0.0.0.0:"), "{}", server.url());
    let channel = connect(&server, trusting(&world.authority)).await.expect("a connection over TLS");
    asked(channel, &world.token).await.expect("a caller with a token");

    let stranger = connect(&server, trusting(&Authority::new("Another authority"))).await;
    stranger.expect_err("a client that does not trust the authority");
    let plain = Endpoint::from_shared(here(&server).replace("https", "http")).expect("a URL").connect().await;
    let answered = match plain {
        Ok(channel) => asked(channel, &world.token).await.is_ok(),
        Err(_) => false,
    };
    assert!(!answered, "nothing is answered without TLS");
    assert_eq!(server.terminate().code, Some(0), "and none of that stopped it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_never_begins_its_handshake_holds_nobody_up() {
    let world = World::new();
    let server = world.serve(&["--log", "warn"]);
    let address = here(&server).replace("https://", "");
    let idle: Vec<_> =
        (0..40).map(|_| std::net::TcpStream::connect(&address).expect("a connection")).collect();
    let channel = connect(&server, trusting(&world.authority)).await.expect("a connection over TLS");
    asked(channel, &world.token).await.expect("an answer");
    assert_eq!(server.terminate().code, Some(0), "the idle ones do not keep it from ending");
    drop(idle);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_client_authority_a_caller_needs_its_certificate_and_its_token() {
    let world = World::new();
    let clients = Authority::new("Authority of clients");
    world.write("clients.pem", &clients.pem());
    let server = world.serve(&["--log", "warn", "--tls-client-authority", &world.text("clients.pem")]);
    let with = |authority: &Authority| {
        let (certificate, key) = authority.sign();
        trusting(&world.authority).identity(Identity::from_pem(certificate, key))
    };
    let both = connect(&server, with(&clients)).await.expect("a connection over TLS");
    asked(both.clone(), &world.token).await.expect("certificate and token");
    assert!(asked(both, "candour_0").await.is_err(), "a certificate alone is not enough");
    // With TLS 1.3 the client learns of the refusal only with its first call.
    for tls in [trusting(&world.authority), with(&world.authority)] {
        let answered = match connect(&server, tls).await {
            Ok(channel) => asked(channel, &world.token).await.is_ok(),
            Err(_) => false,
        };
        assert!(!answered, "no certificate of that authority");
    }
    let (certificate, key) = clients.sign();
    world.write("client.pem", &certificate);
    world.write("client-key.pem", &key);
    let shown = show(
        &world,
        &server,
        &["--client-certificate", &world.text("client.pem"), "--client-key", &world.text("client-key.pem")],
    );
    assert_eq!(shown.0, Some(0), "{}", shown.1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_certificate_is_used_without_a_restart_and_one_that_does_not_fit_is_not() {
    let world = World::new();
    let server = world.serve(&["--log", "info"]);
    let before = connect(&server, trusting(&world.authority)).await.expect("the first certificate");
    let next = Authority::new("The next authority");
    let (certificate, _) = next.sign();
    world.write("certificate.pem", &certificate);
    server.until_logged("the certificate cannot be used", |line| {
        line.contains("the certificate in force stays")
    });
    connect(&server, trusting(&world.authority)).await.expect("the first certificate, still");
    world.install(&next);
    server.until_logged("the certificate was read", |line| line.contains("the TLS files were read again"));
    connect(&server, trusting(&world.authority)).await.expect_err("no longer the first certificate");
    let after = connect(&server, trusting(&next)).await.expect("the next certificate");
    for channel in [before, after] {
        asked(channel, &world.token).await.expect("open connections go on");
    }
}

/// Runs `candour show status` on a server over TLS, with the token in a file: its exit code and standard error.
fn show(world: &World, server: &Server, further: &[&str]) -> (Option<i32>, String) {
    world.write("token", &world.token);
    world.write("authority.pem", &world.authority.pem());
    let (url, token, authority) = (here(server), world.text("token"), world.text("authority.pem"));
    let mut all = vec!["show", "status", "--server", &url, "--token-file", &token, "--tls-ca", &authority];
    all.extend(further);
    let run = Program::new(BINARY).run(&all);
    assert!(!run.stderr.contains(&world.token) && !run.stdout.contains(&world.token));
    (run.code, run.stderr)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_call_over_tls_and_never_send_a_token_in_clear() {
    let world = World::new();
    let server = world.serve(&["--log", "warn"]);
    assert_eq!(show(&world, &server, &[]), (Some(0), String::new()));

    let token = world.text("token");
    let refused = |arguments: &[&str], named: &[&str]| {
        let run = Program::new(BINARY).run(&[&["show", "status"], arguments].concat());
        assert_eq!(run.code, Some(1), "{run:?}");
        for name in named {
            assert!(run.stderr.contains(name), "must name {name}: {}", run.stderr);
        }
        assert!(!run.stderr.contains(&world.token), "{}", run.stderr);
    };
    // 192.0.2.1 is nobody's: were it tried, this would take longer than a test may.
    refused(&["--server", "http://192.0.2.1:7443", "--token-file", &token], &["not sent", "https://"]);
    refused(&["--server", "ftp://127.0.0.1", "--token-file", &token], &["ftp://127.0.0.1", "https://"]);
    let (rest, last) = world.token.split_at(88);
    world.write("mistyped", &format!("{rest}{}", if last == "0" { "1" } else { "0" }));
    refused(
        &["--server", &here(&server), "--token-file", &world.text("mistyped")],
        &["mistyped", "checksum"],
    );
    fs::set_permissions(world.path("token"), fs::Permissions::from_mode(0o644)).expect("permissions");
    refused(&["--server", &here(&server), "--token-file", &token], &["mode 644", "chmod 600"]);
}

#[test]
fn what_tls_cannot_be_made_of_is_named_before_anything_is_made() {
    let world = World::new();
    let refused = |named: &[&str]| {
        let mut all: Vec<String> = ["serve", "--listen", "0.0.0.0:0"].map(str::to_owned).into();
        for (flag, value) in [
            ("--folder", world.text("store")),
            ("--tokens", world.tokens.path().to_str().expect("a path").to_owned()),
            ("--tls-certificate", world.text("certificate.pem")),
            ("--tls-key", world.text("key.pem")),
        ] {
            all.extend([flag.to_owned(), value]);
        }
        let run = Program::new(BINARY).run(&all);
        assert!(run.code == Some(1) && !run.stdout.contains("listens"), "{run:?}");
        for name in named {
            assert!(run.stderr.contains(name), "must name {name}: {}", run.stderr);
        }
        assert!(!run.stderr.contains("PRIVATE KEY"), "{}", run.stderr);
    };
    let good = fs::read_to_string(world.path("key.pem")).expect("the key");
    fs::set_permissions(world.path("key.pem"), fs::Permissions::from_mode(0o644)).expect("permissions");
    refused(&["server.tls_key", "mode 644", "chmod 600"]);
    world.write("key.pem", &Authority::new("x").sign().1);
    refused(&["key.pem", "certificate.pem", "cannot be used together"]);
    world.write("key.pem", "nothing");
    refused(&["server.tls_key", "key.pem"]);
    world.write("key.pem", &good);
    world.write("certificate.pem", "nothing");
    refused(&["server.tls_certificate", "certificate.pem"]);
    fs::remove_file(world.path("certificate.pem")).expect("a file");
    refused(&["server.tls_certificate", "certificate.pem"]);
    assert!(!Path::new(&world.text("store")).exists(), "nothing is made where nothing is served");
}
