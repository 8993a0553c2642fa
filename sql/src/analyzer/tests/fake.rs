//! The catalog of `tables.txt`, and running a plan over it.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::Schema;
use datafusion::catalog::MemTable;
use datafusion::common::ScalarValue;
use datafusion::datasource::provider_as_source;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::analyzer::{Catalog, Column, ColumnKind, Context, Planned, Table, TableFunctionArgument, plan_query};
use crate::error::{Code, Error, Result};
use crate::functions;
use crate::parser::{self, Statement};
use crate::types::{Cursor, DataType, TextOptions, TextStyle, reader, writer};

/// Rows of `numbers(n)` in tests.
const NUMBERS_MAX: u64 = 100_000;

pub struct Fake {
    session: SessionContext,
    runtime: tokio::runtime::Runtime,
    tables: BTreeMap<String, Table>,
    pub settings: BTreeMap<String, String>,
}

impl Fake {
    pub fn new() -> Fake {
        let mut tables = BTreeMap::new();
        for block in include_str!("tables.txt")
            .split("\n\n")
            .filter(|block| !block.trim().is_empty())
        {
            let mut lines = block.trim_start().lines();
            let name = lines.next().unwrap();
            let columns = columns(lines.next().unwrap());
            let rows: Vec<&str> = lines.collect();
            tables.insert(name.to_string(), memory_table("default", name, columns, &rows));
        }
        tables.insert(
            "one".into(),
            memory_table("system", "one", columns("dummy UInt8"), &["0"]),
        );
        let session = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Fake {
            session,
            runtime,
            tables,
            settings: BTreeMap::new(),
        }
    }

    pub fn plan(&self, sql: &str, parameters: &BTreeMap<String, String>) -> Result<Planned> {
        let (parsed, _) = parser::parse(sql.as_bytes(), parameters)?;
        let Statement::Query(query) = &parsed.statement else {
            return Err(Error::not_implemented("another statement"));
        };
        let functions = functions::Context::default();
        let context = Context {
            catalog: self,
            lifted: &parsed.lifted,
            parameters,
            functions: &functions,
        };
        plan_query(query, &context)
    }

    pub fn run(&self, planned: &Planned) -> Result<Vec<RecordBatch>> {
        let run = async {
            self.session
                .execute_logical_plan(planned.plan.clone())
                .await?
                .collect()
                .await
        };
        self.runtime.block_on(run).map_err(Error::from_datafusion)
    }

    /// [`Fake::shown`], with a stack for queries of any height.
    pub fn answer(&self, sql: &str, parameters: &BTreeMap<String, String>) -> Result<String> {
        parser::on_deep_stack(usize::MAX, || self.shown(sql, parameters))
    }

    /// Names, types and rows, as ClickHouse's TabSeparatedWithNamesAndTypes.
    fn shown(&self, sql: &str, parameters: &BTreeMap<String, String>) -> Result<String> {
        let planned = self.plan(sql, parameters)?;
        let mut lines = vec![
            planned
                .header
                .iter()
                .map(|column| escaped(&column.name))
                .collect::<Vec<_>>()
                .join("\t"),
            planned
                .header
                .iter()
                .map(|column| escaped(&column.data_type.to_string()))
                .collect::<Vec<_>>()
                .join("\t"),
        ];
        for batch in self.run(&planned)? {
            let options = TextOptions::default();
            let writers = planned
                .header
                .iter()
                .zip(batch.columns())
                .map(|(column, array)| {
                    let arrow = column.data_type.arrow();
                    assert_eq!(*array.data_type(), arrow, "column {} of {sql}", column.name);
                    writer(&column.data_type, array, &options)
                })
                .collect::<Result<Vec<_>>>()?;
            for row in 0..batch.num_rows() {
                let mut line = Vec::new();
                for (index, writer) in writers.iter().enumerate() {
                    if index > 0 {
                        line.push(b'\t');
                    }
                    writer.write_text(row, TextStyle::Escaped, &mut line);
                }
                lines.push(String::from_utf8_lossy(&line).into_owned());
            }
        }
        Ok(lines.join("\n"))
    }
}

