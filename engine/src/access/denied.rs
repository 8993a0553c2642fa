//! The error of what one may not do.

use gristmill_sql::Code;
use gristmill_sql::parser::access::{GrantElement, format_elements};

use crate::error::Error;

/// ACCESS_DENIED: what would have to be granted.
pub fn denied(user: &str, needed: &GrantElement, with_option: bool) -> Error {
    let option = if with_option { " WITH GRANT OPTION" } else { "" };
    let needed = format_elements(std::slice::from_ref(needed));
    let message = format!(
        "{user}: Not enough privileges. To execute this query, it's necessary to have the grant {needed}{option}"
    );
    Error::new(Code::ACCESS_DENIED, message)
}
