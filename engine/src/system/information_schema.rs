//! The databases `information_schema` and `INFORMATION_SCHEMA`: views over system tables, for tools that know SQL's standard
//! or MySQL. Every column has its name in both cases, and so has every view.

use gristmill_sql::Code;
use gristmill_sql::parser::{Statement, parse};

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::TableDefinition;

/// Their names.
pub const DATABASES: [&str; 2] = ["INFORMATION_SCHEMA", "information_schema"];

/// Name, type and expression of a column. Types of both cases may differ: `String|Nullable(String)`.
type ViewColumn = (&'static str, &'static str, &'static str);

struct View {
    name: &'static str,
    /// Behind FROM.
    source: &'static str,
    /// Columns of a group come in lower case first, then in upper case.
    groups: &'static [&'static [ViewColumn]],
}

const TEXT: &str = "Nullable(String)";
const NUMBER: &str = "Nullable(UInt64)";
const YES_OR_NO: &str = "Enum8('NO' = 0, 'YES' = 1)";

const VIEWS: &[View] = &[
    View {
        name: "character_sets",
        source: "system.one",
        groups: &[&[(
            "character_set_name",
            "String",
            "arrayJoin(['utf8', 'utf8mb4', 'ascii', 'binary'])",
        )]],
    },
    View {
        name: "columns",
        source: "system.columns",
        groups: &[
            &[
                ("table_catalog", "String", "database"),
                ("table_schema", "String", "database"),
                ("table_name", "String", "table"),
                ("column_name", "String", "name"),
                ("ordinal_position", "UInt64", "position"),
                ("column_default", "String", "default_expression"),
                ("is_nullable", "String", "type LIKE 'Nullable(%)'"),
                ("data_type", "String", "type"),
                ("character_maximum_length", NUMBER, "character_octet_length"),
                ("character_octet_length", NUMBER, "character_octet_length"),
                ("numeric_precision", NUMBER, "numeric_precision"),
                ("numeric_precision_radix", NUMBER, "numeric_precision_radix"),
                ("numeric_scale", NUMBER, "numeric_scale"),
                ("datetime_precision", NUMBER, "datetime_precision"),
                ("character_set_catalog", TEXT, "NULL"),
                ("character_set_schema", TEXT, "NULL"),
                ("character_set_name", TEXT, "NULL"),
                ("collation_catalog", TEXT, "NULL"),
                ("collation_schema", TEXT, "NULL"),
                ("collation_name", TEXT, "NULL"),
                ("domain_catalog", TEXT, "NULL"),
                ("domain_schema", TEXT, "NULL"),
                ("domain_name", TEXT, "NULL"),
                (
                    "extra",
                    TEXT,
                    "multiIf(default_kind = 'DEFAULT', 'DEFAULT_GENERATED', default_kind = 'MATERIALIZED', 'STORED GENERATED', default_kind = 'ALIAS', 'VIRTUAL GENERATED', '')",
                ),
                ("column_comment", "String", "comment"),
                ("column_type", "String", "type"),
            ],
            &[
                ("column_key", "String", "if(is_in_primary_key, 'PRI', '')"),
                ("privileges", "String", "''"),
                (
                    "generation_expression",
                    "String",
                    "if(default_kind IN ('MATERIALIZED', 'ALIAS'), default_expression, '')",
                ),
                ("srs_id", "Nullable(UInt32)", "NULL"),
            ],
        ],
    },
    View {
        name: "engines",
        source: "system.table_engines",
        groups: &[&[
            ("engine", "String", "name"),
            ("support", "String", "if(name = 'MergeTree', 'DEFAULT', 'YES')"),
        ]],
    },
    View {
        name: "key_column_usage",
        source: "system.columns WHERE is_in_primary_key",
        groups: &[&[
            ("constraint_catalog", "String|Nullable(String)", "'def'"),
            ("constraint_schema", "String|Nullable(String)", "database"),
            ("constraint_name", TEXT, "'PRIMARY'"),
            ("table_catalog", "String", "'def'"),
            ("table_schema", "String", "database"),
            ("table_name", "String", "table"),
            ("column_name", TEXT, "name"),
            ("ordinal_position", "UInt32", "1"),
            ("position_in_unique_constraint", "Nullable(UInt32)", "NULL"),
            ("referenced_table_schema", TEXT, "NULL"),
            ("referenced_table_name", TEXT, "NULL"),
            ("referenced_column_name", TEXT, "NULL"),
        ]],
    },
    View {
        name: "referential_constraints",
        source: "system.one WHERE 0",
        groups: &[&[
            ("constraint_catalog", "String", "''"),
            ("constraint_schema", "String", "''"),
            ("constraint_name", TEXT, "NULL"),
            ("unique_constraint_catalog", "String", "''"),
            ("unique_constraint_schema", "String", "''"),
            ("unique_constraint_name", TEXT, "NULL"),
            ("match_option", "String", "''"),
            ("update_rule", "String", "''"),
            ("delete_rule", "String", "''"),
            ("table_name", "String", "''"),
            ("referenced_table_name", "String", "''"),
        ]],
    },
    View {
        name: "schemata",
        source: "system.databases",
        groups: &[
            &[
                ("catalog_name", "String", "name"),
                ("schema_name", "String", "name"),
                ("schema_owner", "String", "'default'"),
                ("default_character_set_catalog", TEXT, "NULL"),
                ("default_character_set_schema", TEXT, "NULL"),
                ("default_character_set_name", TEXT, "NULL"),
                ("sql_path", TEXT, "NULL"),
            ],
            &[
                ("default_collation_name", "String", "'utf8mb4_0900_ai_ci'"),
                ("default_encryption", "String", "'NO'"),
            ],
        ],
    },
    View {
        name: "statistics",
        source: "system.one WHERE 0",
        groups: &[&[
            ("table_catalog", "String", "''"),
            ("table_schema", "String", "''"),
            ("table_name", "String", "''"),
            ("non_unique", "Int32", "0"),
            ("index_schema", "String", "''"),
            ("index_name", TEXT, "NULL"),
            ("seq_in_index", "UInt32", "0"),
            ("column_name", TEXT, "NULL"),
            ("collation", TEXT, "NULL"),
            ("cardinality", "Nullable(Int64)", "NULL"),
            ("sub_part", "Nullable(Int64)", "NULL"),
            ("packed", TEXT, "NULL"),
            ("nullable", "String", "''"),
            ("index_type", "String", "''"),
            ("comment", "String", "''"),
            ("index_comment", "String", "''"),
            ("is_visible", "String", "''"),
            ("expression", TEXT, "NULL"),
        ]],
    },
    View {
        name: "tables",
        source: "system.tables AS t LEFT JOIN (SELECT database, table, sum(marks_bytes + \
                 secondary_indices_compressed_bytes + secondary_indices_marks_bytes) AS index_bytes FROM \
                 system.parts WHERE active GROUP BY database, table) AS p ON t.database = p.database AND t.name = \
                 p.table",
        groups: &[
            &[
                ("table_catalog", "String", "t.database"),
                ("table_schema", "String", "t.database"),
                ("table_name", "String", "t.name"),
                (
                    "table_type",
                    "String",
                    "multiIf(t.is_temporary, 'LOCAL TEMPORARY', t.engine LIKE '%View', 'VIEW', t.engine LIKE 'System%', 'SYSTEM VIEW', t.has_own_data = 0, 'FOREIGN TABLE', 'BASE TABLE')",
                ),
                ("table_rows", NUMBER, "t.total_rows"),
                ("data_length", NUMBER, "t.total_bytes"),
                ("index_length", NUMBER, "p.index_bytes"),
                ("table_collation", TEXT, "'utf8mb4_0900_ai_ci'"),
                ("table_comment", TEXT, "t.comment"),
            ],
            &[
                (
                    "engine",
                    TEXT,
                    "if(t.engine LIKE '%View' OR t.engine LIKE 'System%', NULL, t.engine)",
                ),
                ("version", NUMBER, "NULL"),
                ("row_format", TEXT, "NULL"),
                ("avg_row_length", NUMBER, "NULL"),
                ("max_data_length", NUMBER, "NULL"),
                ("data_free", NUMBER, "NULL"),
                ("auto_increment", NUMBER, "NULL"),
                ("create_time", "Nullable(DateTime)", "NULL"),
                ("update_time", "Nullable(DateTime)", "NULL"),
                ("check_time", "Nullable(DateTime)", "NULL"),
                ("checksum", "Nullable(Int64)", "NULL"),
                ("create_options", TEXT, "NULL"),
            ],
        ],
    },
    View {
        name: "views",
        source: "system.tables WHERE engine LIKE '%View'",
        groups: &[&[
            ("table_catalog", "String", "database"),
            ("table_schema", "String", "database"),
            ("table_name", "String", "name"),
            ("view_definition", "String", "as_select"),
            ("check_option", "String", "'NONE'"),
            ("is_updatable", YES_OR_NO, "'NO'"),
            (
                "is_insertable_into",
                YES_OR_NO,
                "if(engine = 'MaterializedView', 'YES', 'NO')",
            ),
            ("is_trigger_updatable", YES_OR_NO, "'NO'"),
            ("is_trigger_deletable", YES_OR_NO, "'NO'"),
            ("is_trigger_insertable_into", YES_OR_NO, "'NO'"),
        ]],
    },
];

