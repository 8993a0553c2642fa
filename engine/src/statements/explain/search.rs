//! The steps of a search, in ClickHouse's places and words as far as it has some.

use std::collections::BTreeSet;

use datafusion::logical_expr::{Expr, LogicalPlan};
use gristmill_sql::types::DataType;

use super::plan::{Tree, header_of, limit_of};
use super::{Fact, IndexStep, Step, text};
use crate::error::Result;
use crate::search::explain::Explained;
use crate::search::{DISTANCE, Search, SelectWithSearch};

impl Tree<'_> {
    /// The steps of a search, in the places that they have in ClickHouse.
    pub fn search(&mut self, node: &SelectWithSearch, plan: &LogicalPlan, is_sorted: bool, depth: usize) -> Result<()> {
        let search = &node.search;
        let options = &self.options;
        let told = options.indexes || options.header || options.actions;
        let explained = told.then(|| Explained::new(node, self.environment)).transpose()?;
        let by_index = explained.as_ref().is_some_and(|explained| explained.by_index);
        let distance = distance_text(search, by_index);
        self.inner.push((DISTANCE.into(), distance.clone()));
        let key = (
            distance_text(search, false),
            if search.wide { "Float64" } else { "Float32" },
        );
        let mut header: Vec<(String, String)> = typed(search, &search.columns);
        header.push((key.0, key.1.into()));
        let with_header = |step: Step| Step {
            header: header.clone(),
            ..step
        };
        let top = if depth == 0 { "Project names" } else { "" };
        let mut steps = vec![
            Step {
                header: header_of(plan.schema().as_arrow())?,
                ..Step::new("Expression", top)
            },
            with_header(Step {
                facts: vec![limit_of(plan, search.rows)],
                ..Step::new("Limit", "preliminary LIMIT (without OFFSET)")
            }),
        ];
        let direction = if search.metric.nearest_is_smallest() {
            "ASC"
        } else {
            "DESC"
        };
        steps.push(with_header(Step {
            facts: vec![
                Fact::Sort(format!("{distance} {direction}")),
                Fact::SortLimit(search.rows),
            ],
            ..Step::new("Sorting", "Sorting for ORDER BY")
        }));
        if !is_sorted {
            steps.clear();
        }
        match search.filters.is_empty() {
            true => steps.push(with_header(Step::new(
                "Expression",
                "(Before ORDER BY + (Projection + Change column names to column identifiers))",
            ))),
            false => {
                steps.push(with_header(Step::new("Expression", "(Before ORDER BY + Projection)")));
                let conditions: Vec<String> = search.filters.iter().map(text::text).collect();
                steps.push(with_header(Step {
                    facts: vec![Fact::Filter(conditions.join(" AND "))],
                    ..Step::new("Filter", "(WHERE + Change column names to column identifiers)")
                }));
            }
        }
        steps.push(self.read_by_search(search, explained.as_ref()));
        self.found += explained.map_or(0, |explained| explained.answer.batch.num_rows());
        let below = steps.into_iter().enumerate();
        self.steps.extend(below.map(|(at, step)| (depth + at, step)));
        Ok(())
    }

    /// The columns that a search reads: in place of the vectors their distance where an index gives it.
    fn read_by_search(&self, search: &Search, explained: Option<&Explained>) -> Step {
        let filtered = search.filters.iter().flat_map(Expr::column_refs);
        let mut read: BTreeSet<&str> = filtered.map(|column| column.name.as_str()).collect();
        read.extend(search.columns.iter().map(String::as_str));
        let by_index = explained.is_some_and(|explained| explained.by_index);
        if !by_index {
            read.insert(&search.column);
        }
        let scanned = search.table.definition.scanned.fields().iter();
        let columns = scanned
            .map(|field| field.name())
            .filter(|name| read.contains(name.as_str()));
        let mut header = typed(search, &columns.cloned().collect::<Vec<_>>());
        if by_index {
            header.push(("_distance".into(), "Float32".into()));
        }
        let Some(explained) = explained else {
            return self.read(&search.table, header, None, Vec::new());
        };
        let (parts, granules, _) = explained.read();
        let mut indexes: Vec<IndexStep> = explained.answer.pruning.steps.iter().map(IndexStep::of).collect();
        indexes.extend(explained.indexes.iter().cloned());
        let own = match self.options.indexes {
            true => explained.lines(search, self.analyze),
            false => Vec::new(),
        };
        Step {
            own,
            ..self.read(&search.table, header, Some((parts, granules)), indexes)
        }
    }
}

/// What is sorted by: the function, or what is made of an index's distance.
fn distance_text(search: &Search, by_index: bool) -> String {
    if by_index {
        return match search.metric.name() {
            "L2Distance" => "sqrt(_distance)".into(),
            _ if search.wide => "CAST(_distance AS Float64)".into(),
            _ => "_distance".into(),
        };
    }
    let numbers = &search.reference.numbers;
    let reference = match numbers.len() {
        length if length > text::ITEMS_MAX => format!("{length} numbers"),
        _ => numbers
            .iter()
            .map(|it| text::number(*it))
            .collect::<Vec<_>>()
            .join(", "),
    };
    format!("{}({}, [{reference}])", search.metric.name(), search.column)
}

/// Stored columns with their types.
fn typed(search: &Search, columns: &[String]) -> Vec<(String, String)> {
    let definition = &search.table.definition;
    let typed = |name: &String| {
        let field = definition.scanned.field_with_name(name).ok();
        let data_type = field.and_then(|field| DataType::from_field(field).ok());
        (
            name.clone(),
            data_type.map(|data_type| data_type.to_string()).unwrap_or_default(),
        )
    };
    columns.iter().map(typed).collect()
}
