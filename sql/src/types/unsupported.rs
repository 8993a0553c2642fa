//! Types that ClickHouse has and this engine has not yet: refused by name, not as unknown.

/// ClickHouse's names and aliases.
const NAMES: &[&str] = &[
    "AggregateFunction",
    "Dynamic",
    "Geometry",
    "JSON",
    "Nested",
    "QBit",
    "SimpleAggregateFunction",
    "Variant",
];

/// The names among them whose letter case does not matter.
const CASE_INSENSITIVE: &[&str] = &["JSON"];

/// Whether ClickHouse has a family of this name that we have not.
pub(super) fn is_known(name: &str) -> bool {
    NAMES.contains(&name) || CASE_INSENSITIVE.iter().any(|known| known.eq_ignore_ascii_case(name))
}
