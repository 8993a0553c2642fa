//! The client's side of TLS.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gristmill_server::tls::provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::PATIENCE;

/// Certificate and key that vouch for themselves.
pub fn files() -> (PathBuf, PathBuf) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls");
    (folder.join("server.crt"), folder.join("server.key"))
}

/// A configuration with them.
pub fn configuration() -> String {
    let (certificate, key) = files();
    format!("[openSSL.server]\ncertificateFile = {certificate:?}\nprivateKeyFile = {key:?}\n")
}

/// Connects and trusts that certificate alone.
pub fn connect(address: SocketAddr, versions: &[&'static rustls::SupportedProtocolVersion]) -> (TcpStream, Secure) {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(files().0).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    let connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    (stream.try_clone().unwrap(), StreamOwned::new(connection, stream))
}

/// A connection under TLS.
pub type Secure = StreamOwned<ClientConnection, TcpStream>;
