//! What is warm is what reading the stream gives.

use candour_domain::{
    candour_case::{
        CandourCase, CaseFacts, Command as CaseCommand, ContactAttempt, ContactMethod, ContactResult,
        Request as CaseRequest,
    },
    identifier::CaseId,
    incident::{Incident, PhysicalHarm},
};
use candour_records::StoredAggregate;
use candour_service_kit::Loaded;
use jiff::civil::date;
use uuid::Uuid;

use crate::world::{INCIDENT, PATIENT, Server, World, a_report, close, grade, reopen, request, text};

/// Everything but the positions of events that were recorded in the same breath as a later one.
fn shown<A: StoredAggregate>(loaded: &Loaded<A>) -> String {
    let history: Vec<_> = loaded
        .history
        .iter()
        .map(|recorded| (&recorded.entry, &recorded.metadata, &recorded.type_name))
        .collect();
    format!("{:?} {:?} {:?} {history:#?}", loaded.position, loaded.version(), loaded.state)
}

async fn facts<A: StoredAggregate>(server: &Server, id: Uuid) -> String {
    shown(&*server.engine.facts::<A>("thing", id).await.unwrap())
}

#[tokio::test]
async fn what_was_appended_is_kept_as_it_would_be_read() {
    for world in World::both() {
        let server = world.only_server();
        server.report(request(1).of("2026-02-20T09:00:00.5Z"), a_report()).await.unwrap();
        world.minutes_later(1);
        server.command(request(2), INCIDENT, grade(PATIENT, PhysicalHarm::Low)).await.unwrap();
        server.command(request(3), INCIDENT, close()).await.unwrap();
        server.command(request(4), INCIDENT, reopen()).await.unwrap();
        // Two events in one append: the first thing recorded about a case also opens it.
        let case = CaseId::of(INCIDENT, PATIENT);
        let facts_of_case = CaseFacts {
            case,
            incident: INCIDENT,
            person: PATIENT,
            recorded_in_error: false,
            reported_on: date(2026, 2, 20),
        };
        let attempt = ContactAttempt {
            relevant_person: None,
            method: ContactMethod::Telephone,
            by_role: text("ward manager"),
            result: ContactResult::NoAnswer,
            note: None,
        };
        let command =
            CaseCommand { facts: facts_of_case, request: CaseRequest::RecordContactAttempt(attempt) };
        let envelope = request(5).envelope(&server.engine);
        let done = server.engine.execute::<CandourCase>(&envelope, case.uuid(), command).await.unwrap();
        assert_eq!(done.events.len(), 2);

        server.link.asked();
        let incident = facts::<Incident>(&server, INCIDENT.uuid()).await;
        let kept_case = facts::<CandourCase>(&server, case.uuid()).await;
        assert_eq!(server.link.asked(), (0, 0));
        let fresh = world.only_server();
        assert_eq!(incident, facts::<Incident>(&fresh, INCIDENT.uuid()).await);
        assert_eq!(kept_case, facts::<CandourCase>(&fresh, case.uuid()).await);
    }
}
