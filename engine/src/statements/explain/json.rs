//! EXPLAIN json = 1: the plan as ClickHouse's JSON document.

use super::step::{IndexStep, Step};
use super::tree::Node;
use super::{Fact, Options};
use gristmill_sql::types::write_json_string;

/// A JSON value; members keep their order.
#[derive(Debug)]
pub enum Json {
    /// A string.
    Text(String),
    /// A number.
    Number(u64),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(&'static str, Json)>),
}

/// The document's lines.
pub fn document(root: &Node<'_>, options: &Options) -> Vec<String> {
    let mut ids = 0;
    let plan = Json::Object(vec![("Plan", node(root, options, &mut ids))]);
    let mut text = String::new();
    Json::List(vec![plan]).write(0, &mut text);
    text.lines().map(str::to_string).collect()
}

/// A step with those below it; steps are numbered from the leaves.
fn node(node_: &Node<'_>, options: &Options, ids: &mut usize) -> Json {
    let plans: Vec<Json> = node_.children.iter().map(|child| node(child, options, ids)).collect();
    let Step {
        name,
        description,
        header,
        facts,
        indexes,
        own,
    } = node_.step;
    let text = |text: &str| Json::Text(text.into());
    let mut members = vec![
        ("Node Type", text(name)),
        ("Node Id", Json::Text(format!("{name}_{ids}"))),
    ];
    *ids += 1;
    if options.description && !description.is_empty() {
        members.push(("Description", Json::Text(description.replace(" (without OFFSET)", ""))));
    }
    if options.header {
        let column =
            |(name, data_type): &(String, String)| Json::Object(vec![("Name", text(name)), ("Type", text(data_type))]);
        members.push(("Header", Json::List(header.iter().map(column).collect())));
    }
    if options.actions {
        members.extend(facts.iter().flat_map(Fact::json));
    }
    if let Some(indexes) = indexes {
        members.push(("Indexes", Json::List(indexes.iter().map(IndexStep::json).collect())));
    }
    if !own.is_empty() {
        let lines = own.iter().filter(|(_, line)| line != "SelectWithSearch");
        members.push((
            "SelectWithSearch",
            Json::List(lines.map(|(_, line)| text(line)).collect()),
        ));
    }
    if !plans.is_empty() {
        members.push(("Plans", Json::List(plans)));
    }
    Json::Object(members)
}

impl Json {
    /// Objects over lines; arrays of texts and numbers on one.
    fn write(&self, depth: usize, out: &mut String) {
        let indent = |out: &mut String, depth: usize| {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        };
        match self {
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::Text(text) => {
                let mut quoted = Vec::new();
                write_json_string(text.as_bytes(), false, &mut quoted);
                out.push_str(&String::from_utf8_lossy(&quoted));
            }
            Self::List(items) => {
                let over_lines = items.iter().any(|item| matches!(item, Self::Object(_)));
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    match (at, over_lines) {
                        (0, _) => {}
                        (_, true) => out.push(','),
                        (_, false) => out.push_str(", "),
                    }
                    if over_lines {
                        indent(out, depth + 1);
                    }
                    item.write(depth + 1, out);
                }
                if over_lines {
                    indent(out, depth);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    indent(out, depth + 1);
                    out.push_str(&format!("\"{name}\": "));
                    value.write(depth + 1, out);
                }
                indent(out, depth);
                out.push('}');
            }
        }
    }
}
