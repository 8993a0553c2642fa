//! One client's state (database, settings) and the way every statement takes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use gristmill_sql::Code;
use gristmill_sql::analyzer::Planned;
use gristmill_sql::parser::access::{AccessStatement, RoleChoice};
use gristmill_sql::parser::{Parsed, SettingValue, Statement, on_deep_stack};

use crate::access::{Credentials, Login, Rights, RolesInForce, check_statement};
use crate::catalog::DEFAULT;
use crate::engine::Engine;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::insert;
use crate::outcome::{Outcome, Rows, guarded};
use crate::progress::Progress;
use crate::queries::{Accessed, Beginning, Origin, Process, Running, kind_of};
use crate::query_kind::QueryKind;
use crate::search::{self, CachedPlan, Candidate, Note, PointQuery, Surroundings};
use crate::settings::{Settings, change};
use crate::statement_text;
use crate::statements;
use crate::stop::{Canceller, StopSign};
use crate::temporary::TemporaryTables;

/// Begins the hint of an error about a name.
const MAYBE_YOU_MEANT: &str = ". Maybe you meant";

/// Names that `SET` gives to parameters and not to settings.
const PARAMETER_PREFIX: &str = "param_";

/// A client's session. Cheap; one statement at a time.
pub struct Session {
    engine: Arc<Engine>,
    settings: Arc<Settings>,
    database: String,
    /// Values of `{name:Type}` that `SET param_name` gave.
    parameters: BTreeMap<String, String>,
    /// What the session goes back to after a request with settings or a database of its own.
    lasting: Option<Lasting>,
    progress: Arc<Progress>,
    /// Of the next statement.
    origin: Origin,
    /// What was noted of the last statement.
    warnings: Arc<[Note]>,
    canceller: Canceller,
    temporary: Arc<TemporaryTables>,
    /// Who has logged in; none: the program that holds the engine, which is `default`.
    login: Option<Login>,
    /// Roles that SET ROLE has chosen.
    roles: RolesInForce,
    /// What the user may do, as it was last known.
    rights: Arc<Rights>,
}

/// What SET and USE change for all statements to come.
struct Lasting {
    settings: Arc<Settings>,
    database: String,
}

/// What is known of a statement before it runs.
#[derive(Default)]
pub struct Prepared {
    search: Option<Candidate>,
    plan: Option<Arc<CachedPlan>>,
}

impl Prepared {
    /// Whether the session can answer it by indexes that are open: about as long as waking another thread, and all of its
    /// rows are there when [`Session::execute_prepared`] returns.
    pub fn is_brief(&self, session: &Session) -> bool {
        let opened = session.engine.indexes();
        self.plan
            .as_ref()
            .is_some_and(|plan| search::is_brief(plan.point.search(), &plan.settings, opened))
    }
}

