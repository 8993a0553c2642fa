//! Who sent a statement.

use std::net::SocketAddr;

/// The way a statement came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interface {
    /// A program that holds the engine, `gristmill local` among them.
    #[default]
    Local,
    /// HTTP.
    Http,
    /// The native protocol.
    Tcp,
}

/// The method of a statement's HTTP request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpMethod {
    /// There was none, or one that queries do not come by.
    #[default]
    Unknown,
    /// GET
    Get,
    /// POST
    Post,
    /// HEAD
    Head,
}

/// A client, as far as it has told.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The way its statements come.
    pub interface: Interface,
    /// Its address, if it is not this process.
    pub address: Option<SocketAddr>,
    /// The program's name.
    pub name: String,
    /// The request's method.
    pub http_method: HttpMethod,
    /// The request's `User-Agent`.
    pub http_user_agent: String,
    /// The request's `Referer`.
    pub http_referer: String,
    /// The request's `X-Forwarded-For`.
    pub forwarded_for: String,
}

impl Interface {
    /// ClickHouse's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "Local",
            Self::Http => "HTTP",
            Self::Tcp => "TCP",
        }
    }
}

impl HttpMethod {
    /// ClickHouse's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Head => "HEAD",
        }
    }
}
