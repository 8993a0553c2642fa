//! The settings of a search, read and checked once, and whether an index may answer it.

use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::LogicalPlan;
use gristmill_index::Metric;
use gristmill_index::{Quantization, VectorIndexDefinition};
use gristmill_sql::Code;

use super::part::PartReport;
use super::{Reason, Search};
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::table::prune::PartRows;
use crate::table::{MergeTreeTable, TableIndex};

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

/// Rows of an index of this quantization that are compared again for each row of the answer, unless
/// `vector_search_index_fetch_multiplier` is set: on 40,000 sentence embeddings of 384 numbers, recall@10 is then 0.99
/// with i8 and 0.96 with b1; without, it is 0.99 and 0.57.
const MULTIPLIER_OF_I8: f64 = 2.0;
const MULTIPLIER_OF_B1: f64 = 20.0;
/// Largest `vector_search_index_fetch_multiplier`.
const MULTIPLIER_MAX: f64 = 1000.0;

/// The settings that a search looks at.
#[derive(Clone, Debug)]
pub struct Options {
    /// `hnsw_candidate_list_size_for_search`
    pub effort: usize,
    /// `vector_search_filter_strategy`
    pub strategy: FilterStrategy,
    /// `vector_search_index_fetch_multiplier`, if it was set.
    pub multiplier: Option<f64>,
    /// `vector_search_with_rescoring`
    pub rescoring: bool,
    /// `max_limit_for_vector_search_queries`
    pub rows_max: usize,
    /// Why no search may use an index: `use_skip_indexes`, `query_plan_try_use_vector_search`, `compatibility`.
    pub forbidden: Option<Reason>,
}

/// The release since which ClickHouse's searches use indexes.
const USED_SINCE: (u64, u64) = (25, 1);
/// The release since which they do not compute distances again.
const UNRESCORED_SINCE: (u64, u64) = (25, 8);

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
            multiplier: settings
                .is_changed("vector_search_index_fetch_multiplier")
                .then(|| settings.float("vector_search_index_fetch_multiplier")),
            rescoring: match settings.is_changed("vector_search_with_rescoring") {
                true => settings.flag("vector_search_with_rescoring"),
                false => is_older(settings, UNRESCORED_SINCE),
            },
            rows_max: settings.integer("max_limit_for_vector_search_queries") as usize,
            forbidden: forbidden(settings),
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

    /// What they mean for a search: forms that ClickHouse answers without an index are not filtered afterwards.
    pub fn of(mut self, search: &Search) -> Self {
        if search.rescored && self.strategy == FilterStrategy::Postfilter {
            self.strategy = FilterStrategy::Auto;
        }
        self
    }

    /// Rows to fetch from an index for a number of rows that are compared again or filtered.
    pub fn fetched(&self, rows: usize, quantization: Option<Quantization>) -> usize {
        let multiplier = self.multiplier.unwrap_or(match quantization {
            Some(Quantization::I8) => MULTIPLIER_OF_I8,
            Some(Quantization::B1) => MULTIPLIER_OF_B1,
            _ => 1.0,
        });
        ((rows as f64 * multiplier) as usize).min(self.rows_max).max(rows)
    }
}

/// Why no search of a statement with these settings may use an index.
fn forbidden(settings: &Settings) -> Option<Reason> {
    if !settings.flag("use_skip_indexes") {
        return Some(Reason::SkipIndexesOff);
    }
    if settings.is_changed("query_plan_try_use_vector_search") {
        let is_on = settings.flag("query_plan_try_use_vector_search");
        return (!is_on).then_some(Reason::VectorSearchOff);
    }
    is_older(settings, USED_SINCE).then(|| Reason::OlderRelease {
        compatibility: settings.text("compatibility").into(),
    })
}

/// Whether `compatibility` asks for what was before a release.
fn is_older(settings: &Settings, release: (u64, u64)) -> bool {
    if !settings.is_changed("compatibility") {
        return false;
    }
    let mut numbers = settings.text("compatibility").split('.').map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) < release,
        (Some(Ok(major)), None) => (major, 0) < release,
        _ => false,
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
        let may_use = |table: MergeTreeTable| {
            table.reading.use_skip_indexes && table.definition.vector_indexes().next().is_some()
        };
        Ok(reads && table.is_some_and(may_use))
    })?;
    match reads_indexed {
        true => Err(wrong),
        false => Ok(()),
    }
}

