//! The clause that an expression stands in: what error messages call it.

/// A clause that may hold no aggregate function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clause {
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
}

impl Clause {
    /// The keyword.
    pub fn name(self) -> &'static str {
        match self {
            Clause::Where => "WHERE",
            Clause::Prewhere => "PREWHERE",
            Clause::GroupBy => "GROUP BY",
            Clause::JoinOn => "JOIN ON",
            Clause::ArrayJoin => "ARRAY JOIN",
        }
    }
}
