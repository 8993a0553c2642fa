//! The manifest: what a part consists of. FORMAT.md, section 4.

use gristmill_index::Element;
use serde::{Deserialize, Serialize};

use crate::checked_file::{FileEntry, Kind, seal, unseal};
use crate::{Error, Result};

/// Name of the file.
pub(crate) const MANIFEST: &str = "manifest";
const KIND: Kind = Kind {
    name: "part",
    version: 1,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub rows: u64,
    /// How many of them are left, if some were deleted: `alive.rows` says which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alive: Option<u64>,
    pub index_granularity: u64,
    /// No two rows have the same sorting key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unique_keys: bool,
    /// Milliseconds since 1970.
    pub created: u64,
    pub columns: Vec<ColumnEntry>,
    pub indexes: Vec<IndexEntry>,
    pub files: Vec<FileEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ColumnEntry {
    pub name: String,
    /// ClickHouse's type; for people, the Arrow schema in `primary.idx` is what is read.
    #[serde(rename = "type")]
    pub data_type: String,
    pub file: String,
    /// Bytes in the file, and before compression.
    pub compressed: u64,
    pub uncompressed: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<VectorShape>,
}

/// How the rows of a vector column look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VectorShape {
    pub element: VectorElement,
    pub dimensions: usize,
}

impl VectorShape {
    /// Bytes of one row.
    pub fn row_bytes(self) -> usize {
        self.dimensions * Element::from(self.element).width()
    }
}

/// [`Element`] as the manifest spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum VectorElement {
    F32,
    F64,
    Bf16,
}

impl From<VectorElement> for Element {
    fn from(element: VectorElement) -> Element {
        match element {
            VectorElement::F32 => Element::F32,
            VectorElement::F64 => Element::F64,
            VectorElement::Bf16 => Element::BF16,
        }
    }
}

impl From<Element> for VectorElement {
    fn from(element: Element) -> VectorElement {
        match element {
            Element::F32 => VectorElement::F32,
            Element::F64 => VectorElement::F64,
            Element::BF16 => VectorElement::Bf16,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IndexEntry {
    pub name: String,
    /// [`IndexSpec::built_for`](crate::IndexSpec) of the index that was built.
    pub built_for: String,
    pub file: String,
}

impl Manifest {
    pub fn to_bytes(&self) -> Vec<u8> {
        seal(KIND, self)
    }

    /// Reads a manifest and checks that it fits together.
    pub fn parse(bytes: &[u8], part: &str) -> Result<Manifest> {
        let manifest: Manifest = unseal(KIND, bytes, part, MANIFEST)?;
        let corrupt = |why: String| Err(Error::corrupt(part, format!("{MANIFEST}: {why}")));
        if manifest.rows == 0 || manifest.rows > u64::from(u32::MAX) || manifest.index_granularity == 0 {
            return corrupt("impossible number of rows".to_owned());
        }
        if manifest.alive.is_some_and(|alive| alive == 0 || alive > manifest.rows) {
            return corrupt("impossible number of rows that are left".to_owned());
        }
        let used = manifest
            .columns
            .iter()
            .map(|column| &column.file)
            .chain(manifest.indexes.iter().map(|index| &index.file));
        for file in used {
            if manifest.file(file).is_none() {
                return corrupt(format!("{file} is used but not listed"));
            }
        }
        if manifest
            .files
            .iter()
            .any(|file| file.name.contains('/') || file.name == "..")
        {
            return corrupt("a file outside the part".to_owned());
        }
        Ok(manifest)
    }

    /// The index of that name, if it was built for that.
    pub fn index(&self, name: &str, built_for: &str) -> Option<&IndexEntry> {
        self.indexes
            .iter()
            .find(|index| index.name == name && index.built_for == built_for)
    }

    pub fn file(&self, name: &str) -> Option<&FileEntry> {
        self.files.iter().find(|file| file.name == name)
    }
}
