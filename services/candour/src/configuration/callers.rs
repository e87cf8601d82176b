//! Who may call the server, and over what. Decided together, since an address that others can reach needs both tokens and TLS.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::bail;
use clap::Args;

use super::Configuration;

/// What the environment and flags may set of who may call; only `serve` takes them. An empty name is none.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct CallersOverrides {
    /// The file of the callers' tokens, which `candour token` writes [default: none].
    #[arg(long, env = "CANDOUR_CALLERS_TOKENS", value_name = "FILE")]
    pub(crate) tokens: Option<PathBuf>,
    /// The server's certificate with its chain, PEM [default: none].
    #[arg(long, env = "CANDOUR_TLS_CERTIFICATE", value_name = "FILE")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The private key of the certificate, PEM; for its owner only, or for its group to read as well [default: none].
    #[arg(long, env = "CANDOUR_TLS_KEY", value_name = "FILE")]
    pub(crate) tls_key: Option<PathBuf>,
    /// The authorities of which a caller must show a certificate beside its token, PEM [default: none].
    #[arg(long, env = "CANDOUR_TLS_CLIENT_AUTHORITY", value_name = "FILE")]
    pub(crate) tls_client_authority: Option<PathBuf>,
    /// Take anybody on this machine at their word, under the name of a demo identity: for a first try and for tests, never for real records.
    /// Loopback only, and not beside --tokens.
    #[arg(long)]
    pub(crate) demo_identities: bool,
}

/// Where the server listens, over what, and whom it admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Serving {
    /// The address; a loopback one unless there are both tokens and TLS.
    pub(crate) listen: SocketAddr,
    /// Plain without.
    pub(crate) tls: Option<TlsFiles>,
    /// Whom.
    pub(crate) admitting: Admitting,
}

/// Who is admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Admitting {
    /// Those with a token that this file lists.
    Tokens(PathBuf),
    /// Anybody on this machine, under the name of a demo identity.
    DemoIdentities,
}

/// The files that TLS is made of, PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// The server's certificate with its chain.
    pub(crate) certificate: PathBuf,
    /// Its private key.
    pub(crate) key: PathBuf,
    /// The authorities of which a caller must show a certificate.
    pub(crate) client_authority: Option<PathBuf>,
}

impl TlsFiles {
    /// All of them or none: half of TLS is a mistake.
    fn of(
        certificate: Option<PathBuf>,
        key: Option<PathBuf>,
        client_authority: Option<PathBuf>,
    ) -> anyhow::Result<Option<Self>> {
        match (certificate, key, client_authority) {
            (Some(certificate), Some(key), client_authority) => {
                Ok(Some(Self { certificate, key, client_authority }))
            }
            (None, None, None) => Ok(None),
            (Some(_), None, _) => {
                bail!("server.tls_certificate is set without server.tls_key: set both, or neither")
            }
            (None, Some(_), _) => {
                bail!("server.tls_key is set without server.tls_certificate: set both, or neither")
            }
            (None, None, Some(_)) => {
                bail!(
                    "server.tls_client_authority is set without server.tls_certificate and server.tls_key: set all three"
                )
            }
        }
    }
}

impl Configuration {
    /// Where to serve and for whom. Refuses what would let made-up callers in without having been told to, and what would let others on the network
    /// in without both tokens and TLS.
    pub(crate) fn serving(&self, overrides: CallersOverrides) -> anyhow::Result<Serving> {
        let in_file = self.callers.clone();
        let given = |flag: Option<PathBuf>, file: Option<PathBuf>| {
            flag.or(file).filter(|path| !path.as_os_str().is_empty())
        };
        let tokens = given(overrides.tokens, in_file.tokens);
        let tls = TlsFiles::of(
            given(overrides.tls_certificate, in_file.tls_certificate),
            given(overrides.tls_key, in_file.tls_key),
            given(overrides.tls_client_authority, in_file.tls_client_authority),
        )?;
        if !self.listen.ip().is_loopback() {
            refuse_without_both(self.listen, tokens.is_some(), tls.is_some())?;
        }
        let admitting = match (tokens, overrides.demo_identities) {
            (Some(_), true) => bail!(
                "--demo-identities lets anybody in under a made-up name, and callers.tokens is set so that nobody is: leave one of them out"
            ),
            (Some(tokens), false) => Admitting::Tokens(tokens),
            (None, true) => Admitting::DemoIdentities,
            (None, false) => bail!(
                "nobody may call yet. Make a token and name its file: `candour token add --id wards-system --role reporter-system --tokens \
                 FILE`, then callers.tokens = FILE (or --tokens FILE). For a first try on this machine without tokens: --demo-identities"
            ),
        };
        Ok(Serving { listen: self.listen, tls, admitting })
    }

    /// The tokens file that the configuration file names.
    pub(crate) fn tokens(&self) -> Option<&Path> {
        self.callers.tokens.as_deref().filter(|path| !path.as_os_str().is_empty())
    }
}

