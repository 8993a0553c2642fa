//! Taking a few rows out of columns, by way of the pages that hold them.

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::compute::{concat, interleave, take};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

use super::columns_file::ColumnsFile;
use super::opened::StoredPart;
use super::page_cache::PageKey;
use crate::{Error, Result, RowRanges};

/// Rows of a cached page: the writer's pages have as many.
pub(crate) const PAGE_ROWS: u64 = 2048;
/// More rows than this are read as a scan reads them, past the cache.
pub(crate) const SCATTERED_ROWS_MAX: usize = 1024;
/// Decoded pages that would take more than this, all together, are not unpacked whole.
const UNPACKED_BYTES_MAX: u64 = 64 << 20;

/// Rows that are unpacked at a time where values have no fixed length: a page of them may be big.
const UNPACKED_ROWS: usize = 256;

impl StoredPart {
    /// The rows of one column, or nothing if its values are too big to unpack whole pages for them.
    pub(crate) fn scattered(
        &self,
        column: usize,
        file_name: &str,
        file: &ColumnsFile,
        place: usize,
        rows: &[u32],
    ) -> Result<Option<ArrayRef>> {
        let mut numbers: Vec<u64> = rows.iter().map(|row| u64::from(*row) / PAGE_ROWS).collect();
        numbers.dedup();
        let page_bytes = self.size_of(column).uncompressed * PAGE_ROWS / self.rows();
        if page_bytes * numbers.len() as u64 > UNPACKED_BYTES_MAX {
            return Ok(None);
        }
        let key = |page: u64| PageKey {
            part: self.uid(),
            column: column as u32,
            page: page as u32,
        };
        let mut pages: Vec<Option<ArrayRef>> = numbers.iter().map(|page| self.cached_page(&key(*page))).collect();
        let missing: Vec<usize> = (0..pages.len()).filter(|place| pages[*place].is_none()).collect();
        if !missing.is_empty() {
            let rows_of = |page: u64| page * PAGE_ROWS..((page + 1) * PAGE_ROWS).min(self.rows());
            let mut wanted = RowRanges::none();
            missing.iter().for_each(|place| wanted.push(rows_of(numbers[*place])));
            let step = match self.schema().field(column).data_type().is_primitive() {
                true => PAGE_ROWS as usize,
                false => UNPACKED_ROWS,
            };
            let mut unpacking = Unpacking {
                reader: file.read(vec![place], &wanted, step)?,
                bytes: pages.iter().flatten().map(memory_bytes).sum(),
                corrupt: &|why| Error::corrupt(self.name(), format!("{file_name}: {why}")),
            };
            for place in missing {
                let range = rows_of(numbers[place]);
                let Some(page) = unpacking.page((range.end - range.start) as usize)? else {
                    return Ok(None);
                };
                self.cache_page(key(numbers[place]), page.clone());
                pages[place] = Some(page);
            }
        }
        let pages: Vec<ArrayRef> = pages.into_iter().flatten().collect();
        pick(&pages, &numbers, rows).map(Some)
    }
}

/// Decodes pages one after the other for as long as there is room for them.
///
/// The average of a column says little about a single page: strings that are long there may be short elsewhere, and with
/// a dictionary few bytes in the file become many.
struct Unpacking<'a> {
    reader: ParquetRecordBatchReader,
    /// Bytes of the pages so far.
    bytes: u64,
    corrupt: &'a dyn Fn(&str) -> Error,
}

impl Unpacking<'_> {
    /// The next page, of so many rows; nothing if all pages would take too much.
    fn page(&mut self, rows: usize) -> Result<Option<ArrayRef>> {
        let mut pieces: Vec<ArrayRef> = Vec::new();
        let mut found = 0;
        while found < rows {
            let batch = self.reader.next();
            let batch = batch.ok_or_else(|| (self.corrupt)("fewer rows than the part has"))?;
            let batch = batch.map_err(|error| (self.corrupt)(&error.to_string()))?;
            found += batch.num_rows();
            self.bytes += memory_bytes(batch.column(0));
            if self.bytes > UNPACKED_BYTES_MAX {
                return Ok(None);
            }
            pieces.push(batch.column(0).clone());
        }
        if found > rows {
            return Err((self.corrupt)("more rows than the page has"));
        }
        if let [page] = pieces.as_slice() {
            return Ok(Some(page.clone()));
        }
        let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
        Ok(Some(concat(&pieces)?))
    }
}

