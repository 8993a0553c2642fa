//! `MD5` and `halfMD5`.

use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeBinaryArray};
use md5::{Digest, Md5};

use crate::error::Result;
use crate::functions::function::{Argument, Bound, Function, illegal_type};
use crate::functions::internal;
use crate::functions::strings::Texts;
use crate::types::DataType;

pub const MD5: Function = Function::new("MD5", (1, 1), "The MD5 of a string", |arguments, _| {
    digest::<Md5>(arguments, "MD5")
});

/// The first eight bytes of the MD5, as ClickHouse's `halfMD5` of one string has them.
pub fn half_md5(bytes: &[u8]) -> u64 {
    let digest = Md5::digest(bytes);
    digest
        .iter()
        .take(8)
        .fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn digest<D: Digest>(arguments: &[Argument], name: &str) -> Result<Bound> {
    let given = &arguments[0].data_type;
    if !given.is_string_or_fixed_string() {
        return Err(illegal_type(&arguments[0], name));
    }
    let size = <D as Digest>::output_size();
    Ok(Bound::compact(
        DataType::FixedString(size),
        vec![given.clone()],
        move |arrays, rows| {
            let texts = Texts::new(&arrays[0]);
            let digests = (0..rows).map(|row| Some(D::digest(texts.get(row))));
            let array = FixedSizeBinaryArray::try_from_sparse_iter_with_size(digests, size as i32);
            Ok(Arc::new(array.map_err(internal)?) as ArrayRef)
        },
    ))
}
