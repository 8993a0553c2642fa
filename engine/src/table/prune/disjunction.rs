//! Conditions of which one skip index answers one side of OR and another one the other.

use std::collections::BTreeSet;

use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use gristmill_storage::RowRanges;

use super::PartRows;
use super::skip::SkipQuestion;
use crate::error::Result;
use crate::table::TableIndex;

/// What several indexes say together about one condition.
pub enum Disjunction<'a> {
    /// What one of these leaves.
    Any(Vec<Disjunction<'a>>),
    /// What all of these leave.
    All(Vec<Disjunction<'a>>),
    /// What all of these indexes leave.
    Asked(Vec<SkipQuestion<'a>>),
}

impl<'a> Disjunction<'a> {
    /// What the indexes say about those of the filters that are alternatives; not what one index says alone.
    pub fn of(indexes: &[&'a TableIndex], filters: &[Expr]) -> Option<Self> {
        let is_or = |filter: &&Expr| matches!(filter, Expr::BinaryExpr(BinaryExpr { op: Operator::Or, .. }));
        let alternatives = filters.iter().flat_map(split_conjunction).filter(is_or);
        let said = alternatives.filter_map(|filter| Self::of_one(indexes, filter));
        let said: Vec<Self> = said.filter(|said| said.indexes().len() > 1).collect();
        (!said.is_empty()).then_some(Self::All(said))
    }

    fn of_one(indexes: &[&'a TableIndex], filter: &Expr) -> Option<Self> {
        match filter {
            Expr::BinaryExpr(BinaryExpr {
                left,
                op: Operator::Or,
                right,
            }) => {
                let sides = [Self::of_one(indexes, left)?, Self::of_one(indexes, right)?];
                Some(Self::Any(sides.into()))
            }
            Expr::BinaryExpr(BinaryExpr {
                left,
                op: Operator::And,
                right,
            }) => {
                let sides = [left, right].into_iter().filter_map(|side| Self::of_one(indexes, side));
                let sides: Vec<Self> = sides.collect();
                (!sides.is_empty()).then_some(Self::All(sides))
            }
            leaf => {
                let leaf = std::slice::from_ref(leaf);
                let asked = indexes.iter().filter_map(|index| SkipQuestion::of(index, leaf));
                let asked: Vec<SkipQuestion<'a>> = asked.collect();
                (!asked.is_empty()).then_some(Self::Asked(asked))
            }
        }
    }

    /// The rows of a part, of those that are left, in blocks that may match.
    pub fn rows_left(&self, part: &PartRows) -> Result<RowRanges> {
        match self {
            Self::Any(sides) => sides
                .iter()
                .try_fold(RowRanges::none(), |rows, side| Ok(rows.union(&side.rows_left(part)?))),
            Self::All(sides) => narrowed(part, sides, Self::rows_left),
            Self::Asked(questions) => narrowed(part, questions, SkipQuestion::rows_left),
        }
    }

    /// The indexes that are asked.
    pub fn indexes(&self) -> BTreeSet<&'a str> {
        match self {
            Self::Any(sides) | Self::All(sides) => sides.iter().flat_map(Self::indexes).collect(),
            Self::Asked(questions) => questions.iter().map(|question| question.index.name.as_str()).collect(),
        }
    }
}

/// What each leaves of what the ones before have left.
fn narrowed<T>(part: &PartRows, steps: &[T], step: impl Fn(&T, &PartRows) -> Result<RowRanges>) -> Result<RowRanges> {
    let mut left = part.clone();
    for one in steps {
        left.rows = step(one, &left)?;
    }
    Ok(left.rows)
}
