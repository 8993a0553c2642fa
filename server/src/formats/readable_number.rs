//! Large numbers in words, for the tips beside them: `-- 12.35 million`.

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
];

/// The tip for a value in text, if its type is a number and it is larger than `min`; 0 for never.
pub fn tip(data_type: &DataType, text: &str, min: u64) -> Option<String> {
    if min == 0 || !data_type.bare().is_number() {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    (value.is_finite() && value.abs() > min as f64).then(|| format!(" -- {}", quantity(value)))
}

fn quantity(value: f64) -> String {
    let mut scaled = value;
    let mut unit = 0;
    while scaled.abs() >= 1000.0 && unit + 1 < THOUSANDS.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    format!("{scaled:.2}{}", THOUSANDS[unit])
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
        assert_eq!(tip("1000000"), None);
        assert_eq!(tip("inf"), None);
    }
}
