//! Configuration: a file, the environment and flags, in rising precedence. Unknown keys are refused, wherever they stand.

mod callers;
mod engine;
mod file;
mod telemetry;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use candour_domain::{calendar::Nation, policy::Policy, regime::BodyType};
use candour_service_kit::Organisation;
use clap::Args;
use file::File;

pub(crate) use callers::{Admitting, CallersOverrides, Serving, TlsFiles, loopback_only};
pub(crate) use candour_telemetry::LogFormat;
pub(crate) use engine::EngineChoice;
pub(crate) use telemetry::{TelemetryChoice, TelemetryOverrides};

/// What the environment and flags may set. Every one has a key of the same meaning in the file.
#[derive(Clone, Default, Args)]
pub(crate) struct Overrides {
    /// The configuration file (TOML).
    #[arg(long, env = "CANDOUR_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The folder of the store: keys, read model and, with the engine sqlite, the log [default: candour-data].
    #[arg(long, env = "CANDOUR_FOLDER", value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// Where the log is kept: `sqlite`, in the folder, or the connection string of a KurrentDB server or cluster, such as
    /// kurrentdb://user:password@host:2113?tls=true [default: sqlite]. Keep a password in the file or the environment: other
    /// users of the machine see the flags of a process.
    #[arg(long, env = "CANDOUR_ENGINE", value_name = "ENGINE", hide_env_values = true)]
    pub(crate) engine: Option<String>,
    /// Where gRPC listens; port 0 takes any free one [default: 127.0.0.1:7443]. An address that is not loopback needs tokens and TLS.
    #[arg(long, env = "CANDOUR_LISTEN", value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// The organisation's name, shown in the log of the server [default: "this organisation"].
    #[arg(long, env = "CANDOUR_ORGANISATION", value_name = "NAME")]
    pub(crate) organisation: Option<String>,
    /// The nation whose law and calendar apply: england [default: england].
    #[arg(long, env = "CANDOUR_NATION", value_name = "NATION")]
    pub(crate) nation: Option<String>,
    /// health-service-body (regulation 20(8)) or other-registered-person (regulation 20(9)) [default: health-service-body].
    #[arg(long, env = "CANDOUR_BODY_TYPE", value_name = "BODY TYPE")]
    pub(crate) body_type: Option<String>,
    /// The namespace of the streams in the log [default: candour].
    #[arg(long, env = "CANDOUR_NAMESPACE", value_name = "NAME")]
    pub(crate) namespace: Option<String>,
    /// How log lines are written to standard error: text or json [default: text].
    #[arg(long, env = "CANDOUR_LOG_FORMAT", value_name = "FORMAT")]
    pub(crate) log_format: Option<String>,
    /// Which log lines are written, such as info or candour_journal_sqlite=debug [default: info].
    #[arg(long, env = "CANDOUR_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
    #[command(flatten)]
    pub(crate) telemetry: TelemetryOverrides,
}

/// The variables of the environment that are read; any other that begins with `CANDOUR_` is refused.
const VARIABLES: &[&str] = &[
    "CANDOUR_CONFIG",
    "CANDOUR_FOLDER",
    "CANDOUR_ENGINE",
    "CANDOUR_DEMO_ENGINE",
    "CANDOUR_MIGRATE_FROM",
    "CANDOUR_MIGRATE_TO",
    "CANDOUR_LISTEN",
    "CANDOUR_CALLERS_TOKENS",
    "CANDOUR_TLS_CERTIFICATE",
    "CANDOUR_TLS_KEY",
    "CANDOUR_TLS_CLIENT_AUTHORITY",
    "CANDOUR_ORGANISATION",
    "CANDOUR_NATION",
    "CANDOUR_BODY_TYPE",
    "CANDOUR_NAMESPACE",
    "CANDOUR_LOG_FORMAT",
    "CANDOUR_LOG",
    "CANDOUR_PROMETHEUS",
    "CANDOUR_PROMETHEUS_BEYOND_LOOPBACK",
    "CANDOUR_SERVER",
    "CANDOUR_TOKEN",
    "CANDOUR_TOKEN_FILE",
    "CANDOUR_TLS_CA",
    "CANDOUR_CLIENT_CERTIFICATE",
    "CANDOUR_CLIENT_KEY",
    "CANDOUR_IDENTITY",
];

