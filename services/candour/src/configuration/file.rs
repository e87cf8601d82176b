//! The configuration file.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde::Deserialize;

use super::telemetry::TelemetrySection;
use crate::small_file;

/// The file as written. Every key is optional; one that is not known is refused.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) organisation: OrganisationSection,
    pub(super) store: StoreSection,
    pub(super) server: ServerSection,
    pub(super) callers: CallersSection,
    pub(super) log: LogSection,
    pub(super) telemetry: TelemetrySection,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OrganisationSection {
    pub(super) name: Option<String>,
    pub(super) nation: Option<String>,
    pub(super) body_type: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct StoreSection {
    pub(super) folder: Option<PathBuf>,
    pub(super) engine: Option<String>,
    pub(super) namespace: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ServerSection {
    pub(super) listen: Option<SocketAddr>,
    pub(super) tls_certificate: Option<PathBuf>,
    pub(super) tls_key: Option<PathBuf>,
    pub(super) tls_client_authority: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CallersSection {
    pub(super) tokens: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LogSection {
    pub(super) format: Option<String>,
    pub(super) filter: Option<String>,
}

impl File {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes =
            small_file::read(path, small_file::CONFIGURATION_BYTES_MAX).context("the configuration file")?;
        Self::parse(&bytes).with_context(|| format!("in the configuration file {}", path.display()))
    }

    pub(super) fn parse(bytes: &[u8]) -> anyhow::Result<Self> {
        let limit = small_file::CONFIGURATION_BYTES_MAX;
        anyhow::ensure!(bytes.len() <= limit, "is larger than {limit} bytes, the most that is read");
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = line_of(bytes.get(..error.valid_up_to()).unwrap_or_default());
            anyhow::anyhow!("line {line}: is not UTF-8")
        })?;
        toml::from_str(text).map_err(|error| anyhow::anyhow!(words(text, &error)))
    }
}

fn line_of(before: &[u8]) -> usize {
    before.split(|byte| *byte == b'\n').count()
}

/// Where a file is wrong, and what is expected there. Never the line itself or a value, which may be a connection string with its password.
fn words(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
    format!("line {}, column {column}: {}", line_of(before.as_bytes()), without_value(error.message().trim()))
}

/// What the parser says, without the text that it found. A key is named if it could be one of ours, mistyped.
fn without_value(message: &str) -> String {
    let expected = message.rfind(", expected ").map_or("", |place| &message[place..]);
    for wrong in ["invalid type", "invalid value"] {
        if message.strip_prefix(wrong).is_some_and(|rest| rest.starts_with(": string ")) {
            return format!("{wrong}: a text{expected}");
        }
    }
    let Some(rest) = message.strip_prefix("unknown field `") else { return message.to_owned() };
    let key = rest.find("`, expected ").map_or("", |end| &rest[..end]);
    let could_be_ours = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if could_be_ours { message.to_owned() } else { format!("unknown field{expected}") }
}
