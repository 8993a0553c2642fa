"""ClickHouse itself, as chdb, reading and writing our tables by `remote`."""

import urllib.request

import chdb
from server import equal, running

with running() as server:
    create = b"CREATE TABLE t (a UInt32, b String) ENGINE = MergeTree ORDER BY a"
    urllib.request.urlopen(f"http://{server.host}:{server.http}/", create).read()
    table = f"remote('{server.host}:{server.tcp}', 'default', 't')"

    def ask(query):
        return str(chdb.query(query, "TabSeparated"))

    ask(f"INSERT INTO FUNCTION {table} SELECT number, toString(number) FROM numbers(100000)")
    equal(ask(f"SELECT * FROM {table} ORDER BY a LIMIT 2"), "0\t0\n1\t1\n")
    equal(ask(f"SELECT count(), sum(a) FROM {table} WHERE a > 5"), "99994\t4999949985\n")
