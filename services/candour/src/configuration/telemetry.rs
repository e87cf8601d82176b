//! Where telemetry goes: a collector (OTLP), a page for Prometheus, or nowhere, which is the default.
//!
//! Collectors are set up in the file, or through the environment by the variables that OpenTelemetry gives every program. Those that mean something
//! here are listed below; the program says at its start which others are set, rather than leave somebody to believe in them.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::{Context as _, bail, ensure};
use candour_telemetry::Otlp;
use clap::Args;
use serde::Deserialize;
use tonic::codegen::http::Uri;

use crate::small_file;

/// The general endpoint; a flag and a key of the file say the same.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// The certificate authorities of an `https` collector, in a PEM file.
const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
/// Turns every collector off.
const DISABLED: &str = "OTEL_SDK_DISABLED";
/// Read by the libraries: how often and how patiently things are delivered, how many traces are kept, how the program is called.
const READ_BY_THE_LIBRARIES: &[&str] = &[
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SERVICE_NAME",
];

/// What is said of one kind of telemetry.
struct Signal {
    endpoint: &'static str,
    exporter: &'static str,
    protocols: [&'static str; 2],
}

const TRACES: Signal = Signal {
    endpoint: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    exporter: "OTEL_TRACES_EXPORTER",
    protocols: ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"],
};
const METRICS: Signal = Signal {
    endpoint: "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    exporter: "OTEL_METRICS_EXPORTER",
    protocols: ["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"],
};

/// The section of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TelemetrySection {
    otlp_endpoint: Option<String>,
    prometheus: Option<String>,
    prometheus_beyond_loopback: Option<bool>,
}

/// What the environment and flags may set.
#[derive(Clone, Default, Args)]
pub(crate) struct TelemetryOverrides {
    /// The collector that takes traces and metrics over OTLP with gRPC, such as http://127.0.0.1:4317 [default: none].
    #[arg(long, env = ENDPOINT, value_name = "URL")]
    pub(crate) otlp_endpoint: Option<String>,
    /// Where Prometheus may fetch the metrics, such as 127.0.0.1:9464 [default: none].
    #[arg(long, env = "CANDOUR_PROMETHEUS", value_name = "ADDRESS")]
    pub(crate) prometheus: Option<String>,
    /// Lets --prometheus name another address than a loopback one; whoever reaches it may read the metrics [default: false].
    #[arg(
        long,
        env = "CANDOUR_PROMETHEUS_BEYOND_LOOPBACK",
        value_name = "true|false",
        num_args = 0..=1,
        default_missing_value = "true"
    )]
    pub(crate) prometheus_beyond_loopback: Option<bool>,
}

/// Where telemetry goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct TelemetryChoice {
    /// The collectors.
    pub(crate) otlp: Otlp,
    /// The address of the page for Prometheus.
    pub(crate) prometheus: Option<SocketAddr>,
    /// Variables of OpenTelemetry that are set and mean nothing here.
    pub(crate) unread: Vec<String>,
}

/// The variables of OpenTelemetry that are set to something: an empty one counts as not set.
pub(super) fn variables(environment: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    environment.filter(|(name, value)| name.starts_with("OTEL_") && !value.is_empty()).collect()
}

