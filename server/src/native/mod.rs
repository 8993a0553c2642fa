//! ClickHouse's native protocol: what its columns, blocks and packets look like as bytes, and the server that speaks it.
//!
//! [`mod@column`] is the codec between Arrow arrays and the columns of a block, [`block`] the blocks themselves at any
//! revision of the protocol; both serve FORMAT Native as well. [`frames`] is how either is compressed.
//!
//! The server begins at [`listen::Listener`]. A [`connection`] is a task that waits for requests ([`request`]) and holds
//! next to no memory meanwhile; a query is a [`job`] on a blocking thread, which has both halves of the socket
//! ([`inbound`], [`outbound`]) to itself, until its data was read and only the client's word to stop may still come.

pub mod block;
mod column;
mod connection;
pub mod convert;
mod external;
pub mod frames;
mod hello;
mod inbound;
mod job;
pub mod listen;
mod outbound;
pub mod packets;
mod profile_events;
mod request;
pub mod revision;
mod text_log;
pub mod wire;
