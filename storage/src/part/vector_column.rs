//! Vectors of equal length, read in place from the mapped Parquet file. FORMAT.md, section 7.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Array, Float64Array, ListArray, UInt16Array};
use arrow::buffer::{MutableBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field};
use bytes::Bytes;
use gristmill_index::Element;
use parquet::basic::{Compression, Encoding, Type};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use crate::manifest::VectorShape;
use crate::{Error, Result, RowRanges};

/// No page header of ours is longer than this.
const PAGE_HEADER_BYTES_MAX: u64 = 64;

/// The vectors of one column of one part. Bytes are little-endian and may be unaligned.
#[derive(Clone, Debug)]
pub struct VectorColumn {
    bytes: Bytes,
    shape: VectorShape,
    row_bytes: usize,
    rows: u64,
    /// Rows of every page but the last.
    page_rows: u64,
    /// Where the values of each page start.
    pages: Arc<[usize]>,
}

impl VectorColumn {
    /// Finds the pages in a file whose checksum was verified, and checks that the values are where they must be.
    pub(crate) fn open(bytes: Bytes, shape: VectorShape, rows: u64, part: &str, file: &str) -> Result<VectorColumn> {
        let corrupt = |why: String| Error::corrupt(part, format!("{file}: {why}"));
        let reader = ParquetMetaDataReader::new().with_offset_index_policy(PageIndexPolicy::Required);
        let metadata = reader
            .parse_and_finish(&bytes)
            .map_err(|error| corrupt(error.to_string()))?;
        let (page_rows, pages) = page_values(&metadata, bytes.len() as u64, shape.row_bytes() as u64, rows)
            .ok_or_else(|| corrupt("not laid out as a vector column".to_owned()))?;
        Ok(VectorColumn {
            bytes,
            row_bytes: shape.row_bytes(),
            shape,
            rows,
            page_rows,
            pages: pages.into(),
        })
    }

    /// Kind of number.
    pub fn element(&self) -> Element {
        self.shape.element.into()
    }

    /// Numbers per row.
    pub fn dimensions(&self) -> usize {
        self.shape.dimensions
    }

    /// Rows of the part.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes of one row.
    pub fn row_bytes(&self) -> usize {
        self.row_bytes
    }

    /// One vector.
    ///
    /// # Panics
    /// When there is no such row.
    #[inline]
    pub fn row(&self, row: u64) -> &[u8] {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        let start = self.pages[(row / self.page_rows) as usize] + (row % self.page_rows) as usize * self.row_bytes;
        &self.bytes[start..start + self.row_bytes]
    }

    /// The rows of a range as contiguous runs: first row, and the bytes of whole rows.
    ///
    /// # Panics
    /// When the range ends after the last row.
    pub fn blocks(&self, rows: Range<u64>) -> impl Iterator<Item = (u64, &[u8])> {
        assert!(rows.end <= self.rows, "row {} of {}", rows.end, self.rows);
        let mut next = rows.start;
        std::iter::from_fn(move || {
            if next >= rows.end {
                return None;
            }
            let first = next;
            next = rows.end.min((first / self.page_rows + 1) * self.page_rows);
            let start =
                self.pages[(first / self.page_rows) as usize] + (first % self.page_rows) as usize * self.row_bytes;
            Some((
                first,
                &self.bytes[start..start + (next - first) as usize * self.row_bytes],
            ))
        })
    }

    /// The rows as a list array of the given type.
    pub(crate) fn list(&self, rows: &RowRanges, field: &Field) -> ArrayRef {
        let DataType::List(item) = field.data_type() else {
            unreachable!("vector columns are lists in the schema")
        };
        let count = rows.count() as usize;
        let mut buffer = MutableBuffer::with_capacity(count * self.row_bytes);
        for range in rows.iter() {
            self.blocks(range)
                .for_each(|(_, bytes)| buffer.extend_from_slice(bytes));
        }
        let numbers = count * self.dimensions();
        let buffer = buffer.into();
        let values: ArrayRef = match self.element() {
            Element::F32 => Arc::new(Float32Array::new(ScalarBuffer::new(buffer, 0, numbers), None)),
            Element::F64 => Arc::new(Float64Array::new(ScalarBuffer::new(buffer, 0, numbers), None)),
            Element::BF16 => Arc::new(UInt16Array::new(ScalarBuffer::new(buffer, 0, numbers), None)),
        };
        let offsets = OffsetBuffer::from_repeated_length(self.dimensions(), count);
        Arc::new(ListArray::new(item.clone(), offsets, values, None))
    }
}

/// Rows per page and the start of each page's values; nothing if the file is not as FORMAT.md says.
fn page_values(metadata: &ParquetMetaData, file_bytes: u64, row_bytes: u64, rows: u64) -> Option<(u64, Vec<usize>)> {
    let [row_group] = metadata.row_groups() else {
        return None;
    };
    let [column] = row_group.columns() else { return None };
    let plain = column.compression() == Compression::UNCOMPRESSED && column.encodings().eq([Encoding::PLAIN]);
    let description = column.column_descr();
    let fixed = description.physical_type() == Type::FIXED_LEN_BYTE_ARRAY && description.max_def_level() == 0;
    if !plain
        || !fixed
        || u64::try_from(description.type_length()) != Ok(row_bytes)
        || u64::try_from(row_group.num_rows()) != Ok(rows)
    {
        return None;
    }
    let locations = metadata.offset_index()?.first()?.first()?.page_locations();
    let first_rows = locations
        .iter()
        .map(|page| u64::try_from(page.first_row_index).ok())
        .collect::<Option<Vec<u64>>>()?;
    let page_rows = first_rows.get(1).copied().unwrap_or(rows);
    if page_rows == 0 || first_rows.len() as u64 != rows.div_ceil(page_rows) {
        return None;
    }
    let mut pages = Vec::with_capacity(locations.len());
    for (number, (location, first_row)) in locations.iter().zip(first_rows).enumerate() {
        if first_row != number as u64 * page_rows {
            return None;
        }
        let values = page_rows.min(rows - first_row) * row_bytes;
        let end = u64::try_from(location.offset)
            .ok()?
            .checked_add(u64::try_from(location.compressed_page_size).ok()?)?;
        let start = end.checked_sub(values).filter(|_| end <= file_bytes)?;
        if !(1..=PAGE_HEADER_BYTES_MAX).contains(&(start.checked_sub(location.offset as u64)?)) {
            return None;
        }
        pages.push(start as usize);
    }
    Some((page_rows, pages))
}
