//! One client's state (database, settings, user) and the way every statement takes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use gristmill_sql::Code;
use gristmill_sql::analyzer::Planned;
use gristmill_sql::parser::{Parsed, SettingValue, Statement, on_deep_stack, parse};

use crate::catalog::DEFAULT;
use crate::engine::Engine;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::insert;
use crate::outcome::{Outcome, Rows, guarded};
use crate::progress::Progress;
use crate::search::{self, Candidate, PointQuery, Surroundings};
use crate::settings::Settings;
use crate::statements;
use crate::stop::{Canceller, StopSign};

/// A client's session. Cheap; one statement at a time.
pub struct Session {
    engine: Arc<Engine>,
    settings: Arc<Settings>,
    database: String,
    user: String,
    readonly: bool,
    progress: Arc<Progress>,
    canceller: Canceller,
}

impl Session {
    /// A session with default settings.
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        Self {
            engine,
            settings: Arc::default(),
            database: DEFAULT.into(),
            user: DEFAULT.into(),
            readonly: false,
            progress: Arc::default(),
            canceller: Canceller::default(),
        }
    }

    /// Runs one statement. `query` holds exactly one, as `parser` cuts scripts; for an INSERT with
    /// data in the text, [`crate::Insert::inline`] says where.
    ///
    /// A panic inside becomes LOGICAL_ERROR; the engine lives on.
    pub fn execute(&mut self, query: &[u8], parameters: &BTreeMap<String, String>) -> Result<Outcome> {
        guarded(|| self.run(query, parameters))
    }

    fn run(&mut self, query: &[u8], parameters: &BTreeMap<String, String>) -> Result<Outcome> {
        self.engine.check_running()?;
        self.progress.reset();
        self.canceller.reset();
        let started = Instant::now();
        let search = match parameters.is_empty() {
            true => self.candidate(query),
            false => None,
        };
        if let Some(search) = &search
            && let Some(rows) = self.answer_again(search, started)?
        {
            return Ok(Outcome::Rows(rows));
        }
        let (parsed, consumed) = parse(query, parameters)?;
        check_rest(&query[consumed..])?;
        let Parsed {
            statement,
            lifted,
            settings,
            format,
            outfile,
            height,
            ..
        } = parsed;
        if let Statement::Set(changes) = &statement {
            return self.change_settings(changes).map(|()| Outcome::Done);
        }
        if let Statement::Use(name) = &statement {
            return self.use_database(name).map(|()| Outcome::Done);
        }
        let mut environment = self.environment(&settings)?;
        environment.lifted = lifted;
        environment.parameters = parameters.clone();
        environment.plan_place = search
            .filter(|_| outfile.is_none())
            .map(|search| (search.key, format.clone()));
        self.check_allowed(&statement, &environment)?;
        environment.stop = StopSign::new(self.canceller.clone(), &environment.settings, started);
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

    /// The query as one that may have a plan already.
    fn candidate(&self, query: &[u8]) -> Option<Candidate> {
        Candidate::of(query, &self.database, &self.user, self.settings.fingerprint())
    }

    /// Answers a search whose plan is known.
    fn answer_again(&self, search: &Candidate, started: Instant) -> Result<Option<Rows>> {
        let Some(plan) = self.engine.plans().get(&search.key, self.engine.catalog()) else {
            return Ok(None);
        };
        let stop = StopSign::new(self.canceller.clone(), &plan.settings, started);
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
        Ok(Some(rows))
    }

    /// The surroundings of a statement with settings of its own.
    pub(crate) fn environment(&self, changes: &[(String, SettingValue)]) -> Result<Environment> {
        let mut settings = self.settings.clone();
        apply(&mut settings, changes)?;
        let (engine, progress) = (self.engine.clone(), self.progress.clone());
        Environment::new(engine, settings, self.database.clone(), &self.user, progress)
    }

    fn check_allowed(&self, statement: &Statement, environment: &Environment) -> Result<()> {
        let readonly = self.readonly || environment.settings.integer("readonly") > 0;
        if readonly && !statements::only_reads(statement) {
            return Err(Error::new(Code::READONLY, "Cannot execute query in readonly mode"));
        }
        Ok(())
    }

    fn change_settings(&mut self, changes: &[(String, SettingValue)]) -> Result<()> {
        if let (1, Some((name, _))) = (self.settings.integer("readonly"), changes.first()) {
            let message = format!("Cannot modify '{name}' setting in readonly mode");
            return Err(Error::new(Code::READONLY, message));
        }
        apply(&mut self.settings, changes)
    }

    /// Changes a setting, as `SET name = value` does.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        Arc::make_mut(&mut self.settings).set(name, value)
    }

    /// A setting's value as text; `None` if there is no such setting.
    pub fn setting(&self, name: &str) -> Option<String> {
        self.settings.get(name).map(str::to_string)
    }

    /// Changes the current database, as `USE` does.
    pub fn use_database(&mut self, name: &str) -> Result<()> {
        self.engine.catalog().check_database(name)?;
        self.database = name.into();
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

    /// Stops the running statement from another thread; the same for the session's whole life.
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    /// The user that currentUser() names; `default` unless told otherwise.
    pub fn set_user(&mut self, name: &str) {
        self.user = name.into();
    }

    /// Refuses everything that writes (READONLY), as for HTTP GET.
    pub fn set_readonly(&mut self, readonly: bool) {
        self.readonly = readonly;
    }
}

/// All changes or, if one is wrong, none.
fn apply(settings: &mut Arc<Settings>, changes: &[(String, SettingValue)]) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut changed = Settings::clone(settings);
    for (name, value) in changes {
        match value {
            SettingValue::Default => changed.reset(name)?,
            value => changed.set(name, &value.text())?,
        }
    }
    *settings = Arc::new(changed);
    Ok(())
}

/// After the statement there may be nothing but space and semicolons.
fn check_rest(rest: &[u8]) -> Result<()> {
    let is_space = |byte: &u8| byte.is_ascii_whitespace() || *byte == b';';
    match rest.iter().all(is_space) {
        true => Ok(()),
        // What follows may still be a comment.
        false => match parse(rest, &BTreeMap::new()) {
            Ok((parsed, _)) if parsed.statement == Statement::Empty => Ok(()),
            _ => Err(Error::new(Code::SYNTAX_ERROR, "Multi-statements are not allowed")),
        },
    }
}

fn dispatch(statement: Statement, environment: &Environment, started: Instant) -> Result<Outcome> {
    match statement {
        Statement::Empty => Ok(Outcome::Done),
        Statement::Query(query) => {
            let planned = environment.plan_query(&query)?;
            let mut rows = run_query(planned, environment, started)?;
            rows.set_limited(query.limit_clause.is_some());
            Ok(Outcome::Rows(rows))
        }
        Statement::Insert(insert) => insert::execute(*insert, environment),
        other => statements::execute(other, environment, started),
    }
}

/// Starts a planned query.
pub(crate) fn run_query(planned: Planned, environment: &Environment, started: Instant) -> Result<Rows> {
    let executor = environment.engine.executor();
    let state = environment.state();
    let optimized = executor.optimize(&planned.plan, &state)?;
    if let Some(point) = PointQuery::of(&optimized)? {
        return search::answer(point, &optimized, planned, environment, started);
    }
    let physical = executor.plan_optimized(&optimized, &state)?;
    let context = executor.context(&state, environment.query_state());
    let stream = executor.start(physical, context)?;
    let (engine, progress) = (environment.engine.clone(), environment.progress.clone());
    Ok(Rows::stream(planned.header, stream, engine, progress, started))
}
