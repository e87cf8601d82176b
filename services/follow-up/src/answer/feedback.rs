//! What the reporter of an incident was told, as it stands.

use candour_api::v1;
use candour_domain::{
    Entry, correction,
    feedback::{Event, Feedback, FeedbackMethod},
    identifier::IncidentId,
    incident::ReporterIdentity,
};
use candour_service_kit::wire::{self, WireEnum};

use super::{as_it_happened, text_or_empty};

/// What the reporter was told, corrections applied. `recorded` is the whole history as recorded; it may be empty.
///
/// Where the reporter left more than once, the first time is shown: it is the one the figures count.
pub(crate) fn reporter_feedback(
    incident: IncidentId,
    identity: Option<ReporterIdentity>,
    recorded: &[Entry<Event>],
) -> v1::ReporterFeedback {
    let history = correction::applied::<Feedback>(recorded);
    let mut shown = v1::ReporterFeedback {
        incident_id: incident.to_string(),
        reporter_identity: identity.map_or(0, WireEnum::to_wire),
        channels: channels(&history),
        ..v1::ReporterFeedback::default()
    };
    for entry in as_it_happened(&history) {
        let at = wire::instant(entry.occurred_at);
        match &entry.event {
            Event::ReporterAcknowledged(acknowledgement) => {
                shown.acknowledgement.get_or_insert_with(|| message(entry, acknowledgement.method));
            }
            Event::ReporterProgressSent(progress) => shown.progress.push(v1::FeedbackMessage {
                message: progress.message.as_ref().map(wire::personal),
                ..message(entry, progress.method)
            }),
            Event::ReporterOutcomeSent(outcome) => shown.outcomes.push(v1::FeedbackMessage {
                what_was_found: Some(wire::personal(&outcome.what_was_found)),
                what_changed: outcome.what_changed.as_ref().map(wire::personal),
                why_nothing_changed: outcome.why_nothing_changed.as_ref().map(wire::personal),
                ..message(entry, outcome.method)
            }),
            Event::FeedbackOptedOut { reason } if shown.opted_out_time.is_none() => {
                shown.opted_out_time = Some(at);
                shown.opt_out_reason = reason.as_ref().map(wire::personal);
            }
            Event::ReporterUnreachable { reason } if shown.unreachable_time.is_none() => {
                shown.unreachable_time = Some(at);
                shown.unreachable_reason = reason.to_string();
            }
            Event::ReporterOutcomeAsserted(assertion) => shown.asserted.push(v1::RecordedAssertion {
                event_id: entry.event_id.to_string(),
                stage: v1::AssertedStage::OutcomeTold.into(),
                asserted_time: Some(at),
                source_system: assertion.source.to_string(),
                message: assertion.message.as_ref().map(wire::personal),
            }),
            // Channels are shown above; a correction acts through the corrected history.
            Event::FeedbackOptedOut { .. }
            | Event::ReporterUnreachable { .. }
            | Event::ReturnChannelOpened(_)
            | Event::EntryCorrected(_) => {}
        }
    }
    shown
}

/// The ways back that are open: one of each kind, the one recorded last, as the rules of the domain know them.
fn channels(history: &[Entry<Event>]) -> Vec<v1::ReturnChannel> {
    let mut open: Vec<v1::ReturnChannel> = Vec::new();
    for entry in history {
        if let Event::ReturnChannelOpened(channel) = &entry.event {
            let kind = channel.kind.to_wire();
            open.retain(|earlier| earlier.kind != kind);
            open.push(v1::ReturnChannel {
                event_id: entry.event_id.to_string(),
                opened_time: Some(wire::instant(entry.occurred_at)),
                kind,
                intermediary_role: text_or_empty(channel.intermediary_role.as_ref()),
            });
        }
    }
    open
}

/// What every message to the reporter has.
fn message(entry: &Entry<Event>, method: Option<FeedbackMethod>) -> v1::FeedbackMessage {
    v1::FeedbackMessage {
        event_id: entry.event_id.to_string(),
        sent_time: Some(wire::instant(entry.occurred_at)),
        method: method.map_or(0, WireEnum::to_wire),
        ..v1::FeedbackMessage::default()
    }
}

#[cfg(test)]
mod tests {
    use candour_domain::{
        Correction, CorrectionChange, Personal,
        feedback::{ChannelKind, Outcome, ReturnChannel},
        identifier::EventId,
        text::Text,
    };
    use uuid::Uuid;

