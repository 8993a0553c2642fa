//! The settings that change what this engine does. All other known ones are accepted and change nothing.

/// Name and what it does here.
pub const EFFECTIVE: &[(&str, &str)] = &[
    (
        "max_concurrent_queries_for_user",
        "Queries that a user may run at a time; 0: any number.",
    ),
    (
        "max_concurrent_queries_for_all_users",
        "Queries that may run at a time for this one to begin; 0: any number.",
    ),
    (
        "enable_positional_arguments",
        "A number in GROUP BY, ORDER BY and LIMIT BY is a column of the result.",
    ),
    ("asterisk_include_alias_columns", "`*` has ALIAS columns, too."),
    (
        "asterisk_include_materialized_columns",
        "`*` has MATERIALIZED columns, too.",
    ),
    (
        "flatten_nested",
        "Nested columns become arrays; CREATE and ALTER refuse them if it is not set.",
    ),
    (
        "implicit_select",
        "What is no statement is read again with SELECT before it.",
    ),
    (
        "extremes",
        "Adds the least and greatest value of each column to the result.",
    ),
    (
        "totals_mode",
        "Whether rows of groups that HAVING drops count for WITH TOTALS.",
    ),
    ("except_default_mode", "What EXCEPT means without ALL or DISTINCT."),
    (
        "intersect_default_mode",
        "What INTERSECT means without ALL or DISTINCT.",
    ),
    ("union_default_mode", "What UNION means without ALL or DISTINCT."),
    (
        "joined_subquery_requires_alias",
        "Subqueries and table functions that are joined must have aliases.",
    ),
    (
        "prefer_column_name_to_alias",
        "A name is a column's before it is an alias.",
    ),
    (
        "date_time_input_format",
        "How DateTime text is read: basic, best_effort or best_effort_us.",
    ),
    (
        "hnsw_candidate_list_size_for_search",
        "Candidates that a search of an HNSW graph keeps (ef).",
    ),
    (
        "allow_suspicious_fixed_string_types",
        "Columns may be FixedString of more than 256 bytes.",
    ),
    (
        "allow_suspicious_low_cardinality_types",
        "Columns may be LowCardinality of other types than strings.",
    ),
    (
        "cast_ipv4_ipv6_default_on_conversion_error",
        "Conversions of text to IPv4 and IPv6 give the default where it is no address.",
    ),
    ("enable_time_time64_type", "Columns may be Time and Time64."),
    ("allow_drop_detached", "ALTER TABLE … DROP DETACHED may remove parts."),
    (
        "allow_replace_partition_from_empty_source",
        "REPLACE PARTITION may put nothing in the place of a partition.",
    ),
    (
        "alter_partition_verbose_result",
        "ALTER TABLE … PARTITION answers with the parts that it brought or wrote.",
    ),
    (
        "check_query_single_value_result",
        "CHECK TABLE answers with one row for all parts.",
    ),
    (
        "final",
        "Tables that can be read with FINAL are, without being told so in the query.",
    ),
    (
        "do_not_merge_across_partitions_select_final",
        "With FINAL rows replace each other in each partition by itself.",
    ),
    (
        "optimize_on_insert",
        "ReplacingMergeTree replaces rows of a block before they are written.",
    ),
    (
        "materialize_ttl_after_modify",
        "MODIFY TTL deletes what has expired by the new rule.",
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
        "force_primary_key",
        "A query must restrict the primary key of each table that it reads, or fail.",
    ),
    (
        "force_index_by_date",
        "A query must restrict the partition key of each table that it reads, or fail.",
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
        "Rows of a block that INSERT writes where the minimums of both rows and bytes are 0.",
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
        "max_query_size",
        "Bytes that a query may have; INSERT data and long vectors are not counted.",
    ),
    (
        "max_limit_for_vector_search_queries",
        "LIMIT (plus OFFSET) above which a vector index is not used.",
    ),
    (
        "optimize_throw_if_noop",
        "OPTIMIZE fails where there is nothing to merge.",
    ),
    (
        "async_insert",
        "Rows of small INSERTs wait a moment and are written together, where it is set.",
    ),
    (
        "wait_for_async_insert",
        "Such an INSERT returns when its rows are durable.",
    ),
    ("wait_for_async_insert_timeout", "But not later than this, in seconds."),
    (
        "async_insert_max_data_size",
        "Bytes of rows that are written at once; an INSERT of more does not wait.",
    ),
    ("async_insert_max_query_number", "INSERTs that are written at once."),
    (
        "async_insert_use_adaptive_busy_timeout",
        "Rows wait for async_insert_busy_timeout_min_ms, else for async_insert_busy_timeout_max_ms.",
    ),
    (
        "async_insert_busy_timeout_min_ms",
        "How long rows wait, in milliseconds.",
    ),
    (
        "async_insert_busy_timeout_max_ms",
        "How long rows wait, in milliseconds.",
    ),
    (
        "mutations_sync",
        "ALTER TABLE … UPDATE, DELETE and MATERIALIZE wait until they are done, unless it is 0.",
    ),
    (
        "lightweight_deletes_sync",
        "DELETE FROM waits until it is done, unless it is 0.",
    ),
    (
        "alter_sync",
        "ALTER TABLE … DROP and CLEAR wait until they are done, unless it is 0.",
    ),
    (
        "describe_compact_output",
        "DESCRIBE tells names and types of columns, no more.",
    ),
    (
        "describe_include_virtual_columns",
        "DESCRIBE of a table lists its virtual columns, too.",
    ),
    (
        "apply_mutations_on_fly",
        "Mutations are refused if it is set: reads see rows as they are in the parts.",
    ),
    (
        "number_of_mutations_to_delay",
        "Unfinished mutations of a table from which on another one has to wait; 0: as the table says.",
    ),
    (
        "number_of_mutations_to_throw",
        "Unfinished mutations of a table at which another one is refused; 0: as the table says.",
    ),
    ("max_execution_time", "Seconds after which a query is ended."),
    (
        "max_partitions_per_insert_block",
        "Partitions that one block of an INSERT may touch; 0: any number.",
    ),
    (
        "throw_on_max_partitions_per_insert_block",
        "If not set, max_partitions_per_insert_block is passed over.",
    ),
    (
        "parts_to_delay_insert",
        "Parts of one partition from which on INSERT is slowed down; 0: the table's own setting.",
    ),
    (
        "parts_to_throw_insert",
        "Parts of one partition at which INSERT is refused; 0: as the table says.",
    ),
    (
        "max_memory_usage_for_vector_index_build",
        "Bytes that the build of one vector index may take in one part; 0: as much as all queries together.",
    ),
    (
        "http_max_multipart_form_data_size",
        "Bytes of a form over HTTP; read from the server's settings alone.",
    ),
    (
        "add_http_cors_header",
        "Answers to pages of other sites say that these may read them.",
    ),
    (
        "send_progress_in_http_headers",
        "Answers over HTTP carry headers with the progress up to then; read from the request and the server's settings.",
    ),
    (
        "http_headers_progress_interval_ms",
        "How often such a header is added, in milliseconds.",
    ),
    (
        "http_wait_end_of_query",
        "Answers over HTTP are held back until the query has succeeded; read from the request and the server's settings.",
    ),
    (
        "http_response_buffer_size",
        "Bytes of an answer over HTTP that are held back; read from the request and the server's settings.",
    ),
    ("max_result_rows", "A result with more rows fails, or ends."),
    ("max_result_bytes", "A result with more bytes in memory fails, or ends."),
    (
        "result_overflow_mode",
        "What happens to a result that is too large: throw or break.",
    ),
    ("log_comment", "Text that the query log shows with a statement."),
    ("log_formatted_queries", "The query log shows statements laid out, too."),
    ("log_queries", "Statements are in system.query_log."),
    (
        "log_queries_cut_to_length",
        "Bytes of a statement's text that the query log keeps, at most 1 MiB.",
    ),
    (
        "log_queries_min_query_duration_ms",
        "Statements that take less time are not in the query log.",
    ),
    (
        "log_queries_min_type",
        "Rows of the query log of lower types than this are left out.",
    ),
    (
        "log_queries_probability",
        "The share of statements that are in the query log.",
    ),
    (
        "compatibility",
        "With a release before 25.1 vector indexes are not used, before 25.8 distances are computed again.",
    ),
    (
        "explain_query_plan_default",
        "How EXPLAIN shows a plan: as the classic list (legacy) or as a tree (pretty).",
    ),
    ("max_threads", "Threads of a query."),
    ("max_insert_threads", "Threads of an INSERT's sorting and index build."),
    ("query_plan_try_use_vector_search", "Searches may use vector indexes."),
    (
        "readonly",
        "Refuses statements that write (1, 2) or change settings (1).",
    ),
    ("session_timezone", "Time zone of dates without one."),
    ("use_skip_indexes", "Queries may use the indexes of a table."),
    ("use_skip_indexes_if_final", "So may queries with FINAL."),
    (
        "use_skip_indexes_for_disjunctions",
        "Several indexes together may answer the alternatives of a condition.",
    ),
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
    ("bool_false_representation", "Text of a false Bool."),
    ("bool_true_representation", "Text of a true Bool."),
    (
        "date_time_output_format",
        "How DateTime text is written: simple, iso or unix_timestamp.",
    ),
    ("format_csv_delimiter", "What separates the fields of CSV."),
    ("format_csv_null_representation", "The field of CSV that means NULL."),
    (
        "format_tsv_null_representation",
        "The field of TabSeparated that means NULL.",
    ),
    (
        "input_format_csv_detect_header",
        "A first row of CSV that has the columns' names is no data.",
    ),
    (
        "input_format_csv_empty_as_default",
        "An empty field of CSV is the column's default.",
    ),
    (
        "input_format_max_rows_to_read_for_schema_inference",
        "Rows of a text file from which file() takes the types.",
    ),
    (
        "input_format_null_as_default",
        "NULL in data for a column that is not Nullable is the column's default.",
    ),
    (
        "input_format_skip_unknown_fields",
        "Fields of data that the table does not have are passed over.",
    ),
    (
        "input_format_tsv_crlf_end_of_line",
        "Lines of TabSeparated end with carriage return and line feed.",
    ),
    (
        "input_format_tsv_detect_header",
        "A first row of TabSeparated that has the columns' names is no data.",
    ),
    (
        "input_format_tsv_empty_as_default",
        "An empty field of TabSeparated is the column's default.",
    ),
    (
        "input_format_values_interpret_expressions",
        "Fields of Values may be expressions.",
    ),
    (
        "input_format_with_names_use_header",
        "The names in data choose the columns.",
    ),
    (
        "input_format_with_types_use_header",
        "The types in data must be those of the columns.",
    ),
    (
        "output_format_arrow_compression_method",
        "How Arrow compresses: none, lz4_frame or zstd.",
    ),
    (
        "output_format_arrow_string_as_string",
        "ArrowStream has String as UTF-8 text, not as bytes.",
    ),
    (
        "output_format_decimal_trailing_zeros",
        "Decimals keep the zeros at their end.",
    ),
    ("output_format_json_escape_forward_slashes", "JSON has / as \\/."),
    (
        "output_format_json_named_tuples_as_objects",
        "JSON has named tuples as objects.",
    ),
    ("output_format_json_quote_64bit_floats", "JSON has Float64 in quotes."),
    (
        "output_format_json_quote_64bit_integers",
        "JSON has 64-bit integers in quotes.",
    ),
    ("output_format_json_quote_decimals", "JSON has decimals in quotes."),
    (
        "output_format_json_quote_denormals",
        "JSON has nan and inf in quotes, not as null.",
    ),
    (
        "output_format_json_validate_utf8",
        "JSONEachRow replaces what is not UTF-8.",
    ),
    (
        "output_format_parquet_row_group_size",
        "Rows in a row group of Parquet.",
    ),
    (
        "output_format_parquet_string_as_string",
        "Parquet has String as UTF-8 text, not as bytes.",
    ),
    (
        "output_format_pretty_color",
        "Pretty formats use the terminal's colours.",
    ),
    (
        "output_format_pretty_display_footer_column_names",
        "Long tables repeat the names at their end.",
    ),
    (
        "output_format_pretty_display_footer_column_names_min_rows",
        "Rows from which a table is long.",
    ),
    (
        "output_format_pretty_fallback_to_vertical",
        "Wide tables of few rows are written as Vertical.",
    ),
    (
        "output_format_pretty_fallback_to_vertical_max_rows_per_chunk",
        "Rows up to which a table has few.",
    ),
    (
        "output_format_pretty_fallback_to_vertical_min_columns",
        "Columns from which a table may be wide.",
    ),
    (
        "output_format_pretty_fallback_to_vertical_min_table_width",
        "Width from which a table is wide.",
    ),
    (
        "output_format_pretty_max_column_pad_width",
        "Width up to which columns of a table are filled.",
    ),
    ("output_format_pretty_max_rows", "Rows of a result that a table shows."),
    (
        "output_format_pretty_max_value_width",
        "Width at which a table cuts values.",
    ),
    (
        "output_format_pretty_multiline_fields",
        "A table splits values at their line breaks.",
    ),
    ("output_format_pretty_row_numbers", "A table numbers its rows."),
    (
        "output_format_pretty_single_large_number_tip_threshold",
        "Numbers above this have a readable tip beside them.",
    ),
    (
        "format_custom_escaping_rule",
        "How CustomSeparated escapes values: Escaped, Quoted, CSV, JSON, Raw, or XML in output.",
    ),
    (
        "format_custom_field_delimiter",
        "What separates the fields of CustomSeparated.",
    ),
    (
        "format_custom_result_after_delimiter",
        "What stands behind all rows of CustomSeparated.",
    ),
    (
        "format_custom_result_before_delimiter",
        "What stands before all rows of CustomSeparated.",
    ),
    (
        "format_custom_row_after_delimiter",
        "What stands behind a row of CustomSeparated.",
    ),
    (
        "format_custom_row_before_delimiter",
        "What stands before a row of CustomSeparated.",
    ),
    (
        "format_custom_row_between_delimiter",
        "What separates the rows of CustomSeparated.",
    ),
    (
        "format_json_object_each_row_column_for_object_name",
        "The column with the names of the objects of JSONObjectEachRow.",
    ),
    (
        "input_format_csv_deserialize_separate_columns_into_tuple",
        "A tuple takes as many fields of CSV as it has elements.",
    ),
    (
        "input_format_custom_detect_header",
        "A first row of CustomSeparated that has the columns' names is no data.",
    ),
    (
        "input_format_json_compact_allow_variable_number_of_columns",
        "Rows of JSONCompactEachRow may be shorter or longer than the table's.",
    ),
    (
        "output_format_csv_crlf_end_of_line",
        "Lines of CSV end with carriage return and line feed.",
    ),
    (
        "output_format_csv_serialize_tuple_into_separate_columns",
        "A tuple takes as many fields of CSV as it has elements.",
    ),
    ("output_format_json_array_of_rows", "JSONEachRow is one array."),
    (
        "output_format_json_pretty_print",
        "Composite values take several lines in JSON.",
    ),
    (
        "output_format_json_skip_null_value_in_named_tuples",
        "JSON objects of tuples leave out NULL.",
    ),
    (
        "output_format_markdown_escape_special_characters",
        "What could be a mark of Markdown gets a backslash.",
    ),
    (
        "output_format_pretty_grid_charset",
        "What tables are drawn with: UTF-8 or ASCII.",
    ),
    (
        "output_format_pretty_highlight_digit_groups",
        "On a terminal every third digit of large numbers is underlined.",
    ),
    (
        "output_format_pretty_highlight_trailing_spaces",
        "On a terminal blanks at the end of a value are underlined.",
    ),
    (
        "output_format_pretty_named_tuples_as_json",
        "Tables show named tuples as JSON objects.",
    ),
    (
        "output_format_sql_insert_include_column_names",
        "SQLInsert names the columns.",
    ),
    (
        "output_format_sql_insert_max_batch_size",
        "Rows of one statement of SQLInsert.",
    ),
    (
        "output_format_sql_insert_quote_names",
        "SQLInsert has names in back quotes.",
    ),
    ("output_format_sql_insert_table_name", "The table that SQLInsert names."),
    ("output_format_sql_insert_use_replace", "SQLInsert writes REPLACE."),
    (
        "output_format_tsv_crlf_end_of_line",
        "Lines of TabSeparated end with carriage return and line feed.",
    ),
    ("output_format_write_statistics", "JSON ends with the query's figures."),
    (
        "schema_inference_make_columns_nullable",
        "Columns that file() infers are Nullable.",
    ),
    (
        "system_events_show_zero_values",
        "system.events lists also what has not happened.",
    ),
];
