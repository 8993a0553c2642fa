//! The settings of a query that say which indexes it may use to read a table, and which it must.

use gristmill_sql::Code;

use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::table::TableDefinition;
use crate::table::prune::{PruneKind, Pruning};

/// How a table is read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// `use_skip_indexes`
    pub use_skip_indexes: bool,
    /// `use_skip_indexes_if_final`
    use_skip_indexes_if_final: bool,
    /// `use_skip_indexes_for_disjunctions`
    pub use_skip_indexes_for_disjunctions: bool,
    /// `ignore_data_skipping_indices`, or why it cannot be read: that is told only where it matters.
    ignored: Result<Vec<String>>,
    /// `force_data_skipping_indices` likewise.
    forced: Result<Vec<String>>,
    /// `force_primary_key`
    force_primary_key: bool,
    /// `force_index_by_date`
    force_partition: bool,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            use_skip_indexes: true,
            use_skip_indexes_if_final: true,
            use_skip_indexes_for_disjunctions: true,
            ignored: Ok(Vec::new()),
            forced: Ok(Vec::new()),
            force_primary_key: false,
            force_partition: false,
        }
    }
}

impl Reading {
    /// As a query's settings want it.
    pub fn new(settings: &Settings) -> Self {
        Self {
            use_skip_indexes: settings.flag("use_skip_indexes"),
            use_skip_indexes_if_final: settings.flag("use_skip_indexes_if_final"),
            use_skip_indexes_for_disjunctions: settings.flag("use_skip_indexes_for_disjunctions"),
            ignored: names(settings, "ignore_data_skipping_indices", "set"),
            forced: names(settings, "force_data_skipping_indices", "vector"),
            force_primary_key: settings.flag("force_primary_key"),
            force_partition: settings.flag("force_index_by_date"),
        }
    }

    /// The same without the use of these indexes, and of no others.
    pub fn ignoring(self, indexes: Vec<String>) -> Self {
        Self {
            ignored: Ok(indexes),
            ..self
        }
    }

    /// The same with FINAL.
    pub fn with_final(&self) -> Self {
        Self {
            use_skip_indexes: self.use_skip_indexes && self.use_skip_indexes_if_final,
            ..self.clone()
        }
    }

    /// Indexes that may not be used.
    pub fn ignored(&self) -> Result<&[String]> {
        self.ignored.as_deref().map_err(Error::clone)
    }

    /// Whether this index must be used.
    pub fn is_forced(&self, index: &str) -> bool {
        self.forced.iter().flatten().any(|forced| forced == index)
    }

    /// Whether some index must be used.
    pub fn forces(&self) -> bool {
        let skip_index = !matches!(&self.forced, Ok(forced) if forced.is_empty());
        self.force_primary_key || self.force_partition || self.use_skip_indexes && skip_index
    }

    /// INDEX_NOT_USED if something that must be used was not. `vector_indexes` are those that a search uses.
    pub fn check(&self, definition: &TableDefinition, pruning: &Pruning, vector_indexes: &[&str]) -> Result<()> {
        let not_used = |message: String| Err(Error::new(Code::INDEX_NOT_USED, message));
        if self.force_primary_key && !pruning.uses(&PruneKind::PrimaryKey) {
            let key = definition.primary_key_text();
            return not_used(format!(
                "Primary key ({key}) is not used and setting 'force_primary_key' is set."
            ));
        }
        let by_partition = pruning.uses(&PruneKind::MinMax) || pruning.uses(&PruneKind::Partition);
        if self.force_partition && !by_partition && !definition.partition_key.is_empty() {
            let columns = definition.partition_columns.join(", ");
            return not_used(format!(
                "Neither MinMax index by columns ({columns}) nor partition expr is used and setting \
                 'force_index_by_date' is set."
            ));
        }
        self.check_skip_indexes(&[&pruning.skip_indexes(), vector_indexes].concat())
    }

    fn check_skip_indexes(&self, used: &[&str]) -> Result<()> {
        if !self.use_skip_indexes {
            return Ok(());
        }
        let forced = self.forced.as_deref().map_err(Error::clone)?;
        match forced.iter().find(|forced| !used.contains(&forced.as_str())) {
            None => Ok(()),
            Some(forced) => {
                let message =
                    format!("Index `{forced}` is not used and setting 'force_data_skipping_indices' contains it.");
                Err(Error::new(Code::INDEX_NOT_USED, message))
            }
        }
    }
}

/// The names in a setting, if it was given.
fn names(settings: &Settings, setting: &str, what: &str) -> Result<Vec<String>> {
    if !settings.is_changed(setting) {
        return Ok(Vec::new());
    }
    let text = settings.text(setting);
    let names = identifiers(text);
    match names.is_empty() {
        false => Ok(names),
        true => Err(Error::new(
            Code::CANNOT_PARSE_TEXT,
            format!("Cannot parse string ('{text}') into {what} of identifiers."),
        )),
    }
}

/// Identifiers between commas, quoted or not, up to the first place where there is none, as ClickHouse reads them.
fn identifiers(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let (name, behind) = match rest.chars().next() {
            Some(quote @ ('`' | '"')) => match rest[1..].split_once(quote) {
                Some(found) => found,
                None => break,
            },
            _ => {
                let is_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
                rest.split_at(rest.find(|char| !is_word(char)).unwrap_or(rest.len()))
            }
        };
        if name.is_empty() {
            break;
        }
        names.push(name.to_owned());
        match behind.trim_start().strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None => break,
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_far_as_they_go() {
        let check = |text: &str, expected: &[&str]| assert_eq!(identifiers(text), expected, "{text}");
        check("a, `b c` ,\"d\"", &["a", "b c", "d"]);
        check("a,", &["a"]);
        check("a,,b", &["a"]);
        check("a b", &["a"]);
        check("1a", &["1a"]);
        check(" , ", &[]);
        check("`a", &[]);
        check("", &[]);
    }
}