impl TelemetryChoice {
    /// Puts together what file, environment and flags say.
    pub(super) fn choose(
        section: TelemetrySection,
        overrides: TelemetryOverrides,
        variables: &BTreeMap<String, String>,
    ) -> anyhow::Result<Self> {
        let general = set(overrides.otlp_endpoint).or(set(section.otlp_endpoint));
        let is_disabled = variables.get(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let endpoint = |signal: &Signal| -> anyhow::Result<Option<String>> {
            if is_disabled { Ok(None) } else { signal.endpoint(general.as_deref(), variables) }
        };
        let (traces, metrics) = (endpoint(&TRACES)?, endpoint(&METRICS)?);
        let is_delivered = traces.is_some() || metrics.is_some();
        let certificates = match variables.get(CERTIFICATE).filter(|_| is_delivered) {
            Some(file) => {
                let read = small_file::read(file.as_ref(), small_file::CREDENTIALS_BYTES_MAX);
                Some(read.context(CERTIFICATE)?)
            }
            None => None,
        };
        let beyond =
            overrides.prometheus_beyond_loopback.or(section.prometheus_beyond_loopback).unwrap_or_default();
        let prometheus: Option<SocketAddr> = set(overrides.prometheus)
            .or(set(section.prometheus))
            .map(|text| text.parse())
            .transpose()
            .context("telemetry.prometheus: not an address with a port, such as 127.0.0.1:9464")?;
        if let Some(address) = prometheus {
            ensure!(
                beyond || address.ip().is_loopback(),
                "telemetry.prometheus: {address} is not a loopback address, and the page asks nobody who they are; to let the network read \
                 it, also set telemetry.prometheus_beyond_loopback = true"
            );
        }
        let is_read = |name: &String| {
            READ_BY_THE_LIBRARIES.contains(&name.as_str())
                || [ENDPOINT, CERTIFICATE, DISABLED].contains(&name.as_str())
                || [TRACES, METRICS].iter().any(|signal| signal.reads(name))
        };
        let unread = variables.keys().filter(|name| is_delivered && !is_read(name)).cloned().collect();
        Ok(Self { otlp: Otlp { traces, metrics, certificates }, prometheus, unread })
    }
}

/// An empty text is none.
fn set(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

impl Signal {
    fn reads(&self, name: &str) -> bool {
        name == self.endpoint || name == self.exporter || self.protocols.contains(&name)
    }

    /// The collector of this kind of telemetry, checked.
    fn endpoint(
        &self,
        general: Option<&str>,
        variables: &BTreeMap<String, String>,
    ) -> anyhow::Result<Option<String>> {
        match variables.get(self.exporter).map(String::as_str) {
            None | Some("otlp") => {}
            Some("none") => return Ok(None),
            Some(other) => bail!("{}: {other:?} is not one of otlp, none", self.exporter),
        }
        let special = variables.get(self.endpoint).map(|text| (self.endpoint, text.as_str()));
        let Some((name, text)) = special.or(general.map(|text| ("telemetry.otlp_endpoint", text))) else {
            return Ok(None);
        };
        let endpoint = check_endpoint(text).with_context(|| name)?;
        let protocol = self.protocols.iter().find_map(|name| Some((name, variables.get(*name)?)));
        if let Some((name, protocol)) = protocol
            && protocol != "grpc"
        {
            bail!(
                "{name}: {protocol:?} is not spoken here; telemetry goes out over OTLP with gRPC, which collectors take at port 4317"
            );
        }
        Ok(Some(endpoint))
    }
}

/// A URL of a collector. An error does not repeat what may be a password.
fn check_endpoint(text: &str) -> anyhow::Result<String> {
    let uri: Uri = text.trim().parse().ok().context("not a URL such as http://127.0.0.1:4317")?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        bail!("not a URL such as http://127.0.0.1:4317: it needs http:// or https:// and a host");
    };
    ensure!(
        !authority.as_str().contains('@'),
        "a URL with a user or password is not taken; put credentials into OTEL_EXPORTER_OTLP_HEADERS"
    );
    ensure!(matches!(scheme, "http" | "https"), "{scheme}: only http and https are spoken");
    ensure!(
        matches!(uri.path(), "" | "/") && uri.query().is_none(),
        "a URL with a path is of a collector over HTTP; telemetry goes out over OTLP with gRPC, which collectors take at port 4317"
    );
    Ok(format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(section: &str, variables: &[(&str, &str)]) -> anyhow::Result<TelemetryChoice> {
        let variables =
            super::variables(variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
        // As the command line takes it.
        let overrides = TelemetryOverrides {
            otlp_endpoint: variables.get(ENDPOINT).cloned(),
            ..TelemetryOverrides::default()
        };
        TelemetryChoice::choose(toml::from_str(section)?, overrides, &variables)
    }

    #[test]
    fn nothing_leaves_unless_it_is_said_where_to() {
        let choice =
            chosen("", &[("OTEL_SERVICE_NAME", "x"), ("OTEL_UNHEARD_OF", "x"), (ENDPOINT, "")]).unwrap();
        assert_eq!((choice.otlp.traces, choice.otlp.metrics, choice.prometheus), (None, None, None));
        assert!(choice.unread.is_empty(), "what is not used misleads nobody");
    }

    #[test]
    fn a_signals_own_endpoint_wins_over_the_general_one_and_the_environment_over_the_file() {
        let file = "otlp_endpoint = \"http://file:4317\"";
        let choice = chosen(file, &[]).unwrap();
        assert_eq!(choice.otlp.traces.as_deref(), Some("http://file:4317"));
        let general = [(ENDPOINT, "http://general:4317"), (TRACES.endpoint, "https://traces:4317/")];
        let choice = chosen(file, &general).unwrap();
        assert_eq!(choice.otlp.traces.as_deref(), Some("https://traces:4317"));
        assert_eq!(choice.otlp.metrics.as_deref(), Some("http://general:4317"));
        let choice = chosen("", &[(TRACES.endpoint, "http://traces:4317")]).unwrap();
        assert_eq!((choice.otlp.traces.is_some(), choice.otlp.metrics), (true, None));
        let choice = chosen(file, &[(METRICS.exporter, "none")]).unwrap();
        assert_eq!((choice.otlp.traces.is_some(), choice.otlp.metrics), (true, None));
        let choice = chosen(file, &[(DISABLED, "true")]).unwrap();
        assert_eq!((choice.otlp.traces, choice.otlp.metrics), (None, None));
    }

    #[test]
    fn what_is_not_spoken_is_refused_and_what_is_not_read_is_said() {
        let at = (ENDPOINT, "http://127.0.0.1:4317");
        for (variable, word) in [
            (("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), "OTEL_EXPORTER_OTLP_PROTOCOL"),
            (("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json"), "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"),
            (("OTEL_TRACES_EXPORTER", "zipkin"), "OTEL_TRACES_EXPORTER"),
            ((CERTIFICATE, "/nowhere/authority.pem"), CERTIFICATE),
        ] {
            let error = format!("{:#}", chosen("", &[at, variable]).unwrap_err());
            assert!(error.contains(word), "{error}");
        }
        let choice =
            chosen("", &[at, ("OTEL_LOGS_EXPORTER", "otlp"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]);
        assert_eq!(choice.unwrap().unread, ["OTEL_LOGS_EXPORTER"]);
    }

    #[test]
    fn an_endpoint_is_a_plain_url_and_a_password_in_it_is_refused_without_repeating_it() {
        for text in [
            "collector:4317",
            "127.0.0.1:4317",
            "http://",
            "ftp://c:1",
            "http://c:4318/v1/traces",
            "not a url",
        ] {
            assert!(chosen("", &[(ENDPOINT, text)]).is_err(), "{text}");
        }
        let error = format!("{:#}", chosen("", &[(ENDPOINT, "http://clerk:secret@c:4317")]).unwrap_err());
        assert!(error.contains("OTEL_EXPORTER_OTLP_HEADERS") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn the_page_is_beyond_loopback_only_by_a_decision_of_its_own() {
        let error = chosen("prometheus = \"0.0.0.0:9464\"", &[]).unwrap_err().to_string();
        assert!(error.contains("prometheus_beyond_loopback"), "{error}");
        let decided = "prometheus = \"0.0.0.0:9464\"\nprometheus_beyond_loopback = true";
        assert_eq!(chosen(decided, &[]).unwrap().prometheus.unwrap().port(), 9464);
        assert!(chosen("prometheus = \"[::1]:9464\"", &[]).unwrap().prometheus.is_some());
        assert!(chosen("prometheus = \"9464\"", &[]).is_err(), "no address");
        assert!(chosen("prometheus = \"\"\notlp_endpoint = \"\"", &[]).unwrap().prometheus.is_none());
        assert!(chosen("promotheus = \"127.0.0.1:9464\"", &[]).is_err(), "an unknown key");
    }
}
