//! ClickHouse's names for partitions: readable for integers and dates, a hash for everything else.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Decimal128Type, Decimal256Type, FieldRef, Float64Type, Int64Type, UInt16Type, UInt32Type, UInt64Type,
};

use crate::sip_hash::SipHash;
use crate::{Error, Result, TYPE_KEY};

/// ClickHouse's partition id of a key (arrays of one row): readable for integers, else a hash. The fields say the
/// ClickHouse types.
pub fn partition_id(values: &[ArrayRef], fields: &[FieldRef]) -> Result<String> {
    if values.is_empty() {
        return Ok("all".to_owned());
    }
    let integers: Option<Vec<String>> = values
        .iter()
        .zip(fields)
        .map(|(value, field)| integer_text(value, field))
        .collect();
    if let Some(integers) = integers {
        return Ok(integers.join("-"));
    }
    let mut hash = SipHash::default();
    for (value, field) in values.iter().zip(fields) {
        hash_field(value, clickhouse_type(field), &mut hash)?;
    }
    Ok(hash.finish_hex())
}

/// The type's name without `Nullable(…)` and `LowCardinality(…)` around it.
fn clickhouse_type(field: &FieldRef) -> &str {
    let mut name = field.metadata().get(TYPE_KEY).map_or("", String::as_str);
    for wrapper in ["LowCardinality(", "Nullable("] {
        if let Some(inner) = name.strip_prefix(wrapper) {
            name = inner.strip_suffix(')').unwrap_or(inner);
        }
    }
    name
}

/// The value as a partition id shows it, if it is an integer for ClickHouse.
fn integer_text(value: &ArrayRef, field: &FieldRef) -> Option<String> {
    if value.is_null(0) {
        return None;
    }
    let type_name = clickhouse_type(field);
    match value.data_type() {
        DataType::UInt16 if type_name == "Date" => {
            Some(yyyymmdd(i64::from(value.as_primitive::<UInt16Type>().value(0))))
        }
        DataType::UInt16 if type_name == "BFloat16" => None,
        DataType::Int64 if type_name.starts_with("DateTime64") || type_name.starts_with("Time64") => None,
        DataType::Boolean => Some(u8::from(value.as_boolean().value(0)).to_string()),
        kind if kind.is_unsigned_integer() => Some(
            cast(value, &DataType::UInt64)
                .ok()?
                .as_primitive::<UInt64Type>()
                .value(0)
                .to_string(),
        ),
        kind if kind.is_signed_integer() => Some(
            cast(value, &DataType::Int64)
                .ok()?
                .as_primitive::<Int64Type>()
                .value(0)
                .to_string(),
        ),
        _ => None,
    }
}

/// A day number since 1970 as YYYYMMDD, by the proleptic Gregorian calendar.
fn yyyymmdd(days: i64) -> String {
    // Years from March on, in eras of 400 years, so that the leap day is the last of the year.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}")
}

/// ClickHouse's numbers for the kinds of a `Field`, which go into the hash before the value.
mod kind {
    pub const NULL: u8 = 0;
    pub const UINT64: u8 = 1;
    pub const INT64: u8 = 2;
    pub const FLOAT64: u8 = 3;
    pub const STRING: u8 = 16;
    pub const ARRAY: u8 = 17;
    pub const TUPLE: u8 = 18;
    pub const DECIMAL32: u8 = 19;
    pub const DECIMAL64: u8 = 20;
    pub const DECIMAL128: u8 = 21;
    pub const DECIMAL256: u8 = 23;
    pub const UINT128: u8 = 4;
    pub const INT128: u8 = 5;
    pub const UINT256: u8 = 24;
    pub const INT256: u8 = 25;
    /// IPv6 is hashed as a string.
    pub const IPV4: u8 = 30;
    /// UUIDs are hashed as if they were UInt128.
    pub const UUID: u8 = 4;
}

