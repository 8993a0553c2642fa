//! TLS of the secure ports: certificate and key from their files, and the handshake.
//!
//! The keys of [`TlsFiles`] are ClickHouse's, of the section `openSSL.server`. rustls has safe versions and ciphers only,
//! so what of that section chooses among unsafe ones is refused by name.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gristmill_sql::{Code, Error, Result};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::socket::Socket;

/// A handshake takes two round trips: who has not done it after this long does not want to.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// `openSSL` of the configuration.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// What the secure ports present.
    pub server: TlsFiles,
}

/// `openSSL.server`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct TlsFiles {
    /// The certificate and those that vouch for it, in PEM.
    pub certificate_file: Option<PathBuf>,
    /// Its private key, in PEM without a password.
    pub private_key_file: Option<PathBuf>,
    /// Whether clients must have certificates: only `none` is there.
    pub verification_mode: Option<String>,
    /// Protocols that are off besides those that are never on.
    pub disable_protocols: Option<String>,
}

/// A secure port's side of handshakes.
#[derive(Clone)]
pub struct Acceptor(TlsAcceptor);

impl Acceptor {
    /// Reads the files; `protocol` is what the port speaks, where clients ask for it.
    pub fn new(files: &TlsFiles, protocol: Option<&str>) -> Result<Acceptor> {
        if let Some(mode) = files.verification_mode.as_deref().filter(|mode| *mode != "none") {
            let message = format!("openSSL.server.verificationMode '{mode}' is not implemented, only 'none' is");
            return Err(Error::new(Code::NOT_IMPLEMENTED, message));
        }
        let file = |name: &str, file: &Option<PathBuf>| {
            let message = || format!("A secure port needs openSSL.server.{name} in the configuration");
            file.clone()
                .ok_or_else(|| Error::new(Code::NO_ELEMENTS_IN_CONFIG, message()))
        };
        let certificate_file = file("certificateFile", &files.certificate_file)?;
        let key_file = file("privateKeyFile", &files.private_key_file)?;
        let certificates: Vec<_> = CertificateDer::pem_file_iter(&certificate_file)
            .and_then(Iterator::collect)
            .map_err(|error| unreadable(&certificate_file, &error))?;
        let key = PrivateKeyDer::from_pem_file(&key_file).map_err(|error| unreadable(&key_file, &error))?;
        let versions = versions(files.disable_protocols.as_deref().unwrap_or_default())?;
        let config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&versions)
            .map(|builder| builder.with_no_client_auth())
            .and_then(|builder| builder.with_single_cert(certificates, key));
        let mut config = config.map_err(|error| {
            let message = format!("The certificate {} cannot be used: {error}", certificate_file.display());
            Error::new(Code::OPENSSL_ERROR, message)
        })?;
        config.alpn_protocols = protocol.map(|name| name.as_bytes().to_vec()).into_iter().collect();
        Ok(Acceptor(TlsAcceptor::from(Arc::new(config))))
    }

    /// Does the handshake of a new connection.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<Socket> {
        match tokio::time::timeout(HANDSHAKE_MAX, self.0.accept(stream)).await {
            Ok(stream) => Ok(Socket::Secure(Box::new(stream?))),
            Err(_) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the TLS handshake does not end",
            )),
        }
    }
}

/// A connection as its port has it: under TLS after a handshake, if there is an `acceptor`.
pub async fn accept(acceptor: Option<Acceptor>, stream: TcpStream) -> io::Result<Socket> {
    match acceptor {
        None => Ok(Socket::Plain(stream)),
        Some(acceptor) => acceptor.accept(stream).await,
    }
}

/// Whose ciphers are used, by the server and by clients.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn versions(disabled: &str) -> Result<Vec<&'static rustls::SupportedProtocolVersion>> {
    let mut versions = vec![&rustls::version::TLS13, &rustls::version::TLS12];
    for name in disabled.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match name {
            "sslv2" | "sslv3" | "tlsv1" | "tlsv1_1" => {} // never on
            "tlsv1_2" => versions.retain(|version| version.version != rustls::ProtocolVersion::TLSv1_2),
            "tlsv1_3" => versions.retain(|version| version.version != rustls::ProtocolVersion::TLSv1_3),
            _ => {
                let message = format!("Unknown protocol '{name}' in openSSL.server.disableProtocols");
                return Err(Error::new(Code::INVALID_CONFIG_PARAMETER, message));
            }
        }
    }
    if versions.is_empty() {
        let message = "openSSL.server.disableProtocols leaves no protocol";
        return Err(Error::new(Code::INVALID_CONFIG_PARAMETER, message));
    }
    Ok(versions)
}

fn unreadable(file: &Path, error: &rustls::pki_types::pem::Error) -> Error {
    let message = format!("Cannot read {}: {error:?}", file.display());
    Error::new(Code::CANNOT_OPEN_FILE, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> TlsFiles {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls");
        TlsFiles {
            certificate_file: Some(folder.join("server.crt")),
            private_key_file: Some(folder.join("server.key")),
            ..TlsFiles::default()
        }
    }

    #[track_caller]
    fn check(files: &TlsFiles, expected: Code) {
        assert_eq!(Acceptor::new(files, None).err().map(|error| error.code), Some(expected));
    }

    #[test]
    fn what_cannot_be_used_is_told_at_start() {
        assert!(Acceptor::new(&files(), Some("http/1.1")).is_ok());
        check(&TlsFiles::default(), Code::NO_ELEMENTS_IN_CONFIG);
        let nowhere = TlsFiles {
            private_key_file: Some("/nowhere".into()),
            ..files()
        };
        check(&nowhere, Code::CANNOT_OPEN_FILE);
        let no_key = TlsFiles {
            private_key_file: files().certificate_file,
            ..files()
        };
        check(&no_key, Code::CANNOT_OPEN_FILE);
        let no_certificate = TlsFiles {
            certificate_file: files().private_key_file,
            ..files()
        };
        check(&no_certificate, Code::OPENSSL_ERROR);
    }

    #[test]
    fn what_is_not_there_is_refused_by_name() {
        let strict = TlsFiles {
            verification_mode: Some("strict".into()),
            ..files()
        };
        check(&strict, Code::NOT_IMPLEMENTED);
        assert!(versions("sslv2,sslv3, tlsv1").unwrap().len() == 2);
        assert!(versions("tlsv1_2").unwrap().len() == 1);
        assert!(versions("tlsv1_2,tlsv1_3").is_err());
        assert!(versions("tlsv9").is_err());
    }
}
