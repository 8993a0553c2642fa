"""dbt with its ClickHouse adapter: seeds, a view, tables, an incremental model, tests and a snapshot, twice."""

import os
import subprocess
import sys
import tempfile

import clickhouse_connect
from server import equal, running

FILES = {
    "dbt_project.yml": """
name: small
version: "1.0"
profile: small
seeds: {small: {+column_types: {day: Date}}}
""",
    "profiles.yml": """
small:
  target: dev
  outputs:
    dev: {type: clickhouse, schema: small, host: 127.0.0.1, port: PORT, driver: DRIVER, user: default, password: ""}
""",
    "seeds/goods.csv": "id,name,price,day\n1,apple,1.5,2020-01-01\n2,pear,2.5,2020-01-02\n3,plum,,2020-01-03\n",
    "models/cheap.sql": "select id, name, price from {{ ref('goods') }} where price < 2 or price is null",
    "models/by_day.sql": """{{ config(materialized='table', engine='MergeTree()', order_by='day') }}
select day, count() as n, sum(price) as total from {{ ref('goods') }} group by day""",
    "models/all_days.sql": """{{ config(materialized='incremental', order_by='id', unique_key='id') }}
select id, day, name from {{ ref('goods') }}
{% if is_incremental() %} where id > 1 {% endif %}""",
    "models/appended.sql": """{{ config(materialized='incremental', order_by='id', incremental_strategy='append') }}
select id, name from {{ ref('goods') }}""",
    "models/models.yml": """
models:
  - name: all_days
    description: All of the days
    columns:
      - {name: id, description: The number of the good, data_tests: [unique, not_null]}
  - name: cheap
    columns: [{name: name, data_tests: [{accepted_values: {values: [apple, plum]}}]}]
""",
    "snapshots/goods.sql": """{% snapshot goods_before %}
{{ config(target_schema='small', unique_key='id', strategy='check', check_cols=['name', 'price']) }}
select * from {{ ref('goods') }}
{% endsnapshot %}""",
}


def project(folder, **values):
    for path, text in FILES.items():
        os.makedirs(os.path.dirname(f"{folder}/{path}"), exist_ok=True)
        for name, value in values.items():
            text = text.replace(name, str(value))
        with open(f"{folder}/{path}", "w") as file:
            file.write(text)


def dbt(folder, *words):
    command = [os.path.dirname(sys.executable) + "/dbt", "--no-use-colors", *words, "--profiles-dir", ".", "--threads", "1"]
    subprocess.run(command, cwd=folder, check=True, env=os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"})


def tried(server, driver, port):
    client = clickhouse_connect.get_client(host=server.host, port=server.http)
    with tempfile.TemporaryDirectory() as folder:
        project(folder, PORT=port, DRIVER=driver)
        dbt(folder, "build")
        dbt(folder, "build")
        dbt(folder, "docs", "generate")
    equal(client.query("SELECT id, name FROM small.cheap ORDER BY id").result_rows, [(1, "apple"), (3, "plum")])
    equal(client.command("SELECT count(), sum(total) FROM small.by_day"), ["3", "4"])
    equal(client.command("SELECT count() FROM small.all_days"), 3)
    equal(client.command("SELECT count() FROM small.appended"), 6)
    equal(client.command("SELECT count() FROM small.goods_before WHERE dbt_valid_to IS NULL"), 3)
    client.command("DROP DATABASE small")


with running() as server:
    tried(server, "http", server.http)
    tried(server, "native", server.tcp)
