//! The synthetic trust of the demonstration: an organisation of its own, in a store of its own beside the worked example's, with two years of
//! incidents and what followed each.
//!
//! It exists so that lists, figures and charts can be seen with something in them. Its history is made by the rules of the domain, as a server
//! makes it, and taken over in batches with the instants at which it would have been recorded. The same number of incidents and the same seed
//! make the same events and the same figures; only what is sealed, and what is keyed, differs from one store to another.

use std::{path::Path, sync::Arc};

use anyhow::Context as _;
use candour_domain::{calendar::Nation, policy::Policy, regime::BodyType};
use candour_journal::{Clock, ManualClock};
use candour_service_kit::Organisation;
use candour_synthetic::{Trust, Written};
use jiff::civil::{Date, date};

use super::step;
use crate::{
    client::Clients,
    configuration::EngineChoice,
    output,
    show::{self, Question},
    store::{Kind, Store},
};

/// The days of its history, which do not move with the calendar: the figures are the same whenever they are asked for.
const FIRST_DAY: Date = date(2024, 7, 1);
/// The last of them.
pub(super) const LAST_DAY: Date = date(2026, 6, 30);
/// The first day of the period that is shown: the last year.
pub(super) const PERIOD_FROM: Date = date(2025, 7, 1);
/// Where it is kept, in the folder of the demonstration.
const FOLDER: &str = "trust";
/// What is added to the namespace of the worked example's streams, where both are in one log.
const NAMESPACE_SUFFIX: &str = "_trust";

/// Opens the store of the trust, and enters what is not there yet.
pub(super) async fn open(
    folder: &Path,
    engine: &EngineChoice,
    namespace: &str,
    incidents: u64,
    seed: u64,
) -> anyhow::Result<Store> {
    let folder = folder.join(FOLDER);
    let clock = ManualClock::new(step::at(LAST_DAY, 23 * 60)?);
    let organisation = Organisation {
        name: "a synthetic trust".to_owned(),
        nation: Nation::England,
        body_type: BodyType::HealthServiceBody,
        policy: Policy::local_defaults(),
        namespace: format!("{namespace}{NAMESPACE_SUFFIX}"),
    };
    let clock = Arc::new(clock) as Arc<dyn Clock>;
    let store = Store::open(&folder, engine, organisation, clock, Kind::Synthetic).await?;
    let trust = Trust { incidents, first_day: FIRST_DAY, last_day: LAST_DAY, seed };
    let bar = output::progress_bar().context("progress bar")?.with_message("synthetic trust");
    bar.set_length(incidents);
    let written = candour_synthetic::write(trust, &store.engine, store.log().copying().as_ref(), |written| {
        bar.set_position(written.incidents);
    })
    .await
    .with_context(|| format!("the synthetic trust could not be entered into {}", folder.display()))?;
    bar.finish_and_clear();
    output::line(&said_of(written, seed, &folder));
    Ok(store)
}

fn said_of(written: Written, seed: u64, folder: &Path) -> String {
    let Written { incidents, events, found } = written;
    let folder = folder.display();
    let what = format!("{incidents} incidents, {events} events, seed {seed}");
    if found == 0 {
        format!("\nentered a synthetic trust into {folder}: {what}")
    } else if found == events {
        format!("\nfound the synthetic trust in {folder}: {what}; nothing was entered again")
    } else {
        format!(
            "\nfound a part of the synthetic trust in {folder}: {what}; {} were entered now",
            events - found
        )
    }
}

/// Prints its figures.
pub(super) async fn show(clients: &mut Clients) -> anyhow::Result<()> {
    let question = Question { as_of: Some(LAST_DAY), from: Some(PERIOD_FROM), ..Question::default() };
    show::figures(clients, question).await
}
