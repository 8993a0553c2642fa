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

/// Rows of a batch, at least and at most.
const BATCH_ROWS: Range<u64> = 16..8192;

/// How many bytes of rows a merge holds, about. What a part's rows take is known on average only: where few of them take
/// most of the bytes and lie together, a batch of that part may take more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Rows that were read and not yet given out, of all inputs together.
    pub input_bytes: u64,
    /// Rows that are given out at a time.
    pub output_bytes: u64,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory {
            input_bytes: 128 << 20,
            output_bytes: 32 << 20,
        }
    }
}

/// A batch with its (normalized) sorting keys.
#[derive(Clone)]
pub(crate) struct Sorted {
    pub rows: RecordBatch,
    pub keys: Vec<ArrayRef>,
}

/// One part, and where reading it stands.
struct Input {
    reader: PartReader,
    batch: Sorted,
    /// Bytes of a row of the batch, on average.
    row_bytes: u64,
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
pub(crate) struct Inputs {
    source: Source,
    inputs: Vec<Input>,
    /// Positions of the inputs that have rows left, the one with the next row first.
    order: VecDeque<usize>,
    memory: Memory,
}

impl Inputs {
    /// `rows` are those of each part that are read.
    pub fn new(
        parts: &[Arc<Part>],
        rows: &[RowRanges],
        schema: SchemaRef,
        evaluator: SharedEvaluator,
        memory: Memory,
    ) -> Result<Inputs> {
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let share = memory.input_bytes / parts.len().max(1) as u64;
        let mut this = Inputs {
            source: Source {
                schema: schema.clone(),
                evaluator,
                converter: None,
            },
            inputs: Vec::with_capacity(parts.len()),
            order: VecDeque::with_capacity(parts.len()),
            memory,
        };
        for (part, rows) in parts.iter().zip(rows) {
            // Each by its own rows: one part's may be a thousand times as large as another's.
            let row_bytes = (part.bytes_uncompressed() / part.rows().max(1)).max(1);
            let batch_rows = (share / row_bytes).clamp(BATCH_ROWS.start, BATCH_ROWS.end) as usize;
            let mut reader = part.read(&columns, rows, batch_rows)?;
            if let Some((batch, comparable)) = this.source.next(&mut reader)? {
                this.inputs.push(Input {
                    reader,
                    row_bytes: row_bytes_of(&batch.rows),
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
        let (mut rows, mut room_bytes) = (0, self.memory.output_bytes);
        let rows_max = BATCH_ROWS.end as usize;
        self.inputs.iter_mut().for_each(|input| input.held = None);
        while rows < rows_max && room_bytes > 0 && !self.order.is_empty() {
            let row_bytes = self.inputs[self.order[0]].row_bytes;
            let room = room_bytes.div_ceil(row_bytes).min((rows_max - rows) as u64);
            let run = self.run(room as usize);
            room_bytes = room_bytes.saturating_sub(row_bytes * run.len() as u64);
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
        input.row_bytes = row_bytes_of(&batch.rows);
        (input.batch, input.comparable, input.at, input.held) = (batch, comparable, 0, None);
        Ok(true)
    }
}

/// Bytes of a row, on average; at least 1.
fn row_bytes_of(rows: &RecordBatch) -> u64 {
    let bytes = |column: &ArrayRef| column.to_data().get_slice_memory_size().unwrap_or(0);
    let bytes: usize = rows.columns().iter().map(bytes).sum();
    (bytes / rows.num_rows().max(1)).max(1) as u64
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

#[cfg(test)]
mod tests {
    use arrow::array::{StringArray, UInt64Array};
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;
    use crate::{InsertOptions, MergeTree, NoKeys, TableOptions};

    /// Rows of an average size are no measure for a part whose rows are far larger than those of the others.
    #[test]
    fn a_part_of_large_rows_takes_no_more_memory() {
        let memory = Memory {
            input_bytes: 1 << 20,
            output_bytes: 200_000,
        };
        let schema = Arc::new(Schema::new(vec![
            Field::new("id", DataType::UInt64, false),
            Field::new("text", DataType::Utf8, false),
        ]));
        let dir = tempfile::tempdir().unwrap();
        let options = TableOptions::default();
        let table = MergeTree::open(dir.path(), schema.clone().into(), options, vec![], Arc::new(NoKeys)).unwrap();
        for (rows, length) in [(20_000, 1), (1000, 10_000)] {
            let texts = StringArray::from_iter_values((0..rows).map(|_| "x".repeat(length)));
            let columns: Vec<ArrayRef> = vec![Arc::new(UInt64Array::from_iter_values(0..rows)), Arc::new(texts)];
            let batch = RecordBatch::try_new(schema.clone(), columns).unwrap();
            table.insert(batch, &InsertOptions::default()).unwrap();
        }
        let snapshot = table.snapshot();
        let rows_of = |parts: &[Arc<Part>]| parts.iter().map(|part| part.alive()).collect::<Vec<_>>();
        let mut inputs = Inputs::new(
            snapshot.parts(),
            &rows_of(snapshot.parts()),
            schema,
            Arc::new(NoKeys),
            memory,
        )
        .unwrap();
        let bytes = |rows: &RecordBatch| row_bytes_of(rows) * rows.num_rows() as u64;
        let mut rows = 0;
        while let Some(batch) = inputs.next().unwrap() {
            rows += batch.rows.num_rows();
            assert!(
                bytes(&batch.rows) <= memory.output_bytes + 20_000,
                "{}",
                bytes(&batch.rows)
            );
            let held: u64 = inputs.inputs.iter().map(|input| bytes(&input.batch.rows)).sum();
            assert!(held <= memory.input_bytes, "{held}");
        }
        assert_eq!(rows, 21_000);
    }
}
