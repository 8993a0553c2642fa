//! LIKE and ILIKE.
//!
//! A constant pattern with wildcards only at its end is a native comparison or range, which prunes parts.

use std::sync::Arc;

use arrow::array::UInt8Array;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, lit};
use memchr::memmem::Finder;

use super::pattern::{Compiler, LikeStep, Syntax, like_steps};
use super::texts::{Texts, texts};
use crate::error::Result;
use crate::functions::casts::text_value;
use crate::functions::function::{Argument, Bound, Function};
use crate::types::DataType;

pub const LIKE: Function = Function::new(
    "like",
    (2, 2),
    "Whether a string matches a LIKE pattern",
    |arguments, _| bind(arguments, "like", false, false),
);
pub const NOT_LIKE: Function = Function::new(
    "notLike",
    (2, 2),
    "Whether a string does not match a LIKE pattern",
    |arguments, _| bind(arguments, "notLike", false, true),
);
pub const ILIKE: Function = Function::new("ilike", (2, 2), "LIKE without letter case", |arguments, _| {
    bind(arguments, "ilike", true, false)
});
pub const NOT_ILIKE: Function = Function::new("notILike", (2, 2), "NOT LIKE without letter case", |arguments, _| {
    bind(arguments, "notILike", true, true)
});

fn bind(arguments: &[Argument], name: &str, any_case: bool, negated: bool) -> Result<Bound> {
    let kept = texts(arguments, name)?;
    let constant = arguments[1].constant.as_ref().and_then(text_value);
    let shape = match (constant, any_case) {
        (Some(pattern), false) => shape(pattern)?,
        _ => Shape::Other,
    };
    match shape {
        Shape::Prefix(prefix) if kept[0] == DataType::String => {
            return Ok(Bound::predicate(kept, move |mut expressions| {
                let matches = starts_with(expressions.swap_remove(0), &prefix);
                Ok(if negated { Expr::Not(Box::new(matches)) } else { matches })
            }));
        }
        Shape::Contains(part) => {
            let finder = Finder::new(&part).into_owned();
            return Ok(Bound::compact(DataType::UInt8, kept, move |arrays, rows| {
                let texts = Texts::new(&arrays[0]);
                let found = (0..rows).map(|row| u8::from(finder.find(texts.get(row)).is_some() != negated));
                Ok(Arc::new(UInt8Array::from_iter_values(found)))
            }));
        }
        Shape::Exact(text) if kept[0] == DataType::String => {
            return Ok(Bound::predicate(kept, move |mut expressions| {
                let literal = lit(ScalarValue::Binary(Some(text.clone())));
                let value = expressions.swap_remove(0);
                Ok(if negated {
                    value.not_eq(literal)
                } else {
                    value.eq(literal)
                })
            }));
        }
        _ => {}
    }
    let compiler = Compiler::new(if any_case { Syntax::LikeAnyCase } else { Syntax::Like });
    Ok(Bound::compact(DataType::UInt8, kept, move |arrays, rows| {
        let (texts, mut patterns) = (Texts::new(&arrays[0]), compiler.over(&arrays[1]));
        let matches = |row: usize| Ok(u8::from(patterns.get(row)?.is_match(texts.get(row)) != negated));
        Ok(Arc::new(UInt8Array::from(
            (0..rows).map(matches).collect::<Result<Vec<u8>>>()?,
        )))
    }))
}

/// Patterns that need no regular expression.
enum Shape {
    Exact(Vec<u8>),
    Prefix(Vec<u8>),
    Contains(Vec<u8>),
    Other,
}

fn shape(pattern: &[u8]) -> Result<Shape> {
    let steps = like_steps(pattern)?;
    let any = |step: &LikeStep| matches!(step, LikeStep::Any);
    let leading = steps.iter().take_while(|step| any(step)).count();
    let trailing = steps.iter().rev().take_while(|step| any(step)).count();
    let inner = steps
        .get(leading..steps.len().saturating_sub(trailing))
        .unwrap_or_default();
    let literal: Option<Vec<u8>> = inner
        .iter()
        .map(|step| {
            if let LikeStep::Byte(byte) = step {
                Some(**byte)
            } else {
                None
            }
        })
        .collect();
    Ok(match (literal, leading, trailing) {
        (None, _, _) => Shape::Other,
        (Some(text), 0, 0) => Shape::Exact(text),
        (Some(text), 0, _) => Shape::Prefix(text),
        (Some(text), _, 1..) => Shape::Contains(text),
        (Some(_), _, 0) => Shape::Other,
    })
}

/// Whether strings begin with a prefix, as a range of strings.
pub fn starts_with(value: Expr, prefix: &[u8]) -> Expr {
    let low = value.clone().gt_eq(lit(ScalarValue::Binary(Some(prefix.to_vec()))));
    match after(prefix) {
        Some(end) => low.and(value.lt(lit(ScalarValue::Binary(Some(end))))),
        None => low,
    }
}

/// The least string above all strings with this prefix.
fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}
