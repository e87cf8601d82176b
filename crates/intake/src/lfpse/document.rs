//! A file of JSON as single resources, of which one at a time is held in memory.

use std::{
    cell::Cell,
    fmt,
    io::{self, BufRead, BufReader, Read},
    ops::ControlFlow,
    rc::Rc,
};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, error::Category, value::RawValue};

use super::unambiguous::{NAME_TWICE, Unambiguous};
use crate::limits::{EVENT_BYTES_MAX, NESTING_MAX};

/// How much of a file is looked at to tell one document from one on each line.
const LOOK_BYTES: usize = 64 * 1024;

/// One resource, or what should have been one.
pub(super) struct Element {
    /// Its JSON as it stands in the file.
    pub(super) text: String,
    /// The line it stands on, where the file has one on each line.
    pub(super) line: Option<u64>,
    /// Why it cannot be read as JSON at all.
    pub(super) broken: Option<String>,
}

/// Takes the elements of a file.
type Take<'a> = &'a mut dyn FnMut(Element) -> ControlFlow<()>;

/// Every element of a file, in order.
pub(super) fn elements(input: impl Read, take: Take<'_>) -> io::Result<()> {
    let mut input = BufReader::with_capacity(LOOK_BYTES, input);
    let start = input.fill_buf()?;
    if start.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    if has_one_on_each_line(input.fill_buf()?) {
        return lines(input, take);
    }
    document(input, take)
}

/// The first two lines that are not blank both begin with a brace. In one document the second is indented or begins with a key.
fn has_one_on_each_line(start: &[u8]) -> bool {
    let mut lines = start.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let begins = |line: Option<&[u8]>| line.is_some_and(|line| line.starts_with(b"{"));
    begins(lines.next()) && begins(lines.next())
}

/// One resource, array or Bundle on each line. A line that is none is refused by itself.
fn lines(mut input: impl BufRead, take: Take<'_>) -> io::Result<()> {
    for number in 1.. {
        let mut bytes = Vec::new();
        let limit = u64::try_from(EVENT_BYTES_MAX).unwrap_or(u64::MAX);
        if input.by_ref().take(limit + 1).read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        let too_long = bytes.len() > EVENT_BYTES_MAX && bytes.last() != Some(&b'\n');
        if too_long {
            input.skip_until(b'\n')?;
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let text = String::from_utf8_lossy(bytes.trim_ascii()).into_owned();
        let line = Some(number);
        let fault = if too_long {
            Some(too_large())
        } else {
            serde_json::from_slice::<IgnoredAny>(bytes.trim_ascii()).err().map(|error| words(&error, line))
        };
        let mut flow = ControlFlow::Continue(());
        let is_single = !matches!(bytes.trim_ascii().first(), Some(b'{' | b'['));
        if fault.is_some() || is_single {
            flow = take(Element { text, line, broken: fault });
        } else {
            document(bytes.as_slice(), &mut |element| {
                flow = take(Element { line, ..element });
                flow
            })?;
        }
        if flow.is_break() {
            break;
        }
    }
    Ok(())
}

/// One document, or several after one another: resources, arrays of resources, Bundles.
fn document(input: impl BufRead, take: Take<'_>) -> io::Result<()> {
    let left = Rc::new(Cell::new(EVENT_BYTES_MAX));
    let limited = Limited { input, left: Rc::clone(&left) };
    let mut json = serde_json::Deserializer::from_reader(limited);
    let mut taken = Taken { take, left: &left, flow: ControlFlow::Continue(()) };
    loop {
        left.set(EVENT_BYTES_MAX);
        let ended = json.end();
        if ended.is_ok() {
            return Ok(());
        }
        let read = Document { taken: &mut taken }.deserialize(&mut json);
        if taken.flow.is_break() {
            return Ok(());
        }
        if let Err(error) = read {
            let too_large_now = left.get() == 0;
            if error.is_io() && !too_large_now {
                return Err(error.into());
            }
            let words = if too_large_now { too_large() } else { words(&error, None) };
            let words = format!("{words}; what follows in the file was not read");
            let _ = (taken.take)(Element { text: String::new(), line: None, broken: Some(words) });
            return Ok(());
        }
    }
}

fn too_large() -> String {
    format!("is larger than {EVENT_BYTES_MAX} bytes")
}

/// What is wrong with JSON, and where, without any of it. `line` is the line of the file where that holds one on each.
pub(super) fn words(error: &serde_json::Error, line: Option<u64>) -> String {
    let place = match line {
        Some(_) => format!("at column {}", error.column()),
        None => format!("at line {}, column {}", error.line(), error.column()),
    };
    match error.classify() {
        Category::Eof => format!("breaks off {place}"),
        Category::Data if error.to_string().starts_with(NAME_TWICE) => format!("{NAME_TWICE} {place}"),
        Category::Syntax if error.to_string().starts_with("recursion limit") => {
            format!("nests deeper than {NESTING_MAX} levels {place}")
        }
        Category::Io | Category::Syntax | Category::Data => format!("is not JSON that can be read {place}"),
    }
}

/// A reader that ends after so many bytes unless it is allowed more.
struct Limited<R> {
    input: R,
    left: Rc<Cell<usize>>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            return Err(io::Error::other("too large"));
        }
        let wanted = buffer.len().min(left);
        let read = self.input.read(&mut buffer[..wanted])?;
        self.left.set(left - read);
        Ok(read)
    }
}

