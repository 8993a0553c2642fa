//! [`DataType`]: the type of a column or expression, and what can be asked of it without data.
//!
//! Parsing a type's name is in `name.rs`, each type's own rules and forms in its own file.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::{EnumValues, IntervalUnit};
use crate::error::{Code, Error, Result};

/// A ClickHouse data type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the variants are ClickHouse's own names")]
pub enum DataType {
    Nothing,
    Bool,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt128,
    UInt256,
    Int128,
    Int256,
    Float32,
    Float64,
    BFloat16,
    String,
    /// Bytes of this fixed length.
    FixedString(usize),
    Date,
    Date32,
    /// Seconds of a day, or of up to 999 hours.
    Time,
    /// The same in ticks of 10^-precision seconds.
    Time64(u8),
    DateTime(Option<TimeZone>),
    /// Ticks of 10^-precision seconds.
    DateTime64(u8, Option<TimeZone>),
    /// Precision and scale.
    Decimal(u8, u8),
    Uuid,
    Ipv4,
    Ipv6,
    Enum8(Arc<EnumValues>),
    Enum16(Arc<EnumValues>),
    Interval(IntervalUnit),
    LowCardinality(Box<DataType>),
    Nullable(Box<DataType>),
    Array(Box<DataType>),
    Tuple(Vec<TupleElement>),
    /// Keys and values.
    Map(Box<DataType>, Box<DataType>),
}

/// One element of a tuple. Either all elements of a tuple have names or none has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TupleElement {
    /// The name in `Tuple(name Type)`.
    pub name: Option<String>,
    /// The element's type.
    pub data_type: DataType,
}

/// A time zone of the IANA database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeZone(pub chrono_tz::Tz);

impl TimeZone {
    /// The zone that every server has.
    pub const UTC: TimeZone = TimeZone(chrono_tz::UTC);

    /// The names of all time zones.
    pub fn names() -> impl Iterator<Item = &'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    /// Finds a zone by its exact name.
    pub fn find(name: &str) -> Result<TimeZone> {
        chrono_tz::Tz::from_str(name)
            .map(TimeZone)
            .map_err(|_| Error::new(Code::BAD_ARGUMENTS, format!("Cannot load time zone {name}")))
    }

    /// The name in the IANA database.
    pub fn name(&self) -> &'static str {
        self.0.name()
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataType::FixedString(size) => write!(out, "FixedString({size})"),
            DataType::Time64(scale) => write!(out, "Time64({scale})"),
            DataType::DateTime(None) => out.write_str("DateTime"),
            DataType::DateTime(Some(zone)) => write!(out, "DateTime('{}')", zone.name()),
            DataType::DateTime64(scale, None) => write!(out, "DateTime64({scale})"),
            DataType::DateTime64(scale, Some(zone)) => write!(out, "DateTime64({scale}, '{}')", zone.name()),
            DataType::Decimal(precision, scale) => write!(out, "Decimal({precision}, {scale})"),
            DataType::Enum8(values) => write!(out, "Enum8({values})"),
            DataType::Enum16(values) => write!(out, "Enum16({values})"),
            DataType::Interval(unit) => write!(out, "Interval{unit}"),
            DataType::LowCardinality(inner) => write!(out, "LowCardinality({inner})"),
            DataType::Nullable(inner) => write!(out, "Nullable({inner})"),
            DataType::Array(inner) => write!(out, "Array({inner})"),
            DataType::Map(key, value) => write!(out, "Map({key}, {value})"),
            DataType::Tuple(elements) => {
                out.write_str("Tuple(")?;
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.write_str(", ")?;
                    }
                    if let Some(name) = &element.name {
                        write!(out, "{} ", super::name::back_quote_if_needed(name))?;
                    }
                    write!(out, "{}", element.data_type)?;
                }
                out.write_str(")")
            }
            _ => out.write_str(self.family()),
        }
    }
}

