//! Connections of the native protocol: accepting them, their limits, and the graceful end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gristmill_engine::Gauge;
use gristmill_sql::{Code, Error, Result};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use super::connection::{self, Shared};
use crate::config::Config;
use crate::http::query::Service;

/// After a failed accept (no file descriptors left, for example) the next try waits this long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A bound port that is ready to serve.
pub struct Listener {
    socket: TcpListener,
    places: Arc<Semaphore>,
    places_max: usize,
    shared: Arc<Shared>,
    connections: Arc<Gauge>,
    shutdown_wait: Duration,
}

impl Listener {
    /// Binds a port of the configuration's address.
    pub async fn bind(config: &Config, port: u16, service: Arc<Service>) -> Result<Listener> {
        let address = (config.listen_host.as_str(), port);
        let socket = TcpListener::bind(address).await.map_err(|error| {
            let message = format!("Listen [{}]:{port} failed: {error}", config.listen_host);
            Error::new(Code::NETWORK_ERROR, message)
        })?;
        Ok(Listener {
            socket,
            places: Arc::new(Semaphore::new(config.max_connections)),
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
        self.socket
            .local_addr()
            .map_err(|error| Error::new(Code::NETWORK_ERROR, error.to_string()))
    }

    /// Serves until `stop` is done; then running queries may finish within the limit.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                () = self.accept(&stopped) => {}
            }
        }
        let Listener {
            socket,
            places,
            places_max,
            shutdown_wait,
            ..
        } = self;
        drop(socket); // the port is free for the next server while the last queries run
        let _ = stopping.send(true);
        let all = places.acquire_many(u32::try_from(places_max).unwrap_or(u32::MAX));
        if tokio::time::timeout(shutdown_wait, all).await.is_err() {
            tracing::warn!(
                "Native connections whose queries still run after {} seconds are cut",
                shutdown_wait.as_secs()
            );
        }
    }

    /// Accepts a connection, once there is a place for it.
    async fn accept(&self, stopped: &watch::Receiver<bool>) {
        let place = self.places.clone().acquire_owned().await;
        let place = place.expect("the semaphore is never closed");
        let (stream, peer) = match self.socket.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!("Cannot accept a connection: {error}");
                return tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        };
        // Answers are small and awaited: they must not wait for the acknowledgement of the last one.
        let _ = stream.set_nodelay(true);
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
