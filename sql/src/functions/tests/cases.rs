//! `cases.txt`: an expression, its type and its value in TabSeparated form, or the error's code, as ClickHouse gives them.

use std::collections::BTreeMap;

use super::Nothing;
use crate::analyzer::{Context, evaluate_constant};
use crate::error::Result;
use crate::functions;
use crate::types::{TextOptions, TextStyle, writer};

fn answer(expression: &str) -> Result<String> {
    let functions = functions::Context::default();
    let parameters = BTreeMap::new();
    let context = Context {
        catalog: &Nothing,
        lifted: &[],
        parameters: &parameters,
        functions: &functions,
    };
    let (value, data_type) = evaluate_constant(expression, None, &context)?;
    let array = value.to_array().expect("a constant is an array of one row");
    let mut text = Vec::new();
    let writer = writer(&data_type, &array, &TextOptions::default())?;
    writer.write_text(0, TextStyle::Escaped, &mut text);
    let name = data_type.to_string().replace('\\', "\\\\").replace('\'', "\\'");
    Ok(format!("{name} => {}", String::from_utf8_lossy(&text)))
}

#[test]
fn answers_are_those_of_clickhouse() {
    let mut wrong = Vec::new();
    for line in include_str!("cases.txt").lines() {
        let (expression, expected) = line.split_once(" => ").expect("a case is `expression => answer`");
        let found = match answer(expression) {
            Ok(found) => found,
            Err(error) => format!("error {}", error.code.number()),
        };
        if found.trim_end() != expected.trim_end() {
            wrong.push(format!("{expression}\n    expected {expected}\n    found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
