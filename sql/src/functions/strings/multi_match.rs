//! Several regular expressions at once: `multiMatchAny`, `multiMatchAnyIndex`, `multiMatchAllIndices`.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, AsArray, UInt8Array, UInt64Array};
use regex::bytes::{RegexSet, RegexSetBuilder};

use super::pattern::re2_syntax;
use super::texts::Texts;
use crate::error::{Code, Error, Result};
use crate::functions::arrays::lists::{build, elements};
use crate::functions::function::{Argument, Bound, Function, illegal_type};
use crate::types::DataType;

pub const ANY: Function = Function::new(
    "multiMatchAny",
    (2, 2),
    "Whether one of several regular expressions matches somewhere",
    |arguments, _| {
        bind(arguments, "multiMatchAny", DataType::UInt8, |texts, sets, rows| {
            let any = |row: usize| Ok(u8::from(sets.of(row)?.is_match(texts.get(row))));
            Ok(Arc::new(UInt8Array::from(
                (0..rows).map(any).collect::<Result<Vec<u8>>>()?,
            )))
        })
    },
);
pub const ANY_INDEX: Function = Function::new(
    "multiMatchAnyIndex",
    (2, 2),
    "Which of several regular expressions matches, from 1 on; 0 if none does",
    |arguments, _| {
        bind(
            arguments,
            "multiMatchAnyIndex",
            DataType::UInt64,
            |texts, sets, rows| {
                let index = |row: usize| Ok(matching(&*sets.of(row)?, texts.get(row)).next().unwrap_or(0));
                Ok(Arc::new(UInt64Array::from(
                    (0..rows).map(index).collect::<Result<Vec<u64>>>()?,
                )))
            },
        )
    },
);
pub const ALL_INDICES: Function = Function::new(
    "multiMatchAllIndices",
    (2, 2),
    "Which of several regular expressions match, from 1 on",
    |arguments, _| {
        let result = DataType::Array(Box::new(DataType::UInt64));
        bind(arguments, "multiMatchAllIndices", result, |texts, sets, rows| {
            let (mut indices, mut lengths) = (Vec::new(), Vec::with_capacity(rows));
            for row in 0..rows {
                let before = indices.len();
                indices.extend(matching(&*sets.of(row)?, texts.get(row)));
                lengths.push(indices.len() - before);
            }
            build(
                Arc::new(UInt64Array::from(indices)),
                &DataType::UInt64.item_field(),
                lengths,
            )
        })
    },
);

fn matching(set: &RegexSet, text: &[u8]) -> impl Iterator<Item = u64> {
    set.matches(text).into_iter().map(|index| index as u64 + 1)
}

/// Bytes that a compiled set may take.
const COMPILED_BYTES_MAX: usize = 64 << 20;

/// The compiled sets of a batch's rows, of which the last one is kept: most queries have only one.
struct Sets<'a> {
    patterns: &'a ArrayRef,
    last: Mutex<Option<Compiled>>,
}

/// Patterns and what was made of them.
type Compiled = (Vec<Vec<u8>>, Arc<RegexSet>);

impl Sets<'_> {
    fn of(&self, row: usize) -> Result<Arc<RegexSet>> {
        let list = self.patterns.as_list::<i32>();
        let texts = list.values().as_binary::<i32>();
        let range = elements(list, row);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, set)) = last.as_ref()
            && known.len() == range.len()
            && known
                .iter()
                .zip(range.clone())
                .all(|(known, place)| known == texts.value(place))
        {
            return Ok(set.clone());
        }
        let patterns: Vec<Vec<u8>> = range.map(|place| texts.value(place).to_vec()).collect();
        let set = Arc::new(compile(&patterns)?);
        *last = Some((patterns, set.clone()));
        Ok(set)
    }
}

fn compile(patterns: &[Vec<u8>]) -> Result<RegexSet> {
    let texts: Vec<String> = patterns.iter().map(|pattern| re2_syntax(pattern)).collect();
    let mut builder = RegexSetBuilder::new(&texts);
    let built = builder
        .dot_matches_new_line(true)
        .size_limit(COMPILED_BYTES_MAX)
        .build();
    built.map_err(|error| {
        let alone = |text: &&String| regex::bytes::Regex::new(text).is_err();
        let place = texts.iter().position(|text| alone(&text)).unwrap_or_default();
        let shown = String::from_utf8_lossy(patterns.get(place).map_or(&[][..], |pattern| pattern));
        let reason = error.to_string();
        let reason = reason
            .lines()
            .last()
            .unwrap_or_default()
            .trim()
            .trim_start_matches("error: ");
        Error::new(
            Code::BAD_ARGUMENTS,
            format!("Pattern '{shown}' failed with error '{reason}'"),
        )
    })
}

fn bind(
    arguments: &[Argument],
    name: &str,
    result: DataType,
    kernel: fn(&Texts<'_>, &Sets<'_>, usize) -> Result<ArrayRef>,
) -> Result<Bound> {
    if !arguments[0].data_type.is_string_or_fixed_string() {
        return Err(illegal_type(&arguments[0], name));
    }
    let patterns = DataType::Array(Box::new(DataType::String));
    if arguments[1].data_type.strip_low_cardinality() != patterns {
        return Err(illegal_type(&arguments[1], name));
    }
    let types = vec![arguments[0].data_type.clone(), patterns];
    Ok(Bound::compact(result, types, move |arrays, rows| {
        let sets = Sets {
            patterns: &arrays[1],
            last: Mutex::new(None),
        };
        kernel(&Texts::new(&arrays[0]), &sets, rows)
    }))
}
