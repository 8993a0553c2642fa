//! The log: lines on standard error, for whoever runs the program.

use tracing_subscriber::EnvFilter;

/// Starts the log. `RUST_LOG` says how much of it is printed, else `level` does.
pub fn start(level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    // Fails only where a log has been started before.
    let _ = log.try_init();
}
