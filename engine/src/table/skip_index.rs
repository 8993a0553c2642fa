//! `TYPE minmax`, `set`, `bloom_filter`, `ngrambf_v1` and `tokenbf_v1`: their expressions and arguments.

use gristmill_index::Literal;
use gristmill_index::skip::{FILTER_BYTES_MAX, HASHES_MAX, SkipDefinition, Split};
use gristmill_sql::Code;
use gristmill_sql::parser::IndexDefinition;
use gristmill_sql::types::DataType;

use crate::error::{Error, Result};
use crate::table::expression::TableExpression;
use crate::table::index::TableIndexKind;

/// `bloom_filter` says so without an argument.
const FALSE_POSITIVE_RATE_DEFAULT: f64 = 0.025;

/// Arguments are taken and mean nothing, as in ClickHouse.
pub fn parse_minmax(_: &IndexDefinition, _: &[TableExpression], _: &[Literal]) -> Result<TableIndexKind> {
    Ok(TableIndexKind::Skip(SkipDefinition::MinMax))
}

/// `set(rows)`
pub fn parse_set(_: &IndexDefinition, _: &[TableExpression], arguments: &[Literal]) -> Result<TableIndexKind> {
    let wrong = |message: &str| Err(Error::new(Code::INCORRECT_QUERY, message));
    match arguments {
        [Literal::UInt(rows_max)] => Ok(TableIndexKind::Skip(SkipDefinition::Set { rows_max: *rows_max })),
        [_] => wrong("Set index argument must be positive integer"),
        _ => wrong("Set index must have exactly one argument"),
    }
}

/// `bloom_filter` and `bloom_filter(rate)`
pub fn parse_bloom_filter(
    _: &IndexDefinition,
    expressions: &[TableExpression],
    arguments: &[Literal],
) -> Result<TableIndexKind> {
    for expression in expressions {
        check_hashed(&expression.data_type)?;
    }
    let false_positive_rate = match arguments {
        [] => FALSE_POSITIVE_RATE_DEFAULT,
        [Literal::Float(rate)] if *rate > 0.0 && *rate < 1.0 => *rate,
        [_] => {
            let message = "The BloomFilter false positive must be a double number between 0 and 1";
            return Err(bad(message));
        }
        _ => {
            let message = "BloomFilter index cannot have more than one parameter";
            return Err(Error::new(Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH, message));
        }
    };
    Ok(TableIndexKind::Skip(SkipDefinition::Bloom { false_positive_rate }))
}

fn check_hashed(data_type: &DataType) -> Result<()> {
    let message = format!("Unexpected type {data_type} of bloom filter index");
    let illegal = || Err(Error::new(Code::ILLEGAL_COLUMN, message.clone()));
    let value = match data_type.bare() {
        DataType::Array(element) => match &**element {
            DataType::Array(_) => return Err(bad(message)),
            element if element.is_nullable() => return illegal(),
            element => element.bare(),
        },
        plain => plain,
    };
    match value.is_integer()
        || value.is_big_integer()
        || value.is_float()
        || value.is_enum()
        || value.is_string_or_fixed_string()
        || value.is_date_or_date_time() && *value != DataType::Date32
        || matches!(
            value,
            DataType::Bool | DataType::Uuid | DataType::Ipv4 | DataType::Ipv6 | DataType::BFloat16
        ) {
        true => Ok(()),
        false => illegal(),
    }
}

/// `ngrambf_v1(n, bytes, hashes, seed)`
pub fn parse_ngrambf(
    _: &IndexDefinition,
    expressions: &[TableExpression],
    arguments: &[Literal],
) -> Result<TableIndexKind> {
    check_texts(expressions)?;
    let numbers = parameters("ngrambf", arguments, 4)?;
    if numbers[0] == 0 {
        return Err(bad("ngram length must be at least 1"));
    }
    let length = usize::try_from(numbers[0]).unwrap_or(usize::MAX);
    words(Split::Ngrams(length), &numbers[1..])
}

/// `tokenbf_v1(bytes, hashes, seed)`
pub fn parse_tokenbf(
    _: &IndexDefinition,
    expressions: &[TableExpression],
    arguments: &[Literal],
) -> Result<TableIndexKind> {
    check_texts(expressions)?;
    words(Split::Tokens, &parameters("tokenbf", arguments, 3)?)
}

fn words(split: Split, numbers: &[u64]) -> Result<TableIndexKind> {
    let (bytes, hashes, seed) = (numbers[0], numbers[1], numbers[2]);
    if bytes == 0 {
        return Err(bad("The size of bloom filter cannot be zero"));
    }
    if hashes == 0 {
        return Err(bad("The number of hash functions for bloom filter cannot be zero"));
    }
    if bytes > FILTER_BYTES_MAX {
        let message = format!("A bloom filter of more than {FILTER_BYTES_MAX} bytes per block");
        return Err(Error::not_implemented(message));
    }
    Ok(TableIndexKind::Skip(SkipDefinition::Words {
        split,
        bytes,
        // More only fill the filter.
        hashes: u32::try_from(hashes).unwrap_or(HASHES_MAX).min(HASHES_MAX),
        seed,
    }))
}

fn check_texts(expressions: &[TableExpression]) -> Result<()> {
    let is_text = |expression: &TableExpression| {
        let plain = expression.data_type.strip_low_cardinality();
        match plain {
            DataType::Array(element) => element.is_string_or_fixed_string(),
            plain => plain.is_string_or_fixed_string(),
        }
    };
    match expressions.iter().all(is_text) {
        true => Ok(()),
        false => Err(bad(
            "Ngram and token bloom filter indexes can only be used with column types `String`, `FixedString`, \
             `LowCardinality(String)`, `LowCardinality(FixedString)`, `Array(String)` or `Array(FixedString)`",
        )),
    }
}

fn parameters(name: &str, arguments: &[Literal], count: usize) -> Result<Vec<u64>> {
    if arguments.len() != count {
        return Err(bad(format!("`{name}` index must have exactly {count} arguments")));
    }
    // ClickHouse reads the length of ngrams before it looks at types.
    if count == 4 {
        let bad_get = |found: &str| Error::new(Code::BAD_GET, format!("Bad get: has {found}, requested UInt64"));
        match &arguments[0] {
            Literal::Text(_) => return Err(bad_get("String")),
            Literal::Float(_) => return Err(bad_get("Float64")),
            Literal::UInt(_) | Literal::Int(_) => {}
        }
    }
    let number = |argument: &Literal| match argument {
        Literal::UInt(number) => Ok(*number),
        _ => Err(bad("All parameters to *bf_v1 index must be unsigned integers")),
    };
    arguments.iter().map(number).collect()
}

fn bad(message: impl Into<String>) -> Error {
    Error::new(Code::BAD_ARGUMENTS, message.into())
}
