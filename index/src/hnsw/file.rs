//! The bytes of a sub-index: written in one go, checked whole before they are used. `FORMAT.md` is the
//! specification.

use super::graph::Saved;
use super::rows::RowLayout;
use crate::codes::encoded_length;
use crate::{Error, Metric, Quantization, Result, VectorIndexDefinition};
use bytes::Bytes;
use std::cmp::Reverse;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;

/// Ends a list of links that is not full.
pub const NO_LINK: u32 = u32::MAX;

const MAGIC: &[u8; 8] = b"GRISTVIX";
const VERSION: u32 = 2;
/// Version 1 had neither codes nor an error.
const FIRST_VERSION: u32 = 1;
const SECTIONS_OF_FIRST: usize = 6;
const KIND_HNSW: u32 = 1;
pub const HEADER_BYTES: usize = 256;
/// The header's checksum covers what lies before it.
const CHECKSUM_AT: usize = 248;
const SECTIONS_AT: usize = 72;
const SECTION_BYTES: usize = 24;
pub const ALIGNMENT: usize = 64;
/// Levels a graph may have: usearch draws them so that each has a fraction of the nodes of the one below.
const LEVELS_MAX: usize = 64;

/// The sections, in the order of the file.
#[derive(Debug, Clone, Copy)]
enum Section {
    Vectors,
    Scales,
    Links,
    Levels,
    UpperRows,
    UpperLinks,
    Codes,
}

pub const SECTIONS: usize = 7;
const ERROR_AT: usize = SECTIONS_AT + SECTIONS * SECTION_BYTES;
const _: () = assert!(ERROR_AT + 8 == CHECKSUM_AT);

/// What goes into a file.
pub struct Content<'a> {
    pub definition: &'a VectorIndexDefinition,
    pub layout: &'a RowLayout,
    pub vectors: &'a [u8],
    pub scales: &'a [f32],
    /// The largest error of a row.
    pub error: f64,
    /// Codes of the rows, in the order of rows; empty where there are none.
    pub codes: &'a [u8],
    pub saved: &'a Saved,
}

/// Makes the file.
pub fn write(content: &Content<'_>) -> Result<Vec<u8>> {
    let Content {
        layout, saved, scales, ..
    } = content;
    let rows = saved.nodes.len();
    if rows != scales.len() {
        return Err(Error::Build(format!("usearch kept {rows} of {} vectors", scales.len())));
    }
    let upper = Upper::of(saved);
    let mut file = File {
        bytes: vec![0; HEADER_BYTES],
        sections: Vec::new(),
    };
    file.bytes.reserve(
        content.vectors.len() + content.codes.len() + rows * (saved.m0 * 4 + 8) + upper.slots.len() * saved.m * 8,
    );
    file.section(|bytes| bytes.extend_from_slice(content.vectors));
    file.section(|bytes| {
        if layout.scaled() {
            scales
                .iter()
                .for_each(|scale| bytes.extend_from_slice(&scale.to_le_bytes()));
        }
    });
    file.section(|bytes| base_links(saved, bytes));
    file.section(|bytes| {
        upper
            .counts
            .iter()
            .for_each(|count| bytes.extend_from_slice(&count.to_le_bytes()))
    });
    file.section(|bytes| {
        upper
            .slots
            .iter()
            .for_each(|slot| bytes.extend_from_slice(&saved.nodes[*slot].row.to_le_bytes()));
    });
    file.section(|bytes| upper.links(saved, bytes));
    file.section(|bytes| bytes.extend_from_slice(content.codes));
    Ok(file.finish(content))
}

/// A file in the making.
struct File {
    bytes: Vec<u8>,
    sections: Vec<Range<usize>>,
}

impl File {
    fn section(&mut self, fill: impl FnOnce(&mut Vec<u8>)) {
        let from = self.bytes.len();
        fill(&mut self.bytes);
        self.sections.push(from..self.bytes.len());
        self.bytes.resize(self.bytes.len().next_multiple_of(ALIGNMENT), 0);
    }

