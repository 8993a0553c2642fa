//! `gristmill client`: statements for a server, over the native protocol.
//!
//! Start at [`run()`]: it finds its [`target`] and gives statements to a [`session`], which has a [`connection`]: a
//! [`link`] over which a [`request`] goes and each [`packet`] of the answer comes. [`printer`] shows results, [`prompt`]
//! is what people type at. What `gristmill local` does as well is in [`crate::shell`].

mod bar;
mod completion;
mod config;
pub mod connection;
mod connection_string;
mod editor;
mod external;
pub mod failure;
mod insert;
pub mod interrupt;
pub mod link;
mod log_lines;
pub mod packet;
mod printer;
mod prompt;
pub mod request;
mod run;
pub mod session;
pub mod target;
mod terminal;
mod tls;

pub use run::run;
