//! Where the server is, as whom to go there, and with which settings of the client.

use eventstore::{Authentication, ClientSettings, NodePreference};
use toml::Value;

use crate::connect_error::ConnectError;

/// The parameter of the connection string that holds a bearer token. It is ours: the client takes none from there.
const BEARER_PARAMETER: &str = "bearertoken";

/// Milliseconds that the client waits before it connects, and between the rounds of its search for a leader, unless the
/// connection string says otherwise. Its own default of 500 would be spent on every client that is made anew.
const DISCOVERY_INTERVAL: (&str, u32) = ("discoveryInterval", 50);

/// The user in the stored form of the client's settings.
const USER_SETTING: &str = "default_user_name";

/// What a connection string says.
#[derive(Clone)]
pub(crate) struct Address {
    /// Without a user: the client would send one as it stands in the string, with its escapes.
    pub(crate) client: ClientSettings,
    /// The same with the user, as whom the client then asks which nodes there are. None for a bearer token, which the
    /// client does not send there.
    pub(crate) client_with_user: Option<ClientSettings>,
    /// The user in the stored form of the settings.
    stored_user: Option<Value>,
    /// Sent with every call.
    pub(crate) authentication: Option<Authentication>,
}

impl Address {
    /// Settings of a client that asks which nodes there are and then ends, with the user or without. A server takes the
    /// question from anybody, but not with a wrong password. `None` if there is no user.
    pub(crate) fn asking_for_nodes(&self, with_user: bool) -> Option<ClientSettings> {
        // With one attempt alone the client finds a node and does not use it.
        let asking = vec![("dns_discover", true.into()), ("max_discover_attempts", 2.into())];
        let user = if with_user { vec![(USER_SETTING, self.stored_user.clone()?)] } else { vec![] };
        changed(&self.client, asking.into_iter().chain(user))
    }
}

/// Settings of the client with some of them changed. There is no other way to change one than in their stored form; of
/// the formats at hand, the client cannot read its own times back from JSON.
fn changed<'a>(
    settings: &ClientSettings,
    changes: impl IntoIterator<Item = (&'a str, Value)>,
) -> Option<ClientSettings> {
    let Value::Table(mut stored) = Value::try_from(settings).ok()? else { return None };
    stored.extend(changes.into_iter().map(|(name, value)| (name.to_owned(), value)));
    stored.try_into().ok()
}

/// Reads a connection string. Errors never repeat it, as it may hold a password.
pub(crate) fn parse(connection_string: &str) -> Result<Address, ConnectError> {
    let wrong = |reason: String| ConnectError::ConnectionString { reason };
    let (rest, bearer) = take_bearer(connection_string);
    let user = user_info(&rest);
    let client: ClientSettings = with_discovery_interval(&without_user(&rest)).parse().map_err(
        |error: eventstore::ClientSettingsParseError| {
            wrong(match error.error() {
                Some(cause) => cause.to_string(),
                // The client's own text repeats parts of the string.
                None => "a host, a port or a parameter is not as the client expects it".to_owned(),
            })
        },
    )?;
    if client.node_preference() != NodePreference::Leader {
        return Err(wrong(
            "nodePreference must be leader: another node may lag, and events would be skipped".to_owned(),
        ));
    }
    if user.is_some() && bearer.is_some() {
        return Err(wrong("it has both a user and a bearerToken".to_owned()));
    }
    let mut stored_user = None;
    let authentication = match (user, bearer) {
        (Some((user, password)), _) => {
            let user = unescape(user).ok_or_else(|| wrong("the user has a wrong % escape".to_owned()))?;
            let password =
                unescape(password).ok_or_else(|| wrong("the password has a wrong % escape".to_owned()))?;
            let stored = [("login", user.clone()), ("password", password.clone())];
            let stored = stored.map(|(name, text)| (name.to_owned(), Value::from(text)));
            stored_user = Some(Value::Table(stored.into_iter().collect()));
            Some(Authentication::basic(user, password))
        }
        (None, Some(token)) => {
            let token =
                unescape(&token).ok_or_else(|| wrong("the bearerToken has a wrong % escape".to_owned()))?;
            Some(Authentication::bearer(token))
        }
        (None, None) => None,
    };
    let client_with_user = stored_user.clone().and_then(|user| changed(&client, [(USER_SETTING, user)]));
    Ok(Address { client, client_with_user, stored_user, authentication })
}

/// Refuses what is no connection string, or one that cannot be used here. Reaches no server.
pub fn check_connection_string(text: &str) -> Result<(), ConnectError> {
    parse(text).map(|_| ())
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

/// The string without the user and the password.
fn without_user(connection_string: &str) -> String {
    let Some((scheme, rest)) = connection_string.split_once("://") else {
        return connection_string.to_owned();
    };
    let (authority, parameters) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
    format!("{scheme}://{hosts}{parameters}")
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
    fn the_nodes_are_asked_for_with_the_user_unescaped_or_with_none() {
        let address = parse("esdb://ward%20clerk:p%40ss@a:2113,b:2114?tls=false&gossipTimeout=700").unwrap();
        assert_eq!(*address.client.default_authenticated_user(), None);
        let with_user = address.client_with_user.clone().unwrap();
        let user = Some(eventstore::Credentials::new("ward clerk", "p@ss"));
        assert_eq!(*with_user.default_authenticated_user(), user);
        assert_eq!(
            (with_user.hosts(), with_user.gossip_timeout().as_millis()),
            (address.client.hosts(), 700)
        );
        assert!(!with_user.is_secure_mode_enabled());
        let asking = address.asking_for_nodes(true).unwrap();
        assert_eq!((asking.max_discover_attempts(), asking.is_dns_discovery_enabled()), (2, true));
        assert_eq!(*asking.default_authenticated_user(), user);
        let asking = address.asking_for_nodes(false).unwrap();
        assert_eq!(*asking.default_authenticated_user(), None);
        assert!(parse("esdb://host?bearerToken=a").unwrap().asking_for_nodes(true).is_none());
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
