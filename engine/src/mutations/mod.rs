//! Mutations: ALTER TABLE … UPDATE, DELETE, MATERIALIZE and CLEAR, and DELETE FROM, as jobs.
//!
//! Start at [`order`](order::order): the commands are checked, become durable as text ([`command`]), and are done part by
//! part by [`Mutator`], which background threads and the statements that wait share. What is durable, in which order parts
//! are changed and when a mutation is done is decided by `storage`.

mod command;
mod expiry;
mod mutator;
mod order;
mod plan;
mod run;
mod virtual_columns;
mod wait;

pub use command::{columns_of_text, listed_text, of_delete};
pub use expiry::materialize_ttl;
pub use mutator::{Helper, Mutator};
pub use order::{Sync, order};
pub use virtual_columns::{knows_part, on_part, virtual_fields, with_virtual};
pub use wait::wait;
