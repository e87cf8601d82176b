//! Choices that look like chance and are the same in every run and every build.

/// A sequence of numbers that a seed fixes (SplitMix64).
#[derive(Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The sequence of one life of one trust.
    pub(crate) fn of(seed: u64, number: u64) -> Self {
        let mut chance = Self(seed);
        chance.0 = chance.next() ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        chance
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// A number from `first` to `last`.
    pub(crate) fn between(&mut self, first: i64, last: i64) -> i64 {
        let span = last.saturating_sub(first).saturating_add(1).unsigned_abs();
        first.saturating_add_unsigned(self.below(span))
    }

    /// True in so many cases of a thousand.
    pub(crate) fn in_thousand(&mut self, cases: u64) -> bool {
        self.below(1000) < cases
    }

    /// One of these. There is at least one.
    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap_or_default()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_number_fix_the_sequence_for_ever() {
        // Worked out apart from this code, with Python.
        let mut chance = Chance::of(1, 2);
        assert_eq!([chance.below(1000), chance.below(1000), chance.below(1000)], [774, 138, 355]);
        assert_ne!(Chance::of(1, 3).next(), Chance::of(1, 2).next());
        assert_ne!(Chance::of(2, 2).next(), Chance::of(1, 2).next());
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let mut chance = Chance::of(7, 7);
        for _ in 0..1000 {
            assert!((-2..=2).contains(&chance.between(-2, 2)));
            assert!(chance.below(3) < 3);
        }
        assert!(!chance.in_thousand(0) && chance.in_thousand(1000));
    }
}
