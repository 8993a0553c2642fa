//! What a skip index keeps of a block.

/// A Bloom filter of a block of texts is no larger: it is made anew for each block, whatever is in it.
pub const FILTER_BYTES_MAX: u64 = 64 << 20;
/// A value sets no more bits than this.
pub const HASHES_MAX: u32 = 64;

/// What a skip index keeps of a block of rows, per expression that it is made of.
#[derive(Clone, Debug, PartialEq)]
pub enum SkipDefinition {
    /// The smallest and the largest value.
    MinMax,
    /// The different rows, unless they are more than so many.
    Set {
        /// 0 = any number.
        rows_max: u64,
    },
    /// A Bloom filter of the values, or of the elements of arrays, as large as they need.
    Bloom {
        /// How often it may say that a value is there that is not; between 0 and 1.
        false_positive_rate: f64,
    },
    /// A Bloom filter of one size for the words of texts, or of the texts of arrays.
    Words {
        /// What is a word.
        split: Split,
        /// Bytes of a filter: 1 to [`FILTER_BYTES_MAX`].
        bytes: u64,
        /// Bits that a word sets: 1 to [`HASHES_MAX`].
        hashes: u32,
        /// Makes the hashes of two indexes differ.
        seed: u64,
    },
}

/// What the words of a text are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Each run of so many characters.
    Ngrams(usize),
    /// What lies between ASCII characters that are neither letters nor digits.
    Tokens,
}

impl SkipDefinition {
    /// The kind's number in the header.
    pub(super) fn kind(&self) -> u32 {
        match self {
            Self::MinMax => 1,
            Self::Set { .. } => 2,
            Self::Bloom { .. } => 3,
            Self::Words { .. } => 4,
        }
    }

    /// Bits that each value sets in a filter.
    pub(super) fn hashes(&self) -> u32 {
        match self {
            Self::Bloom { false_positive_rate } => {
                let hashes = bits_per_value(*false_positive_rate) * std::f64::consts::LN_2;
                (hashes.round() as u32).clamp(1, HASHES_MAX)
            }
            Self::Words { hashes, .. } => (*hashes).clamp(1, HASHES_MAX),
            Self::MinMax | Self::Set { .. } => 1,
        }
    }

    /// Changes what values hash to.
    pub(super) fn seed(&self) -> u64 {
        match self {
            Self::Words { seed, .. } => *seed,
            _ => 0,
        }
    }
}

/// Bits of a filter per value for a rate of false positives, if each value sets the best number of bits.
pub(super) fn bits_per_value(false_positive_rate: f64) -> f64 {
    /// Below it filters would only grow.
    const RATE_MIN: f64 = 1e-12;
    let rate = false_positive_rate.clamp(RATE_MIN, 1.0 - RATE_MIN);
    (-rate.ln() / (std::f64::consts::LN_2 * std::f64::consts::LN_2)).max(1.0)
}
