//! What a warm stream that is behind the log would get wrong.
//!
//! `here` carried out a command on the incident and keeps it warm; `there` then appends to it.

use candour_domain::{
    Correction, CorrectionChange,
    incident::{Command, Incident, PhysicalHarm},
};

use crate::world::{
    INCIDENT, PATIENT, RELATIVE, Server, World, a_report, close, grade, person, reason, reopen, request, text,
};

/// Two servers, and an incident that is warm `here` at version 0.
async fn two_servers(world: &World) -> (Server, Server) {
    let (here, there) = (world.server(), world.server());
    here.report(request(1), a_report()).await.unwrap();
    (here, there)
}

#[tokio::test]
async fn it_would_refuse_what_another_server_has_made_possible() {
    for world in World::both() {
        let (here, there) = two_servers(&world).await;
        there.command(request(2), INCIDENT, Command::AddAffectedPerson(person(RELATIVE))).await.unwrap();
        here.command(request(3), INCIDENT, grade(RELATIVE, PhysicalHarm::Low)).await.unwrap();
        assert_eq!(
            here.events(INCIDENT).await,
            ["IncidentReported.v1", "AffectedPersonAdded.v1", "HarmGraded.v1"]
        );
    }
}

#[tokio::test]
async fn it_would_accept_what_another_server_has_made_impossible() {
    for world in World::both() {
        let (here, there) = two_servers(&world).await;
        there.command(request(2), INCIDENT, close()).await.unwrap();
        assert_eq!(reason(here.command(request(3), INCIDENT, close()).await), "INCIDENT_ALREADY_CLOSED");
        assert_eq!(here.events(INCIDENT).await, ["IncidentReported.v1", "IncidentClosed.v1"]);
    }
}

#[tokio::test]
async fn it_would_find_nothing_to_do_where_another_server_has_changed_it() {
    for world in World::both() {
        let (here, there) = two_servers(&world).await;
        here.command(request(2), INCIDENT, grade(PATIENT, PhysicalHarm::Severe)).await.unwrap();
        there.command(request(3), INCIDENT, grade(PATIENT, PhysicalHarm::Low)).await.unwrap();
        let again = here.command(request(4), INCIDENT, grade(PATIENT, PhysicalHarm::Severe)).await.unwrap();
        assert_eq!((again.events.len(), again.version.unwrap().number()), (1, 3));
    }
}

#[tokio::test]
async fn it_would_say_what_is_no_longer_so_where_there_is_nothing_to_do() {
    for world in World::both() {
        let (here, there) = two_servers(&world).await;
        here.command(request(2), INCIDENT, grade(PATIENT, PhysicalHarm::Severe)).await.unwrap();
        let closed = there.command(request(3), INCIDENT, close()).await.unwrap();
        let nothing = here.command(request(4), INCIDENT, grade(PATIENT, PhysicalHarm::Severe)).await.unwrap();
        assert!(nothing.events.is_empty() && nothing.recorded_at.is_none());
        assert_eq!((nothing.version, nothing.position), (closed.version, closed.position));
    }
}

#[tokio::test]
async fn it_would_regrade_from_a_grade_that_another_server_has_replaced() {
    use candour_domain::incident::Event;
    for world in World::both() {
        let (here, there) = two_servers(&world).await;
        here.command(request(2), INCIDENT, grade(PATIENT, PhysicalHarm::Severe)).await.unwrap();
        there.command(request(3), INCIDENT, grade(PATIENT, PhysicalHarm::Low)).await.unwrap();
        let done = here.command(request(4), INCIDENT, grade(PATIENT, PhysicalHarm::Moderate)).await.unwrap();
        let [(_, Event::HarmRegraded { from, .. })] = done.events.as_slice() else { panic!("not a regrade") };
        assert_eq!(from.physical, Some(PhysicalHarm::Low));
    }
}

