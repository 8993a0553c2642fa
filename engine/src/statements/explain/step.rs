//! A step of a plan as EXPLAIN shows it, and the classic text of it.

use super::Options;
use super::json::Json;
use crate::table::prune::{PruneKind, PruneStep};

/// One step.
#[derive(Debug, Default)]
pub struct Step {
    /// ClickHouse's word for it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Names and types of what it gives.
    pub header: Vec<(String, String)>,
    /// What it does.
    pub facts: Vec<Fact>,
    /// What indexes leave of a table that it reads.
    pub indexes: Option<Vec<IndexStep>>,
    /// What ClickHouse has no words for: levels of indentation and text.
    pub own: Vec<(usize, String)>,
}

/// Something that a step does.
#[derive(Debug)]
pub enum Fact {
    /// LIMIT and OFFSET.
    Limit(usize, usize),
    /// Keys of a sort.
    Sort(String),
    /// Rows that a sort keeps.
    SortLimit(usize),
    /// A condition.
    Filter(String),
    /// GROUP BY.
    Keys(String),
    /// Aggregate functions.
    Aggregates(String),
    /// What is read.
    Read { parts: u64, granules: u64, output: String },
}

impl Step {
    /// A step of this name and description.
    pub fn new(name: &str, description: &str) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            ..Self::default()
        }
    }

    /// Its first line.
    pub fn title(&self, options: &Options) -> String {
        match options.description && !self.description.is_empty() {
            true => format!("{} ({})", self.name, self.description),
            false => self.name.clone(),
        }
    }

    /// Its lines in the classic form, without the indentation of the step.
    pub fn classic(&self, options: &Options) -> Vec<String> {
        let mut lines = vec![self.title(options)];
        if options.header {
            lines.extend(header_lines(&self.header));
        }
        if options.actions {
            lines.extend(self.facts.iter().flat_map(Fact::classic));
        }
        lines.extend(self.index_lines());
        lines.extend(self.own_lines());
        lines
    }

    /// The lines about indexes, if they are shown.
    pub fn index_lines(&self) -> impl Iterator<Item = String> {
        let steps = self.indexes.iter().flatten().flat_map(IndexStep::lines);
        let title = self.indexes.iter().map(|_| "Indexes:".to_string());
        title.chain(steps.map(|line| format!("  {line}")))
    }

    /// The lines that ClickHouse has not.
    pub fn own_lines(&self) -> impl Iterator<Item = String> {
        self.own
            .iter()
            .map(|(depth, text)| format!("{}{text}", "  ".repeat(*depth)))
    }
}

/// `Header: name Type`, the next ones below the first name.
pub fn header_lines(header: &[(String, String)]) -> Vec<String> {
    const WORD: &str = "Header: ";
    let line = |(at, (name, data_type)): (usize, &(String, String))| match at {
        0 => format!("{WORD}{name} {data_type}"),
        _ => format!("{}{name} {data_type}", " ".repeat(WORD.len())),
    };
    header.iter().enumerate().map(line).collect()
}

impl Fact {
    fn classic(&self) -> Vec<String> {
        match self {
            Self::Read { parts, granules, .. } => {
                vec![
                    "ReadType: Default".into(),
                    format!("Parts: {parts}"),
                    format!("Granules: {granules}"),
                ]
            }
            other => other.pretty(),
        }
    }

    /// Its lines in a tree.
    pub fn pretty(&self) -> Vec<String> {
        match self {
            Self::Limit(limit, offset) => vec![format!("Limit {limit}"), format!("Offset {offset}")],
            Self::Sort(keys) => vec![format!("Sort description: {keys}")],
            Self::SortLimit(rows) => vec![format!("Limit {rows}")],
            Self::Filter(condition) => vec![format!("Filter column: {condition}")],
            Self::Keys(keys) => vec![format!("Keys: {keys}")],
            Self::Aggregates(calls) => vec![format!("Aggregates: {calls}")],
            Self::Read {
                parts,
                granules,
                output,
            } => vec![
                "Read type: Default".into(),
                format!("Parts: {parts} | Granules: {granules}"),
                format!("Output: {output}"),
            ],
        }
    }

