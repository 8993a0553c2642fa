//! [`FormatSettings`]: the settings that change what formats read and write.

use gristmill_sql::types::{DateTimeInput, DateTimeOutput, TextOptions, TimeZone};

/// Settings that change how formats read and write, taken from a session. The defaults are ClickHouse's.
#[derive(Clone, Debug)]
pub struct FormatSettings {
    /// How single values look.
    pub text: TextOptions,
    /// Fields of the data that the table does not have are passed over.
    pub skip_unknown_fields: bool,
    /// The names of WithNames formats choose the columns; else they are passed over.
    pub with_names_use_header: bool,
    /// The types of WithNamesAndTypes formats must fit.
    pub with_types_use_header: bool,
    /// CSV: an empty field is the column's default.
    pub csv_empty_as_default: bool,
    /// TabSeparated: an empty field is the column's default.
    pub tsv_empty_as_default: bool,
    /// TabSeparated: a carriage return may stand before the line feed.
    pub tsv_crlf: bool,
    /// TabSeparated is written with a carriage return before the line feed.
    pub tsv_crlf_output: bool,
    /// CSV is written with a carriage return before the line feed.
    pub csv_crlf_output: bool,
    /// CustomSeparated.
    pub custom: CustomSettings,
    /// SQLInsert.
    pub sql_insert: SqlInsertSettings,
    /// Markdown: what could be a mark gets a backslash.
    pub markdown_escape: bool,
    /// CSV: a first row of the columns' names is passed over.
    pub csv_detect_header: bool,
    /// TabSeparated: a first row of the columns' names is passed over.
    pub tsv_detect_header: bool,
    /// Values: a field that is no literal is evaluated.
    pub values_interpret_expressions: bool,
    /// Pretty formats and Vertical.
    pub pretty: PrettySettings,
    /// The formats of JSON.
    pub json: JsonSettings,
    /// JSON documents and XML: time and rows read at the end.
    pub write_statistics: bool,
    /// Rows from which schema inference takes the types.
    pub inference_rows_max: usize,
    /// A column of an inferred schema is Nullable.
    pub inference_nullable: bool,
    /// ArrowStream: String as UTF-8 text rather than bytes.
    pub arrow_string_as_string: bool,
    /// Arrow and ArrowStream: none, lz4_frame or zstd.
    pub arrow_compression: String,
    /// Parquet: String as UTF-8 text rather than bytes.
    pub parquet_string_as_string: bool,
    /// Rows in a row group of Parquet.
    pub parquet_row_group_rows: usize,
    /// Native: the revision of the protocol that results are written for, `client_protocol_version` of HTTP.
    pub native_revision: u64,
    /// Threads that decode one file of row groups.
    pub threads: usize,
}

/// Settings of the formats of JSON.
#[derive(Clone, Debug)]
pub struct JsonSettings {
    /// Replace what is not UTF-8, where the format does not do so anyway.
    pub validate_utf8: bool,
    /// Composite values take several lines in documents.
    pub pretty_print: bool,
    /// JSONEachRow and its kin write one array.
    pub array_of_rows: bool,
    /// The column that has the names of the rows of JSONObjectEachRow; empty for none.
    pub object_name_column: String,
    /// Arrays of JSONCompactEachRow may have less or more values than there are columns.
    pub compact_variable_columns: bool,
}

/// Settings of CustomSeparated.
#[derive(Clone, Debug)]
pub struct CustomSettings {
    /// The name of the rule by which values are escaped.
    pub escaping: String,
    /// Between fields.
    pub field: String,
    /// Before a row.
    pub row_before: String,
    /// Behind a row.
    pub row_after: String,
    /// Between rows.
    pub row_between: String,
    /// Before the first row.
    pub result_before: String,
    /// Behind the last row.
    pub result_after: String,
    /// A first row of the columns' names is passed over.
    pub detect_header: bool,
}

/// Settings of SQLInsert.
#[derive(Clone, Debug)]
pub struct SqlInsertSettings {
    /// The table that the statements name.
    pub table: String,
    /// REPLACE instead of INSERT.
    pub use_replace: bool,
    /// Names of columns stand in back quotes.
    pub quote_names: bool,
    /// The statements name the columns.
    pub with_names: bool,
    /// Rows of one statement; 0 for all.
    pub statement_rows: u64,
}

