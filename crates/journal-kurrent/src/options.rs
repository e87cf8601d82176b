//! How to reach the server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use candour_journal::{Clock, StoreId, limits::NAMESPACE_BYTES_MAX};
use eventstore::{Authentication, ClientSettings, NodePreference};

use crate::settings::{ATTEMPT_BUDGET, CALL_BUDGET, START_BUDGET};
use crate::start::ConnectError;

/// The parameter of the connection string that holds a bearer token. It is ours: the client takes none from there.
const BEARER_PARAMETER: &str = "bearertoken";

/// Milliseconds that the client waits before it connects, and between the rounds of its search for a leader, unless the
/// connection string says otherwise. Its own default of 500 would be spent on every client that is made anew.
const DISCOVERY_INTERVAL: (&str, u32) = ("discoveryInterval", 50);

/// By which call of the server an append is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AppendBy {
    /// In a long-lived batch session, which avoids the client's delay of about 40 ms; a call of its own where that fails
    /// or is not served.
    Session,
    /// Always in a call of its own.
    Call,
}

/// How to reach the server, and what to make there. Its `Debug` form leaves out the connection string.
#[derive(Clone)]
pub struct Options {
    /// Where the server is and as whom to go there: `esdb://user:password@host:2113?tls=true`, several hosts separated
    /// by commas for a cluster, or `esdb+discover://name` for one found by gossip. User and password are taken with
    /// `%`-escapes. `bearerToken=…` instead of a user sends a bearer token. The other parameters are those of the
    /// official client, `tlsCaFile` and `tlsVerifyCert` among them; `nodePreference` must stay `leader`.
    pub connection_string: String,
    /// The part of every stream name before the full stop. Only streams of this namespace are this journal.
    pub namespace: String,
    /// Where `recorded_at` comes from.
    pub clock: Arc<dyn Clock>,
    /// Whether the store is made for a demonstration or a test. Decided for ever when the store is made; opening it
    /// later with the other value is refused.
    pub synthetic: bool,
    /// Takes an existing store as it is, synthetic or not: for tools that work on either and record nothing.
    pub either_kind: bool,
    /// The identity to give to the store if it is made now; drawn at random if not set.
    pub new_store_id: Option<StoreId>,
    /// By which call of the server an append is made.
    pub append_by: AppendBy,
    /// How long one call of the port may take in all.
    pub call_budget: Duration,
    /// How long one attempt at the server may take.
    pub attempt_budget: Duration,
    /// How long the checks at the start may take in all.
    pub start_budget: Duration,
}

impl Options {
    /// A store of real records in this namespace, with the budgets of [`settings`](crate::settings).
    pub fn new(
        connection_string: impl Into<String>,
        namespace: impl Into<String>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            connection_string: connection_string.into(),
            namespace: namespace.into(),
            clock,
            synthetic: false,
            either_kind: false,
            new_store_id: None,
            append_by: AppendBy::Session,
            call_budget: CALL_BUDGET,
            attempt_budget: ATTEMPT_BUDGET,
            start_budget: START_BUDGET,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("namespace", &self.namespace)
            .field("synthetic", &self.synthetic)
            .field("new_store_id", &self.new_store_id)
            .field("append_by", &self.append_by)
            .field("call_budget", &self.call_budget)
            .field("attempt_budget", &self.attempt_budget)
            .finish_non_exhaustive()
    }
}

/// What a connection string says.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) client: ClientSettings,
    /// Sent with every call, so that escapes are undone and a bearer token is possible. The client would send a user as
    /// it stands in the string.
    pub(crate) authentication: Option<Authentication>,
}

/// Checks the namespace as the names of streams will.
pub(crate) fn check_namespace(namespace: &str) -> Result<(), ConnectError> {
    let begins_right = namespace.starts_with(|c: char| c.is_ascii_lowercase());
    let is_right = namespace.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if begins_right && is_right && namespace.len() <= NAMESPACE_BYTES_MAX {
        Ok(())
    } else {
        Err(ConnectError::Namespace)
    }
}

