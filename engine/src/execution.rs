//! Threads, memory and planner shared by all queries, and how one plan becomes a stream of batches.
//!
//! There is one DataFusion session state per (threads, block size) pair in use, made once: building
//! or cloning one costs more than a vector search. What differs per query travels in [`QueryState`],
//! an extension of the task context.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SendableRecordBatchStream, SessionState, SessionStateBuilder, TaskContext};
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::stream::{RecordBatchReceiverStream, RecordBatchStreamAdapter};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::SessionConfig;
use futures::StreamExt;
use gristmill_sql::Code;
use parking_lot::Mutex;
use tokio::runtime::{Handle, Runtime, RuntimeFlavor};

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::rules;
use crate::settings::Settings;
use crate::stop::StopSign;

/// Session states that are kept; a server's clients use few different settings of these two.
const STATES_MAX: usize = 16;
/// Largest consumers that an error about exceeded memory names.
const CONSUMERS_SHOWN: usize = 5;
/// Batches that a spawned plan may be ahead of its reader.
const BATCHES_AHEAD_MAX: usize = 2;
/// Most threads that a query may ask for; the streams of a plan cost memory each.
const QUERY_THREADS_MAX: u64 = 256;

/// What a running plan's own nodes may ask for through the task context.
pub struct QueryState {
    /// Counters of the statement.
    pub progress: Arc<Progress>,
    /// What ends the statement early.
    pub stop: StopSign,
    /// Settings of the statement.
    pub settings: Arc<Settings>,
    /// The database.
    pub engine: Arc<Engine>,
}

impl QueryState {
    /// The state of the query that `context` belongs to; absent in plans that run outside a session.
    pub fn of(context: &TaskContext) -> Option<Arc<Self>> {
        context.session_config().get_extension::<Self>()
    }
}

/// Runs plans.
pub struct Executor {
    /// There until it is dropped.
    runtime: Option<Runtime>,
    environment: Arc<RuntimeEnv>,
    threads: usize,
    memory_bytes_max: usize,
    states: Mutex<HashMap<(usize, usize), Arc<SessionState>>>,
}

impl Drop for Executor {
    /// The last one who holds the engine may be a task of the runtime itself, which may not wait for its own end.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Executor {
    fn runtime(&self) -> &Runtime {
        self.runtime
            .as_ref()
            .expect("it is there until the executor is dropped")
    }

