//! Data types: their names, how Arrow holds them, and their text and binary forms.
//!
//! Start at [`DataType`]. To add a type: a variant, a file with its entry, reader and writer, a line in [`TYPES`] and in
//! [`reader`] and [`writer`]. Values are read from text or bytes by a [`ColumnReader`] and written by a
//! [`ColumnWriter`]; what separates fields and rows is the formats' business (crate `server`). Conversions between
//! types are functions (`crate::functions`), not here.

mod array;
mod arrow;
mod best_effort;
mod bfloat16;
mod big_integer;
mod boolean;
mod calendar;
mod column;
mod cursor;
mod data_type;
mod date;
mod date32;
mod date_time;
mod date_time64;
mod decimal;
mod enumeration;
mod fixed_bytes;
mod fixed_string;
mod float;
mod geo;
mod hints;
mod integer;
mod interval;
mod ip_address;
mod json;
mod low_cardinality;
mod map;
mod name;
mod nothing;
mod nullable;
mod primitive;
mod quoting;
mod string;
mod style;
#[cfg(test)]
mod tests;
mod time;
mod tuple;
mod unsupported;
mod uuid;

pub use self::arrow::{ARROW_EXTENSION_KEY, ARROW_EXTENSION_UUID, TYPE_KEY, time_unit_scale};
pub use self::big_integer::{big_integer_bytes, big_integer_value, write_big_integer};
pub use self::column::{ColumnReader, ColumnWriter, absent_column, default_column, reader, writer};
pub use self::cursor::{Cursor, write_var_uint};
pub use self::data_type::{DataType, TimeZone, TupleElement};
pub use self::date32::DATE32_DAYS;
pub use self::enumeration::{EnumValues, unknown_element};
pub use self::float::write_float64;
pub use self::hints::{edit_distance, maybe_you_meant};
pub use self::interval::IntervalUnit;
pub use self::ip_address::{IPV6_BYTES, ipv4_to_ipv6, ipv6_to_ipv4, write_ipv4, write_ipv6};
pub use self::json::{Indent, skip_value};
pub use self::map::{check_key, pair as map_pair};
pub use self::name::{Argument, Arguments, TypeEntry, Unresolved, back_quote_if_needed};
pub use self::nullable::take_null;
pub use self::quoting::{read_json_string, write_json_string, write_xml_text};
pub use self::string::{read_string, write_string};
pub use self::style::{DateTimeInput, DateTimeOutput, TextOptions, TextStyle};
pub use self::time::{TIME_SECONDS_MAX, time_ticks_max};

/// Every family of types. `system.data_type_families` is this list.
pub const TYPES: &[&TypeEntry] = &[
    &array::TYPE,
    &bfloat16::TYPE,
    &boolean::TYPE,
    &date::TYPE,
    &date32::TYPE,
    &date_time::TYPE,
    &date_time::TYPE32,
    &date_time64::TYPE,
    &decimal::TYPE,
    &decimal::TYPE32,
    &decimal::TYPE64,
    &decimal::TYPE128,
    &decimal::TYPE256,
    &enumeration::TYPE,
    &enumeration::TYPE8,
    &enumeration::TYPE16,
    &fixed_string::TYPE,
    &float::TYPE32,
    &float::TYPE64,
    &big_integer::INT128,
    &big_integer::INT256,
    &big_integer::UINT128,
    &big_integer::UINT256,
    &geo::POINT,
    &geo::RING,
    &geo::LINE_STRING,
    &geo::MULTI_POINT,
    &geo::POLYGON,
    &geo::MULTI_LINE_STRING,
    &geo::MULTI_POLYGON,
    &integer::INT8,
    &integer::INT16,
    &integer::INT32,
    &integer::INT64,
    &integer::UINT8,
    &integer::UINT16,
    &integer::UINT32,
    &integer::UINT64,
    &interval::NANOSECOND,
    &interval::MICROSECOND,
    &interval::MILLISECOND,
    &interval::SECOND,
    &interval::MINUTE,
    &interval::HOUR,
    &interval::DAY,
    &interval::WEEK,
    &interval::MONTH,
    &interval::QUARTER,
    &interval::YEAR,
    &ip_address::TYPE4,
    &ip_address::TYPE6,
    &low_cardinality::TYPE,
    &map::TYPE,
    &nothing::TYPE,
    &nullable::TYPE,
    &string::TYPE,
    &time::TYPE,
    &time::TYPE64,
    &tuple::TYPE,
    &uuid::TYPE,
];
