//! Medians and centiles, exactly: never a mean alone, never a float.

use std::{collections::BTreeMap, fmt};

/// A number with at most one decimal place, held as tenths. `Tenths(1135)` is 113.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenths(pub i64);

impl Tenths {
    /// A whole number; stops at the greatest or least that can be held.
    pub const fn whole(number: i64) -> Self {
        Self(number.saturating_mul(10))
    }
}

impl fmt::Display for Tenths {
    /// `113.5`, `126`, `-0.5`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, tenth) = (self.0.unsigned_abs() / 10, self.0.unsigned_abs() % 10);
        match tenth {
            0 => write!(formatter, "{sign}{whole}"),
            _ => write!(formatter, "{sign}{whole}.{tenth}"),
        }
    }
}

/// The median of values and how often each occurs; of an even number of values, the average of the two in the middle. `None` of nothing.
pub(super) fn median(spread: &BTreeMap<i64, u64>) -> Option<Tenths> {
    let total = total(spread);
    let upper = at_rank(spread, total / 2)?;
    if total % 2 == 1 {
        return Some(Tenths::whole(upper));
    }
    let lower = at_rank(spread, (total / 2).checked_sub(1)?)?;
    Some(Tenths(lower.saturating_add(upper).saturating_mul(5)))
}

/// The 90th centile by nearest rank: the smallest value that at least nine tenths of the values do not exceed. `None` of nothing.
pub(super) fn ninetieth_centile(spread: &BTreeMap<i64, u64>) -> Option<Tenths> {
    let rank = total(spread).saturating_mul(9).div_ceil(10);
    at_rank(spread, rank.checked_sub(1)?).map(Tenths::whole)
}

fn total(spread: &BTreeMap<i64, u64>) -> u64 {
    spread.values().sum()
}

/// The value at a place, from 0, in ascending order.
fn at_rank(spread: &BTreeMap<i64, u64>, rank: u64) -> Option<i64> {
    let mut before = 0;
    spread.iter().find_map(|(value, times)| {
        before += times;
        (rank < before).then_some(*value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn median(values: &[i64]) -> Option<Tenths> {
        super::median(&spread(values))
    }

    fn ninetieth_centile(values: &[i64]) -> Option<Tenths> {
        super::ninetieth_centile(&spread(values))
    }

    fn spread(values: &[i64]) -> BTreeMap<i64, u64> {
        values.iter().fold(BTreeMap::new(), |mut spread, value| {
            *spread.entry(*value).or_default() += 1;
            spread
        })
    }

    #[test]
    fn section_6_0_the_median_averages_the_two_middle_values() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(Tenths(70)));
        assert_eq!(median(&[126, 70, 126, 101]), Some(Tenths(1135)));
        assert_eq!(median(&[3, 1, 2]), Some(Tenths(20)));
        assert_eq!(median(&[-1, 0]), Some(Tenths(-5)));
    }

    #[test]
    fn section_6_0_the_90th_centile_is_the_nearest_rank() {
        assert_eq!(ninetieth_centile(&[]), None);
        assert_eq!(ninetieth_centile(&[7]), Some(Tenths(70)));
        assert_eq!(ninetieth_centile(&(1..=10).collect::<Vec<_>>()), Some(Tenths(90)));
        assert_eq!(ninetieth_centile(&(1..=11).collect::<Vec<_>>()), Some(Tenths(100)));
        assert_eq!(ninetieth_centile(&[79, 49, 70, 50, 62, 56]), Some(Tenths(790)));
    }

    #[test]
    fn a_number_shows_its_tenth_only_where_it_has_one() {
        for (tenths, shown) in [(1135, "113.5"), (1260, "126"), (0, "0"), (-5, "-0.5"), (-1220, "-122")] {
            assert_eq!(Tenths(tenths).to_string(), shown);
        }
    }
}
