//! The files of `INSERT … FROM INFILE`: which there are, what is in them, and in which format.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use gristmill_sql::{Code, Error, Result};

use super::compression;

/// A file to read.
pub struct Infile {
    /// Its path.
    pub path: PathBuf,
    /// What it holds, decompressed.
    pub bytes: Box<dyn Read + Send>,
}

/// Opens the files that a path means; `*` and `?` may stand in its last part.
pub fn open(path: &str, method: Option<&str>) -> Result<Vec<Infile>> {
    files(path)?.into_iter().map(|path| open_one(path, method)).collect()
}

fn open_one(path: PathBuf, method: Option<&str>) -> Result<Infile> {
    let coding = compression::of_file(&path.to_string_lossy(), method)?;
    let file = File::open(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::new(
            Code::FILE_DOESNT_EXIST,
            format!("File {} doesn't exist", path.display()),
        ),
        _ => Error::new(
            Code::CANNOT_OPEN_FILE,
            format!("Cannot open file {}: {error}", path.display()),
        ),
    })?;
    let bytes: Box<dyn Read + Send> = match coding {
        Some(coding) => Box::new(coding.decoder(file)),
        None => Box::new(file),
    };
    Ok(Infile { path, bytes })
}

fn files(path: &str) -> Result<Vec<PathBuf>> {
    let (folder, name) = match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((folder, name)) => (folder, name),
        None => (".", path),
    };
    if !name.contains(['*', '?']) {
        return Ok(vec![PathBuf::from(path)]);
    }
    let failed = |error: std::io::Error| Error::new(Code::CANNOT_OPEN_FILE, format!("Cannot list {folder}: {error}"));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(Path::new(folder)).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let is_meant = entry.file_name().to_str().is_some_and(|text| matches(name, text));
        if is_meant && entry.path().is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    match found.is_empty() {
        true => Err(Error::new(Code::FILE_DOESNT_EXIST, format!("No file matches {path}"))),
        false => Ok(found),
    }
}

/// Whether a name is one that a pattern of `*` and `?` means. Takes time in proportion to the product of their lengths.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == name[read] => (at, read) = (at + 1, read + 1),
            _ => match star {
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    (at, read) = (place + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_names() {
        for (pattern, name, expected) in [
            ("*.csv", "a.csv", true),
            ("*.csv", "a.csv.gz", false),
            ("a?c*", "abc", true),
            ("a?c", "ac", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "ba", false),
            ("abc", "abc", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
