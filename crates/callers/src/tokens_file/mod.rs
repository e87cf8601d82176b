//! What the tokens file says: whose each token is, what for, from when and until when. Changes are pure; `form` reads and writes the text.

mod form;

use std::sync::Arc;

use candour_service_kit::{
    Caller, CallerId,
    caller::{Performers, Role},
};
use jiff::{SignedDuration, Timestamp};

pub use form::Malformed;

use crate::{
    limits::{LIFETIME_DAYS_MAX, TOKENS_MAX},
    token::{Token, TokenDigest, TokenId},
};

/// One token of the file.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Which token.
    pub id: TokenId,
    /// Whom it makes known, with which roles, and whom that caller may name as the person who acted.
    pub caller: Caller,
    /// What is kept of the token.
    pub digest: TokenDigest,
    /// When it was made.
    pub created: Timestamp,
    /// From when it is no longer taken.
    pub expires: Timestamp,
    /// When it was revoked. That it was is what counts, not when: the clock of whoever revoked it may be ahead.
    pub revoked: Option<Timestamp>,
}

/// How a token stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is taken.
    InForce,
    /// It has come to its end.
    Expired,
    /// It was ended before.
    Revoked,
}

impl Entry {
    /// How it stands. At the very instant at which it expires it is no longer taken.
    pub fn standing(&self, now: Timestamp) -> Standing {
        if self.revoked.is_some() {
            Standing::Revoked
        } else if self.expires <= now {
            Standing::Expired
        } else {
            Standing::InForce
        }
    }

    /// Whether it is taken.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.standing(now) == Standing::InForce
    }
}

/// The tokens of a file, in its order. At most [`TOKENS_MAX`], each id once.
#[derive(Clone, Debug, Default)]
pub struct TokensFile {
    entries: Vec<Entry>,
}

/// Why a change was refused. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefused {
    /// A caller is added once; its tokens follow one another.
    #[error(
        "{0} has a token in force already: `candour token rotate` gives it another one, `candour token revoke` ends the one it has"
    )]
    AlreadyKnown(CallerId),
    /// Nothing to rotate or revoke.
    #[error("{0} has no token in force: `candour token list` shows who has one")]
    NotInForce(CallerId),
    /// The token is not among those in force of that caller.
    #[error("{0} has no token {1} in force: `candour token list` shows its tokens")]
    NoSuchToken(CallerId, TokenId),
    /// It would be of no use.
    #[error("the end lies in the past: give a day or an instant to come")]
    EndsInThePast,
    /// Nobody would remember it.
    #[error(
        "the end lies more than {LIFETIME_DAYS_MAX} days ahead: give a nearer one, and rotate the token before it"
    )]
    LivesTooLong,
    /// The file is full.
    #[error("the file lists {TOKENS_MAX} tokens, the most it may: take entries that have ended out of it")]
    Full,
    /// The system is at fault.
    #[error("the system gives no randomness")]
    NoRandomness,
}

/// A token to be made.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// For whom.
    pub caller: CallerId,
    /// What for; at least one.
    pub roles: Vec<Role>,
    /// Whom the caller may name as the person who acted.
    pub performers: Performers,
    /// Until when.
    pub expires: Timestamp,
}

impl TokensFile {
    /// The tokens, in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Adds a caller that has no token in force, and answers its token: the only time it can be had.
    pub fn add(&mut self, wanted: Wanted, now: Timestamp) -> Result<Token, ChangeRefused> {
        if self.in_force_of(&wanted.caller, now).next().is_some() {
            return Err(ChangeRefused::AlreadyKnown(wanted.caller));
        }
        let caller = Caller { id: wanted.caller, roles: wanted.roles.into(), performers: wanted.performers };
        self.push(caller, wanted.expires, now)
    }

    /// Gives a caller a second token as the one it has, which ends at `until` at the latest.
    pub fn rotate(
        &mut self,
        caller: &CallerId,
        until: Timestamp,
        expires: Timestamp,
        now: Timestamp,
    ) -> Result<Token, ChangeRefused> {
        let newest = self.in_force_of(caller, now).max_by_key(|entry| entry.created);
        let known = newest.ok_or_else(|| ChangeRefused::NotInForce(caller.clone()))?.caller.clone();
        if until < now {
            return Err(ChangeRefused::EndsInThePast);
        }
        let token = self.push(known, expires, now)?;
        for older in
            self.entries.iter_mut().filter(|entry| entry.caller.id == *caller && entry.id != token.id())
        {
            if older.is_in_force(now) {
                older.expires = older.expires.min(until);
            }
        }
        Ok(token)
    }

    /// Ends the tokens of a caller that are in force, or one of them, from `now` on. Answers how many.
    pub fn revoke(
        &mut self,
        caller: &CallerId,
        one: Option<TokenId>,
        now: Timestamp,
    ) -> Result<usize, ChangeRefused> {
        let mut revoked = 0;
        for entry in self.entries.iter_mut().filter(|entry| entry.caller.id == *caller) {
            if entry.is_in_force(now) && one.is_none_or(|id| id == entry.id) {
                entry.revoked = Some(now);
                revoked += 1;
            }
        }
        match (revoked, one) {
            (0, None) => Err(ChangeRefused::NotInForce(caller.clone())),
            (0, Some(id)) => Err(ChangeRefused::NoSuchToken(caller.clone(), id)),
            (revoked, _) => Ok(revoked),
        }
    }

