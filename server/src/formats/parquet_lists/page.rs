//! A data page, taken apart.

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::Page;
use parquet::errors::{ParquetError, Result};

use super::runs::Runs;
use super::values::Values;

/// What is left of a data page.
pub struct DataPage {
    /// Levels that are left, by the page's header.
    pub left: usize,
    /// 0 where a list begins, 1 where one goes on.
    pub repetition: Runs,
    /// How much of a list and its item there is.
    pub definition: Runs,
    /// The numbers.
    pub values: Values,
}

impl DataPage {
    /// Takes a data page apart. The bits are those of a definition level.
    pub fn open(page: &Page, definition_bits: usize, dictionary: Option<&Bytes>) -> Result<Self> {
        let (repetition, definition, values) = match page {
            Page::DataPage {
                buf,
                def_level_encoding,
                rep_level_encoding,
                ..
            } => {
                let mut rest = buf.clone();
                let repetition = prefixed(&mut rest, *rep_level_encoding)?;
                let definition = prefixed(&mut rest, *def_level_encoding)?;
                (repetition, definition, rest)
            }
            Page::DataPageV2 {
                buf,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => {
                let mut rest = buf.clone();
                let repetition = split(&mut rest, *rep_levels_byte_len)?;
                let definition = split(&mut rest, *def_levels_byte_len)?;
                (repetition, definition, rest)
            }
            Page::DictionaryPage { .. } => return Err(ParquetError::General("a second dictionary".into())),
        };
        let values = match page.encoding() {
            Encoding::PLAIN => Values::Plain(values),
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
                let absent = || ParquetError::General("a page has indices into a dictionary that is not there".into());
                Values::indices(&values, dictionary.ok_or_else(absent)?.clone())?
            }
            encoding => return Err(unnamed(encoding)),
        };
        Ok(Self {
            left: page.num_values() as usize,
            repetition: Runs::new(repetition, 1),
            definition: Runs::new(definition, definition_bits),
            values,
        })
    }

    /// Goes on behind so many levels, which are in one run of either kind.
    pub fn skip(&mut self, count: usize) {
        self.repetition.skip(count);
        self.definition.skip(count);
        self.left -= count;
    }
}

/// The bytes of a chunk's dictionary of numbers of so many bytes each.
pub fn dictionary(bytes: &Bytes, count: u32, encoding: Encoding, size: usize) -> Result<Bytes> {
    if !matches!(encoding, Encoding::PLAIN | Encoding::PLAIN_DICTIONARY) {
        return Err(unnamed(encoding));
    }
    let length = (count as usize).checked_mul(size);
    let length = length.filter(|length| *length <= bytes.len());
    let length = length.ok_or_else(|| ParquetError::EOF("a dictionary has fewer values than it says".into()))?;
    Ok(bytes.slice(..length))
}

/// Levels of the first version of pages: their length comes first.
fn prefixed(rest: &mut Bytes, encoding: Encoding) -> Result<Bytes> {
    if encoding != Encoding::RLE {
        return Err(unnamed(encoding));
    }
    let length = split(rest, 4)?;
    let length = u32::from_le_bytes(length[..].try_into().expect("4 bytes were taken"));
    split(rest, length)
}

fn split(rest: &mut Bytes, length: u32) -> Result<Bytes> {
    if length as usize > rest.len() {
        return Err(ParquetError::EOF("a page is shorter than its levels".into()));
    }
    Ok(rest.split_to(length as usize))
}

/// Columns of which the footer names other encodings are not read here.
fn unnamed(encoding: Encoding) -> ParquetError {
    ParquetError::General(format!(
        "a page has the encoding {encoding}, which its column does not name"
    ))
}
