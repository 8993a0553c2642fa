//! Filters as questions to Bloom filters: which values, elements or words must be in a block.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType as ArrowType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{InList, ScalarFunction};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use gristmill_index::skip::{BlockFilters, Probe, SkipDefinition, Split, TextPart};
use gristmill_sql::functions::{RequiredPart, like_parts, regexp_parts};

use crate::error::Result;
use crate::table::TableIndex;

/// What a block must hold for a condition to be true of one of its rows.
#[derive(Debug)]
pub enum Wanted {
    /// In the filter of this expression.
    Probe(usize, Probe),
    /// All of these.
    All(Vec<Wanted>),
    /// One of these.
    Any(Vec<Wanted>),
}

impl Wanted {
    /// What conditions over an index's expressions want; None if that is nothing that filters can tell.
    pub fn all(index: &TableIndex, definition: &SkipDefinition, conditions: &[Expr]) -> Result<Option<Vec<Self>>> {
        let reader = Reader { index, definition };
        let conjuncts: Vec<&Expr> = conditions.iter().flat_map(split_conjunction).collect();
        let wanted = reader.conjuncts(&conjuncts)?;
        Ok((!wanted.is_empty()).then_some(wanted))
    }

    /// Takes out the blocks that do not hold it.
    pub fn narrow(&self, filters: &BlockFilters, held: &mut [bool]) {
        match self {
            Self::Probe(expression, probe) => filters.narrow(*expression, probe, held),
            Self::All(all) => all.iter().for_each(|one| one.narrow(filters, held)),
            Self::Any(any) => {
                let mut left = vec![false; held.len()];
                for one in any {
                    let mut by_one = held.to_vec();
                    one.narrow(filters, &mut by_one);
                    left.iter_mut().zip(by_one).for_each(|(left, one)| *left |= one);
                }
                held.copy_from_slice(&left);
            }
        }
    }
}

/// Reads conditions for one index.
struct Reader<'a> {
    index: &'a TableIndex,
    definition: &'a SkipDefinition,
}

