//! The metrics of `system.events`, `metrics` and `asynchronous_metrics` in Prometheus's text format, with ClickHouse's names.

use std::fmt::{Display, Write as _};

use super::{asynchronous_metrics, metrics};
use crate::engine::Engine;
use crate::events::EVENTS;

impl Engine {
    /// What Prometheus scrapes.
    pub fn prometheus_text(&self) -> String {
        let mut text = String::new();
        for (event, name, description) in EVENTS {
            let value = self.events().get(*event);
            add(
                &mut text,
                &format!("ClickHouseProfileEvents_{name}"),
                "counter",
                &value,
                description,
            );
        }
        for (name, value, description) in metrics::all(self) {
            add(
                &mut text,
                &format!("ClickHouseMetrics_{name}"),
                "gauge",
                &value,
                description,
            );
        }
        for (name, value, description) in asynchronous_metrics::all(self) {
            add(
                &mut text,
                &format!("ClickHouseAsyncMetrics_{name}"),
                "gauge",
                &value,
                description,
            );
        }
        text
    }
}

fn add(text: &mut String, name: &str, kind: &str, value: &dyn Display, description: &str) {
    let description = description.replace('\n', " ");
    let _ = write!(
        text,
        "# HELP {name} {description}\n# TYPE {name} {kind}\n{name} {value}\n"
    ); // a String takes all
}
