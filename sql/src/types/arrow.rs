//! Which Arrow type holds a ClickHouse type, and how the ClickHouse name travels with it.
//!
//! Arrow data is ClickHouse's own representation (a Date is a UInt16, a DateTime a UInt32), so that comparing, sorting
//! and grouping need not know the type. The name is in the field's metadata under [`TYPE_KEY`]; fields inside lists
//! and structs carry none, because the outer name says it all and Arrow counts metadata as part of a nested type.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, new_empty_array};
use arrow::datatypes::{DataType as ArrowType, Field, FieldRef, Fields, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::common::utils::SingleRowListArrayBuilder;

use super::{DataType, TupleElement};
use crate::error::{Code, Error, Result};

/// The key of field metadata under which the ClickHouse type name stands.
pub const TYPE_KEY: &str = "clickhouse.type";

/// The metadata by which Arrow itself marks 16 bytes as a UUID.
pub const ARROW_EXTENSION_KEY: &str = "ARROW:extension:name";
/// See [`ARROW_EXTENSION_KEY`].
pub const ARROW_EXTENSION_UUID: &str = "arrow.uuid";

/// Decimals up to this precision are Decimal128, wider ones Decimal256.
pub(super) const DECIMAL128_PRECISION_MAX: u8 = 38;

/// Bytes of a UUID, and of an IPv6 address.
pub(super) const UUID_BYTES: usize = 16;

impl DataType {
    /// The Arrow type that holds values of this type.
    pub fn arrow(&self) -> ArrowType {
        match self {
            DataType::Nothing => ArrowType::Null,
            DataType::Bool => ArrowType::Boolean,
            DataType::UInt8 => ArrowType::UInt8,
            DataType::UInt16 | DataType::Date | DataType::BFloat16 => ArrowType::UInt16,
            DataType::UInt32 | DataType::DateTime(_) | DataType::Ipv4 => ArrowType::UInt32,
            DataType::UInt64 => ArrowType::UInt64,
            DataType::Int8 | DataType::Enum8(_) => ArrowType::Int8,
            DataType::Int16 | DataType::Enum16(_) => ArrowType::Int16,
            DataType::Int32 | DataType::Date32 | DataType::Time => ArrowType::Int32,
            DataType::Int64 | DataType::DateTime64(..) | DataType::Time64(_) | DataType::Interval(_) => {
                ArrowType::Int64
            }
            DataType::Float32 => ArrowType::Float32,
            DataType::Float64 => ArrowType::Float64,
            DataType::String => ArrowType::Binary,
            DataType::FixedString(size) => ArrowType::FixedSizeBinary(arrow_size(*size)),
            DataType::Int128 | DataType::UInt128 => ArrowType::FixedSizeBinary(16),
            DataType::Int256 | DataType::UInt256 => ArrowType::FixedSizeBinary(32),
            DataType::Uuid | DataType::Ipv6 => ArrowType::FixedSizeBinary(arrow_size(UUID_BYTES)),
            DataType::Decimal(precision, scale) if *precision <= DECIMAL128_PRECISION_MAX => {
                ArrowType::Decimal128(*precision, *scale as i8)
            }
            DataType::Decimal(precision, scale) => ArrowType::Decimal256(*precision, *scale as i8),
            DataType::LowCardinality(inner) | DataType::Nullable(inner) => inner.arrow(),
            DataType::Array(inner) => ArrowType::List(inner.item_field()),
            DataType::Tuple(elements) => ArrowType::Struct(tuple_fields(elements)),
            DataType::Map(key, value) => ArrowType::List(super::map::pair(key, value).item_field()),
        }
    }

    /// A field of this type; nullable exactly if the type is.
    pub fn field(&self, name: &str) -> Field {
        let metadata = HashMap::from([(TYPE_KEY.to_string(), self.to_string())]);
        Field::new(name, self.arrow(), self.is_nullable()).with_metadata(metadata)
    }

    /// The field of a list's items when the items have this type.
    pub fn item_field(&self) -> FieldRef {
        Arc::new(Field::new_list_field(self.arrow(), self.is_nullable()))
    }

    /// The ClickHouse type of a field: the one its metadata names, else the nearest to its Arrow type.
    pub fn from_field(field: &Field) -> Result<DataType> {
        match field.metadata().get(TYPE_KEY) {
            Some(name) => DataType::parse(name),
            None => from_arrow(field),
        }
    }

    /// The value of a column that was not given: zero, empty, or NULL for Nullable.
    pub fn default_scalar(&self) -> ScalarValue {
        match self {
            DataType::Nothing => ScalarValue::Null,
            DataType::Bool => ScalarValue::Boolean(Some(false)),
            DataType::String => ScalarValue::Binary(Some(Vec::new())),
            DataType::FixedString(size) => ScalarValue::FixedSizeBinary(arrow_size(*size), Some(vec![0; *size])),
            DataType::Uuid | DataType::Ipv6 => {
                ScalarValue::FixedSizeBinary(arrow_size(UUID_BYTES), Some(vec![0; UUID_BYTES]))
            }
            DataType::Int128 => ScalarValue::FixedSizeBinary(16, Some(zero::<16>(true))),
            DataType::UInt128 => ScalarValue::FixedSizeBinary(16, Some(zero::<16>(false))),
            DataType::Int256 => ScalarValue::FixedSizeBinary(32, Some(zero::<32>(true))),
            DataType::UInt256 => ScalarValue::FixedSizeBinary(32, Some(zero::<32>(false))),
            DataType::Date32 => ScalarValue::Int32(Some(super::date32::DATE32_DEFAULT)),
            DataType::Enum8(values) => ScalarValue::Int8(Some(values.first() as i8)),
            DataType::Enum16(values) => ScalarValue::Int16(Some(values.first())),
            DataType::LowCardinality(inner) => inner.default_scalar(),
            DataType::Nullable(inner) => ScalarValue::try_from(&inner.arrow()).unwrap_or(ScalarValue::Null),
            DataType::Array(inner) => {
                let builder = SingleRowListArrayBuilder::new(new_empty_array(&inner.arrow()));
                builder.with_field(&inner.item_field()).build_list_scalar()
            }
            DataType::Map(key, value) => DataType::Array(Box::new(super::map::pair(key, value))).default_scalar(),
            DataType::Tuple(elements) => {
                let columns: Vec<ArrayRef> = elements
                    .iter()
                    .map(|element| super::default_column(&element.data_type, 1))
                    .collect();
                ScalarValue::Struct(Arc::new(super::tuple::struct_array(
                    &tuple_fields(elements),
                    columns,
                    1,
                )))
            }
            _ => ScalarValue::new_zero(&self.arrow()).unwrap_or(ScalarValue::Null),
        }
    }
}

/// The bytes of a big integer's zero.
fn zero<const N: usize>(signed: bool) -> Vec<u8> {
    super::big_integer_bytes::<N>(arrow::datatypes::i256::ZERO, signed).to_vec()
}

/// The Arrow fields of a tuple: its elements' names, or "1", "2", … if they have none.
pub(super) fn tuple_fields(elements: &[TupleElement]) -> Fields {
    let field = |(index, element): (usize, &TupleElement)| {
        let name = element.name.clone().unwrap_or_else(|| (index + 1).to_string());
        Field::new(name, element.data_type.arrow(), element.data_type.is_nullable())
    };
    elements.iter().enumerate().map(field).collect()
}

/// Arrow counts the bytes of fixed-size values in i32; ClickHouse's own limit is far below.
pub(super) fn arrow_size(size: usize) -> i32 {
    i32::try_from(size).expect("DataType::parse refuses longer fixed strings")
}

fn from_arrow(field: &Field) -> Result<DataType> {
    let marked = field.metadata().get(ARROW_EXTENSION_KEY).map(String::as_str);
    let data_type = match field.data_type() {
        ArrowType::FixedSizeBinary(16) if marked == Some(ARROW_EXTENSION_UUID) => DataType::Uuid,
        arrow => from_arrow_type(arrow)?,
    };
    Ok(if field.is_nullable() {
        data_type.to_nullable()
    } else {
        data_type
    })
}

/// ClickHouse's choice for columns of foreign Arrow and Parquet files.
fn from_arrow_type(arrow: &ArrowType) -> Result<DataType> {
    Ok(match arrow {
        ArrowType::Null => DataType::Nothing,
        ArrowType::Boolean => DataType::Bool,
        ArrowType::UInt8 => DataType::UInt8,
        ArrowType::UInt16 => DataType::UInt16,
        ArrowType::UInt32 => DataType::UInt32,
        ArrowType::UInt64 => DataType::UInt64,
        ArrowType::Int8 => DataType::Int8,
        ArrowType::Int16 => DataType::Int16,
        ArrowType::Int32 => DataType::Int32,
        ArrowType::Int64 => DataType::Int64,
        ArrowType::Float16 | ArrowType::Float32 => DataType::Float32,
        ArrowType::Float64 => DataType::Float64,
        ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View => DataType::String,
        ArrowType::Binary | ArrowType::LargeBinary | ArrowType::BinaryView => DataType::String,
        ArrowType::FixedSizeBinary(size) => DataType::FixedString(*size as usize),
        ArrowType::Decimal128(precision, scale) | ArrowType::Decimal256(precision, scale) if *scale >= 0 => {
            DataType::Decimal(*precision, *scale as u8)
        }
        ArrowType::Decimal32(precision, scale) | ArrowType::Decimal64(precision, scale) if *scale >= 0 => {
            DataType::Decimal(*precision, *scale as u8)
        }
        ArrowType::Date32 => DataType::Date32,
        ArrowType::Time32(unit) | ArrowType::Time64(unit) => DataType::Time64(time_unit_scale(unit)),
        ArrowType::Timestamp(unit, zone) => {
            let zone = zone.as_deref().map(super::TimeZone::find).transpose()?;
            DataType::DateTime64(time_unit_scale(unit), zone)
        }
        ArrowType::Dictionary(_, value) => match from_arrow_type(value)? {
            value if value.can_be_inside_low_cardinality() => DataType::LowCardinality(Box::new(value)),
            value => value,
        },
        ArrowType::List(item) | ArrowType::LargeList(item) | ArrowType::FixedSizeList(item, _) => {
            DataType::Array(Box::new(from_arrow(item)?))
        }
        ArrowType::Map(entries, _) => match entries.data_type() {
            ArrowType::Struct(fields) if fields.len() == 2 => {
                let key = from_arrow(&fields[0])?.strip_nullable();
                DataType::Map(Box::new(key), Box::new(from_arrow(&fields[1])?))
            }
            other => {
                let message = format!("The type \"{other}\" of Arrow is no map");
                return Err(Error::new(Code::UNKNOWN_TYPE, message));
            }
        },
        ArrowType::Struct(fields) => DataType::Tuple(
            fields
                .iter()
                .map(|field| {
                    Ok(TupleElement {
                        name: Some(field.name().clone()),
                        data_type: from_arrow(field)?,
                    })
                })
                .collect::<Result<_>>()?,
        ),
        other => {
            return Err(Error::new(
                Code::UNKNOWN_TYPE,
                format!("The type \"{other}\" of Arrow is not supported"),
            ));
        }
    })
}

/// Decimal digits of a second that an Arrow time unit counts.
pub fn time_unit_scale(unit: &TimeUnit) -> u8 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    }
}
