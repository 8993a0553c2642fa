//! Numbers for people: sizes, quantities, durations, bars.

use arrow::array::{Array, AsArray};
use arrow::datatypes::Float64Type;

use crate::error::Result;
use crate::functions::function::{Argument, Bound, Function, illegal_type};
use crate::functions::strings::strings;
use crate::types::DataType;

pub const SIZE: Function = Function::new("formatReadableSize", (1, 1), "Bytes in binary units", |arguments, _| {
    scaled(
        arguments,
        "formatReadableSize",
        1024.0,
        &[" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB", " ZiB", " YiB"],
    )
})
.aliases_any_case(&["FORMAT_BYTES"]);
pub const DECIMAL_SIZE: Function = Function::new(
    "formatReadableDecimalSize",
    (1, 1),
    "Bytes in decimal units",
    |arguments, _| {
        scaled(
            arguments,
            "formatReadableDecimalSize",
            1000.0,
            &[" B", " KB", " MB", " GB", " TB", " PB", " EB", " ZB", " YB"],
        )
    },
);
pub const QUANTITY: Function = Function::new(
    "formatReadableQuantity",
    (1, 1),
    "A number in thousands, millions, …",
    |arguments, _| {
        scaled(
            arguments,
            "formatReadableQuantity",
            1000.0,
            &["", " thousand", " million", " billion", " trillion", " quadrillion"],
        )
    },
);

/// Each step of the units is `base` times the one before.
fn scaled(arguments: &[Argument], name: &str, base: f64, units: &'static [&'static str]) -> Result<Bound> {
    if !arguments[0].data_type.is_number() {
        return Err(illegal_type(&arguments[0], name));
    }
    Ok(Bound::kernel(
        DataType::String,
        vec![DataType::Float64],
        move |arrays, rows| {
            let values = arrays[0].as_primitive::<Float64Type>();
            strings(rows, |row, out| {
                let mut value = values.value(row);
                let mut unit = 0;
                while value.abs() >= base && unit + 1 < units.len() {
                    value /= base;
                    unit += 1;
                }
                out.extend_from_slice(format!("{value:.2}{}", units[unit]).as_bytes());
                Ok(())
            })
        },
    ))
}

/// Units of time, with their seconds.
const UNITS: &[(&str, f64)] = &[
    ("year", 31_536_000.0),
    ("month", 2_635_200.0),
    ("day", 86_400.0),
    ("hour", 3_600.0),
    ("minute", 60.0),
    ("second", 1.0),
];

pub const TIME_DELTA: Function = Function::new(
    "formatReadableTimeDelta",
    (1, 1),
    "Seconds in years, months, days, …",
    |arguments, _| {
        if !arguments[0].data_type.is_number() {
            return Err(illegal_type(&arguments[0], "formatReadableTimeDelta"));
        }
        Ok(Bound::kernel(
            DataType::String,
            vec![DataType::Float64],
            |arrays, rows| {
                let values = arrays[0].as_primitive::<Float64Type>();
                debug_assert!(values.null_count() == 0, "NULL is taken out before");
                strings(rows, |row, out| {
                    out.extend_from_slice(time_delta(values.value(row)).as_bytes());
                    Ok(())
                })
            },
        ))
    },
);

fn time_delta(seconds: f64) -> String {
    if !seconds.is_finite() {
        return seconds.to_string();
    }
    let sign = if seconds < 0.0 { "- " } else { "" };
    let mut rest = seconds.abs();
    let mut parts = Vec::new();
    for (name, size) in UNITS {
        let count = (rest / size).floor();
        rest -= count * size;
        if count > 0.0 {
            parts.push(format!("{count} {name}{}", if count == 1.0 { "" } else { "s" }));
        }
    }
    let text = match parts.split_last() {
        None => "0 seconds".to_string(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    };
    format!("{sign}{text}")
}

/// Characters of a bar if no width is given, and at most.
const BAR_WIDTH: f64 = 80.0;
const BAR_WIDTH_MAX: f64 = 1000.0;

pub const BAR: Function = Function::new(
    "bar",
    (3, 4),
    "A bar as long as the number within its limits",
    |arguments, _| {
        if let Some(wrong) = arguments.iter().find(|argument| !argument.data_type.is_number()) {
            return Err(illegal_type(wrong, "bar"));
        }
        Ok(Bound::kernel(
            DataType::String,
            vec![DataType::Float64; arguments.len()],
            |arrays, rows| {
                let number = |index: usize, row: usize| arrays[index].as_primitive::<Float64Type>().value(row);
                strings(rows, |row, out| {
                    let width = if arrays.len() > 3 { number(3, row) } else { BAR_WIDTH };
                    out.extend_from_slice(
                        bar(
                            number(0, row),
                            number(1, row),
                            number(2, row),
                            width.clamp(0.0, BAR_WIDTH_MAX),
                        )
                        .as_bytes(),
                    );
                    Ok(())
                })
            },
        ))
    },
);

fn bar(value: f64, low: f64, high: f64, width: f64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let share = if value >= high {
        width
    } else {
        (value - low) / (high - low) * width
    };
    if share.is_nan() || share <= 0.0 {
        return String::new();
    }
    let eighths = (share.min(width) * 8.0) as usize;
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}