impl Session {
    /// A session with default settings.
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        Self {
            temporary: Arc::new(TemporaryTables::new(engine.clone())),
            progress: Arc::new(Progress::new(engine.events().clone())),
            engine,
            settings: Arc::default(),
            database: DEFAULT.into(),
            parameters: BTreeMap::new(),
            lasting: None,
            origin: Origin::default(),
            warnings: Arc::default(),
            canceller: Canceller::default(),
            login: None,
            roles: RolesInForce::default(),
            rights: Rights::of_engine(),
        }
    }

    /// A new session with this one's settings and database.
    pub fn another(&self) -> Session {
        Session {
            settings: self.settings.clone(),
            database: self.database.clone(),
            login: self.login.clone(),
            roles: self.roles.clone(),
            rights: self.rights.clone(),
            ..Session::new(self.engine.clone())
        }
    }

    /// Makes this the session of a user, with the settings and the database that are his. Fails if he is gone.
    pub fn log_in(&mut self, login: &Login) -> Result<()> {
        self.login = Some(login.clone());
        self.roles = RolesInForce::default();
        self.rights = self.known_rights()?;
        let (settings, database) = self.rights.beginning(&self.settings)?;
        self.settings = settings;
        if let Some(database) = database {
            self.database = database;
        }
        Ok(())
    }

    /// The user's name.
    pub fn user(&self) -> &str {
        &self.rights.user
    }

    /// What the user may do at this moment.
    fn known_rights(&self) -> Result<Arc<Rights>> {
        let access = self.engine.access();
        match &self.login {
            Some(login) if self.rights.version != access.version() || self.rights.user_id != login.id => {
                access.rights(login.id, login.name(), &self.roles)
            }
            Some(_) => Ok(self.rights.clone()),
            None if self.rights.version == access.version() => Ok(self.rights.clone()),
            None => access.rights(self.rights.user_id, &self.rights.user, &self.roles),
        }
    }

    /// A new session like this one for the user that somebody is. It may take as long as [`Engine::authenticate`].
    pub fn another_for(&self, credentials: &Credentials<'_>) -> Result<Session> {
        let login = self.engine.authenticate(credentials)?;
        let mut session = self.another();
        session.log_in(&login)?;
        Ok(session)
    }

    /// Runs one statement. `query` holds exactly one, as `parser` cuts scripts; for an INSERT with
    /// data in the text, [`crate::Insert::inline`] says where.
    ///
    /// A panic inside becomes LOGICAL_ERROR; the engine lives on.
    pub fn execute(&mut self, query: &[u8], parameters: &BTreeMap<String, String>) -> Result<Outcome> {
        let prepared = self.prepare(query, parameters);
        self.execute_prepared(query, parameters, prepared)
    }

    /// Looks whether the plan of a statement is known. Does not block.
    pub fn prepare(&self, query: &[u8], parameters: &BTreeMap<String, String>) -> Prepared {
        let prepare = || {
            let rights = self.known_rights()?;
            let search = match self.parameters.is_empty() {
                true => self.candidate(query, parameters, &rights),
                false => self.candidate(query, &self.with_own(parameters), &rights),
            };
            let plan = search
                .as_ref()
                .and_then(|search| self.engine.plans().get(&search.key, self.engine.catalog()));
            Ok(Prepared { search, plan })
        };
        guarded(prepare).unwrap_or_default() // what panics here does so again, where it is reported
    }

    /// Runs a statement that [`Session::prepare`] has looked at since settings and database were changed.
    pub fn execute_prepared(
        &mut self,
        query: &[u8],
        parameters: &BTreeMap<String, String>,
        prepared: Prepared,
    ) -> Result<Outcome> {
        let rights = self.known_rights()?;
        if !Arc::ptr_eq(&rights, &self.rights) {
            self.rights = rights;
            self.constrain()?;
        }
        let running = self.begin(query)?;
        let outcome = guarded(|| self.run(query, parameters, prepared, running.process()));
        let outcome = outcome.map_err(|error| self.without_hints(error));
        running.settle(outcome)
    }

    /// A statement begins: what is known of the last one goes.
    fn begin(&mut self, query: &[u8]) -> Result<Running> {
        let notes = self.progress.take_notes();
        if !notes.is_empty() || !self.warnings.is_empty() {
            self.warnings = notes.into();
        }
        self.progress.reset();
        let origin = Origin {
            query_id: self.origin.query_id.take(),
            client: self.origin.client.clone(),
        };
        self.engine.processes().begin(Beginning {
            text: query,
            user: &self.rights.user,
            origin,
            database: &self.database,
            settings: &self.settings,
            progress: &self.progress,
            canceller: std::mem::take(&mut self.canceller),
        })
    }

    fn run(
        &mut self,
        query: &[u8],
        parameters: &BTreeMap<String, String>,
        prepared: Prepared,
        process: &Arc<Process>,
    ) -> Result<Outcome> {
        self.engine.check_running()?;
        let started = process.started;
        let Prepared { search, plan } = prepared;
        if let (Some(search), Some(plan)) = (&search, plan) {
            let answered = self.answer_again(search, &plan, process);
            if !matches!(&answered, Err(error) if error.code() == Code::TABLE_IS_DROPPED) {
                QueryKind::Select.begun(self.progress.events());
                return answered.map(Outcome::Rows);
            }
        }
        let parameters = self.with_own(parameters);
        let parsed = statement_text::parsed(query, &parameters, &self.settings)?;
        let Parsed {
            statement,
            lifted,
            settings,
            format,
            outfile,
            height,
            ..
        } = parsed;
        let kind = kind_of(&statement);
        process.understood(kind, &self.settings);
        QueryKind::named(kind).begun(self.progress.events());
        if let Statement::Set(changes) = &statement {
            return self.change_settings(changes).map(|()| Outcome::Done);
        }
        if let Statement::Use(name) = &statement {
            self.engine.catalog().check_database(name)?;
            if !self.rights.shows_database(name) {
                self.rights.check_database("SHOW DATABASES", name)?;
            }
            return self.use_database(name).map(|()| Outcome::Done);
        }
        if let Statement::Access(access) = &statement
            && let AccessStatement::SetRole(choice) = access.as_ref()
        {
            return self.set_role(choice).map(|()| Outcome::Done);
        }
        let mut environment = self.environment(&settings)?;
        process.understood(kind, &environment.settings);
        environment.set_process(process);
        environment.warnings = self.warnings.clone();
        environment.lifted = lifted;
        environment.parameters = parameters;
        environment.plan_place = search
            .filter(|_| outfile.is_none())
            .map(|search| (search.key, format.clone()));
        self.check_allowed(&statement, &environment)?;
        if !statements::only_reads(&statement) {
            process.canceller.outlive_client();
        }
        environment.stop = StopSign::new(process.canceller.clone(), &environment.settings, started);
        let mut outcome = on_deep_stack(height, || dispatch(statement, &environment, started))?;
        match &mut outcome {
            Outcome::Done => {}
            Outcome::Insert(insert) => insert.settings = environment.settings,
            Outcome::Rows(rows) => {
                rows.format = format;
                rows.outfile = outfile;
                rows.settings = environment.settings;
            }
        }
        Ok(outcome)
    }

    /// A request's parameters and the session's own.
    fn with_own(&self, parameters: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut all = self.parameters.clone();
        all.extend(parameters.clone());
        all
    }

    /// The query as one that may have a plan already.
    fn candidate(&self, query: &[u8], parameters: &BTreeMap<String, String>, rights: &Rights) -> Option<Candidate> {
        if self.temporary.are_used() {
            return None; // names mean something else here than in other sessions
        }
        let around = (self.settings.fingerprint(), rights.fingerprint());
        Candidate::of(query, parameters, &self.database, around)
    }

    /// Answers a search whose plan is known.
    fn answer_again(&self, search: &Candidate, plan: &CachedPlan, process: &Process) -> Result<Rows> {
        process.understood("Select", &plan.settings);
        process.begins(plan.accessed.clone());
        let started = process.started;
        let stop = StopSign::new(process.canceller.clone(), &plan.settings, started);
        let around = Surroundings {
            settings: &plan.settings,
            engine: &self.engine,
            progress: &self.progress,
            stop: &stop,
        };
        let batch = plan.point.run(&search.numbers, &around)?;
        let (engine, progress) = (self.engine.clone(), self.progress.clone());
        let mut rows = Rows::ready(plan.header.clone(), vec![batch], engine, progress, started);
        rows.format = plan.format.clone();
        rows.settings = plan.settings.clone();
        rows.set_limited(true);
        Ok(rows)
    }

    /// The surroundings of a statement with settings of its own.
    pub(crate) fn environment(&self, changes: &[(String, SettingValue)]) -> Result<Environment> {
        let mut settings = self.settings.clone();
        change::apply(&mut settings, given(changes))?;
        let (engine, progress) = (self.engine.clone(), self.progress.clone());
        let mut environment = Environment::new(engine, settings, self.database.clone(), progress)?;
        environment.temporary = Some(self.temporary.clone());
        environment.set_rights(&self.rights);
        Ok(environment)
    }

    /// SET ROLE: which of the granted roles are in force.
    fn set_role(&mut self, choice: &RoleChoice) -> Result<()> {
        let roles = self.rights.chosen(choice)?;
        self.rights = match &self.login {
            Some(login) => self.engine.access().rights(login.id, login.name(), &roles)?,
            None => self
                .engine
                .access()
                .rights(self.rights.user_id, &self.rights.user, &roles)?,
        };
        self.roles = roles;
        self.constrain()
    }

    /// Names that are near may be ones that the user must not know of.
    fn without_hints(&self, error: Error) -> Error {
        let names_tables = matches!(
            error.code(),
            Code::UNKNOWN_TABLE | Code::UNKNOWN_DATABASE | Code::UNKNOWN_IDENTIFIER | Code::NO_SUCH_COLUMN_IN_TABLE
        );
        match error.message().split_once(MAYBE_YOU_MEANT) {
            Some((message, _)) if names_tables && !self.rights.is_unlimited => Error::new(error.code(), message),
            _ => error,
        }
    }

    /// What of settings may be changed follows what is said of the user.
    fn constrain(&mut self) -> Result<()> {
        let constraints = self.rights.constraints()?;
        if *constraints != *self.settings.constraints() {
            Arc::make_mut(&mut self.settings).constrain(constraints.clone());
            if let Some(lasting) = &mut self.lasting {
                Arc::make_mut(&mut lasting.settings).constrain(constraints);
            }
        }
        Ok(())
    }

    fn check_allowed(&self, statement: &Statement, environment: &Environment) -> Result<()> {
        if environment.settings.integer("readonly") > 0 && !statements::only_reads(statement) {
            return Err(Error::new(Code::READONLY, "Cannot execute query in readonly mode"));
        }
        check_statement(statement, environment)
    }

    fn change_settings(&mut self, changes: &[(String, SettingValue)]) -> Result<()> {
        let settings = given(changes).filter(|(name, _)| !name.starts_with(PARAMETER_PREFIX));
        change::apply(&mut self.settings, settings.clone())?;
        if let Some(lasting) = &mut self.lasting {
            change::apply(&mut lasting.settings, settings)?;
        }
        for (name, value) in given(changes) {
            match (name.strip_prefix(PARAMETER_PREFIX), value) {
                (Some(name), Some(value)) => self.parameters.insert(name.into(), value),
                (Some(name), None) => self.parameters.remove(name),
                (None, _) => None,
            };
        }
        Ok(())
    }

    /// Changes a setting whatever `readonly` says, as configuration and command line may.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        Arc::make_mut(&mut self.settings).set(name, value)
    }

    /// Settings and a database until [`Session::end_request`]; SET and USE outlast it. A client's change of settings
    /// is refused where `readonly` forbids it. A request that only reads runs with `readonly = 2`.
    pub fn begin_request(
        &mut self,
        changes: &[(String, String)],
        database: Option<&str>,
        only_reads: bool,
    ) -> Result<()> {
        self.end_request();
        let mut settings = self.settings.clone();
        if only_reads && settings.integer("readonly") == 0 {
            Arc::make_mut(&mut settings).set("readonly", "2")?;
        }
        let changes = changes.iter().map(|(name, value)| (name.as_str(), Some(value.clone())));
        change::apply(&mut settings, changes)?;
        if let Some(database) = database {
            self.engine.catalog().check_database(database)?;
        }
        let database = database.unwrap_or(&self.database).to_string();
        self.lasting = Some(Lasting {
            settings: std::mem::replace(&mut self.settings, settings),
            database: std::mem::replace(&mut self.database, database),
        });
        Ok(())
    }

    /// Back to the session's own settings and database.
    pub fn end_request(&mut self) {
        if let Some(lasting) = self.lasting.take() {
            self.settings = lasting.settings;
            self.database = lasting.database;
        }
    }

    /// A setting's value as text; `None` if there is no such setting.
    pub fn setting(&self, name: &str) -> Option<String> {
        self.settings.get(name).map(str::to_string)
    }

    /// [`Session::setting`], if it was given a value.
    pub fn changed_setting(&self, name: &str) -> Option<String> {
        self.setting(name).filter(|_| self.settings.is_changed(name))
    }

    /// Changes the current database, as `USE` does.
    pub fn use_database(&mut self, name: &str) -> Result<()> {
        self.engine.catalog().check_database(name)?;
        self.database = name.into();
        if let Some(lasting) = &mut self.lasting {
            lasting.database = name.into();
        }
        Ok(())
    }

    /// The current database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Counters of the running statement; the same object for the session's whole life.
    pub fn progress(&self) -> Arc<Progress> {
        self.progress.clone()
    }

    /// What the next statement is called, and who sends it and those after it.
    pub fn identify_next(&mut self, origin: Origin) {
        self.origin = origin;
    }

    /// The next statement, and it alone, ends when this is cancelled, which it may be already.
    pub fn stop_next_with(&mut self, canceller: Canceller) {
        self.canceller = canceller;
    }
}

