//! How the commands reach a server: its address, the caller's token, TLS; and the generated clients over that.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use candour_api::v1::{
    follow_up_service_client::FollowUpServiceClient, import_service_client::ImportServiceClient,
    incident_service_client::IncidentServiceClient, insight_service_client::InsightServiceClient,
    learning_service_client::LearningServiceClient,
};
use candour_callers::Token;
use candour_service_kit::caller::IDENTITY_HEADER;
use clap::Args;
use tonic::{
    Request, Status,
    codegen::http::Uri,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use crate::{private_file::refuse_if_exposed, small_file};

/// The greatest answer that is read, in bytes.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long connecting may take, TLS included.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(20);

/// Which server, and as whom; shared by every command that calls one.
#[derive(Clone, Debug, Args)]
pub(crate) struct ServerArguments {
    /// The server's address; https:// where it has a certificate.
    #[arg(long, env = "CANDOUR_SERVER", default_value = "http://127.0.0.1:7443", value_name = "URL")]
    pub(crate) server: String,
    /// The file that holds the token to call with, for its owner only. The variable CANDOUR_TOKEN may hold the token itself.
    #[arg(long, env = "CANDOUR_TOKEN_FILE", value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// The authorities whose certificate the server may show, PEM [default: those this machine trusts].
    #[arg(long, env = "CANDOUR_TLS_CA", value_name = "FILE")]
    pub(crate) tls_ca: Option<PathBuf>,
    /// The certificate to show to a server that asks for one, PEM.
    #[arg(long, env = "CANDOUR_CLIENT_CERTIFICATE", value_name = "FILE", requires = "client_key")]
    pub(crate) client_certificate: Option<PathBuf>,
    /// The private key of that certificate, PEM.
    #[arg(long, env = "CANDOUR_CLIENT_KEY", value_name = "FILE", requires = "client_certificate")]
    pub(crate) client_key: Option<PathBuf>,
    /// Without a token: the demo identity to call as, where the server takes those [default: one that may do what the command does].
    #[arg(long, env = "CANDOUR_IDENTITY", value_name = "IDENTITY")]
    pub(crate) identity: Option<String>,
}

impl ServerArguments {
    /// A server of this process, without a token.
    pub(crate) fn of_this_process(server: &str) -> Self {
        Self {
            server: server.to_owned(),
            token_file: None,
            tls_ca: None,
            client_certificate: None,
            client_key: None,
            identity: None,
        }
    }
}

/// A channel that says with each call who calls.
pub(crate) type Caller = InterceptedService<Channel, Credential>;

/// The clients of one server.
#[derive(Clone)]
pub(crate) struct Clients {
    pub(crate) incident: IncidentServiceClient<Caller>,
    pub(crate) learning: LearningServiceClient<Caller>,
    pub(crate) follow_up: FollowUpServiceClient<Caller>,
    pub(crate) import: ImportServiceClient<Caller>,
    pub(crate) insight: InsightServiceClient<Caller>,
}

/// Says who calls: a token, or a demo identity.
#[derive(Clone)]
pub(crate) struct Credential {
    header: &'static str,
    value: MetadataValue<Ascii>,
}

impl Interceptor for Credential {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert(self.header, self.value.clone());
        Ok(request)
    }
}

impl Clients {
    /// Connects to a server, with the token that the arguments or the environment name. `otherwise` is the demo identity to call as where they
    /// name neither a token nor an identity.
    pub(crate) async fn connect(arguments: &ServerArguments, otherwise: &str) -> anyhow::Result<Self> {
        Ok(Self::over(&caller(arguments, otherwise).await?))
    }

    /// Connects to a server with this token, or as the demo identity of the arguments, or as the other one.
    pub(crate) async fn connect_with(
        arguments: &ServerArguments,
        token: Option<&Token>,
        otherwise: &str,
    ) -> anyhow::Result<Self> {
        Ok(Self::over(&caller_with(arguments, token, otherwise).await?))
    }

    fn over(caller: &Caller) -> Self {
        Self {
            incident: IncidentServiceClient::new(caller.clone()),
            learning: LearningServiceClient::new(caller.clone()),
            follow_up: FollowUpServiceClient::new(caller.clone()),
            import: ImportServiceClient::new(caller.clone()),
            insight: InsightServiceClient::new(caller.clone()).max_decoding_message_size(ANSWER_BYTES_MAX),
        }
    }
}

/// A channel to a server that says with each call who calls: as [`Clients::connect`].
pub(crate) async fn caller(arguments: &ServerArguments, otherwise: &str) -> anyhow::Result<Caller> {
    let token = crate::configuration::token_of_environment();
    let token = match (&arguments.token_file, token) {
        (Some(file), _) => Some(read_token(file)?),
        (None, Some(text)) => {
            Some(checked(text.trim()).context("the variable CANDOUR_TOKEN holds no token")?)
        }
        (None, None) => None,
    };
    caller_with(arguments, token.as_ref(), otherwise).await
}

