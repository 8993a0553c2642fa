//! The bytes of a connection, in the clear or under TLS.
//!
//! [`Socket`] is the whole, [`ReadHalf`] and [`WriteHalf`] what two users of one connection need. How TLS begins is in
//! [`crate::tls`].

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_rustls::server::TlsStream;

/// A connection in the clear (`P`) or under TLS (`S`).
pub enum Either<P, S> {
    /// As the network has it.
    Plain(P),
    /// Decrypted.
    Secure(S),
}

/// A state of TLS is large, and most connections have none.
type Secure = Box<TlsStream<TcpStream>>;

/// Both directions.
pub type Socket = Either<TcpStream, Secure>;
/// What the client sends.
pub type ReadHalf = Either<OwnedReadHalf, tokio::io::ReadHalf<Secure>>;
/// What it is sent.
pub type WriteHalf = Either<OwnedWriteHalf, tokio::io::WriteHalf<Secure>>;

impl Socket {
    /// Its two directions, for two users.
    pub fn into_split(self) -> (ReadHalf, WriteHalf) {
        match self {
            Either::Plain(stream) => {
                let (reader, writer) = stream.into_split();
                (Either::Plain(reader), Either::Plain(writer))
            }
            Either::Secure(stream) => {
                let (reader, writer) = tokio::io::split(stream);
                (Either::Secure(reader), Either::Secure(writer))
            }
        }
    }
}

impl<P: AsyncRead + Unpin, S: AsyncRead + Unpin> AsyncRead for Either<P, S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Either::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Either::Secure(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl<P: AsyncWrite + Unpin, S: AsyncWrite + Unpin> AsyncWrite for Either<P, S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Either::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Either::Secure(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Either::Plain(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Either::Secure(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Either::Plain(stream) => stream.is_write_vectored(),
            Either::Secure(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Either::Plain(stream) => Pin::new(stream).poll_flush(context),
            Either::Secure(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Either::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Either::Secure(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