    fn finish(mut self, content: &Content<'_>) -> Vec<u8> {
        let Content {
            definition,
            layout,
            saved,
            ..
        } = content;
        let entry = saved.nodes.get(saved.entry_slot).map_or(NO_LINK, |node| node.row);
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend_from_slice(MAGIC);
        for field in [
            VERSION,
            KIND_HNSW,
            metric_number(definition.metric),
            quantization_number(definition.quantization),
        ] {
            header.extend_from_slice(&field.to_le_bytes());
        }
        for field in [definition.dimensions as u64, saved.nodes.len() as u64] {
            header.extend_from_slice(&field.to_le_bytes());
        }
        for field in [saved.m as u32, saved.m0 as u32, definition.ef_construction, entry] {
            header.extend_from_slice(&field.to_le_bytes());
        }
        for field in [layout.stride as u64, self.bytes.len() as u64] {
            header.extend_from_slice(&field.to_le_bytes());
        }
        let ends = self
            .sections
            .iter()
            .skip(1)
            .map(|next| next.start)
            .chain([self.bytes.len()]);
        for (section, end) in self.sections.iter().zip(ends) {
            let checksum = xxh3_64(&self.bytes[section.start..end]);
            for field in [section.start as u64, section.len() as u64, checksum] {
                header.extend_from_slice(&field.to_le_bytes());
            }
        }
        header.extend_from_slice(&content.error.to_le_bytes());
        header.extend_from_slice(&xxh3_64(&header).to_le_bytes());
        self.bytes[..HEADER_BYTES].copy_from_slice(&header);
        self.bytes
    }
}

/// Base-level lists in the order of rows.
fn base_links(saved: &Saved, bytes: &mut Vec<u8>) {
    let (from, width) = (bytes.len(), saved.m0 * 4);
    bytes.resize(from + saved.nodes.len() * width, 0xff);
    for node in &saved.nodes {
        let list = &mut bytes[from + node.row as usize * width..][..width];
        for (place, slot) in list.as_chunks_mut::<4>().0.iter_mut().zip(saved.links(node, 0)) {
            *place = saved.nodes.get(slot).map_or(NO_LINK, |linked| linked.row).to_le_bytes();
        }
    }
}

/// The nodes above the base level, the highest first.
struct Upper {
    slots: Vec<usize>,
    /// Nodes on level 1, 2, …
    counts: Vec<u32>,
}

impl Upper {
    fn of(saved: &Saved) -> Self {
        let mut slots: Vec<usize> = (0..saved.nodes.len())
            .filter(|slot| saved.nodes[*slot].level > 0)
            .collect();
        slots.sort_unstable_by_key(|slot| {
            let node = &saved.nodes[*slot];
            (Reverse(node.level), *slot != saved.entry_slot, node.row)
        });
        let levels = slots.first().map_or(0, |slot| saved.nodes[*slot].level);
        let reach = |level: usize| slots.partition_point(|slot| saved.nodes[*slot].level >= level) as u32;
        Self {
            counts: (1..=levels).map(reach).collect(),
            slots,
        }
    }

    fn links(&self, saved: &Saved, bytes: &mut Vec<u8>) {
        let mut places = vec![NO_LINK; saved.nodes.len()];
        for (place, slot) in self.slots.iter().enumerate() {
            places[*slot] = place as u32;
        }
        for (above, count) in self.counts.iter().enumerate() {
            for slot in &self.slots[..*count as usize] {
                let from = bytes.len();
                bytes.resize(from + saved.m * 4, 0xff);
                let here = saved.links(&saved.nodes[*slot], above + 1);
                // A link to a node that does not reach this level would end the search there.
                let linked = here
                    .filter_map(|slot| places.get(slot).copied())
                    .filter(|place| place < count);
                for (to, place) in bytes[from..].as_chunks_mut::<4>().0.iter_mut().zip(linked) {
                    *to = place.to_le_bytes();
                }
            }
        }
    }
}

fn metric_number(metric: Metric) -> u32 {
    match metric {
        Metric::Cosine => 2,
        Metric::Dot => 3,
        _ => 1,
    }
}

const QUANTIZATIONS: [Quantization; 6] = [
    Quantization::F64,
    Quantization::F32,
    Quantization::F16,
    Quantization::BF16,
    Quantization::I8,
    Quantization::B1,
];

fn quantization_number(quantization: Quantization) -> u32 {
    1 + QUANTIZATIONS
        .iter()
        .position(|other| *other == quantization)
        .expect("all are listed") as u32
}

/// A checked file.
#[derive(Debug)]
pub struct Opened {
    bytes: Bytes,
    sections: [Range<usize>; SECTIONS],
    version: u32,
    pub definition: VectorIndexDefinition,
    pub layout: RowLayout,
    pub rows: u32,
    pub m: usize,
    pub m0: usize,
    pub entry: u32,
    /// No row as it is kept is farther from its own numbers; infinite if that is not known.
    pub error: f64,
    /// Nodes on level 1, 2, …
    pub counts: Vec<u32>,
}

