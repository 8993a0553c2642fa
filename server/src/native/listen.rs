//! Connections of the native protocol: accepting them, their limits, and the graceful end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gristmill_engine::Gauge;
use gristmill_sql::Result;
use tokio::sync::{mpsc, watch};

use super::connection::{self, Shared};
use crate::config::Config;
use crate::http::query::Service;
use crate::port::{Accepted, Port};
use crate::tls::{self, Acceptor};

/// A bound port that is ready to serve.
pub struct Listener {
    port: Port,
    acceptor: Option<Acceptor>,
    shared: Arc<Shared>,
    connections: Arc<Gauge>,
    shutdown_wait: Duration,
}

impl Listener {
    /// Binds a port of an address; with an `acceptor` it speaks under TLS.
    pub async fn bind(
        config: &Config,
        (host, port): (&str, u16),
        acceptor: Option<Acceptor>,
        service: Arc<Service>,
    ) -> Result<Listener> {
        let idle_seconds = config.idle_connection_timeout_seconds;
        let idle_seconds = idle_seconds.unwrap_or(config.keep_alive_timeout_seconds);
        Ok(Listener {
            port: Port::bind(host, port, service.places.clone()).await?,
            acceptor,
            connections: service.native_connections.clone(),
            shared: Arc::new(Shared {
                service,
                http_port: config.http_port,
                idle_max: Duration::from_secs(idle_seconds),
                receive_pause_max: Duration::from_secs(config.receive_timeout_seconds),
                send_pause_max: Duration::from_secs(config.send_timeout_seconds),
            }),
            shutdown_wait: Duration::from_secs(config.shutdown_wait_seconds),
        })
    }

    /// Where it listens; tells the port when a free one was asked for.
    pub fn address(&self) -> Result<SocketAddr> {
        self.port.address()
    }

    /// Serves until `stop` is done; then running queries may finish within the limit.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        // Nothing is sent: that all senders have gone tells that all connections have ended.
        let (open, mut ended) = mpsc::channel(1);
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                accepted = self.port.accept() => self.spawn(accepted, stopped.clone(), open.clone()),
            }
        }
        let shutdown_wait = self.shutdown_wait;
        drop((self.port, open)); // the port is free for the next server while the last queries run
        let _ = stopping.send(true);
        if tokio::time::timeout(shutdown_wait, ended.recv()).await.is_err() {
            tracing::warn!(
                "Native connections whose queries still run after {} seconds are cut",
                shutdown_wait.as_secs()
            );
        }
    }

    fn spawn(&self, accepted: Accepted, stopped: watch::Receiver<bool>, open: mpsc::Sender<()>) {
        let Accepted { stream, peer, place } = accepted;
        let (shared, acceptor) = (self.shared.clone(), self.acceptor.clone());
        let counted = self.connections.enter();
        tokio::spawn(async move {
            // How a connection ends is the client's affair: resets and malformed requests are everyday life.
            match tls::accept(acceptor, stream).await {
                Ok(socket) => {
                    if let Err(error) = connection::serve(socket, peer, shared, stopped).await {
                        tracing::debug!("Native connection ended: {error}");
                    }
                }
                Err(error) => tracing::debug!("TLS handshake failed: {error}"),
            }
            drop((place, counted, open));
        });
    }
}
