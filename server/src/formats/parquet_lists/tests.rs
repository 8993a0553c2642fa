//! Files of random lists, read here and by the parquet crate; and the same files with wrong bytes in them.

mod damaged;
mod declared;

use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, NullBufferBuilder, RecordBatch, StringArray, UInt64Array};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::Result;
use parquet::file::properties::{WriterProperties, WriterVersion};
use proptest::prelude::*;

use super::super::row_groups::{Job, SharedFile};
use super::Group;
use super::column::ListColumn;

/// What a file is like.
#[derive(Clone, Debug)]
struct Shape {
    seed: u64,
    rows: usize,
    item: DataType,
    lists: Lengths,
    /// One list in so many is NULL.
    null_lists: Option<u64>,
    /// One item in so many is NULL.
    null_items: Option<u64>,
    /// Different numbers there are at most.
    different: u64,
    is_large: bool,
    encoding: Written,
}

/// How long lists are.
#[derive(Clone, Copy, Debug)]
enum Lengths {
    /// All the same.
    Same(usize),
    /// All the same, and the type says so.
    Fixed(usize),
    /// Anything up to this.
    Below(usize),
}

/// How numbers are written.
#[derive(Clone, Debug)]
struct Written {
    is_second_version: bool,
    has_dictionary: bool,
    dictionary_bytes: usize,
    page_bytes: usize,
    page_rows: usize,
    write_rows: usize,
    compression: Compression,
    is_split: bool,
}

/// xorshift64: the same data for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    fn is_null(&mut self, one_in: Option<u64>) -> bool {
        one_in.is_some_and(|one_in| self.below(one_in) == 0)
    }
}

fn written() -> impl Strategy<Value = Written> {
    let compression = prop::sample::select(vec![
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ]);
    let sizes = (1..5000usize, 1..5000usize, 1..40usize, 1..100usize);
    let switches = (any::<bool>(), any::<bool>(), prop::bool::weighted(0.1));
    (sizes, switches, compression).prop_map(|(sizes, switches, compression)| Written {
        is_second_version: switches.0,
        has_dictionary: switches.1,
        dictionary_bytes: sizes.0,
        page_bytes: sizes.1,
        page_rows: sizes.2,
        write_rows: sizes.3,
        compression,
        is_split: switches.2,
    })
}

fn shape() -> impl Strategy<Value = Shape> {
    let items = vec![
        DataType::Float16,
        DataType::Float32,
        DataType::Float64,
        DataType::Int32,
        DataType::Int64,
        DataType::UInt32,
        DataType::UInt64,
    ];
    let lists = prop_oneof![
        (0..200usize).prop_map(Lengths::Same),
        (1..200usize).prop_map(Lengths::Fixed),
        (1..6usize).prop_map(Lengths::Below),
        (1..150usize).prop_map(Lengths::Below),
    ];
    let nulls = || prop::option::of(prop::sample::select(vec![2, 10, 500, u64::MAX]));
    (
        (any::<u64>(), 0..60usize, prop::sample::select(items), lists),
        (
            nulls(),
            nulls(),
            prop::sample::select(vec![1, 2, 30, 1 << 20]),
            any::<bool>(),
        ),
        written(),
    )
        .prop_map(
            |((seed, rows, item, lists), (null_lists, null_items, different, is_large), encoding)| Shape {
                seed: seed | 1,
                rows,
                item,
                lists,
                null_lists,
                null_items,
                different,
                is_large,
                encoding,
            },
        )
}

impl Shape {
    /// The lists.
    fn array(&self) -> ArrayRef {
        let mut random = Random(self.seed);
        let mut offsets = vec![0];
        let mut lists = NullBufferBuilder::new(0);
        let mut numbers: Vec<Option<u64>> = Vec::new();
        for _ in 0..self.rows {
            let is_null = random.is_null(self.null_lists);
            lists.append(!is_null);
            let length = match self.lists {
                Lengths::Fixed(length) => length,
                _ if is_null => 0,
                Lengths::Same(length) => length,
                Lengths::Below(end) => random.below(end as u64) as usize,
            };
            for _ in 0..length {
                let is_null = random.is_null(self.null_items);
                numbers.push((!is_null).then(|| random.below(self.different)));
            }
            offsets.push(numbers.len() as i32);
        }
        let numbers = cast(&UInt64Array::from(numbers), &self.item).unwrap();
        let field = Arc::new(Field::new("some item", self.item.clone(), self.null_items.is_some()));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let lists = ListArray::try_new(field.clone(), offsets, numbers, lists.finish()).unwrap();
        match self.lists {
            Lengths::Fixed(length) => cast(&lists, &DataType::FixedSizeList(field, length as i32)).unwrap(),
            _ if self.is_large => cast(&lists, &DataType::LargeList(field)).unwrap(),
            _ => Arc::new(lists),
        }
    }