/// The views of one of the databases.
pub fn definitions(database: &str, environment: &Environment) -> Result<Vec<TableDefinition>> {
    let both = VIEWS
        .iter()
        .flat_map(|view| [(view, view.name.to_owned()), (view, view.name.to_uppercase())]);
    both.map(|(view, name)| view.definition(database, &name, environment))
        .collect()
}

impl View {
    fn definition(&self, database: &str, name: &str, environment: &Environment) -> Result<TableDefinition> {
        let text = self.statement(database, name);
        match parse(text.as_bytes(), &Default::default())?.0.statement {
            Statement::CreateTable(create) => TableDefinition::new(*create, environment),
            _ => Err(Error::new(
                Code::LOGICAL_ERROR,
                "a view of the information schema is none",
            )),
        }
    }

    fn statement(&self, database: &str, name: &str) -> String {
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        for group in self.groups {
            let types = |types: &'static str| types.split_once('|').unwrap_or((types, types));
            for (name, data_type, value) in *group {
                columns.push(format!("`{name}` {}", types(data_type).0));
                values.push(format!("{value} AS `{name}`"));
            }
            for (name, data_type, value) in *group {
                let name = name.to_uppercase();
                columns.push(format!("`{name}` {}", types(data_type).1));
                values.push(format!("{value} AS `{name}`"));
            }
        }
        let (columns, values) = (columns.join(", "), values.join(", "));
        format!(
            "CREATE VIEW `{database}`.`{name}` ({columns}) AS SELECT {values} FROM {}",
            self.source
        )
    }
}