/// Settings of the formats for people.
#[derive(Clone, Debug)]
pub struct PrettySettings {
    /// Rows after which the rest is cut.
    pub rows_max: usize,
    /// Width up to which a column is filled with blanks.
    pub pad_width_max: usize,
    /// Width at which a value is cut.
    pub value_width_max: usize,
    /// Number the rows.
    pub row_numbers: bool,
    /// Repeat the names under tables of at least this many rows; `None` never.
    pub footer_rows_min: Option<usize>,
    /// Numbers in the last column above this get a readable tip; 0 for none.
    pub large_number_min: u64,
    /// Turn wide tables of few rows into Vertical.
    pub fallback_to_vertical: bool,
    /// Tables of more rows stay tables.
    pub fallback_rows_max: usize,
    /// Tables of fewer columns stay tables.
    pub fallback_columns_min: usize,
    /// Narrower tables stay tables.
    pub fallback_width_min: usize,
    /// Split values at their line breaks.
    pub multiline_fields: bool,
    /// Lines are drawn with ASCII.
    pub ascii: bool,
    /// On a terminal every third digit of large numbers is underlined.
    pub highlight_digit_groups: bool,
    /// On a terminal blanks at the end of a value are underlined.
    pub highlight_trailing_spaces: bool,
    /// Show named tuples as JSON objects.
    pub named_tuples_as_json: bool,
    /// Bold names, grey row numbers.
    pub color: bool,
}

impl FormatSettings {
    /// Reads the settings that formats know; `get` gives a setting's value as text.
    pub fn new(get: &dyn Fn(&str) -> Option<String>) -> Self {
        let get = Get(get);
        FormatSettings {
            text: text_options(&get),
            skip_unknown_fields: get.flag("input_format_skip_unknown_fields", true),
            with_names_use_header: get.flag("input_format_with_names_use_header", true),
            with_types_use_header: get.flag("input_format_with_types_use_header", true),
            csv_empty_as_default: get.flag("input_format_csv_empty_as_default", true),
            tsv_empty_as_default: get.flag("input_format_tsv_empty_as_default", false),
            tsv_crlf: get.flag("input_format_tsv_crlf_end_of_line", false),
            tsv_crlf_output: get.flag("output_format_tsv_crlf_end_of_line", false),
            csv_crlf_output: get.flag("output_format_csv_crlf_end_of_line", false),
            custom: custom_settings(&get),
            sql_insert: sql_insert_settings(&get),
            markdown_escape: get.flag("output_format_markdown_escape_special_characters", false),
            csv_detect_header: get.flag("input_format_csv_detect_header", true),
            tsv_detect_header: get.flag("input_format_tsv_detect_header", true),
            values_interpret_expressions: get.flag("input_format_values_interpret_expressions", true),
            pretty: pretty_settings(&get),
            json: json_settings(&get),
            write_statistics: get.flag("output_format_write_statistics", true),
            inference_rows_max: get.number("input_format_max_rows_to_read_for_schema_inference", 25_000) as usize,
            inference_nullable: get.flag("schema_inference_make_columns_nullable", true),
            arrow_string_as_string: get.flag("output_format_arrow_string_as_string", true),
            arrow_compression: get.text("output_format_arrow_compression_method", "lz4_frame"),
            parquet_string_as_string: get.flag("output_format_parquet_string_as_string", true),
            parquet_row_group_rows: get.number("output_format_parquet_row_group_size", 1_000_000).max(1) as usize,
            native_revision: 0,
            threads: match get.number("max_threads", 0) as usize {
                0 => std::thread::available_parallelism().map_or(1, usize::from),
                threads => threads,
            },
        }
    }
}

impl FormatSettings {
    /// What ends the lines of TabSeparated.
    pub fn tsv_line_end(&self) -> &'static [u8] {
        if self.tsv_crlf_output { b"\r\n" } else { b"\n" }
    }
}

impl Default for FormatSettings {
    fn default() -> Self {
        FormatSettings::new(&|_| None)
    }
}

/// Typed access to settings given as text.
struct Get<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Get<'_> {
    fn text(&self, name: &str, default: &str) -> String {
        (self.0)(name).unwrap_or_else(|| default.to_string())
    }

    fn flag(&self, name: &str, default: bool) -> bool {
        match (self.0)(name).as_deref() {
            None => default,
            Some(value) => !matches!(value, "0" | "false" | ""),
        }
    }

    fn number(&self, name: &str, default: u64) -> u64 {
        (self.0)(name).and_then(|value| value.parse().ok()).unwrap_or(default)
    }
}

