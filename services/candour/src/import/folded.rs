//! The end of an import: lists and figures hold what was imported before the command ends, so that whatever is asked next shows it.

use candour_api::v1;
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::client::Clients;

/// How often the server is asked to wait; it waits some seconds each time. A read model that is further behind is being made anew.
const WAITS_MAX: usize = 60;
/// The reason by which the server says that it waited in vain.
const BEHIND: &str = "READ_MODEL_BEHIND";

/// The furthest position of the log that results have told of.
#[derive(Default)]
pub(super) struct Furthest {
    sequence: u64,
    position: String,
}

impl Furthest {
    /// Takes note of a result.
    pub(super) fn note(&mut self, answer: &v1::ImportRecordsResponse) {
        if answer.position_sequence > self.sequence {
            self.sequence = answer.position_sequence;
            self.position.clone_from(&answer.position);
        }
    }

    /// Waits until lists and figures hold everything up to there. Whether they do.
    pub(super) async fn is_folded(&self, clients: &mut Clients) -> Result<bool, Status> {
        if self.position.is_empty() {
            return Ok(true);
        }
        let query = v1::QueryContext { min_position: self.position.clone(), ..v1::QueryContext::default() };
        for _ in 0..WAITS_MAX {
            let request = v1::GetReadModelStatusRequest { query: Some(query.clone()) };
            match clients.insight.get_read_model_status(request).await {
                // A read model that stopped answers at once, and says so itself to whoever asks for a list.
                Ok(_) => return Ok(true),
                Err(status) if is_behind(&status) => {}
                Err(status) => return Err(status),
            }
        }
        Ok(false)
    }
}

fn is_behind(status: &Status) -> bool {
    status.get_details_error_info().is_some_and(|info| info.reason == BEHIND)
}
