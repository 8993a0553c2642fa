//! Plain loops.
