//! Lists as other writers declare them: levels as they are written, and what comes of them.

use arrow::array::AsArray;
use arrow::datatypes::Float32Type;
use parquet::data_type::FloatType;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::*;

/// A file of one column of 32-bit floats.
fn file(declared: &str, numbers: &[f32], definition: &[i16], repetition: &[i16]) -> Bytes {
    let schema = Arc::new(parse_message_type(&format!("message m {{ {declared} }}")).unwrap());
    let mut file = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut file, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let typed = column.typed::<FloatType>();
    typed.write_batch(numbers, Some(definition), Some(repetition)).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    file.into()
}

/// Levels are pairs of definition and repetition.
#[track_caller]
fn check(declared: &str, levels: &[(i16, i16)], expected: &str) {
    let (definition, repetition): (Vec<_>, Vec<_>) = levels.iter().copied().unzip();
    let highest = definition.iter().max().copied();
    let values = definition.iter().filter(|level| Some(**level) == highest).count();
    let numbers: Vec<f32> = (0..values).map(|number| number as f32).collect();
    let file = file(declared, &numbers, &definition, &repetition);
    let metadata = metadata(&file);
    assert!(is_known(&metadata, 0, 0, 0), "{:?}", metadata.schema());
    let job = job(&file, &metadata, &[0], 100);
    let batches = ours(&job, 0).unwrap();
    assert_eq!(batches, theirs(&job, 0));
    let lists = batches[0].column(0).as_list::<i32>();
    let shown = lists.iter().map(|list| match list {
        Some(list) => list.as_primitive::<Float32Type>().values().len().to_string(),
        None => "NULL".to_string(),
    });
    assert_eq!(shown.collect::<Vec<_>>().join(" "), expected);
}

#[test]
fn lists_of_two_levels() {
    let levels = [(2, 0), (2, 1), (0, 0), (1, 0), (2, 0)];
    check(
        "optional group a (LIST) { repeated float array; }",
        &levels,
        "2 NULL 0 1",
    );
    let levels = [(1, 0), (1, 1), (0, 0), (1, 0)];
    check("required group a (LIST) { repeated float array; }", &levels, "2 0 1");
}

#[test]
fn repeated_fields_that_are_not_called_lists() {
    check("repeated float a;", &[(1, 0), (1, 1), (1, 1), (0, 0)], "3 0");
}

#[test]
fn lists_of_three_levels() {
    let levels = [(3, 0), (2, 1), (0, 0), (1, 0), (2, 0), (3, 1)];
    let declared = "optional group a (LIST) { repeated group list { optional float element; } }";
    check(declared, &levels, "2 NULL 0 2");
    let levels = [(1, 0), (1, 1), (0, 0), (1, 0)];
    let declared = "required group a (LIST) { repeated group list { required float element; } }";
    check(declared, &levels, "2 0 1");
}

#[test]
fn lists_in_structs_and_in_lists_are_the_crates() {
    let declared = "required group a { required group b (LIST) { repeated group list { required float element; } } }";
    let inner = file(declared, &[1.0], &[1], &[0]);
    assert!(!is_known(&metadata(&inner), 0, 0, 0));
    let declared = "required group a (LIST) { repeated group list { required group element (LIST) { \
                    repeated group list { required float element; } } } }";
    let nested = file(declared, &[1.0], &[2], &[0]);
    assert!(!is_known(&metadata(&nested), 0, 0, 0));
    assert_eq!(
        ours(&job(&nested, &metadata(&nested), &[0], 10), 0).unwrap()[0].num_rows(),
        1
    );
}
