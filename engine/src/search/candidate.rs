//! Queries whose plan may be known: SELECTs with exactly one vector, written in the text or given as a parameter
//! `{name:Array(Float32)}`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use gristmill_sql::parser::{Lifted, LiftedValues, lift};
use gristmill_sql::types::{Cursor, DataType, TextOptions, TextStyle, reader};

use super::{PlanKey, Reference};

/// A query that may have been planned before: its key and its vector.
pub struct Candidate {
    /// Where its plan is, or will be.
    pub key: PlanKey,
    /// Its vector.
    pub numbers: Vec<f64>,
}

impl Candidate {
    /// None for statements that no cached plan can answer: those that are no SELECT or have not exactly one vector.
    ///
    /// `around` tells the session's settings and rights apart.
    pub fn of(query: &[u8], parameters: &BTreeMap<String, String>, database: &str, around: (u64, u64)) -> Option<Self> {
        let start = query.trim_ascii_start();
        let begins_with = |word: &[u8]| start.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word));
        if !begins_with(b"SELECT") && !begins_with(b"WITH") {
            return None;
        }
        let (template, lifted) = lift(query).ok()?;
        let parameter = match parameters.is_empty() {
            true => None,
            false => VectorParameter::of(&template, parameters)?,
        };
        let vector = match (lifted.as_slice(), &parameter) {
            ([written], None) => Vector::written(written),
            ([], Some(parameter)) => parameter.vector(parameters)?,
            _ => return None,
        };
        let others = parameters
            .iter()
            .filter(|(name, _)| parameter.as_ref().is_none_or(|parameter| parameter.name != **name));
        Some(Self {
            key: PlanKey {
                vector_type: vector.type_name,
                slot: vector.slot,
                parameters: others.map(|(name, value)| (name.clone(), value.clone())).collect(),
                template,
                database: database.into(),
                settings: around.0,
                rights: around.1,
            },
            numbers: vector.numbers,
        })
    }
}

/// The one vector of a query.
struct Vector {
    type_name: Cow<'static, str>,
    slot: usize,
    numbers: Vec<f64>,
}

impl Vector {
    fn written(lifted: &Lifted) -> Self {
        Self {
            type_name: lifted.type_name.into(),
            slot: 0,
            numbers: match &lifted.values {
                LiftedValues::F64(values) => values.clone(),
                LiftedValues::I64(values) => values.iter().map(|value| *value as f64).collect(),
                LiftedValues::U64(values) => values.iter().map(|value| *value as f64).collect(),
            },
        }
    }
}

/// A parameter that is a vector wherever the query uses it.
struct VectorParameter<'q> {
    name: &'q str,
    data_type: &'q str,
}

impl<'q> VectorParameter<'q> {
    /// `Some(None)` if the query uses no such parameter; None if it is not certain that it uses one, and as nothing else.
    fn of(query: &'q str, parameters: &BTreeMap<String, String>) -> Option<Option<Self>> {
        if query.contains("--") || query.contains("/*") || query.contains('#') {
            return None; // a use could hide behind a comment
        }
        let mut found: Option<Self> = None;
        for inside in query.split('{').skip(1) {
            let Some((name, data_type)) = inside.split('}').next().and_then(|inside| inside.split_once(':')) else {
                continue;
            };
            let (name, data_type) = (name.trim(), data_type.trim());
            let is_vector = matches!(data_type, "Array(Float32)" | "Array(Float64)" | "Array(BFloat16)");
            match &found {
                Some(vector) if vector.name == name && vector.data_type == data_type => {}
                Some(vector) if vector.name == name || is_vector => return None,
                None if is_vector && parameters.contains_key(name) => found = Some(Self { name, data_type }),
                _ => {}
            }
        }
        let is_first_use = |vector: &Self| {
            // What came before the first use as a vector was not compared with it.
            let uses = query.split('{').skip(1).filter_map(|inside| inside.split_once(':'));
            uses.filter(|(name, _)| name.trim() == vector.name)
                .all(|(_, rest)| rest.trim_start().starts_with(vector.data_type))
        };
        match found {
            Some(vector) if !is_first_use(&vector) => None,
            found => Some(found),
        }
    }

