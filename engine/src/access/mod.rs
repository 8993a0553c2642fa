//! Users, roles and what they may do.
//!
//! Start at [`AccessControl`]: all entities, in memory and on disk, changed by statements (`apply`). `grants` says what
//! one was granted, [`Rights`] what a session may do with all of its roles; `required` asks for it before a statement
//! runs, `queries` before a query reads. `password` and `hosts` decide who gets in.

mod apply;
mod configured;
mod control;
mod denied;
mod entity;
mod grants;
mod hosts;
mod ids;
mod login;
mod password;
mod reads;
mod required;
mod rights;
mod store;

pub use apply::{Actor, full_name, subject_set};
pub use configured::{ConfiguredPassword, ConfiguredProfile, ConfiguredUser, ConfiguredUsers};
pub use control::AccessControl;
pub use control::unknown;
pub use entity::{Element, Entities, Entity, Stored, Writing};
pub use grants::Path;
pub use ids::IdSet;
pub use login::{Credentials, Login};
pub use reads::{NamedTables, check_reads, check_reads_of};
pub use required::check as check_statement;
pub use rights::{Rights, RolesInForce};
