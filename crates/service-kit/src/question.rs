//! What every query does alike: as of which date, read from which position, which page, and what the answer rests on.

use candour_api::v1;
use candour_domain::{measures::Rules, regime};
use candour_journal::Position;
use candour_projections::{
    ReadModel, Snapshot, limits,
    query::{Cursor, PageRequest, PlaceFilter, QueryError},
};
use jiff::civil::Date;
use prost::Message;
use uuid::Uuid;

use crate::{check::Check, engine::Engine, failure::Failure, token, wire};

/// A question as asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// The end of this civil date in Europe/London.
    pub as_of: Date,
    /// The position the read model must have reached.
    pub min_position: Option<Position>,
    /// Where.
    pub place: PlaceFilter,
}

/// Reads the part every query carries. `as_of` defaults to today, or to the day of the page before.
pub fn question(
    engine: &Engine,
    query: Option<&v1::QueryContext>,
    continued: Option<&Continued>,
    check: &mut Check,
) -> Option<Question> {
    let empty = v1::QueryContext::default();
    let query = query.unwrap_or(&empty);
    let as_of = check.optional_date("query.as_of", query.as_of.as_ref());
    let min_position = check
        .accept("query.min_position", token::parse_position(&query.min_position, engine.journal().as_ref()));
    let none = v1::PlaceFilter::default();
    let place = query.place.as_ref().unwrap_or(&none);
    let site = check.optional_text("query.place.site", &place.site);
    let directorate = check.optional_text("query.place.directorate", &place.directorate);
    let team = check.optional_text("query.place.team", &place.team);
    let today = || candour_domain::calendar::civil_date(engine.now());
    Some(Question {
        as_of: as_of?.or(continued.map(|continued| continued.as_of)).unwrap_or_else(today),
        min_position: min_position?,
        place: PlaceFilter { site: site?, directorate: directorate?, team: team? },
    })
}

/// Where a list goes on, from a page token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Continued {
    /// The date of the first page.
    pub as_of: Date,
    /// Where the page before ended.
    pub cursor: Cursor,
}

/// The keyed digest of a list's arguments, to which its page tokens are bound. Hand over the request without its page size, page token and
/// minimum position.
pub fn arguments<M: Message>(engine: &Engine, method: &'static str, request: &M) -> [u8; 32] {
    let mut content = method.as_bytes().to_vec();
    content.push(0);
    content.extend_from_slice(&request.encode_to_vec());
    engine.authenticate("list-arguments", &content)
}

/// Reads a page token. It is opaque, bound to the list's other arguments, and carries no authority. The outer `None` means "wrong".
#[expect(
    clippy::option_option,
    reason = "wrong, not given and given are three things, as everywhere in Check"
)]
pub fn continued(
    engine: &Engine,
    page_token: &str,
    arguments: &[u8; 32],
    check: &mut Check,
) -> Option<Option<Continued>> {
    if page_token.is_empty() {
        return Some(None);
    }
    let read = read_page_token(engine, page_token, arguments);
    if read.is_none() {
        check.violation(
            "page_token",
            "is not one that this list gave: send back exactly what the page before gave, with all other fields as they were",
        );
    }
    read.map(Some)
}

/// How many rows are wanted.
pub fn page_size(size: i32, check: &mut Check) -> Option<usize> {
    match usize::try_from(size) {
        Ok(0) => Some(limits::PAGE_SIZE_DEFAULT),
        Ok(size) => Some(size.min(limits::PAGE_SIZE_MAX)),
        Err(_) => {
            check.violation("page_size", "must not be negative");
            None
        }
    }
}

/// The page wanted.
pub fn page_request(size: usize, continued: Option<&Continued>) -> PageRequest {
    PageRequest { size, after: continued.map(|continued| continued.cursor) }
}

/// The token of the page after, or nothing at the end.
pub fn next_page_token(engine: &Engine, arguments: &[u8; 32], as_of: Date, next: Option<Cursor>) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let Some(cursor) = next else { return String::new() };
    let mut bytes = Vec::with_capacity(TOKEN_BYTES);
    bytes.push(1);
    bytes.extend_from_slice(&as_of.year().to_be_bytes());
    bytes.extend_from_slice(&as_of.month().to_be_bytes());
    bytes.extend_from_slice(&as_of.day().to_be_bytes());
    bytes.extend_from_slice(&cursor.known_at.raw().to_be_bytes());
    bytes.extend_from_slice(&cursor.day.to_be_bytes());
    bytes.extend_from_slice(cursor.id.as_bytes());
    let mac = token_mac(engine, arguments, &bytes);
    bytes.extend_from_slice(&mac);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Version, date (4), position (8), day (8), id (16), digest (16).
