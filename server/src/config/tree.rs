//! Configuration as a tree of names and texts, whatever language its files are in, and how trees are merged.
//!
//! The rules are ClickHouse's: files of a `.d` folder add to the main one and win, `remove` and `replace` are attributes
//! (in YAML keys that begin with `@`), and `from_env` takes a text from the environment.

use gristmill_sql::{Code, Error, Result};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Elements inside of each other.
const DEPTH_MAX: usize = 64;

/// One element.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its text, if it has no children.
    pub text: String,
    /// What is in it.
    pub children: Vec<Node>,
    attributes: Vec<(String, String)>,
}

impl Node {
    fn named(name: &str) -> Node {
        Node {
            name: name.to_string(),
            ..Node::default()
        }
    }

    /// The tree of a file: XML by `.xml` and `.conf`, YAML by `.yaml` and `.yml`, else TOML.
    pub fn parse(text: &str, extension: &str) -> std::result::Result<Node, String> {
        match extension {
            "xml" | "conf" => of_xml(text),
            "yaml" | "yml" => {
                let value = serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?;
                of_yaml("clickhouse", value, 0)
            }
            _ => {
                let table: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
                Ok(of_toml("clickhouse", &toml::Value::Table(table)))
            }
        }
    }

    /// The first child of that name that is not removed.
    pub fn child(&self, name: &str) -> Option<&Node> {
        self.present().find(|child| child.name == name)
    }

    /// All children of that name that are not removed.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.present().filter(move |child| child.name == name)
    }

    /// All children that are not removed.
    pub fn present(&self) -> impl Iterator<Item = &Node> {
        self.children.iter().filter(|child| !child.is_removed())
    }

    /// The text of the first child of that name.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    /// Whether a later file has taken it away; it stays in the tree to say so.
    pub fn is_removed(&self) -> bool {
        self.attribute("remove").is_some()
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Lays another tree over this one.
    pub fn merge(&mut self, other: Node) {
        let mut is_taken = vec![false; self.children.len()];
        self.attributes = other.attributes;
        if !other.text.is_empty() {
            self.text = other.text;
        }
        for child in other.children {
            let free = |(index, known): (usize, &Node)| known.name == child.name && is_taken.get(index) == Some(&false);
            let found = self.children.iter().enumerate().position(free);
            if child.is_removed() {
                self.children.retain(|known| known.name != child.name);
                is_taken = vec![false; self.children.len()];
                self.children.push(child);
                continue;
            }
            match found {
                Some(index) => {
                    is_taken[index] = true;
                    match child.attribute("replace").is_some() || self.children[index].is_removed() {
                        true => self.children[index] = child,
                        false => self.children[index].merge(child),
                    }
                }
                None => self.children.push(child),
            }
        }
    }

    /// Takes texts from the environment. What else would be taken from elsewhere is refused.
    pub fn resolve(&mut self, environment: &dyn Fn(&str) -> Option<String>) -> Result<()> {
        for name in ["incl", "from_zk"] {
            if self.attribute(name).is_some() {
                let message = format!(
                    "The attribute {name} of {} in the configuration is not implemented",
                    self.name
                );
                return Err(Error::new(Code::NOT_IMPLEMENTED, message));
            }
        }
        if let Some(variable) = self.attribute("from_env") {
            match environment(variable) {
                Some(value) => self.text = value,
                None if self.text.is_empty() => {
                    let message = format!(
                        "{} in the configuration needs the environment variable {variable}",
                        self.name
                    );
                    return Err(Error::new(Code::NO_ELEMENTS_IN_CONFIG, message));
                }
                None => {}
            }
        }
        self.children
            .iter_mut()
            .try_for_each(|child| child.resolve(environment))
    }
}

