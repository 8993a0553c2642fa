//! Building the graph with usearch: the only place that knows the library.
//!
//! Added vectors go to usearch in the form that makes the best graph; the vectors that the index keeps are encoded
//! by `rows.rs`. What usearch saves is read back here as links between row numbers.

use crate::{Error, Metric, Quantization, Result, VectorIndexDefinition};
use usearch::{Index, IndexOptions, MetricKind, ScalarKind, b1x8};

/// Room made at first where the number of rows is not known.
const ROWS_AT_FIRST: usize = 1024;

/// A graph that grows.
pub struct Graph {
    index: Index,
    capacity: usize,
    threads: usize,
    cosine: bool,
    binary: bool,
}

impl Graph {
    pub fn new(definition: &VectorIndexDefinition, rows: usize) -> Result<Self> {
        let binary = definition.quantization == Quantization::B1;
        let options = IndexOptions {
            dimensions: definition.dimensions,
            metric: match definition.metric {
                _ if binary => MetricKind::Hamming,
                Metric::L2 | Metric::L2Squared | Metric::L1 | Metric::Linf => MetricKind::L2sq,
                // Cosine distance is the product of unit vectors, which is three times less work.
                Metric::Cosine | Metric::Dot => MetricKind::IP,
            },
            quantization: match definition.quantization {
                // The graph only needs to know which vectors are near: its own copy may be narrower than the rows.
                Quantization::F64 | Quantization::F32 => ScalarKind::F32,
                Quantization::F16 => ScalarKind::F16,
                Quantization::BF16 | Quantization::I8 => ScalarKind::BF16,
                Quantization::B1 => ScalarKind::B1,
            },
            connectivity: definition.m as usize,
            expansion_add: definition.ef_construction as usize,
            expansion_search: 0,
            multi: false,
        };
        let index = Index::new(&options).map_err(refused)?;
        let mut graph = Self {
            index,
            capacity: 0,
            threads: 0,
            cosine: definition.metric == Metric::Cosine,
            binary,
        };
        graph.reserve(rows.max(ROWS_AT_FIRST))?;
        Ok(graph)
    }

    /// Bytes of a vector as the graph keeps it.
    pub fn vector_bytes(definition: &VectorIndexDefinition) -> usize {
        match definition.quantization {
            Quantization::F64 | Quantization::F32 => definition.dimensions.saturating_mul(4),
            Quantization::F16 | Quantization::BF16 | Quantization::I8 => definition.dimensions.saturating_mul(2),
            Quantization::B1 => definition.dimensions / 8,
        }
    }

    /// Makes room for so many rows, and for as many threads as the current pool has. Exclusive, as usearch asks.
    pub fn reserve(&mut self, rows: usize) -> Result<()> {
        let threads = rayon::current_num_threads();
        if rows <= self.capacity && threads <= self.threads {
            return Ok(());
        }
        if rows > self.capacity {
            self.capacity = rows.max(self.capacity + self.capacity / 2);
        }
        self.threads = threads.max(self.threads);
        self.index
            .reserve_capacity_and_threads(self.capacity, self.threads)
            .map_err(refused)
    }

    /// Adds one vector; from several threads at once, at most those that `reserve` saw. `scratch` is of the same
    /// length.
    pub fn add(&self, row: u32, vector: &[f32], encoded: &[u8], scratch: &mut [f32]) -> Result<()> {
        let key = u64::from(row);
        if self.binary {
            return self.index.add(key, b1x8::from_u8s(encoded)).map_err(refused);
        }
        if !self.cosine {
            return self.index.add(key, vector).map_err(refused);
        }
        let square: f64 = vector
            .iter()
            .map(|number| f64::from(*number) * f64::from(*number))
            .sum();
        let scale = if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 };
        for (unit, number) in scratch.iter_mut().zip(vector) {
            *unit = (f64::from(*number) * scale) as f32;
        }
        self.index.add(key, scratch).map_err(refused)
    }

    /// Everything usearch knows, as it saves it; the graph's memory is given back.
    pub fn save(self) -> Result<Saved> {
        let mut bytes = vec![0; self.index.serialized_length()];
        self.index.save_to_buffer(&mut bytes).map_err(refused)?;
        drop(self.index);
        Saved::read(bytes).ok_or_else(|| Error::Build("usearch saved a graph of an unknown layout".into()))
    }
}

