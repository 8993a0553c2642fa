//! The settings of a search, read and checked once, and whether an index may answer it.

use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::LogicalPlan;
use gristmill_sql::Code;

use super::Search;
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::table::{MergeTreeTable, VectorIndex};

/// What WHERE and an index do to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterStrategy {
    /// Whatever is fastest and complete.
    Auto,
    /// ClickHouse's `prefilter`: with a filter no index is used.
    Prefilter,
    /// ClickHouse's `postfilter`: the filter is applied to what the index found, which may leave too few rows.
    Postfilter,
}

/// Largest `vector_search_index_fetch_multiplier`.
const MULTIPLIER_MAX: f64 = 1000.0;

/// The settings that a search looks at.
#[derive(Clone, Debug)]
pub struct Options {
    /// `hnsw_candidate_list_size_for_search`
    pub effort: usize,
    /// `vector_search_filter_strategy`
    pub strategy: FilterStrategy,
    /// `vector_search_index_fetch_multiplier`
    pub multiplier: f64,
    /// `vector_search_with_rescoring`
    pub rescoring: bool,
    /// `max_limit_for_vector_search_queries`
    pub rows_max: usize,
    /// `use_skip_indexes` and `query_plan_try_use_vector_search`
    pub use_indexes: bool,
    /// `ignore_data_skipping_indices`
    pub ignored: Vec<String>,
    /// `force_data_skipping_indices`
    pub forced: Vec<String>,
}

impl Options {
    /// Reads and checks; wrong values are refused as ClickHouse does when a query runs.
    pub fn new(settings: &Settings) -> Result<Self> {
        let options = Self {
            effort: settings.integer("hnsw_candidate_list_size_for_search") as usize,
            strategy: match settings.text("vector_search_filter_strategy") {
                "prefilter" => FilterStrategy::Prefilter,
                "postfilter" => FilterStrategy::Postfilter,
                _ => FilterStrategy::Auto,
            },
            multiplier: settings.float("vector_search_index_fetch_multiplier"),
            rescoring: settings.flag("vector_search_with_rescoring"),
            rows_max: settings.integer("max_limit_for_vector_search_queries") as usize,
            use_indexes: settings.flag("use_skip_indexes") && settings.flag("query_plan_try_use_vector_search"),
            ignored: settings.names("ignore_data_skipping_indices"),
            forced: settings.names("force_data_skipping_indices"),
        };
        let invalid = |message: &str| Err(Error::new(Code::INVALID_SETTING_VALUE, message));
        if options.effort == 0 {
            return invalid("Setting 'hnsw_candidate_list_size_for_search' must not be 0.");
        }
        if settings.flag("use_skip_indexes") {
            check_multiplier(settings)?;
        }
        Ok(options)
    }

    /// Candidates to fetch from an index for a number of rows.
    pub fn fetched(&self, rows: usize) -> usize {
        ((rows as f64 * self.multiplier) as usize).min(self.rows_max).max(rows)
    }
}

fn check_multiplier(settings: &Settings) -> Result<()> {
    if (1.0..=MULTIPLIER_MAX).contains(&settings.float("vector_search_index_fetch_multiplier")) {
        return Ok(());
    }
    let message =
        "Setting 'vector_search_index_fetch_multiplier' must be greater or equal to 1 and less or equal to 1000.";
    Err(Error::new(Code::INVALID_SETTING_VALUE, message))
}

/// Refuses a wrong multiplier in any query that reads columns of a table with an index, search or not: as ClickHouse.
pub fn check_reads(plan: &LogicalPlan, settings: &Settings) -> Result<()> {
    let Err(wrong) = check_multiplier(settings) else {
        return Ok(());
    };
    let reads_indexed = plan.exists(|node| {
        let LogicalPlan::TableScan(scan) = node else {
            return Ok(false);
        };
        let reads = scan.projection.as_ref().is_none_or(|columns| !columns.is_empty());
        let table = MergeTreeTable::of(&scan.source);
        Ok(reads && table.is_some_and(|table| !table.definition.indexes.is_empty()))
    })?;
    match reads_indexed && settings.flag("use_skip_indexes") {
        true => Err(wrong),
        false => Ok(()),
    }
}

/// Whether an index answers a search.
#[derive(Clone, Debug)]
pub enum IndexUse<'a> {
    /// These indexes fit; the first one that a part has is searched.
    Indexes(Vec<&'a VectorIndex>),
    /// None, and why; rows are compared exactly.
    None(String),
}

impl<'a> IndexUse<'a> {
    /// Decides for a table, before any part is looked at.
    pub fn decide(search: &'a Search, options: &Options) -> Result<Self> {
        let decided = Self::choose(search, options);
        let used = match &decided {
            Self::Indexes(indexes) => indexes.as_slice(),
            Self::None(_) => &[],
        };
        for forced in &options.forced {
            if !used.iter().any(|index| index.name == *forced) {
                let message =
                    format!("Index `{forced}` is not used and setting 'force_data_skipping_indices' contains it.");
                return Err(Error::new(Code::INDEX_NOT_USED, message));
            }
        }
        Ok(decided)
    }

    fn choose(search: &'a Search, options: &Options) -> Self {
        let indexes = &search.table.definition.indexes;
        let on_column = |index: &&VectorIndex| index.expression.column.as_ref() == Some(&search.column);
        let with_metric = |index: &&VectorIndex| index.definition.metric == search.metric;
        let fitting: Vec<&VectorIndex> = indexes.iter().filter(on_column).filter(with_metric).collect();
        if fitting.is_empty() {
            return Self::None(match indexes.iter().find(on_column) {
                None => format!("no vector index on column {}", search.column),
                Some(index) => format!(
                    "index {} is built for {}, not {}",
                    index.name,
                    index.definition.metric.name(),
                    search.metric.name()
                ),
            });
        }
        if !options.use_indexes {
            return Self::None("use_skip_indexes or query_plan_try_use_vector_search is 0".into());
        }
        let allowed: Vec<&VectorIndex> = fitting
            .into_iter()
            .filter(|index| !options.ignored.contains(&index.name))
            .collect();
        if allowed.is_empty() {
            return Self::None("ignore_data_skipping_indices names it".into());
        }
        if search.rows > options.rows_max {
            return Self::None(format!(
                "LIMIT and OFFSET ask for {} rows, max_limit_for_vector_search_queries is {}",
                search.rows, options.rows_max
            ));
        }
        if options.strategy == FilterStrategy::Prefilter && search.filter.is_some() {
            return Self::None("vector_search_filter_strategy is 'prefilter' and there is a filter".into());
        }
        Self::Indexes(allowed)
    }
}