fn of_xml(text: &str) -> std::result::Result<Node, String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Node> = vec![Node::default()];
    loop {
        let at = reader.buffer_position();
        let broken = |error: &dyn std::fmt::Display| format!("{error}, at byte {at}");
        match reader.read_event().map_err(|error| broken(&error))? {
            Event::Start(start) => {
                if open.len() > DEPTH_MAX {
                    return Err(broken(&"elements are nested too deeply"));
                }
                open.push(element(&start)?);
            }
            Event::Empty(start) => {
                let node = element(&start)?;
                open.last_mut().expect("the root is open").children.push(node);
            }
            Event::End(_) => {
                let mut node = open.pop().expect("the reader checks that ends fit");
                node.text = node.text.trim().to_string();
                open.last_mut().expect("the root is open").children.push(node);
            }
            Event::Text(text) => add(&mut open, &text),
            Event::CData(text) => add(&mut open, &text),
            Event::GeneralRef(name) => {
                let reference = format!("&{};", &*name);
                let text = quick_xml::escape::unescape(&reference).map_err(|error| broken(&error))?;
                add(&mut open, &text);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if open.len() > 1 {
        return Err("an element has no end".to_string());
    }
    let root = open.pop().and_then(|mut root| root.children.pop());
    root.ok_or_else(|| "there is no element".to_string())
}

fn add(open: &mut [Node], text: &str) {
    open.last_mut().expect("the root is open").text.push_str(text);
}

fn element(start: &BytesStart<'_>) -> std::result::Result<Node, String> {
    let mut node = Node::named(start.name().as_ref());
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let name = attribute.key.as_ref().to_string();
        let value = quick_xml::escape::unescape(&attribute.value).map_err(|error| error.to_string())?;
        node.attributes.push((name, value.into_owned()));
    }
    Ok(node)
}

fn of_yaml(name: &str, value: serde_yaml_ng::Value, depth: usize) -> std::result::Result<Node, String> {
    use serde_yaml_ng::Value;
    if depth > DEPTH_MAX {
        return Err("keys are nested too deeply".to_string());
    }
    let mut node = Node::named(name);
    let Value::Mapping(mapping) = value else {
        node.text = scalar(&value)?;
        return Ok(node);
    };
    for (key, value) in mapping {
        let key = scalar(&key)?;
        match value {
            value if key.starts_with('@') => node.attributes.push((key[1..].to_string(), scalar(&value)?)),
            value if key == "#text" => node.text = scalar(&value)?,
            Value::Sequence(values) => {
                for value in values {
                    node.children.push(of_yaml(&key, value, depth + 1)?);
                }
            }
            value => node.children.push(of_yaml(&key, value, depth + 1)?),
        }
    }
    Ok(node)
}

fn scalar(value: &serde_yaml_ng::Value) -> std::result::Result<String, String> {
    use serde_yaml_ng::Value;
    match value {
        Value::Null => Ok(String::new()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Number(value) => Ok(value.to_string()),
        Value::String(value) => Ok(value.clone()),
        _ => Err("a key or a member of a list is neither text nor a number".to_string()),
    }
}

fn of_toml(name: &str, value: &toml::Value) -> Node {
    let mut node = Node::named(name);
    match value {
        toml::Value::Table(table) => {
            for (name, value) in table {
                match value {
                    toml::Value::Array(values) => node.children.extend(values.iter().map(|value| of_toml(name, value))),
                    value => node.children.push(of_toml(name, value)),
                }
            }
        }
        toml::Value::String(text) => node.text.clone_from(text),
        other => node.text = other.to_string(),
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(node: &Node) -> String {
        let children: Vec<String> = node.present().map(shown).collect();
        match children.is_empty() {
            true => format!("{}={}", node.name, node.text),
            false => format!("{}({})", node.name, children.join(" ")),
        }
    }

    #[track_caller]
    fn check(extension: &str, files: &[&str], expected: &str) {
        let mut files = files.iter().map(|text| Node::parse(text, extension).unwrap());
        let mut tree = files.next().unwrap();
        files.for_each(|file| tree.merge(file));
        let environment = |name: &str| (name == "SECRET").then(|| "s".to_string());
        tree.resolve(&environment).unwrap();
        assert_eq!(shown(&tree), format!("clickhouse({expected})"));
    }

    #[test]
    fn languages_say_the_same() {
        let expected = "a=1 b(c=x c=y) d=<s>";
        check(
            "xml",
            &[
                "<?xml version=\"1.0\"?><!-- c --><clickhouse>\n<a> 1 </a><b><c>x</c><c>y</c></b><d>&lt;<![CDATA[s]]>&gt;</d></clickhouse>",
            ],
            expected,
        );
        check("yaml", &["a: 1\nb:\n  c: [x, y]\nd: <s>"], expected);
        check(
            "toml",
            &["a = 1\nd = '<s>'\n[b]\nc = ['x', 'y']"],
            "a=1 b(c=x c=y) d=<s>",
        );
    }

    #[test]
    fn later_files_win() {
        check(
            "yaml",
            &["a: 1\nb: {c: 2, d: 3}", "b: {c: 4}\ne: 5"],
            "a=1 b(c=4 d=3) e=5",
        );
        check(
            "yaml",
            &["a: 1\nb: {c: 2, d: 3}", "b: {'@replace': 1, c: 4}"],
            "a=1 b(c=4)",
        );
        check(
            "xml",
            &[
                "<clickhouse><a>1</a><b>2</b></clickhouse>",
                "<clickhouse><a remove=\"1\"/></clickhouse>",
            ],
            "b=2",
        );
        let remove = "<clickhouse><a remove=\"1\"/></clickhouse>";
        check(
            "xml",
            &[
                "<clickhouse><a>1</a></clickhouse>",
                remove,
                "<clickhouse><a>3</a></clickhouse>",
            ],
            "a=3",
        );
        check(
            "xml",
            &["<yandex><p from_env=\"SECRET\"/></yandex>"]
                .map(|it| it.replace("yandex", "clickhouse"))
                .each_ref()
                .map(String::as_str),
            "p=s",
        );
    }

    #[test]
    fn broken_files_are_refused() {
        for text in ["", "<a>", "<a></b>", "<a b=1/>", "text", "<a>&nosuch;</a>"] {
            assert!(Node::parse(text, "xml").is_err(), "{text}");
        }
        assert!(Node::parse(&"<a>".repeat(100_000), "xml").is_err());
        for text in ["a: [", "a: [[1]]", "? {a: 1}\n: 2"] {
            assert!(Node::parse(text, "yaml").is_err(), "{text}");
        }
        let mut unset = Node::parse("<a><b from_env=\"NOSUCH\"/></a>", "xml").unwrap();
        assert_eq!(unset.resolve(&|_| None).unwrap_err().code, Code::NO_ELEMENTS_IN_CONFIG);
        let mut other = Node::parse("<a><b incl=\"x\"/></a>", "xml").unwrap();
        assert_eq!(other.resolve(&|_| None).unwrap_err().code, Code::NOT_IMPLEMENTED);
    }
}