/// The configuration in force.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    pub(crate) organisation: Organisation,
    pub(crate) folder: PathBuf,
    pub(crate) engine: EngineChoice,
    pub(crate) listen: SocketAddr,
    /// What the file says of who may call; flags are looked at by whoever serves.
    callers: CallersOverrides,
    pub(crate) log_format: LogFormat,
    pub(crate) log: String,
    pub(crate) telemetry: TelemetryChoice,
}

impl Configuration {
    /// Puts the configuration together and checks every value.
    pub(crate) fn read(overrides: Overrides) -> anyhow::Result<Self> {
        let environment = || {
            std::env::vars_os().filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
            })
        };
        refuse_unknown_variables(environment().map(|(name, _)| name))?;
        let file = match &overrides.config {
            Some(path) => File::read(path)?,
            None => File::default(),
        };
        Self::merge(file, overrides, &telemetry::variables(environment()))
    }

    /// Puts the configuration together from what stands in a file.
    pub(crate) fn of_file(
        bytes: &[u8],
        overrides: Overrides,
        open_telemetry: &BTreeMap<String, String>,
    ) -> anyhow::Result<Self> {
        Self::merge(File::parse(bytes)?, overrides, open_telemetry)
    }

    fn merge(
        file: File,
        overrides: Overrides,
        open_telemetry: &BTreeMap<String, String>,
    ) -> anyhow::Result<Self> {
        let nation = overrides.nation.or(file.organisation.nation).unwrap_or_else(|| "england".to_owned());
        let nation = Nation::parse(&nation).with_context(|| format!("organisation.nation: {nation:?}"))?;
        if nation != Nation::England {
            bail!(
                "organisation.nation: the duty of candour of {nation} is not built yet; only england can be served"
            );
        }
        let body_type = overrides
            .body_type
            .or(file.organisation.body_type)
            .unwrap_or_else(|| BodyType::HealthServiceBody.code().to_owned());
        let body_type = BodyType::from_code(&body_type).with_context(|| {
            let known: Vec<_> = BodyType::ALL.iter().map(|value| value.code()).collect();
            format!("organisation.body_type: {body_type:?} is not one of {}", known.join(", "))
        })?;
        let namespace = overrides.namespace.or(file.store.namespace).unwrap_or_else(|| "candour".to_owned());
        candour_journal::StreamName::new(&namespace, "incident", uuid::Uuid::nil())
            .with_context(|| format!("store.namespace: {namespace:?}"))?;
        let listen =
            overrides.listen.or(file.server.listen).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 7443)));
        let log_format =
            match overrides.log_format.or(file.log.format).unwrap_or_else(|| "text".to_owned()).as_str() {
                "text" => LogFormat::Text,
                "json" => LogFormat::Json,
                other => bail!("log.format: {other:?} is not one of text, json"),
            };
        Ok(Self {
            organisation: Organisation {
                name: overrides
                    .organisation
                    .or(file.organisation.name)
                    .unwrap_or_else(|| "this organisation".to_owned()),
                nation,
                body_type,
                policy: Policy::local_defaults(),
                namespace,
            },
            folder: overrides
                .folder
                .or(file.store.folder)
                .unwrap_or_else(|| Path::new("candour-data").to_owned()),
            engine: match overrides.engine.or(file.store.engine) {
                Some(text) => EngineChoice::parse(&text).context("store.engine")?,
                None => EngineChoice::Sqlite,
            },
            listen,
            callers: CallersOverrides {
                tokens: file.callers.tokens,
                tls_certificate: file.server.tls_certificate,
                tls_key: file.server.tls_key,
                tls_client_authority: file.server.tls_client_authority,
                demo_identities: false,
            },
            log_format,
            log: overrides.log.or(file.log.filter).unwrap_or_else(|| "info".to_owned()),
            telemetry: TelemetryChoice::choose(file.telemetry, overrides.telemetry, open_telemetry)?,
        })
    }
}