impl Reader<'_> {
    fn conjuncts(&self, conjuncts: &[&Expr]) -> Result<Vec<Wanted>> {
        let mut wanted = Vec::new();
        for conjunct in conjuncts {
            wanted.extend(self.condition(conjunct)?);
        }
        wanted.extend(self.ranges(conjuncts)?);
        Ok(wanted)
    }

    fn condition(&self, condition: &Expr) -> Result<Option<Wanted>> {
        if let Expr::BinaryExpr(BinaryExpr { left, op, right }) = condition {
            match op {
                Operator::And => {
                    let conjuncts: Vec<&Expr> = split_conjunction(condition);
                    let all = self.conjuncts(&conjuncts)?;
                    return Ok((!all.is_empty()).then_some(Wanted::All(all)));
                }
                Operator::Or => {
                    let (left, right) = (self.condition(left)?, self.condition(right)?);
                    return Ok(left.zip(right).map(|(left, right)| Wanted::Any(vec![left, right])));
                }
                _ => {}
            }
        }
        let found = match condition {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => self.comparison(left, *op, right)?,
            Expr::InList(InList {
                expr,
                list,
                negated: false,
            }) => {
                let values: Option<Vec<ScalarValue>> = list.iter().map(|item| item.as_literal().cloned()).collect();
                match (number(expr), values) {
                    (Some(expression), Some(values)) => self.one_of(expression, values)?,
                    _ => None,
                }
            }
            _ => None,
        };
        Ok(found.map(|(expression, probe)| Wanted::Probe(expression, probe)))
    }

    fn comparison(&self, left: &Expr, op: Operator, right: &Expr) -> Result<Option<(usize, Probe)>> {
        let (value, op, literal) = match (left.as_literal(), right.as_literal()) {
            (None, Some(literal)) => (left, op, literal),
            (Some(literal), None) => (right, op.swap().unwrap_or(op), literal),
            _ => return Ok(None),
        };
        if let (Some(expression), Operator::Eq) = (number(value), op) {
            return self.one_of(expression, vec![literal.clone()]);
        }
        let Expr::ScalarFunction(call) = value else {
            return Ok(None);
        };
        // A function that answers 0 or 1.
        let is_one = || ScalarValue::new_one(&literal.data_type()).is_ok_and(|one| one == *literal);
        let is_zero = || ScalarValue::new_zero(&literal.data_type()).is_ok_and(|zero| zero == *literal);
        match op {
            Operator::Eq | Operator::GtEq if is_one() => self.call(call),
            Operator::NotEq | Operator::Gt if is_zero() => self.call(call),
            _ => Ok(None),
        }
    }

    /// A value, or all elements of an array, that are equal to one of these.
    fn one_of(&self, expression: usize, values: Vec<ScalarValue>) -> Result<Option<(usize, Probe)>> {
        let values = values.into_iter().filter(|value| !value.is_null());
        let Ok(values) = ScalarValue::iter_to_array(values) else {
            return Ok(None); // there is none, or they are of several types
        };
        self.values(expression, &values)
    }

    fn values(&self, expression: usize, values: &ArrayRef) -> Result<Option<(usize, Probe)>> {
        let own = self.index.expressions[expression].data_type.arrow();
        if *values.data_type() != own || matches!(own, ArrowType::List(_)) {
            return Ok(None);
        }
        self.probe(expression, values, false)
    }

    /// Any of these values, or all of them.
    fn probe(&self, expression: usize, values: &ArrayRef, all: bool) -> Result<Option<(usize, Probe)>> {
        let probe = match (self.definition, all) {
            (SkipDefinition::Words { split, .. }, false) => Probe::any_text(self.definition, *split, values)?,
            (SkipDefinition::Words { split, .. }, true) => Probe::all_texts(self.definition, *split, values)?,
            (_, false) => Probe::any_value(self.definition, values)?,
            (_, true) => Probe::all_values(self.definition, values)?,
        };
        Ok(Some((expression, probe)))
    }

    fn call(&self, call: &ScalarFunction) -> Result<Option<(usize, Probe)>> {
        let [first, second] = call.args.as_slice() else {
            return Ok(None);
        };
        match (number(first), second.as_literal(), first.as_literal(), number(second)) {
            (Some(expression), Some(literal), ..) => self.call_of(call.name(), expression, literal),
            // `has([1, 2], value)`: one of these.
            (_, _, Some(literal), Some(expression)) if call.name() == "has" => match elements(literal) {
                Some(values) => self.values(expression, &values),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn call_of(&self, name: &str, expression: usize, literal: &ScalarValue) -> Result<Option<(usize, Probe)>> {
        let own = self.index.expressions[expression].data_type.arrow();
        let element = match &own {
            ArrowType::List(item) => Some(item.data_type().clone()),
            _ => None,
        };
        match name {
            "has" if element == Some(literal.data_type()) && !literal.is_null() => {
                self.probe(expression, &literal.to_array()?, false)
            }
            "hasAny" | "hasAll" => match elements(literal).filter(|it| Some(it.data_type().clone()) == element) {
                Some(values) => self.probe(expression, &values, name == "hasAll"),
                None => Ok(None),
            },
            _ => match (self.definition, text(literal)) {
                (SkipDefinition::Words { split, .. }, Some(text)) if element.is_none() => {
                    Ok(self.text_call(*split, name, expression, text))
                }
                (SkipDefinition::Words { split, .. }, None) if element.is_none() && name == "multiSearchAny" => {
                    Ok(elements(literal).and_then(|needles| self.any_needle(*split, expression, &needles)))
                }
                _ => Ok(None),
            },
        }
    }

    /// Functions that look for a constant text in a text.
    fn text_call(&self, split: Split, name: &str, expression: usize, text: &[u8]) -> Option<(usize, Probe)> {
        let one = |starts, ends| vec![part(text, starts, ends)];
        let parts = match name {
            "like" => like_parts(text).ok()?,
            "match" => regexp_parts(text),
            "startsWith" => one(true, false),
            "endsWith" => one(false, true),
            // Before and behind a token there is none of its characters; ngrams know of no ends.
            "hasToken" => one(true, true),
            _ => return None,
        };
        Some((expression, self.text_parts(split, &parts)))
    }

    fn text_parts(&self, split: Split, parts: &[RequiredPart]) -> Probe {
        let parts = parts.iter().map(|part| TextPart {
            text: &part.text,
            starts: part.starts,
            ends: part.ends,
        });
        let parts: Vec<TextPart<'_>> = parts.collect();
        Probe::text_with_parts(self.definition, split, &parts)
    }

    fn any_needle(&self, split: Split, expression: usize, needles: &ArrayRef) -> Option<(usize, Probe)> {
        let needles = needles.as_binary_opt::<i32>()?;
        let parts = needles.iter().flatten().map(|needle| part(needle, false, false));
        let probes = parts.map(|part| self.text_parts(split, &[part]));
        Some((expression, probes.fold(Probe::default(), Probe::or)))
    }

    /// What two conjuncts want together: `startsWith` and LIKE with a constant prefix have become
    /// `value >= prefix AND value < what follows`, and a float that equals zero `value >= -0. AND value <= 0.`.
    fn ranges(&self, conjuncts: &[&Expr]) -> Result<Vec<Wanted>> {
        let bounds = |wanted: Operator| {
            let bound = move |conjunct: &&Expr| match conjunct {
                Expr::BinaryExpr(BinaryExpr { left, op, right }) if *op == wanted => {
                    Some((number(left)?, right.as_literal()?.clone()))
                }
                _ => None,
            };
            conjuncts.iter().filter_map(bound).collect::<Vec<_>>()
        };
        let (ends, highs) = (bounds(Operator::Lt), bounds(Operator::LtEq));
        let mut wanted = Vec::new();
        for (expression, low) in bounds(Operator::GtEq) {
            let same = |(of, _): &&(usize, ScalarValue)| *of == expression;
            let probe = match (self.definition, text(&low)) {
                (SkipDefinition::Words { split, .. }, Some(prefix)) => {
                    let is_end = |end: &ScalarValue| text(end).is_some_and(|end| follows(prefix, end));
                    let starts = || self.text_parts(*split, &[part(prefix, true, false)]);
                    let end = ends.iter().filter(same).find(|(_, end)| is_end(end));
                    end.map(|_| (expression, starts()))
                }
                (SkipDefinition::Bloom { .. }, None) if is_float_zero(&low) => {
                    match highs.iter().filter(same).any(|(_, high)| is_float_zero(high)) {
                        true => self.one_of(expression, vec![low])?,
                        false => None,
                    }
                }
                _ => None,
            };
            wanted.extend(probe.map(|(expression, probe)| Wanted::Probe(expression, probe)));
        }
        Ok(wanted)
    }
}

fn is_float_zero(literal: &ScalarValue) -> bool {
    match literal {
        ScalarValue::Float32(Some(value)) => *value == 0.0,
        ScalarValue::Float64(Some(value)) => *value == 0.0,
        _ => false,
    }
}

fn part(text: &[u8], starts: bool, ends: bool) -> RequiredPart {
    RequiredPart {
        text: text.to_vec(),
        starts,
        ends,
    }
}

/// Whether `end` is the least text above all texts that begin with `prefix`.
fn follows(prefix: &[u8], end: &[u8]) -> bool {
    let Some((last, before)) = end.split_last() else {
        return false;
    };
    prefix.len() >= end.len()
        && prefix.starts_with(before)
        && prefix[before.len()].checked_add(1) == Some(*last)
        && prefix[end.len()..].iter().all(|byte| *byte == u8::MAX)
}

/// The number of the index's expression that this is.
fn number(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Column(column) => column.name.parse().ok(),
        _ => None,
    }
}

fn text(literal: &ScalarValue) -> Option<&[u8]> {
    match literal {
        ScalarValue::Binary(Some(text)) => Some(text),
        _ => None,
    }
}

/// The elements of a constant array; None if one is NULL: that is found, but filters do not hold it.
fn elements(literal: &ScalarValue) -> Option<ArrayRef> {
    match literal {
        ScalarValue::List(list) if list.is_valid(0) => {
            Some(Arc::clone(&list.value(0))).filter(|elements| elements.logical_null_count() == 0)
        }
        _ => None,
    }
}
