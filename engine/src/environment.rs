//! What one statement runs in: the engine, the session's settings and database, its parameters.
//!
//! It is the [`Catalog`](analyzer::Catalog) that the analyzer asks for tables and settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::ScalarValue;
use datafusion::datasource::provider_as_source;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, TableSource};
use gristmill_sql::analyzer::{self, Column, MutationPlace, Planned, Table, TableFunctionArgument};
use gristmill_sql::functions::{self, TypedExpr};
use gristmill_sql::parser::{Lifted, TableName};
use gristmill_sql::types::{DataType, TimeZone};
use gristmill_sql::{Code, Result as SqlResult};
use sqlparser::ast;
use uuid::Uuid;

use crate::access::{Entities, NamedTables, Rights, check_reads, check_reads_of};
use crate::catalog::DEFAULT;
use crate::engine::{CLICKHOUSE_VERSION, Engine};
use crate::error::{Error, Result};
use crate::events::Events;
use crate::execution::QueryState;
use crate::progress::Progress;
use crate::queries::{Accessed, Process};
use crate::search::{Note, PlanKey, has_subquery};
use crate::settings::Settings;
use crate::stop::StopSign;
use crate::table::{FinalRead, MergeTreeTable, Relation, RowPolicy, TableDefinition};
use crate::table_functions;
use crate::temporary::TemporaryTables;

/// One statement's surroundings.
pub struct Environment {
    /// The database.
    pub engine: Arc<Engine>,
    /// The session's settings with the statement's own over them.
    pub settings: Arc<Settings>,
    /// Database of unqualified names.
    pub database: String,
    /// Vector literals that were taken out of the text.
    pub lifted: Vec<Lifted>,
    /// Values of `{name:Type}`.
    pub parameters: BTreeMap<String, String>,
    /// The statement's counters.
    pub progress: Arc<Progress>,
    /// What ends the statement early.
    pub stop: StopSign,
    /// Where the plan of a search may be kept, and the FORMAT that belongs to it.
    pub plan_place: Option<(PlanKey, Option<String>)>,
    /// The session's temporary tables; a view sees none.
    pub temporary: Option<Arc<TemporaryTables>>,
    /// The statement as others see it; a view is none.
    pub process: Option<Arc<Process>>,
    /// What was noted of the session's last statement.
    pub warnings: Arc<[Note]>,
    /// How many views this is inside of.
    pub view_depth: usize,
    /// What the user may do.
    pub rights: Arc<Rights>,
    /// Tables that were named, by views too.
    pub named: Arc<NamedTables>,
    functions: functions::Context,
}

impl Environment {
    /// The surroundings of a statement. Fails on a setting that names no time zone.
    pub fn new(
        engine: Arc<Engine>,
        settings: Arc<Settings>,
        database: String,
        progress: Arc<Progress>,
    ) -> Result<Self> {
        let time_zone = match settings.text("session_timezone") {
            "" => TimeZone::UTC,
            name => TimeZone::find(name)?,
        };
        let functions = functions::Context {
            time_zone,
            database: database.clone(),
            user: DEFAULT.into(),
            version: CLICKHOUSE_VERSION.into(),
            uptime: engine.uptime().as_secs() as u32,
            host_name: engine.identity().host_name.clone(),
            server_uuid: *engine.identity().server_uuid.as_bytes(),
            ports: engine.identity().ports(),
            known_setting: |name| {
                let setting = crate::settings::find(name).ok()?;
                Some(functions::KnownSetting {
                    name: setting.name,
                    value_type: setting.value_type,
                    default: setting.default,
                })
            },
            settings: settings.changed(),
            ..functions::Context::default()
        };
        Ok(Self {
            engine,
            settings,
            database,
            lifted: Vec::new(),
            parameters: BTreeMap::new(),
            progress,
            stop: StopSign::default(),
            plan_place: None,
            temporary: None,
            process: None,
            warnings: Arc::default(),
            view_depth: 0,
            rights: Rights::of_engine(),
            named: Arc::default(),
            functions,
        })
    }

    /// The same for another session, which has changed no settings: what definitions are typed in.
    pub fn with_default_settings(&self) -> Result<Self> {
        let (engine, progress) = (self.engine.clone(), self.progress.clone());
        let mut environment = Self::new(engine, Arc::default(), self.database.clone(), progress)?;
        environment.set_rights(&self.rights);
        Ok(environment)
    }

    /// The surroundings of a view's query: the statement's, but for names and parameters.
    pub fn inside_view(&self, database: &str) -> Result<Self> {
        let (engine, progress) = (self.engine.clone(), self.progress.clone());
        let mut environment = Self {
            stop: self.stop.clone(),
            view_depth: self.view_depth + 1,
            named: self.named.clone(),
            ..Self::new(engine, self.settings.clone(), database.into(), progress)?
        };
        environment.set_rights(&self.rights);
        Ok(environment)
    }

