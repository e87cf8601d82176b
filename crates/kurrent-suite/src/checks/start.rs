//! What is noticed before the first command.

use std::{sync::Arc, time::Duration};

use candour_journal_kurrent::{ConnectError, Options};
use candour_testkit::Server;

use crate::{
    check::{Check, Outcome},
    setting::{Setting, with_causes},
};

/// How long a start that cannot succeed is waited for.
const START: Duration = Duration::from_secs(3);

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "start/kind",
            "a store of records is not opened as a demonstration, nor the other way",
            kind,
        ),
        Check::new("start/password", "a wrong password is refused and said to be", password),
        Check::new(
            "start/tls",
            "TLS where there is none, or none where there is, is said to be the matter",
            tls,
        ),
        Check::new("start/keys", "a service with other keys than those of the log does not start", keys),
    ]
}

/// Why a journal does not open.
async fn refusal(setting: &Setting, options: &Options) -> Result<(ConnectError, String), Outcome> {
    match setting.try_connect(options).await {
        Ok(_) => Err(Outcome::NotRun(String::new())),
        Err(error) => {
            let words = with_causes(&error);
            Ok((error, words))
        }
    }
}

async fn kind(setting: Arc<Setting>) -> Outcome {
    for synthetic in [true, false] {
        let options = Options { synthetic, ..setting.options(&setting.namespace()) };
        drop(setting.connect(&options).await);
        let other = Options { synthetic: !synthetic, ..options };
        let Ok((error, words)) = refusal(&setting, &other).await else {
            panic!("a store was opened as the other kind")
        };
        let ConnectError::OtherKind { found } = error else { panic!("refused for another reason: {words}") };
        assert_eq!(found, synthetic);
    }
    Outcome::passed()
}

async fn password(setting: Arc<Setting>) -> Outcome {
    let Some(connection_string) = with_wrong_password(setting.connection_string()) else {
        return Outcome::NotRun("the connection string has no user and password".to_owned());
    };
    let options = Options { connection_string, start_budget: START, ..setting.options(&setting.namespace()) };
    match refusal(&setting, &options).await {
        Ok((ConnectError::AccessDenied { .. }, words)) => {
            assert!(words.contains("password"), "{words}");
            Outcome::passed()
        }
        Ok((_, words)) => panic!("refused for another reason: {words}"),
        Err(_) => Outcome::NotRun("the server takes any password: it was started as insecure".to_owned()),
    }
}

async fn tls(setting: Arc<Setting>) -> Outcome {
    let connection_string = with_other_tls(setting.connection_string());
    let options = Options { connection_string, start_budget: START, ..setting.options(&setting.namespace()) };
    match refusal(&setting, &options).await {
        Ok((ConnectError::Unreachable { .. } | ConnectError::Insecure { .. }, words)) => {
            assert!(words.to_ascii_lowercase().contains("tls"), "{words}");
            Outcome::passed()
        }
        Ok((_, words)) => panic!("refused for another reason: {words}"),
        Err(_) => Outcome::NotRun("the server speaks both".to_owned()),
    }
}

async fn keys(setting: Arc<Setting>) -> Outcome {
    let (one, other) = (setting.folder(), setting.folder());
    let namespace = setting.namespace();
    let first = Server::serve(&setting.service(&one, &namespace));
    let refused = setting.service(&other, &namespace).run(&["serve", "--demo-identities"]);
    assert!(refused.code.is_some_and(|code| code != 0), "it started: {refused:?}");
    assert!(refused.stderr.contains("other keys"), "{}", refused.stderr);
    assert!(first.is_serving("").await, "the first one goes on");
    assert_eq!(first.terminate().code, Some(0));
    Outcome::passed()
}

/// The same with another password; `None` without a user.
fn with_wrong_password(connection_string: &str) -> Option<String> {
    let (scheme, rest) = connection_string.split_once("://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (user_info, hosts) = rest[..end].rsplit_once('@')?;
    let (user, _) = user_info.split_once(':')?;
    Some(format!("{scheme}://{user}:not-the-password@{hosts}{}", &rest[end..]))
}

/// The same with TLS where it has none, which is what a connection string without the parameter asks for as well, and without where it has.
fn with_other_tls(connection_string: &str) -> String {
    let (front, parameters) = connection_string.split_once('?').unwrap_or((connection_string, ""));
    let is_tls =
        |parameter: &&str| parameter.split('=').next().is_some_and(|name| name.eq_ignore_ascii_case("tls"));
    let has_tls =
        !parameters.split('&').find(is_tls).is_some_and(|tls| tls.eq_ignore_ascii_case("tls=false"));
    let mut kept: Vec<&str> = parameters.split('&').filter(|p| !p.is_empty() && !is_tls(p)).collect();
    kept.push(if has_tls { "tls=false" } else { "tls=true" });
    format!("{front}?{}", kept.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_is_changed() {
        let changed = with_wrong_password("kurrentdb://clerk:se%40cret@a:1,b:2?tls=true&tlsCaFile=/a@b.crt");
        assert_eq!(
            changed.unwrap(),
            "kurrentdb://clerk:not-the-password@a:1,b:2?tls=true&tlsCaFile=/a@b.crt"
        );
        assert_eq!(with_wrong_password("esdb://a:1?tlsCaFile=/a@b:c.crt"), None);
    }

    #[test]
    fn only_tls_is_changed() {
        assert_eq!(with_other_tls("esdb://a:1"), "esdb://a:1?tls=false");
        assert_eq!(with_other_tls("esdb://a:1?TLS=False&tlsCaFile=x"), "esdb://a:1?tlsCaFile=x&tls=true");
        assert_eq!(with_other_tls("esdb://a:1/?x=1&tls=true"), "esdb://a:1/?x=1&tls=false");
    }
}
