"""clickhouse-connect over HTTP: rows, pandas, Arrow, asyncio."""

import asyncio
import datetime
import decimal
import gzip
import uuid

import clickhouse_connect
import pandas
from clickhouse_connect.driver.exceptions import DatabaseError
from server import equal, running

ROW = [
    1, None, "lc", datetime.datetime(2020, 1, 1, 1, 2, 3, 4000, datetime.timezone.utc), [1, None],
    decimal.Decimal("1.250"), uuid.UUID(int=7), (1, "z"), "y", datetime.date(2020, 2, 3),
]


def values(client):
    client.command("""CREATE TABLE t (a UInt32, b Nullable(String), c LowCardinality(String),
        d DateTime64(3, 'Europe/Berlin'), e Array(Nullable(Int8)), f Decimal(18, 3), g UUID, h Tuple(UInt8, String),
        i Enum8('x' = 1, 'y' = 2), j Date) ENGINE = MergeTree ORDER BY a""")
    equal(client.query("SELECT * FROM t").result_rows, [])
    client.insert("t", [ROW] * 1000)
    equal(list(client.query("SELECT * FROM t LIMIT 1").result_rows[0]), ROW)
    asked = client.query("SELECT {x:String}, {n:Nullable(Int8)}", parameters={"x": "a'b\n", "n": None})
    equal(asked.result_rows, [("a'b\n", None)])
    client.command("DROP TABLE t")


def many_rows(client):
    client.command("CREATE TABLE many (n Int64, s String, d DateTime) ENGINE = MergeTree ORDER BY n")
    numbers = range(200_000)
    day = datetime.datetime(2020, 1, 1)
    columns = [list(numbers), [str(number) for number in numbers], [day] * len(numbers)]
    client.insert("many", columns, column_oriented=True)
    client.insert_df("many", pandas.DataFrame({"n": [1], "s": ["a"], "d": [pandas.Timestamp(day)]}))
    body = gzip.compress(b'1,"a","2020-01-01 00:00:00"\n')
    client.raw_insert("many", ["n", "s", "d"], body, fmt="CSV", compression="gzip")
    equal(len(client.query("SELECT * FROM many").result_rows), 200_002)
    equal(len(client.query_df("SELECT * FROM many")), 200_002)
    with client.query_row_block_stream("SELECT * FROM many") as blocks:
        equal(sum(len(block) for block in blocks), 200_002)
    with client.query_arrow_stream("SELECT * FROM many") as batches:
        equal(sum(len(batch) for batch in batches), 200_002)
    client.command("DROP TABLE many")


def failures(client):
    late = "SELECT throwIf(number = 9000000), number FROM numbers(10000000)"
    for query, code in [("SELECT nothing", 47), ("SELECT * FROM nothing", 60), (late, 395)]:
        try:
            client.query(query)
            raise AssertionError(query)
        except DatabaseError as error:
            assert f"code: {code}," in str(error), error
    equal(client.query("SELECT 2").result_rows, [(2,)])


def sessions(client):
    client.command("CREATE TEMPORARY TABLE own (a UInt8)")
    client.insert("own", [[1]])
    equal(client.query("SELECT * FROM own").result_rows, [(1,)])


async def without_waiting(server, compress):
    client = await clickhouse_connect.get_async_client(host=server.host, port=server.http, compress=compress)
    equal(len((await client.query("SELECT number FROM numbers(100000)")).result_rows), 100_000)
    await client.command("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
    await client.insert("t", [[1]])
    equal((await client.query("SELECT * FROM t")).result_rows, [(1,)])
    await client.command("DROP TABLE t")
    await client.close()


with running() as server:
    for compress in (False, True, "lz4", "zstd", "gzip"):
        client = clickhouse_connect.get_client(host=server.host, port=server.http, compress=compress)
        for check in (values, many_rows, failures, sessions):
            check(client)
        client.close()
        asyncio.run(without_waiting(server, compress))
