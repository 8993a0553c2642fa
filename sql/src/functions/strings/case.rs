//! Letter case.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, FixedSizeBinaryArray};
use arrow::buffer::Buffer;
use arrow::datatypes::DataType as ArrowType;

use super::texts::{Texts, strings, text};
use crate::error::Result;
use crate::functions::function::{Argument, Bound, Function};
use crate::types::DataType;

pub const LOWER: Function = Function::new("lower", (1, 1), "ASCII letters in lower case", |arguments, _| {
    ascii(arguments, "lower", |bytes| bytes.make_ascii_lowercase())
})
.aliases_any_case(&["lcase"])
.any_case();
pub const UPPER: Function = Function::new("upper", (1, 1), "ASCII letters in upper case", |arguments, _| {
    ascii(arguments, "upper", |bytes| bytes.make_ascii_uppercase())
})
.aliases_any_case(&["ucase"])
.any_case();
pub const LOWER_UTF8: Function = Function::new("lowerUTF8", (1, 1), "All letters in lower case", |arguments, _| {
    unicode(arguments, "lowerUTF8", |text| text.to_lowercase())
});
pub const UPPER_UTF8: Function = Function::new("upperUTF8", (1, 1), "All letters in upper case", |arguments, _| {
    unicode(arguments, "upperUTF8", |text| text.to_uppercase())
});
pub const INITCAP: Function = Function::new(
    "initcap",
    (1, 1),
    "The first letter of each word in upper case, the others in lower case",
    |arguments, _| {
        let kept = text(&arguments[0], "initcap")?;
        Ok(Bound::kernel(DataType::String, vec![kept], |arrays, rows| {
            let texts = Texts::new(&arrays[0]);
            strings(rows, |row, out| {
                let mut inside = false;
                for byte in texts.get(row) {
                    out.push(if inside {
                        byte.to_ascii_lowercase()
                    } else {
                        byte.to_ascii_uppercase()
                    });
                    inside = byte.is_ascii_alphanumeric();
                }
                Ok(())
            })
        }))
    },
)
.any_case();

/// Changes bytes in place; the lengths stay.
fn ascii(arguments: &[Argument], name: &str, change: fn(&mut [u8])) -> Result<Bound> {
    let kept = text(&arguments[0], name)?;
    Ok(Bound::kernel(kept.clone(), vec![kept], move |arrays, _| {
        Ok(changed(&arrays[0], change))
    }))
}

fn changed(array: &ArrayRef, change: fn(&mut [u8])) -> ArrayRef {
    if let ArrowType::FixedSizeBinary(size) = array.data_type() {
        let mut bytes = array.as_fixed_size_binary().values().to_vec();
        change(&mut bytes);
        return Arc::new(FixedSizeBinaryArray::new(
            *size,
            Buffer::from_vec(bytes),
            array.nulls().cloned(),
        ));
    }
    let strings = array.as_binary::<i32>();
    let mut bytes = strings.values().to_vec();
    change(&mut bytes);
    Arc::new(BinaryArray::new(
        strings.offsets().clone(),
        Buffer::from_vec(bytes),
        strings.nulls().cloned(),
    ))
}

fn unicode(arguments: &[Argument], name: &str, change: fn(&str) -> String) -> Result<Bound> {
    let kept = text(&arguments[0], name)?;
    Ok(Bound::kernel(DataType::String, vec![kept], move |arrays, rows| {
        let texts = Texts::new(&arrays[0]);
        strings(rows, |row, out| {
            for chunk in texts.get(row).utf8_chunks() {
                out.extend_from_slice(change(chunk.valid()).as_bytes());
                out.extend_from_slice(chunk.invalid());
            }
            Ok(())
        })
    }))
}
