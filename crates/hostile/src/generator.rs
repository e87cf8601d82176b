//! Hostile bytes: made of valid samples by cutting, repeating, swapping, splicing and flipping, and such as are hostile by themselves.
//!
//! Everything follows from a seed, so that a failing case is made again from the number that its failure prints.

/// The longest input that is made, in bytes: past every limit of one record, and small enough for many cases.
const INPUT_BYTES_MAX: usize = 96 * 1024;

/// Bytes and texts that mean something to one decoder or another.
const TOKENS: &[&[u8]] = &[
    b"\0",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xff",
    b"\xc3",
    b"\xf0\x9f\x98\x80",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"\\udc00\\ud800",
    b"\\u0000",
    b"\xe2\x80\xae",
    b"\r",
    b"\n",
    b"\r\n\r\n",
    b"\"",
    b"\"\"",
    b"\"\"\"",
    b"'",
    b"'''",
    b",",
    b";",
    b"\t",
    b"|",
    b"{",
    b"}",
    b"[",
    b"]",
    b"[[",
    b"{}",
    b"[]",
    b":",
    b"=",
    b"#",
    b"-",
    b"_",
    b".",
    b"%",
    b"%2",
    b"null",
    b"true",
    b"-0",
    b"0",
    b"-1",
    b"1e999",
    b"-1e-999",
    b"nan",
    b"inf",
    b"9223372036854775808",
    b"-9223372036854775809",
    b"18446744073709551616",
    b"99999999999999999999999999999999",
    b"0000-00-00",
    b"2026-02-30",
    b"-9999-01-01",
    b"9999-12-31T23:59:60Z",
    b"99/99/9999",
    b"31/12/9999",
    b"29/02/2025",
    b"2958466",
    b"\"resourceType\":\"Bundle\",",
    b"\"entry\":[",
    b"\"entry\":[{}],",
    b"\"extension\":[",
    b"[[token]]",
    b"00000000-0000-0000-0000-000000000000",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\x00\x3b\x9a\xca\x00",
    b"\x01\x00\x00\x00\x05",
];

/// Numbers drawn from a seed, the same in every run and on every machine (SplitMix64).
#[derive(Clone, Copy, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The numbers of a seed.
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where there is none.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        // Below `end`, which came from a usize.
        usize::try_from(self.next() % end).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn of_list<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> Option<&'a T> {
        list.get(self.below(list.len())).copied()
    }

    /// A part of so many bytes: mostly short, sometimes all of it.
    fn part(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let most = match self.below(4) {
            0 => length,
            1 => 256,
            _ => 24,
        };
        start..(start + self.below(most + 1)).min(length)
    }
}

/// An input made of samples by a seed. The same samples and seed make the same input.
pub fn input(samples: &[Vec<u8>], seed: u64) -> Vec<u8> {
    let mut chance = Chance::of(seed);
    let samples: Vec<&[u8]> = samples.iter().map(Vec::as_slice).collect();
    let mut input = chance.of_list(&samples).unwrap_or_default().to_vec();
    for _ in 0..=chance.below(6) {
        change(&mut input, &samples, &mut chance);
        input.truncate(INPUT_BYTES_MAX);
    }
    input
}

