//! The data of every input format, the format's name in the first line.
//!
//! `cargo fuzz run --features libfuzzer --sanitizer none formats -- -rss_limit_mb=2048 -timeout=20` from the root of the
//! tree, with a nightly compiler. The corpus is small and made by `tests/fuzz.rs`; what libFuzzer finds is kept there only
//! if it fails.

#![no_main]

libfuzzer_sys::fuzz_target!(init: gristmill_tests::fuzz::watch_panics(), |bytes: &[u8]| gristmill_tests::fuzz::formats(bytes));
