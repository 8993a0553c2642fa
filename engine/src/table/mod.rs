//! Tables: their definitions, MergeTree's parts, and how queries read them.
//!
//! [`Relation`] is what the catalog holds: most often a [`MergeTreeTable`], which is also what a `LogicalPlan`'s table
//! scan leads to: [`MergeTreeTable::of`] finds it there.

mod codec;
mod column_names;
mod column_ttl;
mod constraint;
mod declared_columns;
mod definition;
mod expression;
mod final_rows;
mod implicit_indexes;
mod in_memory;
mod index;
mod index_types;
mod kept;
mod key_expressions;
mod keys;
mod merge_settings;
mod merge_tree;
pub mod nested;
mod older_parts;
mod part_limits;
mod part_rows;
mod partition;
mod partition_value;
pub mod prune;
mod reading;
mod relation;
mod replacing;
mod row_policy;
mod scan;
mod skip_index;
mod stored_names;
mod ttl;
mod vector_index;
mod virtual_columns;
mod wide_dates;

pub use column_names::{default_of, is_reserved, names_in, rename_in};
pub use column_ttl::{first_expiry, without_expired};
pub use constraint::{Constraint, constraints};
pub use declared_columns::{declared_type, is_stored, readable};
pub use definition::{TableDefinition, has_parts};
pub use expression::TableExpression;
pub use final_rows::{FinalRead, FinalRows};
pub use in_memory::{InMemoryTable, MEMORY, NULL};
pub use index::{TableIndex, TableIndexKind, name_taken};
pub use index_types::INDEX_TYPES;
pub use merge_tree::{MERGE_TREE, MergeTreeTable};
pub use older_parts::{OlderParts, convert};
pub use part_limits::PartLimits;
pub use part_limits::readable_size;
pub use part_rows::{PartRows, RowsReader};
pub use partition::{partition_id, partition_text};
pub use reading::Reading;
pub use relation::{Relation, VIEW, View};
pub use replacing::REPLACING_MERGE_TREE;
pub use row_policy::{Condition, PolicyMemory, RowPolicy};
pub use stored_names::StoredNames;
pub use ttl::{Expiry, expired_at, expired_condition, expiry};
pub use virtual_columns::{PartPlace, Tells, of_merge_tree, of_table, partition_value, tells, virtual_columns};