fn text_options(get: &Get<'_>) -> TextOptions {
    let zone = get.text("session_timezone", "");
    TextOptions {
        // SET refuses zones that do not exist.
        time_zone: TimeZone::find(&zone).unwrap_or(TimeZone::UTC),
        date_time_input: match get.text("date_time_input_format", "best_effort").as_str() {
            "basic" => DateTimeInput::Basic,
            "best_effort_us" => DateTimeInput::BestEffortUs,
            _ => DateTimeInput::BestEffort,
        },
        date_time_output: match get.text("date_time_output_format", "simple").as_str() {
            "iso" => DateTimeOutput::Iso,
            "unix_timestamp" => DateTimeOutput::UnixTimestamp,
            _ => DateTimeOutput::Simple,
        },
        null_as_default: get.flag("input_format_null_as_default", true),
        tsv_null: get.text("format_tsv_null_representation", "\\N"),
        csv_null: get.text("format_csv_null_representation", "\\N"),
        csv_delimiter: get.text("format_csv_delimiter", ",").bytes().next().unwrap_or(b','),
        bool_true: get.text("bool_true_representation", "true"),
        bool_false: get.text("bool_false_representation", "false"),
        decimal_trailing_zeros: get.flag("output_format_decimal_trailing_zeros", false),
        json_quote_64bit_integers: get.flag("output_format_json_quote_64bit_integers", false),
        json_quote_64bit_floats: get.flag("output_format_json_quote_64bit_floats", false),
        json_quote_decimals: get.flag("output_format_json_quote_decimals", false),
        json_quote_denormals: get.flag("output_format_json_quote_denormals", false),
        json_escape_forward_slashes: get.flag("output_format_json_escape_forward_slashes", true),
        json_named_tuples_as_objects: get.flag("output_format_json_named_tuples_as_objects", true),
        json_skip_null_in_named_tuples: get.flag("output_format_json_skip_null_value_in_named_tuples", false),
        csv_tuples_as_fields: get.flag("output_format_csv_serialize_tuple_into_separate_columns", true),
        csv_tuples_from_fields: get.flag("input_format_csv_deserialize_separate_columns_into_tuple", true),
    }
}

fn json_settings(get: &Get<'_>) -> JsonSettings {
    JsonSettings {
        validate_utf8: get.flag("output_format_json_validate_utf8", false),
        pretty_print: get.flag("output_format_json_pretty_print", true),
        array_of_rows: get.flag("output_format_json_array_of_rows", false),
        object_name_column: get.text("format_json_object_each_row_column_for_object_name", ""),
        compact_variable_columns: get.flag("input_format_json_compact_allow_variable_number_of_columns", false),
    }
}

fn custom_settings(get: &Get<'_>) -> CustomSettings {
    CustomSettings {
        escaping: get.text("format_custom_escaping_rule", "Escaped"),
        field: get.text("format_custom_field_delimiter", "\t"),
        row_before: get.text("format_custom_row_before_delimiter", ""),
        row_after: get.text("format_custom_row_after_delimiter", "\n"),
        row_between: get.text("format_custom_row_between_delimiter", ""),
        result_before: get.text("format_custom_result_before_delimiter", ""),
        result_after: get.text("format_custom_result_after_delimiter", ""),
        detect_header: get.flag("input_format_custom_detect_header", true),
    }
}

fn sql_insert_settings(get: &Get<'_>) -> SqlInsertSettings {
    SqlInsertSettings {
        table: get.text("output_format_sql_insert_table_name", "table"),
        use_replace: get.flag("output_format_sql_insert_use_replace", false),
        quote_names: get.flag("output_format_sql_insert_quote_names", true),
        with_names: get.flag("output_format_sql_insert_include_column_names", true),
        statement_rows: get.number("output_format_sql_insert_max_batch_size", 65_409),
    }
}

fn pretty_settings(get: &Get<'_>) -> PrettySettings {
    let footer = get.flag("output_format_pretty_display_footer_column_names", true);
    let footer_rows = get.number("output_format_pretty_display_footer_column_names_min_rows", 50) as usize;
    PrettySettings {
        rows_max: get.number("output_format_pretty_max_rows", 1000) as usize,
        pad_width_max: get.number("output_format_pretty_max_column_pad_width", 250) as usize,
        value_width_max: get.number("output_format_pretty_max_value_width", 10_000) as usize,
        row_numbers: get.flag("output_format_pretty_row_numbers", true),
        footer_rows_min: footer.then_some(footer_rows),
        large_number_min: get.number("output_format_pretty_single_large_number_tip_threshold", 1_000_000),
        fallback_to_vertical: get.flag("output_format_pretty_fallback_to_vertical", true),
        fallback_rows_max: get.number("output_format_pretty_fallback_to_vertical_max_rows_per_chunk", 10) as usize,
        fallback_columns_min: get.number("output_format_pretty_fallback_to_vertical_min_columns", 5) as usize,
        fallback_width_min: get.number("output_format_pretty_fallback_to_vertical_min_table_width", 250) as usize,
        multiline_fields: get.flag("output_format_pretty_multiline_fields", true),
        ascii: get.text("output_format_pretty_grid_charset", "UTF-8") == "ASCII",
        highlight_digit_groups: get.flag("output_format_pretty_highlight_digit_groups", true),
        highlight_trailing_spaces: get.flag("output_format_pretty_highlight_trailing_spaces", true),
        named_tuples_as_json: get.flag("output_format_pretty_named_tuples_as_json", true),
        color: matches!(get.text("output_format_pretty_color", "auto").as_str(), "1" | "true"),
    }
}