fn refuse_without_both(listen: SocketAddr, has_tokens: bool, has_tls: bool) -> anyhow::Result<()> {
    let mut missing = Vec::new();
    if !has_tokens {
        missing.push("callers.tokens (--tokens FILE, which `candour token add` writes)");
    }
    if !has_tls {
        missing.push("server.tls_certificate and server.tls_key (--tls-certificate FILE, --tls-key FILE)");
    }
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "server.listen: {listen} is not a loopback address, and on such a one the server needs both tokens and TLS. Missing: {}. Set what is \
         missing, or listen on 127.0.0.1 or [::1]",
        missing.join("; ")
    )
}

/// Refuses any address but loopback, where callers are demo identities.
pub(crate) fn loopback_only(address: SocketAddr) -> anyhow::Result<SocketAddr> {
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        bail!(
            "--listen: {address} is not a loopback address; a demonstration has no callers to tell apart, so it listens on 127.0.0.1 or [::1] only"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::configuration::{Overrides, file::File};

    fn serving(toml: &str, demo_identities: bool) -> anyhow::Result<Serving> {
        let file = Configuration::merge(
            File::parse(toml.as_bytes()).unwrap(),
            Overrides::default(),
            &BTreeMap::new(),
        )
        .unwrap();
        file.serving(CallersOverrides { demo_identities, ..CallersOverrides::default() })
    }

    fn admitting(toml: &str, demo_identities: bool) -> Admitting {
        serving(toml, demo_identities).unwrap().admitting
    }

    fn refused(toml: &str, demo_identities: bool) -> String {
        serving(toml, demo_identities).unwrap_err().to_string()
    }

    const TOKENS: &str = "[callers]\ntokens = \"t\"\n";
    const TLS: &str = "[server]\ntls_certificate = \"c\"\ntls_key = \"k\"\n";

    #[test]
    fn on_loopback_callers_need_tokens_or_an_explicit_word() {
        for address in ["127.0.0.1:0", "127.8.8.8:1", "[::1]:7443"] {
            let listen = format!("[server]\nlisten = {address:?}\n");
            assert!(refused(&listen, false).contains("candour token add"), "{address}");
            assert_eq!(admitting(&listen, true), Admitting::DemoIdentities);
            let with_tokens = format!("{listen}{TOKENS}");
            assert_eq!(admitting(&with_tokens, false), Admitting::Tokens("t".into()));
            assert!(
                refused(&with_tokens, true).contains("leave one of them out"),
                "made-up names beside tokens"
            );
        }
    }

    #[test]
    fn off_loopback_both_tokens_and_tls_are_needed_and_what_is_missing_is_named() {
        for address in
            ["0.0.0.0:7443", "192.0.2.1:7443", "[::]:7443", "[::ffff:192.0.2.1]:1", "[::ffff:127.0.0.1]:1"]
        {
            let tls = format!("{TLS}listen = {address:?}\n");
            let plain = format!("[server]\nlisten = {address:?}\n");
            for demo_identities in [false, true] {
                let neither = refused(&plain, demo_identities);
                assert!(
                    neither.contains("callers.tokens (") && neither.contains("server.tls_key ("),
                    "{neither}"
                );
                let no_tokens = refused(&tls, demo_identities);
                assert!(
                    no_tokens.contains("callers.tokens (") && !no_tokens.contains("server.tls_key ("),
                    "{no_tokens}"
                );
                let no_tls = refused(&format!("{plain}{TOKENS}"), demo_identities);
                assert!(
                    !no_tls.contains("callers.tokens (") && no_tls.contains("server.tls_key ("),
                    "{no_tls}"
                );
            }
            let both = format!("{tls}{TOKENS}");
            assert_eq!(admitting(&both, false), Admitting::Tokens("t".into()));
            assert!(refused(&both, true).contains("leave one of them out"));
        }
    }

    #[test]
    fn half_of_tls_is_refused_and_an_empty_name_is_none() {
        for half in ["tls_certificate = \"c\"", "tls_key = \"k\"", "tls_client_authority = \"a\""] {
            let error = refused(&format!("[server]\n{half}\n"), true);
            assert!(error.contains("server.tls_") && error.contains("without"), "{error}");
        }
        let none = "[server]\ntls_certificate = \"\"\ntls_key = \"\"\n[callers]\ntokens = \"\"\n";
        let none = serving(none, true).unwrap();
        assert_eq!((none.tls, none.admitting), (None, Admitting::DemoIdentities));
    }

    #[test]
    fn a_flag_wins_over_the_file() {
        let file = Configuration::merge(
            File::parse(format!("{TLS}{TOKENS}").as_bytes()).unwrap(),
            Overrides::default(),
            &BTreeMap::new(),
        )
        .unwrap();
        let flags = CallersOverrides {
            tokens: Some("flag".into()),
            tls_key: Some("other".into()),
            ..CallersOverrides::default()
        };
        let serving = file.serving(flags).unwrap();
        assert_eq!(serving.admitting, Admitting::Tokens("flag".into()));
        let tls = TlsFiles { certificate: "c".into(), key: "other".into(), client_authority: None };
        assert_eq!(serving.tls, Some(tls));
        assert_eq!(file.tokens(), Some(Path::new("t")));
    }

    #[test]
    fn a_demonstration_listens_on_loopback_only() {
        assert!(loopback_only("127.0.0.1:0".parse().unwrap()).is_ok());
        assert!(loopback_only("0.0.0.0:0".parse().unwrap()).is_err());
    }
}
