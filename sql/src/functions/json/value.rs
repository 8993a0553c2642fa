//! A parsed JSON text that keeps the order of its keys, and how it becomes text again.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::types::{write_float64, write_json_string};

/// One JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// Above the range of `Int`.
    UInt(u64),
    Double(f64),
    String(String),
    Array(Vec<Value>),
    /// In the order of the text; of equal keys all are kept.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// The value of a text that is one JSON value and nothing else.
    pub fn parse(text: &[u8]) -> Option<Value> {
        serde_json::from_slice(text).ok()
    }

    /// Appends the shortest JSON text of the value.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Value::Null => out.extend_from_slice(b"null"),
            Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Value::Int(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Value::UInt(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Value::Double(value) => write_float64(*value, out),
            Value::String(text) => write_json_string(text.as_bytes(), false, out),
            Value::Array(items) => {
                out.push(b'[');
                separated(items, out, Value::write);
                out.push(b']');
            }
            Value::Object(entries) => {
                out.push(b'{');
                separated(entries, out, |(key, value), out| {
                    write_json_string(key.as_bytes(), false, out);
                    out.push(b':');
                    value.write(out);
                });
                out.push(b'}');
            }
        }
    }

    /// The text of the value: a string's content, of others the JSON.
    pub fn text(&self) -> Vec<u8> {
        match self {
            Value::String(text) => text.clone().into_bytes(),
            other => {
                let mut text = Vec::new();
                other.write(&mut text);
                text
            }
        }
    }
}

fn separated<T>(items: &[T], out: &mut Vec<u8>, mut write: impl FnMut(&T, &mut Vec<u8>)) {
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write(item, out);
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::UInt(value), Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Double(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            values.push(entry);
        }
        Ok(Value::Object(values))
    }
}
