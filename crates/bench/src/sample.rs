//! Durations of one kind, and what is said of them.

use std::time::Duration;

/// How long each of a number of calls took, and how long all of them took together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    durations: Vec<Duration>,
    elapsed: Duration,
}

impl Sample {
    /// Adds the calls of one stretch of time.
    pub(crate) fn add(&mut self, durations: impl IntoIterator<Item = Duration>, elapsed: Duration) {
        self.durations.extend(durations);
        self.elapsed += elapsed;
    }

    /// Adds the calls of another sample.
    pub(crate) fn extend(&mut self, other: Self) {
        self.add(other.durations, other.elapsed);
    }

    pub(crate) fn len(&self) -> usize {
        self.durations.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.durations.is_empty()
    }

    /// Calls a second.
    #[expect(clippy::cast_precision_loss, reason = "a count of calls is far below 2^52")]
    pub(crate) fn rate(&self) -> f64 {
        self.durations.len() as f64 / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// The duration that so many of a hundred calls did not exceed (nearest rank).
    pub(crate) fn centile(&mut self, of_hundred: usize) -> Duration {
        self.durations.sort_unstable();
        let rank = (self.durations.len() * of_hundred).div_ceil(100).max(1);
        self.durations.get(rank - 1).copied().unwrap_or_default()
    }
}

/// A duration in the unit that fits it.
pub(crate) fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        ..1e-3 => format!("{:.0} µs", seconds * 1e6),
        1e-3..1.0 => format!("{:.1} ms", seconds * 1e3),
        _ => format!("{seconds:.1} s"),
    }
}

/// A number of something a second.
pub(crate) fn a_second(rate: f64, what: &str) -> String {
    format!("{rate:.0} {what}/s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_centile_is_the_nearest_rank() {
        let mut sample = Sample::default();
        sample.add((1..=200).rev().map(Duration::from_millis), Duration::from_secs(2));
        assert_eq!([1, 50, 99, 100].map(|c| sample.centile(c).as_millis()), [2, 100, 198, 200]);
        assert!((sample.rate() - 100.0).abs() < 1e-9);
        assert_eq!(Sample::default().centile(50), Duration::ZERO);
    }

    #[test]
    fn a_duration_is_shown_in_the_unit_that_fits() {
        let shown = [900_u64, 1_500, 2_500_000].map(|micros| shown(Duration::from_micros(micros)));
        assert_eq!(shown, ["900 µs", "1.5 ms", "2.5 s"]);
    }
}
