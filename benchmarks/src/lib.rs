//! Benchmarks: what we measure ourselves by, always beside a reference in the same run.
//!
//! Start at `src/bin/ann.rs` (vector search by SQL beside raw usearch). Micro-benchmarks of kernels and part
//! reading are criterion benches in `benches/`. Nothing here asserts a time: machines are noisy, so every
//! figure is printed next to the reference it is compared with.

pub mod ann;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
