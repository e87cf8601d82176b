//! Which caller a token is of, at an instant. Looked up by the id of the token, compared by its digest.

use std::collections::HashMap;

use candour_service_kit::Caller;
use jiff::{SignedDuration, Timestamp};

use crate::{
    limits::WARN_DAYS,
    token::{Token, TokenId},
    tokens_file::{Entry, TokensFile},
};

/// The tokens of a file, ready to be asked.
#[derive(Debug, Default)]
pub struct Known {
    tokens: HashMap<TokenId, Entry>,
}

impl Known {
    /// Those of a file.
    pub fn of(file: &TokensFile) -> Self {
        Self { tokens: file.entries().iter().map(|entry| (entry.id, entry.clone())).collect() }
    }

    /// The caller of a token, where it is known and in force. Says nothing of why it is not.
    pub fn caller(&self, token: &Token, now: Timestamp) -> Option<&Caller> {
        // The digest is made in any case, so that an unknown id takes as long as a wrong secret.
        let digest = token.digest();
        let entry = self.tokens.get(&token.id())?;
        (entry.digest.is_same(&digest) && entry.is_in_force(now)).then_some(&entry.caller)
    }

    /// Whether a token that was taken is still.
    pub fn is_in_force(&self, id: TokenId, now: Timestamp) -> bool {
        self.tokens.get(&id).is_some_and(|entry| entry.is_in_force(now))
    }

    /// How many tokens are in force.
    pub fn in_force(&self, now: Timestamp) -> usize {
        self.tokens.values().filter(|entry| entry.is_in_force(now)).count()
    }

    /// The tokens in force that end within [`WARN_DAYS`] and whose caller has none that lives longer: those that somebody must rotate.
    pub fn ending(&self, now: Timestamp) -> Vec<&Entry> {
        let soon =
            |entry: &Entry| entry.expires.duration_since(now) <= SignedDuration::from_hours(24 * WARN_DAYS);
        let in_force = || self.tokens.values().filter(|entry| entry.is_in_force(now));
        let mut ending: Vec<&Entry> = in_force()
            .filter(|entry| soon(entry))
            .filter(|entry| !in_force().any(|other| other.caller.id == entry.caller.id && !soon(other)))
            .collect();
        ending.sort_by_key(|entry| (entry.expires, entry.id));
        ending
    }
}

#[cfg(test)]
mod tests {
    use candour_service_kit::{
        CallerId,
        caller::{Performers, Role},
    };

    use super::*;
    use crate::tokens_file::Wanted;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn file_with(caller: &str) -> (TokensFile, Token) {
        let mut file = TokensFile::default();
        let wanted = Wanted {
            caller: CallerId::parse(caller).unwrap(),
            roles: vec![Role::Auditor],
            performers: Performers::Nobody,
            expires: at("2026-07-01T00:00:00Z"),
        };
        let token = file.add(wanted, at("2026-06-01T00:00:00Z")).unwrap();
        (file, token)
    }

    #[test]
    fn only_the_very_token_in_force_makes_its_caller_known() {
        let (file, token) = file_with("audit");
        let known = Known::of(&file);
        let caller = |token: &Token, now| known.caller(token, at(now)).map(|caller| caller.id.to_string());
        assert_eq!(caller(&token, "2026-06-30T23:59:59Z"), Some("audit".to_owned()));
        assert_eq!(caller(&token, "2026-07-01T00:00:00Z"), None);
        assert_eq!(caller(&Token::draw().unwrap(), "2026-06-02T00:00:00Z"), None);
    }

    #[test]
    fn the_right_id_with_another_secret_is_not_known() {
        let (file, token) = file_with("audit");
        let (other, _) = file_with("audit");
        // The entry of one token under the id of another: what a forger who has read the file could present.
        let mixed =
            file.render().replace(&token.digest().to_string(), &other.entries()[0].digest.to_string());
        let known = Known::of(&TokensFile::parse(&mixed).unwrap());
        assert!(known.caller(&token, at("2026-06-02T00:00:00Z")).is_none());
    }

    #[test]
    fn a_revoked_token_is_not_known_from_that_instant() {
        let (mut file, token) = file_with("audit");
        let now = at("2026-06-02T00:00:00Z");
        file.revoke(&CallerId::parse("audit").unwrap(), None, now).unwrap();
        let known = Known::of(&file);
        assert!(known.caller(&token, now).is_none() && !known.is_in_force(token.id(), now));
        assert_eq!(known.in_force(now), 0);
    }

    #[test]
    fn a_token_that_ends_soon_is_told_unless_its_caller_has_another() {
        let (mut file, token) = file_with("audit");
        let ending = |file: &TokensFile, now| {
            Known::of(file).ending(at(now)).iter().map(|entry| entry.id).collect::<Vec<_>>()
        };
        assert_eq!(ending(&file, "2026-06-16T23:59:59Z"), []);
        assert_eq!(ending(&file, "2026-06-17T00:00:00Z"), [token.id()]);
        assert_eq!(ending(&file, "2026-07-01T00:00:00Z"), []);
        let caller = CallerId::parse("audit").unwrap();
        let (until, now) = (at("2026-07-01T00:00:00Z"), at("2026-06-20T00:00:00Z"));
        file.rotate(&caller, until, at("2027-06-01T00:00:00Z"), now).unwrap();
        assert_eq!(ending(&file, "2026-06-21T00:00:00Z"), []);
    }
}