    /// Its members of a JSON object.
    pub fn json(&self) -> Vec<(&'static str, Json)> {
        match self {
            Self::Limit(limit, offset) => {
                vec![
                    ("Limit", Json::Number(*limit as u64)),
                    ("Offset", Json::Number(*offset as u64)),
                ]
            }
            Self::Sort(keys) => vec![("Sort Description", Json::Text(keys.clone()))],
            Self::SortLimit(rows) => vec![("Limit", Json::Number(*rows as u64))],
            Self::Filter(condition) => vec![("Filter Column", Json::Text(condition.clone()))],
            Self::Keys(keys) => vec![("Keys", Json::Text(keys.clone()))],
            Self::Aggregates(calls) => vec![("Aggregates", Json::Text(calls.clone()))],
            Self::Read { parts, granules, .. } => vec![
                ("Read Type", Json::Text("Default".into())),
                ("Parts", Json::Number(*parts)),
                ("Granules", Json::Number(*granules)),
            ],
        }
    }
}

/// What one index left of what those before it had left.
#[derive(Clone, Debug, Default)]
pub struct IndexStep {
    /// ClickHouse's word for its kind.
    pub kind: &'static str,
    /// Name and description of a skip index.
    pub named: Option<(String, String)>,
    /// The expressions of its key that were used.
    pub keys: Vec<String>,
    /// What was asked of it.
    pub condition: Option<String>,
    /// Parts and granules before.
    pub before: (u64, u64),
    /// Parts and granules after.
    pub after: (u64, u64),
}

impl IndexStep {
    /// A step of pruning.
    pub fn of(step: &PruneStep) -> Self {
        let kind = match &step.kind {
            PruneKind::MinMax => "Min-Max",
            PruneKind::Partition => "Partition",
            PruneKind::PrimaryKey => "PrimaryKey",
            PruneKind::Skip { .. } | PruneKind::Skips(_) => "Skip",
        };
        let named = match &step.kind {
            PruneKind::Skip { name, description } => Some((name.to_string(), description.to_string())),
            PruneKind::Skips(_) => Some((
                "<Combined skip indexes>".into(),
                "Final set of granules after AND/OR processing".into(),
            )),
            _ => None,
        };
        Self {
            kind,
            named,
            keys: step.keys.clone(),
            condition: step.condition.as_ref().map(ToString::to_string),
            before: step.before,
            after: step.after,
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.kind.to_string()];
        let mut line = |depth: usize, text: String| lines.push(format!("{}{text}", "  ".repeat(depth)));
        if let Some((name, description)) = &self.named {
            line(1, format!("Name: {name}"));
            line(1, format!("Description: {description}"));
        }
        if !self.keys.is_empty() {
            line(1, "Keys:".into());
            self.keys.iter().for_each(|key| line(2, key.clone()));
        }
        if let Some(condition) = &self.condition {
            line(1, format!("Condition: {condition}"));
        }
        line(1, format!("Parts: {}/{}", self.after.0, self.before.0));
        line(1, format!("Granules: {}/{}", self.after.1, self.before.1));
        lines
    }

    /// As a JSON object.
    pub fn json(&self) -> Json {
        let text = |text: &str| Json::Text(text.into());
        let mut members = vec![("Type", text(self.kind))];
        if let Some((name, description)) = &self.named {
            members.extend([("Name", text(name)), ("Description", text(description))]);
        }
        if !self.keys.is_empty() {
            members.push(("Keys", Json::List(self.keys.iter().map(|key| text(key)).collect())));
        }
        if let Some(condition) = &self.condition {
            members.push(("Condition", text(condition)));
        }
        members.extend([
            ("Initial Parts", Json::Number(self.before.0)),
            ("Selected Parts", Json::Number(self.after.0)),
            ("Initial Granules", Json::Number(self.before.1)),
            ("Selected Granules", Json::Number(self.after.1)),
        ]);
        Json::Object(members)
    }
}
