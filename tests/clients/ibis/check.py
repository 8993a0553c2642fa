"""Ibis's ClickHouse backend: tables in and out, expressions, its own catalog queries."""

import ibis
import pandas
from server import equal, running

with running() as server:
    connection = ibis.clickhouse.connect(host=server.host, port=server.http, user="default", password="")
    frame = pandas.DataFrame(
        {
            "id": range(1000),
            "name": [f"name {number % 7}" for number in range(1000)],
            "price": [number / 4 for number in range(1000)],
            "day": pandas.date_range("2020-01-01", periods=1000, freq="D"),
            "maybe": [None if number % 5 == 0 else number for number in range(1000)],
        }
    )
    connection.create_table("goods", frame)
    equal("goods" in connection.list_tables(), True)
    goods = connection.table("goods")
    equal(goods.count().execute(), 1000)
    by_name = goods.group_by("name").agg(n=goods.count(), top=goods.price.max(), known=goods.maybe.count())
    rows = by_name.order_by("name").execute()
    equal(rows["n"].tolist(), [143, 143, 143, 143, 143, 143, 142])
    equal(rows["top"].max(), 249.75)
    equal(int(rows["known"].sum()), 800)
    late = goods.filter(goods.day >= "2022-01-01").mutate(year=goods.day.year(), up=goods.name.upper())
    equal(late.count().execute(), 1000 - 731)
    equal(late.order_by("id").limit(1).execute()[["year", "up"]].values.tolist(), [[2022, "NAME 3"]])
    joined = goods.join(by_name, "name").filter(goods.id < 3).order_by("id")
    equal(joined.execute()["n"].tolist(), [143, 143, 143])
    window = goods.mutate(place=ibis.row_number().over(group_by="name", order_by=ibis.desc("price")))
    equal(window.filter(window.place == 0).count().execute(), 7)
    equal(goods.filter(goods.name.like("%3")).count().execute(), 143)
    equal(len(goods.to_pyarrow()), 1000)
    connection.insert("goods", frame.head(10))
    equal(connection.raw_sql("SELECT count() FROM goods").result_rows, [(1010,)])
    equal(goods.schema()["price"].is_floating(), True)
    connection.create_view("few", goods.limit(3), overwrite=True)
    equal(connection.table("few").count().execute(), 3)
    connection.create_database("other")
    equal("other" in connection.list_databases(), True)
    connection.raw_sql("DROP VIEW few")
    connection.raw_sql("DROP TABLE goods")
    connection.raw_sql("DROP DATABASE other")
    equal(connection.list_tables(), [])
