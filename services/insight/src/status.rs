//! `GetReadModelStatus`: how far the read model is, and whether it is healthy. It answers also where every other query fails, because
//! folding has stopped.

use candour_api::v1;
use candour_domain::regime;
use candour_journal::Position;
use candour_projections::{Progress, ReadModel, limits, query::PlaceFilter, read_model::Stopped, schema};
use candour_service_kit::{Check, Engine, Failure, question, token};

pub(crate) const METHOD: &str = "InsightService/GetReadModelStatus";

/// The projections, in the order of their names. They share one file, one runner and one checkpoint.
const PROJECTIONS: [&str; 6] =
    ["actions", "candour cases", "incidents", "recommendations", "reporter feedback", "timeline"];

pub(crate) async fn status(
    engine: &Engine,
    read_model: &ReadModel,
    message: v1::GetReadModelStatusRequest,
) -> Result<v1::GetReadModelStatusResponse, Failure> {
    let wanted = min_position(engine, message.query.as_ref())?;
    // The head first: what is recorded while this call waits is not "before the call".
    let head = engine.journal().head().await?;
    let progress = match wanted {
        Some(wanted) => {
            let progress = read_model.wait_for(wanted, limits::WAIT_MAX).await;
            if progress.position < wanted && progress.stopped.is_none() {
                return Err(Failure::NotCaughtUp { have: progress.position.raw(), want: wanted.raw() });
            }
            progress
        }
        None => read_model.progress(),
    };
    let stopped = match &progress.stopped {
        Some(stopped) => {
            Some((event_at(engine, progress.position, stopped.position).await, stopped.reason.clone()))
        }
        None => None,
    };
    let (stopped_at_event_id, stopped_because) = stopped.unwrap_or_default();
    let head_reached = progress.position >= head;
    let position = token::position(engine.journal().as_ref(), progress.position);
    Ok(v1::GetReadModelStatusResponse {
        head_reached,
        // Positions are not dense in every store, so only "none" can be counted.
        lag_events: head_reached.then_some(0),
        projections: PROJECTIONS
            .into_iter()
            .map(|name| v1::ProjectionStatus {
                name: name.to_owned(),
                health: health(&progress, head).into(),
                position: position.clone(),
                shape_version: u32::try_from(schema::VERSION).unwrap_or(u32::MAX),
                stopped_at_event_id: stopped_at_event_id.clone(),
                stopped_because: stopped_because.clone(),
                skipped_events: 0,
            })
            .collect(),
        product_version: env!("CARGO_PKG_VERSION").to_owned(),
        basis: Some(basis(engine, progress.position, position)),
    })
}

/// Reads the one part of the question that is used; the others are refused, as the status is of now and of everywhere.
fn min_position(engine: &Engine, query: Option<&v1::QueryContext>) -> Result<Option<Position>, Failure> {
    let mut check = Check::new();
    let asked = question::question(engine, query, None, &mut check);
    if query.is_some_and(|query| query.as_of.is_some()) {
        check.violation("query.as_of", "must not be given: the status is of now");
    }
    if asked.as_ref().is_some_and(|asked| asked.place != PlaceFilter::default()) {
        check.violation("query.place", "must not be given: the status is of the whole read model");
    }
    check.finish(|| asked.map(|asked| asked.min_position))
}

fn health(progress: &Progress, head: Position) -> v1::ProjectionHealth {
    match progress {
        Progress { stopped: Some(Stopped { .. }), .. } => v1::ProjectionHealth::Stopped,
        Progress { position, stopped: None, .. } if *position < head => v1::ProjectionHealth::CatchingUp,
        Progress { stopped: None, .. } => v1::ProjectionHealth::Following,
    }
}

/// The id of the event that folding stopped at: the first one after what is folded. Empty where the log cannot be read there; the reason
/// names the event as well, so the status is answered all the same.
async fn event_at(engine: &Engine, folded: Position, stopped: Position) -> String {
    match engine.journal().read_all(folded, 1).await {
        Ok(page) => page
            .events
            .into_iter()
            .find(|event| event.position == stopped)
            .map(|event| event.event_id.to_string())
            .unwrap_or_default(),
        Err(error) => {
            tracing::warn!(%error, position = %stopped, "the event that the projections stopped at cannot be read");
            String::new()
        }
    }
}

/// What the status rests on: the versions in force, and every version of the law that this program knows.
fn basis(engine: &Engine, reached: Position, position: String) -> v1::AnswerBasis {
    let mut regime_versions: Vec<_> =
        regime::REGIMES.iter().map(|regime| regime.version.as_str().to_owned()).collect();
    regime_versions.sort_unstable();
    v1::AnswerBasis {
        as_of: None,
        position,
        position_sequence: reached.raw(),
        policy_version: engine.organisation().policy.version.to_owned(),
        calendar_version: engine.calendar().version().as_str().to_owned(),
        regime_versions,
        synthetic: engine.journal().is_synthetic(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stopped_is_never_shown_as_following() {
        let (head, behind) = (Position::from_raw(5), Position::from_raw(4));
        let stopped = || Some(Stopped { position: Position::from_raw(5), reason: "unknown type".to_owned() });
        let health = |position, stopped| health(&Progress { position, events: 4, stopped }, head);
        assert_eq!(health(head, None), v1::ProjectionHealth::Following);
        assert_eq!(health(behind, None), v1::ProjectionHealth::CatchingUp);
        assert_eq!(health(behind, stopped()), v1::ProjectionHealth::Stopped);
        assert_eq!(health(head, stopped()), v1::ProjectionHealth::Stopped);
    }

    #[test]
    fn the_projections_are_in_the_order_of_their_names() {
        assert!(PROJECTIONS.is_sorted());
    }
}
