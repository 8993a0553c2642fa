//! The k-way merge: sorted parts in, one sorted stream of batches out. Memory is bounded by a number of bytes for all
//! inputs together, not by their size.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, MutableArrayData, RecordBatch, make_array};
use arrow::datatypes::SchemaRef;
use arrow::row::{RowConverter, Rows};

use crate::part::PartReader;
use crate::sort::{converter, normalize};
use crate::{Error, Part, Result, RowRanges, SharedEvaluator};

/// Bytes of rows that all inputs together hold, about.
const INPUT_BYTES: u64 = 128 << 20;
/// Rows of a batch, at least and at most.
const BATCH_ROWS: Range<u64> = 64..8192;

/// A batch with its (normalized) sorting keys.
#[derive(Clone)]
pub(super) struct Sorted {
    pub rows: RecordBatch,
    pub keys: Vec<ArrayRef>,
}

/// One part, and where reading it stands.
struct Input {
    reader: PartReader,
    batch: Sorted,
    /// The keys in a form whose bytes compare as rows do; None for the empty key.
    comparable: Option<Rows>,
    at: usize,
    /// Place of the batch among those that the output holds, once some of its rows are in there.
    held: Option<usize>,
}

/// Reads batches and computes their keys.
struct Source {
    schema: SchemaRef,
    evaluator: SharedEvaluator,
    converter: Option<RowConverter>,
}

impl Source {
    fn next(&mut self, reader: &mut PartReader) -> Result<Option<(Sorted, Option<Rows>)>> {
        let Some(batch) = reader.next() else {
            return Ok(None);
        };
        // The part's own schema may carry other metadata than the table's.
        let rows = RecordBatch::try_new(self.schema.clone(), batch?.columns().to_vec())?;
        let keys = self.evaluator.sorting_key(&rows).map_err(Error::Evaluate)?;
        let keys: Vec<ArrayRef> = keys.iter().map(normalize).collect();
        if keys.is_empty() {
            return Ok(Some((Sorted { rows, keys }, None)));
        }
        let converter = match &self.converter {
            Some(converter) => converter,
            None => self.converter.insert(converter(&keys)?),
        };
        let comparable = converter.convert_columns(&keys)?;
        Ok(Some((Sorted { rows, keys }, Some(comparable))))
    }
}

/// Rows of one input that come one after the other.
struct Run {
    /// Which of the batches that the output holds.
    batch: usize,
    rows: Range<usize>,
}

/// The rows of several parts in the order of the sorting key, equal keys in the order of the parts.
pub(super) struct Inputs {
    source: Source,
    inputs: Vec<Input>,
    /// Positions of the inputs that have rows left, the one with the next row first.
    order: VecDeque<usize>,
    batch_rows: usize,
}

impl Inputs {
    pub fn new(parts: &[Arc<Part>], schema: SchemaRef, evaluator: SharedEvaluator) -> Result<Inputs> {
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let bytes: u64 = parts.iter().map(|part| part.bytes_uncompressed()).sum();
        let rows: u64 = parts.iter().map(|part| part.rows()).sum();
        let row_bytes = (bytes / rows.max(1)).max(1);
        let batch_rows = INPUT_BYTES / parts.len().max(1) as u64 / row_bytes;
        let batch_rows = batch_rows.clamp(BATCH_ROWS.start, BATCH_ROWS.end) as usize;
        let mut this = Inputs {
            source: Source {
                schema: schema.clone(),
                evaluator,
                converter: None,
            },
            inputs: Vec::with_capacity(parts.len()),
            order: VecDeque::with_capacity(parts.len()),
            batch_rows,
        };
        for part in parts {
            let mut reader = part.read(&columns, &RowRanges::all(part.rows()), batch_rows)?;
            if let Some((batch, comparable)) = this.source.next(&mut reader)? {
                this.inputs.push(Input {
                    reader,
                    batch,
                    comparable,
                    at: 0,
                    held: None,
                });
                this.enter(this.inputs.len() - 1);
            }
        }
        Ok(this)
    }

