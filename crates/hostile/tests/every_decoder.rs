//! Feeds every decoder of outside data with hostile bytes: the same ones in every run.
//!
//! A failure prints the decoder and the seed, from which `generator::input` makes the same input of the same samples again, and how it begins.

use std::panic::{AssertUnwindSafe, catch_unwind};

use candour_hostile::{DECODERS, Decoder, generator, named};

/// Runs one input, and says which it was where something does not hold.
fn run(decoder: &Decoder, what: &str, input: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| (decoder.run)(input))).is_err() {
        let shown = String::from_utf8_lossy(input.get(..input.len().min(2_000)).unwrap_or_default());
        panic!("{}, {what}: the input of {} bytes begins with {shown:?}", decoder.name, input.len());
    }
}

fn feed(name: &str) {
    let decoder = named(name).expect("a decoder of this name");
    let samples = (decoder.samples)();
    assert!(!samples.is_empty(), "{name} has samples");
    for (number, sample) in samples.iter().enumerate() {
        run(decoder, &format!("sample {number}"), sample);
    }
    for (what, input) in generator::extremes() {
        run(decoder, what, &input);
        if decoder.chooses {
            run(decoder, what, &[&[0], input.as_slice()].concat());
        }
    }
    for seed in 0..decoder.cases {
        run(decoder, &format!("seed {seed}"), &generator::input(&samples, seed));
    }
}

macro_rules! decoders {
    ($($name:ident),+ $(,)?) => {
        $(
            #[test]
            fn $name() {
                feed(stringify!($name));
            }
        )+

        #[test]
        fn no_decoder_is_left_out_here() {
            let mut fed = vec![$(stringify!($name)),+];
            let mut listed: Vec<&str> = DECODERS.iter().map(|decoder| decoder.name).collect();
            fed.sort_unstable();
            listed.sort_unstable();
            assert_eq!(fed, listed);
        }
    };
}

decoders!(
    incident_requests,
    learning_requests,
    follow_up_requests,
    insight_requests,
    import_rows,
    call_headers,
    etag,
    position,
    page_token,
    table,
    lfpse_events,
    mapping_file,
    token,
    tokens_file,
    key_file,
    sealed_value,
    stored_event,
    stored_metadata,
    stored_names,
    configuration_file,
    connection_string,
    backup_manifest,
);
