//! The numbers of a page, as bytes.

use arrow::buffer::MutableBuffer;
use bytes::Bytes;
use parquet::errors::{ParquetError, Result};

use super::runs::{Run, Runs};

/// Numbers that are left of a page.
pub enum Values {
    /// One after the other.
    Plain(Bytes),
    /// Places in the chunk's dictionary.
    Dictionary { indices: Runs, dictionary: Bytes },
}

impl Values {
    /// The indices of a page; their first byte says how many bits each has.
    pub fn indices(bytes: &Bytes, dictionary: Bytes) -> Result<Self> {
        // A page of NULLs alone may have no bytes.
        let width = bytes.first().copied().unwrap_or(0).into();
        if width > Runs::WIDTH_MAX {
            return Err(ParquetError::General(format!("indices of {width} bits")));
        }
        let indices = Runs::new(bytes.slice(bytes.len().min(1)..), width);
        Ok(Self::Dictionary { indices, dictionary })
    }

    /// Appends the next numbers of so many bytes each.
    pub fn read(&mut self, count: usize, size: usize, to: &mut MutableBuffer) -> Result<()> {
        match self {
            Self::Plain(bytes) => {
                let length = count.checked_mul(size).filter(|length| *length <= bytes.len());
                let length = length.ok_or_else(|| ParquetError::EOF("a page has fewer values than it says".into()))?;
                to.extend_from_slice(&bytes.split_to(length));
                Ok(())
            }
            Self::Dictionary { indices, dictionary } => match size {
                2 => look_up::<2>(indices, dictionary, count, to),
                4 => look_up::<4>(indices, dictionary, count, to),
                8 => look_up::<8>(indices, dictionary, count, to),
                _ => unreachable!("columns of other sizes are not read here"),
            },
        }
    }
}

/// Appends so many numbers of a dictionary.
fn look_up<const SIZE: usize>(
    indices: &mut Runs,
    dictionary: &[u8],
    mut count: usize,
    to: &mut MutableBuffer,
) -> Result<()> {
    let (dictionary, _) = dictionary.as_chunks::<SIZE>();
    let absent = || ParquetError::General("an index is outside of its dictionary".into());
    while count > 0 {
        let run = indices.current()?;
        let taken = run.left().min(count);
        let start = to.len();
        match run {
            Run::Same { value, .. } => {
                let number = dictionary.get(value as usize).ok_or_else(absent)?;
                to.resize(start + taken * SIZE, 0);
                to[start..].as_chunks_mut::<SIZE>().0.fill(*number);
            }
            Run::Packed { bit, .. } => {
                to.resize(start + taken * SIZE, 0);
                let width = indices.width();
                let mask = (1 << width) - 1;
                for (place, number) in to[start..].as_chunks_mut::<SIZE>().0.iter_mut().enumerate() {
                    let index = indices.bits(bit + place * width) & mask;
                    *number = *dictionary.get(index as usize).ok_or_else(absent)?;
                }
            }
        }
        indices.skip(taken);
        count -= taken;
    }
    Ok(())
}
