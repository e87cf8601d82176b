//! Medians and centiles, exactly: never a mean alone, never a float.

use std::fmt;

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

/// The median; of an even number of values, the average of the two in the middle. `None` of nothing.
pub(super) fn median(values: &[i64]) -> Option<Tenths> {
    let sorted = sorted(values);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(Tenths::whole(upper));
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    Some(Tenths(lower.saturating_add(upper).saturating_mul(5)))
}

/// The 90th centile by nearest rank: the smallest value that at least nine tenths of the values do not exceed. `None` of nothing.
pub(super) fn ninetieth_centile(values: &[i64]) -> Option<Tenths> {
    let sorted = sorted(values);
    let rank = sorted.len().saturating_mul(9).div_ceil(10);
    sorted.get(rank.checked_sub(1)?).map(|value| Tenths::whole(*value))
}

fn sorted(values: &[i64]) -> Vec<i64> {
    let mut values = values.to_vec();
    values.sort_unstable();
    values
}

#[cfg(test)]
mod tests {
    use super::*;

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
