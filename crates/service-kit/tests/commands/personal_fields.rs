//! Commands open no personal field, so that none is kept in memory; questions do.

use candour_domain::{
    Personal,
    incident::{Event, Incident, PhysicalHarm},
};
use candour_service_kit::Loaded;

use crate::world::{INCIDENT, PATIENT, World, a_report, grade, request, text};

/// The narrative of the report.
fn narrative(loaded: &Loaded<Incident>) -> &Personal<candour_domain::text::Narrative> {
    match &loaded.history[0].entry.event {
        Event::IncidentReported(report) => &report.narrative,
        _ => panic!("an incident begins with its report"),
    }
}

#[tokio::test]
async fn what_is_kept_warm_holds_no_personal_field_whether_written_or_read() {
    for world in World::both() {
        let (writer, reader) = (world.only_server(), world.only_server());
        let done = writer.report(request(1), a_report()).await.unwrap();
        assert!(
            matches!(&done.events[0].1, Event::IncidentReported(report) if report.narrative == Personal::Unreadable)
        );
        for server in [&writer, &reader] {
            let facts = server.engine.facts::<Incident>("incident", INCIDENT.uuid()).await.unwrap();
            assert_eq!(narrative(&facts), &Personal::Unreadable);
            assert_eq!(*server.engine.unreadable_values().borrow(), 0, "that is no data loss");
        }
    }
}

#[tokio::test]
async fn a_question_opens_what_a_command_has_kept_closed() {
    for world in World::both() {
        let server = world.only_server();
        server.report(request(1), a_report()).await.unwrap();
        server.command(request(2), INCIDENT, grade(PATIENT, PhysicalHarm::Low)).await.unwrap();
        server.link.asked();
        let loaded = server.engine.load::<Incident>(INCIDENT.uuid()).await.unwrap();
        assert_eq!(narrative(&loaded), &Personal::Known(text("The evening dose was given twice.")));
        assert_eq!(server.link.asked(), (1, 0), "a question reads the log, however warm the stream is");
    }
}
