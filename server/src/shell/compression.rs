//! How files of INTO OUTFILE and FROM INFILE are compressed: by the method that a statement names, or by their endings.

use gristmill_sql::{Code, Error, Result};

use crate::http::coding::Coding;

/// Names of methods, which are endings of files as well.
const METHODS: &[(&str, Coding)] = &[
    ("gzip", Coding::Gzip),
    ("gz", Coding::Gzip),
    ("deflate", Coding::Deflate),
    ("brotli", Coding::Brotli),
    ("br", Coding::Brotli),
    ("zstd", Coding::Zstd),
    ("zst", Coding::Zstd),
    ("lz4", Coding::Lz4),
];

/// ClickHouse's methods that are not here.
const REFUSED: &[&str] = &["xz", "lzma", "bz2", "snappy"];

/// Levels of a method that has some.
fn levels(coding: Coding) -> Option<std::ops::RangeInclusive<u64>> {
    match coding {
        Coding::Gzip | Coding::Deflate => Some(1..=9),
        Coding::Brotli => Some(0..=11),
        Coding::Zstd => Some(1..=22),
        Coding::Lz4 => None,
    }
}

/// The coding of a file; `None`: it is not compressed.
pub fn of_file(path: &str, method: Option<&str>) -> Result<Option<Coding>> {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_ending = matches!(method, None | Some("auto" | ""));
    let name = method.filter(|_| !is_ending).unwrap_or(ending).to_ascii_lowercase();
    if let Some((_, coding)) = METHODS.iter().find(|(known, _)| *known == name) {
        return Ok(Some(*coding));
    }
    if REFUSED.contains(&name.as_str()) {
        return Err(Error::not_implemented(format!("Compression of files with '{name}'")));
    }
    if is_ending || name == "none" {
        return Ok(None);
    }
    let message = format!(
        "Unknown compression method '{name}'. Only 'auto', 'none', 'gzip', 'deflate', 'br', 'zstd' and 'lz4' are supported"
    );
    Err(Error::new(Code::NOT_IMPLEMENTED, message))
}

/// LEVEL of a statement, if it means something.
pub fn check_level(coding: Option<Coding>, level: u64) -> Result<Option<u32>> {
    let Some(coding) = coding else {
        return Ok(None);
    };
    match levels(coding) {
        Some(levels) if levels.contains(&level) => Ok(Some(level as u32)),
        Some(levels) => {
            let message = format!(
                "Invalid compression level, must be positive integer in range {}-{}",
                levels.start(),
                levels.end()
            );
            Err(Error::new(Code::BAD_ARGUMENTS, message))
        }
        None => Err(Error::not_implemented("COMPRESSION 'lz4' LEVEL")),
    }
}

/// The path without the ending of its compression.
pub fn without_ending(path: &str) -> &str {
    match path.rsplit_once('.') {
        Some((stem, ending)) if METHODS.iter().any(|(known, _)| ending.eq_ignore_ascii_case(known)) => stem,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_method_counts_before_the_ending() {
        let found = |path: &str, method: Option<&str>| of_file(path, method).map_err(|error| error.code);
        assert_eq!(found("a.csv", None), Ok(None));
        assert_eq!(found("a.csv.gz", None), Ok(Some(Coding::Gzip)));
        assert_eq!(found("a.csv.gz", Some("none")), Ok(None));
        assert_eq!(found("a.csv", Some("zstd")), Ok(Some(Coding::Zstd)));
        assert_eq!(found("a.csv.zst", Some("auto")), Ok(Some(Coding::Zstd)));
        assert_eq!(found("a.xz", None), Err(Code::NOT_IMPLEMENTED));
        assert_eq!(found("a.csv", Some("rar")), Err(Code::NOT_IMPLEMENTED));
        assert_eq!(without_ending("a.csv.GZ"), "a.csv");
        assert_eq!(without_ending("a.csv"), "a.csv");
    }
}
