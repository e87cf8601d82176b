//! Where the time comes from. Nothing else in the project reads the machine's clock.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// A source of the present instant, handed to whatever needs one.
pub trait Clock: Send + Sync {
    /// The present instant in UTC. May repeat, and a machine's clock may go back: who needs an order must keep it.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until it is moved: for tests, and for stores made for a demonstration.
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<Timestamp>,
}

impl ManualClock {
    /// A clock that shows `start`.
    pub fn new(start: Timestamp) -> Self {
        Self { now: Mutex::new(start) }
    }

    /// Moves the clock to `now`. Refused, and the clock left alone, if that is earlier than what it shows; the same
    /// instant is accepted.
    pub fn set(&self, now: Timestamp) -> Result<(), ClockMovedBack> {
        let mut shown = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now < *shown {
            return Err(ClockMovedBack { shown: *shown, asked: now });
        }
        *shown = now;
        Ok(())
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A manual clock was asked to show an earlier instant than it shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the clock shows {shown} and does not go back to {asked}")]
pub struct ClockMovedBack {
    /// What the clock shows.
    pub shown: Timestamp,
    /// What was asked for.
    pub asked: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_forward_only() {
        let nine: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        let ten: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        let clock = ManualClock::new(nine);
        assert_eq!(clock.set(ten), Ok(()));
        assert_eq!(clock.set(ten), Ok(()));
        assert_eq!(clock.set(nine), Err(ClockMovedBack { shown: ten, asked: nine }));
        assert_eq!(clock.now(), ten);
    }
}
