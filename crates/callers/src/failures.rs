//! Who fails to authenticate too often. A secret of 256 bits is not found by trying; this keeps a peer that tries, or one that goes on with a token
//! that has ended, from filling the log and the time of the server. Whoever presents a token in force is never held up by it.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

use crate::limits::{FAILURE_WINDOW, FAILURES_MAX, PEERS_MAX};

/// What is to be done about one failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Answer it and log it.
    Answer,
    /// The first beyond the limit: say so once, and answer it late.
    SayAndDelay,
    /// Answer it late, and leave the log alone.
    Delay,
}

/// Whose failures are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Peer {
    /// An address; of IPv6 the first 64 bits, since one machine has all the others.
    Address(IpAddr),
    /// All that came when the table was full, and all whose address is not known.
    Others,
}

/// Counts failures in memory that does not grow past [`PEERS_MAX`] peers.
#[derive(Debug, Default)]
pub struct Failures {
    peers: Mutex<HashMap<Peer, Count>>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    since: Timestamp,
    failures: u32,
}

impl Count {
    fn is_over(&self, now: Timestamp) -> bool {
        let window = SignedDuration::try_from(FAILURE_WINDOW).unwrap_or(SignedDuration::MAX);
        // A clock that went back begins anew.
        now < self.since || now.duration_since(self.since) >= window
    }
}

impl Failures {
    /// Notes a failure.
    pub fn note(&self, address: Option<IpAddr>, now: Timestamp) -> Verdict {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut peer = address.map_or(Peer::Others, |address| Peer::Address(network(address)));
        if !peers.contains_key(&peer) && peers.len() >= PEERS_MAX {
            peers.retain(|_, count| !count.is_over(now));
            if peers.len() >= PEERS_MAX {
                peer = Peer::Others;
            }
        }
        let begun = Count { since: now, failures: 0 };
        let count = peers.entry(peer).or_insert(begun);
        if count.is_over(now) {
            *count = begun;
        }
        count.failures = count.failures.saturating_add(1);
        match count.failures.checked_sub(FAILURES_MAX) {
            None | Some(0) => Verdict::Answer,
            Some(1) => Verdict::SayAndDelay,
            Some(_) => Verdict::Delay,
        }
    }

    /// How many peers are told apart at present.
    pub fn peers(&self) -> usize {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + second).unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_eleventh_failure_within_a_minute_is_told_and_from_then_on_each_waits() {
        let failures = Failures::default();
        for _ in 0..10 {
            assert_eq!(failures.note(Some(ip("192.0.2.1")), at(0)), Verdict::Answer);
        }
        assert_eq!(failures.note(Some(ip("192.0.2.1")), at(59)), Verdict::SayAndDelay);
        assert_eq!(failures.note(Some(ip("192.0.2.1")), at(59)), Verdict::Delay);
        assert_eq!(failures.note(Some(ip("192.0.2.2")), at(59)), Verdict::Answer, "another peer");
        assert_eq!(failures.note(Some(ip("192.0.2.1")), at(60)), Verdict::Answer, "another minute");
    }

    #[test]
    fn one_machine_of_ipv6_is_one_peer() {
        let failures = Failures::default();
        for last in 0..11 {
            failures.note(Some(ip(&format!("2001:db8::{last}"))), at(0));
        }
        assert_eq!(failures.note(Some(ip("2001:db8::ffff")), at(0)), Verdict::Delay);
        assert_eq!(failures.note(Some(ip("2001:db8:0:1::1")), at(0)), Verdict::Answer);
    }

    #[test]
    fn memory_does_not_grow_with_the_peers() {
        let failures = Failures::default();
        for peer in 0..5_000_u32 {
            failures.note(Some(IpAddr::V4(peer.into())), at(0));
        }
        assert!(failures.peers() <= PEERS_MAX + 1, "{}", failures.peers());
        assert_eq!(
            failures.note(Some(ip("203.0.113.7")), at(1)),
            Verdict::Delay,
            "those beyond are counted together"
        );
        assert_eq!(
            failures.note(Some(ip("203.0.113.7")), at(60)),
            Verdict::Answer,
            "and told apart again later"
        );
    }
}
