//! Names of parts: `<partition>_<min block>_<max block>_<level>[_<mutation>]`, as ClickHouse names its folders.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// Blocks and mutations get smaller numbers for ever: a folder that says another one is not ours, and no number after it
/// could be given.
const NUMBER_MAX: u64 = 1 << 62;

/// Name of a part, which is also the name of its folder.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartName {
    /// ClickHouse's partition id: `all`, `202401`, `20240131-5`, or a hash. Never holds `_`.
    pub partition_id: String,
    /// First block (insert) whose rows are here.
    pub min_block: u64,
    /// Last block whose rows are here.
    pub max_block: u64,
    /// How many merges lie under it; 0 = as inserted.
    pub level: u32,
    /// Version of the last mutation applied, if any.
    pub mutation: Option<u64>,
}

impl PartName {
    /// Name of a freshly inserted part.
    pub fn inserted(partition_id: String, block: u64) -> PartName {
        PartName {
            partition_id,
            min_block: block,
            max_block: block,
            level: 0,
            mutation: None,
        }
    }

    /// Whether this part holds everything that `other` holds: `other` is stale beside it.
    pub fn covers(&self, other: &PartName) -> bool {
        self.partition_id == other.partition_id
            && self.min_block <= other.min_block
            && self.max_block >= other.max_block
            && self.level >= other.level
            && self.mutation >= other.mutation
    }
}

impl fmt::Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}_{}_{}_{}",
            self.partition_id, self.min_block, self.max_block, self.level
        )?;
        match self.mutation {
            Some(version) => write!(f, "_{version}"),
            None => Ok(()),
        }
    }
}

impl FromStr for PartName {
    type Err = Error;

    fn from_str(text: &str) -> Result<PartName> {
        let wrong = || Error::Invalid(format!("'{text}' is not the name of a part"));
        let fields: Vec<&str> = text.split('_').collect();
        let [partition_id, numbers @ ..] = fields.as_slice() else {
            return Err(wrong());
        };
        if partition_id.is_empty() || !(3..=4).contains(&numbers.len()) {
            return Err(wrong());
        }
        let number = |index: usize| {
            let number = numbers[index].parse::<u64>().ok();
            number.filter(|number| *number <= NUMBER_MAX).ok_or_else(wrong)
        };
        let name = PartName {
            partition_id: (*partition_id).to_owned(),
            min_block: number(0)?,
            max_block: number(1)?,
            level: u32::try_from(number(2)?).map_err(|_| wrong())?,
            mutation: if numbers.len() == 4 { Some(number(3)?) } else { None },
        };
        // `01` and `+1` parse too, but would not print as the same folder again.
        if name.min_block > name.max_block || name.to_string() != text {
            return Err(wrong());
        }
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn name(text: &str) -> PartName {
        text.parse().expect("a part name")
    }

    #[test]
    fn names_round_trip() {
        for text in ["all_1_1_0", "20240131-5_1_20_3", "-5_1_1_0", "all_1_1_0_7"] {
            assert_eq!(name(text).to_string(), text);
        }
    }

    #[test]
    fn other_folders_are_no_parts() {
        for text in [
            "",
            "all",
            "detached",
            "all_1_1",
            "all_2_1_0",
            "all_01_1_0",
            "_1_1_0",
            "tmp_insert_all_1_1_0",
            "all_1_1_0_1_1",
            "all_1_1_x",
            "all_1_18446744073709551615_0",
        ] {
            assert!(text.parse::<PartName>().is_err(), "{text}");
        }
    }

    #[test]
    fn merged_and_mutated_parts_cover_their_sources() {
        let check = |left: &str, right: &str| name(left).covers(&name(right));
        assert!(check("all_1_4_1", "all_2_3_0"));
        assert!(check("all_1_1_0_5", "all_1_1_0"));
        assert!(!check("all_1_1_0", "all_1_1_0_5"));
        assert!(!check("all_1_4_1", "all_4_5_0"));
        assert!(!check("a_1_4_1", "b_2_3_0"));
    }
}
