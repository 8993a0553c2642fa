//! [`Statistics`]: what the queries of one server took.

/// Times that are kept; of more, a random choice is.
const SAMPLES_MAX: usize = 1 << 16;

/// What one query did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measured {
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Rows and bytes that the server read.
    pub read: (u64, u64),
    /// Rows and bytes of the result.
    pub result: (u64, u64),
}

/// Sums, and a choice of times.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    /// Queries that were answered.
    pub queries: u64,
    /// Queries that failed.
    pub errors: u64,
    /// Sum of their times.
    pub seconds: f64,
    /// Sum of the squares of their times.
    pub squares: f64,
    /// Rows and bytes that the server read.
    pub read: (u64, u64),
    /// Rows and bytes of results.
    pub result: (u64, u64),
    samples: Vec<f64>,
    random: Random,
}

impl Statistics {
    /// Adds a query.
    pub fn add(&mut self, measured: &Measured) {
        self.queries += 1;
        self.seconds += measured.seconds;
        self.squares += measured.seconds * measured.seconds;
        self.read.0 += measured.read.0;
        self.read.1 += measured.read.1;
        self.result.0 += measured.result.0;
        self.result.1 += measured.result.1;
        if self.samples.len() < SAMPLES_MAX {
            self.samples.push(measured.seconds);
            return;
        }
        let place = self.random.below(self.queries as usize);
        if let Some(sample) = self.samples.get_mut(place) {
            *sample = measured.seconds;
        }
    }

    /// The times below which these percentages lie.
    pub fn percentiles(&self, percents: &[f64]) -> Vec<f64> {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |percent: &f64| {
            let last = sorted.len().saturating_sub(1) as f64;
            let place = (percent / 100.0 * last).round() as usize;
            sorted.get(place).copied().unwrap_or(0.0)
        };
        percents.iter().map(at).collect()
    }
}

/// Numbers without an order that matters: a multiplicative generator, good enough to choose samples and queries.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Default for Random {
    fn default() -> Random {
        Random(0x9e37_79b9_7f4a_7c15)
    }
}

impl Random {
    /// Another sequence for each seed.
    pub fn new(seed: u64) -> Random {
        Random(Random::default().0 ^ seed.wrapping_mul(0xbf58_476d_1ce4_e5b9) | 1)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let mut statistics = Statistics::default();
        for number in (0..=1000).rev() {
            statistics.add(&Measured {
                seconds: f64::from(number),
                ..Measured::default()
            });
        }
        let found = statistics.percentiles(&[0.0, 50.0, 99.9, 100.0]);
        assert_eq!(found, [0.0, 500.0, 999.0, 1000.0]);
        assert_eq!(Statistics::default().percentiles(&[50.0]), [0.0]);
    }

    #[test]
    fn of_many_times_a_choice_is_kept() {
        let mut statistics = Statistics::default();
        for number in 0..200_000 {
            statistics.add(&Measured {
                seconds: f64::from(number),
                ..Measured::default()
            });
        }
        let [median] = statistics.percentiles(&[50.0])[..] else {
            panic!()
        };
        assert!((90_000.0..110_000.0).contains(&median), "{median}");
    }
}