    /// Its value, if that is one.
    fn vector(&self, parameters: &BTreeMap<String, String>) -> Option<Vector> {
        let data_type = DataType::parse(self.data_type).ok()?;
        let mut column = reader(&data_type, &TextOptions::default());
        let mut cursor = Cursor::new(parameters.get(self.name)?.as_bytes());
        column.read_text(&mut cursor, TextStyle::Escaped).ok()?;
        if !cursor.rest().is_empty() {
            return None;
        }
        let value = ScalarValue::try_from_array(&column.finish(), 0).ok()?;
        let reference = Reference::of(&Expr::Literal(value, None), &data_type)?;
        Some(Vector {
            type_name: self.data_type.to_owned().into(),
            slot: parameters.keys().position(|name| name == self.name)?,
            numbers: reference.numbers.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector and the parameters of the key; `parameters` is `name=value …`.
    #[track_caller]
    fn check(query: &str, parameters: &str, expected: Option<(&str, usize, &[f64], &str)>) {
        let pairs = |text: &str| -> BTreeMap<String, String> {
            let words = text.split(' ').filter_map(|word| word.split_once('='));
            words.map(|(name, value)| (name.into(), value.into())).collect()
        };
        let found = Candidate::of(query.as_bytes(), &pairs(parameters), "default", (0, 0));
        let found = found.map(|found| {
            let key = found.key;
            (key.vector_type.into_owned(), key.slot, found.numbers, key.parameters)
        });
        let expected = expected.map(|(vector_type, slot, numbers, others)| {
            let others: Vec<(String, String)> = pairs(others).into_iter().collect();
            (vector_type.to_owned(), slot, numbers.to_vec(), others)
        });
        assert_eq!(found, expected, "{query}");
    }

    const NINE: &str = "[1.5,2.,3.,4.,5.,6.,7.,8.,9.]";

    #[test]
    fn a_vector_is_written_or_a_parameter() {
        let numbers = [1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
        let written = format!("SELECT d(v, {NINE}) LIMIT {{n:UInt8}}");
        check(&written, "n=3", Some(("Array(Float64)", 0, &numbers, "n=3")));
        let one = "SELECT d(v, {q:Array(Float32)}), { q : Array(Float32) } LIMIT {n:UInt8}";
        check(one, "n=3 q=[1,2.5]", Some(("Array(Float32)", 1, &[1.0, 2.5], "n=3")));
        check(
            "SELECT d(v, {q:Array(BFloat16)})",
            "q=[1,2]",
            Some(("Array(BFloat16)", 0, &[1.0, 2.0], "")),
        );
        check("INSERT INTO t SELECT {q:Array(Float32)}", "q=[1]", None);
        check("SELECT d(v, {q:Array(Float32)})", "", None);
        check("SELECT d(v, {q:Array(Float32)})", "n=1", None);
        check("SELECT d(v, {q:Array(Float32)})", "q=[1,a]", None);
        check(
            "SELECT d(v, {q:Array(Float32)}), {r:Array(Float32)}",
            "q=[1] r=[2]",
            None,
        );
        check(&format!("SELECT d(v, {{q:Array(Float32)}}), {NINE}"), "q=[1]", None);
    }

    /// The other use would keep the value of another execution.
    #[test]
    fn a_parameter_that_is_used_otherwise_too_is_no_vector() {
        check("SELECT d(v, {q:Array(Float32)}), {q:String}", "q=[1]", None);
        check("SELECT {q:String}, d(v, {q:Array(Float32)})", "q=[1]", None);
        check("SELECT {q/**/:String}, d(v, {q:Array(Float32)})", "q=[1]", None);
        check("SELECT {q:Array(Float64)}, d(v, {q:Array(Float32)})", "q=[1]", None);
    }
}
