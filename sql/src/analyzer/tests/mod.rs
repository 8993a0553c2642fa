//! Queries against an in-memory catalog.
