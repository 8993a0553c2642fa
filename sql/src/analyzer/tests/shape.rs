//! The plan's shape, which the vector-search rule relies on.

use std::collections::BTreeMap;

use datafusion::logical_expr::LogicalPlan;

use super::fake::Fake;
use crate::analyzer::lifted_slot;

/// Names of the nodes from the top down to the scan.
fn shape(plan: &LogicalPlan) -> String {
    let name = match plan {
        LogicalPlan::Projection(_) => "Projection",
        LogicalPlan::Filter(_) => "Filter",
        LogicalPlan::Sort(_) => "Sort",
        LogicalPlan::Limit(_) => "Limit",
        LogicalPlan::TableScan(_) => "TableScan",
        _ => "other",
    };
    let inputs: Vec<String> = plan.inputs().into_iter().map(shape).collect();
    [vec![name.to_string()], inputs].concat().join(" ")
}

#[track_caller]
fn check(sql: &str, expected: &str) {
    let planned = Fake::new().plan(sql, &BTreeMap::new()).unwrap();
    assert_eq!(shape(&planned.plan), expected, "{}", planned.plan);
}

const NINE: &str = "[1., 2, 3, 4, 5, 6, 7, 8, 9]";

#[test]
fn a_search_is_limit_sort_projection_scan() {
    let distance = format!("L2Distance(vec, {NINE})");
    let select = format!("SELECT id, {distance} AS d FROM packages");
    check(
        &format!("{select} ORDER BY d LIMIT 3"),
        "Limit Sort Projection TableScan",
    );
    check(
        &format!("{select} ORDER BY d LIMIT 3 OFFSET 1"),
        "Limit Sort Projection TableScan",
    );
    check(
        &format!("{select} WHERE id > 1 ORDER BY 2 LIMIT 3"),
        "Limit Sort Projection Filter TableScan",
    );
    // A vector that the text repeats is one literal.
    check(
        &format!("{select} ORDER BY {distance} LIMIT 3 OFFSET 1"),
        "Limit Sort Projection TableScan",
    );
    let hidden = format!("SELECT id FROM packages ORDER BY {distance} LIMIT 3");
    check(&hidden, "Projection Limit Sort Projection TableScan");
}

#[test]
fn a_lifted_literal_keeps_its_slot() {
    let fake = Fake::new();
    let sql = format!("SELECT id FROM packages ORDER BY L2Distance(vec, {NINE}) LIMIT 3");
    let planned = fake.plan(&sql, &BTreeMap::new()).unwrap();
    assert!(planned.cacheable);
    let mut slots = Vec::new();
    planned
        .plan
        .apply_with_subqueries(|node| {
            use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
            for expr in node.expressions() {
                expr.apply(|part| {
                    slots.extend(lifted_slot(part));
                    Ok(TreeNodeRecursion::Continue)
                })?;
            }
            Ok(TreeNodeRecursion::Continue)
        })
        .unwrap();
    assert_eq!(slots, [0]);
}

#[test]
fn what_depends_on_values_is_not_cacheable() {
    let fake = Fake::new();
    for sql in [
        format!("SELECT arrayMap(x -> x + 1, {NINE})"),
        format!("SELECT L2Distance(vec, {NINE}) FROM packages"),
        "SELECT now()".to_string(),
        "SELECT now('UTC')".to_string(),
        "SELECT now64(3)".to_string(),
        "SELECT id FROM packages WHERE id > rand()".to_string(),
        "SELECT (SELECT max(id) FROM packages)".to_string(),
        "SELECT id FROM packages WHERE id IN (SELECT package FROM versions)".to_string(),
    ] {
        assert!(!fake.plan(&sql, &BTreeMap::new()).unwrap().cacheable, "{sql}");
    }
    for sql in ["SELECT id + 1 FROM packages WHERE name = 'vim'", "SELECT [1, 2]"] {
        assert!(fake.plan(sql, &BTreeMap::new()).unwrap().cacheable, "{sql}");
    }
}
