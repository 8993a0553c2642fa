//! Decimal(P, S): P decimal digits in all, S of them behind the point.

use arrow::datatypes::{DataType as ArrowType, Decimal128Type, Decimal256Type, i256};

use super::arrow::DECIMAL128_PRECISION_MAX;
use super::integer::{in_csv_quotes, in_json_quotes, read_lenient};
use super::primitive::Primitive;
use super::{Argument, Arguments, Cursor, DataType, TextOptions, TextStyle, TypeEntry};
use crate::error::{Code, Error, Result};

/// Digits in a 256-bit number.
const PRECISION_MAX: i64 = 76;

/// Digits of a decimal without parameters.
const PRECISION_DEFAULT: i64 = 10;

/// The family Decimal.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Decimal",
    aliases: &["DEC", "NUMERIC", "FIXED"],
    case_insensitive: true,
    parse,
};

macro_rules! sized {
    ($constant:ident, $name:literal, $precision:literal) => {
        #[doc = concat!("The family ", $name, ": the widest decimal of its size.")]
        pub(super) const $constant: TypeEntry = TypeEntry {
            name: $name,
            aliases: &[],
            case_insensitive: true,
            parse: |arguments| parse_sized(arguments, $precision),
        };
    };
}

sized!(TYPE32, "Decimal32", 9);
sized!(TYPE64, "Decimal64", 18);
sized!(TYPE128, "Decimal128", 38);
sized!(TYPE256, "Decimal256", 76);

fn parse(arguments: &Arguments) -> Result<DataType> {
    match arguments.list.as_slice() {
        [] => checked(PRECISION_DEFAULT, 0),
        [Argument::Number(precision)] => checked(*precision, 0),
        [Argument::Number(precision), Argument::Number(scale)] => checked(*precision, *scale),
        [_] | [_, _] => Err(Error::new(
            Code::ILLEGAL_TYPE_OF_ARGUMENT,
            "Decimal argument precision is invalid: it must be an integer".to_string(),
        )),
        _ => Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            "Decimal data type family must have exactly two arguments: precision and scale".to_string(),
        )),
    }
}

fn parse_sized(arguments: &Arguments, precision: i64) -> Result<DataType> {
    match arguments.list.as_slice() {
        [Argument::Number(scale)] => checked(precision, *scale),
        [_] => Err(Error::new(
            Code::ILLEGAL_TYPE_OF_ARGUMENT,
            "Decimal32 | Decimal64 | Decimal128 | Decimal256 data type family must have a one number as its argument"
                .to_string(),
        )),
        _ => Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            "Decimal32 | Decimal64 | Decimal128 | Decimal256 data type family must have exactly one arguments: scale"
                .to_string(),
        )),
    }
}

fn checked(precision: i64, scale: i64) -> Result<DataType> {
    if !(1..=PRECISION_MAX).contains(&precision) {
        let message = format!("Wrong precision: it must be between 1 and {PRECISION_MAX}, got {precision}");
        return Err(Error::new(Code::ARGUMENT_OUT_OF_BOUND, message));
    }
    if !(0..=precision).contains(&scale) {
        let message = "Negative scales and scales larger than precision are not supported";
        return Err(Error::new(Code::ARGUMENT_OUT_OF_BOUND, message.to_string()));
    }
    Ok(DataType::Decimal(precision as u8, scale as u8))
}

/// Digits that fit the sizes below 128 bits.
const PRECISION32: u8 = 9;
const PRECISION64: u8 = 18;

/// What the two widths of Arrow share.
struct Form {
    precision: u8,
    scale: u8,
    quote_in_json: bool,
    trailing_zeros: bool,
}

/// Values of a decimal of up to 38 digits.
pub(super) struct Decimal(Form);

/// Values of a wider decimal.
pub(super) struct WideDecimal(Form);

macro_rules! decimal {
    ($form:ident, $arrow_type:ty, $variant:ident, $native:ty, $digit:expr) => {
        impl $form {
            pub(super) fn new(precision: u8, scale: u8, options: &TextOptions) -> $form {
                let quote_in_json = options.json_quote_decimals;
                let trailing_zeros = options.decimal_trailing_zeros;
                $form(Form {
                    precision,
                    scale,
                    quote_in_json,
                    trailing_zeros,
                })
            }
        }

        impl Primitive for $form {
            type Arrow = $arrow_type;

            fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<$native> {
                let read = |cursor: &mut Cursor<'_>| Digits::read(cursor, self.0.precision, self.0.scale);
                let number = match style {
                    TextStyle::Csv => in_csv_quotes(cursor, read)?,
                    TextStyle::Json => in_json_quotes(cursor, read)?,
                    _ => read(cursor)?,
                };
                let ten: $native = $digit(10);
                let value = number
                    .digits()
                    .fold($digit(0), |value: $native, digit| value * ten + $digit(digit));
                Ok(if number.negative { -value } else { value })
            }

            fn write_text(&self, value: $native, style: TextStyle, out: &mut Vec<u8>) {
                self.0.write(&value.to_string(), style, out);
            }

            fn read_binary(&self, cursor: &mut Cursor<'_>) -> Result<$native> {
                let width = binary_width(self.0.precision);
                let taken = cursor.take(width)?;
                let fill = if taken[width - 1] & 0x80 == 0 { 0 } else { 0xff };
                let mut bytes = [fill; size_of::<$native>()];
                bytes[..width].copy_from_slice(taken);
                Ok(<$native>::from_le_bytes(bytes))
            }

            fn write_binary(&self, value: $native, out: &mut Vec<u8>) {
                out.extend_from_slice(&value.to_le_bytes()[..binary_width(self.0.precision)]);
            }

            fn arrow_type(&self) -> ArrowType {
                ArrowType::$variant(self.0.precision, self.0.scale as i8)
            }
        }
    };
}

