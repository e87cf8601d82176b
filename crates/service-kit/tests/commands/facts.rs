//! What a command on one stream knows of another.

use candour_domain::{
    identifier::IncidentId,
    incident::{Command, Incident, Status},
};
use candour_service_kit::Failure;
use uuid::Uuid;

use crate::world::{INCIDENT, Server, World, a_report, close, request, text};

async fn status(server: &Server) -> Status {
    server.engine.facts::<Incident>("incident", INCIDENT.uuid()).await.unwrap().state.status
}

fn in_error() -> Command {
    Command::RecordedInError { reason: text("entered twice") }
}

#[tokio::test]
async fn beside_other_servers_facts_are_read_from_the_log() {
    for world in World::both() {
        let (here, there) = (world.server(), world.server());
        here.report(request(1), a_report()).await.unwrap();
        there.command(request(2), INCIDENT, in_error()).await.unwrap();
        assert_eq!(status(&here).await, Status::RecordedInError);
    }
}

#[tokio::test]
async fn the_only_server_knows_what_it_recorded_itself_without_reading() {
    for world in World::both() {
        let server = world.only_server();
        server.report(request(1), a_report()).await.unwrap();
        assert_eq!(status(&server).await, Status::Open);
        server.command(request(2), INCIDENT, close()).await.unwrap();
        assert_eq!(status(&server).await, Status::Closed);
        assert_eq!(server.link.asked(), (0, 2));
    }
}

#[tokio::test]
async fn facts_that_were_read_once_are_warm() {
    for world in World::both() {
        world.only_server().report(request(1), a_report()).await.unwrap();
        let server = world.only_server();
        assert_eq!((status(&server).await, status(&server).await), (Status::Open, Status::Open));
        assert_eq!(server.link.asked(), (1, 0));
        server.command(request(2), INCIDENT, close()).await.unwrap();
        assert_eq!(server.link.asked(), (0, 1));
    }
}

#[tokio::test]
async fn facts_of_what_does_not_exist_are_none() {
    for world in World::both() {
        let server = world.only_server();
        let nobody = IncidentId::from_uuid(Uuid::from_u128(404));
        for _ in 0..2 {
            let failed = server.engine.facts::<Incident>("incident", nobody.uuid()).await.err().unwrap();
            assert!(matches!(failed, Failure::NotFound { kind: "incident", .. }), "{failed}");
        }
        assert!(server.engine.facts_if_any::<Incident>(nobody.uuid()).await.unwrap().is_empty());
        assert_eq!(server.link.asked(), (3, 0), "that there is nothing is not kept");
    }
}

#[tokio::test]
async fn while_an_append_is_under_way_facts_are_read() {
    for world in World::both() {
        let server = world.only_server();
        server.report(request(1), a_report()).await.unwrap();
        let stream = server.engine.stream::<Incident>(INCIDENT.uuid()).unwrap();
        let gate = server.link.hold_back(&stream);
        let command = server.command(request(2), INCIDENT, in_error());
        let meanwhile = async {
            gate.reached.notified().await;
            // As the log is, twice: what was read while an append is under way is not kept.
            assert_eq!((status(&server).await, status(&server).await), (Status::Open, Status::Open));
            assert_eq!(server.link.asked(), (2, 2));
            gate.opened.notify_one();
        };
        tokio::join!(async { command.await.unwrap() }, meanwhile);
        assert_eq!(status(&server).await, Status::RecordedInError);
        assert_eq!(server.link.asked(), (0, 0));
    }
}

#[tokio::test]
async fn an_append_whose_caller_has_gone_is_known_all_the_same() {
    for world in World::both() {
        let server = world.only_server();
        server.report(request(1), a_report()).await.unwrap();
        let stream = server.engine.stream::<Incident>(INCIDENT.uuid()).unwrap();
        let gate = server.link.hold_back(&stream);
        let mut changes = world.only_server().engine.journal().changes();
        changes.mark_unchanged();
        tokio::select! {
            biased;
            () = gate.reached.notified() => {}
            _ = server.command(request(2), INCIDENT, in_error()) => unreachable!("the gate is shut"),
        }
        // The caller is gone; the append is not recorded yet.
        assert_eq!(status(&server).await, Status::Open);
        gate.opened.notify_one();
        changes.changed().await.unwrap();
        assert_eq!(status(&server).await, Status::RecordedInError);
    }
}
