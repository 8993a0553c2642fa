//! Variance, deviation, covariance, correlation, weighted mean.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::Float64Type;
use datafusion::common::ScalarValue;

use super::own::{self, State};
use super::{AggregateFunction, Binding, Plan, binary, illegal, no_parameters, not_a_number, unary};
use crate::error::Result;
use crate::types::DataType;

pub const FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction::new("varPop", "Variance of a population", |binding| {
        spread(binding, |m| m.xx / m.n)
    })
    .aliases(&["VAR_POP", "varPopStable"]),
    AggregateFunction::new("varSamp", "Variance of a sample", |binding| {
        spread(binding, |m| sample(m.n, m.xx))
    })
    .aliases(&["VAR_SAMP", "varSampStable"]),
    AggregateFunction::new("stddevPop", "Standard deviation of a population", |binding| {
        spread(binding, |m| (m.xx / m.n).sqrt())
    })
    .aliases(&["STDDEV_POP", "STD", "STDDEV", "stddevPopStable"]),
    AggregateFunction::new("stddevSamp", "Standard deviation of a sample", |binding| {
        spread(binding, |m| sample(m.n, m.xx).sqrt())
    })
    .aliases(&["STDDEV_SAMP", "stddevSampStable"]),
    AggregateFunction::new("covarPop", "Covariance of a population", |binding| {
        pair(binding, |m| m.xy / m.n)
    })
    .aliases(&["COVAR_POP", "covarPopStable"]),
    AggregateFunction::new("covarSamp", "Covariance of a sample", |binding| {
        pair(binding, |m| sample(m.n, m.xy))
    })
    .aliases(&["COVAR_SAMP", "covarSampStable"]),
    AggregateFunction::new("corr", "Correlation coefficient of Pearson", |binding| {
        pair(binding, |m| m.xy / (m.xx * m.yy).sqrt())
    })
    .aliases(&["corrStable"])
    .any_case(),
    AggregateFunction::new("avgWeighted", "Mean weighted by the second argument", |binding| {
        bind(binding, 2, |m| m.weighted / m.weights)
    }),
];

fn sample(rows: f64, sum: f64) -> f64 {
    if rows < 2.0 { f64::NAN } else { sum / (rows - 1.0) }
}

fn spread(binding: &Binding, answer: fn(&Moments) -> f64) -> Result<Plan> {
    unary(binding)?;
    bind(binding, 1, answer)
}

fn pair(binding: &Binding, answer: fn(&Moments) -> f64) -> Result<Plan> {
    bind(binding, 2, answer)
}

fn bind(binding: &Binding, count: usize, answer: fn(&Moments) -> f64) -> Result<Plan> {
    if count == 2 {
        binary(binding)?;
    }
    no_parameters(binding)?;
    for argument in &binding.arguments {
        if !argument.is_number() && !argument.is_big_integer() && *argument != DataType::Bool && !argument.is_enum() {
            return Err(illegal(binding, argument));
        }
    }
    let narrow = count == 1 && binding.arguments[0] == DataType::Float32;
    let result = if narrow { DataType::Float32 } else { DataType::Float64 };
    let new = Arc::new(move || {
        Box::new(Moments {
            answer: Answer(answer),
            ..Moments::default()
        }) as Box<dyn State>
    });
    let saved = vec![DataType::Float64.arrow(); SAVED];
    let udaf = own::aggregate(binding, &DataType::Float64, saved, new);
    let empty = if narrow {
        Some(ScalarValue::Float32(Some(f32::NAN)))
    } else {
        not_a_number()
    };
    Ok(Plan {
        raw: DataType::Float64,
        empty,
        ..Plan::new(udaf, vec![DataType::Float64; count], result)
    })
}

/// Numbers that a saved state consists of.
const SAVED: usize = 8;

#[derive(Clone, Copy)]
struct Answer(fn(&Moments) -> f64);

impl Default for Answer {
    fn default() -> Answer {
        Answer(|moments| moments.n)
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("answer")
    }
}

/// Means and sums of squared and mixed differences from them (Welford's method), for one or two variables.
#[derive(Debug, Default, Clone)]
struct Moments {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
    weighted: f64,
    weights: f64,
    answer: Answer,
}

impl Moments {
    fn push(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        let (dx, dy) = (x - self.x, y - self.y);
        self.x += dx / self.n;
        self.y += dy / self.n;
        self.xx += dx * (x - self.x);
        self.yy += dy * (y - self.y);
        self.xy += dx * (y - self.y);
        self.weighted += x * y;
        self.weights += y;
    }

    fn saved(&self) -> [f64; SAVED] {
        [
            self.n,
            self.x,
            self.y,
            self.xx,
            self.yy,
            self.xy,
            self.weighted,
            self.weights,
        ]
    }

    fn add(&mut self, [n, x, y, xx, yy, xy, weighted, weights]: [f64; SAVED]) {
        let total = self.n + n;
        if n == 0.0 {
            return;
        }
        let (dx, dy) = (x - self.x, y - self.y);
        let share = self.n * n / total;
        self.xx += xx + dx * dx * share;
        self.yy += yy + dy * dy * share;
        self.xy += xy + dx * dy * share;
        self.x += dx * n / total;
        self.y += dy * n / total;
        self.n = total;
        self.weighted += weighted;
        self.weights += weights;
    }
}

impl State for Moments {
    fn update(&mut self, arguments: &[ArrayRef]) -> Result<()> {
        let x = arguments[0].as_primitive::<Float64Type>();
        let y = arguments.get(1).map_or(x, |y| y.as_primitive::<Float64Type>());
        x.values().iter().zip(y.values()).for_each(|(x, y)| self.push(*x, *y));
        Ok(())
    }

    fn save(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(self
            .saved()
            .iter()
            .map(|value| ScalarValue::Float64(Some(*value)))
            .collect())
    }

    fn merge(&mut self, states: &[ArrayRef]) -> Result<()> {
        for row in 0..states[0].len() {
            self.add(std::array::from_fn(|index| {
                states[index].as_primitive::<Float64Type>().value(row)
            }));
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Option<ScalarValue>> {
        Ok((self.n > 0.0).then(|| ScalarValue::Float64(Some((self.answer.0)(self)))))
    }

    fn bytes(&self) -> usize {
        size_of::<Moments>()
    }
}
