//! The crates `clickhouse` (HTTP, RowBinary) and `klickhouse` (native protocol). Arguments: the two ports.

mod http;
mod native;

#[tokio::main]
async fn main() {
    let ports: Vec<u16> = std::env::args().skip(1).map(|port| port.parse().unwrap()).collect();
    native::check(ports[1]).await.unwrap();
    http::check(ports[0]).await.unwrap();
}
