//! What is refused of vector indexes and searches: codes and texts are ClickHouse's.

use super::support::Database;

/// Arguments of `vector_similarity`, in the order in which they are checked.
const ARGUMENTS: &[(&str, &str)] = &[
    (
        "",
        "Code: 80. DB::Exception: Vector similarity index must have three or six arguments: When validating secondary index `idx`.",
    ),
    (
        "'hnsw'",
        "Code: 80. DB::Exception: Vector similarity index must have three or six arguments: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'L2Distance'",
        "Code: 80. DB::Exception: Vector similarity index must have three or six arguments: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'L2Distance', 2, 'bf16'",
        "Code: 80. DB::Exception: Vector similarity index must have three or six arguments: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'L2Distance', 2, 'bf16', 1",
        "Code: 80. DB::Exception: Vector similarity index must have three or six arguments: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'L2Distance', 2, 'bf16', 1, 2, 3",
        "Code: 80. DB::Exception: Vector similarity index must have three or six arguments: When validating secondary index `idx`.",
    ),
    (
        "1, 2, 'x'",
        "Code: 80. DB::Exception: First argument of vector similarity index (method) must be of type String: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 2, 'x'",
        "Code: 80. DB::Exception: Second argument of vector similarity index (metric) must be of type String: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'x', 'x'",
        "Code: 80. DB::Exception: Third argument of vector similarity index (dimensions) must be of type UInt64: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'x', -1",
        "Code: 80. DB::Exception: Third argument of vector similarity index (dimensions) must be of type UInt64: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'x', 2.5",
        "Code: 80. DB::Exception: Third argument of vector similarity index (dimensions) must be of type UInt64: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'x', 0, 1, 1, 1",
        "Code: 80. DB::Exception: Fourth argument of vector similarity index (quantization) must be of type String: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'x', 0, 'x', 'x', 1",
        "Code: 80. DB::Exception: Fifth argument of vector similarity index (hnsw_max_connections_per_layer) must be of type UInt64: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'x', 0, 'x', -1, 1",
        "Code: 80. DB::Exception: Fifth argument of vector similarity index (hnsw_max_connections_per_layer) must be of type UInt64: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'x', 0, 'x', 1, 'x'",
        "Code: 80. DB::Exception: Sixth argument of vector similarity index (hnsw_candidate_list_size_for_construction) must be of type UInt64: When validating secondary index `idx`.",
    ),
    (
        "'HNSW', 'x', 0",
        "Code: 117. DB::Exception: First argument (method) of vector similarity index is not supported. Supported methods are: hnsw: When validating secondary index `idx`.",
    ),
    (
        "'ivf', 'L2Distance', 2",
        "Code: 117. DB::Exception: First argument (method) of vector similarity index is not supported. Supported methods are: hnsw: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'l2distance', 0",
        "Code: 117. DB::Exception: Second argument (distance function) of vector similarity index is not supported. Supported distance function are: cosineDistance, dotProduct, L2Distance: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'distanceL2', 0",
        "Code: 117. DB::Exception: Second argument (distance function) of vector similarity index is not supported. Supported distance function are: cosineDistance, dotProduct, L2Distance: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'L2SquaredDistance', 2",
        "Code: 117. DB::Exception: Second argument (distance function) of vector similarity index is not supported. Supported distance function are: cosineDistance, dotProduct, L2Distance: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'L2Distance', 0",
        "Code: 117. DB::Exception: Third argument (dimensions) of vector similarity index must be > 0: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'L2Distance', 0, 'f8', 1, 1",
        "Code: 117. DB::Exception: Third argument (dimensions) of vector similarity index must be > 0: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'L2Distance', 2, 'BF16', 1, 1",
        "Code: 117. DB::Exception: Fourth argument (quantization) of vector similarity index is not supported. Supported quantizations are: f64, f16, i8, b1, bf16, f32: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'L2Distance', 3, 'b1', 1, 1",
        "Code: 117. DB::Exception: Binary quantization in vector similarity index can only be used with the cosine distance as distance function: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'dotProduct', 8, 'b1', 8, 8",
        "Code: 117. DB::Exception: Binary quantization in vector similarity index can only be used with the cosine distance as distance function: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'cosineDistance', 9, 'b1', 1, 1",
        "Code: 117. DB::Exception: Binary quantization in vector similarity index requires that the dimension is a multiple of 8: When validating secondary index `idx`.",
    ),
    (
        "'hnsw', 'L2Distance', 2, 'bf16', 1, 1",
        "Code: 117. DB::Exception: Invalid parameters passed to vector similarity index. Error: Connectivity must be at least 2, otherwise the index degenerates into ropes: When validating secondary index `idx`.",
    ),
];

