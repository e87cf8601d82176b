//! That every acknowledged command is there exactly once.

use std::collections::{BTreeMap, BTreeSet};

use candour_api::v1;

use super::writer::{Acknowledged, Command, History, send};
use crate::connection::Connection;

/// Each history holds the events that were acknowledged for it, in order, and no others.
pub(super) async fn every_history_is_what_was_acknowledged(
    connection: &Connection,
    acknowledged: &[&Acknowledged],
    action_id: &str,
) {
    let mut expected: BTreeMap<History, Vec<String>> = BTreeMap::new();
    for one in acknowledged {
        expected.entry(one.history.clone()).or_default().extend(one.event_ids.clone());
    }
    for (history, events) in &expected {
        match history {
            History::Incident(incident_id) => {
                let request = v1::GetIncidentRequest { incident_id: incident_id.clone() };
                let answer: v1::GetIncidentResponse = connection
                    .call("IncidentService/GetIncident", request)
                    .await
                    .expect("an incident that was acknowledged");
                assert_eq!(ids(answer.history), *events, "{history:?}");
            }
            History::Feedback(incident_id) => {
                let request = v1::GetReporterFeedbackRequest { incident_id: incident_id.clone() };
                let answer: v1::GetReporterFeedbackResponse = connection
                    .call("FollowUpService/GetReporterFeedback", request)
                    .await
                    .expect("feedback that was acknowledged");
                assert_eq!(ids(answer.history), *events, "{history:?}");
            }
            History::Action => {
                let request = v1::GetActionRequest { action_id: action_id.to_owned() };
                let answer: v1::GetActionResponse =
                    connection.call("LearningService/GetAction", request).await.expect("the action");
                // The writers wrote at the same time, so their order among each other is the server's.
                let found = ids(answer.history);
                assert_eq!(found.len(), events.len() + 1, "the agreement, then each note once");
                let found: BTreeSet<String> = found.into_iter().skip(1).collect();
                assert_eq!(found, events.iter().cloned().collect(), "{history:?}");
            }
        }
    }
}

fn ids(history: Vec<v1::HistoryEntry>) -> Vec<String> {
    history.into_iter().map(|entry| entry.event_id).collect()
}

/// The list, read in pages from the read model, shows every incident that was acknowledged once, and the one that was reported before.
pub(super) async fn every_incident_is_listed_once(connection: &Connection, acknowledged: &[&Acknowledged]) {
    let reported: BTreeSet<&String> = acknowledged
        .iter()
        .filter_map(|one| match (&one.command, &one.history) {
            (Command::Report(_), History::Incident(id)) => Some(id),
            _ => None,
        })
        .collect();
    let last = acknowledged.last().expect("something was acknowledged");
    let (_, result) = send(connection, &last.command).await.expect("a repeat is answered");
    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = v1::ListIncidentsRequest {
            query: Some(v1::QueryContext { min_position: result.position.clone(), ..Default::default() }),
            page_size: 7,
            page_token,
            ..Default::default()
        };
        let answer: v1::ListIncidentsResponse =
            connection.call("IncidentService/ListIncidents", request).await.expect("a list");
        listed.extend(answer.incidents.into_iter().map(|row| row.incident_id));
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed.len(), reported.len() + 1, "each incident once, and the one reported before");
    let listed: BTreeSet<&String> = listed.iter().collect();
    assert!(reported.is_subset(&listed), "{:?} are not listed", reported.difference(&listed));
}
