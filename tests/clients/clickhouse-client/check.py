"""Debian's clickhouse-client (18.16 in bookworm), and our own client beside it: both have to say the same."""

import os
import subprocess
import sys
import tempfile

from server import equal, running

PACKAGES = """clickhouse-client clickhouse-common libpococrypto80 libpocodata80 libpocodataodbc80 libpocofoundation80
libpocojson80 libpocomongodb80 libpoconet80 libpoconetssl80 libpocoutil80 libpocoxml80 librdkafka1 libre2-9 libfarmhash0
libmetrohash1 libdouble-conversion3 libcpuinfo0 libcctz2 libmariadb3 libcapnp-0.9.2 libodbc2 libpcre3
libboost-program-options1.74.0 libboost-filesystem1.74.0 libltdl7 libjemalloc2 libicu72""".split()


def unpack(folder):
    """Unpacks the program and its libraries; nothing is installed. Those that apt does not offer are there already."""
    for package in PACKAGES:
        subprocess.run(["apt-get", "download", package], cwd=folder, capture_output=True, check=False)
    for name in os.listdir(folder):
        if name.endswith(".deb"):
            subprocess.run(["dpkg", "-x", name, "root"], cwd=folder, check=True)
    root = folder + "/root"
    libraries = f"{root}/usr/lib/x86_64-linux-gnu:{root}/lib/x86_64-linux-gnu"
    return root + "/usr/bin/clickhouse-client", dict(os.environ, LD_LIBRARY_PATH=libraries, HOME=folder)


class Client:
    def __init__(self, command, environment, server):
        self.command = [*command, "--host", server.host, "--port", str(server.tcp)]
        self.environment = environment

    def ask(self, query, *options, data=""):
        command = [*self.command, *options, "--query", query]
        done = subprocess.run(command, env=self.environment, input=data, capture_output=True, text=True, timeout=60)
        return done.stdout, done.returncode, done.stderr

    def good(self, query, *options, data=""):
        out, status, said = self.ask(query, *options, data=data)
        assert status == 0, said
        return out


QUERIES = [
    "SELECT 1, 'a\\tb', [1, 2], (1, 'x'), toDate('2020-01-02'), toDateTime('2020-01-02 03:04:05', 'UTC')",
    "SELECT number, toString(number) FROM numbers(3) FORMAT CSVWithNames",
    "SELECT toUInt32(number) AS n FROM numbers(2) FORMAT JSONEachRow",
    "SELECT toNullable(1) AS a, NULL AS b FORMAT TSVWithNamesAndTypes",
    "SELECT toLowCardinality('x') AS l FORMAT Values",
    "SELECT count(), sum(number) FROM numbers(1000000)",
    "SELECT toUInt64(1) AS x FORMAT Vertical",
    "SELECT 1 WHERE 0",
]


def check(old, new):
    for query in QUERIES:
        equal(old.good(query).rstrip("\n"), new.good(query).rstrip("\n"))
    old.good("CREATE TABLE t (a UInt32, s String, n Nullable(Int8)) ENGINE = MergeTree ORDER BY a")
    old.good("INSERT INTO t VALUES (1, 'x', NULL), (2, 'y', 3)")
    old.good("INSERT INTO t FORMAT CSV", data="3,z,4\n")
    old.good("INSERT INTO t SELECT 4, 'w', 5")
    rows = "1\tx\t\\N\n2\ty\t3\n3\tz\t4\n4\tw\t5\n"
    equal(old.good("SELECT * FROM t ORDER BY a"), rows)
    equal(new.good("SELECT * FROM t ORDER BY a"), rows)
    equal(old.good("SELECT number FROM numbers(300000)"), new.good("SELECT number FROM numbers(300000)"))
    equal(old.good("SELECT 1; SELECT 2;", "--multiquery"), "1\n2\n")
    equal(old.good("SELECT value FROM system.settings WHERE name = 'max_threads'", "--max_threads=3"), "3\n")
    table = ["--external", "--file=-", "--name=e", "--structure=a UInt8, b String"]
    for client in (old, new):
        equal(client.good("SELECT sum(a), max(b) FROM e", *table, data="1\tx\n2\ty\n"), "3\ty\n")
    for query in ("SELECT * FROM nowhere", "SELECT nothing", "SELECT 1 FROM t WHERE"):
        (_, old_status, old_said), (_, new_status, new_said) = old.ask(query), new.ask(query)
        equal(old_status, new_status)
        assert "DB::Exception" in old_said and "DB::Exception" in new_said, (old_said, new_said)
    equal(old.ask("SELECT * FROM nowhere")[1], 60)
    old.good("DROP TABLE t")


with tempfile.TemporaryDirectory() as folder, running() as server:
    program, environment = unpack(folder)
    old = Client([program], environment, server)
    assert "18.16" in old.good("SELECT 1", "--version")
    for compression in ("0", "1"):
        new = Client([sys.argv[1], "client", "--compression", compression], dict(os.environ, HOME=folder), server)
        check(Client([program, "--compression", compression], environment, server), new)
