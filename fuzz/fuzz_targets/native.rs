//! All that a client of the native protocol sends over one connection.

#![no_main]

libfuzzer_sys::fuzz_target!(init: gristmill_tests::fuzz::watch_panics(), |bytes: &[u8]| gristmill_tests::fuzz::native(bytes));