/// A name as TabSeparatedWithNames writes it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\'', "\\'")
        .replace('\t', "\\t")
        .replace('\n', "\\n")
}

impl Catalog for Fake {
    fn table(&self, database: Option<&str>, name: &str, _is_final: bool) -> Result<Table> {
        let database = database.unwrap_or("default");
        match self.tables.get(name) {
            Some(table) if table.database == database => Ok(table.clone()),
            _ => Err(Error::new(
                Code::UNKNOWN_TABLE,
                format!("Unknown table expression identifier '{name}'"),
            )),
        }
    }

    fn table_function(&self, name: &str, arguments: &[TableFunctionArgument]) -> Result<Table> {
        let rows = match (name, arguments) {
            ("numbers", [TableFunctionArgument::Value(value, _)]) => value.to_string().parse::<u64>().unwrap_or(0),
            _ => {
                return Err(Error::new(
                    Code::UNKNOWN_FUNCTION,
                    format!("Unknown table function {name}"),
                ));
            }
        };
        let numbers: Vec<String> = (0..rows.min(NUMBERS_MAX)).map(|number| number.to_string()).collect();
        let rows: Vec<&str> = numbers.iter().map(String::as_str).collect();
        Ok(memory_table("", "numbers", columns("number UInt64"), &rows))
    }

    fn run_scalar(&self, planned: &Planned) -> Result<ScalarValue> {
        // The caller is inside `block_on` of nothing: planning is synchronous.
        let batches = self.run(planned)?;
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        if rows > 1 {
            let text = "Scalar subquery returned more than one row";
            return Err(Error::new(Code::INCORRECT_RESULT_OF_SCALAR_SUBQUERY, text));
        }
        match batches.iter().find(|batch| batch.num_rows() == 1) {
            Some(batch) => ScalarValue::try_from_array(batch.column(0), 0).map_err(Error::from_datafusion),
            None => ScalarValue::try_from(planned.header[0].data_type.arrow()).map_err(Error::from_datafusion),
        }
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.settings.get(name).cloned()
    }

    fn current_database(&self) -> &str {
        "default"
    }
}

/// `name Type, name ALIAS Type expression`.
fn columns(text: &str) -> Vec<Column> {
    let mut columns = Vec::new();
    let mut depth = 0;
    let parts = text.split(|letter: char| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        letter == ',' && depth == 0
    });
    for part in parts {
        let (name, rest) = part.trim().split_once(' ').unwrap();
        columns.push(match rest.strip_prefix("ALIAS ") {
            None => Column::ordinary(name, DataType::parse(rest).unwrap()),
            Some(rest) => {
                let (data_type, expression) = rest.split_once(' ').unwrap();
                Column {
                    kind: ColumnKind::Alias,
                    expression: Some(expression.to_string()),
                    ..Column::ordinary(name, DataType::parse(data_type).unwrap())
                }
            }
        });
    }
    columns
}

fn memory_table(database: &str, name: &str, columns: Vec<Column>, rows: &[&str]) -> Table {
    let stored: Vec<&Column> = columns
        .iter()
        .filter(|column| column.kind != ColumnKind::Alias)
        .collect();
    let options = TextOptions::default();
    let mut readers: Vec<_> = stored
        .iter()
        .map(|column| reader(&column.data_type, &options))
        .collect();
    for row in rows {
        for (reader, field) in readers.iter_mut().zip(row.split('\t')) {
            reader
                .read_text(&mut Cursor::new(field.as_bytes()), TextStyle::Escaped)
                .unwrap();
        }
    }
    let arrays: Vec<ArrayRef> = readers.iter_mut().map(|reader| reader.finish()).collect();
    let fields: Vec<_> = stored
        .iter()
        .map(|column| column.data_type.field(&column.name))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap();
    let provider = Arc::new(MemTable::try_new(schema, vec![vec![batch]]).unwrap());
    Table {
        view: None,
        virtual_columns: Vec::new(),
        database: database.into(),
        name: name.into(),
        columns,
        source: provider_as_source(provider),
    }
}