/// A statement's changes of settings as values to apply.
fn given(changes: &[(String, SettingValue)]) -> impl Iterator<Item = change::Change<'_>> + Clone {
    changes.iter().map(|(name, value)| match value {
        SettingValue::Default => (name.as_str(), None),
        value => (name.as_str(), Some(value.text())),
    })
}

pub(crate) fn dispatch(statement: Statement, environment: &Environment, started: Instant) -> Result<Outcome> {
    statements::subquery_settings::check(&statement, environment)?;
    match statement {
        Statement::Empty => Ok(Outcome::Done),
        Statement::Query(query) => with_tables_of_now(|| {
            let planned = environment.plan_query(&query)?;
            let mut rows = run_query(planned, environment, started)?;
            rows.set_limited(query.limit_clause.is_some());
            Ok(Outcome::Rows(rows))
        }),
        Statement::Insert(insert) => insert::execute(*insert, environment),
        other => statements::execute(other, environment, started),
    }
}

/// How often a query looks anew for a table that was replaced before it had its parts.
const LOOKS_MAX: usize = 10;

/// Begins a query again if a table was dropped between being found and being read: another one may have its name.
fn with_tables_of_now<T>(mut query: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 1..LOOKS_MAX {
        match query() {
            Err(error) if error.code() == Code::TABLE_IS_DROPPED => {}
            other => return other,
        }
    }
    query()
}

/// Starts a planned query.
pub(crate) fn run_query(planned: Planned, environment: &Environment, started: Instant) -> Result<Rows> {
    let executor = environment.engine.executor();
    let state = environment.state();
    let optimized = executor.optimize(&planned.plan, &state)?;
    search::check_reads(&optimized, &environment.settings)?;
    search::check_distance_column(&planned.plan, &optimized)?;
    search::note_unused(&optimized, &environment.progress);
    environment.begins(|| Accessed::of(&planned.plan, &optimized));
    if let Some(point) = PointQuery::of(&optimized)? {
        return search::answer(point, &optimized, planned, environment, started);
    }
    let physical = executor.plan_optimized(&optimized, &state)?;
    let context = executor.context(&state, environment.query_state());
    let stream = executor.start(physical, context)?;
    let (engine, progress) = (environment.engine.clone(), environment.progress.clone());
    let mut rows = Rows::stream(planned.header, stream, engine, progress, started);
    if let Some(totals) = &planned.totals {
        let physical = executor.plan(totals, &state)?;
        rows.set_totals(executor.start(physical, executor.context(&state, environment.query_state()))?);
    }
    Ok(rows)
}
