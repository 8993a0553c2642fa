//! Column names inside of a definition's expressions: found and replaced.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use gristmill_sql::parser::{ColumnDefault, ColumnDefinition, CreateTable};
use sqlparser::ast::{self, Ident, VisitMut, VisitorMut};

/// Names of columns that ClickHouse's parts have for themselves.
const RESERVED: [&str; 3] = ["_row_exists", "_block_number", "_block_offset"];

/// Whether no column of a table with parts can be called so. Older tables may have such a column.
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// Calls a column otherwise in all expressions of a definition; the column's own definition is left as it is.
pub fn rename_in(create: &mut CreateTable, from: &str, to: &str) {
    let rename = |name: &str| (name == from).then(|| to.to_owned());
    create
        .columns
        .iter_mut()
        .filter_map(default_mut)
        .for_each(|expression| replace(expression, &rename));
    let ttls = create.columns.iter_mut().filter_map(|column| column.ttl.as_mut());
    ttls.for_each(|expression| replace(expression, &rename));
    for index in &mut create.indexes {
        replace(&mut index.expression, &rename);
    }
    for constraint in &mut create.constraints {
        replace(&mut constraint.expression, &rename);
    }
    let keys = [&mut create.order_by, &mut create.primary_key];
    keys.into_iter()
        .flatten()
        .flatten()
        .for_each(|expression| replace(expression, &rename));
    let clauses = [&mut create.partition_by, &mut create.sample_by];
    clauses
        .into_iter()
        .flatten()
        .for_each(|expression| replace(expression, &rename));
    for ttl in &mut create.ttl {
        replace(&mut ttl.expression, &rename);
        if let Some(condition) = &mut ttl.condition {
            replace(condition, &rename);
        }
    }
}

/// The names that an expression uses for columns, if these names are columns'.
pub fn names_in(expression: &ast::Expr) -> BTreeSet<String> {
    let names = std::cell::RefCell::new(BTreeSet::new());
    let note = |name: &str| {
        names.borrow_mut().insert(name.to_owned());
        None
    };
    replace(&mut expression.clone(), &note);
    names.into_inner()
}

/// The expression of a column's DEFAULT, MATERIALIZED, ALIAS or EPHEMERAL.
pub fn default_of(column: &ColumnDefinition) -> Option<&ast::Expr> {
    match column.default.as_ref()? {
        ColumnDefault::Default(expression)
        | ColumnDefault::Materialized(expression)
        | ColumnDefault::Alias(expression) => Some(expression),
        ColumnDefault::Ephemeral(expression) => expression.as_ref(),
    }
}

fn default_mut(column: &mut ColumnDefinition) -> Option<&mut ast::Expr> {
    match column.default.as_mut()? {
        ColumnDefault::Default(expression)
        | ColumnDefault::Materialized(expression)
        | ColumnDefault::Alias(expression) => Some(expression),
        ColumnDefault::Ephemeral(expression) => expression.as_mut(),
    }
}

/// Replaces the names for which there is another one. Parameters of lambdas are no columns.
pub fn replace(expression: &mut ast::Expr, rename: &dyn Fn(&str) -> Option<String>) {
    let mut names = Names {
        rename,
        parameters: Vec::new(),
    };
    let _: ControlFlow<()> = expression.visit(&mut names);
}

struct Names<'a> {
    rename: &'a dyn Fn(&str) -> Option<String>,
    /// Those of the lambdas around, one name for each parameter.
    parameters: Vec<String>,
}

impl Names<'_> {
    fn renamed(&self, name: &str) -> Option<String> {
        match self.parameters.iter().any(|parameter| parameter == name) {
            true => None,
            false => (self.rename)(name),
        }
    }
}

impl VisitorMut for Names<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &mut ast::Expr) -> ControlFlow<()> {
        match expression {
            ast::Expr::Lambda(lambda) => {
                let names = lambda.params.iter().map(|parameter| parameter.name.value.clone());
                self.parameters.extend(names);
            }
            ast::Expr::Identifier(name) => {
                if let Some(renamed) = self.renamed(&name.value) {
                    *name = Ident::new(renamed);
                }
            }
            ast::Expr::CompoundIdentifier(parts) => {
                // A nested column's name, or an element of a tuple.
                let whole = parts
                    .iter()
                    .map(|part| part.value.as_str())
                    .collect::<Vec<_>>()
                    .join(".");
                if let Some(renamed) = self.renamed(&whole) {
                    *expression = ast::Expr::Identifier(Ident::new(renamed));
                } else if let Some(renamed) = self.renamed(&parts[0].value) {
                    parts[0] = Ident::new(renamed);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut ast::Expr) -> ControlFlow<()> {
        if let ast::Expr::Lambda(lambda) = expression {
            let count = lambda.params.iter().count();
            self.parameters.truncate(self.parameters.len() - count);
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use gristmill_sql::parser::{format_expression, parse_expression};

    use super::*;

    fn check(expression: &str, expected: &str) {
        let mut parsed = parse_expression(expression).unwrap();
        replace(&mut parsed, &|name| match name {
            "a" => Some("b c".to_owned()),
            "n.x" => Some("y".to_owned()),
            _ => None,
        });
        assert_eq!(format_expression(&parsed), expected, "{expression}");
    }

    #[test]
    fn names_are_replaced_and_parameters_are_not() {
        check("a + `a` * 'a' + A", "(`b c` + (`b c` * 'a')) + A");
        check("arrayMap(a -> a + x, [a])", "arrayMap(a -> (a + x), [`b c`])");
        check(
            "arrayMap(x -> arrayMap((a, y) -> a, [a]) + a, [x])",
            "arrayMap(x -> (arrayMap((a, y) -> a, [`b c`]) + `b c`), [x])",
        );
        check("n.x + tupleElement(a, 1)", "y + (`b c`.1)");
        check("lower(a) IN ('a')", "lower(`b c`) IN ('a')");
        let names: Vec<String> = names_in(&parse_expression("a + arrayMap(x -> x, [b])").unwrap())
            .into_iter()
            .collect();
        assert_eq!(names, ["a", "b"]);
    }
}
