//! The store as its users see it: inserts, re-opening, crashes, corruption, concurrency.

mod columns;
mod concurrency;
mod corruption;
mod crash;
mod fault;
mod fixture;
mod indexes;
mod insert;
mod merge;
mod mutations;
mod property;
mod replacing;
mod set_aside;
mod vectors;