fn change(input: &mut Vec<u8>, samples: &[&[u8]], chance: &mut Chance) {
    let part = chance.part(input.len());
    match chance.below(13) {
        0 | 1 => {
            let place = chance.below(input.len());
            if let Some(byte) = input.get_mut(place) {
                *byte ^= 1 << chance.below(8);
            }
        }
        2 => {
            let place = chance.below(input.len());
            let byte = chance.byte();
            if let Some(found) = input.get_mut(place) {
                *found = byte;
            }
        }
        3 => {
            input.drain(part);
        }
        4 => input.truncate(part.start),
        5 | 6 => {
            let token = chance.of_list(TOKENS).unwrap_or_default();
            let replaced = if chance.below(2) == 0 { part.start..part.start } else { part };
            input.splice(replaced, token.iter().copied());
        }
        7 => {
            let times = [1, 2, 7, 60, 700][chance.below(5)];
            let repeated = input.get(part.clone()).unwrap_or_default().repeat(times);
            let room = INPUT_BYTES_MAX.saturating_sub(input.len());
            input.splice(part.end..part.end, repeated.into_iter().take(room));
        }
        8 => {
            let other = chance.of_list(samples).unwrap_or_default();
            let taken = other.get(chance.part(other.len())).unwrap_or_default();
            input.splice(part, taken.iter().copied());
        }
        9 => {
            let moved: Vec<u8> = input.drain(part).collect();
            let place = chance.below(input.len() + 1);
            input.splice(place..place, moved);
        }
        10 => number(input, chance),
        11 => word(input, samples, chance),
        _ => {
            let (open, close): (&[u8], &[u8]) = [
                (b"[".as_slice(), b"]".as_slice()),
                (b"{\"a\":", b"}"),
                (b"{a=", b"}"),
                (b"\"", b"\""),
                (b"\x0a\x7f", b""),
            ][chance.below(5)];
            let depth = [1, 3, 90, 130, 3_000][chance.below(5)];
            let inside = input.get(part.clone()).unwrap_or_default().to_vec();
            let nested = [open.repeat(depth), inside, close.repeat(depth)].concat();
            input.splice(part, nested);
        }
    }
}

/// Puts an extreme number in the place of a run of digits.
fn number(input: &mut Vec<u8>, chance: &mut Chance) {
    const NUMBERS: &[&[u8]] = &[
        b"0",
        b"-1",
        b"00",
        b"13",
        b"32",
        b"1899",
        b"2201",
        b"9999",
        b"10000",
        b"65536",
        b"2147483648",
        b"4294967296",
        b"9223372036854775807",
        b"18446744073709551616",
        b"1e308",
        b"1e309",
        b"0.5",
    ];
    let from = chance.below(input.len() + 1);
    let Some(start) = (from..input.len()).find(|place| input[*place].is_ascii_digit()) else { return };
    let end = (start..input.len()).find(|place| !input[*place].is_ascii_digit()).unwrap_or(input.len());
    input.splice(start..end, chance.of_list(NUMBERS).unwrap_or_default().iter().copied());
}

/// Puts a word of some sample in the place of a word.
fn word(input: &mut Vec<u8>, samples: &[&[u8]], chance: &mut Chance) {
    let other = chance.of_list(samples).unwrap_or_default();
    let from = word_at(other, chance.below(other.len() + 1));
    let to = word_at(input, chance.below(input.len() + 1));
    let taken = other.get(from).unwrap_or_default().to_vec();
    input.splice(to, taken);
}

/// The word that stands at a place or behind it.
fn word_at(bytes: &[u8], from: usize) -> std::ops::Range<usize> {
    let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'/');
    let rest = bytes.get(from..).unwrap_or_default();
    let start = from + rest.iter().position(is_of_word).unwrap_or(rest.len());
    let rest = bytes.get(start..).unwrap_or_default();
    start..start + rest.iter().position(|byte| !is_of_word(byte)).unwrap_or(rest.len())
}