/// Where elements go as they are found.
struct Taken<'a> {
    take: Take<'a>,
    left: &'a Cell<usize>,
    flow: ControlFlow<()>,
}

impl Taken<'_> {
    /// Hands one on; an error where no more is wanted, which ends the reading.
    fn hand<E: serde::de::Error>(&mut self, text: &str, broken: Option<String>) -> Result<(), E> {
        self.left.set(EVENT_BYTES_MAX);
        self.flow = (self.take)(Element { text: text.to_owned(), line: None, broken });
        if self.flow.is_break() { Err(E::custom("no more is wanted")) } else { Ok(()) }
    }
}

struct Document<'a, 'b> {
    taken: &'a mut Taken<'b>,
}

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a resource, an array of resources or a Bundle")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element::<Box<RawValue>>()? {
            self.taken.hand(element.get(), None)?;
        }
        Ok(())
    }

    /// A Bundle hands on its entries as they come; any other resource is handed on as a whole.
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut resource = Map::new();
        let (mut has_entry, mut entries) = (false, 0_usize);
        while let Some(name) = fields.next_key::<String>()? {
            if name == "entry" {
                if has_entry {
                    return Err(A::Error::custom(NAME_TWICE));
                }
                has_entry = true;
                entries += fields.next_value_seed(Entries { taken: &mut *self.taken })?;
            } else if entries > 0 {
                // Nothing but the entries is wanted of a Bundle.
                fields.next_value::<IgnoredAny>()?;
            } else {
                let Unambiguous(value) = fields.next_value()?;
                if resource.insert(name, value).is_some() {
                    return Err(A::Error::custom(NAME_TWICE));
                }
            }
        }
        let is_bundle = resource.get("resourceType").and_then(Value::as_str) == Some("Bundle");
        if is_bundle || entries > 0 {
            return Ok(());
        }
        let text = serde_json::to_string(&resource).map_err(A::Error::custom)?;
        self.taken.hand(&text, None)
    }
}

/// The entries of a Bundle.
struct Entries<'a, 'b> {
    taken: &'a mut Taken<'b>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
}

