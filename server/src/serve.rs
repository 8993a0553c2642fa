//! `gristmill server`: opens the database, listens, and stops in good order.

use std::sync::Arc;

use futures::future::join_all;
use gristmill_engine::{Engine, EngineOptions, FileAccess};
use gristmill_sql::{Code, Error, Result};
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::cli::{Given, ServerOptions};
use crate::config::Config;
use crate::http::listen::PROTOCOL;
use crate::http::query::Service;
use crate::tls::Acceptor;
use crate::{http, log, native};

/// The port of the native protocol that clients try first.
const NATIVE_PORT: u16 = 9000;

/// Blocking threads beside those that run queries.
const SPARE_THREADS: usize = 8;

/// Runs the server until SIGTERM or SIGINT.
pub fn run(options: ServerOptions, given: Given) -> Result<()> {
    let mut config = Config::load(&options, &given.server_settings)?;
    for (name, value) in given.settings {
        config.settings.insert(name, toml::Value::String(value));
    }
    log::start("info");
    let defaults = EngineOptions::default();
    let engine = Engine::open(EngineOptions {
        path: Some(config.path.clone()),
        server_settings: config.server_settings()?,
        index_build_threads: config.max_build_vector_similarity_index_thread_pool_size,
        merge_threads: config.background_pool_size.unwrap_or(defaults.merge_threads),
        formats: crate::statement::file_formats(),
        files: FileAccess::Under(config.user_files()),
        ..defaults
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(config.max_concurrent_queries + SPARE_THREADS)
        .build()
        .map_err(|error| Error::new(Code::CANNOT_SCHEDULE_TASK, format!("Cannot start threads: {error}")))?;
    runtime.block_on(serve(&config, engine.clone()))?;
    engine.shutdown();
    runtime.shutdown_background(); // queries past the limit do not hold up the end
    tracing::info!("Stopped.");
    Ok(())
}

async fn serve(config: &Config, engine: Arc<Engine>) -> Result<()> {
    // Before the port opens, so that a signal sent by whoever sees the port open is not lost.
    let mut terminate = listen_for(SignalKind::terminate())?;
    let mut interrupt = listen_for(SignalKind::interrupt())?;
    let service = Arc::new(Service::new(config, engine.clone(), Handle::current())?);
    let listeners = Listeners::bind(config, &engine, service).await?;
    tracing::info!("Ready for connections.");
    let stop = async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!("Received {name}, stopping.");
    };
    listeners.serve(stop).await;
    Ok(())
}

/// Every port that is open.
struct Listeners {
    http: Vec<http::listen::Listener>,
    native: Vec<native::listen::Listener>,
}

impl Listeners {
    /// Binds the ports of the configuration, and tells the log and the engine where they are.
    async fn bind(config: &Config, engine: &Engine, service: Arc<Service>) -> Result<Listeners> {
        let mut listeners = Listeners {
            http: Vec::new(),
            native: Vec::new(),
        };
        let https = config.https_port.map(|port| (port, Some("https_port")));
        for (port, secure) in [(config.http_port, None)].into_iter().chain(https) {
            let acceptor = secure.map(|_| Acceptor::new(&config.open_ssl.server, Some(PROTOCOL)));
            let listener = http::listen::Listener::bind(config, port, acceptor.transpose()?, service.clone());
            let listener = listener.await?;
            let address = listener.address()?;
            engine
                .identity()
                .set_port(secure.unwrap_or("http_port"), address.port());
            match secure {
                None => tracing::info!("Listening for http://{address}"),
                Some(_) => tracing::info!("Listening for https://{address}"),
            }
            listeners.http.push(listener);
        }
        if let Some(native) = bind_native(config, service.clone()).await? {
            engine.identity().set_port("tcp_port", native.address()?.port());
            listeners.native.push(native);
        }
        if let Some(port) = config.tcp_port_secure {
            let acceptor = Acceptor::new(&config.open_ssl.server, None)?;
            let listener = native::listen::Listener::bind(config, port, Some(acceptor), service).await?;
            let address = listener.address()?;
            engine.identity().set_port("tcp_port_secure", address.port());
            tracing::info!("Listening for secure native protocol (tcp_secure): {address}");
            listeners.native.push(listener);
        }
        Ok(listeners)
    }

    /// Serves all ports until `stop` is done and what then still runs has ended or reached its limit.
    async fn serve(self, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        let stopped = || {
            let mut stopped = stopped.clone();
            async move { drop(stopped.wait_for(|stopped| *stopped).await) }
        };
        let http = join_all(self.http.into_iter().map(|listener| listener.serve(stopped())));
        let native = join_all(self.native.into_iter().map(|listener| listener.serve(stopped())));
        let stop = async move {
            stop.await;
            let _ = stopping.send(true);
        };
        tokio::join!(stop, http, native);
    }
}

/// A port that was asked for must be free; the usual one may belong to another server.
async fn bind_native(config: &Config, service: Arc<Service>) -> Result<Option<native::listen::Listener>> {
    let port = config.tcp_port.unwrap_or(NATIVE_PORT);
    match native::listen::Listener::bind(config, port, None, service).await {
        Ok(listener) => {
            tracing::info!("Listening for native protocol (tcp): {}", listener.address()?);
            Ok(Some(listener))
        }
        Err(error) if config.tcp_port.is_some() => Err(error),
        Err(error) => {
            tracing::warn!("The native protocol is off: {}", error.message);
            Ok(None)
        }
    }
}

fn listen_for(kind: SignalKind) -> Result<tokio::signal::unix::Signal> {
    signal(kind).map_err(|error| {
        Error::new(
            Code::CANNOT_SCHEDULE_TASK,
            format!("Cannot listen for signals: {error}"),
        )
    })
}
