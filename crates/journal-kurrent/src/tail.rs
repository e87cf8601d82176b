//! Where the log of this journal ends, kept without reading the events of others again and again.
//!
//! `$all` holds the events of everybody. A filtered read says nothing about how far it has looked, so the head of `$all`
//! is read first: once a filtered read has come to its end, everything up to that head has been seen. What is known is
//! kept as: the position of our last event, the position up to which we have looked, and the latest stretch that holds
//! no event of ours. A reader in that stretch starts at its end, so an idle tail costs one read of one event.
//!
//! Reads start only where an event stands: a server refuses any other position.

use std::sync::{Mutex, PoisonError};

use candour_journal::Position;
use tokio::sync::watch;

/// What is known of the end of the log.
pub(crate) struct Tail {
    known: Mutex<Known>,
    /// `None` once the journal is closed.
    head: Mutex<Option<watch::Sender<Position>>>,
    receiver: watch::Receiver<Position>,
}

/// See the module.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Known {
    /// The last event of ours; 0 if there is none.
    pub(crate) last: u64,
    /// Everything up to here, where an event of somebody stands, has been looked at.
    pub(crate) scanned: u64,
    /// No event of ours stands after the first position, up to and with the second.
    gap: (u64, u64),
}

impl Known {
    /// A place at or after every event that existed when this was learnt: a later one is written past it.
    pub(crate) fn horizon(self) -> u64 {
        self.last.max(self.scanned)
    }

    /// Where a read of what follows `after` may start, `after` itself or later.
    pub(crate) fn start_after(self, after: u64) -> u64 {
        let (from, to) = self.gap;
        if from <= after && after < to { to } else { after }
    }

    fn learn(&mut self, before: Known, found: Option<u64>, head: u64) {
        let from = match found {
            Some(found) => Some(found),
            // Nothing of ours after what had been looked at: the last event then known is the last before the head.
            None => Some(before.last).filter(|last| *last <= before.scanned),
        };
        self.last = self.last.max(found.unwrap_or(0));
        self.scanned = self.scanned.max(head);
        if let Some(from) = from
            && head > from
            && head > self.gap.1
        {
            self.gap = (from, head);
        }
    }
}

impl Tail {
    pub(crate) fn new() -> Self {
        let (head, receiver) = watch::channel(Position::BEFORE_FIRST);
        Self { known: Mutex::default(), head: Mutex::new(Some(head)), receiver }
    }

    pub(crate) fn known(&self) -> Known {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns that, with `before` known, a filtered read from there on found `found` as our last event and came to its
    /// end, after the head of the whole log had been read as `head`.
    pub(crate) fn looked(&self, before: Known, found: Option<u64>, head: u64) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).learn(before, found, head);
        self.publish();
    }

    /// Learns that an event of ours stands at a position.
    pub(crate) fn saw(&self, position: Position) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.last = known.last.max(position.raw());
        drop(known);
        self.publish();
    }

    fn publish(&self) {
        let last = Position::from_raw(self.known().last);
        if let Some(head) = &*self.head.lock().unwrap_or_else(PoisonError::into_inner) {
            head.send_if_modified(|shown| {
                let is_later = last > *shown;
                if is_later {
                    *shown = last;
                }
                is_later
            });
        }
    }

    /// The head as it moves.
    pub(crate) fn changes(&self) -> watch::Receiver<Position> {
        self.receiver.clone()
    }

    /// Ends the changes.
    pub(crate) fn close(&self) {
        drop(self.head.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.head.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks from what is known, as the reader does.
    fn look(tail: &Tail, found: Option<u64>, head: u64) {
        tail.looked(tail.known(), found, head);
    }

    #[test]
    fn a_reader_in_an_idle_tail_starts_at_its_end() {
        let tail = Tail::new();
        look(&tail, None, 500);
        assert_eq!(tail.known().start_after(0), 500);
        look(&tail, Some(600), 700);
        look(&tail, None, 900);
        let known = tail.known();
        assert_eq!((known.last, known.horizon()), (600, 900));
        assert_eq!(
            [599, 600, 899, 900, 950].map(|after| known.start_after(after)),
            [599, 900, 900, 900, 950]
        );
        assert_eq!(*tail.changes().borrow(), Position::from_raw(600));
    }

    #[test]
    fn an_append_past_what_was_looked_at_hides_no_event_before_it() {
        let tail = Tail::new();
        look(&tail, Some(100), 100);
        let before = tail.known();
        // Our own append at 300 is known before anybody has looked at 200, where another process has appended.
        tail.saw(Position::from_raw(300));
        assert_eq!(tail.known().start_after(100), 100);
        tail.looked(before, Some(300), 400);
        let known = tail.known();
        assert_eq!((known.last, known.start_after(100), known.start_after(300)), (300, 100, 400));
    }

    #[test]
    fn a_look_that_began_before_an_append_makes_no_gap_over_it() {
        let tail = Tail::new();
        look(&tail, Some(100), 100);
        tail.saw(Position::from_raw(300));
        // The look starts when 300 is known but not looked at; it can only miss it if its head lies before.
        tail.looked(tail.known(), None, 200);
        assert_eq!(tail.known().start_after(100), 100);
    }
}
