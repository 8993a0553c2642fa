//! One client's state (database, settings, parameters) and the way every statement takes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Result;
use crate::outcome::Outcome;
use crate::progress::Progress;

/// A client's session. Cheap; one statement at a time.
pub struct Session {}

impl Session {
    /// Runs one statement. `query` holds exactly one, as `parser` cuts scripts; for an INSERT with
    /// data in the text, [`crate::Insert::inline`] says where.
    pub fn execute(&mut self, query: &[u8], parameters: &BTreeMap<String, String>) -> Result<Outcome> {
        let _ = (query, parameters);
        todo!()
    }

    /// Changes a setting, as `SET name = value` does.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let _ = (name, value);
        todo!()
    }

    /// A setting's value as text; `None` if there is no such setting.
    pub fn setting(&self, name: &str) -> Option<String> {
        let _ = name;
        todo!()
    }

    /// Changes the current database, as `USE` does.
    pub fn use_database(&mut self, name: &str) -> Result<()> {
        let _ = name;
        todo!()
    }

    /// Counters of the running statement; the same object for the session's whole life.
    pub fn progress(&self) -> Arc<Progress> {
        todo!()
    }

    /// The user that currentUser() names; `default` unless told otherwise.
    pub fn set_user(&mut self, name: &str) {
        let _ = name;
        todo!()
    }

    /// Refuses everything that writes (READONLY), as for HTTP GET.
    pub fn set_readonly(&mut self, readonly: bool) {
        let _ = readonly;
        todo!()
    }
}
