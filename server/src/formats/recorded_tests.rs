//! What ClickHouse wrote in each text format, with and without settings, against what is written here.
//!
//! The answers lie in `tests/formats/recorded`; `tests/formats/record.py` asks ClickHouse again.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use gristmill_engine::HeaderColumn;

use super::tests::{file, header, read, read_with, write_with};
use super::{FormatSettings, find, row_binary};

const CASES: &[&str] = &[
    "types",
    "texts",
    "dates",
    "numbers",
    "composites",
    "empty",
    "wide",
    "many",
    "settings",
    "pretty",
];

/// Tables that are not there as text: they have types that cannot be read from it.
const BINARY_CASES: &[&str] = &["types", "settings", "pretty"];

/// Formats that are read back, as far as their writers lose nothing.
const ROUND_TRIPS: &[&str] = &[
    "JSONColumns",
    "JSONColumnsWithMetadata",
    "JSONCompactColumns",
    "JSONCompactEachRow",
    "JSONCompactEachRowWithNames",
    "JSONCompactEachRowWithNamesAndTypes",
    "JSONStringsEachRow",
    "JSONCompactStringsEachRow",
    "JSONCompactStringsEachRowWithNames",
    "JSONCompactStringsEachRowWithNamesAndTypes",
    "JSONObjectEachRow",
    "TSKV",
    "TabSeparatedRawWithNames",
    "CSVWithNamesAndTypes",
    "CustomSeparated",
    "CustomSeparatedWithNames",
    "CustomSeparatedWithNamesAndTypes",
];

/// In these a text that looks like NULL, or has tabs, is not told from what it looks like.
const NOT_ALL_TEXTS: &[&str] = &[
    "JSONStringsEachRow",
    "JSONCompactStringsEachRow",
    "JSONCompactStringsEachRowWithNames",
    "JSONCompactStringsEachRowWithNamesAndTypes",
    "TabSeparatedRawWithNames",
];

/// An answer of ClickHouse.
pub struct Answer {
    pub format: String,
    /// As in a SETTINGS clause.
    pub settings: String,
    pub bytes: Vec<u8>,
}

pub fn answers(case: &str) -> Vec<Answer> {
    let bytes = file(&format!("recorded/{case}"), "txt");
    let mut rest = bytes.as_slice();
    let mut answers = Vec::new();
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap();
        let line = std::str::from_utf8(&rest[..end]).unwrap();
        let mut words = line.strip_prefix("== ").unwrap().splitn(3, ' ');
        let length: usize = words.next().unwrap().parse().unwrap();
        answers.push(Answer {
            format: words.next().unwrap().to_string(),
            settings: words.next().unwrap().to_string(),
            bytes: rest[end + 1..][..length].to_vec(),
        });
        rest = &rest[end + length + 2..];
    }
    answers
}

/// `a = 1, b = 'x'`
pub fn settings(text: &str) -> FormatSettings {
    let mut values: HashMap<String, String> = HashMap::new();
    let mut rest = text;
    while let Some((name, behind)) = rest.split_once(" = ") {
        let value_end = match behind.strip_prefix('\'') {
            Some(quoted) => quoted.find('\'').unwrap() + 2,
            None => behind.find(',').unwrap_or(behind.len()),
        };
        let value = behind[..value_end].trim_matches('\'').replace("\\n", "\n");
        values.insert(name.to_string(), value);
        rest = behind[value_end..].trim_start_matches([',', ' ']);
    }
    FormatSettings::new(&|name| values.get(name).cloned())
}

pub fn table(case: &str) -> (Vec<HeaderColumn>, Vec<RecordBatch>) {
    if BINARY_CASES.contains(&case) {
        let data = file(case, "RowBinaryWithNamesAndTypes");
        let header = row_binary::infer(&mut data.as_slice()).unwrap();
        let batches = read("RowBinaryWithNamesAndTypes", &header, &data).unwrap();
        return (header, batches);
    }
    let header = header(case);
    let batches = read("TabSeparated", &header, &file(case, "TabSeparated")).unwrap();
    (header, batches)
}

/// Figures that differ from run to run are not in the recorded answers.
fn without_figures(text: &str) -> String {
    let ranges = [
        (",\n\n\t\"statistics\":\n", "\n\t}"),
        ("\t<statistics>\n", "\t</statistics>\n"),
        ("{\"progress\":{", "}}\n"),
    ];
    let mut text = text.to_string();
    for (start, end) in ranges {
        if let Some(from) = text.find(start)
            && let Some(length) = text[from..].find(end)
        {
            text.replace_range(from..from + length + end.len(), "");
        }
    }
    text
}

#[test]
fn output_is_what_clickhouse_wrote() {
    let mut wrong = Vec::new();
    for case in CASES {
        let (header, batches) = table(case);
        for answer in answers(case) {
            let name = format!("{case}: {} {}", answer.format, answer.settings);
            if find(&answer.format).is_err() {
                wrong.push(format!("{name}: unknown format"));
                continue;
            }
            let written = write_with(&answer.format, &header, &settings(&answer.settings), &batches);
            let written = without_figures(&String::from_utf8_lossy(&written));
            let expected = String::from_utf8_lossy(&answer.bytes);
            if written != expected {
                let same = written
                    .chars()
                    .zip(expected.chars())
                    .take_while(|(a, b)| a == b)
                    .count();
                let from = same.saturating_sub(60);
                let part = |text: &str| text.chars().skip(from).take(160).collect::<String>();
                wrong.push(format!(
                    "{name}\n--- got\n{}\n--- expected\n{}",
                    part(&written),
                    part(&expected)
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} answers differ\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

#[test]
fn what_is_written_is_read_back() {
    for case in ["numbers", "texts", "dates", "composites", "empty"] {
        let (header, batches) = table(case);
        let expected = file(case, "TabSeparated");
        let expected = String::from_utf8_lossy(&expected).into_owned();
        let formats = ROUND_TRIPS
            .iter()
            .filter(|format| case != "texts" || !NOT_ALL_TEXTS.contains(format));
        for format in formats {
            let settings = settings("output_format_json_quote_denormals = 1, input_format_tsv_detect_header = 0");
            let data = write_with(format, &header, &settings, &batches);
            let again =
                read_with(format, &header, &settings, &data).unwrap_or_else(|error| panic!("{case} {format}: {error}"));
            let again = write_with("TabSeparated", &header, &settings, &again);
            assert_eq!(String::from_utf8_lossy(&again), expected, "{case} {format}");
        }
    }
}
