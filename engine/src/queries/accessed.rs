//! What a statement reads and calls, as the query log tells it.

use std::collections::BTreeSet;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{Expr, LogicalPlan, TableScan};
use gristmill_sql::parser::TableName;
use gristmill_sql::types::back_quote_if_needed;

use crate::catalog::SYSTEM;
use crate::search::SelectWithSearch;
use crate::system;
use crate::table::{InMemoryTable, MergeTreeTable};

/// Names of things, each once.
#[derive(Clone, Debug, Default)]
pub struct Accessed {
    /// Databases.
    pub databases: BTreeSet<String>,
    /// Tables, with their databases.
    pub tables: BTreeSet<String>,
    /// Columns, with tables and databases.
    pub columns: BTreeSet<String>,
    /// Functions.
    pub functions: BTreeSet<String>,
    /// Aggregate functions.
    pub aggregate_functions: BTreeSet<String>,
}

impl Accessed {
    /// What a query does: `asked` is its plan as it was written, `optimized` the one that runs.
    pub fn of(asked: &LogicalPlan, optimized: &LogicalPlan) -> Self {
        let mut accessed = Self::default();
        // Plans nest no deeper than the query did; what cannot be walked is not told.
        let _ = asked.apply_with_subqueries(|node| {
            node.apply_expressions(|expr| {
                expr.apply(|expr| {
                    accessed.call(expr);
                    Ok(TreeNodeRecursion::Continue)
                })
            })
        });
        let _ = optimized.apply_with_subqueries(|node| {
            match node {
                LogicalPlan::TableScan(scan) => accessed.scan(scan),
                LogicalPlan::Extension(extension) => {
                    if let Some(node) = extension.node.as_any().downcast_ref::<SelectWithSearch>() {
                        accessed.search(node);
                    }
                }
                _ => {}
            }
            Ok(TreeNodeRecursion::Continue)
        });
        accessed
    }

    /// A statement that works on one table.
    pub fn of_table(database: &str, name: &str) -> Self {
        Self::default().and_table(database, name)
    }

    /// And another table.
    pub fn and_table(mut self, database: &str, name: &str) -> Self {
        self.table(database, name);
        self
    }

    fn table(&mut self, database: &str, name: &str) -> String {
        let table = format!("{}.{}", back_quote_if_needed(database), back_quote_if_needed(name));
        self.databases.insert(database.into());
        self.tables.insert(table.clone());
        table
    }

    fn named(&mut self, table: &TableName) -> String {
        self.table(table.database.as_deref().unwrap_or_default(), &table.name)
    }

    fn columns<'a>(&mut self, table: &str, columns: impl Iterator<Item = &'a str>) {
        let columns = columns.map(|column| format!("{table}.{}", back_quote_if_needed(column)));
        self.columns.extend(columns);
    }

    fn scan(&mut self, scan: &TableScan) {
        let provider = source_as_provider(&scan.source).ok();
        let provider = provider.as_deref();
        let table = if let Some(table) = MergeTreeTable::of(&scan.source) {
            self.named(&table.definition.create.table)
        } else if let Some(table) = provider.and_then(|it| it.downcast_ref::<InMemoryTable>()) {
            self.named(&table.definition.create.table)
        } else if let Some(name) = provider.and_then(system::name_of) {
            self.table(SYSTEM, name)
        } else {
            return;
        };
        let fields = scan.projected_schema.fields().iter();
        self.columns(&table, fields.map(|field| field.name().as_str()));
    }

    fn search(&mut self, node: &SelectWithSearch) {
        let search = &node.search;
        let table = self.named(&search.table.definition.create.table);
        let filtered = search.filters.iter().flat_map(Expr::column_refs);
        let filtered: BTreeSet<&str> = filtered.map(|column| column.name.as_str()).collect();
        let read = search.columns.iter().chain([&search.column]).map(String::as_str);
        self.columns(&table, read.chain(filtered));
    }

    fn call(&mut self, expr: &Expr) {
        match expr {
            Expr::ScalarFunction(call) => drop(self.functions.insert(call.name().into())),
            Expr::AggregateFunction(call) => drop(self.aggregate_functions.insert(call.func.name().into())),
            _ => {}
        }
    }
}
