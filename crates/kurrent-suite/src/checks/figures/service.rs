//! Figures of the service: commands over gRPC, each with all that belongs to it.

use std::sync::Arc;

use candour_api::v1;
use candour_testkit::{Connection, Requests, Server, connection::PATIENT_SAFETY};

use crate::{
    check::{Check, Outcome},
    figures::{AsyncWork, Engine, Figure, IN_FLIGHT, Timing},
    setting::Setting,
};

const REPORT: &str = "command over gRPC: report an incident";
const SEEN: &str = "report an incident, then a list that shows it";

pub(super) fn checks() -> Vec<Check> {
    vec![Check::new("figures/commands", "how long commands over gRPC take", commands)]
}

async fn commands(setting: Arc<Setting>) -> Outcome {
    let (here, there) = (setting.folder(), setting.folder());
    for (engine, program) in [
        (Engine::KurrentDb, setting.service(&there, &setting.namespace())),
        (Engine::Sqlite, setting.service_on_sqlite(&here)),
    ] {
        let server = Server::serve(&program.variable("CANDOUR_LOG", "warn"));
        let requests = Requests::named("figures");
        for what in [REPORT, SEEN] {
            for in_flight in IN_FLIGHT {
                let mut connections = Vec::new();
                for _ in 0..in_flight {
                    connections.push(server.connect(PATIENT_SAFETY).await);
                }
                let timing = Timing::of(in_flight, setting.measurement, |worker| Worker {
                    what,
                    connection: connections[worker].clone(),
                    requests: requests.clone(),
                });
                setting.keep(Figure { what, in_flight, engine, timing: timing.await });
            }
        }
        assert_eq!(server.terminate().code, Some(0), "the service ends in order");
    }
    Outcome::passed()
}

struct Worker {
    what: &'static str,
    connection: Connection,
    requests: Requests,
}

impl AsyncWork for Worker {
    async fn once(&mut self) {
        let position = self.report().await;
        if self.what == SEEN {
            self.list(position).await;
        }
    }
}

impl Worker {
    /// Reports an incident and gives the position to ask for.
    async fn report(&mut self) -> String {
        let reported: Result<v1::ReportIncidentResponse, _> =
            self.connection.call("IncidentService/ReportIncident", self.requests.report()).await;
        reported.expect("a report").result.expect("a command has a result").position
    }

    async fn list(&self, min_position: String) {
        let query = v1::QueryContext { min_position, ..Default::default() };
        let request = v1::ListIncidentsRequest { query: Some(query), page_size: 1, ..Default::default() };
        let listed: Result<v1::ListIncidentsResponse, _> =
            self.connection.call("IncidentService/ListIncidents", request).await;
        assert_eq!(listed.expect("a list").incidents.len(), 1);
    }
}
