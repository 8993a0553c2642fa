//! A bound port: its address, and connections one by one as there is place for them. What they speak is not known here.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gristmill_sql::{Code, Error, Result};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// After a failed accept (no file descriptors left, for example) the next try waits this long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A port that listens.
pub struct Port {
    socket: TcpListener,
    places: Arc<Semaphore>,
}

/// A connection, and its place among those that may be open.
pub struct Accepted {
    /// This end.
    pub stream: TcpStream,
    /// The other end.
    pub peer: SocketAddr,
    /// Dropped when the connection ends.
    pub place: OwnedSemaphorePermit,
}

impl Port {
    /// Binds a port of an address; 0 is any that is free. All ports share `places`.
    pub async fn bind(host: &str, port: u16, places: Arc<Semaphore>) -> Result<Port> {
        let socket = TcpListener::bind((host, port)).await;
        let socket = socket.map_err(|error| {
            let message = format!("Listen [{host}]:{port} failed: {error}");
            Error::new(Code::NETWORK_ERROR, message)
        })?;
        Ok(Port { socket, places })
    }

    /// Where it listens; tells the port when a free one was asked for.
    pub fn address(&self) -> Result<SocketAddr> {
        self.socket
            .local_addr()
            .map_err(|error| Error::new(Code::NETWORK_ERROR, error.to_string()))
    }

    /// The next connection, once there is a place for it. None is held while there is no connection: others may need it.
    pub async fn accept(&self) -> Accepted {
        loop {
            match self.socket.accept().await {
                Ok((stream, peer)) => {
                    // Answers are small and awaited: they must not wait for the acknowledgement of the last one.
                    let _ = stream.set_nodelay(true);
                    let place = self.places.clone().acquire_owned().await;
                    let place = place.expect("the semaphore is never closed");
                    return Accepted { stream, peer, place };
                }
                Err(error) => {
                    tracing::warn!("Cannot accept a connection: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}
