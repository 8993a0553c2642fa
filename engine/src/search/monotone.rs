//! How the value of an expression follows the distance in it: whether it rises or falls with it.
//!
//! A sort key that never falls where the distance rises puts rows into the same order, up to rows that it cannot tell
//! apart; one that never rises puts them into the opposite one. Rounding does not change that: the float nearest to a
//! greater number is never less. What is not listed here counts as neither.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use gristmill_index::Metric;
use gristmill_sql::functions::as_call;

/// How far below 0 rounding may take a cosine distance.
const COSINE_LOW: f64 = -0.01;

/// What an expression does while the distance rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slope {
    /// Stays.
    Flat,
    /// Never falls.
    Rises,
    /// Never rises.
    Falls,
}

impl Slope {
    fn reversed(self) -> Self {
        match self {
            Self::Flat => Self::Flat,
            Self::Rises => Self::Falls,
            Self::Falls => Self::Rises,
        }
    }

    /// Of a sum of two; None if one rises while the other falls.
    fn with(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Flat, other) => Some(other),
            (own, Self::Flat) => Some(own),
            (own, other) => (own == other).then_some(own),
        }
    }
}

/// A slope, and the least and the greatest value. NaN apart, which sorts last whatever the order.
#[derive(Clone, Copy, Debug)]
struct Curve {
    slope: Slope,
    low: f64,
    high: f64,
}

/// Whether `expr` rises or falls with `distance`, which is a part of it; None where that is not known.
pub fn slope(expr: &Expr, distance: &Expr, metric: Metric) -> Option<Slope> {
    let curve = curve(expr, distance, metric)?;
    (curve.slope != Slope::Flat).then_some(curve.slope)
}

fn curve(expr: &Expr, distance: &Expr, metric: Metric) -> Option<Curve> {
    if expr == distance {
        let low = match metric {
            Metric::L2 | Metric::L2Squared | Metric::L1 | Metric::Linf => 0.0,
            Metric::Cosine => COSINE_LOW,
            Metric::Dot => f64::NEG_INFINITY,
        };
        return Some(Curve {
            slope: Slope::Rises,
            low,
            high: f64::INFINITY,
        });
    }
    let of = |expr: &Expr| curve(expr, distance, metric);
    match expr {
        Expr::Literal(value, _) => constant(value),
        Expr::Alias(alias) => of(&alias.expr),
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => combined(of(left)?, *op, of(right)?),
        Expr::Negative(inner) => Some(of(inner)?.negated()),
        Expr::Cast(cast) if cast.field.data_type().is_floating() => of(&cast.expr),
        Expr::ScalarFunction(call) => called(call, of),
        _ => None,
    }
}

fn constant(value: &ScalarValue) -> Option<Curve> {
    let value = match value {
        ScalarValue::Float32(Some(value)) => f64::from(*value),
        ScalarValue::Float64(Some(value)) => *value,
        ScalarValue::UInt8(Some(value)) => f64::from(*value),
        ScalarValue::UInt16(Some(value)) => f64::from(*value),
        ScalarValue::UInt32(Some(value)) => f64::from(*value),
        ScalarValue::Int8(Some(value)) => f64::from(*value),
        ScalarValue::Int16(Some(value)) => f64::from(*value),
        ScalarValue::Int32(Some(value)) => f64::from(*value),
        _ => return None,
    };
    value.is_finite().then_some(Curve {
        slope: Slope::Flat,
        low: value,
        high: value,
    })
}

fn combined(left: Curve, op: Operator, right: Curve) -> Option<Curve> {
    match op {
        Operator::Plus => left.plus(right),
        Operator::Minus => left.plus(right.negated()),
        Operator::Multiply => left.times(right),
        Operator::Divide => left.times(right.reciprocal()?),
        _ => None,
    }
}

impl Curve {
    fn negated(self) -> Self {
        Self {
            slope: self.slope.reversed(),
            low: -self.high,
            high: -self.low,
        }
    }

    fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            slope: self.slope.with(other.slope)?,
            low: self.low + other.low,
            high: self.high + other.high,
        })
        .filter(|sum| !sum.low.is_nan() && !sum.high.is_nan())
    }

    fn times(self, other: Self) -> Option<Self> {
        match (self.slope, other.slope) {
            (Slope::Flat, _) => other.scaled(self.low),
            (_, Slope::Flat) => self.scaled(other.low),
            _ if self.low >= 0.0 && other.low >= 0.0 => Some(Self {
                slope: self.slope.with(other.slope)?,
                low: self.low * other.low,
                high: self.high * other.high,
            })
            .filter(|product| !product.low.is_nan() && !product.high.is_nan()),
            _ => None,
        }
    }

    /// By a constant; one that is 0 would make NaN of infinity.
    fn scaled(self, by: f64) -> Option<Self> {
        if by == 0.0 || !by.is_finite() {
            return None;
        }
        let scaled = Self {
            slope: self.slope,
            low: self.low * by.abs(),
            high: self.high * by.abs(),
        };
        Some(if by < 0.0 { scaled.negated() } else { scaled })
    }

    /// Only of what does not change its sign; 1 / 0 is infinity.
    fn reciprocal(self) -> Option<Self> {
        let positive = self.low >= 0.0 && self.low.is_sign_positive();
        if !positive && self.high >= 0.0 {
            return None;
        }
        Some(Self {
            slope: self.slope.reversed(),
            low: 1.0 / self.high,
            high: 1.0 / self.low,
        })
    }

    /// Through a function that never falls where its argument rises.
    fn through(self, function: impl Fn(f64) -> f64) -> Option<Self> {
        let (low, high) = (function(self.low), function(self.high));
        Some(Self {
            slope: self.slope,
            low,
            high,
        })
        .filter(|_| !low.is_nan() && !high.is_nan())
    }
}

fn called(call: &ScalarFunction, of: impl Fn(&Expr) -> Option<Curve>) -> Option<Curve> {
    let name = as_call(call)?.function();
    match call.args.as_slice() {
        [argument] if name == "CAST" => of(argument).filter(|_| is_float(call)),
        [argument] => of_one(name, of(argument)?),
        [base, exponent] if name == "pow" => power(of(base)?, of(exponent)?),
        [argument, digits] if is_rounding(name) && of(digits)?.slope == Slope::Flat => {
            let curve = of(argument)?;
            // Which number a range ends at is not looked into: only that of no digits is known to stay in its half.
            Some(Curve {
                low: if curve.low >= 0.0 { 0.0 } else { f64::NEG_INFINITY },
                high: f64::INFINITY,
                ..curve
            })
        }
        _ => None,
    }
}

fn is_float(call: &ScalarFunction) -> bool {
    call.func
        .return_type(&[])
        .is_ok_and(|data_type| data_type.is_floating())
}

fn is_rounding(name: &str) -> bool {
    matches!(name, "round" | "roundBankers" | "floor" | "ceil" | "trunc")
}

fn of_one(name: &str, curve: Curve) -> Option<Curve> {
    match name {
        // One number alone, and what keeps it.
        "tuple" | "toFloat32" | "toFloat64" | "toNullable" | "assumeNotNull" | "identity" | "materialize" => {
            Some(curve)
        }
        "negate" => Some(curve.negated()),
        "abs" if curve.low >= 0.0 => Some(curve),
        "abs" if curve.high <= 0.0 => Some(curve.negated()),
        "round" | "roundBankers" => curve.through(f64::round_ties_even),
        "floor" => curve.through(f64::floor),
        "ceil" => curve.through(f64::ceil),
        "trunc" => curve.through(f64::trunc),
        "sqrt" => curve.through(f64::sqrt),
        "cbrt" => curve.through(f64::cbrt),
        "exp" => curve.through(f64::exp),
        "exp2" => curve.through(f64::exp2),
        "exp10" => curve.through(|value| 10f64.powf(value)),
        "log" => curve.through(f64::ln),
        "log2" => curve.through(f64::log2),
        "log10" => curve.through(f64::log10),
        "log1p" => curve.through(f64::ln_1p),
        "atan" => curve.through(f64::atan),
        "sinh" => curve.through(f64::sinh),
        "asinh" => curve.through(f64::asinh),
        "tanh" => curve.through(f64::tanh),
        "degrees" => curve.through(f64::to_degrees),
        "radians" => curve.through(f64::to_radians),
        "sigmoid" => curve.through(|value| 1.0 / (1.0 + (-value).exp())),
        _ => None,
    }
}

