//! What `gristmill local` and `gristmill client` share: texts of several statements, the files that results go to and
//! data comes from, and figures as people read them.

pub mod compression;
pub mod destination;
pub mod infile;
pub mod script;
