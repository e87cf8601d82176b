//! Every decoder of outside data in one list, each with what must hold of it whatever the bytes.
//!
//! [`DECODERS`] is the list. A [`Decoder`] takes any bytes, decodes them as the program does, and asserts what is promised: no panic; what
//! is refused is refused in words, and changes nothing; what is taken is within the named limits, and is written and read back the same where
//! that is promised; and no answer repeats what is personal or secret.
//!
//! The same functions serve twice: `tests/every_decoder.rs` feeds them what [`generator`] makes of valid samples, seeded and the same in every
//! run; the fuzz targets of `tests/fuzz` feed them what libFuzzer finds by coverage. `tests/nothing_is_left_out.rs` looks through the sources
//! for decoding that no entry of the list names.
//!
//! A decoder here has no caller to answer to: what does not hold panics, which fails the test or is the finding of the fuzzer.

mod decoder;
pub mod generator;

pub use decoder::DECODERS;

/// A text that stands in every personal or secret place of the samples, and that nothing may repeat.
pub const SECRET: &str = "Quillfeather";

/// A decoder of outside data.
#[derive(Clone, Copy)]
pub struct Decoder {
    /// Its name, which is that of its fuzz target.
    pub name: &'static str,
    /// What it decodes, and where that comes from.
    pub what: &'static str,
    /// The source files that decode it, from the root of the repository.
    pub sources: &'static [&'static str],
    /// Decodes any bytes and asserts what must hold.
    pub run: fn(&[u8]),
    /// Valid inputs, and such as are near to a limit: what the generator and the fuzzer start from.
    pub samples: fn() -> Vec<Vec<u8>>,
    /// Whether the first byte chooses among several, such as the method of a request.
    pub chooses: bool,
    /// How many generated inputs the ordinary tests feed it.
    pub cases: u64,
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Decoder({})", self.name)
    }
}

/// The decoder of this name.
pub fn named(name: &str) -> Option<&'static Decoder> {
    DECODERS.iter().find(|decoder| decoder.name == name)
}

/// Feeds bytes to the decoder of this name; for the fuzz targets.
pub fn feed(name: &str, input: &[u8]) {
    let decoder = named(name).expect("a fuzz target is named after a decoder");
    (decoder.run)(input);
}