    use super::*;

    fn entry(number: u64, occurred_at: &str, event: Event) -> Entry<Event> {
        Entry {
            event,
            event_id: id(number),
            version: number,
            occurred_at: occurred_at.parse().unwrap(),
            recorded_at: "2026-05-01T09:00:00Z".parse().unwrap(),
            source_recorded_at: None,
            performed_by: None,
            recorded_under: candour_domain::calendar::RecordedUnder::default(),
            corrected_by: None,
        }
    }

    fn id(number: u64) -> EventId {
        EventId::from_uuid(Uuid::from_u128(u128::from(number)))
    }

    fn outcome(found: &str) -> Event {
        Event::ReporterOutcomeSent(Outcome {
            method: None,
            what_was_found: Personal::Known(Text::parse(found).unwrap()),
            what_changed: Some(Personal::Erased),
            why_nothing_changed: None,
        })
    }

    fn code(hash: &str) -> Event {
        Event::ReturnChannelOpened(ReturnChannel {
            kind: ChannelKind::ReceiptCode,
            receipt_code_hash: Some(hash.to_owned()),
            intermediary_role: None,
        })
    }

    fn shown(recorded: &[Entry<Event>]) -> v1::ReporterFeedback {
        reporter_feedback(
            IncidentId::from_uuid(Uuid::from_u128(1)),
            Some(ReporterIdentity::Anonymous),
            recorded,
        )
    }

    #[test]
    fn f2_of_two_outcomes_the_one_told_first_comes_first_whichever_was_recorded_first() {
        let shown = shown(&[
            entry(0, "2026-04-20T09:00:00Z", outcome("recorded first")),
            entry(1, "2026-04-10T09:00:00Z", outcome("told first")),
        ]);
        let found: Vec<_> =
            shown.outcomes.iter().map(|told| told.what_was_found.as_ref().unwrap().value.as_str()).collect();
        assert_eq!(found, ["told first", "recorded first"]);
        assert_eq!(shown.outcomes[0].what_changed.as_ref().unwrap().state(), v1::PersonalTextState::Erased);
        assert_eq!(shown.outcomes[0].why_nothing_changed, None);
    }

    #[test]
    fn a_later_receipt_code_takes_the_place_of_an_earlier_one_and_no_hash_is_shown() {
        let intermediary = Event::ReturnChannelOpened(ReturnChannel {
            kind: ChannelKind::Intermediary,
            receipt_code_hash: None,
            intermediary_role: Some(Text::parse("Freedom to Speak Up guardian").unwrap()),
        });
        let shown = shown(&[
            entry(0, "2026-04-01T09:00:00Z", code(&"a".repeat(64))),
            entry(1, "2026-04-02T09:00:00Z", intermediary),
            entry(2, "2026-04-03T09:00:00Z", code(&"b".repeat(64))),
        ]);
        let open: Vec<_> =
            shown.channels.iter().map(|open| (open.kind(), open.intermediary_role.as_str())).collect();
        assert_eq!(
            open,
            [
                (v1::ChannelKind::Intermediary, "Freedom to Speak Up guardian"),
                (v1::ChannelKind::ReceiptCode, "")
            ]
        );
        assert!(!format!("{shown:?}").contains("bbbb"));
    }

    #[test]
    fn a_struck_opt_out_is_not_shown_and_a_corrected_time_is() {
        let correct = |number, corrects, change| {
            let reason = Text::parse("wrong record").unwrap();
            let correction = Correction { corrects, reason, change };
            entry(number, "2026-04-30T09:00:00Z", Event::EntryCorrected(correction))
        };
        let unreachable = Event::ReporterUnreachable { reason: Text::parse("two letters").unwrap() };
        let right = "2026-04-09T09:00:00Z".parse().unwrap();
        let shown = shown(&[
            entry(0, "2026-04-01T09:00:00Z", Event::FeedbackOptedOut { reason: None }),
            entry(1, "2026-04-02T09:00:00Z", unreachable),
            correct(2, id(0), CorrectionChange::Struck),
            correct(3, id(1), CorrectionChange::OccurredAt(right)),
        ]);
        assert_eq!(shown.opted_out_time, None);
        assert_eq!(shown.unreachable_time, Some(wire::instant(right)));
        assert_eq!(shown.unreachable_reason, "two letters");
    }
}