/// Reads a connection string. Errors never repeat it, as it may hold a password.
pub(crate) fn parse(connection_string: &str) -> Result<Address, ConnectError> {
    let wrong = |reason: String| ConnectError::ConnectionString { reason };
    let (rest, bearer) = take_bearer(connection_string);
    let client: ClientSettings =
        with_discovery_interval(&rest).parse().map_err(|error: eventstore::ClientSettingsParseError| {
            wrong(match error.error() {
                Some(cause) => cause.to_string(),
                // The client's own text repeats parts of the string.
                None => "a host, a port or a parameter is not as the client expects it".to_owned(),
            })
        })?;
    if client.node_preference() != NodePreference::Leader {
        return Err(wrong(
            "nodePreference must be leader: another node may lag, and events would be skipped".to_owned(),
        ));
    }
    let user = user_info(&rest);
    if user.is_some() && bearer.is_some() {
        return Err(wrong("it has both a user and a bearerToken".to_owned()));
    }
    let authentication = match (user, bearer) {
        (Some((user, password)), _) => {
            let user = unescape(user).ok_or_else(|| wrong("the user has a wrong % escape".to_owned()))?;
            let password =
                unescape(password).ok_or_else(|| wrong("the password has a wrong % escape".to_owned()))?;
            Some(Authentication::basic(user, password))
        }
        (None, Some(token)) => {
            let token =
                unescape(&token).ok_or_else(|| wrong("the bearerToken has a wrong % escape".to_owned()))?;
            Some(Authentication::bearer(token))
        }
        (None, None) => None,
    };
    Ok(Address { client, authentication })
}

/// Takes the bearer token out of the parameters.
fn take_bearer(connection_string: &str) -> (String, Option<String>) {
    let Some((front, parameters)) = connection_string.split_once('?') else {
        return (connection_string.to_owned(), None);
    };
    let mut token = None;
    let kept: Vec<&str> = parameters
        .split('&')
        .filter(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case(BEARER_PARAMETER) => {
                token = Some(value.to_owned());
                false
            }
            _ => true,
        })
        .collect();
    (format!("{front}?{}", kept.join("&")), token)
}

/// Adds our discovery interval to the parameters, if there is none.
fn with_discovery_interval(connection_string: &str) -> String {
    let (name, milliseconds) = DISCOVERY_INTERVAL;
    match connection_string.split_once('?') {
        None => format!("{connection_string}?{name}={milliseconds}"),
        Some((_, parameters)) if parameters.split('&').any(|parameter| is_named(parameter, name)) => {
            connection_string.to_owned()
        }
        Some(_) => format!("{connection_string}&{name}={milliseconds}"),
    }
}

fn is_named(parameter: &str, name: &str) -> bool {
    parameter.split_once('=').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
}

/// User and password, as they stand in the string.
fn user_info(connection_string: &str) -> Option<(&str, &str)> {
    let (_, rest) = connection_string.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let (user_info, _) = authority.rsplit_once('@')?;
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    (!user.is_empty()).then_some((user, password))
}

/// Undoes `%`-escapes. `None` if one is not two hexadecimal digits, or the result is not UTF-8.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(connection_string: &str) -> String {
        match parse(connection_string) {
            Err(error) => error.to_string(),
            Ok(_) => String::new(),
        }
    }

    #[test]
    fn credentials_are_unescaped() {
        let address = parse("esdb://ward%20clerk:p%40ss@host:2113?tls=false").unwrap();
        let Some(Authentication::Basic(credentials)) = address.authentication else { panic!("no user") };
        assert_eq!(credentials, eventstore::Credentials::new("ward clerk", "p@ss"));
    }

    #[test]
    fn a_bearer_token_is_taken_out_of_the_parameters() {
        let address = parse("esdb://host:2113?tls=false&bearerToken=abc.def&maxDiscoverAttempts=7").unwrap();
        assert!(
            matches!(address.authentication, Some(Authentication::Bearer(ref token)) if token == "abc.def")
        );
        assert_eq!(address.client.max_discover_attempts(), 7);
    }

    #[test]
    fn the_discovery_interval_is_ours_unless_it_is_given() {
        let interval = |text: &str| parse(text).unwrap().client.discovery_interval().as_millis();
        assert_eq!(interval("esdb://host:2113"), 50);
        assert_eq!(interval("esdb://host:2113,other:2114?tls=false"), 50);
        assert_eq!(interval("esdb://host:2113?discoveryinterval=700"), 700);
    }

    #[test]
    fn a_wrong_connection_string_is_refused_without_repeating_it() {
        for wrong in [
            "esdb://clerk:secret@host:99999",
            "esdb://clerk:sec,ret@host:1,other:2:3",
            "mysql://clerk:secret@host",
            "esdb://clerk:sec%zzret@host",
            "esdb://clerk:secret@host?bearerToken=secret",
            "esdb://clerk:secret@host?nodePreference=follower",
            "secret",
        ] {
            let shown = reason(wrong);
            assert!(shown.starts_with("the connection string"), "{shown}");
            assert!(!shown.contains("ret") && !shown.contains("clerk"), "{shown}");
        }
    }
}