    /// A file of the lists between two other columns.
    fn file(&self) -> Bytes {
        let lists = self.array();
        let ids = UInt64Array::from_iter_values(0..self.rows as u64);
        let names = StringArray::from_iter_values((0..self.rows).map(|row| format!("name {row}")));
        let schema = Arc::new(Schema::new(vec![
            Field::new("id", DataType::UInt64, false),
            Field::new("lists", lists.data_type().clone(), self.null_lists.is_some()),
            Field::new("name", DataType::Utf8, true),
        ]));
        let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(ids), lists, Arc::new(names)]).unwrap();
        let how = &self.encoding;
        let mut properties = WriterProperties::builder()
            .set_writer_version(if how.is_second_version {
                WriterVersion::PARQUET_2_0
            } else {
                WriterVersion::PARQUET_1_0
            })
            .set_dictionary_enabled(how.has_dictionary)
            .set_dictionary_page_size_limit(how.dictionary_bytes)
            .set_data_page_size_limit(how.page_bytes)
            .set_data_page_row_count_limit(how.page_rows)
            .set_write_batch_size(how.write_rows)
            .set_max_row_group_row_count(Some(25))
            .set_compression(how.compression);
        if how.is_split {
            properties = properties
                .set_encoding(Encoding::BYTE_STREAM_SPLIT)
                .set_dictionary_enabled(false);
            properties = properties.set_column_encoding("name".into(), Encoding::PLAIN);
        }
        let mut file = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut file, schema, Some(properties.build())).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        file.into()
    }
}

/// What reads these columns of a file.
fn job(file: &[u8], metadata: &ArrowReaderMetadata, columns: &[usize], batch_rows: usize) -> Job {
    let mut kept = tempfile::tempfile().unwrap();
    kept.write_all(file).unwrap();
    Job {
        file: SharedFile::new(kept),
        metadata: metadata.clone(),
        columns: ProjectionMask::roots(metadata.parquet_schema(), columns.iter().copied()),
        batch_rows,
        convert: Arc::new(Ok),
    }
}

/// All batches of a row group.
fn ours(job: &Job, group: usize) -> Result<Vec<RecordBatch>> {
    let mut group = Group::open(job, group)?;
    let mut batches = Vec::new();
    while let Some(batch) = group.next()? {
        batches.push(batch);
    }
    Ok(batches)
}

/// The same by the crate alone.
fn theirs(job: &Job, group: usize) -> Vec<RecordBatch> {
    ParquetRecordBatchReaderBuilder::new_with_metadata(job.file.clone(), job.metadata.clone())
        .with_projection(job.columns.clone())
        .with_batch_size(job.batch_rows)
        .with_row_groups(vec![group])
        .build()
        .unwrap()
        .map(|batch| batch.unwrap())
        .collect()
}

/// Whether a column is read here.
fn is_known(metadata: &ArrowReaderMetadata, group: usize, root: usize, leaf: usize) -> bool {
    let field = metadata.schema().field(root);
    ListColumn::of(metadata.metadata(), group, field, &(leaf..leaf + 1)).is_some()
}

fn metadata(file: &Bytes) -> ArrowReaderMetadata {
    ArrowReaderMetadata::load(file, ArrowReaderOptions::new()).unwrap()
}

/// Writers of the second version have encodings of their own for all that are neither Float32 nor Float64.
fn is_read_here(shape: &Shape) -> bool {
    let is_float = matches!(shape.item, DataType::Float32 | DataType::Float64);
    !shape.encoding.is_split && (is_float || !shape.encoding.is_second_version)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lists_are_those_that_the_crate_reads(shape in shape(), rows in 1..40usize) {
        let file = shape.file();
        let metadata = metadata(&file);
        for group in 0..metadata.metadata().num_row_groups() {
            if is_read_here(&shape) {
                prop_assert!(is_known(&metadata, group, 1, 1));
            }
            for columns in [&[0, 1, 2][..], &[1], &[1, 2], &[0, 2], &[]] {
                let job = job(&file, &metadata, columns, rows);
                prop_assert_eq!(ours(&job, group).unwrap(), theirs(&job, group));
            }
        }
    }

    /// What comes of wrong bytes is an error or some lists.
    #[test]
    fn wrong_bytes_do_no_harm(shape in shape(), wrong in prop::collection::vec((any::<u64>(), any::<u8>()), 1..6)) {
        let file = shape.file();
        let metadata = metadata(&file);
        for group in 0..metadata.metadata().num_row_groups() {
            if !is_known(&metadata, group, 1, 1) {
                continue;
            }
            let (start, length) = metadata.metadata().row_group(group).column(1).byte_range();
            let mut bytes = file.to_vec();
            for (place, byte) in &wrong {
                bytes[(start + place % length) as usize] = *byte;
            }
            for batch in ours(&job(&bytes, &metadata, &[0, 1], 7), group).unwrap_or_default() {
                prop_assert!(batch.column(1).to_data().validate_full().is_ok());
            }
        }
    }
}
