//! `CODEC(…)`: checked with ClickHouse's errors, and what Parquet has in its place.

use gristmill_sql::Code;
use gristmill_sql::parser::{ColumnDefinition, format_expression, parse_expression};
use gristmill_sql::types::DataType;
use gristmill_storage::{ColumnCoding, Compression, Encoding};
use sqlparser::ast;

use crate::error::{Error, Result};

/// Highest level of ZSTD.
const ZSTD_LEVEL_MAX: u64 = 22;
/// What `ZSTD(0)` means.
const ZSTD_LEVEL_DEFAULT: u64 = 3;
/// Codecs that Parquet has nothing for.
const OTHERS: &[&str] = &[
    "T64",
    "GCD",
    "AES_128_GCM_SIV",
    "AES_256_GCM_SIV",
    "ZSTD_QAT",
    "DEFLATE_QPL",
];

/// One codec of the list.
struct Codec {
    /// As SHOW CREATE prints it.
    text: String,
    /// What compresses in general; None for those that prepare numbers for it.
    compression: Option<Compression>,
    encoding: Option<Encoding>,
    /// Whether it may stand alone.
    compresses: bool,
}

/// Checks a column's codecs, writes their parameters out, and says how the column is stored.
pub fn coding(column: &mut ColumnDefinition, data_type: &DataType) -> Result<ColumnCoding> {
    let Some(list) = &column.codec else {
        return Ok(ColumnCoding::default());
    };
    let codecs = list
        .iter()
        .map(|codec| parse(codec, data_type))
        .collect::<Result<Vec<_>>>()?;
    check_order(&codecs)?;
    column.codec = Some(
        codecs
            .iter()
            .map(|codec| parse_expression(&codec.text))
            .collect::<Result<_, _>>()?,
    );
    let last = codecs.last().and_then(|codec| codec.compression);
    Ok(ColumnCoding {
        compression: last.unwrap_or(Compression::None),
        encoding: codecs.iter().find_map(|codec| codec.encoding).unwrap_or_default(),
    })
}

fn check_order(codecs: &[Codec]) -> Result<()> {
    let texts: Vec<&str> = codecs.iter().map(|codec| codec.text.as_str()).collect();
    let all = texts.join(", ");
    let refuse = |message: String| Err(Error::new(Code::BAD_ARGUMENTS, message));
    if codecs.len() > 1 && texts.contains(&"NONE") {
        return refuse(format!(
            "It does not make sense to have codec NONE along with other compression codecs: {all}"
        ));
    }
    let general = codecs.iter().position(|codec| codec.compression.is_some());
    if general.is_some_and(|at| at + 1 < codecs.len()) {
        return refuse(format!(
            "The combination of compression codecs {all} is meaningless, because it does not make sense to apply any \
             transformations after generic compression algorithm"
        ));
    }
    match general.is_none() && codecs.iter().all(|codec| !codec.compresses) {
        true => refuse(format!(
            "Compression codec {all} does not compress anything. You may want to add generic compression algorithm after \
             other transformations, like: {all}, LZ4"
        )),
        false => Ok(()),
    }
}

