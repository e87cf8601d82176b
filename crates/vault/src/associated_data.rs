//! The cell of the log a sealed value belongs in.

use uuid::Uuid;

/// Names the one place a sealed value may stand: stream, event and field. It is authenticated with the
/// value, not stored in it, so a ciphertext copied to another cell does not open there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssociatedData {
    encoded: Vec<u8>,
}

impl AssociatedData {
    /// `stream` is the full stream name, `field` the path of the field inside the event's data, such as
    /// `affected_persons[0].name`. Each part is preceded by its length, so no two cells encode alike.
    pub fn new(stream: &str, event_id: Uuid, field: &str) -> Self {
        let mut encoded = Vec::with_capacity(stream.len() + field.len() + 3 * size_of::<u64>() + 16);
        for part in [stream.as_bytes(), event_id.as_bytes(), field.as_bytes()] {
            encoded.extend_from_slice(&(part.len() as u64).to_be_bytes());
            encoded.extend_from_slice(part);
        }
        Self { encoded }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.encoded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_bytes_between_stream_and_field_changes_the_cell() {
        let event = Uuid::from_u128(1);
        assert_ne!(AssociatedData::new("ab", event, "c"), AssociatedData::new("a", event, "bc"));
        assert_ne!(AssociatedData::new("a", event, "b"), AssociatedData::new("a", Uuid::from_u128(2), "b"));
    }
}
