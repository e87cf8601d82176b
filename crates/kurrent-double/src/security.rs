//! Who calls, what they may do, and the certificate of the nodes.

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;
use tonic::Status;
use tonic::metadata::MetadataMap;

use crate::log::{Action, stream_of_metadata};
use crate::store::Store;

/// The group whose members may do everything.
const ADMINISTRATORS: &str = "$admins";

/// A user of the server.
#[derive(Clone, Debug)]
pub struct User {
    name: String,
    header: String,
    groups: Vec<String>,
}

impl User {
    /// A user in no group, known by a password.
    pub fn new(name: &str, password: &str) -> Self {
        let header = format!("Basic {}", STANDARD.encode(format!("{name}:{password}")));
        Self { name: name.to_owned(), header, groups: vec![] }
    }

    /// A user in no group, known by a bearer token.
    pub fn by_token(name: &str, token: &str) -> Self {
        Self { name: name.to_owned(), header: format!("Bearer {token}"), groups: vec![] }
    }

    /// An administrator of this name, known by a password.
    pub fn administrator(name: &str, password: &str) -> Self {
        Self { groups: vec![ADMINISTRATORS.to_owned()], ..Self::new(name, password) }
    }
}

/// Who makes a call.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Anybody, of a server without users, which asks nobody anything.
    Unasked,
    /// Somebody who sent no credentials.
    Nobody,
    /// A user.
    User(User),
}

impl Caller {
    /// Finds out by the credentials. Wrong ones are refused, whatever is called; none are not.
    pub(crate) fn of(users: &[User], headers: &MetadataMap) -> Result<Self, Status> {
        if users.is_empty() {
            return Ok(Self::Unasked);
        }
        let Some(sent) = headers.get("authorization") else { return Ok(Self::Nobody) };
        let known = users.iter().find(|user| sent.to_str().is_ok_and(|sent| sent == user.header));
        known.cloned().map(Self::User).ok_or_else(|| Status::unauthenticated("Unauthenticated"))
    }

    /// Whether the caller may do this with a stream (`LegacyStreamPermissionAssertion`).
    pub(crate) fn may(&self, action: Action, stream: &str, store: &Store) -> bool {
        let user = match self {
            Self::Unasked => return true,
            Self::Nobody => return false,
            Self::User(user) => user,
        };
        if stream == "$all" && matches!(action, Action::Write | Action::Delete) {
            return false;
        }
        let (action, stream) = match (stream_of_metadata(stream), action) {
            (Some(about), Action::Read) => (Action::ReadMetadata, about),
            (Some(about), Action::Write) => (Action::WriteMetadata, about),
            (Some(_), _) => return false,
            (None, action) => (action, stream),
        };
        user.groups.iter().any(|group| group == ADMINISTRATORS)
            || store.with_log(|log| log.access_list(stream)).allows(action, &user.name, &user.groups)
    }
}

/// A certificate authority made for one double, and a certificate of it for its nodes.
pub(crate) struct Identity {
    pub(crate) authority_pem: String,
    pub(crate) acceptor: TlsAcceptor,
}

impl Identity {
    /// Makes both, for `localhost` and the loopback addresses or, if it is to be the certificate of somebody else, for
    /// another name.
    pub(crate) fn make(names: &[&str]) -> io::Result<Self> {
        let mut params = CertificateParams::new(Vec::<String>::new()).map_err(io::Error::other)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "kurrent-double authority");
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let authority = CertifiedIssuer::self_signed(params, key).map_err(io::Error::other)?;

        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
        // What the server's own tool for certificates writes there.
        params.distinguished_name.push(DnType::CommonName, "eventstoredb-node");
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, &authority).map_err(io::Error::other)?;

        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self { authority_pem: authority.pem(), acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}
