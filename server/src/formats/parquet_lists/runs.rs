//! Parquet's hybrid of runs of equal numbers and packed bits, in which levels and dictionary indices are kept.

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};

/// What is left of the current run; never nothing.
#[derive(Clone, Copy)]
pub enum Run {
    /// So many times the same number.
    Same { value: u32, left: usize },
    /// So many numbers, one after the other from this bit on.
    Packed { bit: usize, left: usize },
}

impl Run {
    /// Numbers that are left.
    pub fn left(self) -> usize {
        match self {
            Self::Same { left, .. } | Self::Packed { left, .. } => left,
        }
    }
}

/// Numbers of some bits each.
pub struct Runs {
    bytes: Bytes,
    /// The byte behind the current run.
    at: usize,
    /// Bits of a number.
    width: usize,
    run: Run,
}

impl Runs {
    /// The widest numbers there are.
    pub const WIDTH_MAX: usize = 32;

    /// Numbers of so many bits, at most [`Self::WIDTH_MAX`].
    pub fn new(bytes: Bytes, width: usize) -> Self {
        assert!(width <= Self::WIDTH_MAX, "whoever knows the width has checked it");
        let run = Run::Same { value: 0, left: 0 };
        Self {
            bytes,
            at: 0,
            width,
            run,
        }
    }

    /// Bits of a number.
    pub fn width(&self) -> usize {
        self.width
    }

    /// What is left of the current run, or else the next one.
    pub fn current(&mut self) -> Result<Run> {
        while self.run.left() == 0 {
            self.run = self.open()?;
        }
        Ok(self.run)
    }

    /// Goes on behind so many numbers of the current run.
    pub fn skip(&mut self, count: usize) {
        match &mut self.run {
            Run::Same { left, .. } => *left -= count,
            Run::Packed { bit, left } => {
                *bit += count * self.width;
                *left -= count;
            }
        }
    }

    /// The 64 bits from a bit on, zeros behind the end.
    pub fn bits(&self, bit: usize) -> u64 {
        let start = bit / 8;
        let word = match self.bytes.get(start..start + 16) {
            Some(bytes) => u128::from_le_bytes(bytes.try_into().expect("16 bytes were taken")),
            None => {
                let rest = self.bytes.get(start..).unwrap_or_default();
                let mut bytes = [0; 16];
                bytes[..rest.len()].copy_from_slice(rest);
                u128::from_le_bytes(bytes)
            }
        };
        (word >> (bit % 8)) as u64
    }

    /// The next run, which may be one of nothing.
    fn open(&mut self) -> Result<Run> {
        let header = self.header()?;
        let count = usize::try_from(header >> 1).unwrap_or(usize::MAX);
        if header & 1 == 1 {
            let start = self.at;
            let given = self.bytes.len() - start;
            // The last run of some writers is shorter than it says.
            let bytes = count.saturating_mul(self.width).min(given);
            let most = count.saturating_mul(8);
            let left = (bytes * 8).checked_div(self.width).map_or(most, |held| held.min(most));
            self.at += bytes;
            return Ok(Run::Packed { bit: start * 8, left });
        }
        let end = self.at + self.width.div_ceil(8);
        let value = self.bytes.get(self.at..end).ok_or_else(ended)?;
        self.at = end;
        let value = value.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
        Ok(Run::Same { value, left: count })
    }

    /// Seven bits in each byte, the lowest first.
    fn header(&mut self) -> Result<u64> {
        let mut header = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.at).ok_or_else(ended)?;
            self.at += 1;
            header |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(header);
            }
        }
        Err(ParquetError::General("a run's length has no end".into()))
    }
}

fn ended() -> ParquetError {
    ParquetError::EOF("a page has fewer levels or values than it says".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], width: usize, expected: &[u32]) {
        let mut runs = Runs::new(Bytes::copy_from_slice(bytes), width);
        let mut numbers = Vec::new();
        while let Ok(run) = runs.current() {
            numbers.push(match run {
                Run::Same { value, .. } => value,
                Run::Packed { bit, .. } => (runs.bits(bit) & ((1 << width) - 1)) as u32,
            });
            runs.skip(1);
        }
        assert_eq!(numbers, expected);
    }

    #[test]
    fn runs_and_packed_bits_follow_each_other() {
        check(&[0b110, 1, 0b11, 0b1010_0101], 1, &[1, 1, 1, 1, 0, 1, 0, 0, 1, 0, 1]);
        check(&[0b11, 0x88, 0xC6, 0xFA], 3, &[0, 1, 2, 3, 4, 5, 6, 7]);
        check(&[0b100, 0x34, 0x12], 12, &[0x1234, 0x1234]);
    }

    #[test]
    fn numbers_without_bits_are_zero() {
        check(&[0b11], 0, &[0; 8]);
        check(&[0b110], 0, &[0; 3]);
    }

    #[test]
    fn a_run_that_is_cut_off_has_what_is_there() {
        check(&[0b101, 0xFF], 2, &[3, 3, 3, 3]);
        check(&[0x83], 1, &[]);
        check(&[0xFF; 12], 1, &[]);
        check(&[0b110], 1, &[]);
        check(&[0, 1, 0b10, 1], 1, &[1]);
    }
}