fn parse(codec: &ast::Expr, data_type: &DataType) -> Result<Codec> {
    let (name, arguments) = match codec {
        ast::Expr::Identifier(name) => (name.value.clone(), Vec::new()),
        ast::Expr::Function(call) => (call.name.to_string(), arguments(call)),
        other => (format_expression(other), Vec::new()),
    };
    let general = |text: String, compression| {
        Ok(Codec {
            text,
            compression: Some(compression),
            encoding: None,
            compresses: true,
        })
    };
    let numbers = |text: String, encoding, compresses| {
        Ok(Codec {
            text,
            compression: None,
            encoding: Some(encoding),
            compresses,
        })
    };
    match name.as_str() {
        "NONE" | "LZ4" | "Default" if !arguments.is_empty() => Err(Error::new(
            Code::DATA_TYPE_CANNOT_HAVE_ARGUMENTS,
            format!("Compression codec {name} cannot have arguments"),
        )),
        "NONE" => general(name, Compression::None),
        "LZ4" | "Default" => general(name, Compression::Lz4),
        // Parquet knows no levels of LZ4.
        "LZ4HC" => general(
            format!("LZ4HC({})", one(&name, &arguments)?.unwrap_or(0)),
            Compression::Lz4,
        ),
        "ZSTD" => {
            let level = zstd_level(&arguments)?;
            let used = if level == 0 { ZSTD_LEVEL_DEFAULT } else { level };
            general(format!("ZSTD({level})"), Compression::Zstd(used as u8))
        }
        "Delta" => numbers(
            format!("Delta({})", width(&name, &arguments, data_type)?),
            Encoding::Delta,
            false,
        ),
        "DoubleDelta" => {
            width(&name, &arguments, data_type)?;
            let text = arguments.first().map_or(name.clone(), |argument| {
                format!("{name}({})", format_expression(argument))
            });
            numbers(text, Encoding::Delta, true)
        }
        "Gorilla" => numbers(
            format!("Gorilla({})", width(&name, &arguments, data_type)?),
            Encoding::ByteStreamSplit,
            true,
        ),
        "FPC" => {
            let level = one(&name, &arguments)?.unwrap_or(12);
            numbers(format!("FPC({level})"), Encoding::ByteStreamSplit, true)
        }
        "Multiple" => {
            let message = "Codec Multiple cannot be specified directly";
            Err(Error::new(Code::UNKNOWN_CODEC, message))
        }
        known if OTHERS.contains(&known) => Err(Error::not_implemented(format!("Codec {known}"))),
        _ => Err(Error::new(Code::UNKNOWN_CODEC, format!("Unknown codec family: {name}"))),
    }
}

fn arguments(call: &ast::Function) -> Vec<ast::Expr> {
    let ast::FunctionArguments::List(list) = &call.args else {
        return Vec::new();
    };
    let argument = |argument: &ast::FunctionArg| match argument {
        ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expression)) => Some(expression.clone()),
        _ => None,
    };
    list.args.iter().filter_map(argument).collect()
}

fn number(argument: &ast::Expr) -> Result<u64> {
    let wrong = || {
        Error::new(
            Code::BAD_GET,
            format!("Bad get: {} is no UInt64", format_expression(argument)),
        )
    };
    format_expression(argument).parse().map_err(|_| wrong())
}

/// The only argument, if there is one.
fn one(name: &str, arguments: &[ast::Expr]) -> Result<Option<u64>> {
    if arguments.len() > 1 {
        let message = format!("{name} codec must have 1 parameter, given {}", arguments.len());
        return Err(Error::new(Code::ILLEGAL_SYNTAX_FOR_CODEC_TYPE, message));
    }
    arguments.first().map(number).transpose()
}

fn zstd_level(arguments: &[ast::Expr]) -> Result<u64> {
    let level = arguments.first().map(number).transpose()?.unwrap_or(1);
    if level > ZSTD_LEVEL_MAX {
        let message = format!("ZSTD codec can't have level more than {ZSTD_LEVEL_MAX}, given {level}");
        return Err(Error::new(Code::ILLEGAL_CODEC_PARAMETER, message));
    }
    let Some(window) = arguments.get(1).map(number).transpose()? else {
        return Ok(level);
    };
    if !(10..=31).contains(&window) {
        let message = format!("ZSTD codec can't have window log more than 31 and lower than 10, given {window}");
        return Err(Error::new(Code::ILLEGAL_CODEC_PARAMETER, message));
    }
    Err(Error::not_implemented("The window of codec ZSTD"))
}

/// Bytes of the numbers that a codec is for: its argument, or what the type's values take.
fn width(name: &str, arguments: &[ast::Expr], data_type: &DataType) -> Result<u64> {
    let given = one(name, arguments)?;
    if let Some(given) = given.filter(|given| !matches!(given, 1 | 2 | 4 | 8)) {
        let message = format!(
            "{name} value for {} codec can be 1, 2, 4 or 8, given {given}",
            name.to_lowercase()
        );
        return Err(Error::new(Code::ILLEGAL_CODEC_PARAMETER, message));
    }
    let mut inner = data_type;
    while let DataType::Array(item) | DataType::Nullable(item) | DataType::LowCardinality(item) = inner {
        inner = item;
    }
    match given.or(inner.arrow().primitive_width().map(|bytes| bytes as u64)) {
        Some(bytes) if inner.arrow().is_primitive() => Ok(bytes),
        _ => {
            let message =
                format!("Codec {name} is not applicable for {data_type} because the data type is not of fixed size");
            Err(Error::new(Code::BAD_ARGUMENTS, message))
        }
    }
}