/// Feeds the first value of an array to the hash as ClickHouse's `FieldVisitorHash` does.
fn hash_field(value: &ArrayRef, type_name: &str, hash: &mut SipHash) -> Result<()> {
    if value.is_null(0) {
        hash.update(&[kind::NULL]);
        return Ok(());
    }
    match value.data_type() {
        DataType::Binary => hash_string(value.as_binary::<i32>().value(0), hash),
        DataType::Utf8 => hash_string(value.as_string::<i32>().value(0).as_bytes(), hash),
        DataType::FixedSizeBinary(_) if type_name == "UUID" => {
            // Kept in the order of its digits; ClickHouse has two little-endian halves, the upper one first.
            let digits = value.as_fixed_size_binary().value(0);
            hash.update(&[kind::UUID]);
            digits
                .chunks(8)
                .for_each(|half| half.iter().rev().for_each(|byte| hash.update(&[*byte])));
        }
        DataType::FixedSizeBinary(_) if big_integer(type_name).is_some() => {
            // Kept with the highest byte first, and the sign turned over.
            let mut bytes = value.as_fixed_size_binary().value(0).to_vec();
            bytes[0] ^= if type_name.starts_with("Int") { 0x80 } else { 0 };
            bytes.reverse();
            hash.update(&big_integer(type_name).map_or([0], |kind| [kind]));
            hash.update(&bytes);
        }
        DataType::FixedSizeBinary(_) => hash_string(value.as_fixed_size_binary().value(0), hash),
        DataType::List(item) => {
            let list = value.as_list::<i32>().value(0);
            let items = (0..list.len()).map(|index| (list.slice(index, 1), item));
            hash_sequence(kind::ARRAY, items, hash)?;
        }
        DataType::Struct(fields) => {
            let columns = value.as_struct().columns();
            hash_sequence(
                kind::TUPLE,
                columns.iter().map(|column| column.slice(0, 1)).zip(fields),
                hash,
            )?;
        }
        _ => hash_number(value, type_name, hash)?,
    }
    Ok(())
}

/// The kind of an integer of more than 64 bits.
fn big_integer(type_name: &str) -> Option<u8> {
    match type_name {
        "UInt128" => Some(kind::UINT128),
        "Int128" => Some(kind::INT128),
        "UInt256" => Some(kind::UINT256),
        "Int256" => Some(kind::INT256),
        _ => None,
    }
}

fn hash_number(value: &ArrayRef, type_name: &str, hash: &mut SipHash) -> Result<()> {
    let mut add = |kind: u8, bytes: &[u8]| {
        hash.update(&[kind]);
        hash.update(bytes);
    };
    match value.data_type() {
        DataType::UInt16 if type_name == "BFloat16" => {
            let bits = u32::from(value.as_primitive::<UInt16Type>().value(0));
            add(kind::FLOAT64, &f64::from(f32::from_bits(bits << 16)).to_le_bytes());
        }
        DataType::UInt32 if type_name == "IPv4" => {
            add(kind::IPV4, &value.as_primitive::<UInt32Type>().value(0).to_le_bytes());
        }
        DataType::Int64 if type_name.starts_with("DateTime64") || type_name.starts_with("Time64") => {
            add(
                kind::DECIMAL64,
                &value.as_primitive::<Int64Type>().value(0).to_le_bytes(),
            );
        }
        DataType::Boolean => add(kind::UINT64, &u64::from(value.as_boolean().value(0)).to_le_bytes()),
        unsigned if unsigned.is_unsigned_integer() => {
            let number = cast(value, &DataType::UInt64)?;
            add(
                kind::UINT64,
                &number.as_primitive::<UInt64Type>().value(0).to_le_bytes(),
            );
        }
        signed if signed.is_signed_integer() => {
            let number = cast(value, &DataType::Int64)?;
            add(kind::INT64, &number.as_primitive::<Int64Type>().value(0).to_le_bytes());
        }
        DataType::Float32 | DataType::Float64 => {
            let number = cast(value, &DataType::Float64)?;
            add(
                kind::FLOAT64,
                &number.as_primitive::<Float64Type>().value(0).to_le_bytes(),
            );
        }
        DataType::Decimal128(precision, _) => {
            let number = value.as_primitive::<Decimal128Type>().value(0).to_le_bytes();
            match precision {
                0..=9 => add(kind::DECIMAL32, &number[..4]),
                10..=18 => add(kind::DECIMAL64, &number[..8]),
                _ => add(kind::DECIMAL128, &number),
            }
        }
        DataType::Decimal256(_, _) => {
            add(
                kind::DECIMAL256,
                &value.as_primitive::<Decimal256Type>().value(0).to_le_bytes(),
            );
        }
        other => return Err(Error::Invalid(format!("a partition key cannot be of the type {other}"))),
    }
    Ok(())
}

