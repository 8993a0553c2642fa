//! The settings of a table that say how its parts are merged.

use gristmill_sql::parser::CreateTable;
use gristmill_storage::{IndexChoice, MergeLimits};

use crate::settings;

/// Most rows of a merged part: row numbers are 32 bits wide in indexes.
const ROWS_MAX: u64 = u32::MAX as u64 - 1;

/// How merges of a table work.
#[derive(Clone, Debug)]
pub struct MergeSettings {
    /// `max_bytes_to_merge_at_max_space_in_pool` and `max_parts_to_merge_at_once`.
    pub limits: MergeLimits,
    /// `materialize_skip_indexes_on_merge` and `exclude_materialize_skip_indexes_on_merge`: indexes of merged parts.
    pub indexes: IndexChoice,
    /// `finished_mutations_to_keep`: done mutations that are remembered.
    pub finished_mutations_to_keep: usize,
    /// `number_of_mutations_to_delay`: open ones from which on another one waits; 0: never.
    pub number_of_mutations_to_delay: u64,
    /// `number_of_mutations_to_throw`: open ones at which another one is refused; 0: never.
    pub number_of_mutations_to_throw: u64,
}

impl MergeSettings {
    /// Those of a CREATE statement, whose SETTINGS have been checked.
    pub fn new(create: &CreateTable) -> Self {
        let value = |name| settings::merge_tree_integer(name, &create.settings);
        let parts_max = match value("max_parts_to_merge_at_once") {
            0 => usize::MAX,
            parts => parts as usize,
        };
        let excluded = settings::merge_tree_names("exclude_materialize_skip_indexes_on_merge", &create.settings);
        Self {
            finished_mutations_to_keep: value("finished_mutations_to_keep") as usize,
            number_of_mutations_to_delay: value("number_of_mutations_to_delay"),
            number_of_mutations_to_throw: value("number_of_mutations_to_throw"),
            limits: MergeLimits {
                bytes_max: value("max_bytes_to_merge_at_max_space_in_pool"),
                rows_max: ROWS_MAX,
                parts_max,
                is_eager: false,
            },
            indexes: match (value("materialize_skip_indexes_on_merge"), excluded) {
                (0, _) => IndexChoice::None,
                (_, names) if names.is_empty() => IndexChoice::All,
                (_, names) => IndexChoice::Except(names),
            },
        }
    }
}
