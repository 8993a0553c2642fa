//! The threads that serve connections: each has an event loop of its own, and a connection stays with one.
//!
//! A request and its answer then wake no thread but the one that the connection waits on. Queries that take longer
//! than that run elsewhere. Who accepts connections, and what they speak, is not known here.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gristmill_sql::{Code, Error, Result};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// Event loops, ended when this is dropped; what they still serve is cut off then.
pub struct ConnectionThreads(Vec<EventLoop>);

struct EventLoop {
    handle: Handle,
    connections: Arc<AtomicUsize>,
    /// Its end ends the loop.
    _running: oneshot::Sender<()>,
}

impl ConnectionThreads {
    /// As many as there are processors.
    pub fn start() -> Result<Self> {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        let loops = (0..count).map(|_| EventLoop::start()).collect::<std::io::Result<_>>();
        let loops =
            loops.map_err(|error| Error::new(Code::CANNOT_SCHEDULE_TASK, format!("Cannot start threads: {error}")))?;
        Ok(ConnectionThreads(loops))
    }

    /// Serves a connection on the thread that has the fewest. `serve` is called at once, on the caller's thread.
    pub fn serve<F>(&self, stream: TcpStream, serve: impl FnOnce(tokio::net::TcpStream) -> F) -> std::io::Result<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let fewest = self.0.iter().min_by_key(|it| it.connections.load(Ordering::Relaxed));
        let fewest = fewest.expect("there is a processor");
        let _entered = fewest.handle.enter();
        let connection = serve(tokio::net::TcpStream::from_std(stream)?);
        let place = Place::of(&fewest.connections);
        fewest.handle.spawn(async move {
            connection.await;
            drop(place);
        });
        Ok(())
    }
}

impl EventLoop {
    fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel();
        std::thread::Builder::new().name("connections".into()).spawn(move || {
            let _ = runtime.block_on(ended);
        })?;
        Ok(EventLoop {
            handle,
            connections: Arc::default(),
            _running: running,
        })
    }
}

/// One of a loop's connections.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn of(connections: &Arc<AtomicUsize>) -> Self {
        connections.fetch_add(1, Ordering::Relaxed);
        Place(connections.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::{TcpListener, TcpStream};

    use tokio::io::AsyncWriteExt;

    use super::*;

    /// The threads that serve so many connections at once, and how many each of them serves.
    fn served(threads: &ConnectionThreads, count: usize) -> Vec<(std::thread::ThreadId, usize)> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let served: Arc<std::sync::Mutex<Vec<std::thread::ThreadId>>> = Arc::default();
        let clients: Vec<TcpStream> = (0..count)
            .map(|_| {
                let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
                let (stream, _) = listener.accept().unwrap();
                stream.set_nonblocking(true).unwrap();
                let served = served.clone();
                let serve = |mut stream: tokio::net::TcpStream| async move {
                    served.lock().unwrap().push(std::thread::current().id());
                    stream.write_all(b"x").await.unwrap();
                    std::future::pending::<()>().await;
                };
                threads.serve(stream, serve).unwrap();
                client
            })
            .collect();
        for mut client in &clients {
            client.read_exact(&mut [0]).unwrap();
        }
        let served = served.lock().unwrap();
        let mut counts: Vec<(std::thread::ThreadId, usize)> = Vec::new();
        for id in served.iter() {
            match counts.iter_mut().find(|(known, _)| known == id) {
                Some((_, count)) => *count += 1,
                None => counts.push((*id, 1)),
            }
        }
        counts
    }

    #[test]
    fn connections_are_spread_over_all_threads() {
        let threads = ConnectionThreads::start().unwrap();
        let count = threads.0.len();
        let counts = served(&threads, 3 * count);
        assert_eq!(counts.len(), count);
        assert!(counts.iter().all(|(_, connections)| *connections == 3), "{counts:?}");
    }

    #[test]
    fn connections_end_with_the_threads() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        let threads = ConnectionThreads::start().unwrap();
        let keep = |stream: tokio::net::TcpStream| async move {
            std::future::pending::<()>().await;
            drop(stream);
        };
        threads.serve(stream, keep).unwrap();
        drop(threads);
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
    }
}
