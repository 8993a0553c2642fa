//! Connections: accepting them, their limits, and the graceful end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use gristmill_engine::Gauge;
use gristmill_sql::Result;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;

use super::logged_in::LastLogin;
use super::query::Service;
use super::router::router;
use super::slow_heads::{Served, SlowHeads};
use super::timed::TimedWrites;
use crate::config::Config;
use crate::port::{Accepted, Port};
use crate::tls::{self, Acceptor};

/// What clients of HTTP call it where they choose a protocol under TLS.
pub const PROTOCOL: &str = "http/1.1";

/// The head of a request is some hundred bytes: who has not sent it after this long does not want to.
const HEAD_MAX: Duration = Duration::from_secs(30);

/// The other end of a request's connection.
#[derive(Clone)]
pub struct Peer {
    /// Where it is.
    pub address: SocketAddr,
    /// Who it was last.
    pub login: LastLogin,
}

/// A bound port that is ready to serve.
pub struct Listener {
    port: Port,
    acceptor: Option<Acceptor>,
    router: Router,
    service: Arc<Service>,
    keep_alive: Duration,
    head_max: Duration,
    connections: Arc<Gauge>,
    send_pause_max: Duration,
    shutdown_wait: Duration,
}

impl Listener {
    /// Binds the port without TLS that the configuration names, on its first address.
    pub async fn bind_plain(config: &Config, service: Arc<Service>) -> Result<Listener> {
        let host = config.listen_host.first().map_or("127.0.0.1", String::as_str);
        Self::bind(config, (host, config.http_port), None, service).await
    }

    /// Binds a port of an address; with an `acceptor` it speaks HTTPS.
    pub async fn bind(
        config: &Config,
        (host, port): (&str, u16),
        acceptor: Option<Acceptor>,
        service: Arc<Service>,
    ) -> Result<Listener> {
        Ok(Listener {
            port: Port::bind(host, port, service.places.clone()).await?,
            acceptor,
            connections: service.connections.clone(),
            router: router(service.clone()),
            service,
            keep_alive: Duration::from_secs(config.keep_alive_timeout_seconds),
            head_max: Duration::from_secs(config.receive_timeout_seconds).min(HEAD_MAX),
            send_pause_max: Duration::from_secs(config.send_timeout_seconds),
            shutdown_wait: Duration::from_secs(config.shutdown_wait_seconds),
        })
    }

    /// Where it listens; tells the port when a free one was asked for.
    pub fn address(&self) -> Result<SocketAddr> {
        self.port.address()
    }

    /// Serves until `stop` is done; then running queries may finish within the limit.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = self.port.accept() => accepted,
            };
            self.spawn(accepted, &graceful);
        }
        let wait = self.shutdown_wait;
        drop(self.port); // free for the next server while the last queries run
        if tokio::time::timeout(wait, graceful.shutdown()).await.is_err() {
            tracing::warn!("Queries that still run after {} seconds are cancelled", wait.as_secs());
        }
    }

    fn spawn(&self, accepted: Accepted, graceful: &GracefulShutdown) {
        let Accepted { stream, peer, place } = accepted;
        let router = TowerToHyperService::new(self.router.clone());
        let peer = Peer {
            address: peer,
            login: LastLogin::default(),
        };
        let served = Served::default();
        let counting = served.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer.clone());
            let serving = counting.enter();
            let answer = router.call(request);
            async move {
                let answer = answer.await;
                drop(serving);
                answer
            }
        });
        let counted = self.connections.enter();
        let (acceptor, watcher) = (self.acceptor.clone(), graceful.watcher());
        let (send_pause_max, keep_alive, head_max) = (self.send_pause_max, self.keep_alive, self.head_max);
        let serve = |stream| async move {
            // How a connection ends is the client's affair: resets and malformed requests are everyday life.
            match tls::accept(acceptor, stream).await {
                Ok(socket) => {
                    let socket = SlowHeads::new(socket, head_max, served);
                    let stream = TokioIo::new(TimedWrites::new(socket, send_pause_max));
                    let connection = http1::Builder::new()
                        .timer(TokioTimer::new())
                        .header_read_timeout(keep_alive) // runs while a kept connection is idle, too
                        .serve_connection(stream, service);
                    if let Err(error) = watcher.watch(connection).await {
                        tracing::debug!("Connection ended: {error}");
                    }
                }
                Err(error) => tracing::debug!("TLS handshake failed: {error}"),
            }
            drop((place, counted));
        };
        if let Err(error) = stream
            .into_std()
            .and_then(|stream| self.service.threads.serve(stream, serve))
        {
            tracing::warn!("Cannot serve a connection: {error}");
        }
    }
}
