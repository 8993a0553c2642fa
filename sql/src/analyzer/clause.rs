//! The clause that an expression stands in: what error messages call it.

/// A clause of a SELECT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Clause {
    /// Anything that may hold aggregate functions.
    #[default]
    Select,
    /// WHERE.
    Where,
    /// PREWHERE.
    Prewhere,
    /// GROUP BY.
    GroupBy,
    /// ON of a join.
    JoinOn,
    /// ARRAY JOIN.
    ArrayJoin,
    /// LIMIT and OFFSET.
    Limit,
}

impl Clause {
    /// The keyword.
    pub fn name(self) -> &'static str {
        match self {
            Clause::Select => "SELECT",
            Clause::Where => "WHERE",
            Clause::Prewhere => "PREWHERE",
            Clause::GroupBy => "GROUP BY",
            Clause::JoinOn => "JOIN ON",
            Clause::ArrayJoin => "ARRAY JOIN",
            Clause::Limit => "LIMIT",
        }
    }
}