/// Inputs that are hostile by themselves: what is too much of something, and what is no text.
pub fn extremes() -> Vec<(&'static str, Vec<u8>)> {
    let megabytes_of = |piece: &[u8]| piece.repeat(3 * 1024 * 1024 / 2 / piece.len());
    let utf_16 = |mark: &[u8], text: &str, big: bool| {
        let units = text.encode_utf16().chain([0xd800, 0x0041, 0xdc00]);
        let bytes = units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
        [mark.to_vec(), bytes.collect()].concat()
    };
    vec![
        ("nothing", Vec::new()),
        ("one NUL", vec![0]),
        ("many NULs", vec![0; 100_000]),
        ("every byte", (0..=u8::MAX).collect()),
        ("no UTF-8", vec![0xff; 100_000]),
        ("a mark alone", b"\xef\xbb\xbf".to_vec()),
        ("marks without end", megabytes_of(b"\xef\xbb\xbf")),
        ("half of UTF-16, little end first", utf_16(b"\xff\xfe", "ID,Date reported\r\n1,2\r\n", false)),
        ("half of UTF-16, big end first", utf_16(b"\xfe\xff", "{\"resourceType\":\"Bundle\"}", true)),
        ("an odd number of bytes of UTF-16", b"\xff\xfea\0b".to_vec()),
        ("one long line", megabytes_of(b"x")),
        ("columns without end", megabytes_of(b",")),
        ("as many columns as a row has room for", b",".repeat(1_000_000)),
        (
            "as many columns behind those that are wanted",
            [b"ID,Date reported".to_vec(), b",".repeat(1_000_000)].concat(),
        ),
        ("semicolons without end", megabytes_of(b";")),
        ("blank lines without end", megabytes_of(b"\n")),
        ("a quoted cell without end", [b"\"".to_vec(), megabytes_of(b"x\n")].concat()),
        ("quotation marks without end", megabytes_of(b"\"")),
        ("three quotation marks without end", [b"a = \"\"\"".to_vec(), megabytes_of(b"x\n")].concat()),
        ("arrays in arrays", b"[".repeat(200_000)),
        ("objects in objects", b"{\"a\":".repeat(100_000)),
        ("tables in tables", b"a = ".iter().copied().chain(b"{a=".repeat(50_000)).collect()),
        ("arrays of TOML", b"a = ".iter().copied().chain(b"[".repeat(100_000)).collect()),
        ("a name of many parts", [b"a.".repeat(60_000), b"a = 1".to_vec()].concat()),
        ("headings of many parts", [b"[".to_vec(), b"a.".repeat(60_000), b"a]".to_vec()].concat()),
        ("entries without end", megabytes_of(b"[[token]]\n")),
        ("an array of a hundred thousand", [b"[".to_vec(), b"0,".repeat(100_000), b"0]".to_vec()].concat()),
        ("one name a hundred thousand times", {
            let fields = b"\"a\":1,".repeat(100_000);
            [b"{".to_vec(), fields, b"\"a\":1}".to_vec()].concat()
        }),
        ("a number of a million digits", megabytes_of(b"9")),
        ("a frame of four gigabytes", b"\x00\x00\xff\xff\xff\xff\x0a".to_vec()),
        ("a frame that says it is compressed", b"\x00\x01\x00\x00\x00\x03abc".to_vec()),
        ("a field of two gigabytes", b"\x00\x00\x00\x00\x00\x06\x0a\xff\xff\xff\xff\x07".to_vec()),
        ("a number that does not end", [b"\x00\x00\x00\x00\x00\x14".to_vec(), vec![0xff; 20]].concat()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_input_again_and_another_one_another() {
        let samples = [b"one, two, 3".to_vec(), b"{\"four\": 5}".to_vec()];
        let made: Vec<_> = (0..200).map(|seed| input(&samples, seed)).collect();
        assert_eq!(made, (0..200).map(|seed| input(&samples, seed)).collect::<Vec<_>>());
        let different: std::collections::HashSet<_> = made.iter().collect();
        assert!(different.len() > 120, "{}", different.len());
        assert!(made.iter().all(|input| input.len() <= INPUT_BYTES_MAX));
    }

    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        // The first numbers of seed 1234567, as the algorithm's reference implementation gives them.
        let mut chance = Chance::of(1_234_567);
        assert_eq!(
            [chance.next(), chance.next(), chance.next()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn nothing_at_all_can_be_changed_too() {
        for seed in 0..300 {
            let _ = input(&[], seed);
            let _ = input(&[Vec::new()], seed);
        }
    }
}
