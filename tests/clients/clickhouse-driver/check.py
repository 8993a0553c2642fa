"""clickhouse-driver over the native protocol."""

import datetime
import decimal
import uuid

from clickhouse_driver import Client, errors
from server import equal, running

COLUMNS = """a UInt32, b Nullable(String), c LowCardinality(String), d DateTime64(3, 'Europe/Berlin'),
e Array(Nullable(Int8)), f Decimal(18, 3), g UUID, h Tuple(UInt8, String), i Enum8('x' = 1, 'y' = 2), j Date"""
ROW = (
    1, None, "lc", datetime.datetime(2020, 1, 1, 1, 2, 3, 4000), [1, None], decimal.Decimal("1.250"),
    uuid.UUID(int=7), (1, "z"), "y", datetime.date(2020, 2, 3),
)


def values(client):
    client.execute(f"CREATE TABLE t ({COLUMNS}) ENGINE = MergeTree ORDER BY a")
    equal(client.execute("SELECT * FROM t", with_column_types=True)[0], [])
    equal(client.execute("INSERT INTO t VALUES", [ROW] * 1000), 1000)
    [row] = client.execute("SELECT * FROM t LIMIT 1")
    equal(row[3].isoformat(), "2020-01-01T01:02:03.004000+01:00")
    equal(row[:3] + row[4:], ROW[:3] + ROW[4:])
    equal(client.execute("SELECT %(x)s", {"x": "a'b\n"}), [("a'b\n",)])
    client.execute("DROP TABLE t")


def many_rows(client):
    client.execute("CREATE TABLE many (a UInt64, b String) ENGINE = MergeTree ORDER BY a")
    client.execute("INSERT INTO many VALUES", ((number, str(number)) for number in range(100_000)))
    equal(client.execute("SELECT count(), uniqExact(b) FROM many"), [(100_000, 100_000)])
    rows = client.execute_iter("SELECT number, toString(number) FROM numbers(300000)")
    equal(sum(1 for _ in rows), 300_000)
    client.execute("DROP TABLE many")


def failures(client):
    for query, code in [("SELECT nothing", 47), ("SELECT * FROM nothing", 60), ("SELEC", 62)]:
        try:
            client.execute(query)
            raise AssertionError(query)
        except errors.ServerException as error:
            equal(error.code, code)
        equal(client.execute("SELECT 2"), [(2,)])
    rows = client.execute_iter("SELECT number FROM numbers(10000000000)")
    next(rows)
    client.cancel()
    equal(client.execute("SELECT 5"), [(5,)])


def tables_of_the_client(client):
    table = {"name": "sent", "structure": [("x", "Int32"), ("y", "Array(Int32)")], "data": [{"x": 1, "y": [2]}]}
    equal(client.execute("SELECT * FROM sent", external_tables=[table]), [(1, [2])])
    client.execute("CREATE TEMPORARY TABLE own (a UInt8)")
    client.execute("INSERT INTO own VALUES", [(1,)])
    equal(client.execute("SELECT * FROM own"), [(1,)])


with running() as server:
    for compression in (False, "lz4", "zstd"):
        client = Client(server.host, port=server.tcp, compression=compression)
        for check in (values, many_rows, failures, tables_of_the_client):
            check(client)
        client.disconnect()
