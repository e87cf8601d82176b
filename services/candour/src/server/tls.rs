//! TLS: version 1.2 or later, from certificate files that are read again when they change.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use candour_callers::on_disk::Fingerprint;
use tokio::sync::watch;
use tokio_rustls::rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};
use tokio_util::sync::CancellationToken;

use crate::{configuration::TlsFiles, private_file::refuse_if_exposed};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// The protocol that is spoken inside: gRPC is HTTP/2 and nothing else.
const HTTP_2: &[u8] = b"h2";

/// The configuration in force, for each new connection.
pub(super) type Current = watch::Receiver<Arc<ServerConfig>>;

/// Reads the files, which must be there and fit together; with what is to follow them.
pub(super) fn open(files: &TlsFiles) -> anyhow::Result<(Current, Follower)> {
    let seen = fingerprints(files);
    let (sender, current) = watch::channel(read(files)?);
    Ok((current, Follower { files: files.clone(), seen, current: sender }))
}

/// Follows the files.
pub(super) struct Follower {
    files: TlsFiles,
    seen: Vec<Option<Fingerprint>>,
    current: watch::Sender<Arc<ServerConfig>>,
}

impl Follower {
    /// Reads the files again when they change, until told to stop. What cannot be read, or does not fit together, as between the replacement of one
    /// file and of the other, leaves the certificate in force.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = look.tick() => {}
            }
            let looked = tokio::task::spawn_blocking(move || {
                self.look();
                self
            });
            match looked.await {
                Ok(follower) => self = follower,
                Err(error) => {
                    tracing::error!(%error, "the TLS files are no longer followed");
                    return;
                }
            }
        }
    }

    fn look(&mut self) {
        let found = fingerprints(&self.files);
        if found == self.seen {
            return;
        }
        self.seen = found;
        match read(&self.files) {
            Ok(configuration) => {
                self.current.send_replace(configuration);
                tracing::info!("the TLS files were read again; new connections use them");
            }
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "the TLS files cannot be used; the certificate in force stays"
                );
            }
        }
    }
}

fn fingerprints(files: &TlsFiles) -> Vec<Option<Fingerprint>> {
    let all = [Some(&files.certificate), Some(&files.key), files.client_authority.as_ref()];
    all.into_iter().flatten().map(|path| Fingerprint::of(path).ok()).collect()
}

fn read(files: &TlsFiles) -> anyhow::Result<Arc<ServerConfig>> {
    let certificates = certificates(&files.certificate).context("server.tls_certificate")?;
    refuse_if_exposed(&files.key, "replace the key if somebody may have read it")
        .context("server.tls_key")?;
    let key = PrivateKeyDer::from_pem_file(&files.key).with_context(|| {
        format!("server.tls_key: {} holds no private key in PEM that can be read", files.key.display())
    })?;
    // Named, since the tree holds more than one provider and rustls then refuses to choose.
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .context("TLS 1.2 and 1.3")?;
    let builder = match &files.client_authority {
        None => builder.with_no_client_auth(),
        Some(path) => {
            builder.with_client_cert_verifier(client_verifier(path).context("server.tls_client_authority")?)
        }
    };
    let mut configuration = builder.with_single_cert(certificates, key).with_context(|| {
        format!(
            "the private key in {} and the certificate in {} cannot be used together",
            files.key.display(),
            files.certificate.display()
        )
    })?;
    configuration.alpn_protocols.push(HTTP_2.to_vec());
    Ok(Arc::new(configuration))
}

fn client_verifier(
    path: &Path,
) -> anyhow::Result<Arc<dyn tokio_rustls::rustls::server::danger::ClientCertVerifier>> {
    let mut authorities = RootCertStore::empty();
    for certificate in certificates(path)? {
        authorities
            .add(certificate)
            .with_context(|| format!("{} holds what is no authority", path.display()))?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), provider)
        .build()
        .with_context(|| format!("the authorities in {} cannot be used", path.display()))
}

fn certificates(path: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let unreadable = || format!("{} cannot be read as certificates in PEM", path.display());
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .with_context(unreadable)?
        .collect::<Result<_, _>>()
        .with_context(unreadable)?;
    ensure!(!certificates.is_empty(), "{} holds no certificate in PEM", path.display());
    Ok(certificates)
}
