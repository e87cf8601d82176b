//! `candour serve` on a store.

use std::{
    collections::BTreeSet, ffi::OsString, net::SocketAddr, path::Path, process::Command, sync::OnceLock,
    time::Duration,
};

use tonic::{
    Streaming,
    transport::{Channel, ClientTlsConfig, Endpoint},
};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus,
    health_client::HealthClient,
};

use crate::{
    connection::{Clients, Connection},
    process::{Finished, Process, Program, waiting},
    usage,
};

/// How long a server may take to say where it listens.
pub const START_TIME_MAX: Duration = Duration::from_secs(30);
/// How long a server may take to end once asked to. Longer than the server's own limit for draining, so that a server that needs all of
/// that still ends by itself.
pub const STOP_TIME_MAX: Duration = Duration::from_secs(30);

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    process: Process,
    scheme: String,
    address: SocketAddr,
    metrics: OnceLock<SocketAddr>,
}

impl Server {
    /// Starts `candour serve` on a folder, on any free port of 127.0.0.1, with further arguments.
    pub fn start(binary: &str, folder: &Path, arguments: &[&str]) -> Self {
        let mut all: Vec<OsString> =
            vec!["--folder".into(), folder.into(), "--listen".into(), "127.0.0.1:0".into()];
        all.extend(arguments.iter().map(OsString::from));
        Self::of(&Program::new(binary), &all)
    }

    /// Starts `candour serve` with these arguments and no others, for callers by their demo identities.
    pub fn of(program: &Program, arguments: &[OsString]) -> Self {
        let mut all: Vec<OsString> = vec!["--demo-identities".into()];
        all.extend_from_slice(arguments);
        Self::exactly(program, &all)
    }

    /// Starts `candour serve` with exactly these arguments: they, or the environment, say who may call.
    pub fn exactly(program: &Program, arguments: &[OsString]) -> Self {
        let mut all: Vec<OsString> = vec!["serve".into()];
        all.extend_from_slice(arguments);
        Self::listening(program.spawn(&all))
    }

    /// Starts `candour serve` on the store that the program's environment names (see [`Program::on_store`]).
    pub fn serve(program: &Program) -> Self {
        Self::of(program, &[])
    }

    /// Starts `candour demo` on a folder into which an earlier run entered the worked example. There is no synthetic trust beside it.
    pub fn demo(binary: &str, folder: &Path) -> Self {
        Self::demo_with(binary, folder, &[])
    }

    /// The same with further arguments.
    pub fn demo_with(binary: &str, folder: &Path, further: &[&str]) -> Self {
        let program = Program::new(binary);
        let mut arguments: Vec<OsString> =
            vec!["demo".into(), "--folder".into(), folder.into(), "--listen".into(), "127.0.0.1:0".into()];
        arguments.extend(["--incidents".into(), "0".into()]);
        arguments.extend(further.iter().map(OsString::from));
        let mut once = arguments.clone();
        once.push("--once".into());
        let finished = program.run(&once);
        assert_eq!(finished.code, Some(0), "candour demo --once: {}", finished.stderr);
        Self::listening(program.spawn(&arguments))
    }

    /// Starts `candour demo` on a folder and gives the server of its synthetic trust.
    pub fn demo_trust(binary: &str, folder: &Path, further: &[&str]) -> Self {
        let program = Program::new(binary);
        let mut arguments: Vec<OsString> = vec!["demo".into(), "--folder".into(), folder.into()];
        arguments.extend(["--listen", "127.0.0.1:0", "--listen-trust", "127.0.0.1:0"].map(OsString::from));
        arguments.extend(further.iter().map(OsString::from));
        Self::saying("synthetic trust: it listens on ", program.spawn(&arguments))
    }

    /// Waits until the program says where it listens.
    fn listening(process: Process) -> Self {
        Self::saying("gRPC listens on ", process)
    }

    /// Waits until the program says where it listens, after these words.
    fn saying(words: &str, process: Process) -> Self {
        let listening = waiting(|| {
            process.stdout.line(START_TIME_MAX, |line| {
                let (_, url) = line.split_once(words)?;
                let (scheme, address) = url.split_once("://")?;
                Some((scheme.to_owned(), address.parse().ok()?))
            })
        });
        let Some((scheme, address)) = listening else {
            panic!(
                "the server did not say where it listens\nstdout:\n{}\nstderr:\n{}",
                process.stdout.text(),
                process.stderr.text()
            )
        };
        Self { process, scheme, address, metrics: OnceLock::new() }
    }

