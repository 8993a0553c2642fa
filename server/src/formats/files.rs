//! [`FileFormats`]: files of any format, for the engine's table function `file`.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use arrow::array::RecordBatch;
use gristmill_engine::{FormatEntry, Formats, HeaderColumn};
use gristmill_sql::{Code, Error, Result};

use super::{FORMATS, FormatSettings, arrow_stream, find, infer, parquet};

/// Endings of file names and the formats they mean.
const ENDINGS: &[(&str, &str)] = &[
    ("arrows", "ArrowStream"),
    ("csv", "CSV"),
    ("json", "JSONEachRow"),
    ("jsonl", "JSONEachRow"),
    ("ndjson", "JSONEachRow"),
    ("parquet", "Parquet"),
    ("pq", "Parquet"),
    ("tsv", "TabSeparated"),
];

/// The formats of this crate, for the engine.
pub struct FileFormats;

impl Formats for FileFormats {
    fn read_file(
        &self,
        format: Option<&str>,
        path: &Path,
        structure: Option<Vec<HeaderColumn>>,
    ) -> gristmill_engine::Result<(Vec<HeaderColumn>, gristmill_engine::Batches)> {
        let (header, batches) = read_file(format, path, structure)?;
        let columns: Vec<usize> = (0..header.len()).collect();
        // Who reads a file as a table has no use for the masks of omitted values.
        let plain = move |batch: Result<RecordBatch>| Ok(batch?.project(&columns).map_err(Error::from)?);
        Ok((header, Box::new(batches.map(plain))))
    }

    fn list(&self) -> Vec<FormatEntry> {
        let entry = |format: &super::Format| FormatEntry {
            name: format.name,
            is_input: format.input.is_some(),
            is_output: format.output.is_some(),
        };
        FORMATS.iter().map(entry).collect()
    }
}

fn read_file(
    format: Option<&str>,
    path: &Path,
    structure: Option<Vec<HeaderColumn>>,
) -> Result<(Vec<HeaderColumn>, super::Batches)> {
    let settings = FormatSettings::default();
    let format = match format {
        Some(name) if !name.eq_ignore_ascii_case("auto") => name,
        _ => by_ending(path)?,
    };
    let found = find(format).ok_or_else(|| Error::new(Code::UNKNOWN_FORMAT, format!("Unknown format {format}")))?;
    let Some(input) = found.input else {
        let message = format!("Format {format} is not suitable for input");
        return Err(Error::new(Code::FORMAT_IS_NOT_SUITABLE_FOR_INPUT, message));
    };
    let unreadable = |error: std::io::Error| {
        Error::new(
            Code::CANNOT_OPEN_FILE,
            format!("Cannot open file {}: {error}", path.display()),
        )
    };
    let mut file = File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::new(
            Code::FILE_DOESNT_EXIST,
            format!("File {} doesn't exist", path.display()),
        ),
        _ => unreadable(error),
    })?;
    let in_file = |error: Error| {
        let message = format!("{}: (in file/uri {})", error.message, path.display());
        Error::new(error.code, message)
    };
    if found.name == parquet::FORMAT.name {
        let opened = parquet::open(file).map_err(in_file)?;
        let header = structure.map_or_else(|| opened.header(), Ok).map_err(in_file)?;
        return Ok((header.clone(), opened.batches(header, &settings)?));
    }
    let header = match structure {
        Some(header) => header,
        None => {
            let header = if found.name == arrow_stream::FORMAT.name {
                arrow_stream::open(Box::new(file.try_clone().map_err(unreadable)?)).map(|(header, _)| header)
            } else {
                infer::infer(found.name, &mut file as &mut dyn Read, &settings)
            };
            file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
            header.map_err(in_file)?
        }
    };
    let batches = input(&header, &settings, Box::new(file)).map_err(in_file)?;
    let path = path.display().to_string();
    let located = move |error: Error| Error::new(error.code, format!("{}: (in file/uri {path})", error.message));
    Ok((header, Box::new(batches.map(move |batch| batch.map_err(&located)))))
}

fn by_ending(path: &Path) -> Result<&'static str> {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let found = ENDINGS.iter().find(|(known, _)| *known == ending);
    found.map(|(_, format)| *format).ok_or_else(|| {
        let message = format!(
            "The data format cannot be detected by the name of file {}. You can specify the format manually",
            path.display()
        );
        Error::new(Code::CANNOT_DETECT_FORMAT, message)
    })
}