decimal!(Decimal, Decimal128Type, Decimal128, i128, i128::from);
decimal!(WideDecimal, Decimal256Type, Decimal256, i256, |digit: u8| {
    i256::from_i128(i128::from(digit))
});

/// Bytes of a value on the wire.
fn binary_width(precision: u8) -> usize {
    match precision {
        it if it <= PRECISION32 => 4,
        it if it <= PRECISION64 => 8,
        it if it <= DECIMAL128_PRECISION_MAX => 16,
        _ => 32,
    }
}

impl Form {
    /// Writes a whole number of the smallest units with its point.
    fn write(&self, units: &str, style: TextStyle, out: &mut Vec<u8>) {
        let quote: &[u8] = if style == TextStyle::Json && self.quote_in_json {
            b"\""
        } else {
            b""
        };
        let scale = usize::from(self.scale);
        let (sign, digits) = units.strip_prefix('-').map_or(("", units), |digits| ("-", digits));
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let fraction = if self.trailing_zeros {
            fraction
        } else {
            fraction.trim_end_matches('0')
        };
        out.extend_from_slice(quote);
        out.extend_from_slice(sign.as_bytes());
        out.extend_from_slice(whole.as_bytes());
        if !fraction.is_empty() {
            out.push(b'.');
            out.extend_from_slice(fraction.as_bytes());
        }
        out.extend_from_slice(quote);
    }
}

/// The digits of a decimal in text, brought to the type's scale.
struct Digits {
    negative: bool,
    significant: [u8; PRECISION_MAX as usize],
    count: usize,
    /// Zeros to append.
    zeros: usize,
}

impl Digits {
    fn digits(&self) -> impl Iterator<Item = u8> + '_ {
        self.significant[..self.count]
            .iter()
            .copied()
            .chain(std::iter::repeat_n(0, self.zeros))
    }

    /// Excess digits behind the point are cut off, before it they are an error; no digits at all are 0, and any number
    /// of points is taken: ClickHouse's reader.
    fn read(cursor: &mut Cursor<'_>, precision: u8, scale: u8) -> Result<Digits> {
        if cursor.at_end() {
            return Err(Error::new(Code::ATTEMPT_TO_READ_AFTER_EOF, "Attempt to read after eof"));
        }
        let negative = cursor.eat(b'-');
        if !negative {
            cursor.eat(b'+');
        }
        let mut number = Digits {
            negative,
            significant: [0; PRECISION_MAX as usize],
            count: 0,
            zeros: 0,
        };
        let exponent = number.read_digits(cursor, usize::from(precision))?;
        let out_of_bound = |message: String| Err(Error::new(Code::ARGUMENT_OUT_OF_BOUND, message));
        if number.count as i64 + exponent > i64::from(precision) - i64::from(scale) {
            let digits: String = number.digits().map(|digit| char::from(b'0' + digit)).collect();
            return out_of_bound(format!(
                "Decimal value is too big: {} digits were read: '{digits}'e{exponent}. Expected to read decimal with \
                 scale {scale} and precision {precision}",
                number.count
            ));
        }
        let zeros = i64::from(scale) + exponent;
        if zeros >= 0 {
            number.zeros = if number.count == 0 { 0 } else { zeros as usize };
        } else {
            number.count = number.count.saturating_sub(zeros.unsigned_abs() as usize);
        }
        Ok(number)
    }

    /// Collects significant digits; returns the power of ten that they count.
    fn read_digits(&mut self, cursor: &mut Cursor<'_>, precision: usize) -> Result<i64> {
        let mut exponent = 0i64;
        let mut after_point = false;
        let mut leading = true;
        // Zeros behind the point count only if another digit follows.
        let mut held_zeros = 0;
        while let Some(byte) = cursor.peek() {
            match byte {
                b'.' => {
                    after_point = true;
                    leading = false;
                }
                b'0' if leading => {}
                b'0' if after_point => held_zeros += 1,
                b'0'..=b'9' => {
                    leading = false;
                    let places = held_zeros + 1;
                    if self.count + places <= precision {
                        self.count += places;
                        self.significant[self.count - 1] = byte - b'0';
                        exponent -= if after_point { places as i64 } else { 0 };
                        held_zeros = 0;
                    } else if !after_point {
                        let message = format!(
                            "Too many digits ({} > {precision}) in decimal value",
                            self.count + places
                        );
                        return Err(Error::new(Code::ARGUMENT_OUT_OF_BOUND, message));
                    }
                }
                b'e' | b'E' => {
                    cursor.advance(1);
                    exponent += i64::from(read_lenient(cursor, true)? as i32);
                    break;
                }
                _ => break,
            }
            cursor.advance(1);
        }
        // Zeros in front are no digits: 0.05 has one.
        let zeros = self.significant[..self.count]
            .iter()
            .take_while(|digit| **digit == 0)
            .count();
        self.significant.copy_within(zeros..self.count, 0);
        self.count -= zeros;
        Ok(exponent)
    }
}
