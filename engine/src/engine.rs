//! The open database: catalog, threads, memory, caches. Everything else hangs off [`Engine`].

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use gristmill_sql::Code;
use gristmill_storage::directory::{Directory, LocalDirectory};
use gristmill_storage::{DatabaseLock, lock_database_in};
use tempfile::TempDir;

use crate::access::{AccessControl, ConfiguredUsers, Credentials, Login};
use crate::catalog::{Catalog, DEFAULT};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::events::EventTotals;
use crate::execution::Executor;
use crate::formats::{Formats, NoFormats};
use crate::gauge::Gauge;
use crate::identity::Identity;
use crate::index_builds::IndexBuilds;
use crate::insert::AsyncInserts;
use crate::merges::{Background, Merger};
use crate::mutations::Mutator;
use crate::opened_indexes::OpenedIndexes;
use crate::part_log::PartLog;
use crate::preload::{Preloader, Preloads};
use crate::progress::Progress;
use crate::queries::Processes;
use crate::search::PlanCache;
use crate::server_settings::ServerSettings;
use crate::session::Session;
use crate::settings::Settings;
use crate::table::PolicyMemory;

/// Which files `file(…)` and INTO OUTFILE may touch.
#[derive(Clone, Debug)]
pub enum FileAccess {
    /// Any path, relative ones to the working directory (`gristmill local`).
    Any,
    /// Only below this folder, relative paths to it (a server's `user_files`).
    Under(PathBuf),
}

/// What `version()` and the protocols tell clients: the ClickHouse release whose behaviour is followed. Clients read
/// three numbers from it to know what a server can do.
pub const CLICKHOUSE_VERSION: &str = "26.9.2.1";

/// How to open a database.
pub struct EngineOptions {
    /// Its folder; `None` makes a temporary one that goes with the engine.
    pub path: Option<PathBuf>,
    /// The file system that it is on; only the lock is always this machine's.
    pub directory: Arc<dyn Directory>,
    /// Readers of `file(…)`.
    pub formats: Arc<dyn Formats>,
    /// Which files queries may read.
    pub files: FileAccess,
    /// Threads that run queries and build indexes; 0: one per core.
    pub threads: usize,
    /// Memory that all queries together may hold, bytes; `None`: nine tenths of the machine's.
    pub memory_bytes_max: Option<usize>,
    /// Threads that merge parts in the background; 0: parts are merged by OPTIMIZE only.
    pub merge_threads: usize,
    /// What configuration and command line say.
    pub server_settings: ServerSettings,
    /// Threads that build vector indexes, of all statements and merges of the process together; `None`: as it is, 16
    /// at first (`max_build_vector_similarity_index_thread_pool_size`).
    pub index_build_threads: Option<usize>,
    /// Users of the configuration.
    pub users: ConfiguredUsers,
}

/// Merges that run at a time by default. Each uses all threads while it builds an index, so few are enough.
const MERGE_THREADS_DEFAULT: usize = 2;
/// Memory for queries on a machine that does not say how much it has, bytes.
const MEMORY_BYTES_UNKNOWN: usize = 4 << 30;

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            path: None,
            directory: Arc::new(LocalDirectory),
            formats: Arc::new(NoFormats),
            files: FileAccess::Any,
            threads: 0,
            memory_bytes_max: None,
            merge_threads: MERGE_THREADS_DEFAULT,
            server_settings: ServerSettings::default(),
            index_build_threads: None,
            users: ConfiguredUsers::default(),
        }
    }
}

/// An open database.
pub struct Engine {
    catalog: Arc<Catalog>,
    access: Arc<AccessControl>,
    merger: Arc<Merger>,
    mutator: Arc<Mutator>,
    async_inserts: Arc<AsyncInserts>,
    part_log: Arc<PartLog>,
    executor: Arc<Executor>,
    formats: Arc<dyn Formats>,
    files: FileAccess,
    indexes: Arc<OpenedIndexes>,
    plans: Arc<PlanCache>,
    policies: PolicyMemory,
    index_builds: Arc<IndexBuilds>,
    events: Arc<EventTotals>,
    processes: Arc<Processes>,
    server_settings: Arc<ServerSettings>,
    preloads: Arc<Preloads>,
    http_connections: Arc<Gauge>,
    native_connections: Arc<Gauge>,
    identity: Arc<Identity>,
    merge_threads: usize,
    path: PathBuf,
    started: Instant,
    stopped: Arc<AtomicBool>,
    /// Ends with the engine: merging threads are joined before the lock goes.
    background: OnceLock<Background>,
    preloader: OnceLock<Preloader>,
    /// Made by [`Engine::for_background`].
    is_twin: bool,
    /// Last, so that the lock goes after everything that writes, and the temporary folder after that.
    _lock: Option<DatabaseLock>,
    _temporary: Option<TempDir>,
}