/// A constant power of what is never negative, or the power of a constant.
fn power(base: Curve, exponent: Curve) -> Option<Curve> {
    match (base.slope, exponent.slope) {
        (_, Slope::Flat) if base.low >= 0.0 && exponent.low > 0.0 => base.through(|value| value.powf(exponent.low)),
        (_, Slope::Flat) if base.low >= 0.0 && base.low.is_sign_positive() && exponent.low < 0.0 => {
            base.through(|value| value.powf(-exponent.low))?.reciprocal()
        }
        (Slope::Flat, _) if base.low > 1.0 => exponent.through(|value| base.low.powf(value)),
        (Slope::Flat, _) if base.low > 0.0 && base.low < 1.0 => {
            exponent.negated().through(|value| base.low.recip().powf(value))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A curve from its least and its greatest value.
    fn rising(low: f64, high: f64) -> Curve {
        let slope = Slope::Rises;
        Curve { slope, low, high }
    }

    fn flat(value: f64) -> Curve {
        constant(&ScalarValue::Float64(Some(value))).expect("it is a finite number")
    }

    #[track_caller]
    fn check(curve: Option<Curve>, slope: Option<Slope>, range: (f64, f64)) {
        assert_eq!(curve.map(|curve| curve.slope), slope);
        if let Some(curve) = curve {
            assert_eq!((curve.low, curve.high), range);
        }
    }

    const INFINITY: f64 = f64::INFINITY;

    #[test]
    fn sums_and_products_keep_or_lose_the_slope() {
        let length = rising(0.0, INFINITY);
        check(length.plus(flat(1.0)), Some(Slope::Rises), (1.0, INFINITY));
        check(flat(1.0).plus(length.negated()), Some(Slope::Falls), (-INFINITY, 1.0));
        check(length.plus(length.negated()), None, (0.0, 0.0));
        check(length.times(flat(-2.0)), Some(Slope::Falls), (-INFINITY, 0.0));
        check(length.times(flat(0.0)), None, (0.0, 0.0));
        check(length.times(length), Some(Slope::Rises), (0.0, INFINITY));
        check(rising(-1.0, 1.0).times(rising(0.0, 1.0)), None, (0.0, 0.0));
        let falling = rising(-4.0, -2.0).negated();
        check(falling.times(falling), Some(Slope::Falls), (4.0, 16.0));
        check(falling.times(rising(1.0, 2.0)), None, (0.0, 0.0));
    }

    #[test]
    fn quotients_need_a_sign() {
        check(rising(0.0, INFINITY).reciprocal(), Some(Slope::Falls), (0.0, INFINITY));
        check(rising(-4.0, -2.0).reciprocal(), Some(Slope::Falls), (-0.5, -0.25));
        check(rising(-1.0, 1.0).reciprocal(), None, (0.0, 0.0));
        check(rising(-1.0, 0.0).reciprocal(), None, (0.0, 0.0));
        check(rising(-0.0, 1.0).reciprocal(), None, (0.0, 0.0));
    }

    #[test]
    fn functions_need_their_domain() {
        let length = rising(0.0, INFINITY);
        check(of_one("sqrt", length), Some(Slope::Rises), (0.0, INFINITY));
        check(of_one("sqrt", rising(-0.1, 1.0)), None, (0.0, 0.0));
        check(of_one("log", length), Some(Slope::Rises), (-INFINITY, INFINITY));
        check(of_one("abs", rising(-4.0, -2.0)), Some(Slope::Falls), (2.0, 4.0));
        check(of_one("sin", length), None, (0.0, 0.0));
        check(power(length, flat(2.0)), Some(Slope::Rises), (0.0, INFINITY));
        check(power(length, flat(-1.0)), Some(Slope::Falls), (0.0, INFINITY));
        check(power(rising(-1.0, 1.0), flat(2.0)), None, (0.0, 0.0));
        check(power(flat(2.0), rising(0.0, 3.0)), Some(Slope::Rises), (1.0, 8.0));
        check(power(flat(0.5), rising(0.0, 3.0)), Some(Slope::Falls), (0.125, 1.0));
        check(power(flat(-2.0), length), None, (0.0, 0.0));
    }
}
