//! Every format against what ClickHouse 26.9 writes, and back.
//!
//! A case is a structure and a file for each format in `tests/formats`, all made by ClickHouse from the same rows.
//! Figures of time are cut out of JSON.

use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use gristmill_sql::Code;
use gristmill_sql::types::DataType;

use super::*;

const CASES: &[&str] = &[
    "numbers",
    "texts",
    "dates",
    "composites",
    "wide",
    "many",
    "large",
    "empty",
];

const TEXT_OUTPUTS: &[&str] = &[
    "TabSeparated",
    "TabSeparatedRaw",
    "TabSeparatedWithNames",
    "TabSeparatedWithNamesAndTypes",
    "CSV",
    "CSVWithNames",
    "Values",
    "JSON",
    "JSONCompact",
    "JSONEachRow",
    "PrettyCompact",
    "Vertical",
];

/// Formats that lose nothing.
const ROUND_TRIPS: &[&str] = &[
    "TabSeparated",
    "TabSeparatedWithNames",
    "TabSeparatedWithNamesAndTypes",
    "CSV",
    "CSVWithNames",
    "Values",
    "JSON",
    "JSONCompact",
    "JSONEachRow",
    "Parquet",
    "Arrow",
    "ArrowStream",
];

/// Places at which data is damaged, for each format.
const DAMAGES: usize = 300;

pub fn file(case: &str, format: &str) -> Vec<u8> {
    let path: PathBuf = [
        env!("CARGO_MANIFEST_DIR"),
        "tests",
        "formats",
        &format!("{case}.{format}"),
    ]
    .iter()
    .collect();
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// `name Type, name Type`, as in CREATE TABLE: a named tuple without its name.
fn structure(text: &str) -> Vec<HeaderColumn> {
    let DataType::Tuple(elements) = DataType::parse(&format!("Tuple({})", text.trim())).unwrap() else {
        unreachable!("the name is Tuple")
    };
    let column = |element: gristmill_sql::types::TupleElement| HeaderColumn {
        name: element.name.unwrap(),
        data_type: element.data_type,
    };
    elements.into_iter().map(column).collect()
}

pub fn header(case: &str) -> Vec<HeaderColumn> {
    structure(&String::from_utf8(file(case, "structure")).unwrap())
}

/// A source that gives a few bytes at a time.
struct Slow(std::io::Cursor<Vec<u8>>);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let few = buffer.len().min(7);
        self.0.read(&mut buffer[..few])
    }
}

pub fn read_with(
    format: &str,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    data: &[u8],
) -> Result<Vec<RecordBatch>> {
    let source = Box::new(Slow(std::io::Cursor::new(data.to_vec())));
    find(format).unwrap().input.unwrap()(header, settings, source)?.collect()
}