const TOKEN_BYTES: usize = 1 + 4 + 8 + 8 + 16 + 16;

fn read_page_token(engine: &Engine, text: &str, arguments: &[u8; 32]) -> Option<Continued> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    if text.len() > 2 * TOKEN_BYTES {
        return None;
    }
    let bytes: [u8; TOKEN_BYTES] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
    let (content, mac) = bytes.split_at(TOKEN_BYTES - 16);
    if token_mac(engine, arguments, content) != mac || content[0] != 1 {
        return None;
    }
    let date = Date::new(
        i16::from_be_bytes(content[1..3].try_into().ok()?),
        i8::from_be_bytes(content[3..4].try_into().ok()?),
        i8::from_be_bytes(content[4..5].try_into().ok()?),
    );
    Some(Continued {
        as_of: date.ok()?,
        cursor: Cursor {
            known_at: Position::from_raw(u64::from_be_bytes(content[5..13].try_into().ok()?)),
            day: i64::from_be_bytes(content[13..21].try_into().ok()?),
            id: Uuid::from_slice(&content[21..37]).ok()?,
        },
    })
}

fn token_mac(engine: &Engine, arguments: &[u8; 32], content: &[u8]) -> [u8; 16] {
    let mut bound = arguments.to_vec();
    bound.extend_from_slice(content);
    let mut short = [0; 16];
    short.copy_from_slice(&engine.authenticate("page-token", &bound)[..16]);
    short
}

/// Waits for the position asked for and answers from one snapshot, on a blocking thread.
///
/// Fails rather than answering with figures that are known to be stale: when the position was not reached in time, and when folding has stopped.
/// `known_at` is the position of a list's first page, where this is a later one; the answer's basis then names it.
pub async fn answer<T: Send + 'static>(
    engine: &Engine,
    read_model: &ReadModel,
    question: &Question,
    known_at: Option<Position>,
    run: impl FnOnce(&Snapshot, Rules<'_>) -> Result<T, QueryError> + Send + 'static,
) -> Result<(T, v1::AnswerBasis), Failure> {
    let progress = match question.min_position {
        Some(wanted) => {
            let progress = read_model.wait_for(wanted, limits::WAIT_MAX).await;
            if progress.position < wanted && progress.stopped.is_none() {
                return Err(Failure::NotCaughtUp { have: progress.position.raw(), want: wanted.raw() });
            }
            progress
        }
        None => read_model.progress(),
    };
    if let Some(stopped) = progress.stopped {
        return Err(Failure::ProjectionStopped(format!(
            "at position {}: {}",
            stopped.position, stopped.reason
        )));
    }
    let (calendar, policy) = (engine.calendar(), engine.organisation().policy.clone());
    let read_model = read_model.clone();
    let span = tracing::Span::current();
    let (value, position) = tokio::task::spawn_blocking(move || {
        let _entered = span.enter();
        let snapshot = read_model.snapshot().map_err(QueryError::from)?;
        let value = run(&snapshot, Rules { calendar, policy: &policy })?;
        Ok::<_, QueryError>((value, snapshot.progress().position))
    })
    .await
    .map_err(|_| Failure::Internal("a query ended abnormally".to_owned()))?
    .map_err(query_failed)?;
    Ok((value, basis(engine, question.as_of, known_at.unwrap_or(position))))
}

fn query_failed(error: QueryError) -> Failure {
    match error {
        QueryError::Database(error) => Failure::Unavailable(error.to_string()),
        QueryError::Undecodable(what) => Failure::Corrupt(what),
    }
}

/// What an answer rests on.
fn basis(engine: &Engine, as_of: Date, position: Position) -> v1::AnswerBasis {
    let organisation = engine.organisation();
    v1::AnswerBasis {
        as_of: Some(wire::date(as_of)),
        position: token::position(engine.journal().as_ref(), position),
        position_sequence: position.raw(),
        policy_version: organisation.policy.version.to_owned(),
        calendar_version: engine.calendar().version().as_str().to_owned(),
        regime_versions: regime::REGIMES
            .iter()
            .filter(|regime| {
                regime.nation == organisation.nation && regime.body_type == organisation.body_type
            })
            .map(|regime| regime.version.as_str().to_owned())
            .collect(),
        synthetic: engine.journal().is_synthetic(),
    }
}
