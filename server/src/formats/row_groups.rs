//! Row groups of a Parquet file, decoded by several threads and given in the file's order.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use arrow::array::RecordBatch;
use bytes::Bytes;
use gristmill_sql::{Code, Error, Result};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::errors::Result as ParquetResult;
use parquet::file::reader::{ChunkReader, Length};

use super::arrow_columns::shielded;
use super::parquet::damaged;
use super::parquet_lists::Group;

/// Batches that a thread is ahead of whoever takes them.
const AHEAD: usize = 1;
/// Most threads that decode one file: each holds some batches.
const THREADS_MAX: usize = 8;

/// A file that several threads read at places of their own: copies of a [`File`] share one place.
#[derive(Clone)]
pub struct SharedFile(Arc<File>);

impl SharedFile {
    /// Takes a file.
    pub fn new(file: File) -> Self {
        Self(Arc::new(file))
    }
}

impl Length for SharedFile {
    fn len(&self) -> u64 {
        self.0.metadata().map_or(0, |metadata| metadata.len())
    }
}

impl ChunkReader for SharedFile {
    type T = BufReader<Place>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        let file = self.0.clone();
        Ok(BufReader::new(Place { file, at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let mut bytes = vec![0; length];
        self.0.read_exact_at(&mut bytes, start)?;
        Ok(bytes.into())
    }
}

/// The bytes of a file from a place on.
pub struct Place {
    file: Arc<File>,
    at: u64,
}

impl Read for Place {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// What is read of a file.
#[derive(Clone)]
pub struct Job {
    /// The file.
    pub file: SharedFile,
    /// Its footer.
    pub metadata: ArrowReaderMetadata,
    /// The columns.
    pub columns: ProjectionMask,
    /// Rows of a batch at most.
    pub batch_rows: usize,
    /// Makes a batch what the table wants.
    pub convert: Arc<dyn Fn(RecordBatch) -> Result<RecordBatch> + Send + Sync>,
}

/// A batch, or the end of a row group.
type Sent = Result<Option<RecordBatch>>;

/// Reads all row groups by at most so many threads, of which each decodes every n-th. They end with the iterator.
pub fn read(job: &Job, threads: usize) -> Result<impl Iterator<Item = Result<RecordBatch>> + Send + use<>> {
    let groups = job.metadata.metadata().num_row_groups();
    let threads = threads.clamp(1, THREADS_MAX).min(groups);
    let mut decoders: Vec<Receiver<Sent>> = Vec::with_capacity(threads);
    for first in 0..threads {
        let (sender, receiver) = sync_channel(AHEAD);
        let job = job.clone();
        let decode = move || decode_each(&job, (first..groups).step_by(threads), &sender);
        let spawned = thread::Builder::new().name("parquet".into()).spawn(decode);
        spawned.map_err(|error| {
            let message = format!("Cannot start a thread that reads Parquet: {error}");
            Error::new(Code::CANNOT_SCHEDULE_TASK, message)
        })?;
        decoders.push(receiver);
    }
    let mut group = 0;
    Ok(std::iter::from_fn(move || {
        while group < groups {
            match decoders[group % threads].recv() {
                Ok(Ok(Some(batch))) => return Some(Ok(batch)),
                Ok(Ok(None)) => group += 1,
                Ok(Err(error)) => {
                    group = groups;
                    return Some(Err(error));
                }
                Err(_) => {
                    group = groups;
                    let message = "a thread that reads Parquet has ended early";
                    return Some(Err(Error::new(Code::LOGICAL_ERROR, message)));
                }
            }
        }
        None
    }))
}

fn decode_each(job: &Job, groups: impl Iterator<Item = usize>, sender: &SyncSender<Sent>) {
    for group in groups {
        let decoded = decode(job, group, sender);
        let is_failed = decoded.is_err();
        if sender.send(decoded.map(|()| None)).is_err() || is_failed {
            return; // nobody takes more
        }
    }
}

/// Sends the batches of one row group.
fn decode(job: &Job, group: usize, sender: &SyncSender<Sent>) -> Result<()> {
    let mut reader = shielded("Parquet data", || Group::open(job, group).map_err(damaged))?;
    loop {
        let batch = shielded("Parquet data", || {
            let batch = reader.next().map_err(damaged)?;
            batch.map(|batch| (job.convert)(batch)).transpose()
        })?;
        let Some(batch) = batch else { return Ok(()) };
        if sender.send(Ok(Some(batch))).is_err() {
            return Ok(()); // nobody takes more
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, SeekFrom, Write};

    use arrow::array::{AsArray, UInt64Array};
    use arrow::datatypes::{DataType, Field, Schema, UInt64Type};
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::ArrowReaderOptions;
    use parquet::file::properties::WriterProperties;

    use super::*;

    /// A file of the numbers up to `rows`, 10 in a row group.
    fn written(rows: u64) -> File {
        let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::UInt64, false)]));
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(10))
            .build();
        let file = tempfile::tempfile().unwrap();
        let mut writer = ArrowWriter::try_new(file.try_clone().unwrap(), schema.clone(), Some(properties)).unwrap();
        let numbers = Arc::new(UInt64Array::from_iter_values(0..rows));
        writer
            .write(&RecordBatch::try_new(schema, vec![numbers]).unwrap())
            .unwrap();
        writer.close().unwrap();
        file
    }

    fn job(file: File) -> Job {
        let file = SharedFile::new(file);
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).unwrap();
        Job {
            columns: ProjectionMask::all(),
            file,
            metadata,
            batch_rows: 4,
            convert: Arc::new(Ok),
        }
    }

    #[test]
    fn rows_come_in_the_order_of_the_file() {
        for rows in [0, 1, 10, 11, 95, 200] {
            for threads in [0, 1, 2, 3, 100] {
                let batches = read(&job(written(rows)), threads).unwrap();
                let numbers = batches.flat_map(|batch| {
                    let numbers = batch.unwrap().column(0).as_primitive::<UInt64Type>().clone();
                    numbers.values().to_vec()
                });
                assert_eq!(
                    numbers.collect::<Vec<_>>(),
                    (0..rows).collect::<Vec<_>>(),
                    "{rows} by {threads}"
                );
            }
        }
    }

    #[test]
    fn a_damaged_group_ends_the_rows_before_it() {
        let mut file = written(100);
        let job = job(file.try_clone().unwrap());
        let place = job.metadata.metadata().row_group(5).column(0).byte_range().0;
        file.seek(SeekFrom::Start(place)).unwrap();
        file.write_all(&[0xFF; 16]).unwrap();
        let answers: Vec<_> = read(&job, 3).unwrap().collect();
        let (last, before) = answers.split_last().unwrap();
        assert_eq!(last.as_ref().unwrap_err().code, Code::INCORRECT_DATA);
        let rows: usize = before.iter().map(|batch| batch.as_ref().unwrap().num_rows()).sum();
        assert_eq!(rows, 50);
    }

    /// Whoever takes no more is not waited for, and waits for nobody.
    #[test]
    fn rows_need_not_be_taken() {
        let mut batches = read(&job(written(1000)), 4).unwrap();
        assert_eq!(batches.next().unwrap().unwrap().num_rows(), 4);
        drop(batches);
    }
}
