//! Why a vector index does not answer a search: every reason there is, and its words.
//!
//! `options.rs` finds those that settings and definitions give, [`Reason::of_parts`] those that the parts give when a
//! search has run, the planner's rule those of a query's form. EXPLAIN prints them, SHOW WARNINGS lists them.

use std::fmt;
use std::sync::Arc;

use gristmill_index::Metric;

use super::form::Form;
use super::part::PartReport;
use crate::table::TableDefinition;

/// What a client should know of a search that it has asked for.
#[derive(Clone, Debug)]
pub struct Note {
    /// The table that was searched.
    pub table: Arc<TableDefinition>,
    /// Why not by an index.
    pub reason: Reason,
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.table.create.table;
        let database = name.database.as_deref().unwrap_or_default();
        write!(
            out,
            "Vector index of {database}.{} not used: {}",
            name.name, self.reason
        )
    }
}

/// One reason. Made on the way of every search that compares rows, so it is put in words only where it is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// The query has a form that no search answers.
    Form(Form),
    /// The rows that it may be asked for are fewer than LIMIT BY, DISTINCT or ties need.
    Refill {
        /// The setting `max_limit_for_vector_search_queries`.
        rows_max: usize,
    },
    /// It keeps too little of a row to tell which rows tie.
    Rounded {
        /// Its name.
        index: String,
    },
    /// It was written by a release that did not note how far it rounds.
    RoundingUnknown {
        /// Its name.
        index: String,
    },
    /// There is none over the column.
    NoIndex {
        /// The column of vectors.
        column: String,
    },
    /// There is one, for another distance.
    OtherDistance {
        /// Its name.
        index: String,
        /// What it was built for.
        built_for: Metric,
        /// What the query sorts by.
        asked: Metric,
    },
    /// `use_skip_indexes = 0`
    SkipIndexesOff,
    /// `use_skip_indexes_if_final = 0`
    SkipIndexesOffIfFinal,
    /// `query_plan_try_use_vector_search = 0`
    VectorSearchOff,
    /// `compatibility` with a release that had none.
    OlderRelease {
        /// The setting's value.
        compatibility: String,
    },
    /// `ignore_data_skipping_indices` names it.
    Ignored {
        /// Its name.
        index: String,
    },
    /// More rows are asked for than `max_limit_for_vector_search_queries`.
    LimitTooLarge {
        /// LIMIT and OFFSET.
        rows: usize,
        /// The setting; 0 forbids the use of indexes.
        rows_max: usize,
    },
    /// `vector_search_filter_strategy = 'prefilter'` and a filter.
    Prefilter,
    /// Parts were written without it, or before it was added.
    NotInParts {
        /// Its name.
        index: String,
        /// Parts that lack it.
        without: usize,
        /// Their rows.
        rows: u64,
        /// Parts that were searched.
        parts: usize,
    },
    /// Few rows match, or very many candidates are to be kept.
    ExactIsCheaper {
        /// Parts in which rows were compared.
        exact: usize,
        /// Parts that were searched.
        parts: usize,
        /// Rows compared.
        rows: u64,
        /// Candidates that the graph would have kept.
        effort: usize,
    },
}

impl Reason {
    /// Why not every part was searched by an index, though one fits (`index` names them). `parts` has for every part its rows, whether it
    /// was written with one of the indexes, and how it was searched.
    pub fn of_parts<'a>(
        index: impl FnOnce() -> String,
        parts: impl Iterator<Item = (u64, bool, &'a PartReport)>,
        effort: usize,
    ) -> Option<Self> {
        let (mut all, mut without, mut rows_without) = (0, 0, 0);
        let (mut exact, mut rows_compared) = (0, 0);
        for (rows, has_index, report) in parts {
            all += 1;
            if report.compared == 0 {
                continue;
            }
            exact += 1;
            rows_compared += report.compared;
            if !has_index {
                without += 1;
                rows_without += rows;
            }
        }
        match (exact, without) {
            (0, _) => None,
            (_, 0) => Some(Self::ExactIsCheaper {
                exact,
                parts: all,
                rows: rows_compared,
                effort,
            }),
            _ => Some(Self::NotInParts {
                index: index(),
                without,
                rows: rows_without,
                parts: all,
            }),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(form) => form.fmt(out),
            Self::Refill { rows_max } => write!(
                out,
                "LIMIT needs more than the {rows_max} nearest rows, which is max_limit_for_vector_search_queries"
            ),
            Self::Rounded { index } => write!(
                out,
                "index {index} keeps too little of a row to tell which rows tie, for WITH TIES or another sort key"
            ),
            Self::RoundingUnknown { index } => write!(
                out,
                "index {index} was written by an earlier release and does not say how far it rounds, for WITH TIES or \
                 another sort key; MATERIALIZE INDEX after CLEAR INDEX builds it anew"
            ),
            Self::NoIndex { column } => write!(out, "no vector index on column {column}"),
            Self::OtherDistance {
                index,
                built_for,
                asked,
            } => write!(
                out,
                "index {index} is built for {}, not {}",
                built_for.name(),
                asked.name()
            ),
            Self::SkipIndexesOff => out.write_str("use_skip_indexes is 0"),
            Self::SkipIndexesOffIfFinal => out.write_str("use_skip_indexes_if_final is 0"),
            Self::VectorSearchOff => out.write_str("query_plan_try_use_vector_search is 0"),
            Self::OlderRelease { compatibility } => {
                write!(
                    out,
                    "compatibility is '{compatibility}', vector indexes are used since 25.1"
                )
            }
            Self::Ignored { index } => write!(out, "ignore_data_skipping_indices names {index}"),
            Self::LimitTooLarge { rows_max: 0, .. } => out.write_str("max_limit_for_vector_search_queries is 0"),
            Self::LimitTooLarge { rows, rows_max } => write!(
                out,
                "LIMIT and OFFSET ask for {rows} rows, max_limit_for_vector_search_queries is {rows_max}"
            ),
            Self::Prefilter => out.write_str("vector_search_filter_strategy is 'prefilter' and there is a filter"),
            Self::NotInParts {
                index,
                without,
                rows,
                parts,
            } if without == parts => write!(
                out,
                "index {index} is not materialized: none of {parts} parts ({rows} rows) has it, MATERIALIZE INDEX builds it"
            ),
            Self::NotInParts {
                index,
                without,
                rows,
                parts,
            } => write!(
                out,
                "{without} of {parts} parts ({rows} rows) have no index {index}, MATERIALIZE INDEX builds it"
            ),
            Self::ExactIsCheaper {
                exact,
                parts,
                rows,
                effort,
            } => write!(
                out,
                "in {exact} of {parts} parts, comparing {rows} matching rows costs less than a search with {effort} \
                 candidates"
            ),
        }
    }
}
