//! The secure ports from outside.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use support::native::Client;
use support::{Connection, Server, gristmill, text, tls};

fn server(arguments: &[&str]) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, tls::configuration()).unwrap();
    let file = ["--config-file", file.to_str().unwrap()];
    let ports = ["--https-port", "0", "--tcp-port-secure", "0"];
    let arguments = [&file[..], &ports, arguments].concat();
    let server = Server::start(&folder.path().join("db"), &arguments);
    (server, folder)
}

#[test]
fn https_answers_as_http_does() {
    let (server, _folder) = server(&[]);
    for versions in [&[&rustls::version::TLS13][..], &[&rustls::version::TLS12]] {
        let (socket, stream) = tls::connect(server.https(), versions);
        let mut connection = Connection::through(socket, Box::new(stream));
        assert_eq!(connection.post("/", b"SELECT 1").text(), "1\n");
        let long = connection.post("/", b"SELECT number FROM numbers(1000000)");
        assert_eq!((long.is_whole, long.body.len()), (true, 6_888_890));
        let body = vec![b'1'; 3_000_000];
        let length = connection.post(
            "/?max_query_size=10000000&query=SELECT+length('",
            &[&body[..], b"')"].concat(),
        );
        assert_eq!(length.text(), "3000001\n"); // and the line break between the two
    }
    assert_eq!(server.ask("SELECT getServerPort('https_port') > 0"), "1\n");
}

#[test]
fn the_native_protocol_goes_under_tls() {
    let (server, _folder) = server(&[]);
    for (revision, is_chunked) in [(54412, false), (54492, false), (54492, true)] {
        let (_, stream) = tls::connect(server.secure_native(), rustls::ALL_VERSIONS);
        let mut client = Client::greet_through(Box::new(stream), revision, is_chunked);
        for _ in 0..3 {
            client.ping();
            assert_eq!(client.ask("SELECT 1").unwrap(), ["1"]);
        }
        let rows = client.ask("SELECT number FROM numbers(300000)").unwrap();
        assert_eq!((rows.len(), rows[299_999].as_str()), (300_000, "299999"));
        assert_eq!(client.ask("SELECT nosuch").unwrap_err().0, 47);
        client.start("SELECT sum(number % 7) FROM numbers(1000000000000)", b"", b"");
        std::thread::sleep(Duration::from_millis(200));
        client.send(&[3]);
        assert_eq!(client.answer(), Ok(vec![]));
        client.ping();
    }
}

/// Neither what is not TLS nor what never comes keeps a port from serving, or a place from the next one.
#[test]
fn broken_handshakes_harm_nobody() {
    let (server, _folder) = server(&["--max_connections=4"]);
    let began = Instant::now();
    let mut stalled: Vec<TcpStream> = Vec::new();
    for address in [server.https(), server.secure_native()] {
        for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\x16\x03\x01\xff\xff", &[0; 1000]] {
            let mut stream = TcpStream::connect(address).unwrap();
            let _ = stream.write_all(bytes);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        }
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"\x16\x03\x01").unwrap();
        stalled.push(stream);
        stalled.push(TcpStream::connect(address).unwrap());
    }
    // All places are taken by handshakes that do not end, until they have to.
    let (socket, stream) = tls::connect(server.https(), rustls::ALL_VERSIONS);
    assert_eq!(
        Connection::through(socket, Box::new(stream))
            .post("/", b"SELECT 1")
            .text(),
        "1\n"
    );
    assert!(began.elapsed() < Duration::from_secs(30));
    assert!(server.terminate().success());
}

#[test]
fn a_secure_port_without_a_certificate_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = gristmill()
        .args([
            "server",
            "--http-port",
            "0",
            "--tcp-port",
            "0",
            "--https-port",
            "0",
            "--path",
        ])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = text(&output.stderr);
    assert!(
        said.contains("openSSL.server.certificateFile") && said.contains("(NO_ELEMENTS_IN_CONFIG)"),
        "{said}"
    );
}
