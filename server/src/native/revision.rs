//! Revisions of the protocol: which field is there since when. Both sides use the smaller of their two revisions.

/// [`super::block::Block`]s begin with flags.
pub const BLOCK_FLAGS: u64 = 51903;
/// `DateTime('zone')` may be a column's type; before, it is DateTime.
pub const DATE_TIME_ZONE: u64 = 54337;
/// LowCardinality may be sent; before, columns are of the type inside.
pub const LOW_CARDINALITY: u64 = 54405;
/// Each column says whether its serialization is a special one.
pub const CUSTOM_SERIALIZATION: u64 = 54454;