impl Engine {
    /// Opens the database in a folder, creating it if the folder is empty or absent.
    ///
    /// A second process on the same folder is refused, so is a folder that holds something else.
    /// A table that cannot be loaded is named in the log and missing; the others are there.
    pub fn open(options: EngineOptions) -> Result<Arc<Self>> {
        let (path, temporary) = match options.path {
            Some(path) => (path, None),
            None => {
                let dir = TempDir::with_prefix("gristmill-").map_err(|error| {
                    let message = format!("Cannot create a temporary database: {error}");
                    Error::new(Code::CANNOT_CREATE_DIRECTORY, message)
                })?;
                (dir.path().to_path_buf(), Some(dir))
            }
        };
        let lock = lock_database_in(&*options.directory, &path)?;
        let threads = match options.threads {
            0 => std::thread::available_parallelism().map_or(1, |threads| threads.get()),
            threads => threads,
        };
        let memory = options.memory_bytes_max.unwrap_or_else(memory_for_queries);
        let plans = Arc::new(PlanCache::default());
        let access = AccessControl::open(&path, options.directory.clone(), &options.users)?;
        let catalog = Arc::new(Catalog::new(path.clone(), options.directory, plans.clone()));
        let preloads = Arc::new(Preloads::default());
        let part_log = Arc::new(PartLog::new(preloads.clone()));
        if let Some(threads) = options.index_build_threads {
            gristmill_storage::set_index_build_threads(threads);
        }
        let events = Arc::new(EventTotals::default());
        let merger = Merger::new(part_log.clone(), events.clone(), threads, memory as u64);
        let merger = Arc::new(merger);
        let engine = Arc::new(Self {
            catalog,
            access: Arc::new(access),
            merger: merger.clone(),
            part_log,
            mutator: Arc::default(),
            async_inserts: Arc::default(),
            executor: Arc::new(Executor::new(threads, memory)?),
            formats: options.formats,
            files: options.files,
            indexes: Arc::new(OpenedIndexes::new(options.server_settings.index_cache())),
            plans,
            policies: PolicyMemory::default(),
            index_builds: Arc::default(),
            events,
            processes: Arc::default(),
            server_settings: Arc::new(options.server_settings),
            preloads,
            http_connections: Arc::default(),
            native_connections: Arc::default(),
            identity: Arc::new(Identity::of(&path)),
            merge_threads: options.merge_threads,
            path,
            started: Instant::now(),
            stopped: Arc::default(),
            background: OnceLock::new(),
            preloader: OnceLock::new(),
            is_twin: false,
            _lock: Some(lock),
            _temporary: temporary,
        });
        let environment = Environment::new(
            engine.clone(),
            Arc::new(Settings::default()),
            DEFAULT.into(),
            Arc::new(Progress::new(engine.events.clone())),
        )?;
        engine.catalog.load(&environment)?;
        let preloader = engine.preloads.start(engine.for_background())?;
        engine.preloader.get_or_init(|| preloader);
        if options.merge_threads > 0 {
            let background = Background::start(engine.for_background(), options.merge_threads)?;
            engine.background.get_or_init(|| background);
        }
        Ok(engine)
    }

    /// The same database for threads that work in the background: whoever holds this keeps neither the lock nor them.
    pub(crate) fn for_background(&self) -> Arc<Self> {
        Arc::new(Self {
            catalog: self.catalog.clone(),
            access: self.access.clone(),
            merger: self.merger.clone(),
            mutator: self.mutator.clone(),
            async_inserts: self.async_inserts.clone(),
            part_log: self.part_log.clone(),
            executor: self.executor.clone(),
            formats: self.formats.clone(),
            files: self.files.clone(),
            indexes: self.indexes.clone(),
            plans: self.plans.clone(),
            policies: self.policies.clone(),
            index_builds: self.index_builds.clone(),
            events: self.events.clone(),
            processes: self.processes.clone(),
            server_settings: self.server_settings.clone(),
            preloads: self.preloads.clone(),
            http_connections: self.http_connections.clone(),
            native_connections: self.native_connections.clone(),
            identity: self.identity.clone(),
            merge_threads: self.merge_threads,
            path: self.path.clone(),
            started: self.started,
            stopped: self.stopped.clone(),
            background: OnceLock::new(),
            preloader: OnceLock::new(),
            is_twin: true,
            _lock: None,
            _temporary: None,
        })
    }

