//! Connections of the native protocol: accepting them, their limits, and the graceful end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gristmill_engine::Gauge;
use gristmill_sql::Result;
use tokio::sync::watch;

use super::connection::{self, Shared};
use crate::config::Config;
use crate::http::query::Service;
use crate::port::{Accepted, Port};

/// A bound port that is ready to serve.
pub struct Listener {
    port: Port,
    places_max: usize,
    shared: Arc<Shared>,
    connections: Arc<Gauge>,
    shutdown_wait: Duration,
}

impl Listener {
    /// Binds a port of the configuration's address.
    pub async fn bind(config: &Config, port: u16, service: Arc<Service>) -> Result<Listener> {
        Ok(Listener {
            port: Port::bind(config, port).await?,
            places_max: config.max_connections,
            connections: service.native_connections.clone(),
            shared: Arc::new(Shared {
                service,
                http_port: config.http_port,
                idle_max: Duration::from_secs(config.keep_alive_timeout_seconds),
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
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                accepted = self.port.accept() => self.spawn(accepted, &stopped),
            }
        }
        let (places_max, shutdown_wait) = (self.places_max, self.shutdown_wait);
        let places = self.port.close(); // free for the next server while the last queries run
        let _ = stopping.send(true);
        let all = places.acquire_many(u32::try_from(places_max).unwrap_or(u32::MAX));
        if tokio::time::timeout(shutdown_wait, all).await.is_err() {
            tracing::warn!(
                "Native connections whose queries still run after {} seconds are cut",
                shutdown_wait.as_secs()
            );
        }
    }

    fn spawn(&self, accepted: Accepted, stopped: &watch::Receiver<bool>) {
        let Accepted { stream, peer, place } = accepted;
        let connection = connection::serve(stream, peer, self.shared.clone(), stopped.clone());
        let counted = self.connections.enter();
        tokio::spawn(async move {
            // How a connection ends is the client's affair: resets and malformed requests are everyday life.
            if let Err(error) = connection.await {
                tracing::debug!("Native connection ended: {error}");
            }
            drop((place, counted));
        });
    }
}