#[tokio::test]
async fn it_would_call_out_of_order_what_another_server_has_put_in_order() {
    for world in World::both() {
        let (here, there) = (world.server(), world.server());
        here.report(request(1).of("2026-02-20T09:00:00Z"), a_report()).await.unwrap();
        here.command(request(2).of("2026-02-26T09:00:00Z"), INCIDENT, close()).await.unwrap();
        // The reopening is dated before the closing that is warm here...
        let reopening = request(3).of("2026-02-24T09:00:00Z");
        assert_eq!(reason(here.command(reopening, INCIDENT, reopen()).await), "OUT_OF_ORDER");
        // ...and after the closing as another server has corrected it.
        let closing = there.engine.load::<Incident>(INCIDENT.uuid()).await.unwrap().history[1].entry.event_id;
        let correction = Correction {
            corrects: closing,
            reason: text("closed on the 23rd"),
            change: CorrectionChange::OccurredAt("2026-02-23T09:00:00Z".parse().unwrap()),
        };
        let envelope = request(4).envelope(&there.engine);
        there.engine.correct::<Incident>(&envelope, INCIDENT.uuid(), correction).await.unwrap();
        here.command(reopening, INCIDENT, reopen()).await.unwrap();
    }
}

#[tokio::test]
async fn it_would_call_an_etag_stale_that_another_server_has_given() {
    for world in World::both() {
        let (here, there) = two_servers(&world).await;
        there.command(request(2), INCIDENT, grade(PATIENT, PhysicalHarm::Low)).await.unwrap();
        let done = here.command(request(3).having_seen(1), INCIDENT, close()).await.unwrap();
        assert_eq!(done.version.unwrap().number(), 2);
    }
}

#[tokio::test]
async fn it_would_honour_an_etag_that_another_server_has_made_stale() {
    for world in World::both() {
        let (here, there) = two_servers(&world).await;
        there.command(request(2), INCIDENT, grade(PATIENT, PhysicalHarm::Low)).await.unwrap();
        let failed = here.command(request(3).having_seen(0), INCIDENT, close()).await;
        assert_eq!(
            failed.err().unwrap().to_string(),
            "the etag is of version 0, the current version is 1; read again and decide anew"
        );
        assert_eq!(here.events(INCIDENT).await, ["IncidentReported.v1", "HarmGraded.v1"]);
    }
}

#[tokio::test]
async fn it_would_carry_out_again_what_another_server_has_carried_out() {
    for world in World::both() {
        let (here, there) = two_servers(&world).await;
        let first = there.command(request(2), INCIDENT, grade(PATIENT, PhysicalHarm::Low)).await.unwrap();
        // Also where others have written since, so that the journal sees a conflict and no repeat.
        for later in [None, Some(close())] {
            if let Some(command) = later {
                there.command(request(3), INCIDENT, command).await.unwrap();
            }
            world.minutes_later(1);
            let again = here.command(request(2), INCIDENT, grade(PATIENT, PhysicalHarm::Low)).await.unwrap();
            assert!(again.repeated && !first.repeated);
            assert_eq!(
                (again.version, again.position, again.recorded_at, &again.state),
                (first.version, first.position, first.recorded_at, &first.state)
            );
            assert_eq!(again.events, first.events);
        }
        assert_eq!(
            here.events(INCIDENT).await,
            ["IncidentReported.v1", "HarmGraded.v1", "IncidentClosed.v1"]
        );
    }
}

#[tokio::test]
async fn it_would_take_another_content_for_the_request_that_another_server_has_carried_out() {
    for world in World::both() {
        let (here, there) = two_servers(&world).await;
        there.command(request(2), INCIDENT, grade(PATIENT, PhysicalHarm::Low)).await.unwrap();
        // The journal answers the append as a repeat, for it knows the event ids only.
        let reused = request(2).with_other_content();
        let failed = here.command(reused, INCIDENT, grade(PATIENT, PhysicalHarm::Severe)).await;
        assert_eq!(reason(failed), "REQUEST_ID_REUSED");
        // Once it is warm, the same is said of what is warm.
        let failed = here.command(reused, INCIDENT, grade(PATIENT, PhysicalHarm::Severe)).await;
        assert_eq!(reason(failed), "REQUEST_ID_REUSED");
        assert_eq!(here.events(INCIDENT).await, ["IncidentReported.v1", "HarmGraded.v1"]);
    }
}

#[tokio::test]
async fn what_a_conflict_has_shown_is_warm_from_then_on() {
    for world in World::both() {
        let (here, there) = two_servers(&world).await;
        there.command(request(2), INCIDENT, grade(PATIENT, PhysicalHarm::Low)).await.unwrap();
        here.link.asked();
        here.command(request(3), INCIDENT, grade(PATIENT, PhysicalHarm::Severe)).await.unwrap();
        assert_eq!(here.link.asked(), (1, 2), "a conflict, a reading, an append");
        here.command(request(4), INCIDENT, close()).await.unwrap();
        assert_eq!(here.link.asked(), (0, 1));
    }
}
