//! Connections: accepting them, their limits, and the graceful end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use gristmill_engine::Gauge;
use gristmill_sql::{Code, Error, Result};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::query::Service;
use super::router::router;
use super::timed::TimedWrites;
use crate::config::Config;
use crate::connection_threads::ConnectionThreads;

/// After a failed accept (no file descriptors left, for example) the next try waits this long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The other end of a request's connection.
#[derive(Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// A bound port that is ready to serve.
pub struct Listener {
    socket: TcpListener,
    places: Arc<Semaphore>,
    router: Router,
    threads: ConnectionThreads,
    keep_alive: Duration,
    connections: Arc<Gauge>,
    send_pause_max: Duration,
    shutdown_wait: Duration,
}

impl Listener {
    /// Binds the address of the configuration.
    pub async fn bind(config: &Config, service: Arc<Service>) -> Result<Listener> {
        let address = (config.listen_host.as_str(), config.http_port);
        let socket = TcpListener::bind(address).await.map_err(|error| {
            let message = format!("Listen [{}]:{} failed: {error}", config.listen_host, config.http_port);
            Error::new(Code::NETWORK_ERROR, message)
        })?;
        Ok(Listener {
            socket,
            places: Arc::new(Semaphore::new(config.max_connections)),
            connections: service.connections.clone(),
            router: router(service),
            threads: ConnectionThreads::start()?,
            keep_alive: Duration::from_secs(config.keep_alive_timeout_seconds),
            send_pause_max: Duration::from_secs(config.send_timeout_seconds),
            shutdown_wait: Duration::from_secs(config.shutdown_wait_seconds),
        })
    }

    /// Where it listens; tells the port when a free one was asked for.
    pub fn address(&self) -> Result<SocketAddr> {
        self.socket
            .local_addr()
            .map_err(|error| Error::new(Code::NETWORK_ERROR, error.to_string()))
    }

    /// Serves until `stop` is done; then running queries may finish within the limit.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = self.accept() => accepted,
            };
            self.spawn(accepted, &graceful);
        }
        let wait = self.shutdown_wait;
        drop(self.socket); // the port is free for the next server while the last queries run
        if tokio::time::timeout(wait, graceful.shutdown()).await.is_err() {
            tracing::warn!("Queries that still run after {} seconds are cancelled", wait.as_secs());
        }
    }

    /// The next connection, once there is a place for it.
    async fn accept(&self) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
        let place = self
            .places
            .clone()
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        loop {
            match self.socket.accept().await {
                Ok((stream, peer)) => return (stream, peer, place),
                Err(error) => {
                    tracing::warn!("Cannot accept a connection: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn spawn(&self, (stream, peer, place): (TcpStream, SocketAddr, OwnedSemaphorePermit), graceful: &GracefulShutdown) {
        // Answers are small and awaited: they must not wait for the acknowledgement of the last one.
        let _ = stream.set_nodelay(true);
        let router = TowerToHyperService::new(self.router.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            router.call(request)
        });
        let counted = self.connections.enter();
        let serve = |stream| {
            let stream = TokioIo::new(TimedWrites::new(stream, self.send_pause_max));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(self.keep_alive) // runs while a kept connection is idle, too
                .serve_connection(stream, service);
            let connection = graceful.watch(connection);
            async move {
                // How a connection ends is the client's affair: resets and malformed requests are everyday life.
                if let Err(error) = connection.await {
                    tracing::debug!("Connection ended: {error}");
                }
                drop((place, counted));
            }
        };
        if let Err(error) = stream.into_std().and_then(|stream| self.threads.serve(stream, serve)) {
            tracing::warn!("Cannot serve a connection: {error}");
        }
    }
}