    fn in_force_of<'a>(&'a self, caller: &'a CallerId, now: Timestamp) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.caller.id == *caller && entry.is_in_force(now))
    }

    fn push(&mut self, caller: Caller, expires: Timestamp, now: Timestamp) -> Result<Token, ChangeRefused> {
        if expires <= now {
            return Err(ChangeRefused::EndsInThePast);
        }
        if expires.duration_since(now) > SignedDuration::from_hours(24 * LIFETIME_DAYS_MAX) {
            return Err(ChangeRefused::LivesTooLong);
        }
        if self.entries.len() >= TOKENS_MAX {
            return Err(ChangeRefused::Full);
        }
        let token = loop {
            let drawn = Token::draw().ok_or(ChangeRefused::NoRandomness)?;
            // With 2^32 ids and at most `TOKENS_MAX` taken, the first draw does nearly always.
            if self.entries.iter().all(|entry| entry.id != drawn.id()) {
                break drawn;
            }
        };
        let roles: Arc<[Role]> = Arc::clone(&caller.roles);
        self.entries.push(Entry {
            id: token.id(),
            caller: Caller { roles, ..caller },
            digest: token.digest(),
            created: now,
            expires,
            revoked: None,
        });
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn id(text: &str) -> CallerId {
        CallerId::parse(text).unwrap()
    }

    fn wanted(caller: &str, expires: &str) -> Wanted {
        Wanted {
            caller: id(caller),
            roles: vec![Role::ReporterSystem],
            performers: Performers::Anybody,
            expires: at(expires),
        }
    }

    fn standings(file: &TokensFile, now: &str) -> Vec<Standing> {
        file.entries().iter().map(|entry| entry.standing(at(now))).collect()
    }

    #[test]
    fn a_token_is_in_force_until_the_instant_it_expires() {
        let mut file = TokensFile::default();
        file.add(wanted("wards", "2026-07-01T00:00:00Z"), at("2026-06-01T00:00:00Z")).unwrap();
        assert_eq!(standings(&file, "2026-06-30T23:59:59Z"), [Standing::InForce]);
        assert_eq!(standings(&file, "2026-07-01T00:00:00Z"), [Standing::Expired]);
    }

    #[test]
    fn a_rotation_leaves_the_older_token_for_a_while_and_a_second_one_leaves_two() {
        let mut file = TokensFile::default();
        let first = file.add(wanted("wards", "2027-01-01T00:00:00Z"), at("2026-06-01T00:00:00Z")).unwrap();
        let until = at("2026-06-24T00:00:00Z");
        let second =
            file.rotate(&id("wards"), until, at("2027-06-10T00:00:00Z"), at("2026-06-10T00:00:00Z")).unwrap();
        assert_ne!(first.id(), second.id());
        assert_eq!(standings(&file, "2026-06-23T23:59:59Z"), [Standing::InForce, Standing::InForce]);
        assert_eq!(standings(&file, "2026-06-24T00:00:00Z"), [Standing::Expired, Standing::InForce]);
        assert_eq!(file.entries()[1].caller, file.entries()[0].caller);
        // The older one never gets longer by it.
        file.rotate(
            &id("wards"),
            at("2026-12-01T00:00:00Z"),
            at("2027-06-11T00:00:00Z"),
            at("2026-06-11T00:00:00Z"),
        )
        .unwrap();
        assert_eq!(file.entries()[0].expires, until);
        assert_eq!(file.entries()[1].expires, at("2026-12-01T00:00:00Z"));
    }

    #[test]
    fn a_revoked_token_is_at_an_end_at_once_and_stays_listed() {
        let now = at("2026-06-01T00:00:00Z");
        let mut file = TokensFile::default();
        let first = file.add(wanted("wards", "2027-01-01T00:00:00Z"), now).unwrap();
        file.rotate(&id("wards"), at("2026-07-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), now).unwrap();
        assert_eq!(file.revoke(&id("wards"), Some(first.id()), now), Ok(1));
        assert_eq!(standings(&file, "2026-06-01T00:00:00Z"), [Standing::Revoked, Standing::InForce]);
        assert_eq!(
            file.revoke(&id("wards"), Some(first.id()), now),
            Err(ChangeRefused::NoSuchToken(id("wards"), first.id()))
        );
        assert_eq!(file.revoke(&id("wards"), None, now), Ok(1));
        assert_eq!(file.revoke(&id("wards"), None, now), Err(ChangeRefused::NotInForce(id("wards"))));
        assert_eq!(file.entries().len(), 2);
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let now = at("2026-06-01T00:00:00Z");
        let mut file = TokensFile::default();
        let refused = |file: &mut TokensFile, expires| file.add(wanted("other", expires), now).unwrap_err();
        assert_eq!(refused(&mut file, "2026-06-01T00:00:00Z"), ChangeRefused::EndsInThePast);
        assert_eq!(refused(&mut file, "2028-06-02T00:00:00Z"), ChangeRefused::LivesTooLong);
        assert!(file.entries().is_empty());
        file.add(wanted("other", "2028-06-01T00:00:00Z"), now).unwrap();
        assert_eq!(refused(&mut file, "2027-01-01T00:00:00Z"), ChangeRefused::AlreadyKnown(id("other")));
        let late = at("2027-01-01T00:00:00Z");
        let unknown = file.rotate(&id("wards"), late, late, now).unwrap_err();
        assert_eq!(unknown, ChangeRefused::NotInForce(id("wards")));
        assert_eq!(
            file.rotate(&id("other"), at("2026-05-01T00:00:00Z"), late, now).unwrap_err(),
            ChangeRefused::EndsInThePast
        );
        assert_eq!(file.entries().len(), 1);
    }
}
