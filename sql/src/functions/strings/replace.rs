//! `replaceOne`, `replaceAll`, `translate`.

use memchr::memmem::Finder;

use super::texts::{Texts, append, splice, strings, texts};
use crate::error::{Code, Error, Result};
use crate::functions::function::{Argument, Bound, Function};
use crate::types::DataType;

pub const REPLACE_ONE: Function = Function::new(
    "replaceOne",
    (3, 3),
    "The first occurrence of a string replaced",
    |arguments, _| bind(arguments, "replaceOne", 1),
);
pub const REPLACE_ALL: Function = Function::new(
    "replaceAll",
    (3, 3),
    "All occurrences of a string replaced",
    |arguments, _| bind(arguments, "replaceAll", usize::MAX),
)
.aliases_any_case(&["replace"]);
pub const TRANSLATE: Function = Function::new(
    "translate",
    (3, 3),
    "Bytes of the second string replaced by those of the third",
    |arguments, _| {
        Ok(Bound::compact(
            DataType::String,
            texts(arguments, "translate")?,
            |arrays, rows| {
                let columns: Vec<Texts> = arrays.iter().map(Texts::new).collect();
                strings(rows, |row, out| {
                    let (from, to) = (columns[1].get(row), columns[2].get(row));
                    if from.len() < to.len() {
                        return Err(Error::new(
                            Code::BAD_ARGUMENTS,
                            "Second argument of function translate must not be shorter than the third",
                        ));
                    }
                    for byte in columns[0].get(row) {
                        match from.iter().position(|known| known == byte) {
                            Some(index) => out.extend(to.get(index)),
                            None => out.push(*byte),
                        }
                    }
                    Ok(())
                })
            },
        ))
    },
);

fn bind(arguments: &[Argument], name: &str, most: usize) -> Result<Bound> {
    Ok(Bound::compact(
        DataType::String,
        texts(arguments, name)?,
        move |arrays, rows| {
            let columns: Vec<Texts> = arrays.iter().map(Texts::new).collect();
            let mut last: Option<Finder> = None;
            strings(rows, |row, out| {
                let (text, needle, replacement) = (columns[0].get(row), columns[1].get(row), columns[2].get(row));
                let most = if needle.is_empty() { 0 } else { most };
                // The needle is nearly always the same in all rows.
                let known = last.take().filter(|finder| finder.needle() == needle);
                let finder = last.insert(known.unwrap_or_else(|| Finder::new(needle)));
                let found = finder.find_iter(text).take(most);
                let range = |start: &usize| *start..*start + needle.len();
                splice(text, found, range, |_, out| append(out, replacement), out)
            })
        },
    ))
}
