//! OPTIMIZE TABLE.

use std::collections::BTreeMap;

use gristmill_sql::Code;
use gristmill_sql::parser::{Optimize, Statement, parse};
use gristmill_sql::types::back_quote_if_needed;
use gristmill_storage::LeftOut;
use sqlparser::ast::{Expr, SelectItem, SetExpr};

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::merges::Task;
use crate::outcome::Outcome;
use crate::settings;
use crate::table::{MergeTreeTable, TableDefinition, is_stored, partition_id};

/// Merges one choice of parts or, with FINAL, all parts of each partition into one. Done when the statement returns.
pub fn optimize(optimize: Optimize, environment: &Environment) -> Result<Outcome> {
    let (database, name) = environment.resolve(&optimize.table);
    let catalog = environment.engine.catalog();
    let merged = loop {
        let table = catalog.table(database, name)?;
        let merged = merge(&optimize, &table, environment);
        if merged.is_ok() || table.store.check_unaltered().is_ok() {
            break merged?;
        }
        // Once more, as the table is now: when ALTER is done with it.
        environment.stop.check()?;
        drop(catalog.change());
    };
    if !merged && environment.settings.flag("optimize_throw_if_noop") {
        let message = "Cannot OPTIMIZE table: There is no need to merge parts according to merge selector algorithm";
        return Err(Error::new(Code::CANNOT_ASSIGN_OPTIMIZE, message));
    }
    Ok(Outcome::Done)
}

fn merge(optimize: &Optimize, table: &MergeTreeTable, environment: &Environment) -> Result<bool> {
    let (database, name) = environment.resolve(&optimize.table);
    let partition = match &optimize.partition {
        Some(partition) => Some(partition_id(&table.definition, partition, environment)?),
        None => None,
    };
    let task = Task {
        database,
        name,
        table,
        partition: partition.as_deref(),
        left_out: left_out(optimize, table, environment)?,
        stop: &environment.stop,
    };
    let merger = environment.engine.merger();
    match optimize.is_final {
        true => merger.merge_all(&task),
        false => merger.merge_best(&task),
    }
}

fn left_out(optimize: &Optimize, table: &MergeTreeTable, environment: &Environment) -> Result<LeftOut> {
    let equal_in = match optimize.deduplicate {
        true => Some(deduplicated(optimize, &table.definition, environment)?),
        false => None,
    };
    if optimize.cleanup {
        check_cleanup(optimize, &table.definition)?;
    }
    Ok(LeftOut {
        // Without FINAL other rows of a key may be in parts that are not merged, as in ClickHouse.
        deletion_marks: optimize.cleanup && optimize.is_final,
        equal_in,
        ..LeftOut::default()
    })
}

fn check_cleanup(optimize: &Optimize, definition: &TableDefinition) -> Result<()> {
    if definition.replacement.is_none() {
        let message = "Cannot OPTIMIZE with CLEANUP table: only ReplacingMergeTree can be CLEANUP.";
        return Err(Error::new(Code::CANNOT_ASSIGN_OPTIMIZE, message));
    }
    let is_allowed = settings::merge_tree_integer(
        "allow_experimental_replacing_merge_with_cleanup",
        &definition.create.settings,
    );
    match optimize.is_final && is_allowed == 0 {
        true => Err(Error::new(
            Code::SUPPORT_IS_DISABLED,
            "Experimental merges with CLEANUP are not allowed.",
        )),
        false => Ok(()),
    }
}

/// The columns in which rows are compared: all that are stored, or those that BY names.
fn deduplicated(optimize: &Optimize, definition: &TableDefinition, environment: &Environment) -> Result<Vec<String>> {
    let stored = || definition.columns.iter().filter(|column| is_stored(column));
    if optimize.deduplicate_by.is_empty() {
        return Ok(stored().map(|column| column.name.clone()).collect());
    }
    let mut names: Vec<String> = Vec::new();
    for item in &optimize.deduplicate_by {
        for name in named(item, definition, environment)? {
            if names.contains(&name) {
                let message = format!("Column {name} queried more than once");
                return Err(Error::new(Code::COLUMN_QUERIED_MORE_THAN_ONCE, message));
            }
            if stored().all(|column| column.name != name) {
                let known: Vec<&str> = stored().map(|column| column.name.as_str()).collect();
                let message = format!(
                    "There is no column with name `{name}` in table {}. There are columns: {}.",
                    definition.create.table.name,
                    known.join(", ")
                );
                return Err(Error::new(Code::NO_SUCH_COLUMN_IN_TABLE, message));
            }
            names.push(name);
        }
    }
    let keys = [definition.sorting_key_sources(), definition.partition_columns.clone()].concat();
    match keys.iter().find(|key| !names.contains(key)) {
        None => Ok(names),
        Some(key) => {
            let message = format!(
                "DEDUPLICATE BY expression must include all columns used in table's ORDER BY, PRIMARY KEY, or \
                 PARTITION BY but '{key}' is missing. Expanded DEDUPLICATE BY columns expression: ['{}'].",
                names.join("', '")
            );
            Err(Error::new(Code::THERE_IS_NO_COLUMN, message))
        }
    }
}

/// The columns that an item of BY means: the analyzer knows what a wildcard expands to.
fn named(item: &SelectItem, definition: &TableDefinition, environment: &Environment) -> Result<Vec<String>> {
    if let SelectItem::UnnamedExpr(Expr::Identifier(name)) = item {
        return Ok(vec![name.value.clone()]);
    }
    let table = &definition.create.table;
    let database = back_quote_if_needed(table.database.as_deref().unwrap_or_default());
    let query = format!("SELECT * FROM {database}.{}", back_quote_if_needed(&table.name));
    let (parsed, _) = parse(query.as_bytes(), &BTreeMap::new())?;
    let Statement::Query(mut query) = parsed.statement else {
        unreachable!("the text is a query")
    };
    if let SetExpr::Select(select) = &mut *query.body {
        select.projection = vec![item.clone()];
    }
    let header = environment.plan_query(&query)?.header;
    Ok(header.into_iter().map(|column| column.name).collect())
}
