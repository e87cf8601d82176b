//! Events of the national service for learning from patient safety events (LFPSE): FHIR AdverseEvent as JSON, profile versions 5 and 6.
//!
//! `document.rs` takes a file apart into resources without holding it whole, `unambiguous.rs` reads the JSON of one, `resource.rs` reads extensions wherever they come from,
//! `patient.rs` holds what is said of a patient (L-1 to L-4), `event.rs` makes a row of the API out of an event.
//!
//! The service itself records neither actions nor feedback, and of the duty of candour one flag: a prompt here, never a decision.

mod document;
mod event;
mod patient;
mod resource;
mod unambiguous;

use std::{io::Read, ops::ControlFlow};

use serde_json::Value;

pub use patient::{Age, NotAnAge, worst_harm};

use crate::row::{Findings, Raw, Row, Sink};
use document::Element;
use unambiguous::Unambiguous;

/// The source system's name where none is given.
pub const SOURCE_SYSTEM: &str = "lfpse";

/// What was read of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventsRead {
    /// Resources that are no events, such as the organisations that a search answers beside them. They are no rows.
    pub passed_over: u64,
}

/// Reads a file of events: one resource, an array, a Bundle, or one of these on each line. Reading ends early where the sink breaks.
///
/// What is no event is a row that is refused; in a document that breaks off, what follows the break is one such row.
pub fn read(input: impl Read, source_system: &str, sink: Sink<'_>) -> Result<EventsRead, std::io::Error> {
    let mut reading = Reading { source_system, sink, number: 0, read: EventsRead::default() };
    document::elements(input, &mut |element| reading.element(element, BUNDLES_MAX))?;
    Ok(reading.read)
}

/// How many Bundles may stand in one another.
const BUNDLES_MAX: usize = 2;

struct Reading<'a> {
    source_system: &'a str,
    sink: Sink<'a>,
    number: u64,
    read: EventsRead,
}

impl Reading<'_> {
    fn element(&mut self, element: Element, bundles_left: usize) -> ControlFlow<()> {
        let Element { text, line, broken } = element;
        if let Some(words) = broken {
            return self.refuse(line, text, words);
        }
        let resource = match serde_json::from_str(&text) {
            Ok(Unambiguous(resource)) => resource,
            Err(error) => return self.refuse(line, text, document::words(&error, Some(1))),
        };
        match resource.get("resourceType").and_then(Value::as_str) {
            Some("AdverseEvent") => self.event(&resource, line, text),
            Some("Bundle") if bundles_left > 0 => {
                let mut flow = ControlFlow::Continue(());
                let read = document::elements(text.as_bytes(), &mut |element| {
                    flow = self.element(Element { line, ..element }, bundles_left - 1);
                    flow
                });
                match read {
                    Ok(()) => flow,
                    Err(error) => self.refuse(line, text, format!("cannot be read: {error}")),
                }
            }
            Some("Bundle") => self.refuse(line, text, "is a Bundle inside Bundles".to_owned()),
            Some(_) => {
                self.read.passed_over += 1;
                ControlFlow::Continue(())
            }
            None => self.refuse(line, text, "is no FHIR resource: it has no resourceType".to_owned()),
        }
    }

    fn event(&mut self, resource: &Value, line: Option<u64>, text: String) -> ControlFlow<()> {
        self.number += 1;
        let mut findings = Findings::default();
        let request = event::request(resource, self.source_system, self.number, &mut findings);
        let request = request.filter(|_| findings.violations.is_empty()).map(Box::new);
        (self.sink)(Row { number: self.number, line, raw: Raw::Json(text), request, findings })
    }

    fn refuse(&mut self, line: Option<u64>, text: String, words: String) -> ControlFlow<()> {
        self.number += 1;
        let mut findings = Findings::default();
        findings.violation("", words);
        (self.sink)(Row { number: self.number, line, raw: Raw::Json(text), request: None, findings })
    }
}
