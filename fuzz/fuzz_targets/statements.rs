//! The text of a statement, parsed. `tests/queries` serves as corpus.

#![no_main]

libfuzzer_sys::fuzz_target!(init: gristmill_tests::fuzz::watch_panics(), |bytes: &[u8]| gristmill_tests::fuzz::statement(bytes));