    /// Starts `threads` workers; all queries together may hold `memory_bytes_max`.
    pub fn new(threads: usize, memory_bytes_max: usize) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("query")
            .enable_time()
            .build()
            .map_err(|error| Error::new(Code::CANNOT_SCHEDULE_TASK, format!("Cannot start threads: {error}")))?;
        let consumers = CONSUMERS_SHOWN.try_into().expect("it is not zero");
        let pool = TrackConsumersPool::new(FairSpillPool::new(memory_bytes_max), consumers);
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(pool))
            // No spilling: with little memory left, DataFusion 55's operators were seen to wait for each other for
            // ever. A query that needs more than there is fails with MEMORY_LIMIT_EXCEEDED instead.
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
            .build_arc()?;
        let states = Mutex::new(HashMap::new());
        Ok(Self {
            runtime: Some(runtime),
            environment,
            threads,
            memory_bytes_max,
            states,
        })
    }

    /// Threads that a query with these settings uses.
    pub fn query_threads(&self, settings: &Settings) -> usize {
        self.threads_of(settings.integer("max_threads"))
    }

    /// Threads that sort the rows of an INSERT with these settings and build their indexes.
    pub fn insert_threads(&self, settings: &Settings) -> usize {
        self.threads_of(settings.integer("max_insert_threads"))
    }

    /// Memory that the build of one vector index may take with these settings, bytes.
    pub fn index_build_memory(&self, settings: &Settings) -> u64 {
        match settings.integer("max_memory_usage_for_vector_index_build") {
            0 => self.memory_bytes_max as u64,
            bytes => bytes,
        }
    }

    fn threads_of(&self, asked: u64) -> usize {
        match asked {
            0 => self.threads,
            asked => asked.min(QUERY_THREADS_MAX) as usize,
        }
    }

    /// The planner for queries with these settings.
    pub fn state(&self, settings: &Settings) -> Arc<SessionState> {
        let threads = self.query_threads(settings);
        let block_rows = settings.integer("max_block_size").clamp(1, u32::MAX.into()) as usize;
        let mut states = self.states.lock();
        if let Some(state) = states.get(&(threads, block_rows)) {
            return state.clone();
        }
        if states.len() >= STATES_MAX {
            states.clear();
        }
        let state = Arc::new(self.build_state(threads, block_rows));
        states.insert((threads, block_rows), state.clone());
        state
    }

    fn build_state(&self, threads: usize, block_rows: usize) -> SessionState {
        // Blocks of ClickHouse's default 65,409 rows fall out of the processor's caches in DataFusion's
        // operators, which are tuned for 8,192.
        const BLOCK_ROWS_BEST: usize = 8192;
        let config = SessionConfig::new()
            .with_target_partitions(threads)
            .with_batch_size(block_rows.min(BLOCK_ROWS_BEST))
            .with_information_schema(false)
            // it panics over NaN
            .set_bool("datafusion.optimizer.enable_topk_aggregation", false);
        SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(self.environment.clone())
            // the optimizer turns DISTINCT ON, which LIMIT 1 BY and semi joins use, into this one
            .with_aggregate_functions(vec![first_value_udaf()])
            .with_query_planner(Arc::new(rules::Planner))
            .with_optimizer_rules(rules::optimizer_rules())
            .build()
    }

    /// The context that one query runs in.
    pub fn context(&self, state: &SessionState, query: QueryState) -> Arc<TaskContext> {
        let config = state.config().clone().with_extension(Arc::new(query));
        Arc::new(TaskContext::new(
            None,
            String::new(),
            config,
            HashMap::new(),
            HashMap::new(),
            HashMap::new(),
            HashMap::new(),
            self.environment.clone(),
        ))
    }

    /// Optimizes a logical plan and makes it executable.
    pub fn plan(&self, plan: &LogicalPlan, state: &SessionState) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self.block_on(state.create_physical_plan(plan))?)
    }

    /// The first half of [`Executor::plan`].
    pub fn optimize(&self, plan: &LogicalPlan, state: &SessionState) -> Result<LogicalPlan> {
        Ok(state.optimize(plan)?)
    }

    /// The second half of [`Executor::plan`].
    pub fn plan_optimized(&self, plan: &LogicalPlan, state: &SessionState) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self.block_on(state.query_planner().create_physical_plan(plan, state))?)
    }

    /// Starts a plan; nothing is computed before the first batch is pulled.
    pub fn start(&self, plan: Arc<dyn ExecutionPlan>, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        // Operators spawn their inputs' tasks when they are started.
        let _runtime = self.runtime().enter();
        let query = QueryState::of(&context);
        let stream = execute_stream(plan, context)?;
        Ok(match query {
            // An operator may compute for long without pausing: only from another thread is it noticed that time is up.
            Some(query) if query.stop.deadline.is_some() => stoppable(spawned(stream), query.stop.clone()),
            Some(query) => stoppable(stream, query.stop.clone()),
            None => stream,
        })
    }

    /// The next batch, computed on this thread as far as it is not spawned.
    pub fn next(&self, stream: &mut SendableRecordBatchStream) -> Result<Option<RecordBatch>> {
        Ok(self.block_on(stream.next()).transpose()?)
    }

    /// [`Executor::next`] that is not waited for longer than this: `None` if there is nothing yet.
    pub fn next_within(
        &self,
        stream: &mut SendableRecordBatchStream,
        patience: Duration,
    ) -> Result<Option<Option<RecordBatch>>> {
        match self.block_on(async { tokio::time::timeout(patience, stream.next()).await }) {
            Ok(next) => Ok(Some(next.transpose()?)),
            Err(_) => Ok(None),
        }
    }

    /// Runs a plan to its end.
    pub fn collect(&self, plan: &LogicalPlan, state: &SessionState, query: QueryState) -> Result<Vec<RecordBatch>> {
        let physical = self.plan(plan, state)?;
        let mut stream = self.start(physical, self.context(state, query))?;
        let mut batches = Vec::new();
        while let Some(batch) = self.next(&mut stream)? {
            batches.push(batch);
        }
        Ok(batches)
    }

    fn block_on<F>(&self, future: F) -> F::Output
    where
        F: Future + Send,
        F::Output: Send,
    {
        let wait = || self.runtime().block_on(future);
        match Handle::try_current().map(|handle| handle.runtime_flavor()) {
            // An event loop must not wait, and cannot be handed to another thread.
            Ok(RuntimeFlavor::CurrentThread) => std::thread::scope(|scope| match scope.spawn(wait).join() {
                Ok(output) => output,
                Err(panic) => std::panic::resume_unwind(panic),
            }),
            Ok(_) => tokio::task::block_in_place(wait),
            Err(_) => wait(),
        }
    }
}

/// `stream`, computed by the runtime's threads.
fn spawned(mut stream: SendableRecordBatchStream) -> SendableRecordBatchStream {
    let mut receiver = RecordBatchReceiverStream::builder(stream.schema(), BATCHES_AHEAD_MAX);
    let to = receiver.tx();
    receiver.spawn(async move {
        while let Some(batch) = stream.next().await {
            if to.send(batch).await.is_err() {
                break; // nobody waits for the rest
            }
        }
        Ok(())
    });
    receiver.build()
}

/// `stream`, ended by an error when the statement has to stop.
fn stoppable(stream: SendableRecordBatchStream, stop: StopSign) -> SendableRecordBatchStream {
    let schema = stream.schema();
    let batches = futures::stream::unfold(Some((stream, stop)), async |state| {
        let (mut stream, stop) = state?;
        match stop.or(stream.next()).await {
            Ok(None) => None,
            Ok(Some(batch)) => Some((batch, Some((stream, stop)))),
            Err(error) => Some((Err(error.into()), None)),
        }
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, batches))
}
