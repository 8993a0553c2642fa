//! Revisions of the protocol: which field is there since when. Both sides use the smaller of their two revisions.

/// The revision that we speak. From 54481 on Log and ProfileEvents are compressed, from 54492 strings look different.
pub const OURS: u64 = 54479;

/// [`super::block::Block`]s begin with flags.
pub const BLOCK_FLAGS: u64 = 51903;
/// A query says who asks.
pub const CLIENT_INFO: u64 = 54032;
/// Hello names the time zone.
pub const TIME_ZONE: u64 = 54058;
/// The client's info has a key of quotas.
pub const QUOTA_KEY_IN_INFO: u64 = 54060;
/// `DateTime('zone')` may be a column's type; before, it is DateTime.
pub const DATE_TIME_ZONE: u64 = 54337;
/// Hello has a name to display.
pub const DISPLAY_NAME: u64 = 54372;
/// Versions have a patch.
pub const VERSION_PATCH: u64 = 54401;
/// LowCardinality may be sent; before, columns are of the type inside.
pub const LOW_CARDINALITY: u64 = 54405;
/// Lines of the log may be sent.
pub const LOGS: u64 = 54406;
/// A table's columns may be sent before data for it is awaited.
pub const TABLE_COLUMNS: u64 = 54410;
/// Progress tells what was written.
pub const WRITTEN_PROGRESS: u64 = 54420;
/// Settings are strings with flags.
pub const SETTINGS_AS_STRINGS: u64 = 54429;
/// A query has a hash that proves who sent it.
pub const QUERY_HASH: u64 = 54441;
/// The client's info has a trace.
pub const TRACE: u64 = 54442;
/// The client's info tells `X-Forwarded-For`, and `Referer`.
pub const FORWARDED_FOR: u64 = 54443;
/// See [`FORWARDED_FOR`].
pub const REFERER: u64 = 54447;
/// The client's info tells how often a query was passed on.
pub const DISTRIBUTED_DEPTH: u64 = 54448;
/// The client's info tells when the first query began.
pub const INITIAL_START: u64 = 54449;
/// Counters may be sent.
pub const PROFILE_EVENTS: u64 = 54451;
/// The client's info tells of parallel replicas.
pub const PARALLEL_REPLICAS: u64 = 54453;
/// Each column says whether its serialization is a special one.
pub const CUSTOM_SERIALIZATION: u64 = 54454;
/// Counters are awaited after each block of an INSERT.
pub const PROFILE_EVENTS_IN_INSERT: u64 = 54456;
/// The client answers our Hello with an addendum.
pub const ADDENDUM: u64 = 54458;
/// A query has parameters.
pub const PARAMETERS: u64 = 54459;
/// Progress tells the time.
pub const ELAPSED_PROGRESS: u64 = 54460;
/// Hello has rules for passwords.
pub const PASSWORD_RULES: u64 = 54461;
/// Hello has a number that is used once.
pub const NONCE: u64 = 54462;
/// Progress tells all bytes there are to read.
pub const TOTAL_BYTES_PROGRESS: u64 = 54463;
/// The time zone of a session may be sent.
pub const TIME_ZONE_UPDATE: u64 = 54464;
/// The figures of a result tell of aggregation.
pub const ROWS_BEFORE_AGGREGATION: u64 = 54469;
/// Packets may be cut in chunks.
pub const CHUNKS: u64 = 54470;
/// Both sides tell their version of parallel replicas.
pub const REPLICAS_VERSION: u64 = 54471;
/// A query has roles.
pub const ROLES: u64 = 54472;
/// Hello has settings.
pub const SERVER_SETTINGS: u64 = 54474;
/// The client's info tells where in a script a query stands.
pub const SCRIPT_PLACE: u64 = 54475;
/// The client's info has a token.
pub const TOKEN: u64 = 54476;
/// Hello has the version of plans.
pub const PLAN_VERSION: u64 = 54477;
/// Hello has the version of functions over clusters.
pub const CLUSTER_VERSION: u64 = 54479;
