//! `gristmill server`: opens the database, listens, and stops in good order.

use std::sync::Arc;

use gristmill_engine::{Engine, EngineOptions, FileAccess};
use gristmill_sql::{Code, Error, Result};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Given, ServerOptions};
use crate::config::Config;
use crate::http::listen::Listener;
use crate::http::query::Service;
use crate::log;

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
    let listener = Listener::bind(config, Arc::new(Service::new(config, engine)?)).await?;
    tracing::info!("Listening for http://{}", listener.address()?);
    tracing::info!("Ready for connections.");
    let stop = async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!("Received {name}, stopping.");
    };
    listener.serve(stop).await;
    Ok(())
}

fn listen_for(kind: SignalKind) -> Result<tokio::signal::unix::Signal> {
    signal(kind).map_err(|error| {
        Error::new(
            Code::CANNOT_SCHEDULE_TASK,
            format!("Cannot listen for signals: {error}"),
        )
    })
}
