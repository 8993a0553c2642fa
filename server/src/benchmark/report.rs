//! What was measured, as ClickHouse's program prints it, and in JSON.

use serde_json::{Map, Value, json};

use super::comparison::compare;
use super::statistics::Statistics;

/// The percentiles of a report.
const PERCENTS: [f64; 14] = [
    0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 95.0, 99.0, 99.9, 99.99,
];

const MIB: f64 = 1_048_576.0;

/// One server's address and figures.
pub type Measured<'a> = (&'a str, &'a Statistics);

/// Rates of one server.
struct Rates {
    queries: f64,
    read_rows: f64,
    read_mib: f64,
    result_rows: f64,
    result_mib: f64,
}

impl Rates {
    /// Of queries of which `concurrency` ran at a time.
    fn of(statistics: &Statistics, concurrency: usize) -> Rates {
        let seconds = (statistics.seconds / concurrency as f64).max(f64::MIN_POSITIVE);
        let rate = |count: u64| count as f64 / seconds;
        Rates {
            queries: rate(statistics.queries),
            read_rows: rate(statistics.read.0),
            read_mib: rate(statistics.read.1) / MIB,
            result_rows: rate(statistics.result.0),
            result_mib: rate(statistics.result.1) / MIB,
        }
    }
}

/// A report for people.
pub fn text(servers: &[Measured<'_>], concurrency: usize, confidence: u8) -> String {
    let mut text = String::from("\n");
    for (address, statistics) in servers {
        let rates = Rates::of(statistics, concurrency);
        let errors = match statistics.errors {
            0 => String::new(),
            errors => format!("errors: {errors}, "),
        };
        text.push_str(&format!(
            "{address}, queries: {}, {errors}QPS: {:.3}, RPS: {:.3}, MiB/s: {:.3}, result RPS: {:.3}, result MiB/s: {:.3}.\n",
            statistics.queries, rates.queries, rates.read_rows, rates.read_mib, rates.result_rows, rates.result_mib
        ));
    }
    text.push('\n');
    let times: Vec<Vec<f64>> = servers.iter().map(|(_, it)| it.percentiles(&PERCENTS)).collect();
    for (at, percent) in PERCENTS.iter().enumerate() {
        text.push_str(&format!("{percent}%\t\t"));
        times
            .iter()
            .for_each(|times| text.push_str(&format!("{:.3} sec.\t", times[at])));
        text.push('\n');
    }
    if let [(_, left), (_, right)] = servers
        && let Some(said) = compare(left, right, confidence)
    {
        text.push_str(&format!("\n{said}\n"));
    }
    text
}

/// The same for programs.
pub fn json(servers: &[Measured<'_>], concurrency: usize) -> String {
    let mut all = Map::new();
    for (address, statistics) in servers {
        let rates = Rates::of(statistics, concurrency);
        let times = statistics.percentiles(&PERCENTS);
        let times: Map<String, Value> = PERCENTS
            .iter()
            .zip(times)
            .map(|(percent, seconds)| (percent.to_string(), json!(seconds)))
            .collect();
        let figures = json!({
            "statistics": {
                "QPS": rates.queries,
                "RPS": rates.read_rows,
                "MiBPS": rates.read_mib,
                "RPS_result": rates.result_rows,
                "MiBPS_result": rates.result_mib,
                "num_queries": statistics.queries,
                "num_errors": statistics.errors,
            },
            "query_time_percentiles": times,
        });
        all.insert((*address).to_string(), figures);
    }
    format!("{:#}\n", Value::Object(all))
}

#[cfg(test)]
mod tests {
    use super::super::statistics::Measured;
    use super::*;

    #[test]
    fn reports_read_as_clickhouse_writes_them() {
        let mut statistics = Statistics::default();
        for _ in 0..10 {
            statistics.add(&Measured {
                seconds: 0.5,
                read: (100, 1_048_576),
                result: (10, 0),
            });
        }
        let shown = text(&[("localhost:9000", &statistics)], 2, 5);
        let mut lines = shown.lines().skip(1);
        assert_eq!(
            lines.next().unwrap(),
            "localhost:9000, queries: 10, QPS: 4.000, RPS: 400.000, MiB/s: 4.000, result RPS: 40.000, result MiB/s: 0.000."
        );
        assert_eq!(lines.nth(1).unwrap(), "0%\t\t0.500 sec.\t");
        assert_eq!(shown.lines().last().unwrap(), "99.99%\t\t0.500 sec.\t");
        let parsed: Value = serde_json::from_str(&json(&[("a:1", &statistics)], 2)).unwrap();
        assert_eq!(parsed["a:1"]["statistics"]["num_queries"], 10);
        assert_eq!(parsed["a:1"]["query_time_percentiles"]["99.9"], 0.5);
    }
}