impl<'de> DeserializeSeed<'de> for Entries<'_, '_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<usize, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_, '_> {
    type Value = usize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the entries of a Bundle")
    }

    /// An entry without a resource, such as the answer to a deletion, is passed over.
    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<usize, A::Error> {
        let mut count = 0;
        while let Some(entry) = entries.next_element::<Box<RawValue>>()? {
            count += 1;
            self.taken.left.set(EVENT_BYTES_MAX);
            match serde_json::from_str::<Entry<'_>>(entry.get()) {
                Ok(Entry { resource: Some(resource) }) => self.taken.hand(resource.get(), None)?,
                Ok(Entry { resource: None }) => {}
                Err(_) => self.taken.hand(entry.get(), Some("is no entry of a Bundle".to_owned()))?,
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every element in words: its text, its line and what is wrong with it.
    fn found(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        elements(text.as_bytes(), &mut |element| {
            let line = element.line.map(|line| format!("line {line}: ")).unwrap_or_default();
            found.push(match element.broken {
                None => format!("{line}{}", element.text),
                Some(words) => format!("{line}broken: {words}"),
            });
            ControlFlow::Continue(())
        })
        .unwrap();
        found
    }

    #[test]
    fn one_resource_an_array_a_bundle_and_one_on_each_line_are_taken_apart() {
        assert_eq!(found("\u{feff} {\"a\": 1}"), [r#"{"a":1}"#]);
        assert_eq!(found("{\n  \"a\": {\n    \"b\": []\n  }\n}"), [r#"{"a":{"b":[]}}"#]);
        assert_eq!(found("[{\"a\":1},\n 2]"), [r#"{"a":1}"#, "2"]);
        let bundle =
            r#"{"entry":[{"fullUrl":"x","resource":{"a":1}},{"request":{}},7],"resourceType":"Bundle"}"#;
        assert_eq!(found(bundle), [r#"{"a":1}"#, "broken: is no entry of a Bundle"]);
        assert_eq!(found("{\"a\":1}\n\n{\"a\":2}\r\n"), ["line 1: {\"a\":1}", "line 3: {\"a\":2}"]);
        assert_eq!(found("{\"a\":1}{\"a\":2}"), [r#"{"a":1}"#, r#"{"a":2}"#]);
        assert_eq!(found(r#"{"resourceType":"Bundle"}"#), [""; 0]);
        assert_eq!(found(""), [""; 0]);
    }

    #[test]
    fn a_broken_line_stops_nothing_and_a_document_that_breaks_off_says_so() {
        assert_eq!(
            found("{\"a\":1}\n{\"a\":\n{\"a\":3}"),
            ["line 1: {\"a\":1}", "line 2: broken: breaks off at column 5", "line 3: {\"a\":3}"]
        );
        assert_eq!(
            found("[{\"a\":1},{\"a\":2},{\"a\""),
            [
                r#"{"a":1}"#,
                r#"{"a":2}"#,
                "broken: breaks off at line 1, column 21; what follows in the file was not read"
            ]
        );
        let words = found("Incident,Date\n1,2");
        assert_eq!(
            words,
            [
                "broken: is not JSON that can be read at line 1, column 1; what follows in the file was not read"
            ]
        );
    }

    #[test]
    fn an_event_past_the_limit_is_refused() {
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(EVENT_BYTES_MAX));
        assert_eq!(
            found(&format!("[{large}]")),
            [format!(
                "broken: is larger than {EVENT_BYTES_MAX} bytes; what follows in the file was not read"
            )]
        );
        assert_eq!(
            found(&format!("{{\"a\":1}}\n{large}\n{{\"a\":2}}")),
            [
                "line 1: {\"a\":1}".to_owned(),
                format!("line 2: broken: is larger than {EVENT_BYTES_MAX} bytes"),
                "line 3: {\"a\":2}".to_owned()
            ]
        );
        // A document may be of any size as long as its events are not.
        let many = format!("[{}]", vec![format!("\"{}\"", "x".repeat(EVENT_BYTES_MAX / 2)); 5].join(","));
        assert_eq!(found(&many).len(), 5);
    }

    #[test]
    fn reading_ends_where_no_more_is_wanted() {
        for text in [
            "[1,2,3]",
            "{\"a\":1}\n{\"a\":2}",
            r#"{"resourceType":"Bundle","entry":[{"resource":1},{"resource":2}]}"#,
        ] {
            let mut count = 0;
            elements(text.as_bytes(), &mut |_| {
                count += 1;
                ControlFlow::Break(())
            })
            .unwrap();
            assert_eq!(count, 1, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_bring_the_reader_down(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let _ = elements(bytes.as_slice(), &mut |_| ControlFlow::Continue(()));
        }

        #[test]
        fn neither_does_anything_that_looks_like_json(text in "[\\[\\]{}\",:a1 \n]{0,60}") {
            let _ = elements(text.as_bytes(), &mut |_| ControlFlow::Continue(()));
        }
    }
}