async fn caller_with(
    arguments: &ServerArguments,
    token: Option<&Token>,
    otherwise: &str,
) -> anyhow::Result<Caller> {
    let address = address_of(arguments)?;
    let credential = match token {
        Some(token) => {
            refuse_to_send_in_clear(&address)?;
            let mut value: MetadataValue<Ascii> =
                format!("Bearer {}", *token.expose()).parse().context("a token is plain text")?;
            // Kept out of debug output and of the table by which headers are compressed.
            value.set_sensitive(true);
            Credential { header: "authorization", value }
        }
        None => Credential {
            header: IDENTITY_HEADER,
            value: arguments
                .identity
                .as_deref()
                .unwrap_or(otherwise)
                .parse()
                .context("the identity holds characters that a header cannot")?,
        },
    };
    let channel = channel(&address, arguments).await?;
    Ok(InterceptedService::new(channel, credential))
}

/// A channel to a server that says nothing of who calls.
pub(crate) async fn anonymous(arguments: &ServerArguments) -> anyhow::Result<Channel> {
    channel(&address_of(arguments)?, arguments).await
}

fn address_of(arguments: &ServerArguments) -> anyhow::Result<Uri> {
    let server = &arguments.server;
    server
        .parse()
        .ok()
        .filter(|address: &Uri| {
            matches!(address.scheme_str(), Some("http" | "https")) && address.host().is_some()
        })
        .with_context(|| {
            format!(
                "{server:?} is not an address such as http://127.0.0.1:7443 or https://candour.example:7443"
            )
        })
}

async fn channel(address: &Uri, arguments: &ServerArguments) -> anyhow::Result<Channel> {
    let mut endpoint = Endpoint::from(address.clone()).connect_timeout(CONNECT_TIME_MAX);
    let is_tls = address.scheme_str() == Some("https");
    ensure!(
        is_tls || (arguments.tls_ca.is_none() && arguments.client_certificate.is_none()),
        "{address} is not an https:// address, so neither --tls-ca nor --client-certificate can be used"
    );
    if is_tls {
        let mut tls = match &arguments.tls_ca {
            Some(file) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read(file)?)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        if let (Some(certificate), Some(key)) = (&arguments.client_certificate, &arguments.client_key) {
            tls = tls.identity(Identity::from_pem(read(certificate)?, read(key)?));
        }
        endpoint = endpoint.tls_config(tls).context("TLS cannot be used as it is configured")?;
    }
    endpoint.connect().await.with_context(|| {
        format!("cannot reach a server at {address}; is it running? `candour serve` says where it listens")
    })
}

/// Refuses to send a token where others could read it on the way. Only this very machine may be reached without TLS.
fn refuse_to_send_in_clear(address: &Uri) -> anyhow::Result<()> {
    let host = address.host().unwrap_or_default();
    let is_here = host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if address.scheme_str() == Some("https") || is_here {
        return Ok(());
    }
    bail!(
        "a token is not sent to {address} without TLS, where others could read it: use https:// (with --tls-ca where the certificate is of an \
         authority of your own)"
    )
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    small_file::read(file, small_file::CREDENTIALS_BYTES_MAX)
}

/// Reads the token in a file that only its owner can read.
fn read_token(file: &Path) -> anyhow::Result<Token> {
    refuse_if_exposed(file, "rotate the token if somebody may have read it (candour token rotate)")?;
    let text = zeroize::Zeroizing::new(read(file)?);
    let text = std::str::from_utf8(&text).unwrap_or_default().trim();
    checked(text).with_context(|| format!("the file {} holds no token", file.display()))
}

/// A token, or what is wrong with it; none of it is repeated.
fn checked(text: &str) -> anyhow::Result<Token> {
    Token::parse(text).map_err(anyhow::Error::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_sent_in_clear_to_this_machine_only() {
        let may = |address: &str| refuse_to_send_in_clear(&address.parse().unwrap()).is_ok();
        for address in
            ["http://127.0.0.1:7443", "http://127.9.9.9", "http://[::1]:7443", "http://localhost:7443"]
        {
            assert!(may(address), "{address}");
        }
        for address in ["https://candour.example", "https://192.0.2.1:7443"] {
            assert!(may(address), "{address}");
        }
        for address in [
            "http://candour.example",
            "http://192.0.2.1:7443",
            "http://[2001:db8::1]:7443",
            "http://localhost.example:7443",
            "http://127.0.0.1.example:7443",
            "http://0.0.0.0:7443",
            "http://user@192.0.2.1",
        ] {
            assert!(!may(address), "{address}");
        }
    }

    #[test]
    fn a_mistyped_token_is_told_before_it_is_sent_and_not_repeated() {
        let error = format!("{:#}", checked("candour_0102030_secret").unwrap_err());
        assert!(error.contains("characters") && !error.contains("secret"), "{error}");
    }
}
