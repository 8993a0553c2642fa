//! Threads that sort rows and build indexes: one pool for each number of threads that statements ask for, shared by all
//! of them and kept, since starting threads for every block would cost more than a small block itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::{Error, Result};

/// Pools that are kept; few statements ask for another number of threads than the machine's.
const POOLS_MAX: usize = 4;
/// Most threads of a pool.
const THREADS_MAX: usize = 256;

static POOLS: Mutex<BTreeMap<usize, Arc<ThreadPool>>> = Mutex::new(BTreeMap::new());

/// Does `work` on as many threads; 0: as many as the machine has.
pub(crate) fn run<T: Send>(threads: usize, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    match threads {
        0 => work(),
        threads => pool(threads.min(THREADS_MAX))?.install(work),
    }
}

fn pool(threads: usize) -> Result<Arc<ThreadPool>> {
    let mut pools = POOLS.lock();
    if let Some(pool) = pools.get(&threads) {
        return Ok(pool.clone());
    }
    if pools.len() >= POOLS_MAX {
        pools.clear(); // those in use end with their last user
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("insert {number}"))
        .build()
        .map_err(|error| Error::Invalid(format!("cannot start {threads} threads: {error}")))?;
    Ok(pools.entry(threads).or_insert(Arc::new(pool)).clone())
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