/// Which of two fitting indexes is better, if a part has both: the one that reads fewer bytes for a distance, unless
/// it is too coarse. i8 is too coarse where its distances are the answer's; b1 is always. What is opened already does not
/// matter: the same question has the same answer, whatever was asked before. Equal ones follow the definition.
fn rank(vector: &VectorIndexDefinition, rescored: bool) -> (u8, usize) {
    let coarse = match vector.quantization {
        Quantization::B1 => 2,
        Quantization::I8 if !rescored => 1,
        _ => 0,
    };
    (coarse, vector.quantization.bits())
}

/// Whether the rows nearest by one metric are those by another: the keys of L2Distance are squares too.
fn ranks_as(metric: Metric, other: Metric) -> bool {
    let squared = |metric| match metric {
        Metric::L2 => Metric::L2Squared,
        other => other,
    };
    squared(metric) == squared(other)
}

/// Whether an index answers a search.
#[derive(Clone, Debug)]
pub enum IndexUse<'a> {
    /// These indexes fit, the best one first; in each part the first one that it has is searched.
    Indexes(Vec<&'a TableIndex>),
    /// None, and why; rows are compared exactly.
    None(Reason),
}

impl<'a> IndexUse<'a> {
    /// Decides for a table, before any part is looked at.
    pub fn decide(search: &'a Search, options: &Options) -> Result<Self> {
        let on_column: Vec<_> = search
            .table
            .definition
            .vector_indexes()
            .filter(|(index, _)| search.is_over(index))
            .collect();
        let with_metric = on_column
            .iter()
            .filter(|(_, vector)| ranks_as(vector.metric, search.metric));
        let fitting: Vec<&TableIndex> = with_metric.map(|(index, _)| *index).collect();
        if fitting.is_empty() {
            return Ok(Self::None(match on_column.first() {
                None => Reason::NoIndex {
                    column: search.column.clone(),
                },
                Some((index, vector)) => Reason::OtherDistance {
                    index: index.name.clone(),
                    built_for: vector.metric,
                    asked: search.metric,
                },
            }));
        }
        if let Some(reason) = &options.forbidden {
            return Ok(Self::None(reason.clone()));
        }
        if !search.table.reading.use_skip_indexes {
            return Ok(Self::None(Reason::SkipIndexesOffIfFinal));
        }
        let ignored = search.table.reading.ignored()?;
        let (name, mut allowed) = (fitting[0].name.clone(), fitting);
        allowed.retain(|index| !ignored.contains(&index.name));
        if allowed.is_empty() {
            return Ok(Self::None(Reason::Ignored { index: name }));
        }
        if search.rows > options.rows_max {
            return Ok(Self::None(Reason::LimitTooLarge {
                rows: search.rows,
                rows_max: options.rows_max,
            }));
        }
        if options.strategy == FilterStrategy::Prefilter && search.filter.is_some() {
            return Ok(Self::None(Reason::Prefilter));
        }
        let rescored = search.is_rescored(options);
        allowed.sort_by_key(|index| {
            let is_forced = search.table.reading.is_forced(&index.name);
            (!is_forced, index.vector().map(|vector| rank(vector, rescored)))
        });
        Ok(Self::Indexes(allowed))
    }

    /// Why not every one of these parts was searched by an index.
    pub fn not_used(&self, parts: &[PartRows], reports: &[PartReport], effort: usize) -> Option<Reason> {
        match self {
            Self::None(reason) => Some(reason.clone()),
            Self::Indexes(indexes) => {
                let parts = parts.iter().zip(reports).map(|(part, report)| {
                    let has_index = indexes.iter().any(|index| index.is_in(&part.part));
                    (part.part.rows(), has_index, report)
                });
                Reason::of_parts(|| self.names().join(" or "), parts, effort)
            }
        }
    }

    /// Names of the indexes that may be searched.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Indexes(indexes) => indexes.iter().map(|index| index.name.as_str()).collect(),
            Self::None(_) => Vec::new(),
        }
    }
}
