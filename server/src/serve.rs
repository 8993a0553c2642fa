//! `gristmill server`: opens the database, listens, and stops in good order.

use std::net::SocketAddr;
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
    log::start(&config.logger)?;
    for key in &config.unknown_keys {
        tracing::warn!("The key {key} of the configuration changes nothing here");
    }
    let defaults = EngineOptions::default();
    let engine = Engine::open(EngineOptions {
        path: Some(config.path.clone()),
        server_settings: config.server_settings()?,
        index_build_threads: config.max_build_vector_similarity_index_thread_pool_size,
        merge_threads: config.background_pool_size.unwrap_or(defaults.merge_threads),
        formats: crate::statement::file_formats(),
        files: FileAccess::Under(config.user_files()),
        users: config.users.clone(),
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
    /// Binds the ports of the configuration on all its addresses.
    async fn bind(config: &Config, engine: &Engine, service: Arc<Service>) -> Result<Listeners> {
        let mut listeners = Listeners {
            http: Vec::new(),
            native: Vec::new(),
        };
        let binding = Binding {
            config,
            engine,
            service,
        };
        for host in &config.listen_host {
            match listeners.bind_host(&binding, host).await {
                Err(error) if config.listen_try => tracing::warn!("{}", error.message),
                bound => bound?,
            }
        }
        match listeners.http.is_empty() && listeners.native.is_empty() {
            true => {
                let message =
                    "No servers started (add valid listen_host and 'tcp_port' or 'http_port' to configuration file.)";
                Err(Error::new(Code::NO_ELEMENTS_IN_CONFIG, message))
            }
            false => Ok(listeners),
        }
    }

    /// Binds the ports on one address, and tells the log and the engine where they are.
    async fn bind_host(&mut self, binding: &Binding<'_>, host: &str) -> Result<()> {
        let config = binding.config;
        if !config.is_closed("http_port") {
            let bound = binding.http((host, config.http_port), None).await?;
            tracing::info!("Listening for http://{}", binding.note("http_port", bound.address()?));
            self.http.push(bound);
        }
        if let Some(port) = config.https_port {
            let acceptor = Acceptor::new(&config.open_ssl.server, Some(PROTOCOL))?;
            let bound = binding.http((host, port), Some(acceptor)).await?;
            tracing::info!("Listening for https://{}", binding.note("https_port", bound.address()?));
            self.http.push(bound);
        }
        if !config.is_closed("tcp_port")
            && let Some(bound) = binding.usual_native(host).await?
        {
            let address = binding.note("tcp_port", bound.address()?);
            tracing::info!("Listening for native protocol (tcp): {address}");
            self.native.push(bound);
        }
        if let Some(port) = config.tcp_port_secure {
            let acceptor = Acceptor::new(&config.open_ssl.server, None)?;
            let bound = binding.native((host, port), Some(acceptor)).await?;
            let address = binding.note("tcp_port_secure", bound.address()?);
            tracing::info!("Listening for secure native protocol (tcp_secure): {address}");
            self.native.push(bound);
        }
        Ok(())
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

/// What ports are bound with.
struct Binding<'a> {
    config: &'a Config,
    engine: &'a Engine,
    service: Arc<Service>,
}

impl Binding<'_> {
    /// Tells the engine of an open port; gives its address back.
    fn note(&self, name: &str, address: SocketAddr) -> SocketAddr {
        self.engine.identity().set_port(name, address.port());
        address
    }

    async fn http(&self, place: (&str, u16), acceptor: Option<Acceptor>) -> Result<http::listen::Listener> {
        http::listen::Listener::bind(self.config, place, acceptor, self.service.clone()).await
    }

    async fn native(&self, place: (&str, u16), acceptor: Option<Acceptor>) -> Result<native::listen::Listener> {
        native::listen::Listener::bind(self.config, place, acceptor, self.service.clone()).await
    }

    /// A port that was asked for must be free; the usual one may belong to another server.
    async fn usual_native(&self, host: &str) -> Result<Option<native::listen::Listener>> {
        let asked = self.config.tcp_port;
        match self.native((host, asked.unwrap_or(NATIVE_PORT)), None).await {
            Ok(listener) => Ok(Some(listener)),
            Err(error) if asked.is_some() => Err(error),
            Err(error) => {
                tracing::warn!("The native protocol is off: {}", error.message);
                Ok(None)
            }
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