pub fn read(format: &str, header: &[HeaderColumn], data: &[u8]) -> Result<Vec<RecordBatch>> {
    let settings = FormatSettings {
        csv_detect_header: false,
        tsv_detect_header: false,
        ..FormatSettings::default()
    };
    read_with(format, header, &settings, data)
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Writes the columns of the header; masks stay behind.
pub fn write(format: &str, header: &[HeaderColumn], batches: &[RecordBatch]) -> Vec<u8> {
    write_with(format, header, &FormatSettings::default(), batches)
}

/// [`write`] with settings.
pub fn write_with(
    format: &str,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    batches: &[RecordBatch],
) -> Vec<u8> {
    let sink = Sink::default();
    let mut output = find(format).unwrap().output.unwrap()(header, settings, Box::new(sink.clone())).unwrap();
    let columns: Vec<usize> = (0..header.len()).collect();
    for batch in batches {
        output.write(&batch.project(&columns).unwrap()).unwrap();
    }
    output.finish(&Statistics::default()).unwrap();
    std::mem::take(&mut sink.0.lock().unwrap())
}

/// JSON without its `statistics`.
fn without_figures(text: &str) -> String {
    match (text.find("\n\t\"statistics\":"), text.rfind("\n}\n")) {
        (Some(start), Some(end)) => format!("{}{}", &text[..start], &text[end..]),
        _ => text.to_string(),
    }
}

#[test]
fn output_has_the_bytes_of_clickhouse() {
    for case in CASES {
        let header = header(case);
        let batches = read("TabSeparated", &header, &file(case, "TabSeparated")).unwrap();
        for format in TEXT_OUTPUTS {
            let written = write(format, &header, &batches);
            let written = String::from_utf8_lossy(&written);
            let written = if *format == "JSON" || *format == "JSONCompact" {
                without_figures(&written)
            } else {
                written.into()
            };
            let expected = file(case, format);
            assert_eq!(written, String::from_utf8_lossy(&expected), "{case} {format}");
        }
        assert_eq!(write("Null", &header, &batches), b"");
    }
}

#[test]
fn input_reads_what_clickhouse_wrote() {
    for case in CASES {
        let header = header(case);
        let expected = file(case, "TabSeparated");
        let batches = read("TabSeparated", &header, &expected).unwrap();
        for format in ROUND_TRIPS {
            let data = match *format {
                // Of the files of JSON the figures are cut off.
                "JSON" | "JSONCompact" | "Parquet" | "Arrow" | "ArrowStream" => write(format, &header, &batches),
                _ => file(case, format),
            };
            // JSON has no words for these.
            let expected = match *format {
                "JSON" | "JSONCompact" | "JSONEachRow" => String::from_utf8_lossy(&expected)
                    .replace("nan", "0")
                    .replace("-inf", "0")
                    .replace("inf", "0"),
                _ => String::from_utf8_lossy(&expected).into_owned(),
            };
            let again = read(format, &header, &data).unwrap_or_else(|error| panic!("{case} {format}: {error}"));
            let again = write("TabSeparated", &header, &again);
            assert_eq!(String::from_utf8_lossy(&again), expected, "{case} {format}");
        }
    }
}

/// `expected` is TabSeparated with `;` for line feeds and `*` behind omitted values, or the error's code and text.
#[track_caller]
fn check(columns: &str, format: &str, data: &str, expected: &str) {
    check_with(columns, format, data, &FormatSettings::default(), expected);
}

#[track_caller]
fn check_with(columns: &str, format: &str, data: &str, settings: &FormatSettings, expected: &str) {
    check_bytes_with(columns, format, data.as_bytes(), settings, expected);
}

/// [`check`] of data that is no text.
#[track_caller]
pub fn check_bytes(columns: &str, format: &str, data: &[u8], expected: &str) {
    check_bytes_with(columns, format, data, &FormatSettings::default(), expected);
}

/// [`check_bytes`] with settings.
#[track_caller]
pub fn check_bytes_with(columns: &str, format: &str, data: &[u8], settings: &FormatSettings, expected: &str) {
    let header = structure(columns);
    let got = match read_with(format, &header, settings, data) {
        Err(error) => format!("{} {}", error.code.number(), error.message),
        Ok(batches) => {
            let mut lines = Vec::new();
            for batch in &batches {
                let text = write("TabSeparated", &header, std::slice::from_ref(batch));
                let text = String::from_utf8(text).unwrap();
                lines.extend(
                    text.lines()
                        .enumerate()
                        .map(|(row, line)| mark_omitted(batch, &header, row, line)),
                );
            }
            lines.join(";")
        }
    };
    assert_eq!(got, expected, "{format} {data:?}");
}

fn mark_omitted(batch: &RecordBatch, header: &[HeaderColumn], row: usize, line: &str) -> String {
    use arrow::array::AsArray;
    let schema = batch.schema();
    let omitted = |name: &str| {
        let masks = schema.fields().iter().zip(batch.columns());
        masks
            .filter(|(field, _)| {
                field
                    .metadata()
                    .get(gristmill_engine::OMITTED_KEY)
                    .is_some_and(|it| it == name)
            })
            .any(|(_, mask)| mask.as_boolean().value(row))
    };
    let fields = line.split('\t').zip(header);
    let fields: Vec<String> = fields
        .map(|(field, column)| {
            if omitted(&column.name) {
                format!("{field}*")
            } else {
                field.into()
            }
        })
        .collect();
    fields.join("\t")
}

#[test]
fn ambiguous_csv_delimiters_are_refused() {
    for delimiter in *b" \t\"'.UL" {
        let mut settings = FormatSettings::default();
        settings.text.csv_delimiter = delimiter;
        let error = read_with("CSV", &structure("x UInt8"), &settings, b"1").unwrap_err();
        assert_eq!(error.code, Code::BAD_ARGUMENTS);
    }
}

#[test]
fn tab_separated_input() {
    let eol = "27 Cannot parse input: expected '\\n' before: ";
    check("x UInt8", "TSV", "1\n2\n3", "1;2;3");
    check("x UInt8", "TSV", "1\n2\nx\n", &format!("{eol}'x\\n': (at row 3)"));
    check("x UInt8", "TSV", "-1\n", &format!("{eol}'-1\\n': (at row 1)"));
    check("x UInt8", "TSV", "1.5\n", &format!("{eol}'.5\\n': (at row 1)"));
    check("x UInt8", "TSV", "1\t2\n", &format!("{eol}'\\t2\\n': (at row 1)"));
    check(
        "x UInt8, y UInt8",
        "TSV",
        "1\n",
        "27 Cannot parse input: expected '\\t' before: '\\n': (at row 1)",
    );
    check("x UInt8", "TSV", "\\N\n", "0*");
    check("x UInt8", "TSV", "x\n1\n", "1");
    check("x UInt8", "TSV", "x\nUInt8\n1\n", "1");
    check("x UInt8, y String", "TSV", "y\tx\na\t1\n", "1\ta");
    check("x UInt8", "TSVWithNames", "y\tx\n1\t2\n", "2");
    check("x UInt8", "TSVWithNames", "y\n1\n", "0*");
    check("x UInt8", "TSVWithNames", "", "");
    check("x UInt8", "TSVWithNames", "x\n", "");
    check(
        "x UInt8",
        "TSVWithNames",
        "x\tx\n1\t2\n",
        "117 Duplicate field found while parsing format header: x: (while reading header)",
    );
    check("x UInt8", "TSVWithNamesAndTypes", "x\nUInt8\n1\n", "1");
    check(
        "x UInt8",
        "TSVWithNamesAndTypes",
        "x\nUInt16\n1\n",
        "117 Type of 'x' must be UInt8, not UInt16: (while reading header)",
    );
    check(
        "x Nullable(String), y String",
        "TSV",
        "\\N\ta\n\\\\N\tb\n",
        "\\N\ta;\\\\N\tb",
    );
    let settings = FormatSettings {
        tsv_crlf: true,
        ..FormatSettings::default()
    };
    check_with("x UInt8, s String", "TSV", "1\ta\r\n2\t\r\n", &settings, "1\ta;2\t");
    check_with("x UInt8", "TSVWithNames", "y\tx\r\na\t2\r\n", &settings, "2");
    assert!(read("TSV", &structure("s String"), b"a\r\nb\r\n").is_err());
    assert!(
        read("TSV", &structure("x UInt8"), b"1\r\n")
            .unwrap_err()
            .message
            .contains("carriage return")
    );
}

#[test]
fn csv_input() {
    check("x UInt8", "CSV", "300\n\"3\"\n'4'\n 5 \n", "44;3;4;5");
    check("x UInt8", "CSV", "1,\n", "1");
    check(
        "d DateTime('UTC'), b Bool",
        "CSV",
        "2024-01-31 12:34:56 ,true\n",
        "2024-01-31 12:34:56\ttrue",
    );
    check("x UInt8", "CSV", "abc\n", "117 Expected end of line: (at row 1)");
    check("x UInt8", "CSV", "1,2\n", "117 Expected end of line: (at row 1)");
    check(
        "x UInt8",
        "CSV",
        "\"1\n",
        "27 Cannot parse input: expected '\"' before: '\\n': (at row 1)",
    );
    check(
        "x String",
        "CSV",
        "  abc \n\"a\nb\"\na\"b\n'a'\n",
        "abc;a\\nb;a\"b;\\'a\\'",
    );
    check(
        "x String, y Nullable(UInt8)",
        "CSV",
        "a,\r\nb,\\N\r\n",
        "a\t\\N*;b\t\\N",
    );
    check("x UInt8", "CSV", "\"x\"\n1\n", "1");
    check("x UInt8", "CSVWithNames", " x , y \n1, 2\n", "1");
    check(
        "t Tuple(UInt8, String), z UInt8",
        "CSVWithNames",
        "\"z\",\"t.1\",\"t.2\"\n3,1,\"a\"\n",
        "(1,\\'a\\')\t3".replace("\\'", "'").as_str(),
    );
}

#[test]
fn json_each_row_input() {
    check(
        "x UInt8",
        "JSONEachRow",
        "{\"x\":1}{\"x\":\"2\"},{\"x\":3}\n\n",
        "1;2;3",
    );
    check("x UInt8", "JSONEachRow", "[{\"x\":1},{\"x\":2}]", "1;2");
    check(
        "x UInt8, y String",
        "JSONEachRow",
        "{\"z\":[{}],\"y\":\"a\"}{\"x\":null,\"y\":1}{}",
        "0*\ta;0*\t1;0*\t*",
    );
    check("x UInt8", "JSONEachRow", "{\"x\":1,\"x\":2}", "1");
    let rows = "(while reading the value of key x): (at row 1)";
    check(
        "x UInt8",
        "JSONEachRow",
        "{\"x\":-1}",
        &format!("72 Unsigned type must not contain '-' symbol: {rows}"),
    );
    check(
        "x UInt8",
        "JSONEachRow",
        "{\"x\":1.5}",
        "27 Cannot parse input: expected ',' before: '.5}': (at row 1)",
    );
    check(
        "x UInt8",
        "JSONEachRow",
        "{\"x\":1",
        "33 Unexpected end of stream while parsing JSONEachRow format: (at row 1)",
    );
    check(
        "x UInt8",
        "JSONEachRow",
        "{\"x\":1} garbage",
        "27 Cannot parse input: expected '{' before: 'garbage': (at row 2)",
    );
    check(
        "x UInt8",
        "JSONEachRow",
        "[{\"x\":1}",
        "27 Cannot parse input: expected ']' at end of stream: (at row 2)",
    );
    check(
        "x UInt8",
        "JSONEachRow",
        "{x:1}",
        "26 Cannot parse JSON string: expected opening quote: (at row 1)",
    );
    check("x UInt8", "JSONEachRow", "\u{feff}{\"x\":1}", "1");
    check("x UInt8", "JSONEachRow", "[]", "");
    check("x UInt8", "JSONEachRow", "{\"x\":1} ; ", "1");
    for lost in ["{\"x\":1}; {\"x\":2}", "[{\"x\":1}]; {\"x\":2}", "{\"x\":1};;"] {
        let error = read("JSONEachRow", &structure("x UInt8"), lost.as_bytes()).unwrap_err();
        assert_eq!(error.code, Code::CANNOT_PARSE_INPUT_ASSERTION_FAILED, "{lost}");
    }
    let settings = FormatSettings {
        skip_unknown_fields: false,
        ..FormatSettings::default()
    };
    check_with(
        "x UInt8",
        "JSONEachRow",
        "{\"y\":1}",
        &settings,
        "117 Unknown field found while parsing JSONEachRow format: y: (at row 1)",
    );
}

#[test]
fn json_compact_each_row_input() {
    let columns = "x UInt8, y String";
    check(
        columns,
        "JSONCompactEachRow",
        "[1,\"a\"]\n[2, \"b\"],[3,\"c\"];[null,\"d\"] ",
        "1\ta;2\tb;3\tc;0*\td",
    );
    let wrong = |data: &str| {
        read("JSONCompactEachRow", &structure(columns), data.as_bytes())
            .unwrap_err()
            .code
    };
    for data in [
        "[1]",
        "[1,\"a\",3]",
        "[1,\"a\"] x",
        "[1,\"a\"",
        "[[1,\"a\"]]",
        "[1,\"a\"];;",
    ] {
        assert_eq!(wrong(data), Code::CANNOT_PARSE_INPUT_ASSERTION_FAILED, "{data}");
    }
    assert_eq!(wrong("[1,]"), Code::INCORRECT_DATA);
    let mut settings = FormatSettings::default();
    settings.json.compact_variable_columns = true;
    check_with(
        columns,
        "JSONCompactEachRow",
        "[1]\n[2,\"b\",3]",
        &settings,
        "1\t*;2\tb",
    );
    check(
        columns,
        "JSONCompactEachRowWithNames",
        "[\"y\", \"z\"]\n[\"a\", {}]",
        "0*\ta",
    );
}

#[test]
fn json_strings_input() {
    let columns = "x Nullable(UInt8), y String, a Array(String)";
    check(
        columns,
        "JSONStringsEachRow",
        "{\"x\":\"ᴺᵁᴸᴸ\",\"y\":\"b\",\"a\":\"['c']\"}{\"x\":\"1\"}",
        "\\N\tb\t['c'];1\t*\t[]*",
    );
    let wrong = |data: &str| {
        read("JSONCompactStringsEachRow", &structure("x UInt8"), data.as_bytes())
            .unwrap_err()
            .code
    };
    assert_eq!(wrong("[1]"), Code::CANNOT_PARSE_QUOTED_STRING);
    assert_eq!(wrong("[\"12x\"]"), Code::UNEXPECTED_DATA_AFTER_PARSED_VALUE);
    assert_eq!(wrong("[\" 1\"]"), Code::UNEXPECTED_DATA_AFTER_PARSED_VALUE);
    assert_eq!(wrong("[\"\"]"), Code::ATTEMPT_TO_READ_AFTER_EOF);
}

#[test]
fn json_columns_input() {
    let columns = "x UInt8, y String";
    check(
        columns,
        "JSONColumns",
        "{\"x\":[1,2],\"y\":[\"a\",\"b\"]} {\"x\":[3],\"z\":[4,5]}",
        "1\ta;2\tb;3\t*",
    );
    check(columns, "JSONColumns", "{}", "");
    check(columns, "JSONCompactColumns", "[[1, null]]", "1\t*;0*\t*");
    let document = "{\"meta\":[{\"name\":\"x\",\"type\":\"UInt8\"}],\"data\":{\"x\":[1,2]},\"rows\":2}";
    check(columns, "JSONColumnsWithMetadata", document, "1\t*;2\t*");
    let wrong = |format: &str, data: &str| read(format, &structure(columns), data.as_bytes()).unwrap_err().code;
    for (format, data) in [
        ("JSONColumns", "{\"x\":[1,2],\"y\":[\"a\"]}"),
        ("JSONColumns", "{\"x\":[1],\"x\":[1]}"),
        ("JSONCompactColumns", "[[1],[\"a\"],[3]]"),
        ("JSONColumnsWithMetadata", "{\"data\":{\"x\":[1]}}"),
        ("JSONColumnsWithMetadata", &document.replace("UInt8", "UInt16")),
    ] {
        assert_eq!(wrong(format, data), Code::INCORRECT_DATA, "{data}");
    }
    assert_eq!(
        wrong("JSONColumns", "{\"x\":1}"),
        Code::CANNOT_PARSE_INPUT_ASSERTION_FAILED
    );
}

#[test]
fn json_objects_input() {
    let columns = "x UInt8, y String";
    check(
        columns,
        "JSONObjectEachRow",
        "{\"a\":{\"x\":1,\"y\":\"b\"},\"b\":{\"x\":2}}",
        "1\tb;2\t*",
    );
    let mut settings = FormatSettings::default();
    settings.json.object_name_column = "y".to_string();
    check_with(columns, "JSONObjectEachRow", "{\"a\":{\"x\":1}}", &settings, "1\ta");
    check(
        "j String",
        "JSONAsString",
        "[{\"a\" : 1},{\"b\":[2]}]",
        "{\"a\" : 1};{\"b\":[2]}",
    );
    let wrong = |columns: &str, data: &str| {
        read("JSONAsString", &structure(columns), data.as_bytes())
            .unwrap_err()
            .code
    };
    assert_eq!(wrong("j String", "1"), Code::INCORRECT_DATA);
    assert_eq!(wrong("j UInt8", "{}"), Code::BAD_ARGUMENTS);
    assert_eq!(wrong("j String, k String", "{}"), Code::BAD_ARGUMENTS);
}

#[test]
fn tskv_input() {
    let columns = "x UInt8, y String";
    check(
        columns,
        "TSKV",
        "y=a=b\\tc\tx=1\ntskv\tz=1\tx=2\n\nx=\\N\n",
        "1\ta=b\\tc;2\t*;0*\t*;0*\t*",
    );
    let wrong = |data: &str| read("TSKV", &structure(columns), data.as_bytes()).unwrap_err().code;
    for data in ["x=1\tx=2\n", "x\n", "x=1\t\n"] {
        assert_eq!(wrong(data), Code::INCORRECT_DATA, "{data}");
    }
    assert_eq!(wrong("x=1\ty="), Code::CANNOT_READ_ALL_DATA);
    assert_eq!(wrong("x=1x\n"), Code::CANNOT_PARSE_INPUT_ASSERTION_FAILED);
}

#[test]
fn custom_separated_input() {
    let columns = "x UInt8, y String";
    let mut settings = FormatSettings::default();
    settings.custom = settings::CustomSettings {
        escaping: "Quoted".to_string(),
        field: "|".to_string(),
        row_before: "<".to_string(),
        row_after: ">".to_string(),
        row_between: ",".to_string(),
        result_before: "begin ".to_string(),
        result_after: " end".to_string(),
        detect_header: true,
    };
    check_with(
        columns,
        "CustomSeparated",
        "begin <1|'a'>,<2|'b>'> end",
        &settings,
        "1\ta;2\tb>",
    );
    check_with(columns, "CustomSeparated", "begin  end", &settings, "");
    check_with(
        columns,
        "CustomSeparatedWithNames",
        "begin <'y'|'x'>,<'a'|1> end",
        &settings,
        "1\ta",
    );
    settings.custom.escaping = "CSV".to_string();
    check_with(
        columns,
        "CustomSeparated",
        "begin <1|a>,<2|\"b|>\"> end\n",
        &settings,
        "1\ta;2\tb|>",
    );
    for rule in ["XML", "foo"] {
        settings.custom.escaping = rule.to_string();
        let error = read_with("CustomSeparated", &structure(columns), &settings, b"").unwrap_err();
        assert_eq!(error.code, Code::BAD_ARGUMENTS);
    }
    check(columns, "CustomSeparated", "x\ty\n1\ta\n\n", "1\ta");
    assert!(read("CustomSeparated", &structure(columns), b"1\ta").is_err());
}

#[test]
fn lines_and_blobs_input() {
    check("s String", "LineAsString", "a\r\n\n\\N", "a\\r;;\\\\N");
    check("s String", "RawBLOB", "a\nb", "a\\nb");
    check("s Nullable(String)", "RawBLOB", "", "");
    check("x UInt8", "One", "whatever", "0");
    let code = |format: &str, columns: &str| read(format, &structure(columns), b"a").unwrap_err().code;
    assert_eq!(code("LineAsString", "x UInt8"), Code::INCORRECT_QUERY);
    assert_eq!(code("RawBLOB", "s String, t String"), Code::BAD_ARGUMENTS);
    assert_eq!(code("One", "s String"), Code::BAD_ARGUMENTS);
}

#[test]
fn values_input() {
    check("x UInt8", "Values", "  (1) , (2)(300)\n;\n", "1;2;44");
    check("x UInt8", "Values", "(1);; -- the end\n /* ; */ ;", "1");
    for lost in [
        "(1); (2)",
        "(1);\n-- comment\n(2)",
        "(1);INSERT INTO t VALUES (2)",
        "; (1)",
        "(1); /* a */ x",
    ] {
        check("x UInt8", "Values", lost, "33 Cannot read data after semicolon");
    }
    check(
        "x UInt8, y String",
        "Values",
        "(NULL, 'a'), (DEFAULT, default)",
        "0*\ta;0*\t*",
    );
    check(
        "x UInt8",
        "Values",
        "1",
        "27 Cannot parse input: expected '(' before: '1':  at row 0",
    );
    check(
        "x UInt8",
        "Values",
        "(1) garbage",
        "27 Cannot parse input: expected '(' before: 'garbage':  at row 1",
    );
    check(
        "x UInt8",
        "Values",
        "(1, 2)",
        "62 Expected ')' after the value of column `x` of type UInt8 here: 1, 2)",
    );
    check(
        "x UInt8",
        "Values",
        "(1",
        "62 Expected ')' after the value of column `x` of type UInt8 here: 1",
    );
    check(
        "v Array(Float32), s String",
        "Values",
        "([0.1, -2e3], 'it''s (x, y)')",
        "[0.1,-2000]\tit\\'s (x, y)",
    );
}

#[test]
fn values_input_takes_expressions() {
    check("x UInt8", "Values", "(1+1), ('3'), (-1), (1.5), (0x10)", "2;3;255;1;16");
    check(
        "s String, v Array(Float32)",
        "Values",
        "(concat('a', ')'), [1/2, 1+1])",
        "a)\t[0.5,2]",
    );
    check(
        "d DateTime('UTC')",
        "Values",
        "(toDateTime('2024-01-01 00:00:00', 'UTC'))",
        "2024-01-01 00:00:00",
    );
    assert_eq!(
        read("Values", &structure("x UInt8"), b"(foo)").unwrap_err().code,
        Code::UNKNOWN_IDENTIFIER
    );
    assert_eq!(
        read("Values", &structure("x UInt8"), b"(1+)").unwrap_err().code,
        Code::SYNTAX_ERROR
    );
}

fn read_path(path: &std::path::Path, format: Option<&str>) -> (Vec<HeaderColumn>, gristmill_engine::Batches) {
    use gristmill_engine::{FileRequest, Formats, settings::Settings};
    let settings = Settings::default();
    let request = FileRequest {
        format,
        path,
        structure: None,
        columns: None,
        settings: &settings,
    };
    FileFormats.read_file(request).unwrap()
}

/// `expected` is the structure as CREATE TABLE writes it.
#[track_caller]
fn check_inferred(ending: &str, data: &str, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("data.{ending}"));
    std::fs::write(&path, data).unwrap();
    let (header, batches) = read_path(&path, None);
    let shown: Vec<String> = header
        .iter()
        .map(|column| format!("{} {}", column.name, column.data_type))
        .collect();
    assert_eq!(shown.join(", "), expected);
    batches.for_each(|batch| assert!(batch.unwrap().num_columns() >= header.len()));
}

