//! Whether two servers differ, by Student's test of their mean times.

use super::statistics::Statistics;

/// The levels of `--confidence`: percent, and the normal distribution's quantile for both sides.
const LEVELS: [(f64, f64); 6] = [
    (80.0, 1.281_551_566),
    (90.0, 1.644_853_627),
    (95.0, 1.959_963_985),
    (98.0, 2.326_347_874),
    (99.0, 2.575_829_304),
    (99.5, 2.807_033_768),
];

/// Says whether the mean times of two servers differ; `None` where there is too little to say so.
pub fn compare(left: &Statistics, right: &Statistics, level: u8) -> Option<String> {
    let (percent, normal) = LEVELS[usize::from(level).min(LEVELS.len() - 1)];
    let (left_count, right_count) = (left.queries as f64, right.queries as f64);
    if left_count < 2.0 || right_count < 2.0 {
        return None;
    }
    let freedom = left_count + right_count - 2.0;
    let spread = |it: &Statistics| it.squares - it.seconds * it.seconds / it.queries as f64;
    let deviation = ((spread(left) + spread(right)).max(0.0) / freedom).sqrt();
    let error = deviation * (1.0 / left_count + 1.0 / right_count).sqrt();
    let interval = student(normal, freedom) * error;
    let difference = (left.seconds / left_count - right.seconds / right_count).abs();
    Some(match difference > interval {
        true => format!(
            "Difference at {percent:.1}% confidence: mean difference is {difference:.8}, but confidence interval is {interval:.8}"
        ),
        false => format!("No difference proven at {percent:.1}% confidence"),
    })
}

/// The quantile of Student's distribution from that of the normal one, by the first terms of its expansion.
fn student(normal: f64, freedom: f64) -> f64 {
    let cube = normal.powi(3);
    let first = (cube + normal) / 4.0;
    let second = (5.0 * normal.powi(5) + 16.0 * cube + 3.0 * normal) / 96.0;
    normal + first / freedom + second / (freedom * freedom)
}

#[cfg(test)]
mod tests {
    use super::super::statistics::Measured;
    use super::*;

    fn of(times: &[f64]) -> Statistics {
        let mut statistics = Statistics::default();
        for seconds in times {
            statistics.add(&Measured {
                seconds: *seconds,
                ..Measured::default()
            });
        }
        statistics
    }

    #[test]
    fn means_differ_where_the_times_do_not_overlap() {
        let (slow, fast) = (of(&[1.0, 1.1, 0.9, 1.0, 1.05]), of(&[0.5, 0.52, 0.48, 0.5, 0.49]));
        assert!(
            compare(&slow, &fast, 5)
                .unwrap()
                .starts_with("Difference at 99.5% confidence")
        );
        assert_eq!(
            compare(&slow, &slow, 2).unwrap(),
            "No difference proven at 95.0% confidence"
        );
        assert_eq!(compare(&of(&[1.0]), &slow, 2), None);
        assert!((student(1.959_963_985, 10.0) - 2.228).abs() < 0.01);
    }
}
