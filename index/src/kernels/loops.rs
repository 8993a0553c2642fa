//! The distance loops, written once over registers of any width ([`Lanes`]).
//!
//! Everything is `inline(always)`: `level.rs` compiles it for each set of instructions, and only a function
//! compiled for a register's instructions may call the loops with that register.

use super::lanes::{I8, Lanes, Stored};

/// Registers of partial sums: enough to hide the latency of an addition.
const SUMS: usize = 4;
/// Numbers of the widest register.
const LANES_MAX: usize = 16;
/// Bytes of the widest number.
const WIDTH_MAX: usize = 8;

/// What is gathered over the numbers of two vectors. Zeros on both sides add nothing.
pub trait Measure<V: Lanes> {
    unsafe fn step(sum: V, query: V, row: V) -> V;
    unsafe fn join(left: V, right: V) -> V;
    unsafe fn end(sum: V) -> V::Number;
}

pub struct Dot;
pub struct L2Squared;
pub struct L1;
pub struct Linf;

macro_rules! sum {
    ($measure:ty, |$sum:ident, $query:ident, $row:ident| $step:expr) => {
        impl<V: Lanes> Measure<V> for $measure {
            #[inline(always)]
            unsafe fn step($sum: V, $query: V, $row: V) -> V {
                unsafe { $step }
            }
            #[inline(always)]
            unsafe fn join(left: V, right: V) -> V {
                unsafe { left.add(right) }
            }
            #[inline(always)]
            unsafe fn end(sum: V) -> V::Number {
                unsafe { sum.sum() }
            }
        }
    };
}
sum!(Dot, |sum, query, row| query.multiply_add(row, sum));
sum!(L1, |sum, query, row| query.sub(row).abs().add(sum));
sum!(L2Squared, |sum, query, row| {
    let difference = query.sub(row);
    difference.multiply_add(difference, sum)
});

impl<V: Lanes> Measure<V> for Linf {
    #[inline(always)]
    unsafe fn step(most: V, query: V, row: V) -> V {
        unsafe { query.sub(row).abs().larger(most) }
    }
    #[inline(always)]
    unsafe fn join(left: V, right: V) -> V {
        unsafe { left.larger(right) }
    }
    #[inline(always)]
    unsafe fn end(most: V) -> V::Number {
        unsafe { most.largest() }
    }
}

/// Calls `step(which sum, query register, row register)` over both vectors; the last register is filled up with
/// zeros. `row` must hold as many numbers as `query`.
#[inline(always)]
unsafe fn each<V: Lanes, S: Stored<V>>(query: &[V::Number], row: &[u8], mut step: impl FnMut(usize, V, V)) {
    let numbers = query.len();
    assert!(row.len() >= numbers * S::WIDTH, "a row shorter than the query");
    let (queries, rows) = (query.as_ptr(), row.as_ptr());
    let mut at = 0;
    // SAFETY: all reads end at or before `numbers`, which both sides have.
    unsafe {
        while at + SUMS * V::COUNT <= numbers {
            for sum in 0..SUMS {
                let from = at + sum * V::COUNT;
                step(sum, V::load(queries.add(from)), S::read(rows.add(from * S::WIDTH)));
            }
            at += SUMS * V::COUNT;
        }
        while at + V::COUNT <= numbers {
            step(0, V::load(queries.add(at)), S::read(rows.add(at * S::WIDTH)));
            at += V::COUNT;
        }
        if at < numbers {
            let (mut last_query, mut last_row) = ([V::Number::default(); LANES_MAX], [0u8; LANES_MAX * WIDTH_MAX]);
            last_query[..numbers - at].copy_from_slice(&query[at..]);
            last_row[..(numbers - at) * S::WIDTH].copy_from_slice(&row[at * S::WIDTH..numbers * S::WIDTH]);
            step(0, V::load(last_query.as_ptr()), S::read(last_row.as_ptr()));
        }
    }
}

/// One row against the query.
#[inline(always)]
pub unsafe fn one<V: Lanes, M: Measure<V>, S: Stored<V>>(query: &[V::Number], row: &[u8]) -> V::Number {
    unsafe {
        let mut sums = [V::zero(); SUMS];
        each::<V, S>(query, row, |sum, query, row| sums[sum] = M::step(sums[sum], query, row));
        M::end(M::join(M::join(sums[0], sums[1]), M::join(sums[2], sums[3])))
    }
}

/// The product with the query and the row's own square, in one pass: what cosine distance needs.
#[inline(always)]
pub unsafe fn dot_and_square<V: Lanes, S: Stored<V>>(query: &[V::Number], row: &[u8]) -> (V::Number, V::Number) {
    unsafe {
        let (mut dots, mut squares) = ([V::zero(); SUMS], [V::zero(); SUMS]);
        each::<V, S>(query, row, |sum, query, row| {
            dots[sum] = query.multiply_add(row, dots[sum]);
            squares[sum] = row.multiply_add(row, squares[sum]);
        });
        let sum = |sums: [V; SUMS]| sums[0].add(sums[1]).add(sums[2].add(sums[3])).sum();
        (sum(dots), sum(squares))
    }
}

/// Squared L2 distance to a row of bytes that stand for `byte * scale`.
#[inline(always)]
pub unsafe fn l2_squared_scaled<V: Lanes<Number = f32>>(query: &[f32], row: &[u8], scale: f32) -> f32
where
    I8: Stored<V>,
{
    unsafe {
        let minus = V::fill(-scale);
        let mut sums = [V::zero(); SUMS];
        each::<V, I8>(query, row, |sum, query, row| {
            let difference = row.multiply_add(minus, query);
            sums[sum] = difference.multiply_add(difference, sums[sum]);
        });
        sums[0].add(sums[1]).add(sums[2].add(sums[3])).sum()
    }
}

/// Bits that differ; both of the same length.
#[inline(always)]
pub fn hamming(query: &[u8], row: &[u8]) -> u32 {
    let (queries, query) = query.as_chunks::<8>();
    let (rows, row) = row.as_chunks::<8>();
    let wide = |(a, b): (&[u8; 8], &[u8; 8])| (u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b)).count_ones();
    let words: u32 = queries.iter().zip(rows).map(wide).sum();
    words + query.iter().zip(row).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>()
}