    /// Who runs it.
    pub fn set_rights(&mut self, rights: &Arc<Rights>) {
        self.functions.user = rights.user.clone();
        if !rights.is_without_roles() {
            self.functions.current_roles = rights.role_names(|id| rights.current_roles.contains(&id));
            self.functions.enabled_roles = rights.role_names(|_| true);
            self.functions.default_roles = rights.default_role_names();
        }
        self.rights = rights.clone();
    }

    /// MergeTree tables that the user may know of: database, name, table.
    pub fn shown_tables(&self) -> Vec<(String, String, MergeTreeTable)> {
        let mut tables = self.engine.catalog().all_tables();
        tables.retain(|(database, name, _)| self.rights.shows_table(database, name));
        tables
    }

    /// Tables and views that the user may know of.
    pub fn shown_relations(&self) -> Vec<(String, String, Relation)> {
        let mut relations = self.engine.catalog().all_relations();
        relations.retain(|(database, name, _)| self.rights.shows_table(database, name));
        relations
    }

    /// Databases that the user may know of, with their comments.
    pub fn shown_databases(&self) -> Vec<(String, String)> {
        let mut databases = self.engine.catalog().databases();
        databases.retain(|(name, _)| self.rights.shows_database(name));
        databases
    }

    /// All users, roles and the like.
    pub fn entities(&self) -> Arc<Entities> {
        self.engine.access().entities()
    }

    /// The statement as others see it.
    pub fn set_process(&mut self, process: &Arc<Process>) {
        self.functions.query_id = process.query_id();
        self.process = Some(process.clone());
    }

    /// What was noted of the session's last statement; asking for it does not make it go.
    pub fn warnings(&self) -> &[Note] {
        self.warnings.iter().for_each(|note| self.progress.note(note.clone()));
        &self.warnings
    }

    /// The statement is understood and begins to work on this.
    pub fn begins(&self, accessed: impl FnOnce() -> Accessed) {
        if let Some(process) = &self.process {
            process.begins(Arc::new(accessed()));
        }
    }

    /// The condition that a table's rows have to fulfil for the user to see them.
    pub fn row_policy(
        &self,
        (database, name): (&str, &str),
        table: Uuid,
        definition: &TableDefinition,
        stored: &SchemaRef,
    ) -> Result<Option<RowPolicy>> {
        let Some(condition) = self.rights.row_filter(database, name) else {
            return Ok(None);
        };
        let typed = self.plan_expression(&condition, &definition.columns)?;
        let bare = typed.data_type.bare();
        if !(bare.is_number() && !bare.is_decimal() || matches!(bare, DataType::Bool | DataType::Nothing)) {
            let message = format!(
                "Invalid type for filter in a row policy of {database}.{name}: {}",
                typed.data_type
            );
            return Err(Error::new(Code::ILLEGAL_TYPE_OF_COLUMN_FOR_FILTER, message));
        }
        let condition = typed.predicate()?;
        if has_subquery(&condition) || condition.is_volatile() {
            return Err(Error::not_implemented(
                "A row policy with a subquery or a random function",
            ));
        }
        if let Expr::Literal(ScalarValue::Boolean(Some(true)), _) = condition {
            return Ok(None);
        }
        let policy = RowPolicy::new(
            table,
            &condition,
            definition,
            stored,
            self.engine.policies(),
            &self.stop,
        )?;
        Ok(Some(policy))
    }

    /// NOT_IMPLEMENTED where a row policy is on what is no table.
    pub fn refuse_row_policy(&self, (database, name): (&str, &str)) -> Result<()> {
        match self.rights.row_filter(database, name) {
            None => Ok(()),
            Some(_) => Err(Error::not_implemented(format!(
                "The row policy of {database}.{name}, which is no table"
            ))),
        }
    }

    /// Where the statement counts what happens.
    pub fn events(&self) -> &Events {
        self.progress.events()
    }

    /// What functions may know.
    pub fn functions(&self) -> &functions::Context {
        &self.functions
    }

