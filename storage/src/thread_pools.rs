//! Threads that sort rows and build indexes: one pool for each number of threads that statements ask for, shared by all
//! of them and kept, since starting threads for every block would cost more than a small block itself. Threads that work
//! in the background have pools of their own, of lower priority.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::{Error, Result};

/// Pools that are kept; few statements ask for another number of threads than the machine's.
const POOLS_MAX: usize = 4;
/// Most threads of a pool.
const THREADS_MAX: usize = 256;
/// How much threads in the background give way to others (nice(1)): to a tenth of the time where both want it all.
const BACKGROUND_NICENESS: i32 = 10;

/// By the number of threads, and whether they work in the background.
static POOLS: Mutex<BTreeMap<(usize, bool), Arc<ThreadPool>>> = Mutex::new(BTreeMap::new());

thread_local! {
    static IS_BACKGROUND: Cell<bool> = const { Cell::new(false) };
}

/// From now on this thread, and those that work for it, give way to others.
pub fn work_in_background() {
    IS_BACKGROUND.set(true);
    give_way();
}

/// Linux has a priority for each thread; elsewhere it is the process's, which is left alone.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, BACKGROUND_NICENESS) {
        tracing::debug!("a thread in the background keeps its priority: {error}");
    }
}

/// Does `work` on as many threads; 0: as many as the machine has.
pub(crate) fn run<T: Send>(threads: usize, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    match threads {
        0 => work(),
        threads => pool(threads.min(THREADS_MAX))?.install(work),
    }
}

/// Threads that build vector indexes, of all jobs together, unless somebody says otherwise: ClickHouse's default.
const INDEX_BUILD_THREADS_DEFAULT: usize = 16;

/// Threads that may build vector indexes at the same time, and those that do.
static BUILDERS: Mutex<Builders> = Mutex::new(Builders {
    max: INDEX_BUILD_THREADS_DEFAULT,
    used: 0,
    jobs: 0,
});
static BUILDER_FREE: Condvar = Condvar::new();

struct Builders {
    max: usize,
    used: usize,
    jobs: usize,
}

/// What builds vector indexes now, in all of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IndexBuildThreads {
    /// Threads that build.
    pub active: usize,
    /// Jobs that build, or wait for threads: a batch of rows of one index each.
    pub jobs: usize,
}

/// How many threads build vector indexes now.
pub fn index_build_threads() -> IndexBuildThreads {
    let builders = BUILDERS.lock();
    IndexBuildThreads {
        active: builders.used,
        jobs: builders.jobs,
    }
}

/// Says how many threads may build vector indexes, of all jobs of the process together (at least one).
pub fn set_index_build_threads(max: usize) {
    BUILDERS.lock().max = max.max(1);
    BUILDER_FREE.notify_all();
}

/// As [`run`], on as many threads as may build vector indexes; waits while others need them.
pub(crate) fn build<T: Send>(threads: usize, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let mut builders = BUILDERS.lock();
    builders.jobs += 1;
    let taken = loop {
        let wanted = threads.clamp(1, builders.max);
        if builders.used == 0 || builders.used + wanted <= builders.max {
            break wanted;
        }
        BUILDER_FREE.wait(&mut builders);
    };
    builders.used += taken;
    drop(builders);
    let _taken = Taken(taken);
    match threads {
        0 => work(),
        _ => run(taken, work),
    }
}

/// Gives threads back, also after a panic.
struct Taken(usize);

impl Drop for Taken {
    fn drop(&mut self) {
        let mut builders = BUILDERS.lock();
        builders.used -= self.0;
        builders.jobs -= 1;
        drop(builders);
        BUILDER_FREE.notify_all();
    }
}

fn pool(threads: usize) -> Result<Arc<ThreadPool>> {
    let key = (threads, IS_BACKGROUND.get());
    let mut pools = POOLS.lock();
    if let Some(pool) = pools.get(&key) {
        return Ok(pool.clone());
    }
    if pools.len() >= POOLS_MAX {
        pools.clear(); // those in use end with their last user
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(move |number| format!("{} {number}", if key.1 { "merge" } else { "insert" }))
        .start_handler(move |_| {
            if key.1 {
                give_way();
            }
        })
        .build()
        .map_err(|error| Error::Invalid(format!("cannot start {threads} threads: {error}")))?;
    Ok(pools.entry(key).or_insert(Arc::new(pool)).clone())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::thread::{self, ThreadId};

    use super::*;

    /// The one thread that work for one thread runs on.
    fn worker() -> ThreadId {
        run(1, || Ok(thread::current().id())).unwrap()
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn threads_in_the_background_give_way() {
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let before = niceness();
        let in_background = thread::spawn(move || {
            work_in_background();
            (niceness(), run(2, || Ok(niceness())).unwrap())
        });
        assert_eq!(
            in_background.join().unwrap(),
            (BACKGROUND_NICENESS, BACKGROUND_NICENESS)
        );
        assert_eq!((niceness(), run(2, || Ok(niceness())).unwrap()), (before, before));
    }

    #[test]
    fn builds_share_their_threads() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        set_index_build_threads(3);
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for job in 0..12 {
                let (running, most) = (&running, &most);
                scope.spawn(move || {
                    build(1 + job % 4, || {
                        let threads = rayon::current_num_threads();
                        let now = running.fetch_add(threads, Ordering::SeqCst) + threads;
                        most.fetch_max(now, Ordering::SeqCst);
                        let builds = index_build_threads();
                        assert!(builds.active >= threads && builds.jobs >= 1, "{builds:?}");
                        thread::sleep(std::time::Duration::from_millis(5));
                        running.fetch_sub(threads, Ordering::SeqCst);
                        Ok(())
                    })
                    .unwrap();
                });
            }
        });
        assert!(most.into_inner() <= 3);
        set_index_build_threads(INDEX_BUILD_THREADS_DEFAULT);
    }

    #[test]
    fn work_shares_threads_and_there_are_never_many() {
        // One test for both, as the pools are the process's.
        let workers: BTreeSet<String> = (0..20).map(|_| format!("{:?}", worker())).collect();
        assert_eq!(workers.len(), 1, "no new threads for each piece of work");
        for threads in 1..20 {
            assert_eq!(run(threads, || Ok(rayon::current_num_threads())).unwrap(), threads);
            assert!(POOLS.lock().len() <= POOLS_MAX);
        }
        assert_eq!(
            run(usize::MAX, || Ok(rayon::current_num_threads())).unwrap(),
            THREADS_MAX
        );
    }
}
