//! [`BoundsCondition`]: what filters say about the bounds of some expressions: a key's, a skip index's.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, TableReference};
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{Expr, ExprSchemable};
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};
use datafusion::physical_optimizer::pruning::{PruningPredicate, PruningPredicateBuilder};

use super::bounds::{Bounds, Derived};
use super::indexed::Indexed;
use super::monotone::monotone;
use super::text;
use crate::error::{Error, Result};
use crate::table::TableExpression;

/// A predicate over the bounds of expressions.
pub struct BoundsCondition {
    predicate: Arc<PruningPredicate>,
    /// Of the expressions themselves.
    schema: SchemaRef,
    /// Expressions that are monotone in one of them, numbered after them.
    derived: Vec<Derived>,
    /// The numbers of the expressions that it speaks of, in order.
    pub used: Vec<usize>,
    /// As EXPLAIN shows it.
    pub text: String,
}

impl BoundsCondition {
    /// What conjuncts over the table's columns (without qualifiers) say; None if they say nothing.
    pub fn of(expressions: &[TableExpression], filters: &[Expr]) -> Option<Self> {
        if !mentions(filters, expressions) {
            return None;
        }
        let indexed = Indexed::new(expressions).ok()?;
        let schema = Arc::new(schema_of(expressions));
        let mut derived = Derivations::new(&schema)?;
        let (mut usable, mut told, mut predicates) = (Vec::new(), Vec::new(), Vec::new());
        // What cannot be said of the expressions is said of rows, where it fails only if a query sees such rows.
        let known = filters
            .iter()
            .filter_map(|filter| indexed.follows(filter).ok().flatten());
        for about in known.collect::<Vec<_>>().iter().flat_map(split_conjunction) {
            let over_bounds = derived.replace(about.clone()).ok()?;
            if let Some(predicate) = derived.predicate(&over_bounds) {
                usable.push(over_bounds);
                told.push(about.clone());
                predicates.push(predicate);
            }
        }
        let predicate = match predicates.len() {
            1 => predicates.pop()?,
            _ => derived.predicate(&conjunction(usable)?)?,
        };
        let mut used: Vec<usize> = told.iter().flat_map(Expr::column_refs).filter_map(number).collect();
        used.sort_unstable();
        used.dedup();
        Some(Self {
            predicate,
            schema,
            derived: derived.found,
            used,
            text: text::condition(&told, expressions),
        })
    }

    /// For which containers it may hold; for all of them if it cannot be told.
    pub fn may_hold(&self, mut bounds: Bounds) -> Option<Vec<bool>> {
        bounds.check_types(&self.schema);
        self.derived.iter().for_each(|derived| bounds.derive(derived));
        self.predicate.prune(&bounds).ok()
    }
}

/// The number of an expression that a column stands for.
pub fn number(column: &Column) -> Option<usize> {
    column.name.parse().ok()
}

/// Gathers the monotone expressions of a condition.
struct Derivations {
    schema: SchemaRef,
    known: DFSchema,
    fields: Vec<FieldRef>,
    seen: Vec<Expr>,
    found: Vec<Derived>,
}

impl Derivations {
    fn new(schema: &SchemaRef) -> Option<Self> {
        let table = TableReference::bare(Indexed::TABLE);
        Some(Self {
            schema: schema.clone(),
            known: DFSchema::try_from_qualified_schema(table, schema).ok()?,
            fields: schema.fields().to_vec(),
            seen: Vec::new(),
            found: Vec::new(),
        })
    }

    /// The same condition, in which a column of its own stands for each expression that is monotone in one column.
    fn replace(&mut self, condition: Expr) -> Result<Expr> {
        let replaced = condition.transform_down(|part| {
            if matches!(part, Expr::Column(_) | Expr::Literal(..)) {
                return Ok(Transformed::no(part));
            }
            Ok(match self.column_of(&part) {
                Some(column) => Transformed::new(Expr::Column(column), true, TreeNodeRecursion::Jump),
                None => Transformed::no(part),
            })
        });
        Ok(replaced?.data)
    }

    fn column_of(&mut self, part: &Expr) -> Option<Column> {
        let found = monotone(part, &self.known)?;
        let place = match self.seen.iter().position(|seen| seen == part) {
            Some(place) => place,
            None => {
                let base = number(found.column)?;
                let input = Arc::new(Schema::new(vec![self.schema.field(base).clone()]));
                self.found.push(Derived {
                    base,
                    falls: found.falls,
                    physical: physical(part, &input).ok()?,
                    input,
                });
                let name = (self.schema.fields().len() + self.seen.len()).to_string();
                let data_type = part.get_type(&self.known).ok()?;
                self.fields.push(Arc::new(Field::new(name, data_type, true)));
                self.seen.push(part.clone());
                self.seen.len() - 1
            }
        };
        let name = (self.schema.fields().len() + place).to_string();
        Some(Column::new(Some(TableReference::bare(Indexed::TABLE)), name))
    }

    /// A predicate that can leave something out; None if the condition says nothing about bounds.
    fn predicate(&self, condition: &Expr) -> Option<Arc<PruningPredicate>> {
        let schema = Arc::new(Schema::new(self.fields.clone()));
        let condition = physical(condition, &schema).ok()?;
        PruningPredicateBuilder::new().with_file_schema(schema).build(condition)
    }
}

/// Whether a filter is about columns that the expressions read: most are not, and that is told soon.
pub fn mentions(filters: &[Expr], expressions: &[TableExpression]) -> bool {
    let sources: HashSet<&String> = expressions.iter().flat_map(|expression| &expression.sources).collect();
    let mentions = |filter: &Expr| filter.column_refs().iter().any(|column| sources.contains(&column.name));
    filters.iter().any(mentions)
}

/// Expressions as columns of a table called [`Indexed::TABLE`].
pub fn schema_of(expressions: &[TableExpression]) -> Schema {
    let field = |(number, expression): (usize, &TableExpression)| {
        Field::new(number.to_string(), expression.data_type.arrow(), true)
    };
    Schema::new(expressions.iter().enumerate().map(field).collect::<Vec<_>>())
}

/// A condition over [`Indexed::TABLE`] as it is evaluated.
pub fn physical(condition: &Expr, schema: &SchemaRef) -> Result<Arc<dyn PhysicalExpr>> {
    let table = TableReference::bare(Indexed::TABLE);
    let schema = DFSchema::try_from_qualified_schema(table, schema)?;
    let planning = PhysicalPlanningContext::default();
    create_physical_expr(condition, &schema, &ExecutionProps::new(), &planning).map_err(Error::from)
}