impl Opened {
    /// Checks everything the search relies on.
    pub fn check(bytes: Bytes) -> Result<Self> {
        let header = Header::check(&bytes)?;
        let sections = header.sections(&bytes)?;
        let mut opened = Self {
            definition: header.definition()?,
            layout: RowLayout::new(&header.definition()?),
            version: header.u32(8),
            rows: header.u64(32) as u32,
            m: header.u32(40) as usize,
            m0: header.u32(44) as usize,
            entry: header.u32(52),
            error: header.error(),
            counts: Vec::new(),
            sections,
            bytes,
        };
        opened.counts = opened.numbers(Section::Levels).collect();
        opened.check_sizes(header.u64(56))?;
        opened.check_links()?;
        Ok(opened)
    }

    /// The same over a new mapping of the same file, which is not checked again.
    pub fn moved_to(self, bytes: Bytes) -> Result<Self> {
        if bytes.len() != self.bytes.len() || bytes[..HEADER_BYTES] != self.bytes[..HEADER_BYTES] {
            return Err(Error::Corrupt("it has changed since it was checked".into()));
        }
        Ok(Self { bytes, ..self })
    }

    fn section(&self, section: Section) -> &[u8] {
        &self.bytes[self.sections[section as usize].clone()]
    }

    fn numbers(&self, section: Section) -> impl Iterator<Item = u32> + '_ {
        self.section(section)
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| u32::from_le_bytes(*bytes))
    }

    pub fn vectors(&self) -> &[u8] {
        self.section(Section::Vectors)
    }

    pub fn scales(&self) -> &[u8] {
        self.section(Section::Scales)
    }

    pub fn links(&self) -> &[[u8; 4]] {
        self.section(Section::Links).as_chunks().0
    }

    pub fn upper_rows(&self) -> &[[u8; 4]] {
        self.section(Section::UpperRows).as_chunks().0
    }

    /// One-bit codes; empty where there are none.
    pub fn codes(&self) -> &[u8] {
        self.section(Section::Codes)
    }

    /// Lists of all levels, level 1 first.
    pub fn upper_links(&self) -> &[[u8; 4]] {
        self.section(Section::UpperLinks).as_chunks().0
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    fn check_sizes(&self, stride: u64) -> Result<()> {
        let rows = self.rows as usize;
        let upper: usize = self.counts.iter().map(|count| *count as usize).sum();
        let level_one = self.counts.first().copied().unwrap_or(0) as usize;
        let falling = self.counts.is_sorted_by(|low, high| low >= high) && !self.counts.contains(&0);
        let expected = [
            rows.checked_mul(self.layout.stride),
            Some(if self.layout.scaled() { rows * 4 } else { 0 }),
            rows.checked_mul(self.m0 * 4),
            Some(self.counts.len() * 4),
            Some(level_one * 4),
            upper.checked_mul(self.m * 4),
            Some(self.codes_bytes()),
        ];
        let sized = self
            .sections
            .iter()
            .zip(expected)
            .all(|(section, expected)| Some(section.len()) == expected);
        let sane = self.m >= 2 && self.m0 >= self.m && level_one <= rows && self.counts.len() <= LEVELS_MAX;
        if sized && falling && sane && stride == self.layout.stride as u64 {
            return Ok(());
        }
        Err(Error::Corrupt("its sections do not fit its header".into()))
    }

    /// Whether `error` was written with the rows.
    pub fn notes_error(&self) -> bool {
        self.version != FIRST_VERSION
    }

    fn codes_bytes(&self) -> usize {
        match self.notes_error() && self.definition.has_codes() {
            true => encoded_length(self.rows as usize, self.definition.dimensions).unwrap_or_default(),
            false => 0,
        }
    }

    fn check_links(&self) -> Result<()> {
        let below = |section: &[[u8; 4]], limit: u32| {
            // NO_LINK is the largest number, so adding one makes it 0.
            let most = section
                .iter()
                .map(|link| u32::from_le_bytes(*link).wrapping_add(1))
                .max();
            most.is_none_or(|most| most <= limit)
        };
        let mut lists = self.upper_links();
        let upper_links = self.counts.iter().all(|count| {
            let (here, rest) = lists.split_at(*count as usize * self.m);
            lists = rest;
            below(here, *count)
        });
        let upper_rows = self.numbers(Section::UpperRows).all(|row| row < self.rows);
        if upper_links && upper_rows && below(self.links(), self.rows) && (self.rows == 0 || self.entry < self.rows) {
            return Ok(());
        }
        Err(Error::Corrupt("a link leads nowhere".into()))
    }
}