/// Cases of which ClickHouse also wrote columnar files.
const COLUMNAR_CASES: &[&str] = &["numbers", "texts", "dates", "composites", "empty"];

#[test]
fn columnar_files_of_clickhouse_are_read() {
    for case in COLUMNAR_CASES {
        let header = header(case);
        let expected = file(case, "TabSeparated");
        for format in ["Parquet", "ArrowStream"] {
            let batches =
                read(format, &header, &file(case, format)).unwrap_or_else(|it| panic!("{case} {format}: {it}"));
            let text = write("TabSeparated", &header, &batches);
            assert_eq!(
                String::from_utf8_lossy(&text),
                String::from_utf8_lossy(&expected),
                "{case} {format}"
            );
        }
    }
}

#[test]
fn arrow_files_are_read_from_their_beginning() {
    for compression in ["none", "lz4_frame"] {
        let header = header("composites");
        let batches = read("TabSeparated", &header, &file("composites", "TabSeparated")).unwrap();
        let settings = FormatSettings {
            arrow_compression: compression.to_string(),
            ..FormatSettings::default()
        };
        let data = write_with("Arrow", &header, &settings, &batches);
        assert!(data.starts_with(b"ARROW1\0\0") && data.ends_with(b"ARROW1"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.arrow");
        std::fs::write(&path, &data).unwrap();
        let (_, batches) = read_path(&path, None);
        assert_eq!(batches.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 2);
    }
    let stream = file("composites", "ArrowStream");
    let error = read("Arrow", &header("composites"), &stream).unwrap_err();
    assert_eq!(error.code, Code::INCORRECT_DATA);
}

#[test]
fn uuids_are_found_in_parquets_own_schema() {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "formats", "composites.Parquet"]
        .iter()
        .collect();
    let (header, _) = read_path(&path, Some("Parquet"));
    let found = header.iter().find(|column| column.name == "at").unwrap();
    assert_eq!(found.data_type.to_string(), "Array(Tuple(a Nullable(Date32), b UUID))");
}

#[test]
fn structures_are_inferred_as_clickhouse_does() {
    check_inferred(
        "csv",
        "1,2,x\n3,4,y\n",
        "c1 Nullable(Int64), c2 Nullable(Int64), c3 Nullable(String)",
    );
    check_inferred("csv", "id,name\n1,a\n", "id Nullable(Int64), name Nullable(String)");
    check_inferred(
        "csv",
        "a,b,c,d,e,f,g,h\n1,1.5,abc,2024-01-01,2024-01-01 10:00:00,true,\"[1,2]\",\n\
         2,3,\"x\",2024-01-02,2024-01-01 10:00:00.5,false,\"[1.5]\",\n",
        "a Nullable(Int64), b Nullable(Float64), c Nullable(String), d Nullable(Date), e Nullable(DateTime64(9)), \
         f Nullable(Bool), g Array(Nullable(Float64)), h Nullable(String)",
    );
    check_inferred(
        "tsv",
        "a\tb\nUInt8\tArray(Float32)\n1\t[1,2]\n",
        "a UInt8, b Array(Float32)",
    );
    check_inferred(
        "tsv",
        "1\t\\N\t[1,2]\n-2\tx\t[]\n",
        "c1 Nullable(Int64), c2 Nullable(String), c3 Array(Nullable(Int64))",
    );
    check_inferred(
        "ndjson",
        r#"{"a":1,"b":1.5,"d":"2024-01-01","e":"2024-01-01 10:00:00","f":true,"g":[1,2.5],"h":null,"i":{"x":1,"y":"z"}}
           {"a":-5,"b":2,"m":18446744073709551615,"j":[{"k":1}],"l":[]}"#,
        "a Nullable(Int64), b Nullable(Float64), d Nullable(Date), e Nullable(DateTime), f Nullable(Bool), \
         g Array(Nullable(Float64)), h Nullable(String), i Nullable(Tuple(x Nullable(Int64), y Nullable(String))), \
         m Nullable(UInt64), j Array(Nullable(Tuple(k Nullable(Int64)))), l Array(Nullable(String))",
    );
    check_inferred("json", r#"{"a":"1"}{"a":2}"#, "a Nullable(String)");
}

#[test]
fn batches_stay_small_and_lose_no_row() {
    let rows = 150_000;
    let data: String = (0..rows).map(|row| format!("{row}\n")).collect();
    let batches = read("TSV", &structure("x UInt32"), data.as_bytes()).unwrap();
    assert!(batches.iter().all(|batch| batch.num_rows() <= 65_536));
    let written = write("TSV", &structure("x UInt32"), &batches);
    assert!(written == data.as_bytes());
}

#[test]
fn garbage_is_an_error_and_never_a_panic() {
    let header = header("composites");
    let good = file("composites", "TabSeparated");
    let batches = read("TabSeparated", &header, &good).unwrap();
    for format in FORMATS.iter().filter(|format| format.input.is_some()) {
        // Of what is only read, or has no arrays, another one's data is damaged enough.
        let has_own = format.output.is_some() && format.name != raw_blob::FORMAT.name;
        let written = if has_own { format.name } else { "RowBinary" };
        let data = write(written, &header, &batches);
        // Truncations and single changed bytes, spread over the data.
        for at in (0..data.len()).step_by(data.len() / DAMAGES + 1) {
            let _ = read(format.name, &header, &data[..at]);
            let mut changed = data.clone();
            changed[at] ^= 0x15;
            let _ = read(format.name, &header, &changed);
        }
    }
}

#[test]
fn deep_nesting_is_refused() {
    let deep = format!("{{\"y\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let error = read("JSONEachRow", &structure("x UInt8"), deep.as_bytes()).unwrap_err();
    assert_eq!(error.code, Code::TOO_DEEP_RECURSION);
    let settings = FormatSettings::default();
    assert!(infer::infer("JSONEachRow", &mut deep.as_bytes(), &settings).is_err());
    let deep = format!("{}\n", "[".repeat(100_000));
    assert!(infer::infer("TabSeparated", &mut deep.as_bytes(), &settings).is_ok());
}

#[test]
fn formats_are_found_by_any_name() {
    assert_eq!(find("TSVWithNames").unwrap().name, "TabSeparatedWithNames");
    assert_eq!(find("ndjson").unwrap().name, "JSONEachRow");
    let code = |name: &str| find(name).map(|format| format.name).unwrap_err().code;
    assert_eq!(code("Foo"), Code::UNKNOWN_FORMAT);
    assert_eq!(code("orc"), Code::NOT_IMPLEMENTED);
    for format in FORMATS {
        assert!(!REFUSED.contains(&format.name), "{} is refused, too", format.name);
    }
}

#[test]
fn all_names_of_formats_are_listed() {
    use gristmill_engine::Formats;
    let list = FileFormats.list();
    assert!(list.is_sorted_by_key(|entry| entry.name));
    let entry = |name: &str| list.iter().find(|entry| entry.name == name).unwrap();
    assert_eq!(entry("TSV").alias_of, Some("TabSeparated"));
    assert_eq!(entry("Arrow").content_type, "application/octet-stream");
    assert_eq!(entry("JSONAsString").content_type, "");
    assert!(entry("JSONCompactEachRow").is_input && !entry("XML").is_input && !entry("One").is_output);
}
