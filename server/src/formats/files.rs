//! [`FileFormats`]: files of any format, for the engine's table function `file`.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use gristmill_engine::{FileRequest, FormatEntry, Formats, HeaderColumn, OMITTED_KEY};
use gristmill_sql::{Code, Error, Result};

use super::{FORMATS, FormatSettings, arrow_ipc, find, infer, native, parquet, row_binary};

/// Endings of file names and the formats they mean.
const ENDINGS: &[(&str, &str)] = &[
    ("arrow", "Arrow"),
    ("arrows", "ArrowStream"),
    ("csv", "CSV"),
    ("json", "JSONEachRow"),
    ("jsonl", "JSONEachRow"),
    ("native", "Native"),
    ("ndjson", "JSONEachRow"),
    ("parquet", "Parquet"),
    ("pq", "Parquet"),
    ("tsv", "TabSeparated"),
];

/// Formats whose files say their structure, or from whose rows it is taken.
const INFERRED: &[&str] = &[
    "Arrow",
    "ArrowStream",
    "CSV",
    "CSVWithNames",
    "CSVWithNamesAndTypes",
    "JSONEachRow",
    "Native",
    "Parquet",
    "RowBinaryWithNamesAndTypes",
    "TabSeparated",
    "TabSeparatedWithNames",
    "TabSeparatedWithNamesAndTypes",
];

/// The formats of this crate, for the engine.
pub struct FileFormats;

impl Formats for FileFormats {
    fn read_file(
        &self,
        request: FileRequest<'_>,
    ) -> gristmill_engine::Result<(Vec<HeaderColumn>, gristmill_engine::Batches)> {
        let (header, batches) = read_file(&request).map_err(|error| {
            let message = format!("{}: (in file/uri {})", error.message, request.path.display());
            Error::new(error.code, message)
        })?;
        let path = request.path.display().to_string();
        let located = move |error: Error| Error::new(error.code, format!("{}: (in file/uri {path})", error.message));
        Ok((header, Box::new(batches.map(move |batch| Ok(batch.map_err(&located)?)))))
    }

    fn list(&self) -> Vec<FormatEntry> {
        let entry = |format: &super::Format, name: &'static str| FormatEntry {
            name,
            alias_of: (name != format.name).then_some(format.name),
            is_input: format.input.is_some(),
            is_output: format.output.is_some(),
            content_type: if format.output.is_some() {
                format.content_type
            } else {
                ""
            },
            has_schema_inference: INFERRED.contains(&format.name),
        };
        let names = |format: &'static super::Format| std::iter::once(format.name).chain(format.aliases.iter().copied());
        let entries = FORMATS
            .iter()
            .flat_map(|format| names(format).map(|name| entry(format, name)));
        let mut entries: Vec<FormatEntry> = entries.collect();
        entries.sort_by_key(|entry| entry.name);
        entries
    }
}

fn read_file(request: &FileRequest<'_>) -> Result<(Vec<HeaderColumn>, super::Batches)> {
    let settings = FormatSettings::new(&|name| request.settings.get(name).map(str::to_string));
    let format = match request.format {
        Some(name) if !name.eq_ignore_ascii_case("auto") => name,
        _ => by_ending(request.path)?,
    };
    let found = find(format)?;
    let Some(input) = found.input else {
        let message = format!("Format {format} is not suitable for input");
        return Err(Error::new(Code::FORMAT_IS_NOT_SUITABLE_FOR_INPUT, message));
    };
    let mut file = open(request.path)?;
    let given = request.structure.map(<[HeaderColumn]>::to_vec);
    if found.name == parquet::FORMAT.name {
        let opened = parquet::open(file)?;
        let header = given.map_or_else(|| opened.header(), Ok)?;
        return Ok((
            header.clone(),
            opened.batches(wanted(&header, request.columns), &settings)?,
        ));
    }
    if let Some(container) = arrow_ipc::Container::of(found.name) {
        let header = match given {
            Some(header) => header,
            None => {
                let (header, _) = arrow_ipc::open(container, Box::new(open(request.path)?))?;
                header
            }
        };
        let batches = input(&wanted(&header, request.columns), &settings, Box::new(file))?;
        return Ok((header, batches));
    }
    let header = match given {
        Some(header) => header,
        None if found.name == native::FORMAT.name => native::infer(Box::new(open(request.path)?))?,
        None if found.name == row_binary::WITH_NAMES_AND_TYPES.name => row_binary::infer(&mut open(request.path)?)?,
        None => {
            let header = infer::infer(found.name, &mut file as &mut dyn Read, &settings)?;
            file.seek(SeekFrom::Start(0))
                .map_err(|error| unreadable(request.path, &error))?;
            header
        }
    };
    let batches = input(&header, &settings, Box::new(file))?;
    Ok((header.clone(), choose(batches, &header, request.columns)))
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::new(
            Code::FILE_DOESNT_EXIST,
            format!("File {} doesn't exist", path.display()),
        ),
        _ => unreadable(path, &error),
    })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(
        Code::CANNOT_OPEN_FILE,
        format!("Cannot open file {}: {error}", path.display()),
    )
}

/// The columns that a format which finds them by name needs to read.
fn wanted(header: &[HeaderColumn], columns: Option<&[usize]>) -> Vec<HeaderColumn> {
    match columns {
        None => header.to_vec(),
        Some(columns) => columns.iter().map(|column| header[*column].clone()).collect(),
    }
}

/// Text has to be read whole; what is not wanted is dropped, with its mask.
fn choose(batches: super::Batches, header: &[HeaderColumn], columns: Option<&[usize]>) -> super::Batches {
    let Some(columns) = columns.map(<[usize]>::to_vec) else {
        return batches;
    };
    let names: Vec<String> = columns.iter().map(|column| header[*column].name.clone()).collect();
    Box::new(batches.map(move |batch| {
        let batch = batch?;
        let masks = batch.schema_ref().fields().iter().enumerate();
        let masks = masks.filter(|(_, field)| field.metadata().get(OMITTED_KEY).is_some_and(|it| names.contains(it)));
        let kept: Vec<usize> = columns.iter().copied().chain(masks.map(|(index, _)| index)).collect();
        Ok(batch.project(&kept)?)
    }))
}

/// The format that a file's name means.
pub fn by_ending(path: &Path) -> Result<&'static str> {
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
