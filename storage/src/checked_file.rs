//! Files with checksums: written with one, and text files that carry their own in the first line.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::directory::{Directory, FileSink};
use crate::{Error, Result};

/// Bytes gathered before they go to the file.
const WRITE_BUFFER_BYTES: usize = 256 << 10;

/// A file of a part as the manifest lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    pub name: String,
    pub size: u64,
    #[serde(with = "hex")]
    pub xxh3: u64,
}

/// Writes a file, counting and hashing what goes through.
pub(crate) struct CheckedFile {
    sink: Box<dyn FileSink>,
    path: PathBuf,
    name: String,
    buffer: Vec<u8>,
    hash: Xxh3,
    size: u64,
}

impl CheckedFile {
    pub fn create(directory: &dyn Directory, folder: &Path, name: &str) -> Result<CheckedFile> {
        let path = folder.join(name);
        let sink = directory
            .create(&path)
            .map_err(|error| Error::io("create", &path, error))?;
        let buffer = Vec::with_capacity(WRITE_BUFFER_BYTES);
        Ok(CheckedFile {
            sink,
            path,
            name: name.to_owned(),
            buffer,
            hash: Xxh3::new(),
            size: 0,
        })
    }

    /// Bytes written so far: the position of the next byte.
    pub fn position(&self) -> u64 {
        self.size
    }

    /// Adds bytes to the file.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.write_all(bytes)
            .map_err(|error| Error::io("write", &self.path, error))
    }

    /// Makes the file durable.
    pub fn finish(mut self) -> Result<FileEntry> {
        self.flush()
            .and_then(|()| self.sink.sync())
            .map_err(|error| Error::io("write", &self.path, error))?;
        Ok(FileEntry {
            name: self.name,
            size: self.size,
            xxh3: self.hash.digest(),
        })
    }
}

impl Write for CheckedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() + bytes.len() > WRITE_BUFFER_BYTES {
            self.flush()?;
        }
        if bytes.len() >= WRITE_BUFFER_BYTES {
            self.sink.write_all(bytes)?;
        } else {
            self.buffer.extend_from_slice(bytes);
        }
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

/// What a text file is: FORMAT.md, sections 2 and 4.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub name: &'static str,
    pub version: u32,
}

/// A JSON text under a first line with kind, version and checksum: `gristmill part 2 0123456789abcdef`.
pub(crate) fn seal<T: Serialize>(kind: Kind, value: &T) -> Vec<u8> {
    let body = serde_json::to_vec_pretty(value).expect("plain structs with string keys serialize");
    let mut text = sealed_head(kind.name, kind.version, &body).into_bytes();
    text.push(b'\n');
    text.extend(body);
    text
}

/// Reads what [`seal`] wrote; `part` and `file` name it in errors.
pub(crate) fn unseal<T: for<'de> Deserialize<'de>>(kind: Kind, bytes: &[u8], part: &str, file: &str) -> Result<T> {
    let corrupt = |why: &str| Error::corrupt(part, format!("{file}: {why}"));
    let end = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .ok_or_else(|| corrupt("no first line"))?;
    let (head, body) = (&bytes[..end], &bytes[end + 1..]);
    let head = str::from_utf8(head).map_err(|_| corrupt("first line is not text"))?;
    let version = head.split(' ').nth(2).and_then(|version| version.parse().ok());
    let version: u32 = version.ok_or_else(|| corrupt("unreadable first line"))?;
    // The version is checked after the checksum, so that a flipped bit in it is not taken for another release.
    if head != sealed_head(kind.name, version, body) {
        return Err(corrupt("checksum mismatch"));
    }
    if version != kind.version {
        let what = format!("{file} of {part}");
        return Err(Error::UnknownVersion {
            what,
            found: version,
            supported: kind.version,
        });
    }
    serde_json::from_slice(body).map_err(|error| corrupt(&error.to_string()))
}

/// The first line; its form and its checksum stay the same in all versions.
fn sealed_head(kind: &str, version: u32, body: &[u8]) -> String {
    let head = format!("gristmill {kind} {version}");
    let mut hash = Xxh3::new();
    hash.update(head.as_bytes());
    hash.update(body);
    format!("{head} {:016x}", hash.digest())
}

/// Checksums in JSON are hex text: JSON numbers lose the upper bits in many readers.
mod hex {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{value:016x}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: Kind = Kind {
        name: "part",
        version: 2,
    };

    #[test]
    fn sealed_text_round_trips() {
        let value = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(
            unseal::<Vec<String>>(PART, &seal(PART, &value), "p", "f").unwrap(),
            value
        );
    }

    #[test]
    fn every_flipped_bit_of_a_sealed_text_is_noticed() {
        let sealed = seal(PART, &vec![1, 2, 3]);
        for position in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[position / 8] ^= 1 << (position % 8);
            let error = unseal::<Vec<u32>>(PART, &flipped, "p", "f").unwrap_err();
            assert!(matches!(error, Error::Corrupt { .. }), "bit {position}: {error}");
        }
    }

    #[test]
    fn other_versions_are_told_apart() {
        for version in [1, 3] {
            let text = format!("{}\n{{}}", sealed_head("part", version, b"{}"));
            let error = unseal::<()>(PART, text.as_bytes(), "p", "f").unwrap_err();
            let named = matches!(error, Error::UnknownVersion { found, supported: 2, .. } if found == version);
            assert!(named, "{error}");
        }
    }
}