/// The caller's token, where the environment holds it. There is no flag for it: other users of the machine see the flags of a process.
pub(crate) fn token_of_environment() -> Option<String> {
    std::env::var_os("CANDOUR_TOKEN").map(|token| token.to_string_lossy().into_owned())
}

fn refuse_unknown_variables(names: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let unknown: Vec<String> =
        names.filter(|name| name.starts_with("CANDOUR_") && !VARIABLES.contains(&name.as_str())).collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        bail!(
            "the environment sets {}, which is not known; known are {}",
            unknown.join(", "),
            VARIABLES.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(toml: &str, overrides: Overrides) -> anyhow::Result<Configuration> {
        Configuration::of_file(toml.as_bytes(), overrides, &BTreeMap::new())
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let file =
            "[server]\nlisten = \"127.0.0.1:1\"\n[organisation]\nbody_type = \"other-registered-person\"\n";
        let both =
            merged(file, Overrides { listen: Some("127.0.0.1:2".parse().unwrap()), ..Overrides::default() });
        let both = both.unwrap();
        assert_eq!(both.listen.port(), 2);
        assert_eq!(both.organisation.body_type, BodyType::OtherRegisteredPerson);
        assert_eq!(both.folder, Path::new("candour-data"));
    }

    #[test]
    fn unknown_keys_and_variables_are_refused_by_name() {
        let error = format!("{:#}", merged("[server]\nlissten = \"x\"\n", Overrides::default()).unwrap_err());
        assert!(error.contains("lissten"), "{error}");
        let error = refuse_unknown_variables(["CANDOUR_LISTN".to_owned(), "PATH".to_owned()].into_iter());
        assert!(error.unwrap_err().to_string().contains("CANDOUR_LISTN"));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_without_the_password_that_may_stand_there() {
        let engine = "kurrentdb://candour:Quillfeather@log:2113?tls=true";
        for (text, words) in [
            // A quotation mark is missing, or one too many.
            (format!("[store]\nengine = \"{engine}\n"), "line 2"),
            (format!("[store]\nengine = {engine}\"\n"), "line 2"),
            (format!("[store]\nengine = \"{engine}\" sqlite\n"), "line 2"),
            (format!("[store]\nengine = \"{engine}\"\nengine = \"sqlite\"\n"), "line 3"),
            // In the wrong place.
            (
                format!("store = \"{engine}\"\n"),
                "line 1, column 9: invalid type: a text, expected struct StoreSection",
            ),
            (format!("[server]\nlisten = \"{engine}\"\n"), "line 2"),
            (format!("[telemetry]\nprometheus_beyond_loopback = \"{engine}\"\n"), "expected a boolean"),
            (
                format!("[store]\n\"{engine}\" = \"sqlite\"\n"),
                "line 2, column 1: unknown field, expected one of",
            ),
        ] {
            let error = format!("{:#}", merged(&text, Overrides::default()).unwrap_err());
            assert!(error.contains(words), "{words} in {error}");
            assert!(!error.contains("Quillfeather"), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_no_text_or_nests_without_end_is_refused_in_words() {
        let error = |bytes: &[u8]| {
            format!(
                "{:#}",
                Configuration::of_file(bytes, Overrides::default(), &BTreeMap::new()).unwrap_err()
            )
        };
        assert_eq!(error(b"[store]\nfolder = \"caf\xe9\"\n"), "line 2: is not UTF-8");
        let deep = error(&[b"a = ".as_slice(), &b"[".repeat(50_000)].concat());
        assert!(deep.starts_with("line 1, column ") && deep.contains("max recursion depth"), "{deep}");
    }

    #[test]
    fn a_nation_that_is_not_built_is_refused_rather_than_judged_by_another_law() {
        let scotland = Overrides { nation: Some("scotland".to_owned()), ..Overrides::default() };
        assert!(merged("", scotland).unwrap_err().to_string().contains("not built yet"));
    }
}
