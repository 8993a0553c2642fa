//! Distances between vectors, in the widest instructions the machine has.

mod portable;

/// A number type distances are computed in.
pub trait Float: Copy + private::Sealed {}

mod private {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

impl Float for f32 {}
impl Float for f64 {}

/// Sum of squared differences. Panics if the lengths differ, as all functions here.
pub fn l2_squared<T: Float>(a: &[T], b: &[T]) -> T {
    let _ = (a, b);
    todo!()
}

/// Sum of products.
pub fn dot<T: Float>(a: &[T], b: &[T]) -> T {
    let _ = (a, b);
    todo!()
}

/// Sum of absolute differences.
pub fn l1<T: Float>(a: &[T], b: &[T]) -> T {
    let _ = (a, b);
    todo!()
}

/// Largest absolute difference; 0 for empty vectors.
pub fn linf<T: Float>(a: &[T], b: &[T]) -> T {
    let _ = (a, b);
    todo!()
}

/// `1 - dot(a, b) / sqrt(dot(a, a) * dot(b, b))`: NaN if one of them is zero.
pub fn cosine_distance<T: Float>(a: &[T], b: &[T]) -> T {
    let _ = (a, b);
    todo!()
}
