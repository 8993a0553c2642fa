//! ClickHouse's native protocol: what its columns, blocks and packets look like as bytes, and the server that speaks it.
//!
//! [`column`] is the codec between Arrow arrays and the columns of a block, [`block`] the blocks themselves at any
//! revision of the protocol; both serve FORMAT Native as well. [`frames`] is how
//! either is compressed.

pub mod block;
mod column;
pub mod convert;
pub mod frames;
pub mod revision;
pub mod wire;