impl DataType {
    /// The name of the family: `Decimal` for `Decimal(9, 2)`.
    pub fn family(&self) -> &'static str {
        match self {
            DataType::Nothing => "Nothing",
            DataType::Bool => "Bool",
            DataType::UInt8 => "UInt8",
            DataType::UInt16 => "UInt16",
            DataType::UInt32 => "UInt32",
            DataType::UInt64 => "UInt64",
            DataType::Int8 => "Int8",
            DataType::Int16 => "Int16",
            DataType::Int32 => "Int32",
            DataType::Int64 => "Int64",
            DataType::UInt128 => "UInt128",
            DataType::UInt256 => "UInt256",
            DataType::Int128 => "Int128",
            DataType::Int256 => "Int256",
            DataType::Float32 => "Float32",
            DataType::Float64 => "Float64",
            DataType::BFloat16 => "BFloat16",
            DataType::String => "String",
            DataType::FixedString(_) => "FixedString",
            DataType::Date => "Date",
            DataType::Date32 => "Date32",
            DataType::Time => "Time",
            DataType::Time64(_) => "Time64",
            DataType::DateTime(_) => "DateTime",
            DataType::DateTime64(..) => "DateTime64",
            DataType::Decimal(..) => "Decimal",
            DataType::Uuid => "UUID",
            DataType::Ipv4 => "IPv4",
            DataType::Ipv6 => "IPv6",
            DataType::Enum8(_) => "Enum8",
            DataType::Enum16(_) => "Enum16",
            DataType::Interval(_) => "Interval",
            DataType::LowCardinality(_) => "LowCardinality",
            DataType::Nullable(_) => "Nullable",
            DataType::Array(_) => "Array",
            DataType::Tuple(_) => "Tuple",
            DataType::Map(..) => "Map",
        }
    }

    /// The name as `toTypeName` and `SHOW CREATE` lay it out: a named tuple has a line for each element.
    pub fn pretty_name(&self) -> String {
        self.pretty_name_at(0)
    }

    /// [`DataType::pretty_name`] for a type that stands `indent` levels deep in a listing.
    pub fn pretty_name_at(&self, indent: usize) -> String {
        match self {
            DataType::LowCardinality(inner) => format!("LowCardinality({})", inner.pretty_name_at(indent)),
            DataType::Nullable(inner) => format!("Nullable({})", inner.pretty_name_at(indent)),
            DataType::Array(inner) => format!("Array({})", inner.pretty_name_at(indent)),
            DataType::Tuple(elements) if elements.iter().any(|element| element.name.is_some()) => {
                let lines: Vec<String> = elements
                    .iter()
                    .map(|element| {
                        let name = super::name::back_quote_if_needed(element.name.as_deref().unwrap_or_default());
                        let data_type = element.data_type.pretty_name_at(indent + 1);
                        format!("\n{}{name} {data_type}", "    ".repeat(indent + 1))
                    })
                    .collect();
                format!("Tuple({})", lines.join(","))
            }
            DataType::Tuple(elements) => {
                let names: Vec<String> = elements
                    .iter()
                    .map(|element| element.data_type.pretty_name_at(indent))
                    .collect();
                format!("Tuple({})", names.join(", "))
            }
            _ => self.to_string(),
        }
    }

    /// Whether a value may be NULL: `Nullable(T)` and `LowCardinality(Nullable(T))`.
    pub fn is_nullable(&self) -> bool {
        match self {
            DataType::Nullable(_) => true,
            DataType::LowCardinality(inner) => inner.is_nullable(),
            _ => false,
        }
    }

    /// Whether `Nullable(self)` is a type.
    pub fn can_be_inside_nullable(&self) -> bool {
        !matches!(
            self,
            DataType::Nullable(_) | DataType::Array(_) | DataType::Map(..) | DataType::LowCardinality(_)
        )
    }

    /// Whether `LowCardinality(self)` is a type; `self` may be Nullable.
    pub fn can_be_inside_low_cardinality(&self) -> bool {
        let inner = if let DataType::Nullable(inner) = self {
            inner
        } else {
            self
        };
        inner.is_integer()
            || inner.is_big_integer()
            || inner.is_float()
            || matches!(inner, DataType::Bool | DataType::String | DataType::FixedString(_))
            || matches!(
                inner,
                DataType::Date
                    | DataType::Date32
                    | DataType::Time
                    | DataType::DateTime(_)
                    | DataType::Uuid
                    | DataType::Ipv4
                    | DataType::Ipv6
                    | DataType::Interval(_)
            )
    }

    /// `Nullable(self)` where that is a type, else `self`. NULL goes inside LowCardinality.
    pub fn to_nullable(&self) -> DataType {
        match self {
            DataType::LowCardinality(inner) => DataType::LowCardinality(Box::new(inner.to_nullable())),
            _ if self.can_be_inside_nullable() => DataType::Nullable(Box::new(self.clone())),
            _ => self.clone(),
        }
    }

    /// The type without Nullable at its top; `LowCardinality(Nullable(T))` becomes `LowCardinality(T)`.
    pub fn strip_nullable(&self) -> DataType {
        match self {
            DataType::Nullable(inner) => (**inner).clone(),
            DataType::LowCardinality(inner) => DataType::LowCardinality(Box::new(inner.strip_nullable())),
            _ => self.clone(),
        }
    }

    /// The type without LowCardinality at its top.
    pub fn strip_low_cardinality(&self) -> DataType {
        match self {
            DataType::LowCardinality(inner) => (**inner).clone(),
            _ => self.clone(),
        }
    }

    /// The type that holds the values: neither LowCardinality nor Nullable at its top.
    pub fn bare(&self) -> &DataType {
        match self {
            DataType::LowCardinality(inner) | DataType::Nullable(inner) => inner.bare(),
            _ => self,
        }
    }

    /// Like [`DataType::strip_low_cardinality`], in the elements of arrays and tuples too.
    pub fn strip_low_cardinality_deep(&self) -> DataType {
        match self {
            DataType::LowCardinality(inner) => inner.strip_low_cardinality_deep(),
            DataType::Array(inner) => DataType::Array(Box::new(inner.strip_low_cardinality_deep())),
            DataType::Tuple(elements) => DataType::Tuple(
                elements
                    .iter()
                    .map(|element| TupleElement {
                        name: element.name.clone(),
                        data_type: element.data_type.strip_low_cardinality_deep(),
                    })
                    .collect(),
            ),
            DataType::Map(key, value) => DataType::Map(
                Box::new(key.strip_low_cardinality_deep()),
                Box::new(value.strip_low_cardinality_deep()),
            ),
            _ => self.clone(),
        }
    }

    /// Whether a tuple with names is in it.
    pub fn has_named_tuple(&self) -> bool {
        match self {
            DataType::LowCardinality(inner) | DataType::Nullable(inner) | DataType::Array(inner) => {
                inner.has_named_tuple()
            }
            DataType::Tuple(elements) => elements
                .iter()
                .any(|element| element.name.is_some() || element.data_type.has_named_tuple()),
            _ => false,
        }
    }

    /// UInt8 to UInt64.
    pub fn is_unsigned_integer(&self) -> bool {
        matches!(
            self,
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64
        )
    }

    /// Int8 to Int64.
    pub fn is_signed_integer(&self) -> bool {
        matches!(
            self,
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64
        )
    }

    /// UInt8 to UInt64 and Int8 to Int64; neither Bool nor Enum.
    pub fn is_integer(&self) -> bool {
        self.is_unsigned_integer() || self.is_signed_integer()
    }

    /// Int128, UInt128, Int256 and UInt256, which Arrow has no numbers for.
    pub fn is_big_integer(&self) -> bool {
        matches!(
            self,
            DataType::UInt128 | DataType::UInt256 | DataType::Int128 | DataType::Int256
        )
    }

    /// Whether an integer type of any size has negative numbers.
    pub fn has_sign(&self) -> bool {
        self.is_signed_integer() || matches!(self, DataType::Int128 | DataType::Int256)
    }

    /// Float32, Float64, BFloat16.
    pub fn is_float(&self) -> bool {
        matches!(self, DataType::Float32 | DataType::Float64 | DataType::BFloat16)
    }

    /// Decimal of any size.
    pub fn is_decimal(&self) -> bool {
        matches!(self, DataType::Decimal(..))
    }

    /// Integers, floats and decimals.
    pub fn is_number(&self) -> bool {
        self.is_integer() || self.is_float() || self.is_decimal()
    }

    /// String and FixedString.
    pub fn is_string_or_fixed_string(&self) -> bool {
        matches!(self, DataType::String | DataType::FixedString(_))
    }

    /// Date and Date32.
    pub fn is_date(&self) -> bool {
        matches!(self, DataType::Date | DataType::Date32)
    }

    /// Time and Time64.
    pub fn is_time(&self) -> bool {
        matches!(self, DataType::Time | DataType::Time64(_))
    }

    /// Date, Date32, DateTime and DateTime64.
    pub fn is_date_or_date_time(&self) -> bool {
        self.is_date() || matches!(self, DataType::DateTime(_) | DataType::DateTime64(..))
    }

    /// Whether its values, or some in it, are times or days that name no zone.
    pub fn depends_on_zone(&self) -> bool {
        match self {
            DataType::Date | DataType::Date32 | DataType::DateTime(None) | DataType::DateTime64(_, None) => true,
            DataType::LowCardinality(inner) | DataType::Nullable(inner) | DataType::Array(inner) => {
                inner.depends_on_zone()
            }
            DataType::Map(key, value) => key.depends_on_zone() || value.depends_on_zone(),
            DataType::Tuple(elements) => elements.iter().any(|element| element.data_type.depends_on_zone()),
            _ => false,
        }
    }

    /// IPv4 and IPv6.
    pub fn is_ip_address(&self) -> bool {
        matches!(self, DataType::Ipv4 | DataType::Ipv6)
    }

    /// Enum8 and Enum16.
    pub fn is_enum(&self) -> bool {
        matches!(self, DataType::Enum8(_) | DataType::Enum16(_))
    }

    /// The zone of a DateTime or DateTime64 that names one.
    pub fn time_zone(&self) -> Option<TimeZone> {
        match self {
            DataType::DateTime(zone) | DataType::DateTime64(_, zone) => *zone,
            _ => None,
        }
    }
}