    /// The next batch; None at the end.
    pub fn next(&mut self) -> Result<Option<Sorted>> {
        let (mut held, mut runs): (Vec<Sorted>, Vec<Run>) = (Vec::new(), Vec::new());
        let mut rows = 0;
        self.inputs.iter_mut().for_each(|input| input.held = None);
        while rows < self.batch_rows && !self.order.is_empty() {
            let run = self.run(self.batch_rows - rows);
            let position = self.order.pop_front().expect("it is not empty");
            let input = &mut self.inputs[position];
            let batch = *input.held.get_or_insert_with(|| {
                held.push(input.batch.clone());
                held.len() - 1
            });
            input.at = run.end;
            rows += run.len();
            runs.push(Run { batch, rows: run });
            if self.refill(position)? {
                self.enter(position);
            }
        }
        if rows == 0 {
            return Ok(None);
        }
        let columns = (0..self.source.schema.fields().len())
            .map(|at| join(held.iter().map(|batch| batch.rows.column(at)), &runs, rows))
            .collect::<Result<Vec<_>>>()?;
        let keys = (0..held[0].keys.len())
            .map(|at| join(held.iter().map(|batch| &batch.keys[at]), &runs, rows))
            .collect::<Result<Vec<_>>>()?;
        let rows = RecordBatch::try_new(self.source.schema.clone(), columns)?;
        Ok(Some(Sorted { rows, keys }))
    }

    /// How the next rows of two inputs compare.
    fn compare(&self, left: usize, right: usize) -> Ordering {
        let (one, other) = (&self.inputs[left], &self.inputs[right]);
        let keys = match (&one.comparable, &other.comparable) {
            (Some(keys), Some(others)) => keys.row(one.at).cmp(&others.row(other.at)),
            _ => Ordering::Equal,
        };
        keys.then(left.cmp(&right))
    }

    /// Puts an input into the order.
    fn enter(&mut self, input: usize) {
        let place = self.order.partition_point(|other| self.compare(*other, input).is_lt());
        self.order.insert(place, input);
    }

    /// The rows of the first input that come before the next row of the second: at least one, at most `room`.
    fn run(&self, room: usize) -> Range<usize> {
        let first = &self.inputs[self.order[0]];
        let end = first.batch.rows.num_rows().min(first.at + room);
        let (Some(second), Some(keys)) = (self.order.get(1), &first.comparable) else {
            return first.at..end;
        };
        let Input { comparable, at, .. } = &self.inputs[*second];
        let others = comparable.as_ref().expect("all inputs have the same keys");
        let bound = others.row(*at);
        // Equal rows of an earlier part come first.
        let is_before = |row: usize| match keys.row(row).cmp(&bound) {
            Ordering::Equal => self.order[0] < *second,
            order => order.is_lt(),
        };
        // Steps that double, then halving: a run may be of one row or of many.
        let (mut known, mut step) = (first.at + 1, 1);
        while known + step <= end && is_before(known + step - 1) {
            known += step;
            step *= 2;
        }
        let (mut low, mut high) = (known, end.min(known + step));
        while low < high {
            let middle = (low + high) / 2;
            match is_before(middle) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        first.at..low
    }

    /// Reads on where a batch has come to its end. False if that was the last one.
    fn refill(&mut self, position: usize) -> Result<bool> {
        let input = &mut self.inputs[position];
        if input.at < input.batch.rows.num_rows() {
            return Ok(true);
        }
        let Some((batch, comparable)) = self.source.next(&mut input.reader)? else {
            return Ok(false);
        };
        (input.batch, input.comparable, input.at, input.held) = (batch, comparable, 0, None);
        Ok(true)
    }
}

/// The runs of the arrays one after the other.
fn join<'a>(arrays: impl Iterator<Item = &'a ArrayRef>, runs: &[Run], rows: usize) -> Result<ArrayRef> {
    let arrays: Vec<&ArrayRef> = arrays.collect();
    if let [run] = runs {
        return Ok(arrays[run.batch].slice(run.rows.start, run.rows.len()));
    }
    let data: Vec<_> = arrays.iter().map(|array| array.to_data()).collect();
    let mut joined = MutableArrayData::new(data.iter().collect(), false, rows);
    for run in runs {
        joined.try_extend(run.batch, run.rows.start, run.rows.end)?;
    }
    Ok(make_array(joined.freeze()))
}
