//! Large numbers in words, for the tips beside them (`-- 12.35 million`) and for figures of a query.

use gristmill_sql::types::DataType;

const THOUSANDS: &[&str] = &[
    "",
    " thousand",
    " million",
    " billion",
    " trillion",
    " quadrillion",
    " quintillion",
    " sextillion",
    " septillion",
    " octillion",
    " nonillion",
    " decillion",
    " undecillion",
    " duodecillion",
    " tredecillion",
    " quattuordecillion",
    " quindecillion",
    " sexdecillion",
    " septendecillion",
    " octodecillion",
    " novemdecillion",
    " vigintillion",
];

/// Numbers with so many digits before the point are rather hashes or identifiers than quantities.
const IDENTIFIER_DIGITS: std::ops::RangeInclusive<usize> = 18..=20;

/// From here on two digits behind the point say nothing.
const FIXED_MAX: f64 = 1e60;

/// The tip for a value in text, if its type is a number and it is larger than `min`; 0 for never.
pub fn tip(data_type: &DataType, text: &str, min: u64) -> Option<String> {
    let is_number = data_type.bare().is_number() || data_type.bare().is_big_integer();
    if min == 0 || !is_number {
        return None;
    }
    let digits = text.trim_start_matches('-');
    let whole = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    if IDENTIFIER_DIGITS.contains(&whole) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    (value.is_finite() && value.abs() > min as f64).then(|| format!(" -- {}", quantity(value)))
}

/// `12.35 million`.
pub fn quantity(value: f64) -> String {
    let mut scaled = value;
    let mut unit = 0;
    while scaled.abs() >= 1000.0 && unit + 1 < THOUSANDS.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    if scaled.abs() >= FIXED_MAX {
        return format!("{scaled:e}{}", THOUSANDS[unit]);
    }
    format!("{scaled:.2}{}", THOUSANDS[unit])
}

/// Bytes with units of 1000: `8.00 KB`.
pub fn size(bytes: f64) -> String {
    scaled_size(bytes, 1000.0, &["B", "KB", "MB", "GB", "TB", "PB", "EB"])
}

/// Bytes with units of 1024: `8.00 KiB`.
pub fn binary_size(bytes: f64) -> String {
    scaled_size(bytes, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"])
}

fn scaled_size(bytes: f64, base: f64, units: &[&str]) -> String {
    let mut scaled = bytes;
    let mut unit = 0;
    while scaled.abs() >= base && unit + 1 < units.len() {
        scaled /= base;
        unit += 1;
    }
    format!("{scaled:.2} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_the_magnitude_of_numbers_above_the_threshold() {
        let tip = |text| tip(&DataType::Float64, text, 1_000_000);
        assert_eq!(tip("12345678.5").as_deref(), Some(" -- 12.35 million"));
        assert_eq!(tip("-5000000").as_deref(), Some(" -- -5.00 million"));
        assert_eq!(tip("1e30").as_deref(), Some(" -- 1.00 nonillion"));
        assert_eq!(tip("12345678901234567").as_deref(), Some(" -- 12.35 quadrillion"));
        assert_eq!(tip("123456789012345678"), None);
        assert_eq!(tip("100000000000000000000").as_deref(), Some(" -- 100.00 quintillion"));
        assert_eq!((size(999.0), size(8_000.0)), ("999.00 B".into(), "8.00 KB".into()));
        assert_eq!(binary_size(1_048_576.0), "1.00 MiB");
        assert_eq!(tip("1000000"), None);
        assert_eq!(tip("inf"), None);
    }
}
