//! What a Bloom filter can be asked.

use arrow::array::ArrayRef;

use super::bloom;
use super::definition::{SkipDefinition, Split};
use super::filters::{each_text, elements};
use crate::error::Result;

/// Several alternatives; each is a list of hashes that must all be there. Made for one definition.
#[derive(Clone, Debug, Default)]
pub struct Probe {
    alternatives: Vec<Vec<u64>>,
}

impl Probe {
    /// One of these values, or of the elements of these lists, is there. NULL never is.
    pub fn any_value(definition: &SkipDefinition, values: &ArrayRef) -> Result<Self> {
        let hashes = bloom::hash_values(&elements(values), definition.seed())?;
        let alternatives = hashes.into_iter().flatten().map(|hash| vec![hash]);
        Ok(Self {
            alternatives: alternatives.collect(),
        })
    }

    /// All of these values are there.
    pub fn all_values(definition: &SkipDefinition, values: &ArrayRef) -> Result<Self> {
        let hashes = bloom::hash_values(&elements(values), definition.seed())?;
        Ok(Self {
            alternatives: vec![hashes.into_iter().flatten().collect()],
        })
    }

    /// One of these texts is there, as a whole.
    pub fn any_text(definition: &SkipDefinition, split: Split, texts: &ArrayRef) -> Result<Self> {
        let mut probe = Self::default();
        each_text(texts, |text| {
            let words = split.words(text).into_iter();
            let hashes = words.map(|word| bloom::hash_bytes(word, definition.seed()));
            probe.alternatives.push(hashes.collect());
        })?;
        Ok(probe)
    }

    /// All of these texts are there, each as a whole.
    pub fn all_texts(definition: &SkipDefinition, split: Split, texts: &ArrayRef) -> Result<Self> {
        let probe = Self::any_text(definition, split, texts)?;
        Ok(Self {
            alternatives: vec![probe.alternatives.concat()],
        })
    }

    /// This or that.
    pub fn or(mut self, other: Self) -> Self {
        self.alternatives.extend(other.alternatives);
        self
    }

    /// A text is there that contains all of these parts. A part may begin or end the text.
    pub fn text_with_parts(definition: &SkipDefinition, split: Split, parts: &[TextPart<'_>]) -> Self {
        let words = parts
            .iter()
            .flat_map(|part| split.words_around(part.text, part.starts, part.ends));
        let hashes = words.map(|word| bloom::hash_bytes(word, definition.seed()));
        Self {
            alternatives: vec![hashes.collect()],
        }
    }

    pub(super) fn holds(&self, is_there: impl Fn(u64) -> bool) -> bool {
        let all = |hashes: &Vec<u64>| hashes.iter().all(|hash| is_there(*hash));
        self.alternatives.iter().any(all)
    }
}

/// A piece of a text that is looked for.
#[derive(Clone, Copy, Debug)]
pub struct TextPart<'a> {
    /// Its bytes.
    pub text: &'a [u8],
    /// The text begins with it, or what is before it ends a token.
    pub starts: bool,
    /// The text ends with it, or what follows begins another token.
    pub ends: bool,
}
