//! The store as its users see it: inserts, re-opening, crashes, corruption, concurrency.

mod fixture;
mod insert;
