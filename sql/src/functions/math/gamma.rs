//! The gamma function and the error function, to about 15 digits.

use std::f64::consts::PI;

/// Coefficients of Lanczos' approximation for g = 7.
const LANCZOS: [f64; 9] = [
    0.999_999_999_999_809_9,
    676.520_368_121_885_1,
    -1_259.139_216_722_402_8,
    771.323_428_777_653_1,
    -176.615_029_162_140_6,
    12.507_343_278_686_905,
    -0.138_571_095_265_720_12,
    9.984_369_578_019_572e-6,
    1.505_632_735_149_311_6e-7,
];

/// The gamma function.
pub fn gamma(x: f64) -> f64 {
    if x <= 0.0 && x == x.floor() {
        return if x == 0.0 { f64::INFINITY.copysign(x) } else { f64::NAN };
    }
    if x < 0.5 {
        return PI / ((PI * x).sin() * gamma(1.0 - x));
    }
    if x == x.floor() && x <= 21.0 {
        return (2..x as u64).product::<u64>() as f64;
    }
    let (series, t) = lanczos(x - 1.0);
    // The power in two halves, so that it does not overflow before the product does.
    let half = t.powf((x - 0.5) / 2.0);
    (2.0 * PI).sqrt() * half * (-t).exp() * half * series
}

/// The logarithm of the gamma function's absolute value.
pub fn log_gamma(x: f64) -> f64 {
    if x <= 0.0 && x == x.floor() {
        return f64::INFINITY;
    }
    if x == 1.0 || x == 2.0 {
        return 0.0;
    }
    if x < 0.5 {
        return (PI / (PI * x).sin()).abs().ln() - log_gamma(1.0 - x);
    }
    let (series, t) = lanczos(x - 1.0);
    0.5 * (2.0 * PI).ln() + (x - 0.5) * t.ln() - t + series.ln()
}

fn lanczos(x: f64) -> (f64, f64) {
    let terms = LANCZOS[1..].iter().enumerate();
    let series = terms.fold(LANCZOS[0], |sum, (index, coefficient)| {
        sum + coefficient / (x + index as f64 + 1.0)
    });
    (series, x + 7.5)
}

/// Below this the Taylor series is used, above it the continued fraction.
const SERIES_END: f64 = 2.5;
/// Terms after which both have converged.
const TERMS: u32 = 120;

/// The error function.
pub fn erf(x: f64) -> f64 {
    if x.abs() >= SERIES_END {
        return (1.0 - complement(x.abs())).copysign(x);
    }
    let (mut sum, mut term) = (x, x);
    for n in 1..TERMS {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / PI.sqrt()
}

/// One minus the error function.
pub fn erfc(x: f64) -> f64 {
    match x {
        x if x >= SERIES_END => complement(x),
        x if x <= -SERIES_END => 2.0 - complement(-x),
        x => 1.0 - erf(x),
    }
}

/// The continued fraction of erfc, for x well above 0.
fn complement(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let fraction = (1..=TERMS).rev().fold(x, |below, n| x + f64::from(n) / 2.0 / below);
    (-x * x).exp() / PI.sqrt() / fraction
}
