"""aiochclient over HTTP."""

import asyncio
import datetime
import decimal
import uuid

from aiochclient import ChClient, ChClientError
from aiohttp import ClientSession
from server import equal, running

ROW = (1, None, datetime.datetime(2020, 1, 1), ["a"], decimal.Decimal("1.20"), uuid.UUID(int=7), (1, "x"))


async def check(server, compress):
    async with ClientSession() as session:
        client = ChClient(session, url=f"http://{server.host}:{server.http}", compress_response=compress)
        assert await client.is_alive()
        await client.execute("DROP TABLE IF EXISTS t")
        await client.execute("""CREATE TABLE t (a UInt8, b Nullable(String), c DateTime, d Array(String),
            e Decimal(9, 2), f UUID, g Tuple(UInt8, String)) ENGINE = MergeTree ORDER BY a""")
        await client.execute("INSERT INTO t VALUES", ROW)
        equal([tuple(row.values()) for row in await client.fetch("SELECT * FROM t")], [ROW])
        equal(await client.fetch("SELECT 1 WHERE 0"), [])
        equal(len([row async for row in client.iterate("SELECT number FROM numbers(100000)")]), 100_000)
        try:
            await client.fetch("SELECT nothing")
            raise AssertionError("an unknown name")
        except ChClientError as error:
            assert "Code: 47" in str(error), error


with running() as server:
    for compress in (False, True):
        asyncio.run(check(server, compress))
