//! Joins the stored records to the vault: a sealed value is bound to its stream, its event and its field.

use candour_records::{Opened, Opener, SealFailed, Sealer, Subject};
use candour_vault::{AssociatedData, SealError, SubjectId, Vault};
use tokio::sync::watch;
use uuid::Uuid;

/// Seals and opens the personal fields of one event.
pub(crate) struct Cell<'a> {
    pub(crate) vault: &'a dyn Vault,
    pub(crate) stream: &'a str,
    pub(crate) event_id: Uuid,
    /// Counts the values that should be readable and are not: data loss, shown as degraded health.
    pub(crate) unreadable: &'a watch::Sender<u64>,
}

impl Cell<'_> {
    fn associated_data(&self, field: &str) -> AssociatedData {
        AssociatedData::new(self.stream, self.event_id, field)
    }

    fn unreadable(&self, field: &str, reason: &dyn std::fmt::Display) -> Opened {
        tracing::error!(stream = self.stream, event_id = %self.event_id, field, %reason, "a sealed field is unreadable");
        self.unreadable.send_modify(|count| *count += 1);
        Opened::Unreadable
    }
}

impl Sealer for Cell<'_> {
    fn seal(&mut self, subject: Subject, field: &str, plaintext: &str) -> Result<String, SealFailed> {
        self.vault
            .seal(SubjectId::new(subject.uuid()), &self.associated_data(field), plaintext.as_bytes())
            .map(|sealed| sealed.to_text())
            .map_err(|error| match error {
                SealError::SubjectErased { .. } => SealFailed::SubjectErased,
                SealError::PlaintextTooLong { limit, actual } => SealFailed::TooLong { limit, actual },
                SealError::Unavailable { detail } => SealFailed::Unavailable { detail },
            })
    }
}

impl Opener for Cell<'_> {
    fn open(&self, field: &str, sealed: &str) -> Opened {
        match self.vault.open_text(&self.associated_data(field), sealed) {
            candour_vault::Opened::Known(bytes) => match std::str::from_utf8(&bytes) {
                Ok(text) => Opened::Known(text.to_owned()),
                Err(_) => self.unreadable(field, &"the plaintext is not text"),
            },
            candour_vault::Opened::Erased => Opened::Erased,
            candour_vault::Opened::Unreadable(reason) => self.unreadable(field, &reason),
        }
    }
}