fn memory_bytes(array: &ArrayRef) -> u64 {
    array.get_array_memory_size() as u64
}

/// The rows out of the pages with these numbers; both ascend.
fn pick(pages: &[ArrayRef], numbers: &[u64], rows: &[u32]) -> Result<ArrayRef> {
    if let [page] = pages {
        let inside: UInt32Array = rows.iter().map(|row| row % PAGE_ROWS as u32).collect();
        return Ok(take(page, &inside, None)?);
    }
    let mut current = 0;
    let place = |row: &u32| {
        while numbers[current] != u64::from(*row) / PAGE_ROWS {
            current += 1;
        }
        (current, *row as usize % PAGE_ROWS as usize)
    };
    let places: Vec<(usize, usize)> = rows.iter().map(place).collect();
    let pages: Vec<&dyn Array> = pages.iter().map(AsRef::as_ref).collect();
    Ok(interleave(&pages, &places)?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, BinaryArray, RecordBatch};
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;
    use crate::{InsertOptions, MergeTree, NoKeys, PageCache, Part, TableOptions};

    /// A part of one column of strings, in a table with a page cache of its own.
    fn part(dir: &tempfile::TempDir, cache: &Arc<PageCache>, strings: &[&str]) -> Arc<Part> {
        let schema = Arc::new(Schema::new(vec![Field::new("s", DataType::Binary, false)]));
        let options = TableOptions {
            page_cache: cache.clone(),
            ..TableOptions::default()
        };
        let table = MergeTree::open(dir.path(), schema.clone().into(), options, vec![], Arc::new(NoKeys)).unwrap();
        let column = BinaryArray::from_iter_values(strings);
        let batch = RecordBatch::try_new(schema, vec![Arc::new(column)]).unwrap();
        table.insert(batch, &InsertOptions::default()).unwrap().remove(0)
    }

    fn check(part: &Part, rows: &[u32], strings: &[&str]) {
        let read = part.read_rows(&["s"], rows).unwrap();
        for (place, row) in rows.iter().enumerate() {
            let value = read.column(0).as_binary::<i32>().value(place);
            assert!(value == strings[*row as usize].as_bytes(), "row {row}");
        }
    }

    #[test]
    fn pages_that_grow_when_they_are_decoded_are_not_unpacked_whole() {
        let page = PAGE_ROWS as usize;
        let long = "x".repeat((UNPACKED_BYTES_MAX / PAGE_ROWS * 2 / 3) as usize);
        let all_long = vec![long.as_str(); 2 * page];
        let mut few_long = all_long.clone();
        few_long.resize(100 * page, "y");
        for strings in [all_long, few_long] {
            let dir = tempfile::tempdir().unwrap();
            let cache = Arc::new(PageCache::new(1 << 30));
            let part = part(&dir, &cache, &strings);
            let file = part.path().join("columns.parquet").metadata().unwrap().len();
            assert!(file < 2 << 20, "encoded it is small: {file}");
            check(&part, &[0, PAGE_ROWS as u32], &strings);
            assert!(cache.len() <= 1, "{} pages", cache.len());
        }
    }

    #[test]
    fn a_part_takes_its_pages_out_of_the_cache() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Arc::new(PageCache::new(1 << 30));
        let strings = vec!["s"; 5 * PAGE_ROWS as usize + 1];
        let part = part(&dir, &cache, &strings);
        let rows = [3, 4, PAGE_ROWS as u32 * 2, PAGE_ROWS as u32 * 5];
        check(&part, &rows, &strings);
        check(&part, &rows, &strings);
        assert_eq!(cache.len(), 3);
        assert_eq!(part.cached_pages(), 3, "no other pages are looked for when it goes");
        drop(part);
        assert_eq!(cache.len(), 0);
    }
}
