//! Functions that fit nowhere else: about types, about the server, for people to read.

mod index_memory;
mod inspect;
mod random;
mod readable;
mod reinterpret;
mod server;
mod transform;

use super::Function;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[
    index_memory::ESTIMATE,
    inspect::TO_TYPE_NAME,
    inspect::TO_COLUMN_TYPE_NAME,
    inspect::IS_CONSTANT,
    inspect::MATERIALIZE,
    inspect::IDENTITY,
    inspect::IGNORE,
    inspect::THROW_IF,
    inspect::DEFAULT_OF_ARGUMENT,
    inspect::DEFAULT_OF_TYPE_NAME,
    random::RAND,
    random::RAND64,
    random::RAND_CANONICAL,
    random::GENERATE_UUID,
    readable::SIZE,
    readable::DECIMAL_SIZE,
    readable::QUANTITY,
    readable::TIME_DELTA,
    readable::BAR,
    reinterpret::REINTERPRET,
    reinterpret::AS_UINT8,
    reinterpret::AS_UINT16,
    reinterpret::AS_UINT32,
    reinterpret::AS_UINT64,
    reinterpret::AS_INT8,
    reinterpret::AS_INT16,
    reinterpret::AS_INT32,
    reinterpret::AS_INT64,
    reinterpret::AS_FLOAT32,
    reinterpret::AS_FLOAT64,
    reinterpret::AS_DATE,
    reinterpret::AS_DATE_TIME,
    reinterpret::AS_UUID,
    reinterpret::AS_STRING,
    server::VERSION,
    server::CURRENT_DATABASE,
    server::CURRENT_USER,
    server::HOST_NAME,
    server::UPTIME,
    server::QUERY_ID,
    server::GET_SETTING,
    transform::TRANSFORM,
];
