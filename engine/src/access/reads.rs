//! Which columns of which tables a planned query reads, and whether one may.
//!
//! Tables are told apart by the source that planning has made for each; a view's columns bear a mark of their own. Only
//! what the result needs counts: columns of a subquery that nobody uses need no grant, as in ClickHouse.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::{Expr, LogicalPlan, TableSource};
use datafusion::optimizer::optimize_projections::OptimizeProjections;
use datafusion::optimizer::{OptimizerContext, OptimizerRule};
use gristmill_sql::Code;
use parking_lot::Mutex;

use super::rights::Rights;
use crate::environment::Environment;
use crate::error::{Error, Result};

/// What a statement has named: shared by the environments of its views.
#[derive(Default)]
pub struct NamedTables {
    tables: Mutex<Vec<NamedTable>>,
}

struct NamedTable {
    place: Place,
    database: String,
    name: String,
    /// Columns that are declared: virtual ones need no grant.
    columns: Vec<String>,
    /// Who named it: a view may have the rights of another.
    rights: Arc<Rights>,
}

enum Place {
    /// What a scan reads.
    Source(Arc<dyn TableSource>),
    /// None: the names of a view's columns end with its number.
    Mark,
}

impl NamedTables {
    /// A table is named.
    pub fn table(
        &self,
        source: &Arc<dyn TableSource>,
        (database, name): (&str, &str),
        columns: Vec<String>,
        rights: &Arc<Rights>,
    ) {
        self.tables.lock().push(NamedTable {
            place: Place::Source(source.clone()),
            database: database.into(),
            name: name.into(),
            columns,
            rights: rights.clone(),
        });
    }

    /// A view is named; what the names of its columns end with.
    pub fn view(&self, (database, name): (&str, &str), columns: Vec<String>, rights: &Arc<Rights>) -> String {
        let mut tables = self.tables.lock();
        let mark = format!("#view{}#", tables.len());
        tables.push(NamedTable {
            place: Place::Mark,
            database: database.into(),
            name: name.into(),
            columns,
            rights: rights.clone(),
        });
        mark
    }
}

/// ACCESS_DENIED unless the user may read what the plan reads. What was named with the rights of another is his.
pub fn check_reads(plan: &LogicalPlan, environment: &Environment) -> Result<()> {
    if environment.rights.is_unlimited {
        return Ok(());
    }
    let named = environment.named.tables.lock();
    let mut reads = Reads {
        named: &named,
        columns: BTreeMap::new(),
    };
    reads.plan(plan)?;
    reads.check(&environment.rights)
}

/// The same of the queries in an expression.
pub fn check_reads_of(expr: &Expr, environment: &Environment) -> Result<()> {
    if environment.rights.is_unlimited {
        return Ok(());
    }
    let named = environment.named.tables.lock();
    let mut reads = Reads {
        named: &named,
        columns: BTreeMap::new(),
    };
    reads.subqueries(expr)?;
    reads.check(&environment.rights)
}

/// Columns that are read, by the number of what was named.
struct Reads<'a> {
    named: &'a [NamedTable],
    columns: BTreeMap<usize, BTreeSet<String>>,
}

impl Reads<'_> {
    fn plan(&mut self, plan: &LogicalPlan) -> Result<()> {
        let pruned = OptimizeProjections::new().rewrite(plan.clone(), &OptimizerContext::new());
        // What cannot be pruned reads all.
        let pruned = pruned.map_or_else(|_| plan.clone(), |pruned| pruned.data);
        let mut inner = Vec::new();
        let mut failed = None;
        self.walk(&pruned, &mut inner)?;
        for expr in inner {
            if let Err(error) = self.subqueries(&expr) {
                failed.get_or_insert(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn walk(&mut self, node: &LogicalPlan, inner: &mut Vec<Expr>) -> Result<()> {
        self.node(node);
        node.apply_expressions(|expr| {
            if crate::search::has_subquery(expr) {
                inner.push(expr.clone());
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        node.inputs().into_iter().try_for_each(|input| self.walk(input, inner))
    }

    fn node(&mut self, node: &LogicalPlan) {
        match node {
            LogicalPlan::TableScan(scan) => {
                let is_it =
                    |it: &NamedTable| matches!(&it.place, Place::Source(source) if Arc::ptr_eq(source, &scan.source));
                let Some(at) = self.named.iter().position(is_it) else {
                    return;
                };
                let columns = self.columns.entry(at).or_default();
                columns.extend(scan.projected_schema.fields().iter().map(|field| field.name().clone()));
                let filtered = scan.filters.iter().flat_map(Expr::column_refs);
                columns.extend(filtered.map(|column| column.name.clone()));
            }
            LogicalPlan::Projection(projection) => {
                for expr in &projection.expr {
                    if let Expr::Alias(alias) = expr {
                        self.view_column(&alias.name);
                    }
                }
            }
            _ => {}
        }
    }

    /// A column that may be a view's: `name__position#view3#`.
    fn view_column(&mut self, name: &str) {
        let Some(stem) = name.strip_suffix('#') else { return };
        let Some((stem, number)) = stem.rsplit_once("#view") else {
            return;
        };
        let Ok(at) = number.parse::<usize>() else { return };
        let is_view = self.named.get(at).is_some_and(|it| matches!(it.place, Place::Mark));
        if let Some((column, _)) = stem.rsplit_once("__")
            && is_view
        {
            self.columns.entry(at).or_default().insert(column.into());
        }
    }

    fn subqueries(&mut self, expr: &Expr) -> Result<()> {
        let mut plans = Vec::new();
        datafusion::common::tree_node::TreeNode::apply(expr, |expr| {
            match expr {
                Expr::ScalarSubquery(subquery) => plans.push(subquery.subquery.clone()),
                Expr::Exists(exists) => plans.push(exists.subquery.subquery.clone()),
                Expr::InSubquery(inside) => plans.push(inside.subquery.subquery.clone()),
                Expr::SetComparison(comparison) => plans.push(comparison.subquery.subquery.clone()),
                _ => {}
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        plans.iter().try_for_each(|plan| self.plan(plan))
    }

    /// Views of which no column is used are asked for, too: they were named.
    fn check(mut self, rights: &Arc<Rights>) -> Result<()> {
        for (at, named) in self.named.iter().enumerate() {
            if matches!(named.place, Place::Mark) {
                self.columns.entry(at).or_default();
            }
        }
        for (at, columns) in self.columns {
            let named = &self.named[at];
            if !Arc::ptr_eq(&named.rights, rights) {
                continue;
            }
            let declared: Vec<String> = columns
                .into_iter()
                .filter(|column| named.columns.contains(column))
                .collect();
            let (database, name) = (named.database.as_str(), named.name.as_str());
            match declared.is_empty() {
                false => rights.check_columns("SELECT", database, name, &declared)?,
                true if rights.reads_something(database, name) => {}
                true => {
                    let message = format!(
                        "{}: Not enough privileges. To execute this query, it's necessary to have the grant SELECT for at \
                         least one column on {database}.{name}",
                        rights.user
                    );
                    return Err(Error::new(Code::ACCESS_DENIED, message));
                }
            }
        }
        Ok(())
    }
}
