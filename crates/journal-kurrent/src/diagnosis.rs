//! Why a server is not reached, found out beside the client, which does not say: it gives up a connection with the same
//! words whether nobody listens, a certificate is not trusted, or only one side speaks TLS.
//!
//! Each host is tried as the client would: its name, a connection, a handshake. Nothing is sent that a server would act
//! upon, and no credentials.

use std::fmt;
use std::io;
use std::sync::Arc;

use eventstore::ClientSettings;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::settings::DIAGNOSIS_STEP;

/// How a connection by HTTP/2 begins without TLS, an empty frame of settings included.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// The first byte of an alert of TLS.
const TLS_ALERT: u8 = 0x15;

/// What an answer by HTTP/1 begins with.
const HTTP_1: &[u8] = b"HTTP/1.";

/// What was found out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Diagnosis {
    /// The file of the authorities cannot be used.
    Authorities { file: String, cause: String },
    /// The name of the host is not known.
    Name { host: String },
    /// Nobody takes connections there.
    Nobody { host: String, port: u32, cause: String },
    /// The certificate is of an authority that is not trusted.
    Untrusted { host: String, names_file: bool },
    /// The certificate is for another host.
    OtherName { host: String },
    /// The certificate is not valid for another reason.
    Certificate { host: String, cause: String },
    /// We speak TLS, the server does not.
    NoTls { host: String },
    /// The server speaks TLS, we do not.
    OnlyTls { host: String },
    /// The connection is taken and closed without a word: by a server that speaks TLS only, or by something before a
    /// server that is not there yet.
    Closed { host: String, port: u32 },
    /// Something answers that is not the port of a KurrentDB.
    NoHttp2 { host: String, port: u32 },
    /// Every host answers as far as this goes.
    Nothing,
}

impl Diagnosis {
    /// Whether it would be the same a moment later: somebody has to change something.
    pub(crate) fn is_lasting(&self) -> bool {
        matches!(
            self,
            Self::Authorities { .. }
                | Self::Untrusted { .. }
                | Self::OtherName { .. }
                | Self::Certificate { .. }
                | Self::NoTls { .. }
                | Self::OnlyTls { .. }
        )
    }
}

/// What is wrong and what to do, as one sentence without a full stop.
impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authorities { file, cause } => {
                write!(f, "the file {file} that tlsCaFile names cannot be used: {cause}")
            }
            Self::Name { host } => {
                write!(f, "the name {host} cannot be resolved: correct the connection string, or the DNS")
            }
            Self::Nobody { host, port, cause } => write!(
                f,
                "nothing listens at {host}:{port} ({cause}): start the server, or correct host and port"
            ),
            Self::Untrusted { host, names_file: true } => write!(
                f,
                "the certificate of {host} is not trusted: the authority that signed it is not in the file that \
                 tlsCaFile names"
            ),
            Self::Untrusted { host, names_file: false } => write!(
                f,
                "the certificate of {host} is not trusted here: name the file with its authority, tlsCaFile=/path/ca.crt"
            ),
            Self::OtherName { host } => write!(
                f,
                "the certificate of {host} is for another name: write one of its names into the connection string, or \
                 give the server a certificate for this one"
            ),
            Self::Certificate { host, cause } => {
                write!(f, "the certificate of {host} is not valid: {cause}")
            }
            Self::NoTls { host } => write!(
                f,
                "{host} speaks no TLS: if it was started insecurely, write tls=false; otherwise this is not the port of \
                 KurrentDB"
            ),
            Self::OnlyTls { host } => {
                write!(f, "{host} speaks TLS: write tls=true instead of tls=false")
            }
            Self::Closed { host, port } => write!(
                f,
                "{host}:{port} takes the connection and closes it: if it speaks TLS, write tls=true instead of tls=false; \
                 otherwise see whether the server runs"
            ),
            Self::NoHttp2 { host, port } => {
                write!(f, "what answers at {host}:{port} speaks no HTTP/2: is it the port of KurrentDB?")
            }
            Self::Nothing => write!(
                f,
                "it takes connections; if it is a cluster, check that most of its nodes run, that they can be reached \
                 from here at the addresses they advertise, and that their certificates are for those"
            ),
        }
    }
}

