//! Measures each way to append and to read, through the official client, against the double on this machine, then an
//! idle stretch, then another one after the server has died and come back many times under load. The figures are in the
//! documentation of the crate.
#![expect(clippy::print_stdout, reason = "a table is what this program is for")]

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use candour_journal::{
    AppendError, EventTypeName, ExpectedVersion, Journal, NewEvent, StreamName, StreamVersion, SystemClock,
    Unavailable,
};
use candour_journal_kurrent::{AppendBy, KurrentJournal, Options};
use candour_kurrent_double::{Double, Settings};
use jiff::Timestamp;
use tokio::task::JoinSet;
use uuid::Uuid;

/// Calls in each measurement of one after the other.
const CALLS: u128 = 200;

/// Appends in each measurement of many at once, and how many are under way.
const AT_ONCE: (u128, u128) = (6400, 64);

/// The idle stretch.
const IDLE: Duration = Duration::from_secs(20);

/// How often the server dies and comes back.
const RESTARTS: u32 = 10;

/// How long it is away each time, and there in between.
const AWAY_AND_THERE: Duration = Duration::from_millis(500);

fn event(id: u128) -> Result<NewEvent, Box<dyn Error>> {
    Ok(NewEvent {
        event_id: Uuid::from_u128(id),
        event_type: EventTypeName::parse("IncidentReported.v1")?,
        occurred_at: Timestamp::UNIX_EPOCH,
        metadata: br#"{"caller":"ward-system"}"#.to_vec(),
        data: vec![b'7'; 400],
    })
}

fn show(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
    println!("{what:<44} p50 {:>8.2} ms   p99 {:>8.2} ms", at(50), at(99));
}

/// Processor time of this process so far, in hundredths of a second, where the system shows it.
fn processor_time() -> Option<u64> {
    let shown = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = shown.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let double = Double::start(Settings { delayed_acknowledgements: true, ..Settings::default() }).await?;
    for append_by in [AppendBy::Session, AppendBy::Call] {
        let namespace = format!("{append_by:?}").to_lowercase();
        let options = Options {
            append_by,
            ..Options::new(double.connection_string(), namespace.clone(), Arc::new(SystemClock))
        };
        let journal = Arc::new(KurrentJournal::connect(&options).await?);
        let mut appends = Vec::new();
        let mut reads = Vec::new();
        for number in 0..CALLS {
            let stream = StreamName::new(&namespace, "incident", Uuid::from_u128(number))?;
            let begun = Instant::now();
            journal.append(&stream, ExpectedVersion::NoStream, vec![event(number)?]).await?;
            appends.push(begun.elapsed());
            let begun = Instant::now();
            journal.read_stream(&stream, StreamVersion::FIRST, 100).await?;
            reads.push(begun.elapsed());
        }
        show(&format!("append of a new stream, by {append_by:?}"), appends);
        show("read of a stream", reads);

        let (total, under_way) = AT_ONCE;
        let begun = Instant::now();
        let mut workers = JoinSet::new();
        for worker in 0..under_way {
            let (journal, namespace) = (Arc::clone(&journal), namespace.clone());
            let requests = (0..total / under_way)
                .map(|round| {
                    let number = 1_000_000 + worker * 10_000 + round;
                    Ok((StreamName::new(&namespace, "incident", Uuid::from_u128(number))?, event(number)?))
                })
                .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
            workers.spawn(async move {
                let mut times = Vec::new();
                for (stream, event) in requests {
                    let begun = Instant::now();
                    journal.append(&stream, ExpectedVersion::NoStream, vec![event]).await?;
                    times.push(begun.elapsed());
                }
                Ok::<_, candour_journal::AppendError>(times)
            });
        }
        let mut times = Vec::new();
        while let Some(worker) = workers.join_next().await {
            times.extend(worker??);
        }
        show(&format!("{under_way} appends at once, by {append_by:?}"), times);
        println!(
            "{:<44} {:>12.0} a second",
            "",
            f64::from(u32::try_from(total)?) / begun.elapsed().as_secs_f64()
        );
    }

    let options = Options::new(double.connection_string(), "idle", Arc::new(SystemClock));
    let journal = Arc::new(KurrentJournal::connect(&options).await?);
    idle(&double, &journal, "idle").await;

    let mut workers = JoinSet::new();
    for worker in 0..AT_ONCE.1 {
        let journal = Arc::clone(&journal);
        workers.spawn(async move {
            let (mut done, mut given_up) = (0_u64, 0_u64);
            for round in 0.. {
                let Ok(stream) =
                    StreamName::new("idle", "incident", Uuid::from_u128(worker * 10_000_000 + round))
                else {
                    break;
                };
                let Ok(event) = event(worker * 10_000_000 + round) else { break };
                match journal.append(&stream, ExpectedVersion::NoStream, vec![event]).await {
                    Ok(_) => done += 1,
                    // The journal is closed when there have been enough restarts.
                    Err(AppendError::Unavailable(Unavailable::ShuttingDown)) => break,
                    Err(_) => given_up += 1,
                }
            }
            (done, given_up)
        });
    }
    for _ in 0..RESTARTS {
        tokio::time::sleep(AWAY_AND_THERE).await;
        double.stop().await;
        tokio::time::sleep(AWAY_AND_THERE).await;
        double.start_again().await?;
    }
    tokio::time::sleep(AWAY_AND_THERE).await;
    journal.close();
    let (mut done, mut given_up) = (0, 0);
    while let Some(worker) = workers.join_next().await {
        let (of_one, and) = worker?;
        (done, given_up) = (done + of_one, given_up + and);
    }
    println!(
        "{RESTARTS} restarts: {done} appends done, {given_up} given up, {} clients",
        journal.clients_made()
    );
    // A journal that is closed follows nothing; another one shows what the old one has left behind.
    let journal = Arc::new(KurrentJournal::connect(&options).await?);
    idle(&double, &journal, "idle after the restarts").await;
    Ok(())
}

/// Does nothing for a while and shows what it cost.
async fn idle(double: &Double, journal: &KurrentJournal, what: &str) {
    let (before, busy_before) = (double.counts(), processor_time());
    tokio::time::sleep(IDLE).await;
    let after = double.counts();
    let busy = processor_time().zip(busy_before).map(|(after, before)| after - before);
    println!(
        "{what}, {IDLE:?}: {} new connections, {} reads of $all, {} client, {busy:?} hundredths of a second busy",
        after.connections - before.connections,
        after.all_reads - before.all_reads,
        journal.clients_made()
    );
}
