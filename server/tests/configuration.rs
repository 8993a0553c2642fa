//! Servers with configuration files as ClickHouse's are.

mod support;

use std::path::Path;

use support::{Server, gristmill, text, tls};

/// Writes `name: content` files, the first of which is the main one, and starts a server with them.
fn server(files: &[(&str, &str)], arguments: &[&str]) -> (Server, tempfile::TempDir) {
    let folder = folder(files);
    let main = folder.path().join(files[0].0);
    let arguments = [&["--config-file", main.to_str().unwrap()], arguments].concat();
    let server = Server::start(&folder.path().join("db"), &arguments);
    (server, folder)
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

const CONFIG: &str = "<?xml version=\"1.0\"?>
<clickhouse>
    <logger><level>information</level><console>1</console></logger>
    <http_port>8123</http_port>
    <tcp_port>9000</tcp_port>
    <mysql_port>9004</mysql_port>
    <max_connections>100</max_connections>
    <keep_alive_timeout>10</keep_alive_timeout>
    <users_config>users.xml</users_config>
</clickhouse>";

const USERS: &str = "<clickhouse>
    <profiles><default><max_threads>3</max_threads></default></profiles>
    <users><default><password></password><networks><ip>::/0</ip></networks></default></users>
    <quotas><default/></quotas>
</clickhouse>";

/// What ClickHouse's container writes where it is given a user.
const CONTAINER_USER: &str = "<clickhouse><users>
    <default remove=\"remove\"></default>
    <ann><profile>default</profile><networks><ip>::/0</ip></networks><password>secret</password>
    <quota>default</quota><access_management>1</access_management></ann>
</users></clickhouse>";

#[test]
fn xml_with_users_is_understood() {
    let (server, _folder) = server(&[("config.xml", CONFIG), ("users.xml", USERS)], &[]);
    assert_eq!(
        server.ask("SELECT currentUser(), getSetting('max_threads')"),
        "default\t3\n"
    );
    let value = "SELECT value FROM system.server_settings WHERE name = 'max_connections'";
    assert_eq!(server.ask(value), "100\n");
    let answer = server.connect().request("GET", "/?query=SELECT+1", "", b"");
    assert_eq!(answer.header("keep-alive"), Some("timeout=10"));
}

#[test]
fn folders_add_to_files() {
    let files = [
        ("config.xml", CONFIG),
        ("users.xml", USERS),
        ("config.d/a.yaml", "max_connections: 50\nkeep_alive_timeout: 20"),
        (
            "config.d/b.xml",
            "<clickhouse><max_connections>60</max_connections></clickhouse>",
        ),
        ("config.d/ignored.txt", "<"),
        ("users.d/default-user.xml", CONTAINER_USER),
    ];
    let (server, _folder) = server(&files, &[]);
    let ask = |path: &str| server.connect().post(path, b"SELECT currentUser()");
    assert_eq!(ask("/?user=ann&password=secret").text(), "ann\n");
    for refused in ["/", "/?user=default&password=secret", "/?user=ann"] {
        assert_eq!(ask(refused).status, 403, "{refused}");
    }
    let value = b"SELECT value FROM system.server_settings WHERE name = 'max_connections'";
    assert_eq!(
        server.connect().post("/?user=ann&password=secret", value).text(),
        "60\n"
    );
}

#[test]
fn ports_are_closed_and_opened() {
    let (certificate, key) = tls::files();
    let config = format!(
        "tcp_port: 9000\nhttps_port: 0\nopenSSL: {{server: {{certificateFile: {certificate:?}, privateKeyFile: {key:?}}}}}\n\
         listen_host: ['127.0.0.1']"
    );
    let files = [
        ("config.yaml", config.as_str()),
        ("config.d/off.yaml", "http_port: {'@remove': 1}"),
    ];
    let folder = folder(&files);
    let main = folder.path().join("config.yaml");
    let mut command = gristmill();
    command
        .args(["server", "--tcp-port", "0", "--config-file"])
        .arg(main)
        .arg("--path")
        .arg(folder.path().join("db"));
    let server = Server::of(command);
    let (socket, stream) = tls::connect(server.https(), rustls::ALL_VERSIONS);
    let mut connection = support::Connection::through(socket, Box::new(stream));
    assert_eq!(connection.post("/", b"SELECT 1").text(), "1\n");
    assert_eq!(server.open_ports(), ["https://", "(tcp): "]);
}

#[track_caller]
fn check_refused(files: &[(&str, &str)], expected: &str) {
    let folder = folder(files);
    let main = folder.path().join(files[0].0);
    let mut command = gristmill();
    command
        .args(["server", "--tcp-port", "0", "--config-file"])
        .arg(main)
        .arg("--path")
        .arg(folder.path().join("db"));
    let output = command.output().unwrap();
    let said = text(&output.stderr);
    assert!(!output.status.success() && said.contains(expected), "{said}");
}

#[test]
fn what_cannot_be_is_told_at_start() {
    check_refused(&[("config.xml", "<clickhouse><a></clickhouse>")], "config.xml");
    check_refused(&[("config.yaml", "http_port: x")], "http_port");
    check_refused(&[("config.yaml", "a: [")], "config.yaml");
    check_refused(&[("config.toml", "htp_port = 1")], "htp_port");
    check_refused(&[("config.yaml", "users_config: nowhere.xml")], "nowhere.xml");
    check_refused(&[("config.yaml", "users: {ann: {kerberos: {realm: X}}}")], "kerberos");
    check_refused(&[("config.yaml", "logger: {level: loud}")], "loud");
    check_refused(&[("config.yaml", "path: {'@incl': x}")], "incl");
    check_refused(
        &[(
            "config.yaml",
            "openSSL: {server: {verificationMode: strict}}\nhttps_port: 0",
        )],
        "verificationMode",
    );
}

#[test]
fn lines_of_the_log_go_where_they_shall() {
    let folder = folder(&[("config.yaml", "")]);
    let log = folder.path().join("server.log");
    let config = format!(
        "logger: {{log: {log:?}, console: 1, level: information, formatting: {{type: json}}}}\nmysql_port: 9004"
    );
    std::fs::write(folder.path().join("config.yaml"), config).unwrap();
    let mut command = gristmill();
    command.args(["server", "--http-port", "0", "--tcp-port", "0", "--config-file"]);
    command
        .arg(folder.path().join("config.yaml"))
        .arg("--path")
        .arg(folder.path().join("db"));
    let server = Server::of(command);
    assert!(server.terminate().success());
    let said = std::fs::read_to_string(log).unwrap();
    let said_by = |what: &str| said.lines().any(|line| line.contains(what));
    assert!(
        said_by("\"message\":\"Ready for connections.\"") && said_by("\"level\":\"INFO\""),
        "{said}"
    );
    assert!(
        said_by("The key mysql_port of the configuration changes nothing here"),
        "{said}"
    );
}

#[test]
fn the_environment_gives_texts() {
    let config = "users: {default: {password: {'@from_env': GRISTMILL_TEST_PASSWORD}}}";
    let folder = folder(&[("config.yaml", config)]);
    let mut command = gristmill();
    command.args(["server", "--http-port", "0", "--tcp-port", "0", "--config-file"]);
    command
        .arg(folder.path().join("config.yaml"))
        .arg("--path")
        .arg(Path::new(folder.path()).join("db"));
    command.env("GRISTMILL_TEST_PASSWORD", "secret");
    let server = Server::of(command);
    assert_eq!(server.connect().post("/?password=secret", b"SELECT 1").text(), "1\n");
    assert_eq!(server.connect().post("/", b"SELECT 1").status, 403);
}

/// What containers of tests rely on: a user, a database and scripts, by variables and a folder.
#[test]
fn the_entry_point_makes_what_its_variables_say() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let packaged = |name: &str| std::fs::read_to_string(repository.join("packaging").join(name)).unwrap();
    let (config, users) = (packaged("config.xml"), packaged("users.xml"));
    let folder = folder(&[
        ("config.xml", &config),
        ("users.xml", &users),
        (
            "init/a.sql",
            "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a; INSERT INTO t VALUES (1), (2);",
        ),
        ("init/b.sh", "echo script >> \"$CLICKHOUSE_DATA.said\""),
    ]);
    let data = folder.path().join("data");
    let local = format!(
        "<clickhouse><path>{0}</path><user_files_path>{0}</user_files_path></clickhouse>",
        data.display()
    );
    std::fs::create_dir(folder.path().join("config.d")).unwrap();
    std::fs::write(folder.path().join("config.d/local.xml"), local).unwrap();
    let free = || {
        std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port()
            .to_string()
    };
    let entry_point = || {
        let mut command = std::process::Command::new(repository.join("packaging/entrypoint.sh"));
        command
            .args(["--http-port", "0", "--tcp-port", "0", "--listen-host", "127.0.0.1"])
            .env("GRISTMILL", env!("CARGO_BIN_EXE_gristmill"))
            .env("CLICKHOUSE_CONFIG", folder.path().join("config.xml"))
            .env("CLICKHOUSE_DATA", &data)
            .env("CLICKHOUSE_INITDB", folder.path().join("init"))
            .env("CLICKHOUSE_INIT_HTTP_PORT", free())
            .env("CLICKHOUSE_INIT_TCP_PORT", free())
            .env("CLICKHOUSE_USER", "ann")
            .env("CLICKHOUSE_PASSWORD", "a<b&c")
            .env("CLICKHOUSE_DB", "shop")
            .env("CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT", "1");
        Server::of(command)
    };
    for _ in 0..2 {
        let server = entry_point();
        let ask = |query: &str| {
            server
                .connect()
                .post("/?user=ann&password=a%3Cb%26c&database=shop", query.as_bytes())
        };
        assert_eq!(ask("SELECT currentUser(), count() FROM t").text(), "ann\t2\n");
        assert_eq!(server.connect().post("/", b"SELECT 1").status, 403);
        assert!(server.terminate().success());
    }
    assert_eq!(
        std::fs::read_to_string(data.with_extension("said")).unwrap(),
        "script\n"
    );
}
