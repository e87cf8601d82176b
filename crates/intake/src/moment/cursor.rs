//! Reads a text from left to right.

use jiff::civil::Time;

use super::NotADate;

/// What is still to be read.
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// At the beginning of a text.
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// Whether nothing is left.
    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> Option<&'a str> {
        let end = self.rest.find(|character| !wanted(character)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        if taken.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(taken)
    }

    /// A number of up to nine digits, and how many digits it has.
    pub(super) fn number(&mut self) -> Option<(u32, usize)> {
        let before = self.rest;
        let digits = self.take(|character| character.is_ascii_digit())?;
        match digits.parse() {
            Ok(number) if digits.len() <= 9 => Some((number, digits.len())),
            _ => {
                self.rest = before;
                None
            }
        }
    }

    pub(super) fn word(&mut self) -> Option<&'a str> {
        self.take(|character| character.is_ascii_alphabetic())
    }

    /// Passes over separators; whether there was one.
    pub(super) fn eat(&mut self, separators: &[char]) -> bool {
        self.take(|character| separators.contains(&character)).is_some()
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let starts = self.rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        if starts {
            self.rest = &self.rest[word.len()..];
        }
        starts
    }

    /// Nothing, or a time to the end: `14:05`, `14:05:30.250`, `2:05 pm`. Nothing is midnight.
    pub(super) fn time(&mut self, first: &'static str) -> Result<Time, NotADate> {
        self.eat(&[' ', 'T', 't', ',']);
        if self.rest.is_empty() {
            return Ok(Time::midnight());
        }
        let (hour, _) = self.number().ok_or(NotADate::Unreadable)?;
        let mut parts = [0, 0];
        for part in &mut parts {
            if self.eat(&[':']) {
                (*part, _) = self.number().ok_or(NotADate::Unreadable)?;
            }
        }
        if self.eat(&['.']) {
            self.number();
        }
        self.eat(&[' ']);
        let hour = match self.word().map(str::to_lowercase).as_deref() {
            Some("am") if hour == 12 => 0,
            Some("pm") if hour < 12 => hour + 12,
            None | Some("am" | "pm") => hour,
            Some(_) => return Err(NotADate::Unreadable),
        };
        if !self.rest.is_empty() {
            return Err(NotADate::Unreadable);
        }
        let small = |number: u32| i8::try_from(number).map_err(|_| NotADate::DoesNotExist(first));
        Time::new(small(hour)?, small(parts[0])?, small(parts[1])?, 0)
            .map_err(|_| NotADate::DoesNotExist(first))
    }
}
