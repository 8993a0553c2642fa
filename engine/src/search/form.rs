//! What in the form of a query keeps a search from answering it: `shape.rs` finds it, EXPLAIN says it.

use std::fmt;

use datafusion::logical_expr::LogicalPlan;

/// One reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Nothing is sorted by a distance.
    NoOrder,
    /// ORDER BY without LIMIT.
    NoLimit,
    /// The vector that rows are compared with differs from row to row.
    NoConstant,
    /// The sort key does not rise or fall with the distance.
    OtherKey,
    /// Another sort key comes before the distance.
    LaterKey,
    /// The farthest rows are asked for.
    Farthest,
    /// NULLS FIRST where a distance may be NaN.
    NanFirst,
    /// The tables are joined before their rows are sorted.
    Join,
    /// Arrays become rows before these are sorted.
    ArrayJoin,
    /// Rows are grouped before they are sorted.
    Group,
    /// DISTINCT keeps any of the rows that it finds equal, and they differ in their distances.
    Distinct,
    /// LIMIT BY above DISTINCT.
    LimitByOfDistinct,
    /// LIMIT BY counts rows in another order.
    LimitByOrder,
    /// A window function sees all rows.
    Window,
    /// Rows are left out by what was computed from several of them.
    Filter,
    /// A function gives another value each time.
    Volatile,
    /// A subquery depends on the row.
    Subquery,
    /// The rows of several queries are sorted together.
    Union,
    /// A query inside has a LIMIT of its own.
    InnerLimit,
    /// The rows are not a table's.
    NoTable,
}

impl Form {
    /// What a plan does to rows that are sorted above it.
    pub fn of_plan(plan: &LogicalPlan) -> Self {
        match plan {
            LogicalPlan::Join(_) => Self::Join,
            LogicalPlan::Unnest(_) => Self::ArrayJoin,
            LogicalPlan::Aggregate(_) => Self::Group,
            LogicalPlan::Distinct(_) => Self::Distinct,
            LogicalPlan::Window(_) => Self::Window,
            LogicalPlan::Filter(_) => Self::Filter,
            LogicalPlan::Union(_) => Self::Union,
            LogicalPlan::Limit(_) | LogicalPlan::Sort(_) => Self::InnerLimit,
            _ => Self::NoTable,
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NoOrder => "the query does not sort by a distance",
            Self::NoLimit => "there is no LIMIT",
            Self::NoConstant => "the reference vector is not a constant",
            Self::OtherKey => "it is not known that the sort key rises or falls with the distance",
            Self::LaterKey => "another sort key comes before the distance",
            Self::NanFirst => "rows whose distance is NaN come first",
            Self::Farthest => "the farthest rows are asked for",
            Self::Join => "the table is joined before its rows are sorted",
            Self::ArrayJoin => "arrays become rows before the rows are sorted",
            Self::Group => "rows are grouped before they are sorted",
            Self::Distinct => "DISTINCT keeps any of the rows that it finds equal, whatever their distance",
            Self::LimitByOfDistinct => "LIMIT BY counts rows of DISTINCT",
            Self::LimitByOrder => "LIMIT BY counts rows in another order",
            Self::Window => "a window function sees all rows",
            Self::Filter => "rows are left out after others were looked at",
            Self::Volatile => "a function gives another value each time",
            Self::Subquery => "a subquery depends on the row",
            Self::Union => "rows of several queries are sorted together",
            Self::InnerLimit => "a query inside has a LIMIT of its own",
            Self::NoTable => "the rows are not a table's",
        })
    }
}
