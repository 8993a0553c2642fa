//! Functions that fit nowhere else: about types, about the server, for people to read.

mod access;
mod index_memory;
mod inspect;
mod random;
mod readable;
mod reinterpret;
mod server;
mod setting;
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
    reinterpret::AS_INT128,
    reinterpret::AS_INT256,
    reinterpret::AS_UINT128,
    reinterpret::AS_UINT256,
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
    server::FQDN,
    server::DISPLAY_NAME,
    server::AUTHENTICATED_USER,
    server::REVISION,
    server::SERVER_UUID,
    server::CONNECTION_ID,
    server::TCP_PORT,
    server::GET_SERVER_PORT,
    server::INITIAL_QUERY_ID,
    server::INITIAL_QUERY_START_TIME,
    setting::GET_SETTING,
    setting::GET_SETTING_OR_DEFAULT,
    access::CURRENT_PROFILES,
    access::ENABLED_PROFILES,
    access::DEFAULT_PROFILES,
    access::CURRENT_ROLES,
    access::ENABLED_ROLES,
    access::DEFAULT_ROLES,
    access::CURRENT_SCHEMAS,
    access::GET_MACRO,
    access::SHARD_NUM,
    access::SHARD_COUNT,
    access::GLOBAL_VARIABLE,
    transform::TRANSFORM,
];