fn hash_string(bytes: &[u8], hash: &mut SipHash) {
    hash.update(&[kind::STRING]);
    hash.update(&(bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

fn hash_sequence<'a>(
    kind: u8,
    items: impl ExactSizeIterator<Item = (ArrayRef, &'a FieldRef)>,
    hash: &mut SipHash,
) -> Result<()> {
    hash.update(&[kind]);
    hash.update(&(items.len() as u64).to_le_bytes());
    for (item, field) in items {
        hash_field(&item, clickhouse_type(field), hash)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::*;
    use arrow::datatypes::Field;
    use std::sync::Arc;

    fn field(value: &ArrayRef, name: &str) -> FieldRef {
        let metadata = [(TYPE_KEY.to_owned(), name.to_owned())].into();
        Arc::new(Field::new("k", value.data_type().clone(), true).with_metadata(metadata))
    }

    /// `expected` is what ClickHouse 26.9 shows in `system.parts.partition_id`.
    #[track_caller]
    fn check(values: Vec<(ArrayRef, &str)>, expected: &str) {
        let (values, fields): (Vec<_>, Vec<_>) = values
            .into_iter()
            .map(|(value, name)| (value.clone(), field(&value, name)))
            .unzip();
        assert_eq!(partition_id(&values, &fields).unwrap(), expected);
    }

    fn bytes(text: &[u8]) -> ArrayRef {
        Arc::new(BinaryArray::from(vec![text]))
    }

    #[test]
    fn integers_are_readable() {
        check(vec![], "all");
        check(vec![(Arc::new(UInt16Array::from(vec![18263])), "Date")], "20200102");
        check(vec![(Arc::new(BooleanArray::from(vec![true])), "Bool")], "1");
        check(vec![(Arc::new(UInt8Array::from(vec![7])), "UInt8")], "7");
        check(vec![(Arc::new(Int32Array::from(vec![5])), "Nullable(Int32)")], "5");
        check(
            vec![(Arc::new(Int8Array::from(vec![-2])), "Enum8('a' = 1, 'b' = -2)")],
            "-2",
        );
        check(
            vec![(Arc::new(UInt32Array::from(vec![1_577_934_245])), "DateTime('UTC')")],
            "1577934245",
        );
        check(
            vec![
                (Arc::new(UInt16Array::from(vec![18263])), "Date"),
                (Arc::new(UInt32Array::from(vec![5])), "UInt32"),
            ],
            "20200102-5",
        );
    }

    #[test]
    fn others_are_hashed_as_clickhouse_hashes_them() {
        check(vec![(bytes(b"abc"), "String")], "f815b3f19bae3563399d3c6214a8ed43");
        check(
            vec![(bytes(b"abc"), "LowCardinality(String)")],
            "f815b3f19bae3563399d3c6214a8ed43",
        );
        check(
            vec![
                (bytes(b"x"), "String"),
                (Arc::new(UInt32Array::from(vec![5])), "UInt32"),
            ],
            "f749eb3671017e635cf86a39e056d05a",
        );
        check(
            vec![(Arc::new(Int32Array::from(vec![None])), "Nullable(Int32)")],
            "2b16b490a87466b6a6d34fd9027f3c3d",
        );
        check(
            vec![(Arc::new(Float64Array::from(vec![1.5])), "Float64")],
            "11876ff8640afac37203e8651c527cea",
        );
        check(
            vec![(Arc::new(Float32Array::from(vec![1.5])), "Float32")],
            "11876ff8640afac37203e8651c527cea",
        );
        check(
            vec![(Arc::new(UInt16Array::from(vec![0x3fc0])), "BFloat16")],
            "11876ff8640afac37203e8651c527cea",
        );
        let fixed = FixedSizeBinaryArray::try_from_iter([b"ab\0\0"].into_iter()).unwrap();
        check(
            vec![(Arc::new(fixed), "FixedString(4)")],
            "b1856e3697389b559bfc0e9b80aabac2",
        );
    }

    #[test]
    fn uuid() {
        let digits = 0x61f0c404_5cb3_11e7_907b_a6006ad3dba0_u128.to_be_bytes();
        let uuid = FixedSizeBinaryArray::try_from_iter([digits].into_iter()).unwrap();
        check(vec![(Arc::new(uuid), "UUID")], "48406fdb38e23228b776558b4edfa795");
    }

    #[test]
    fn ip_addresses() {
        let four: ArrayRef = Arc::new(UInt32Array::from(vec![0x0102_0304]));
        let six: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter([1u128.to_be_bytes()].into_iter()).unwrap());
        check(vec![(four.clone(), "IPv4")], "16909060");
        check(vec![(six.clone(), "IPv6")], "1ebc31932a947b7ca9e898a271e7f028");
        check(vec![(four, "IPv4"), (six, "IPv6")], "9f609461ca96da50b925747e8df03038");
    }

    #[test]
    fn date_time_64() {
        check(
            vec![(
                Arc::new(Int64Array::from(vec![1_577_934_245_123])),
                "DateTime64(3, 'UTC')",
            )],
            "8eea66108f5c6af4a41f0579de6d1d31",
        );
    }

    #[test]
    fn decimals() {
        let decimal = |precision| -> ArrayRef {
            Arc::new(
                Decimal128Array::from(vec![125])
                    .with_precision_and_scale(precision, 2)
                    .unwrap(),
            )
        };
        check(vec![(decimal(9), "Decimal(9, 2)")], "ef4f1cf591db9967dbc042e1e11dfc6e");
        check(
            vec![(decimal(18), "Decimal(18, 2)")],
            "0fbb95ee8cfeb1af653c4d42edad9bcc",
        );
        check(
            vec![(decimal(38), "Decimal(38, 2)")],
            "525e43e58176da94c7fd56c1e9c50290",
        );
        let wide = Decimal256Array::from(vec![arrow::datatypes::i256::from_i128(125)])
            .with_precision_and_scale(76, 2)
            .unwrap();
        check(
            vec![(Arc::new(wide), "Decimal(76, 2)")],
            "0d43257b67ff16bb9f52a2440945f534",
        );
    }

    #[test]
    fn array_and_tuple() {
        let list = ListArray::from_iter_primitive::<arrow::datatypes::UInt8Type, _, _>([Some(vec![Some(1), Some(2)])]);
        check(
            vec![(Arc::new(list), "Array(UInt8)")],
            "3f00cdd1684ab009c87e93c9e33ec12e",
        );
        let one: ArrayRef = Arc::new(UInt8Array::from(vec![1]));
        let tuple = StructArray::from(vec![
            (Arc::new(Field::new("1", DataType::UInt8, false)), one),
            (Arc::new(Field::new("2", DataType::Binary, false)), bytes(b"a")),
        ]);
        check(
            vec![(Arc::new(tuple), "Tuple(UInt8, String)")],
            "856971e78dc9ccfd8e6a0270f6924206",
        );
    }
}