/// Tries every host, and says what is wrong with the first one with which anything is.
pub(crate) async fn diagnose(settings: &ClientSettings) -> Diagnosis {
    let connector = match settings.is_secure_mode_enabled().then(|| connector(settings)).transpose() {
        Ok(connector) => connector,
        Err(diagnosis) => return diagnosis,
    };
    let mut first = Diagnosis::Nothing;
    for endpoint in settings.hosts() {
        let found = try_host(&endpoint.host, endpoint.port, connector.as_ref(), settings).await;
        // Of several hosts some may be down; what lasts is the better answer.
        if found.is_lasting() {
            return found;
        }
        if first == Diagnosis::Nothing {
            first = found;
        }
    }
    first
}

/// TLS as the client speaks it.
fn connector(settings: &ClientSettings) -> Result<TlsConnector, Diagnosis> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = settings.tls_ca_file() {
        let unusable = |cause: String| Diagnosis::Authorities { file: file.clone(), cause };
        let certificates =
            CertificateDer::pem_file_iter(file).map_err(|error| unusable(error.to_string()))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
            roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(unusable("there is no certificate in it, in PEM".to_owned()));
        }
    } else {
        for certificate in rustls_native_certs::load_native_certs().certs {
            // What cannot be used is of no use to the client either.
            roots.add(certificate).ok();
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| Diagnosis::Nothing)?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

async fn try_host(
    host: &str,
    port: u32,
    connector: Option<&TlsConnector>,
    settings: &ClientSettings,
) -> Diagnosis {
    // An address of IPv6 stands in brackets in the connection string.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let name = || host.to_owned();
    let number = u16::try_from(port).unwrap_or_default();
    let addresses = match timeout(DIAGNOSIS_STEP, tokio::net::lookup_host((host, number))).await {
        Ok(Ok(addresses)) => addresses.collect::<Vec<_>>(),
        _ => vec![],
    };
    if addresses.is_empty() {
        return Diagnosis::Name { host: name() };
    }
    let connected = timeout(DIAGNOSIS_STEP, TcpStream::connect(addresses.as_slice())).await;
    let mut socket = match connected {
        Ok(Ok(socket)) => socket,
        Ok(Err(error)) => return Diagnosis::Nobody { host: name(), port, cause: error.kind().to_string() },
        Err(_) => {
            return Diagnosis::Nobody { host: name(), port, cause: "no answer".to_owned() };
        }
    };
    match connector {
        Some(connector) => {
            let Ok(server) = ServerName::try_from(name()) else { return Diagnosis::Name { host: name() } };
            match timeout(DIAGNOSIS_STEP, connector.connect(server, socket)).await {
                Ok(Ok(encrypted)) if encrypted.get_ref().1.alpn_protocol() != Some(b"h2") => {
                    Diagnosis::NoHttp2 { host: name(), port }
                }
                Ok(Ok(_)) | Err(_) => Diagnosis::Nothing,
                Ok(Err(error)) => of_handshake(host, &error, settings),
            }
        }
        None => match timeout(DIAGNOSIS_STEP, greet(&mut socket)).await {
            Ok(answer) if answer.starts_with(HTTP_1) => Diagnosis::NoHttp2 { host: name(), port },
            Ok(answer) if answer.first() == Some(&TLS_ALERT) => Diagnosis::OnlyTls { host: name() },
            Ok(answer) if answer.is_empty() => Diagnosis::Closed { host: name(), port },
            Ok(_) | Err(_) => Diagnosis::Nothing,
        },
    }
}

/// What a handshake that failed says.
fn of_handshake(host: &str, error: &io::Error, settings: &ClientSettings) -> Diagnosis {
    let host = host.to_owned();
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        // The client does not look at it either, if it is told not to.
        Some(rustls::Error::InvalidCertificate(_)) if !settings.is_tls_certificate_verification_enabled() => {
            Diagnosis::Nothing
        }
        // A signature is bad if another authority of the same name is trusted, as after making it anew.
        Some(rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        )) => Diagnosis::Untrusted { host, names_file: settings.tls_ca_file().is_some() },
        Some(rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => Diagnosis::OtherName { host },
        Some(rustls::Error::InvalidCertificate(cause)) => {
            Diagnosis::Certificate { host, cause: format!("{cause:?}") }
        }
        Some(rustls::Error::InvalidMessage(_)) => Diagnosis::NoTls { host },
        _ => Diagnosis::Nothing,
    }
}

/// Begins a connection by HTTP/2 and gives the first bytes that come back; none if it is closed.
async fn greet(socket: &mut TcpStream) -> Vec<u8> {
    let mut answer = vec![0; HTTP_1.len()];
    // A connection that breaks has said all it will say.
    let read = match socket.write_all(PREFACE).await {
        Ok(()) => socket.read(&mut answer).await.unwrap_or(0),
        Err(_) => 0,
    };
    answer.truncate(read);
    answer
}
