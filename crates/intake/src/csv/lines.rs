//! A file as lines of bounded length.

use std::{
    collections::VecDeque,
    io::{self, BufRead, BufReader, Read},
};

use crate::limits::ROW_BYTES_MAX;

/// A line without its end.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its bytes; the beginning of it where it is too long.
    pub(super) bytes: Vec<u8>,
    /// It is longer than a row may be.
    pub(super) too_long: bool,
}

/// The lines that are still to be understood, read as they are needed.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    ahead: VecDeque<Line>,
    /// The number of the first line ahead, from 1.
    first: u64,
    ended: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input: BufReader::new(input), ahead: VecDeque::new(), first: 1, ended: false }
    }

    /// The line at this place ahead; `None` past the end of the file.
    pub(super) fn get(&mut self, index: usize) -> io::Result<Option<&Line>> {
        while self.ahead.len() <= index && !self.ended {
            match self.read()? {
                Some(line) => self.ahead.push_back(line),
                None => self.ended = true,
            }
        }
        Ok(self.ahead.get(index))
    }

    /// The number of the first line ahead.
    pub(super) fn number(&self) -> u64 {
        self.first
    }

    /// Takes lines off, as bytes with a line break between them.
    pub(super) fn take(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (index, line) in self.ahead.drain(..count.min(self.ahead.len())).enumerate() {
            if index > 0 {
                bytes.push(b'\n');
            }
            bytes.extend_from_slice(&line.bytes);
            self.first += 1;
        }
        bytes
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        let mut line = Line { bytes: Vec::new(), too_long: false };
        let mut any = false;
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            any = true;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let part = end.unwrap_or(buffer.len());
            let room = ROW_BYTES_MAX.saturating_sub(line.bytes.len());
            line.too_long |= part > room;
            line.bytes.extend_from_slice(&buffer[..part.min(room)]);
            let used = end.map_or(part, |end| end + 1);
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        if line.bytes.last() == Some(&b'\r') {
            line.bytes.pop();
        }
        Ok(any.then_some(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_on_any_system_and_a_long_one_is_cut() {
        let long = vec![b'x'; ROW_BYTES_MAX + 10];
        let input = [b"a\r\nb\n\n".as_slice(), &long, b"\nlast"].concat();
        let mut lines = Lines::new(input.as_slice());
        let mut found = Vec::new();
        while let Some(line) = lines.get(0).unwrap() {
            found.push((line.bytes.len(), line.too_long));
            lines.take(1);
        }
        assert_eq!(found, [(1, false), (1, false), (0, false), (ROW_BYTES_MAX, true), (4, false)]);
        assert_eq!(lines.number(), 6);
    }
}
