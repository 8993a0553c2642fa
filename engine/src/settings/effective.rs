//! The settings that change what this engine does. All other known ones are accepted and change nothing.

/// Name and what it does here.
pub const EFFECTIVE: &[(&str, &str)] = &[
    (
        "cast_keep_nullable",
        "CAST of a Nullable value keeps the type Nullable.",
    ),
    ("database", "Database of unqualified table names."),
    (
        "date_time_input_format",
        "How DateTime text is read: basic, best_effort or best_effort_us.",
    ),
    (
        "hnsw_candidate_list_size_for_search",
        "Candidates that a search of an HNSW graph keeps (ef).",
    ),
    (
        "ignore_data_skipping_indices",
        "Names of indexes that a query must not use.",
    ),
    (
        "force_data_skipping_indices",
        "Names of indexes that a query must use, or fail.",
    ),
    (
        "insert_null_as_default",
        "INSERT … SELECT puts a column's default where NULL does not fit.",
    ),
    (
        "join_use_nulls",
        "Outer joins fill missing values with NULL instead of the type's default.",
    ),
    (
        "materialize_skip_indexes_on_insert",
        "INSERT builds the table's indexes.",
    ),
    (
        "exclude_materialize_skip_indexes_on_insert",
        "Names of indexes that INSERT does not build.",
    ),
    ("max_block_size", "Rows of a block while reading."),
    (
        "max_insert_block_size",
        "Rows of a block, and so at most of a part, that INSERT forms.",
    ),
    (
        "min_insert_block_size_rows",
        "INSERT gathers smaller blocks until they hold this many rows.",
    ),
    (
        "min_insert_block_size_bytes",
        "INSERT gathers smaller blocks until they hold this many bytes.",
    ),
    (
        "max_limit_for_vector_search_queries",
        "LIMIT (plus OFFSET) above which a vector index is not used.",
    ),
    ("max_execution_time", "Seconds after which a query is ended."),
    (
        "max_partitions_per_insert_block",
        "Partitions that one block of an INSERT may touch; 0: any number.",
    ),
    ("max_threads", "Threads of a query."),
    ("max_insert_threads", "Threads of an INSERT's index build."),
    (
        "mutations_sync",
        "ALTER … INDEX always waits here, so every value behaves as 2.",
    ),
    ("query_plan_try_use_vector_search", "Searches may use vector indexes."),
    (
        "readonly",
        "Refuses statements that write (1, 2) or change settings (1).",
    ),
    ("session_timezone", "Time zone of dates without one."),
    ("use_skip_indexes", "Queries may use the indexes of a table."),
    (
        "vector_search_filter_strategy",
        "How a search with WHERE works: auto, prefilter or postfilter.",
    ),
    (
        "vector_search_index_fetch_multiplier",
        "Candidates fetched per row asked for.",
    ),
    (
        "vector_search_with_rescoring",
        "Candidates are sorted by the exact distance again.",
    ),
];
