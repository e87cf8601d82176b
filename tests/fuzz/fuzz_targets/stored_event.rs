#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| candour_hostile::feed("stored_event", input));