    /// A new session with default settings in database `default`.
    pub fn session(self: &Arc<Self>) -> Session {
        Session::new(self.clone())
    }

    /// The user that somebody is, if name, password and address fit: [`Session::log_in`] wants him. The error is always
    /// AUTHENTICATION_FAILED. It may take a quarter of a second, where a password is kept by bcrypt.
    pub fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Login> {
        self.access.authenticate(credentials)
    }

    /// Users and what they may do.
    pub(crate) fn access(&self) -> &AccessControl {
        &self.access
    }

    /// Refuses new statements and ends merges; what else runs is finished by its callers. Dropping the engine is enough
    /// for durability: everything acknowledged is on disk already.
    pub fn shutdown(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        self.async_inserts.stop();
        self.merger.stop();
        self.preloads.stop();
    }

    /// Fails once [`Engine::shutdown`] was called.
    pub(crate) fn check_running(&self) -> Result<()> {
        match self.stopped.load(Ordering::Relaxed) {
            true => Err(Error::new(Code::ABORTED, "Server is shutting down")),
            false => Ok(()),
        }
    }

    /// Name, UUID and ports of the server.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Databases and tables.
    pub(crate) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Who merges parts.
    pub(crate) fn merger(&self) -> &Merger {
        &self.merger
    }

    /// Who does mutations.
    pub(crate) fn mutator(&self) -> &Mutator {
        &self.mutator
    }

    /// Rows that wait to be written together.
    pub(crate) fn async_inserts(&self) -> &Arc<AsyncInserts> {
        &self.async_inserts
    }

    /// What happened to parts.
    pub(crate) fn part_log(&self) -> &PartLog {
        &self.part_log
    }

    /// Says that parts have appeared, which may need merging.
    pub(crate) fn parts_have_appeared(&self) {
        if let Some(background) = self.background.get() {
            background.wake();
        }
    }

    /// Who runs plans.
    pub(crate) fn executor(&self) -> &Executor {
        &self.executor
    }

    /// The formats of the host.
    pub(crate) fn formats(&self) -> &Arc<dyn Formats> {
        &self.formats
    }

    /// Which files queries may read.
    pub(crate) fn files(&self) -> &FileAccess {
        &self.files
    }

    /// Opened vector indexes.
    pub(crate) fn indexes(&self) -> &OpenedIndexes {
        &self.indexes
    }

    /// Builds of indexes in parts that are there.
    pub(crate) fn index_builds(&self) -> &IndexBuilds {
        &self.index_builds
    }

    /// What happened since the database was opened.
    pub fn events(&self) -> &Arc<EventTotals> {
        &self.events
    }

    /// Statements that run, and the log of those that have.
    pub(crate) fn processes(&self) -> &Arc<Processes> {
        &self.processes
    }

    /// Connections that the server has open; it counts them.
    pub fn http_connections(&self) -> &Arc<Gauge> {
        &self.http_connections
    }

    /// Connections of the native protocol that the server has open; it counts them.
    pub fn native_connections(&self) -> &Arc<Gauge> {
        &self.native_connections
    }

    /// Threads that merge in the background.
    pub(crate) fn merge_threads(&self) -> usize {
        self.merge_threads
    }

    /// Who opens indexes before they are searched.
    pub(crate) fn preloads(&self) -> &Preloads {
        &self.preloads
    }

    /// What configuration and command line say.
    pub(crate) fn server_settings(&self) -> &ServerSettings {
        &self.server_settings
    }

    /// What row policies have found in parts.
    pub(crate) fn policies(&self) -> &PolicyMemory {
        &self.policies
    }

    /// Plans of searches.
    pub(crate) fn plans(&self) -> &PlanCache {
        &self.plans
    }

    /// The database's folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Since the database was opened.
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Tables that could not be loaded when the database was opened, each as `database.table: why`.
    pub fn load_failures(&self) -> Vec<String> {
        let text = |it: crate::catalog::LoadFailure| format!("{}.{}: {}", it.database, it.table, it.error);
        self.catalog.failures().into_iter().map(text).collect()
    }
}

impl Drop for Engine {
    /// What was acknowledged before it was written is written now.
    fn drop(&mut self) {
        if !self.is_twin {
            self.async_inserts.stop();
        }
    }
}

/// Nine tenths of the machine's memory, as ClickHouse's `max_server_memory_usage_to_ram_ratio`.
fn memory_for_queries() -> usize {
    let total_kib = || -> Option<usize> {
        let text = std::fs::read_to_string("/proc/meminfo").ok()?;
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    total_kib().map_or(MEMORY_BYTES_UNKNOWN, |kib| kib * 1024 / 10 * 9)
}
