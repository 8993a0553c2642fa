//! Lists, gathered from the levels and numbers of pages.

use arrow::array::{ArrayData, ListArray, NullBufferBuilder, make_array};
use arrow::buffer::{Buffer, MutableBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::FieldRef;
use parquet::errors::{ParquetError, Result};

use super::page::DataPage;
use super::runs::{Run, Runs};

/// Levels that are decoded in one step where they are not one run.
const WORD: usize = 64;

/// What definition levels of a column mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Definition {
    /// The list has an item from this level on; one below it is empty, two below it is NULL.
    pub item: u32,
    /// The item is a number and not NULL, the highest level.
    pub value: u32,
}

impl Definition {
    /// Bits of a level.
    pub fn bits(self) -> usize {
        (u32::BITS - self.value.leading_zeros()) as usize
    }
}

/// Lists of one batch, so far.
pub struct Lists {
    definition: Definition,
    /// Where each list begins.
    offsets: Vec<i32>,
    lists: NullBufferBuilder,
    items: NullBufferBuilder,
    numbers: MutableBuffer,
    /// Bytes of a number.
    size: usize,
}

/// Which of up to 64 levels are what, a bit each.
struct Word {
    /// Levels in the word.
    count: usize,
    starts: u64,
    lists: u64,
    items: u64,
    values: u64,
}

impl Lists {
    /// None yet, and room for so many bytes of numbers of so many bytes each.
    pub fn new(definition: Definition, size: usize, capacity: usize) -> Self {
        Self {
            definition,
            offsets: Vec::new(),
            lists: NullBufferBuilder::new(0),
            items: NullBufferBuilder::new(0),
            numbers: MutableBuffer::new(capacity),
            size,
        }
    }

    /// Bytes of their numbers.
    pub fn bytes(&self) -> usize {
        self.numbers.len()
    }

    /// Takes from a page until it ends or a list would begin that is one too many; says whether that has happened.
    pub fn take(&mut self, page: &mut DataPage, lists_max: usize) -> Result<bool> {
        let items_before = self.items.len();
        let mut values = 0;
        let mut is_full = false;
        while page.left > 0 {
            let (repetition, definition) = (page.repetition.current()?, page.definition.current()?);
            let count = repetition.left().min(definition.left()).min(page.left);
            if let (Run::Same { value: 1, .. }, Run::Same { value: level, .. }) = (repetition, definition) {
                values += self.go_on(level, count)?;
                page.skip(count);
                continue;
            }
            let word = self.word(page, repetition, definition, count.min(WORD), lists_max)?;
            if word.count == 0 {
                is_full = true;
                break;
            }
            self.add(&word)?;
            values += word.values.count_ones() as usize;
            page.skip(word.count);
        }
        page.values.read(values, self.size, &mut self.numbers)?;
        self.spread(items_before, values);
        Ok(is_full)
    }

    /// The last list goes on for a run of equal levels. Returns the numbers in it.
    fn go_on(&mut self, level: u32, count: usize) -> Result<usize> {
        if self.offsets.is_empty() {
            return Err(unbegun());
        }
        if level > self.definition.value {
            return Err(too_high(level));
        }
        if level < self.definition.item {
            return Ok(0);
        }
        self.check_room(count)?;
        if level < self.definition.value {
            self.items.append_n_nulls(count);
            return Ok(0);
        }
        self.items.append_n_non_nulls(count);
        Ok(count)
    }

    /// The next levels, up to the list that would be one too many.
    fn word(
        &self,
        page: &DataPage,
        repetition: Run,
        definition: Run,
        mut count: usize,
        lists_max: usize,
    ) -> Result<Word> {
        let (repeated, higher) = planes(&page.repetition, repetition);
        if higher != 0 {
            return Err(ParquetError::General("a repetition level is above its maximum".into()));
        }
        let mut starts = !repeated & ones(count);
        let room = lists_max - self.offsets.len();
        if starts.count_ones() as usize > room {
            let beyond = (0..room).fold(starts, |left, _| left & (left - 1));
            count = beyond.trailing_zeros() as usize;
            starts &= ones(count);
        }
        if self.offsets.is_empty() && count > 0 && starts & 1 == 0 {
            return Err(unbegun());
        }
        let Definition { item, value } = self.definition;
        let (low, high) = match definition {
            Run::Same { value: level, .. } if level > value => return Err(too_high(level)),
            run => planes(&page.definition, run),
        };
        let at_least = |level: u32| {
            let bits = match level {
                0 => !0,
                1 => low | high,
                2 => high,
                3 => low & high,
                _ => 0,
            };
            bits & ones(count)
        };
        if at_least(value + 1) != 0 {
            return Err(too_high(value + 1));
        }
        Ok(Word {
            count,
            starts,
            lists: at_least(item - 1),
            items: at_least(item),
            values: at_least(value),
        })
    }