/// Types of columns that no vector index is over.
const TYPES: &[&str] = &[
    "Array(Int8)",
    "Array(Nullable(Float32))",
    "Array(LowCardinality(Float32))",
    "Tuple(Float32, Float32)",
    "String",
    "Array(Array(Float32))",
    "Float32",
    "Array(UInt8)",
    "Array(String)",
    "Array(Decimal(9, 2))",
];

/// Statements over the table that `refusals_of_statements` makes.
const STATEMENTS: &[(&str, &str)] = &[
    (
        "CREATE TABLE t (id UInt32, v Array(Float32), INDEX idx v TYPE vector_similarity) ENGINE = MergeTree ORDER BY id",
        "Code: 80. DB::Exception: Vector similarity index must have three or six arguments: When validating secondary index `idx`.",
    ),
    (
        "CREATE TABLE t (id UInt32, v Array(Float32), INDEX idx (v, v) TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id",
        "Code: 36. DB::Exception: Primary key or secondary index contains a duplicate expression. To suppress this exception, rerun the command with setting 'allow_suspicious_indices = 1': When validating secondary index `idx`.",
    ),
    (
        "CREATE TABLE t (id UInt32, v Array(Float32), INDEX idx (v, id) TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id",
        "Code: 7. DB::Exception: Vector similarity index must be created on a single column: When validating secondary index `idx`.",
    ),
    (
        "CREATE TABLE t (id UInt32, v Array(Float32), INDEX idx (v, id) TYPE vector_similarity('hnsw', 'L2Distance', 2, 'bf16', 1, 1)) ENGINE = MergeTree ORDER BY id",
        "Code: 117. DB::Exception: Invalid parameters passed to vector similarity index. Error: Connectivity must be at least 2, otherwise the index degenerates into ropes: When validating secondary index `idx`.",
    ),
    (
        "CREATE TABLE t (id UInt32, v Array(Float32), INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2) GRANULARITY 0) ENGINE = MergeTree ORDER BY id",
        "Code: 36. DB::Exception: Index GRANULARITY must be a positive integer.",
    ),
    (
        "CREATE TABLE t (id UInt32, v Array(Float32), INDEX idx nope TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id",
        "Code: 47",
    ),
    (
        "CREATE TABLE t (id UInt32, v Array(Float32), INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id SETTINGS index_granularity_bytes = 0",
        "Code: 471. DB::Exception: Vector similarity index can only be used with MergeTree setting 'index_granularity_bytes' != 0. (INVALID_SETTING_VALUE)",
    ),
    (
        "CREATE TABLE t (v Array(Float32), INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = Memory",
        "Code: 36. DB::Exception: Engine Memory doesn't support skipping indices.",
    ),
    (
        "CREATE TABLE t (v Array(Float32), INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2), INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple()",
        "Code: 127. DB::Exception: Duplicated index name idx is not allowed. Please use a different index name.",
    ),
    (
        "ALTER TABLE t ADD INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2)",
        "Code: 44. DB::Exception: Cannot add index idx: index with this name already exists.",
    ),
    (
        "ALTER TABLE t ADD INDEX j v TYPE vector_similarity('hnsw', 'x', 2)",
        "Code: 117. DB::Exception: Second argument (distance function) of vector similarity index is not supported. Supported distance function are: cosineDistance, dotProduct, L2Distance: When validating secondary index `j`.",
    ),
    (
        "ALTER TABLE t ADD INDEX j w TYPE vector_similarity('hnsw', 'L2Distance', 2)",
        "Code: 44. DB::Exception: Vector similarity index can only be created on columns of type Array(Float32|Float64|BFloat16): When validating secondary index `j`.",
    ),
    (
        "ALTER TABLE t ADD INDEX j nope TYPE vector_similarity('hnsw', 'L2Distance', 2)",
        "Code: 47",
    ),
    (
        "ALTER TABLE t ADD INDEX j v TYPE vector_similarity('hnsw', 'L2Distance', 2) GRANULARITY 0",
        "Code: 36. DB::Exception: Index GRANULARITY must be a positive integer.",
    ),
    (
        "ALTER TABLE t DROP INDEX nope",
        "Code: 36. DB::Exception: Wrong index name. Cannot find index `nope` to drop.",
    ),
    (
        "ALTER TABLE t DROP COLUMN v",
        "Code: 47. DB::Exception: Cannot apply ALTER because it breaks skip index idx",
    ),
    (
        "ALTER TABLE t ADD INDEX j v TYPE vector_similarity('hnsw', 'L2Distance', 2, 'bf16', 1, 1)",
        "Code: 117. DB::Exception: Invalid parameters passed to vector similarity index. Error: Connectivity must be at least 2, otherwise the index degenerates into ropes: When validating secondary index `j`.",
    ),
    (
        "CREATE INDEX idx ON t (v) TYPE vector_similarity('hnsw', 'L2Distance', 2)",
        "Code: 44. DB::Exception: Cannot add index idx: index with this name already exists.",
    ),
    (
        "CREATE INDEX j ON t (v) TYPE vector_similarity('hnsw', 'L2Distance', 0)",
        "Code: 117. DB::Exception: Third argument (dimensions) of vector similarity index must be > 0: When validating secondary index `j`.",
    ),
    (
        "DROP INDEX nope ON t",
        "Code: 36. DB::Exception: Wrong index name. Cannot find index `nope` to drop.",
    ),
    (
        "INSERT INTO t (id, v) VALUES (1, [1, 2, 3])",
        "Code: 117. DB::Exception: Array values in column with vector similarity index have 3 elements, expects 2 elements.",
    ),
    (
        "INSERT INTO t (id, v) VALUES (1, [])",
        "Code: 117. DB::Exception: Array values in column with vector similarity index have 0 elements, expects 2 elements.",
    ),
    (
        "INSERT INTO t (id, v) VALUES (1, [nan, 1])",
        "Code: 117. DB::Exception: Vector for vector similarity index (indexed vector) must not contain non-finite values (NaN or Inf).",
    ),
    (
        "INSERT INTO t (id, v) VALUES (1, [inf, 1])",
        "Code: 117. DB::Exception: Vector for vector similarity index (indexed vector) must not contain non-finite values (NaN or Inf).",
    ),
    (
        "INSERT INTO t (id, v) VALUES (1, [1])",
        "Code: 117. DB::Exception: Array values in column with vector similarity index have 1 elements, expects 2 elements.",
    ),
    (
        "INSERT INTO t (id, v) VALUES (1, [1, 2]), (2, [1])",
        "Code: 117. DB::Exception: All arrays in column with vector similarity index must have equal length.",
    ),
    (
        "INSERT INTO t (id) VALUES (1)",
        "Code: 117. DB::Exception: Array values in column with vector similarity index have 0 elements, expects 2 elements.",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [1., 2., 3.]) LIMIT 3",
        "Code: 80. DB::Exception: The dimension of the reference vector in the query (3) does not match the dimension in the index (2).",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [1.]) LIMIT 3",
        "Code: 80. DB::Exception: The dimension of the reference vector in the query (1) does not match the dimension in the index (2).",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [nan, 1.]) LIMIT 3",
        "Code: 80. DB::Exception: Vector for vector similarity index (reference vector in the SELECT query) must not contain non-finite values (NaN or Inf).",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [inf, 1.]) LIMIT 3",
        "Code: 80. DB::Exception: Vector for vector similarity index (reference vector in the SELECT query) must not contain non-finite values (NaN or Inf).",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, []) LIMIT 3",
        "nested type Nothing. Supported types: UInt8, UInt16, UInt32, UInt64, Int8, Int16, Int32, Int64, BFloat16, Float32, Float64",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, (1., 2.)) LIMIT 3",
        "Code: 43. DB::Exception: Argument 1 of function arrayL2Distance must be array",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, 'x') LIMIT 3",
        "Code: 43. DB::Exception: Argument 1 of function arrayL2Distance must be array",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [toDecimal32(1, 1), toDecimal32(1,1)]) LIMIT 3",
        "Code: 386. DB::Exception: There is no supertype for types Float32, Decimal(9, 1) because some of them have no lossless conversion to Decimal",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [NULL, 1.]) LIMIT 3",
        "Code: 43. DB::Exception: Arguments of function arrayL2Distance has nested type Nullable(Float64). Supported types: UInt8, UInt16, UInt32, UInt64, Int8, Int16, Int32, Int64, BFloat16, Float32, Float64",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [1., 2., 3.]) LIMIT 3 SETTINGS use_skip_indexes = 0",
        "Code: 190. DB::Exception: Array arguments for function arrayL2Distance must have equal sizes",
    ),
    (
        "SELECT id FROM t ORDER BY cosineDistance(v, [1., 2., 3.]) LIMIT 3",
        "Code: 190. DB::Exception: Array arguments for function arrayCosineDistance must have equal sizes",
    ),
    (
        "SELECT id FROM t ORDER BY cosineDistance(v, 'x') LIMIT 3",
        "Code: 43. DB::Exception: Argument 1 of function arrayCosineDistance must be array",
    ),
    (
        "SELECT dotProduct([1, 2], [1])",
        "Code: 190. DB::Exception: Array arguments for function arrayDotProduct must have equal sizes",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [1., 2.]) LIMIT 3 SETTINGS hnsw_candidate_list_size_for_search = 0",
        "Code: 471. DB::Exception: Setting 'hnsw_candidate_list_size_for_search' must not be 0.",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [1., 2.]) LIMIT 3 SETTINGS vector_search_index_fetch_multiplier = 0.9",
        "Code: 471. DB::Exception: Setting 'vector_search_index_fetch_multiplier' must be greater or equal to 1 and less or equal to 1000.",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [1., 2.]) LIMIT 3 SETTINGS vector_search_index_fetch_multiplier = 1000.1",
        "Code: 471. DB::Exception: Setting 'vector_search_index_fetch_multiplier' must be greater or equal to 1 and less or equal to 1000.",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [1., 2.]) LIMIT 3 SETTINGS vector_search_index_fetch_multiplier = -1",
        "Code: 471. DB::Exception: Setting 'vector_search_index_fetch_multiplier' must be greater or equal to 1 and less or equal to 1000.",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [1., 2.]) LIMIT 3 SETTINGS vector_search_postfilter_multiplier = 0",
        "Code: 471. DB::Exception: Setting 'vector_search_index_fetch_multiplier' must be greater or equal to 1 and less or equal to 1000.",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [1., 2.]) LIMIT 3 SETTINGS vector_search_index_fetch_multiplier = nan",
        "Code: 72. DB::Exception: Float setting value must be finite, got nan.",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [1., 2.]) LIMIT 3 SETTINGS vector_search_index_fetch_multiplier = 'inf'",
        "Code: 72. DB::Exception: Float setting value must be finite, got inf.",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [1., 2.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'foo'",
        "Code: 36. DB::Exception: Unexpected value of VectorSearchFilterStrategy: 'foo'. Must be one of ['prefilter', 'postfilter', 'auto'].",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [1., 2.]) LIMIT 3 SETTINGS vector_search_filter_strategy = ''",
        "Code: 36. DB::Exception: Unexpected value of VectorSearchFilterStrategy: ''. Must be one of ['prefilter', 'postfilter', 'auto'].",
    ),
    (
        "SELECT id FROM t WHERE id = 3 SETTINGS vector_search_index_fetch_multiplier = 0",
        "Code: 471. DB::Exception: Setting 'vector_search_index_fetch_multiplier' must be greater or equal to 1 and less or equal to 1000.",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [1., 2.]) DESC LIMIT 3 SETTINGS force_data_skipping_indices = 'idx'",
        "Code: 277. DB::Exception: Index `idx` is not used and setting 'force_data_skipping_indices' contains it.",
    ),
    (
        "SELECT id FROM t ORDER BY cosineDistance(v, [1., 2.]) LIMIT 3 SETTINGS force_data_skipping_indices = 'idx'",
        "Code: 277. DB::Exception: Index `idx` is not used and setting 'force_data_skipping_indices' contains it.",
    ),
    (
        "SELECT id FROM t ORDER BY id LIMIT 3 SETTINGS force_data_skipping_indices = 'idx'",
        "Code: 277. DB::Exception: Index `idx` is not used and setting 'force_data_skipping_indices' contains it.",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [1., 2.]) LIMIT 3000 SETTINGS force_data_skipping_indices = 'idx'",
        "Code: 277. DB::Exception: Index `idx` is not used and setting 'force_data_skipping_indices' contains it.",
    ),
    (
        "SELECT id FROM t ORDER BY L2Distance(v, [1., 2.]) LIMIT 3 SETTINGS force_data_skipping_indices = ''",
        "Code: 6. DB::Exception: Cannot parse string ('') into vector of identifiers.",
    ),
];

