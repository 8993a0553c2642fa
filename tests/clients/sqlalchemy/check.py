"""The SQLAlchemy dialects of clickhouse-sqlalchemy (native) and clickhouse-connect (HTTP)."""

from server import equal, running
from sqlalchemy import MetaData, Table, create_engine, inspect, select, text

with running() as server:
    for url in (
        f"clickhouse+native://default:@{server.host}:{server.tcp}/default",
        f"clickhousedb://default:@{server.host}:{server.http}/default",
    ):
        engine = create_engine(url)
        with engine.connect() as connection:
            connection.execute(text("DROP TABLE IF EXISTS t"))
            connection.execute(text("CREATE TABLE t (a UInt32, b String) ENGINE = MergeTree ORDER BY a"))
            table = Table("t", MetaData(), autoload_with=engine)
            equal(table.columns.keys(), ["a", "b"])
            connection.execute(table.insert(), [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}])
            equal(connection.execute(select(table).order_by(table.c.a)).fetchall(), [(1, "x"), (2, "y")])
        equal(inspect(engine).get_table_names(), ["t"])
