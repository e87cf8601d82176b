//! What every list asks beside its own filters: as of which date, where, and which page.

use candour_api::v1;
use candour_journal::Position;
use candour_projections::{
    Snapshot,
    query::{Cursor, PageRequest},
};
use candour_service_kit::{
    Check, Engine, Failure,
    question::{self, Question},
};

/// The part that all lists have in common, read.
pub(crate) struct Listing {
    arguments: [u8; 32],
    /// The question as asked.
    pub(crate) question: Question,
    /// The page wanted.
    pub(crate) page: PageRequest,
}

impl Listing {
    /// Reads it. `arguments` is the keyed digest of the request that [`arguments_of`] gives.
    pub(crate) fn read(
        engine: &Engine,
        check: &mut Check,
        arguments: [u8; 32],
        query: Option<&v1::QueryContext>,
        page_size: i32,
        page_token: &str,
    ) -> Option<Self> {
        let continued = question::continued(engine, page_token, &arguments, check);
        let question = question::question(engine, query, continued.flatten().as_ref(), check);
        let size = question::page_size(page_size, check);
        let page = question::page_request(size?, continued?.as_ref());
        Some(Self { arguments, question: question?, page })
    }

    /// The token of the page after, or nothing at the end.
    pub(crate) fn next_page_token(&self, engine: &Engine, next: Option<Cursor>) -> String {
        question::next_page_token(engine, &self.arguments, self.question.as_of, next)
    }
}

/// The position that a page is read at: that of the first page, which is this one where none came before.
pub(crate) fn known_at(page: PageRequest, snapshot: &Snapshot) -> Position {
    page.known_at().unwrap_or(snapshot.progress().position)
}

/// The failure of a page token that points at a row which is no longer where it was.
pub(crate) fn stale_page_token() -> Failure {
    Failure::field("page_token", "does not fit this list any more: begin again with its first page")
}

/// The digest of a request without what may differ between pages of one list.
macro_rules! arguments_of {
    ($engine:expr, $method:expr, $message:expr) => {{
        let mut arguments = $message.clone();
        arguments.page_size = 0;
        arguments.page_token.clear();
        if let Some(query) = &mut arguments.query {
            query.min_position.clear();
        }
        candour_service_kit::question::arguments($engine, $method, &arguments)
    }};
}

/// Reads what a list request has in common with all others; the value of [`Listing::read`].
macro_rules! listing {
    ($engine:expr, $method:expr, $message:expr, $check:expr) => {{
        let arguments = $crate::listing::arguments_of!($engine, $method, $message);
        $crate::listing::Listing::read(
            $engine,
            $check,
            arguments,
            $message.query.as_ref(),
            $message.page_size,
            &$message.page_token,
        )
    }};
}

pub(crate) use arguments_of;
pub(crate) use listing;
