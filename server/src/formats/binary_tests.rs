//! The binary formats against what ClickHouse 26.9 writes (`tests/formats/binary.py`), and damaged data.

use super::FormatSettings;
use super::row_binary;
use super::tests::{check_bytes, check_bytes_with, file, read, write};

const CASES: &[&str] = &[
    "numbers",
    "texts",
    "dates",
    "composites",
    "wide",
    "many",
    "empty",
    "types",
];

const FORMATS: &[&str] = &[
    "Native",
    "RowBinary",
    "RowBinaryWithNames",
    "RowBinaryWithNamesAndTypes",
];

/// Places at which data is damaged, for each format.
const DAMAGES: usize = 500;

fn header_of(case: &str) -> Vec<gristmill_engine::HeaderColumn> {
    row_binary::infer(&mut file(case, "RowBinaryWithNamesAndTypes").as_slice()).unwrap()
}

#[test]
fn binary_formats_have_the_bytes_of_clickhouse() {
    for case in CASES {
        let header = header_of(case);
        for format in FORMATS {
            let batches =
                read(format, &header, &file(case, format)).unwrap_or_else(|error| panic!("{case} {format}: {error}"));
            for other in FORMATS {
                let written = write(other, &header, &batches);
                let expected = file(case, other);
                let same = written
                    .iter()
                    .zip(&expected)
                    .take_while(|(left, right)| left == right)
                    .count();
                let near = |bytes: &[u8]| {
                    String::from_utf8_lossy(&bytes[same.saturating_sub(60)..bytes.len().min(same + 20)]).into_owned()
                };
                assert_eq!(near(&written), near(&expected), "{case} {format} to {other} at {same}");
                assert_eq!(written.len(), expected.len(), "{case} {format} to {other}");
            }
        }
    }
}

#[test]
fn damaged_binary_data_is_an_error_and_never_a_panic() {
    for format in FORMATS {
        let good = file("types", format);
        let header = header_of("types");
        let mut state = 7u64;
        for _ in 0..DAMAGES {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            let mut bad = good.clone();
            let at = (state >> 33) as usize % bad.len();
            match state >> 62 {
                0 => bad.truncate(at),
                1 => bad[at] = 0xff,
                2 => bad[at] = bad[at].wrapping_add(1),
                _ => bad[at] ^= 1 << (state >> 20 & 7),
            }
            let _ = read(format, &header, &bad);
        }
    }
}

#[test]
fn native_input() {
    check_bytes(
        "a UInt8, b String",
        "Native",
        b"\x02\x01\x01a\x06UInt16\x05\x00\x02zz\x05UInt8\x01",
        "5\t*",
    );
    check_bytes("a UInt8", "Native", b"\x01\x01\x01a\x0fNullable(UInt8)\x01\x00", "0*");
    check_bytes("a UInt8", "Native", b"\x01\x01\x01a\x06String\x0212", "12");
    check_bytes(
        "a UInt8",
        "Native",
        b"\x02\x01\x01a\x05UInt8\x02\x01a\x05UInt8\x03",
        "2",
    );
    check_bytes(
        "a UInt8",
        "Native",
        b"\x01\x00\x01a\x05UInt8\x01\x01\x01a\x05UInt8\x03",
        "3",
    );
    check_bytes(
        "a UInt8",
        "Native",
        b"\x01\x01\x01a\x05UInt8\x02\x00\x00\x01\x01\x01a\x05UInt8\x03",
        "2",
    );
    check_bytes("a UInt8", "Native", b"\x00\x02", "0*;0*");
    check_bytes("a UInt8", "Native", b"\x01", "32 Attempt to read after eof");
    check_bytes(
        "a UInt8",
        "Native",
        b"\x01\x02\x01a\x05UInt8\x02",
        "33 Cannot read all data. Bytes read: 1. Bytes expected: 2: (while reading column a of type UInt8)",
    );
    check_bytes(
        "a UInt8",
        "Native",
        b"\x80\x80\x80\x80\x80\x01\x01",
        "128 Suspiciously many columns in Native format: 34359738368",
    );
    let settings = FormatSettings {
        skip_unknown_fields: false,
        ..FormatSettings::default()
    };
    check_bytes_with(
        "a UInt8",
        "Native",
        b"\x01\x01\x02zz\x05UInt8\x01",
        &settings,
        "117 Unknown column with name zz found while reading data in Native format",
    );
}

#[test]
fn row_binary_input() {
    check_bytes("a UInt8, b String", "RowBinary", b"\x01\x01x\x02\x00", "1\tx;2\t");
    check_bytes(
        "s String",
        "RowBinary",
        b"\xef\xbb\xbf",
        "33 Cannot read all data. Bytes read: 0. Bytes expected: 1: (at row 1)",
    );
    check_bytes(
        "a UInt8, b UInt8",
        "RowBinaryWithDefaults",
        b"\x00\x02\x01\x01\x00\x03",
        "2\t0*;0*\t3",
    );
    check_bytes(
        "a UInt8, b String",
        "RowBinaryWithNames",
        b"\x02\x01b\x01a\x01x\x05",
        "5\tx",
    );
    check_bytes(
        "a UInt8",
        "RowBinaryWithNames",
        b"\x01\x02zz\x01x",
        "626 Cannot skip unknown field in RowBinary format, because its type is unknown",
    );
    check_bytes(
        "a UInt8",
        "RowBinaryWithNamesAndTypes",
        b"\x02\x02zz\x01a\x06String\x05UInt8\x01x\x05",
        "5",
    );
    check_bytes(
        "a UInt8",
        "RowBinaryWithNamesAndTypes",
        b"\x01\x01a\x06UInt16\x05\x00",
        "117 Type of 'a' must be UInt8, not UInt16: (while reading header)",
    );
}