#[test]
fn arguments_of_an_index() {
    let mut db = Database::new();
    for (arguments, error) in ARGUMENTS {
        let create = format!(
            "CREATE TABLE t (id UInt32, v Array(Float32), INDEX idx v TYPE vector_similarity({arguments})) ENGINE = MergeTree ORDER BY id"
        );
        db.check_error(&create, error);
    }
}

#[test]
fn types_of_a_column() {
    let mut db = Database::new();
    db.run("SET allow_suspicious_low_cardinality_types = 1");
    for data_type in TYPES {
        let create = format!(
            "CREATE TABLE t (id UInt32, v {data_type}, INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id"
        );
        let error = "Code: 44. DB::Exception: Vector similarity index can only be created on columns of type Array(Float32|Float64|BFloat16): When validating secondary index `idx`.";
        db.check_error(&create, error);
    }
}

#[test]
fn refusals_of_statements() {
    let mut db = Database::new();
    let mut wrong = Vec::new();
    for (statement, error) in STATEMENTS {
        if !statement.starts_with("CREATE TABLE") {
            db.run(
                "CREATE TABLE IF NOT EXISTS t (id UInt32, v Array(Float32), w Array(Int32), \
                 INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
                 INSERT INTO t (id, v) VALUES (1, [1, 2])",
            );
        }
        let found = db.error(statement);
        if !found.contains(error) {
            wrong.push(format!("{statement}\n{found}\nin place of {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
