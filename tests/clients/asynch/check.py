"""asynch over the native protocol."""

import asyncio
import datetime

import asynch
from asynch.errors import ServerException
from server import equal, running


async def ask(connection, query):
    async with connection.cursor() as cursor:
        await cursor.execute(query)
        return await cursor.fetchall()


async def check(server, compression):
    dsn = f"clickhouse://default:@{server.host}:{server.tcp}/default{compression}"
    async with asynch.Connection(dsn=dsn) as connection:
        async with connection.cursor() as cursor:
            await cursor.execute("DROP TABLE IF EXISTS t")
            await cursor.execute("CREATE TABLE t (a UInt32, b Nullable(String), d DateTime) ENGINE = MergeTree ORDER BY a")
            rows = [(number, None, datetime.datetime(2020, 1, 1)) for number in range(1000)]
            await cursor.execute("INSERT INTO t (a, b, d) VALUES", rows)
        equal(await ask(connection, "SELECT count(), count(b) FROM t"), [(1000, 0)])
        equal(await ask(connection, "SELECT * FROM t WHERE a > 5000"), [])
        equal(len(await ask(connection, "SELECT number FROM numbers(200000)")), 200_000)
        try:
            await ask(connection, "SELECT nothing")
            raise AssertionError("an unknown name")
        except ServerException as error:
            equal(error.code, 47)


with running() as server:
    for compression in ("", "?compression=lz4", "?compression=zstd"):
        asyncio.run(check(server, compression))
