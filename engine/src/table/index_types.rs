//! The types that an index can have. Adding one is an entry here.

use gristmill_index::Literal;
use gristmill_sql::Code;
use gristmill_sql::parser::IndexDefinition;

use crate::error::{Error, Result};
use crate::table::expression::TableExpression;
use crate::table::index::TableIndexKind;
use crate::table::{skip_index, vector_index};

/// What a type makes of its expressions and arguments.
type Parse = fn(&IndexDefinition, &[TableExpression], &[Literal]) -> Result<TableIndexKind>;

/// A type of indexes.
pub struct IndexType {
    /// As ClickHouse spells it.
    pub name: &'static str,
    /// Granules of a block or sub-index if a definition does not say it.
    pub granularity: u64,
    /// Checks expressions and arguments.
    pub parse: Parse,
    /// For `system.data_skipping_index_types`.
    pub description: &'static str,
    /// How it is written.
    pub syntax: &'static str,
    /// Types for similar questions.
    pub related: &'static [&'static str],
}

/// The type of implicit indexes.
pub(super) const MINMAX: &str = "minmax";

/// All of them.
pub const INDEX_TYPES: &[IndexType] = &[
    IndexType {
        name: "vector_similarity",
        granularity: 100_000_000, // in effect one graph per part
        parse: vector_index::parse,
        description: "Graphs (HNSW) that find the nearest vectors for ORDER BY distance(vector, reference) LIMIT n.",
        syntax: "INDEX name vector TYPE vector_similarity('hnsw', 'distance_function', dimensions[, quantization, \
                 hnsw_max_connections_per_layer, hnsw_candidate_list_size_for_construction]) GRANULARITY g",
        related: &[],
    },
    IndexType {
        name: "bloom_filter",
        granularity: 1,
        parse: skip_index::parse_bloom_filter,
        description: "Filters of values for equality, IN, and the elements of arrays.",
        syntax: "INDEX name expr TYPE bloom_filter([false_positive_rate]) GRANULARITY g",
        related: &["set", "tokenbf_v1"],
    },
    IndexType {
        name: "tokenbf_v1",
        granularity: 1,
        parse: skip_index::parse_tokenbf,
        description: "Filters of the words of strings.",
        syntax: "INDEX name expr TYPE tokenbf_v1(size_in_bytes, num_hash_functions, seed) GRANULARITY g",
        related: &["ngrambf_v1"],
    },
    IndexType {
        name: "ngrambf_v1",
        granularity: 1,
        parse: skip_index::parse_ngrambf,
        description: "Filters of all n characters in a row of strings, for LIKE and substrings.",
        syntax: "INDEX name expr TYPE ngrambf_v1(n, size_in_bytes, num_hash_functions, seed) GRANULARITY g",
        related: &["tokenbf_v1", "bloom_filter"],
    },
    IndexType {
        name: "set",
        granularity: 1,
        parse: skip_index::parse_set,
        description: "The values of each block, if they are at most max_rows; 0 is no limit.",
        syntax: "INDEX name expr TYPE set(max_rows) GRANULARITY n",
        related: &["bloom_filter", "minmax"],
    },
    IndexType {
        name: MINMAX,
        granularity: 1,
        parse: skip_index::parse_minmax,
        description: "The least and the greatest value of each block.",
        syntax: "INDEX name expr TYPE minmax GRANULARITY n",
        related: &["set"],
    },
];

/// ClickHouse's other index types: known, not built.
const OTHERS: &[&str] = &["text", "sparse_grams"];

/// The type of a name, in any case.
pub(super) fn find_type(name: &str) -> Result<&'static IndexType> {
    let lower = name.to_ascii_lowercase();
    if let Some(found) = INDEX_TYPES.iter().find(|known| known.name == lower) {
        return Ok(found);
    }
    if OTHERS.contains(&lower.as_str()) {
        return Err(Error::not_implemented(format!("Index type '{lower}'")));
    }
    if lower == "hypothesis" {
        let message = "Index of type 'hypothesis' is no longer supported. Please drop the index";
        return Err(Error::new(Code::ILLEGAL_INDEX, message));
    }
    let known: Vec<&str> = INDEX_TYPES.iter().map(|known| known.name).collect();
    let message = format!(
        "Unknown Index type '{name}'. Available index types: {}",
        known.join(", ")
    );
    Err(Error::new(Code::INCORRECT_QUERY, message))
}
