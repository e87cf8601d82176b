//! Who a request is from: by its bearer token, or, where the server was told to, by the demo identity it names.

use std::{net::IpAddr, sync::Arc};

use anyhow::Context as _;
use candour_callers::{
    Refusal, Token, TokenId, Tokens,
    failures::{Failures, Verdict},
    followed::Follower,
};
use candour_journal::{Clock, SystemClock};
use candour_service_kit::{
    Caller, Failure,
    caller::{IDENTITY_HEADER, demo_identity},
};
use tonic::{
    codegen::http::{Extensions, HeaderMap, HeaderValue, header::AUTHORIZATION},
    transport::server::TcpConnectInfo,
};

use crate::configuration::Admitting;

/// What every refused token is told, whatever is wrong with it: a hint would tell a forger what to change.
const UNKNOWN: &str = "the call came without a token that is known and in force: send the header `authorization: Bearer <token>`; whoever runs \
                       the server makes tokens with `candour token`";

/// How the server tells who calls. Clones share what it knows.
#[derive(Clone)]
pub(crate) enum Authentication {
    /// By tokens.
    Tokens(Arc<ByToken>),
    /// By mere assertion, on loopback.
    DemoIdentities,
}

/// Tokens, and who fails with theirs.
pub(crate) struct ByToken {
    tokens: Tokens,
    failures: Failures,
    clock: Arc<dyn Clock>,
}

/// Who was authenticated, and by which token.
pub(super) struct Authenticated {
    pub(super) caller: Caller,
    pub(super) token: Option<TokenId>,
}

impl Authentication {
    /// As the configuration says; with what is to follow the tokens file.
    pub(crate) fn of(admitting: &Admitting) -> anyhow::Result<(Self, Option<Follower>)> {
        match admitting {
            Admitting::DemoIdentities => Ok((Self::DemoIdentities, None)),
            Admitting::Tokens(path) => {
                // Tokens end by the machine's clock, also where the records of a demonstration run on another.
                let clock: Arc<dyn Clock> = Arc::new(SystemClock);
                let (tokens, follower) = Tokens::open(path, Arc::clone(&clock)).context("callers.tokens")?;
                let by_token = ByToken { tokens, failures: Failures::default(), clock };
                Ok((Self::Tokens(Arc::new(by_token)), Some(follower)))
            }
        }
    }

    /// The tokens, where callers are known by them.
    pub(super) fn tokens(&self) -> Option<&Tokens> {
        match self {
            Self::Tokens(by_token) => Some(&by_token.tokens),
            Self::DemoIdentities => None,
        }
    }

    /// Who sent a request with these headers.
    pub(super) fn authenticate(&self, headers: &HeaderMap) -> Result<Authenticated, Failure> {
        match self {
            Self::DemoIdentities => {
                let named = headers.get(IDENTITY_HEADER).map(|name| name.to_str().unwrap_or_default());
                Ok(Authenticated { caller: demo_identity(named)?, token: None })
            }
            Self::Tokens(by_token) => {
                let unknown = || Failure::Unauthenticated(UNKNOWN.to_owned());
                let token = bearer(headers).ok_or_else(unknown)?;
                let caller = by_token.tokens.caller(&token).map_err(|refusal| match refusal {
                    Refusal::Unknown => unknown(),
                    Refusal::Closed => Failure::CallersUnavailable,
                })?;
                Ok(Authenticated { caller, token: Some(token.id()) })
            }
        }
    }

    /// Notes that a request from there could not be authenticated. Demo identities are not guessed at.
    pub(super) fn failed(&self, extensions: &Extensions) -> Verdict {
        match self {
            Self::DemoIdentities => Verdict::Answer,
            Self::Tokens(by_token) => by_token.failures.note(peer(extensions), by_token.clock.now()),
        }
    }
}

/// The address a request came from.
pub(super) fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<TcpConnectInfo>()?.remote_addr().map(|address| address.ip())
}

/// The token of a request: of exactly one header, with the scheme `Bearer` in any case.
fn bearer(headers: &HeaderMap) -> Option<Token> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, further): (&HeaderValue, _) = (values.next()?, values.next());
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    if further.is_some() || !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    Token::parse(token).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_token_is_taken_from_exactly_one_bearer_header() {
        let drawn = Token::draw().unwrap();
        let token = drawn.expose();
        for scheme in ["Bearer", "bearer", "BEARER"] {
            assert_eq!(bearer(&headers(&[&format!("{scheme} {}", *token)])).unwrap().id(), drawn.id());
        }
        let good = format!("Bearer {}", *token);
        for bad in [
            &headers(&[]),
            &headers(&[&token]),
            &headers(&[&format!("Basic {}", *token)]),
            &headers(&[&format!("Bearer  {}", *token)]),
            &headers(&[&format!("Bearer {} ", *token)]),
            &headers(&["Bearer", "Bearer "]),
            &headers(&[&good, &good]),
        ] {
            assert!(bearer(bad).is_none(), "{bad:?}");
        }
    }
}