    /// Adds what a word says, all but the numbers.
    fn add(&mut self, word: &Word) -> Result<()> {
        let items = word.items.count_ones() as usize;
        self.check_room(items)?;
        let before = self.items.len();
        for place in set_bits(word.starts) {
            let offset = before + (word.items & ones(place)).count_ones() as usize;
            self.offsets.push(offset as i32);
            self.lists.append(word.lists >> place & 1 == 1);
        }
        if word.values == word.items {
            self.items.append_n_non_nulls(items);
        } else {
            for place in set_bits(word.items) {
                self.items.append(word.values >> place & 1 == 1);
            }
        }
        Ok(())
    }

    /// Offsets are 31 bits.
    fn check_room(&self, items: usize) -> Result<()> {
        let fits = self
            .items
            .len()
            .checked_add(items)
            .is_some_and(|end| end <= i32::MAX as usize);
        if !fits {
            return Err(ParquetError::General("the lists of a batch have too many items".into()));
        }
        Ok(())
    }

    /// Makes the last numbers stand where their items are: NULL has a place of its own.
    fn spread(&mut self, items_before: usize, values: usize) {
        let items = self.items.len() - items_before;
        if items == values {
            return;
        }
        let size = self.size;
        let start = self.numbers.len() - values * size;
        self.numbers.resize(start + items * size, 0);
        let numbers = &mut self.numbers[start..];
        let mut from = values;
        for to in (0..items).rev() {
            if self.items.is_valid(items_before + to) {
                from -= 1;
                numbers.copy_within(from * size..(from + 1) * size, to * size);
            } else {
                numbers[to * size..(to + 1) * size].fill(0);
            }
        }
    }

    /// The lists as an array, whose items are of this field.
    pub fn finish(mut self, field: FieldRef) -> Result<ListArray> {
        let items = ArrayData::builder(field.data_type().clone())
            .len(self.items.len())
            .add_buffer(Buffer::from(self.numbers))
            .nulls(self.items.finish())
            .build()?;
        self.offsets.push(items.len() as i32);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        Ok(ListArray::try_new(
            field,
            offsets,
            make_array(items),
            self.lists.finish(),
        )?)
    }
}

/// The lower and the upper bits of the next 64 levels, which have two bits at most.
fn planes(runs: &Runs, run: Run) -> (u64, u64) {
    let spread = |is_set: bool| if is_set { !0 } else { 0 };
    match run {
        Run::Same { value, .. } => (spread(value & 1 != 0), spread(value & !1 != 0)),
        Run::Packed { bit, .. } if runs.width() == 1 => (runs.bits(bit), 0),
        Run::Packed { bit, .. } => {
            let (first, second) = (runs.bits(bit), runs.bits(bit + WORD));
            let low = even_bits(first) | even_bits(second) << 32;
            let high = even_bits(first >> 1) | even_bits(second >> 1) << 32;
            (low, high)
        }
    }
}

/// Every second bit, from the lowest on, side by side.
fn even_bits(mut bits: u64) -> u64 {
    bits &= 0x5555_5555_5555_5555;
    bits = (bits | bits >> 1) & 0x3333_3333_3333_3333;
    bits = (bits | bits >> 2) & 0x0F0F_0F0F_0F0F_0F0F;
    bits = (bits | bits >> 4) & 0x00FF_00FF_00FF_00FF;
    bits = (bits | bits >> 8) & 0x0000_FFFF_0000_FFFF;
    (bits | bits >> 16) & 0x0000_0000_FFFF_FFFF
}

/// So many bits that are set, the lowest.
fn ones(count: usize) -> u64 {
    if count >= WORD { !0 } else { (1 << count) - 1 }
}

/// Where bits are set.
fn set_bits(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        place
    })
}

fn unbegun() -> ParquetError {
    ParquetError::General("a list goes on that has not begun".into())
}

fn too_high(level: u32) -> ParquetError {
    ParquetError::General(format!("the definition level {level} is above its maximum"))
}
