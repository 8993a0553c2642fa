//! How values look in text: the style of the surrounding format and the settings that bend it.

use super::TimeZone;

/// The surroundings of a value, which decide quoting and escaping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextStyle {
    /// A field of TabSeparated: backslash escapes, NULL is `\N`.
    Escaped,
    /// A field of TabSeparatedRaw: nothing is escaped.
    Raw,
    /// In Values, and inside arrays and tuples: strings and dates in single quotes, NULL is `NULL`.
    Quoted,
    /// A field of CSV: strings in double quotes, NULL is `\N`.
    Csv,
    /// A JSON value.
    Json,
    /// The whole text is the value, as for `toString`, casts of strings and Pretty; NULL is `ᴺᵁᴸᴸ`.
    Plain,
}

/// The setting `date_time_input_format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateTimeInput {
    /// `YYYY-MM-DD hh:mm:ss` and unix timestamps.
    Basic,
    /// Also ISO 8601 with zones, RFC 2822, names of months and other common forms.
    #[default]
    BestEffort,
    /// Like best effort; in `a/b/year` the month comes first.
    BestEffortUs,
}

/// The setting `date_time_output_format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateTimeOutput {
    /// `YYYY-MM-DD hh:mm:ss`.
    #[default]
    Simple,
    /// `YYYY-MM-DDThh:mm:ssZ`, in UTC.
    Iso,
    /// Seconds since 1970.
    UnixTimestamp,
}

/// Settings that change how values are read or written. The defaults are ClickHouse's.
#[derive(Clone, Debug)]
pub struct TextOptions {
    /// The zone of DateTime types that name none: `session_timezone`, else the server's.
    pub time_zone: TimeZone,
    /// How DateTime text may look.
    pub date_time_input: DateTimeInput,
    /// How DateTime text looks.
    pub date_time_output: DateTimeOutput,
    /// NULL for a column or element that has none becomes its default.
    pub null_as_default: bool,
    /// The field that means NULL in TabSeparated.
    pub tsv_null: String,
    /// The field that means NULL in CSV.
    pub csv_null: String,
    /// What separates the fields of CSV.
    pub csv_delimiter: u8,
    /// How Bool is written, and accepted besides the usual words.
    pub bool_true: String,
    /// See `bool_true`.
    pub bool_false: String,
    /// Keep the zeros at the end of a decimal's fraction.
    pub decimal_trailing_zeros: bool,
    /// JSON: (U)Int64 in quotes.
    pub json_quote_64bit_integers: bool,
    /// JSON: Float64 in quotes.
    pub json_quote_64bit_floats: bool,
    /// JSON: decimals in quotes.
    pub json_quote_decimals: bool,
    /// JSON: `"nan"` and `"inf"` instead of null.
    pub json_quote_denormals: bool,
    /// JSON: `/` as `\/`.
    pub json_escape_forward_slashes: bool,
    /// JSON: named tuples as objects.
    pub json_named_tuples_as_objects: bool,
    /// JSON: objects of named tuples leave out what is NULL.
    pub json_skip_null_in_named_tuples: bool,
    /// CSV: a tuple is written as as many fields as it has elements; else it is one string.
    pub csv_tuples_as_fields: bool,
    /// CSV: a tuple is read from as many fields as it has elements; else from one string.
    pub csv_tuples_from_fields: bool,
}

impl Default for TextOptions {
    fn default() -> TextOptions {
        TextOptions {
            time_zone: TimeZone::UTC,
            date_time_input: DateTimeInput::default(),
            date_time_output: DateTimeOutput::default(),
            null_as_default: true,
            tsv_null: "\\N".to_string(),
            csv_null: "\\N".to_string(),
            csv_delimiter: b',',
            bool_true: "true".to_string(),
            bool_false: "false".to_string(),
            decimal_trailing_zeros: false,
            json_quote_64bit_integers: false,
            json_quote_64bit_floats: false,
            json_quote_decimals: false,
            json_quote_denormals: false,
            json_escape_forward_slashes: true,
            json_named_tuples_as_objects: true,
            json_skip_null_in_named_tuples: false,
            csv_tuples_as_fields: true,
            csv_tuples_from_fields: true,
        }
    }
}
