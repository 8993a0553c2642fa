//! Hashes: `cityHash64`, `sipHash64`, `xxHash64`, `intHash64` and others, with ClickHouse's values.

mod city;
mod digests;
mod sip;
mod values;

use super::Function;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[
    values::CITY_HASH64,
    values::SIP_HASH64,
    values::HALF_MD5,
    digests::MD5,
    values::XX_H3,
    values::INT_HASH64,
    values::INT_HASH32,
    values::JAVA_HASH,
];