/// The first bytes of a file, their checksum verified.
struct Header([u8; HEADER_BYTES]);

impl Header {
    fn check(bytes: &[u8]) -> Result<Self> {
        let header: [u8; HEADER_BYTES] = bytes
            .first_chunk()
            .copied()
            .ok_or_else(|| Error::Corrupt(format!("{} bytes are too few", bytes.len())))?;
        let header = Self(header);
        if &header.0[..8] != MAGIC {
            return Err(Error::Corrupt("it does not start as one".into()));
        }
        if xxh3_64(&header.0[..CHECKSUM_AT]) != header.u64(CHECKSUM_AT) {
            return Err(Error::Corrupt("the checksum of its header is wrong".into()));
        }
        if !(FIRST_VERSION..=VERSION).contains(&header.u32(8)) {
            return Err(Error::UnknownVersion {
                found: header.u32(8),
                supported: VERSION,
            });
        }
        if header.u32(12) != KIND_HNSW {
            return Err(Error::Corrupt(format!("kind {} is not known", header.u32(12))));
        }
        if header.u64(64) != bytes.len() as u64 {
            return Err(Error::Corrupt(format!(
                "{} of its {} bytes are there",
                bytes.len(),
                header.u64(64)
            )));
        }
        if header.u64(32) > crate::SUB_INDEX_ROWS_MAX {
            return Err(Error::Corrupt(format!("{} rows are too many", header.u64(32))));
        }
        Ok(header)
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().expect("four bytes"))
    }

    fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at..at + 8].try_into().expect("eight bytes"))
    }

    fn error(&self) -> f64 {
        match self.u32(8) {
            FIRST_VERSION => f64::INFINITY,
            _ => f64::from_bits(self.u64(ERROR_AT)),
        }
    }

    fn definition(&self) -> Result<VectorIndexDefinition> {
        let metric = match self.u32(16) {
            1 => Metric::L2,
            2 => Metric::Cosine,
            3 => Metric::Dot,
            other => return Err(Error::Corrupt(format!("metric {other} is not known"))),
        };
        let quantization = QUANTIZATIONS.get(self.u32(20).wrapping_sub(1) as usize).copied();
        let dimensions = usize::try_from(self.u64(24))
            .ok()
            .filter(|dimensions| (1..=u32::MAX as usize).contains(dimensions));
        match (quantization, dimensions) {
            (Some(quantization), Some(dimensions)) => Ok(VectorIndexDefinition {
                metric,
                dimensions,
                quantization,
                m: self.u32(40),
                ef_construction: self.u32(48),
            }),
            _ => Err(Error::Corrupt(format!(
                "quantization {} or its dimensions are not known",
                self.u32(20)
            ))),
        }
    }

    /// Where the sections lie; each follows the one before, and their checksums are right.
    fn sections(&self, bytes: &[u8]) -> Result<[Range<usize>; SECTIONS]> {
        let field = |section: usize, at: usize| self.u64(SECTIONS_AT + section * SECTION_BYTES + at);
        let count = if self.u32(8) == FIRST_VERSION {
            SECTIONS_OF_FIRST
        } else {
            SECTIONS
        };
        let mut sections = [const { 0..0 }; SECTIONS];
        let mut from = HEADER_BYTES;
        for (number, section) in sections.iter_mut().take(count).enumerate() {
            let length = usize::try_from(field(number, 8)).unwrap_or(usize::MAX);
            let next = from
                .checked_add(length)
                .and_then(|end| end.checked_next_multiple_of(ALIGNMENT));
            let next = next.filter(|next| *next <= bytes.len() && field(number, 0) == from as u64);
            let next = next.ok_or_else(|| Error::Corrupt(format!("section {number} is misplaced")))?;
            if xxh3_64(&bytes[from..next]) != field(number, 16) {
                return Err(Error::Corrupt(format!("the checksum of section {number} is wrong")));
            }
            *section = from..from + length;
            from = next;
        }
        if from != bytes.len() {
            return Err(Error::Corrupt("it goes on behind its last section".into()));
        }
        Ok(sections)
    }
}
