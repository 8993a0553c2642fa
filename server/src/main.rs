//! The `gristmill` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    gristmill_server::cli::run(std::env::args_os())
}