    /// Where gRPC listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it shows its metrics, if it was told to.
    pub fn metrics_address(&self) -> SocketAddr {
        *self.metrics.get_or_init(|| {
            let address = self.process.stdout.line(START_TIME_MAX, |line| {
                let (_, address) = line.split_once("metrics are at http://")?;
                address.strip_suffix("/metrics")?.parse().ok()
            });
            address.expect("the server says where its metrics are")
        })
    }

    /// Its address as a client names it: `http://…`, or `https://…` where it has a certificate.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// The id of its process.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// A new channel to it.
    pub async fn channel(&self) -> Channel {
        self.endpoint().connect().await.expect("the server accepts a connection")
    }

    /// A new channel to it over TLS, if it comes about.
    pub async fn channel_over_tls(&self, tls: ClientTlsConfig) -> Result<Channel, tonic::transport::Error> {
        self.endpoint().tls_config(tls)?.connect().await
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint::from_shared(self.url()).expect("an address of ours is a URL")
    }

    /// A new connection as a demo identity.
    pub async fn connect(&self, identity: &str) -> Connection {
        Connection::new(self.channel().await, identity)
    }

    /// The generated clients over a new connection as a demo identity.
    pub async fn clients(&self, identity: &str) -> Clients {
        Clients::new(self.channel().await, identity)
    }

    /// Whether it says that it serves: as a whole where `service` is empty.
    pub async fn is_serving(&self, service: &str) -> bool {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer =
            HealthClient::new(self.channel().await).check(request).await.expect("health is answered");
        answer.into_inner().status() == ServingStatus::Serving
    }

    /// Follows what it says of the health of a service, from now on.
    pub async fn health_changes(&self, service: &str) -> HealthChanges {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answers =
            HealthClient::new(self.channel().await).watch(request).await.expect("health is watched");
        HealthChanges(answers.into_inner())
    }

    /// Waits for a line on standard error that satisfies a condition, at most [`START_TIME_MAX`].
    pub fn until_logged(&self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        let found = self.process.stderr.line(START_TIME_MAX, |line| is_it(line).then(|| line.to_owned()));
        found.unwrap_or_else(|| panic!("no line said: {what}\n{}", self.process.stderr.text()))
    }

    /// Everything on standard output and standard error so far.
    pub fn output(&self) -> String {
        format!("{}{}", self.process.stdout.text(), self.process.stderr.text())
    }

    /// The processor time it has used so far, all its threads together. `None` where the system does not show it.
    pub fn processor_time(&self) -> Option<Duration> {
        usage::processor_time(self.process.id())
    }

    /// The established connections that it made itself, to a KurrentDB say, each by a number of its own. `None` where the system does not show
    /// them.
    pub fn connections_made(&self) -> Option<BTreeSet<u64>> {
        usage::connections_made(self.process.id(), self.address.port())
    }

    /// Ends it at once, as `kill -9` does: it has no chance to finish anything.
    pub fn kill(mut self) {
        let _ = self.process.kill();
    }

    /// Sends it SIGTERM without waiting.
    pub fn signal_to_stop(&self) {
        let sent = Command::new("kill").arg("-TERM").arg(self.process.id().to_string()).status();
        assert!(sent.expect("the command kill exists").success(), "SIGTERM could not be sent");
    }

    /// Waits for its end, which must come within [`STOP_TIME_MAX`].
    pub fn finish(self) -> Finished {
        self.process.finish(STOP_TIME_MAX)
    }

    /// Sends it SIGTERM and waits for its end.
    pub fn terminate(self) -> Finished {
        self.signal_to_stop();
        self.finish()
    }
}

/// The health of a service as it changes.
#[derive(Debug)]
pub struct HealthChanges(Streaming<HealthCheckResponse>);

impl HealthChanges {
    /// Waits until the service is said to serve, or not to; at most [`START_TIME_MAX`].
    pub async fn until_serving(&mut self, serving: bool) {
        let waiting = async {
            while let Some(answer) = self.0.message().await.expect("health goes on being watched") {
                if (answer.status() == ServingStatus::Serving) == serving {
                    return;
                }
            }
            panic!("the health service ended");
        };
        let waited = tokio::time::timeout(START_TIME_MAX, waiting).await;
        assert!(waited.is_ok(), "health did not change to serving={serving}");
    }
}
