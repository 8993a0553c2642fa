//! A Bloom filter of each block.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::bloom;
use super::bounds::arrow_error;
use super::definition::{FILTER_BYTES_MAX, SkipDefinition, bits_per_value};
use super::probe::Probe;
use crate::error::{Error, Result};

/// Bytes of a filter at least.
const FILTER_BYTES_MIN: usize = 8;

/// Hashes that are gathered before those that are there twice are taken out.
const HASHES_KEPT: usize = 1 << 16;

/// A Bloom filter of each block, per expression.
#[derive(Debug)]
pub struct BlockFilters {
    hashes: u32,
    chunks: Vec<Vec<BinaryArray>>,
}

impl BlockFilters {
    pub(super) fn new(definition: &SkipDefinition, batches: &[RecordBatch]) -> Result<Self> {
        let filters = |column: &ArrayRef| column.as_binary_opt::<i32>().cloned();
        let of = |batch: &RecordBatch| batch.columns().iter().map(filters).collect::<Option<Vec<_>>>();
        let chunks: Option<Vec<Vec<BinaryArray>>> = batches.iter().map(of).collect();
        let chunks = chunks.ok_or_else(|| Error::Corrupt("filters of blocks are no bytes".into()))?;
        let is_empty = |filters: &BinaryArray| filters.value_offsets().windows(2).any(|pair| pair[0] == pair[1]);
        match chunks.iter().flatten().any(is_empty) {
            true => Err(Error::Corrupt("a filter without bits".into())),
            false => Ok(Self {
                hashes: definition.hashes(),
                chunks,
            }),
        }
    }

    /// How many blocks there are.
    pub fn blocks(&self) -> usize {
        let rows = |chunk: &Vec<BinaryArray>| chunk.first().map_or(0, BinaryArray::len);
        self.chunks.iter().map(rows).sum()
    }

    /// Takes out of `held`, which has one place per block, the blocks that do not hold what is looked for.
    pub fn narrow(&self, expression: usize, probe: &Probe, held: &mut [bool]) {
        let filters = self.chunks.iter().flat_map(|chunk| chunk[expression].iter().flatten());
        for (held, filter) in held.iter_mut().zip(filters) {
            *held = *held && probe.holds(|hash| bloom::contains(filter, hash, self.hashes));
        }
    }
}

/// Hashes of a block, each once when they are asked for.
#[derive(Clone, Default)]
struct Hashes {
    all: Vec<u64>,
    /// How many of the first ones are sorted, each once.
    distinct: usize,
}

impl Hashes {
    fn distinct(&mut self) -> &[u64] {
        if self.distinct < self.all.len() {
            self.all.sort_unstable();
            self.all.dedup();
            self.distinct = self.all.len();
        }
        &self.all
    }

    fn into_distinct(mut self) -> Vec<u64> {
        self.distinct();
        self.all
    }
}

impl Extend<u64> for Hashes {
    fn extend<T: IntoIterator<Item = u64>>(&mut self, hashes: T) {
        self.all.extend(hashes);
        // Repeated values take no more room than as many new ones.
        if self.all.len() > 2 * self.distinct + HASHES_KEPT {
            self.distinct();
        }
    }
}

/// Gathers the filters of the blocks of one batch of the file.
pub(super) struct FiltersBuilder {
    definition: SkipDefinition,
    current: Vec<Hashes>,
    filters: Vec<Vec<Vec<u8>>>,
    bytes: usize,
}

impl FiltersBuilder {
    pub fn new(definition: &SkipDefinition, expressions: usize) -> Self {
        Self {
            definition: definition.clone(),
            current: vec![Hashes::default(); expressions],
            filters: vec![Vec::new(); expressions],
            bytes: 0,
        }
    }

    pub fn schema(expressions: usize) -> SchemaRef {
        let field = |number| Field::new(format!("filter_{number}"), DataType::Binary, false);
        Arc::new(Schema::new((0..expressions).map(field).collect::<Vec<_>>()))
    }

    pub fn add(&mut self, arrays: &[ArrayRef]) -> Result<()> {
        let seed = self.definition.seed();
        for (current, array) in self.current.iter_mut().zip(arrays) {
            let values = elements(array);
            match &self.definition {
                SkipDefinition::Words { split, .. } => {
                    let add = |text: &[u8]| {
                        let words = split.words(text).into_iter();
                        current.extend(words.map(|word| bloom::hash_bytes(word, seed)));
                    };
                    each_text(&values, add)?;
                }
                _ => current.extend(bloom::hash_values(&values, seed)?.into_iter().flatten()),
            }
        }
        Ok(())
    }

    pub fn end_block(&mut self) {
        let hashes = self.definition.hashes();
        for (current, filters) in self.current.iter_mut().zip(&mut self.filters) {
            let bytes = match &self.definition {
                SkipDefinition::Words { bytes, .. } => (*bytes).clamp(1, FILTER_BYTES_MAX) as usize,
                SkipDefinition::Bloom { false_positive_rate } => {
                    let bits = current.distinct().len() as f64 * bits_per_value(*false_positive_rate);
                    ((bits / 8.0).ceil() as usize).max(FILTER_BYTES_MIN)
                }
                SkipDefinition::MinMax | SkipDefinition::Set { .. } => FILTER_BYTES_MIN,
            };
            let mut filter = vec![0; bytes];
            let distinct = std::mem::take(current).into_distinct();
            let mut insert = |hash| bloom::insert(&mut filter, hash, hashes);
            distinct.into_iter().for_each(&mut insert);
            self.bytes += bytes;
            filters.push(filter);
        }
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn take(&mut self, schema: &SchemaRef) -> Result<RecordBatch> {
        self.bytes = 0;
        let columns = self.filters.iter_mut().map(|filters| -> ArrayRef {
            let filters = std::mem::take(filters);
            Arc::new(BinaryArray::from_iter_values(filters))
        });
        RecordBatch::try_new(schema.clone(), columns.collect()).map_err(arrow_error)
    }
}

/// The elements of arrays; other values as they are.
pub(super) fn elements(array: &ArrayRef) -> ArrayRef {
    match array.as_list_opt::<i32>() {
        Some(list) => {
            let offsets = list.value_offsets();
            let (first, last) = (offsets[0] as usize, offsets[list.len()] as usize);
            list.values().slice(first, last - first)
        }
        None => array.clone(),
    }
}

/// Calls for each text that is not NULL.
pub(super) fn each_text(array: &ArrayRef, mut take: impl FnMut(&[u8])) -> Result<()> {
    if let Some(texts) = array.as_binary_opt::<i32>() {
        texts.iter().flatten().for_each(take);
        return Ok(());
    }
    if let Some(texts) = array.as_fixed_size_binary_opt() {
        (0..texts.len())
            .filter(|row| texts.is_valid(*row))
            .for_each(|row| take(texts.value(row)));
        return Ok(());
    }
    Err(Error::Query(format!(
        "values of type {} are no texts",
        array.data_type()
    )))
}
