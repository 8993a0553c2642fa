//! TLS towards a server: the handshake, and whose certificates are believed.

use std::io;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gristmill_sql::{Code, Error, Result};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme, StreamOwned};

use super::link::{Endpoint, Patience, Security, Socket};
use crate::tls::provider;

/// Where systems keep the certificates of authorities.
const AUTHORITIES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

type Secure = StreamOwned<ClientConnection, TcpStream>;

impl Socket for Secure {
    fn tcp(&self) -> &TcpStream {
        &self.sock
    }
}

/// Does the handshake over a connection.
pub fn connect(mut tcp: TcpStream, endpoint: &Endpoint, security: &Security, patience: &Patience) -> Result<Secure> {
    let failed = |error: &dyn std::fmt::Display| {
        let message = format!("SSL Exception: {error} ({})", endpoint.address());
        Error::new(Code::NETWORK_ERROR, message)
    };
    let name = ServerName::try_from(endpoint.host.clone()).map_err(|error| failed(&error))?;
    let mut connection = ClientConnection::new(Arc::new(config(security)?), name).map_err(|error| failed(&error))?;
    let between = tcp.read_timeout().map_err(|error| failed(&error))?;
    tcp.set_read_timeout(Some(patience.connect))
        .map_err(|error| failed(&error))?;
    while connection.is_handshaking() {
        connection.complete_io(&mut tcp).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => failed(&"the handshake does not end"),
            _ => failed(&error),
        })?;
    }
    tcp.set_read_timeout(between).map_err(|error| failed(&error))?;
    Ok(StreamOwned::new(connection, tcp))
}

fn config(security: &Security) -> Result<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Code::OPENSSL_ERROR, format!("TLS cannot be used: {error}")))?;
    if security.takes_any_certificate {
        let any = Arc::new(AnyCertificate(provider()));
        return Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(any)
            .with_no_client_auth());
    }
    let roots = authorities(security.authorities.as_deref())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// The certificates of the file given, or of the system.
fn authorities(given: Option<&Path>) -> Result<RootCertStore> {
    let variable = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let file = given.map(Path::to_path_buf).or(variable);
    let file = file.or_else(|| AUTHORITIES.iter().map(PathBuf::from).find(|path| path.is_file()));
    let mut roots = RootCertStore::empty();
    let Some(file) = file else {
        return Ok(roots); // no certificate is good then, and the handshake says so
    };
    let unreadable = |error: &rustls::pki_types::pem::Error| {
        let message = format!("Cannot read the certificates of {}: {error:?}", file.display());
        Error::new(Code::CANNOT_OPEN_FILE, message)
    };
    for certificate in CertificateDer::pem_file_iter(&file).map_err(|error| unreadable(&error))? {
        // Systems have certificates that rustls does not take; those do not vouch for anybody.
        let _ = roots.add(certificate.map_err(|error| unreadable(&error))?);
    }
    Ok(roots)
}

/// Believes every server. That the handshake was done with the key of its certificate is checked all the same.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
