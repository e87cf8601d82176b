//! What the rest of the house calls: encode and decode the events of an aggregate.

use std::fmt;

use candour_domain::Aggregate;
use uuid::Uuid;

use crate::{
    catalogue::EVENT_TYPES,
    error::{DecodeError, EncodeError},
    form::{EventForm, ReadForm, Reader, WriteForm, Writer},
    sealing::{Opener, Sealer, Subjects},
};

/// An event as it goes into the journal. Its `Debug` form shows the size of the data, never the data.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedEvent {
    /// The type name with its version, such as `IncidentReported.v1`.
    pub type_name: &'static str,
    /// The JSON.
    pub data: Vec<u8>,
}

impl fmt::Debug for EncodedEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EncodedEvent")
            .field("type_name", &self.type_name)
            .field("data_bytes", &self.data.len())
            .finish()
    }
}

/// An aggregate whose events have a stored form.
pub trait StoredAggregate: Aggregate {
    /// Whose data the events of a stream hold, from the id in the stream's name and the first event of the stream
    /// (of the history or, where that is empty, of the events about to be appended).
    fn subjects(stream: Uuid, first: Option<&Self::Event>) -> Subjects;

    /// Brings an event into its stored form, each personal field sealed under its subject.
    fn encode(
        event: &Self::Event,
        subjects: &Subjects,
        sealer: &mut dyn Sealer,
    ) -> Result<EncodedEvent, EncodeError>;

    /// Understands a stored event, whatever version of its type.
    fn decode(type_name: &str, data: &[u8], opener: &dyn Opener) -> Result<Self::Event, DecodeError>;
}

/// What a read model may keep of an event: the same JSON with each sealed field replaced by `{"withheld": true}`, so
/// that no personal data is there, not even sealed. [`StoredAggregate::decode`] reads such a field as unreadable, under
/// the same type name.
///
/// `category` is the category of the stream, such as `incident`.
pub fn clear_part(category: &str, type_name: &str, data: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let in_category = || EVENT_TYPES.iter().filter(|event_type| event_type.category == category);
    let Some(any) = in_category().next() else {
        return Err(DecodeError::UnknownCategory);
    };
    match in_category().find(|event_type| event_type.name == type_name) {
        Some(event_type) => (event_type.clear)(data),
        None => Err(DecodeError::unknown_type(any.category, type_name)),
    }
}

/// Reads a form, withholds its sealed fields and writes it again.
pub(crate) fn clear<S: EventForm>(data: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut form: S =
        serde_json::from_slice(data).map_err(|error| DecodeError::malformed(S::TYPE, data, &error))?;
    form.withhold();
    serde_json::to_vec(&form).map_err(|_| DecodeError::NotWritable { record: S::TYPE })
}

/// Writes one event in the form the caller chooses.
pub(crate) struct Storing<'a> {
    /// Whose data the stream is about.
    pub(crate) subjects: &'a Subjects,
    /// Seals.
    pub(crate) sealer: &'a mut dyn Sealer,
}

impl Storing<'_> {
    /// Writes the event.
    pub(crate) fn write<S: EventForm + WriteForm<V>, V>(self, value: V) -> Result<EncodedEvent, EncodeError> {
        let form = S::write(value, &mut Writer::new(S::TYPE, self.subjects, self.sealer))?;
        let data = serde_json::to_vec(&form).map_err(|_| EncodeError::NotWritable { record: S::TYPE })?;
        Ok(EncodedEvent { type_name: S::TYPE, data })
    }
}

/// Stored bytes and what opens them.
#[derive(Clone, Copy)]
pub(crate) struct Stored<'a> {
    /// The JSON.
    pub(crate) data: &'a [u8],
    /// Opens sealed fields.
    pub(crate) opener: &'a dyn Opener,
}

impl Stored<'_> {
    /// Reads the event as the form the caller chooses.
    pub(crate) fn read<S: EventForm + ReadForm<D>, D>(self) -> Result<D, DecodeError> {
        let form: S = serde_json::from_slice(self.data)
            .map_err(|error| DecodeError::malformed(S::TYPE, self.data, &error))?;
        form.read(&mut Reader::new(S::TYPE, self.opener))
    }
}
