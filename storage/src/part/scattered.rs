//! Taking a few rows out of columns, by way of the pages that hold them.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::compute::{interleave, take};

use super::columns_file::ColumnsFile;
use super::opened::Part;
use super::page_cache::PageKey;
use crate::{Error, Result, RowRanges};

/// Rows of a cached page: the writer's pages have as many.
pub(crate) const PAGE_ROWS: u64 = 2048;
/// More rows than this are read as a scan reads them, past the cache.
pub(crate) const SCATTERED_ROWS_MAX: usize = 1024;
/// Pages that would take more than this, all together, are not unpacked whole.
const UNPACKED_BYTES_MAX: u64 = 64 << 20;

impl Part {
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
        let mut pages: Vec<Option<ArrayRef>> = numbers.iter().map(|page| self.page_cache().get(&key(*page))).collect();
        let missing = || {
            numbers
                .iter()
                .copied()
                .zip(0..)
                .filter(|(_, place)| pages[*place].is_none())
        };
        let mut unpacked: BTreeMap<usize, ArrayRef> = BTreeMap::new();
        if missing().next().is_some() {
            let corrupt = |why: String| Error::corrupt(self.name(), format!("{file_name}: {why}"));
            let mut wanted = RowRanges::none();
            missing().for_each(|(page, _)| wanted.push(page * PAGE_ROWS..((page + 1) * PAGE_ROWS).min(self.rows())));
            let mut reader = file.read(vec![place], &wanted, PAGE_ROWS as usize)?;
            for (page, place) in missing() {
                let batch = reader
                    .next()
                    .ok_or_else(|| corrupt("fewer rows than the part has".to_owned()))?;
                let array = batch.map_err(|error| corrupt(error.to_string()))?.column(0).clone();
                if array.len() as u64 != PAGE_ROWS.min(self.rows() - page * PAGE_ROWS) {
                    return Err(corrupt("fewer rows than the part has".to_owned()));
                }
                self.page_cache().insert(key(page), array.clone());
                unpacked.insert(place, array);
            }
        }
        for (place, array) in unpacked {
            pages[place] = Some(array);
        }
        let pages: Vec<ArrayRef> = pages
            .into_iter()
            .map(|page| page.expect("missing pages were unpacked"))
            .collect();
        pick(&pages, &numbers, rows).map(Some)
    }
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
