//! Every function with every small combination of argument types and odd values: a result or an error, never a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::Schema;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, col};
use datafusion::physical_expr::create_physical_expr;

use crate::functions::{Context, FOLDERS, Function, TypedExpr, call};
use crate::types::{Cursor, DataType, TextOptions, TextStyle, reader};

/// Types, with the texts of their values.
const COLUMNS: &[(&str, &[&str])] = &[
    ("UInt8", &["0", "1", "255"]),
    ("Int64", &["0", "-9223372036854775808", "9223372036854775807"]),
    ("UInt64", &["0", "1", "18446744073709551615"]),
    ("Float64", &["nan", "-inf", "1e300"]),
    ("String", &["", "a", "2020-01-01"]),
    ("Nullable(Int64)", &["\\N", "-1", "5"]),
    (
        "DateTime64(9)",
        &["1900-01-01 00:00:00", "2020-02-29 12:00:00.5", "2262-01-01 00:00:00"],
    ),
    ("Array(Int64)", &["[]", "[-9223372036854775808,1]", "[3]"]),
    ("Date", &["1970-01-01", "2149-06-06", "2024-02-29"]),
    (
        "DateTime",
        &["1970-01-01 00:00:00", "2106-02-07 06:28:15", "2024-02-29 23:59:59"],
    ),
    (
        "Decimal(38, 10)",
        &["0", "-9999999999999999999999999999.9999999999", "1.5"],
    ),
    ("Array(String)", &["[]", "['a','']", "['b']"]),
    ("Tuple(UInt8, String)", &["(0,'')", "(1,'a')", "(2,'b')"]),
    ("FixedString(3)", &["", "a", "abc"]),
    ("Nullable(String)", &["\\N", "", "x"]),
    ("Bool", &["true", "false", "true"]),
    ("UUID", &["00000000-0000-0000-0000-000000000000"; 3]),
    ("Enum8('a' = -128, 'b' = 127)", &["a", "b", "a"]),
    ("Float32", &["-0", "inf", "1e-40"]),
    ("BFloat16", &["0", "1", "-1"]),
    ("Int8", &["-128", "0", "127"]),
    ("UInt32", &["0", "4294967295", "7"]),
    ("Decimal(9, 9)", &["0", "0.999999999", "-0.5"]),
    ("Decimal(76, 0)", &["0", "1", "-1"]),
    ("LowCardinality(Nullable(String))", &["\\N", "a", "b"]),
    ("Array(Array(Float32))", &["[]", "[[1],[]]", "[[2,3]]"]),
    ("IntervalMonth", &["0", "-9223372036854775808", "9223372036854775807"]),
];

/// So many of the columns are combined in pairs and triples.
const PAIRED: usize = 16;
const TRIPLED: usize = 5;

struct World {
    batch: RecordBatch,
    schema: DFSchema,
    arguments: Vec<TypedExpr>,
}

fn world() -> World {
    let (mut fields, mut arrays, mut arguments) = (Vec::new(), Vec::<ArrayRef>::new(), Vec::new());
    for (index, (name, values)) in COLUMNS.iter().enumerate() {
        let data_type = DataType::parse(name).expect("the type exists");
        let mut column = reader(&data_type, &TextOptions::default());
        for value in *values {
            let read = column.read_text(&mut Cursor::new(value.as_bytes()), TextStyle::Escaped);
            read.unwrap_or_else(|_| column.push_default());
        }
        let array = column.finish();
        let field = format!("c{index}");
        fields.push(data_type.field(&field));
        // A constant beside the column: its last value.
        let constant = ScalarValue::try_from_array(&array, values.len() - 1).expect("the array has the row");
        arrays.push(array);
        arguments.push(TypedExpr::new(col(&field), data_type.clone()));
        arguments.push(TypedExpr::constant(constant, data_type));
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), arrays).expect("columns fit their fields");
    World {
        batch,
        schema: DFSchema::try_from(schema).expect("names are unique"),
        arguments,
    }
}

/// Calls and evaluates; over no rows, too.
fn evaluate(world: &World, function: &Function, arguments: Vec<TypedExpr>) {
    let Ok(called) = call(function.name, arguments, &Context::default()) else {
        return;
    };
    if matches!(called.expr, Expr::Literal(..)) {
        return;
    }
    let props = ExecutionProps::new();
    let physical = create_physical_expr(&called.expr, &world.schema, &props, &PhysicalPlanningContext::default());
    let Ok(physical) = physical else { return };
    for batch in [world.batch.clone(), world.batch.slice(0, 0), world.batch.slice(1, 1)] {
        let Ok(value) = physical.evaluate(&batch) else { continue };
        let array = value.into_array(batch.num_rows()).expect("a value is an array");
        assert_eq!(
            array.data_type(),
            &called.data_type.arrow(),
            "the result has the promised type"
        );
        assert_eq!(array.len(), batch.num_rows(), "there is a result for each row");
    }
}

fn check(world: &World, function: &'static Function, indices: &[usize], panics: &mut Vec<String>) {
    let arguments: Vec<TypedExpr> = indices.iter().map(|index| world.arguments[*index].clone()).collect();
    let shown = || {
        let name = |index: &usize| {
            format!(
                "{}{}",
                COLUMNS[index / 2].0,
                if index % 2 == 1 { " constant" } else { "" }
            )
        };
        format!(
            "{}({})",
            function.name,
            indices.iter().map(name).collect::<Vec<_>>().join(", ")
        )
    };
    if catch_unwind(AssertUnwindSafe(|| evaluate(world, function, arguments))).is_err() {
        panics.push(shown());
    }
}

#[test]
fn no_function_panics() {
    let world = world();
    let mut panics = Vec::new();
    for function in FOLDERS.iter().flat_map(|folder| folder.iter()) {
        check(&world, function, &[], &mut panics);
        for first in 0..world.arguments.len() {
            check(&world, function, &[first], &mut panics);
        }
        if function.check_count(2).is_ok() {
            for first in 0..PAIRED * 2 {
                (0..PAIRED * 2).for_each(|second| check(&world, function, &[first, second], &mut panics));
            }
        }
        if function.check_count(3).is_ok() {
            let triples = TRIPLED * 2;
            for number in 0..triples * triples * triples {
                let indices = [number / triples / triples, number / triples % triples, number % triples];
                check(&world, function, &indices, &mut panics);
            }
        }
    }
    assert!(panics.is_empty(), "{} panics:\n{}", panics.len(), panics.join("\n"));
}
