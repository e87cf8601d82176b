//! A command that makes the thing it is about reads nothing, and is carried out once all the same.

use candour_domain::{Personal, incident::PhysicalHarm};
use candour_records::Subject;
use candour_vault::{Erasure, SubjectId, Vault as _};

use crate::world::{INCIDENT, PATIENT, World, a_report, close, grade, person, reason, request, text};

#[tokio::test]
async fn a_create_and_what_follows_it_read_nothing() {
    for world in World::both() {
        let server = world.server();
        server.report(request(1), a_report()).await.unwrap();
        server.command(request(2), INCIDENT, grade(PATIENT, PhysicalHarm::Low)).await.unwrap();
        server.command(request(3), INCIDENT, close()).await.unwrap();
        assert_eq!(server.link.asked(), (0, 3));
    }
}

#[tokio::test]
async fn a_repeated_create_answers_as_the_first_did_here_there_and_after_more() {
    for world in World::both() {
        let (here, there) = (world.server(), world.server());
        let first = here.report(request(1), a_report()).await.unwrap();
        world.minutes_later(1);
        for later in [false, true] {
            if later {
                here.command(request(2), INCIDENT, grade(PATIENT, PhysicalHarm::Severe)).await.unwrap();
            }
            // Here it is warm; there it is not, or is behind; and a third server knows nothing.
            for server in [&here, &there, &world.server()] {
                let again = server.report(request(1), a_report()).await.unwrap();
                assert!(again.repeated && !first.repeated);
                assert_eq!(
                    (again.version, again.position, again.recorded_at, &again.state),
                    (first.version, first.position, first.recorded_at, &first.state)
                );
                assert_eq!(again.events, first.events);
            }
        }
        assert_eq!(here.events(INCIDENT).await, ["IncidentReported.v1", "HarmGraded.v1"]);
    }
}

#[tokio::test]
async fn a_create_with_the_request_id_of_another_is_refused_here_there_and_after_more() {
    for world in World::both() {
        let (here, there) = (world.server(), world.server());
        here.report(request(1), a_report()).await.unwrap();
        let mut other = a_report();
        other.narrative = Personal::Known(text("Something else."));
        let reused = request(1).with_other_content();
        for later in [false, true] {
            if later {
                here.command(request(2), INCIDENT, close()).await.unwrap();
            }
            for server in [&here, &there, &world.server()] {
                assert_eq!(reason(server.report(reused, other.clone()).await), "REQUEST_ID_REUSED");
            }
        }
        assert_eq!(here.events(INCIDENT).await, ["IncidentReported.v1", "IncidentClosed.v1"]);
    }
}

#[tokio::test]
async fn a_create_of_what_is_there_from_another_request_is_refused_by_the_rule() {
    for world in World::both() {
        let (here, there) = (world.server(), world.server());
        here.report(request(1), a_report()).await.unwrap();
        assert_eq!(reason(there.report(request(2), a_report()).await), "INCIDENT_ALREADY_REPORTED");
        // A version that the caller cannot have seen.
        let failed = world.server().report(request(3).having_seen(4), a_report()).await;
        assert_eq!(reason(failed), "STALE_ETAG");
    }
}

#[tokio::test]
async fn a_create_that_a_rule_refuses_records_nothing() {
    for world in World::both() {
        let server = world.server();
        let twice = candour_domain::incident::Report {
            affected_persons: vec![person(PATIENT), person(PATIENT)],
            ..a_report()
        };
        assert_eq!(reason(server.report(request(1), twice).await), "AFFECTED_PERSON_GIVEN_TWICE");
        assert_eq!(server.link.asked(), (1, 0));
        assert!(server.events(INCIDENT).await.is_empty());
    }
}

#[tokio::test]
async fn a_repeated_create_about_somebody_erased_since_is_still_answered_as_the_first() {
    for world in World::both() {
        let (here, there) = (world.server(), world.server());
        let first = here.report(request(1), a_report()).await.unwrap();
        let erasure = Erasure {
            reason: "the retention period is over".to_owned(),
            authority: "records manager".to_owned(),
            at: "2026-03-02T12:00:00Z".parse().unwrap(),
        };
        let subject = SubjectId::new(Subject::AffectedPerson(PATIENT).uuid());
        world.vault.erase(subject, &[], &erasure).unwrap();
        for server in [&here, &there] {
            // There, nothing more can be sealed for the person, which is no answer to a repeat.
            let again = server.report(request(1), a_report()).await.unwrap();
            assert!(again.repeated);
            assert_eq!((again.position, &again.events), (first.position, &first.events));
        }
    }
}
