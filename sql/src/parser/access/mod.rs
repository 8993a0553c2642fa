//! Users, roles and what they may do: CREATE USER, GRANT and their kin.
//!
//! Start at [`AccessStatement`]. `user`, `entity` and `grant` parse, `format` writes the texts of SHOW CREATE and of the
//! files that keep users, `privilege` lists what can be granted, `secret` hides passwords.

mod entity;
mod format;
mod grant;
pub mod privilege;
mod secret;
mod statement;
#[cfg(test)]
mod tests;
mod user;

pub use format::{format_elements, format_statement, format_subjects, quote_setting};
pub use privilege::{Level, PRIVILEGES, Privilege, Privileges};
pub use secret::hide_secrets;
pub use statement::*;

pub(super) use entity::{access, begins, definer};