    /// What the analyzer plans with.
    pub fn context(&self) -> analyzer::Context<'_> {
        analyzer::Context {
            catalog: self,
            lifted: &self.lifted,
            parameters: &self.parameters,
            functions: &self.functions,
        }
    }

    /// Types an expression over columns.
    pub fn plan_expression(&self, expression: &ast::Expr, columns: &[Column]) -> SqlResult<TypedExpr> {
        analyzer::plan_expression(expression, columns, &self.context())
    }

    /// Types an expression of a mutation.
    pub fn plan_mutation(
        &self,
        expression: &ast::Expr,
        columns: &[Column],
        place: MutationPlace,
    ) -> SqlResult<TypedExpr> {
        let typed = analyzer::plan_mutation(expression, columns, place, &self.context())?;
        check_reads_of(&typed.expr, self)?;
        Ok(typed)
    }

    /// Plans a query that the user may read what it reads of. What is inside of a view is asked with what reads it.
    pub fn plan_query(&self, query: &ast::Query) -> Result<Planned> {
        let planned = analyzer::plan_query(query, &self.context())?;
        if self.view_depth == 0 {
            check_reads(&planned.plan, self)?;
        }
        Ok(planned)
    }

    /// The planner for this statement's settings.
    pub fn state(&self) -> Arc<SessionState> {
        self.engine.executor().state(&self.settings)
    }

    /// What the statement's running plan may ask for.
    pub fn query_state(&self) -> QueryState {
        QueryState {
            progress: self.progress.clone(),
            stop: self.stop.clone(),
            settings: self.settings.clone(),
            engine: self.engine.clone(),
        }
    }

    /// A table's database and name: a temporary table's, or the current database filled in.
    pub fn resolve<'a>(&'a self, table: &'a TableName) -> (&'a str, &'a str) {
        match &self.temporary {
            Some(temporary) if table.database.is_none() && temporary.has(&table.name) => {
                (temporary.database(), &table.name)
            }
            _ => self.resolve_lasting(table),
        }
    }

    /// The same where temporary tables are not meant.
    pub fn resolve_lasting<'a>(&'a self, table: &'a TableName) -> (&'a str, &'a str) {
        (table.database.as_deref().unwrap_or(&self.database), &table.name)
    }

    /// A temporary table's database and name; UNKNOWN_TABLE if there is none.
    pub fn resolve_temporary<'a>(&'a self, table: &'a TableName) -> Result<(&'a str, &'a str)> {
        match &self.temporary {
            Some(temporary) if table.database.is_none() && temporary.has(&table.name) => {
                Ok((temporary.database(), &table.name))
            }
            _ => {
                let message = format!("Temporary table {} doesn't exist.", table.name);
                Err(Error::new(Code::UNKNOWN_TABLE, message))
            }
        }
    }

    /// Temporary tables by name.
    pub fn temporary_relations(&self) -> Vec<(String, Relation)> {
        let used = self.temporary.as_ref().filter(|temporary| temporary.are_used());
        used.map_or(Vec::new(), |temporary| {
            self.engine.catalog().relations(temporary.database())
        })
    }

    /// The table as FINAL reads it; with the setting only those that can be read so.
    fn read_final(&self, source: Arc<dyn TableSource>, is_written: bool) -> Result<Arc<dyn TableSource>> {
        let table = MergeTreeTable::of(&source);
        match table.as_ref().filter(|table| table.definition.replacement.is_some()) {
            Some(table) => {
                let read = FinalRead {
                    across_partitions: !self.settings.flag("do_not_merge_across_partitions_select_final")
                        && !table.definition.keys_say_partition(),
                    stop: self.stop.clone(),
                };
                Ok(provider_as_source(Arc::new(table.with_final(read))))
            }
            None if is_written => {
                let engine = table.as_ref().map_or("System", |table| table.definition.engine());
                let message = format!("Storage {engine} doesn't support FINAL.");
                Err(Error::new(Code::ILLEGAL_FINAL, message))
            }
            None => Ok(source),
        }
    }

    fn scalar(&self, planned: &Planned) -> Result<ScalarValue> {
        let batches = self
            .engine
            .executor()
            .collect(&planned.plan, &self.state(), self.query_state())?;
        let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
        if rows > 1 {
            return Err(Error::new(
                Code::INCORRECT_RESULT_OF_SCALAR_SUBQUERY,
                "Scalar subquery returned more than one row",
            ));
        }
        match batches.iter().find(|batch| batch.num_rows() == 1) {
            Some(batch) => Ok(ScalarValue::try_from_array(batch.column(0), 0)?),
            None => Ok(ScalarValue::try_from(planned.plan.schema().field(0).data_type())?),
        }
    }
}

impl analyzer::Catalog for Environment {
    fn table(&self, database: Option<&str>, name: &str, is_final: bool) -> SqlResult<Table> {
        let temporary = self.temporary.as_ref().filter(|it| database.is_none() && it.has(name));
        let found = temporary.map_or(database.unwrap_or(&self.database), |it| it.database());
        let mut table = self.engine.catalog().source(found, name, self)?;
        if temporary.is_some() {
            table.database.clear();
        }
        if table.view.is_none() && (is_final || self.settings.flag("final")) {
            table.source = self.read_final(table.source, is_final)?;
        }
        if temporary.is_none() && table.view.is_none() && !self.rights.is_unlimited {
            let columns = table.columns.iter().map(|column| column.name.clone()).collect();
            self.named.table(&table.source, (found, name), columns, &self.rights);
        }
        Ok(table)
    }

    fn table_function(&self, name: &str, arguments: &[TableFunctionArgument]) -> SqlResult<Table> {
        if name.eq_ignore_ascii_case("file") && !self.rights.is_unlimited {
            self.rights.check_source("READ", "FILE")?;
        }
        Ok(table_functions::call(name, arguments, self)?)
    }

    fn run_scalar(&self, planned: &Planned) -> SqlResult<ScalarValue> {
        check_reads(&planned.plan, self)?;
        Ok(self.scalar(planned)?)
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.settings.get(name).map(str::to_string)
    }

    fn current_database(&self) -> &str {
        &self.database
    }
}
