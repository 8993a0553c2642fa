//! One column of one row group.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, FixedSizeListArray, ListArray};
use arrow::compute::cast;
use arrow::datatypes::DataType as ArrowType;
use bytes::Bytes;
use parquet::column::page::{Page, PageReader};
use parquet::errors::{ParquetError, Result};

use super::column::ListColumn;
use super::lists::Lists;
use super::page::{DataPage, dictionary};

/// Reads a column.
pub struct ListReader {
    column: ListColumn,
    pages: Box<dyn PageReader>,
    dictionary: Option<Bytes>,
    page: Option<DataPage>,
    /// Bytes of numbers of the last batch: the next is likely to have as many.
    bytes: usize,
}

impl ListReader {
    /// Reads a column from its pages.
    pub fn new(column: ListColumn, pages: Box<dyn PageReader>) -> Self {
        Self {
            column,
            pages,
            dictionary: None,
            page: None,
            bytes: 0,
        }
    }

    /// The next lists, at most so many, and fewer only at the end.
    pub fn next(&mut self, lists_max: usize) -> Result<ArrayRef> {
        let mut lists = Lists::new(self.column.definition, self.column.size, self.bytes);
        // A list ends where the next one begins, which may be in another page.
        while let Some(page) = self.page()? {
            if lists.take(page, lists_max)? {
                break;
            }
        }
        self.bytes = lists.bytes();
        self.column.shaped(lists.finish(self.column.item.clone())?)
    }

    /// The page of which something is left.
    fn page(&mut self) -> Result<Option<&mut DataPage>> {
        while self.page.as_ref().is_none_or(|page| page.left == 0) {
            match self.pages.get_next_page()? {
                Some(Page::DictionaryPage {
                    buf,
                    num_values,
                    encoding,
                    ..
                }) if self.dictionary.is_none() => {
                    self.dictionary = Some(dictionary(&buf, num_values, encoding, self.column.size)?);
                }
                Some(page) => {
                    let bits = self.column.definition.bits();
                    self.page = Some(DataPage::open(&page, bits, self.dictionary.as_ref())?);
                }
                None => return Ok(None),
            }
        }
        Ok(self.page.as_mut())
    }
}

impl ListColumn {
    /// The lists as the kind of list that the column is.
    fn shaped(&self, lists: ListArray) -> Result<ArrayRef> {
        match self.list {
            ArrowType::FixedSizeList(_, size) => self.fixed(&lists, size),
            ArrowType::LargeList(_) => Ok(cast(&lists, &self.list)?),
            _ => Ok(Arc::new(lists)),
        }
    }

    fn fixed(&self, lists: &ListArray, size: i32) -> Result<ArrayRef> {
        let mut lengths = lists.offsets().lengths().enumerate();
        let is_wrong = |&(list, length): &(usize, usize)| lists.is_valid(list) && length != size as usize;
        if let Some((list, length)) = lengths.find(is_wrong) {
            let message = format!("list {list} of a batch has {length} items and not {size}");
            return Err(ParquetError::General(message));
        }
        if lists.null_count() == 0 {
            let items = lists.values().clone();
            let fixed = FixedSizeListArray::try_new_with_length(self.item.clone(), size, items, None, lists.len())?;
            return Ok(Arc::new(fixed));
        }
        // NULL takes as many items as a list.
        let items = lists.len().checked_mul(size as usize);
        if items.is_none_or(|items| items > i32::MAX as usize) {
            return Err(ParquetError::General("the lists of a batch have too many items".into()));
        }
        Ok(cast(lists, &self.list)?)
    }
}
