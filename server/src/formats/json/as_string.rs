//! JSONAsString: each JSON object of the data is a value of the only column. JSONAsObject, for columns of type JSON, is
//! refused.

use std::io::Read;

use gristmill_engine::HeaderColumn;
use gristmill_sql::types::{Cursor, DataType, skip_value};
use gristmill_sql::{Code, Error, Result};

use super::each_row::Separators;
use crate::formats::column_set::ColumnSet;
use crate::formats::row_input::{RowParser, read_rows};
use crate::formats::{Batches, Format, FormatSettings};

/// Objects as text.
pub const FORMAT: Format = Format {
    name: "JSONAsString",
    aliases: &[],
    content_type: "",
    input: Some(input),
    output: None,
};

fn input(header: &[HeaderColumn], settings: &FormatSettings, source: Box<dyn Read + Send>) -> Result<Batches> {
    const ONLY: &str = "This input format is only suitable for tables with a single column of type String";
    let [column] = header else {
        let message = format!("{ONLY} or Object, but the number of columns is {}", header.len());
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    };
    if *column.data_type.strip_low_cardinality().bare() != DataType::String {
        let message = format!("{ONLY} but the column type is {}", column.data_type);
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    Ok(read_rows(Parser(Separators::default()), header, settings, source))
}

struct Parser(Separators);

impl RowParser for Parser {
    fn prefix(&mut self, cursor: &mut Cursor<'_>, _columns: &ColumnSet) -> Result<()> {
        self.0.open(cursor);
        Ok(())
    }

    fn row(&mut self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<bool> {
        if !self.0.next(cursor)? {
            return Ok(false);
        }
        if cursor.peek() != Some(b'{') {
            return Err(Error::new(Code::INCORRECT_DATA, "JSON object must begin with '{'"));
        }
        let object = skip_value(cursor)?;
        columns.read_whole(0, object)?;
        Ok(true)
    }
}