fn refused(error: impl std::fmt::Display) -> Error {
    Error::Build(error.to_string())
}

/// A node of a saved graph.
pub struct Node {
    pub row: u32,
    pub level: usize,
    /// Where its lists begin in the saved bytes.
    lists: usize,
}

/// A graph as usearch 2.26 saves it:
///
/// u32 count, u32 bytes per vector, the vectors, a 64-byte head, u64 count, u64 M, u64 M0, u64 highest level,
/// u64 entry slot, i16 level per slot, and per slot: u64 key, i16 level, then its lists from level 0 upwards, each a
/// u32 count and room for M0 (level 0) or M u32 slots.
pub struct Saved {
    bytes: Vec<u8>,
    /// By usearch's slot, which parallel additions permute.
    pub nodes: Vec<Node>,
    pub m: usize,
    pub m0: usize,
    pub entry_slot: usize,
}

impl Saved {
    /// None if the bytes are not as described.
    fn read(bytes: Vec<u8>) -> Option<Self> {
        let count = number::<4>(&bytes, 0)? as usize;
        let head = 8 + count * number::<4>(&bytes, 4)? as usize;
        if bytes.get(head..head + 7)? != b"usearch" {
            return None;
        }
        let graph = head + 64;
        let field = |at: usize| number::<8>(&bytes, graph + at * 8).map(|value| value as usize);
        let (m, m0, entry_slot) = (field(1)?, field(2)?, field(4)?);
        let mut nodes = Vec::with_capacity(count);
        let mut at = graph + 40 + count * 2;
        for _ in 0..count {
            let row = u32::try_from(number::<8>(&bytes, at)?).ok()?;
            let level = number::<2>(&bytes, at + 8)? as usize;
            nodes.push(Node {
                row,
                level,
                lists: at + 10,
            });
            at += 10 + 4 + m0 * 4 + level * (4 + m * 4);
        }
        let complete = field(0)? == count && at == bytes.len() && nodes.iter().all(|node| (node.row as usize) < count);
        complete.then_some(Self {
            bytes,
            nodes,
            m,
            m0,
            entry_slot,
        })
    }

    /// The slots that `node` links to on one of its levels.
    pub fn links(&self, node: &Node, level: usize) -> impl Iterator<Item = usize> + '_ {
        let from = match level {
            0 => node.lists,
            _ => node.lists + 4 + self.m0 * 4 + (level - 1) * (4 + self.m * 4),
        };
        let room = if level == 0 { self.m0 } else { self.m };
        let count = number::<4>(&self.bytes, from)
            .map_or(0, |count| count as usize)
            .min(room);
        let lists = &self.bytes[from + 4..from + 4 + count * 4];
        lists
            .as_chunks::<4>()
            .0
            .iter()
            .map(|slot| u32::from_le_bytes(*slot) as usize)
    }
}

impl Saved {
    /// How many links a node has on the base level.
    pub fn base_links(&self, slot: usize) -> usize {
        let count = number::<4>(&self.bytes, self.nodes[slot].lists);
        count.map_or(0, |count| count as usize).min(self.m0)
    }

    /// One of them.
    pub fn base_link(&self, slot: usize, place: usize) -> usize {
        let link = number::<4>(&self.bytes, self.nodes[slot].lists + 4 + place * 4);
        link.expect("lists were checked to be in the bytes") as usize
    }

    /// Puts a link into a base-level list: in place of one, or behind the last.
    pub fn set_base_link(&mut self, slot: usize, place: usize, to: usize) {
        let count = self.base_links(slot);
        assert!(place <= count && place < self.m0, "link {place} of {count}");
        let from = self.nodes[slot].lists;
        let at = from + 4 + place * 4;
        self.bytes[at..at + 4].copy_from_slice(&(to as u32).to_le_bytes());
        if place == count {
            self.bytes[from..from + 4].copy_from_slice(&(count as u32 + 1).to_le_bytes());
        }
    }
}

/// An unsigned number of `N` bytes.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let mut wide = [0; 8];
    wide[..N].copy_from_slice(bytes.get(at..at + N)?);
    Some(u64::from_le_bytes(wide))
}
