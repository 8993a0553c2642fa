#!/usr/bin/env python3
"""OPTIMIZE FINAL of many parts, beside ClickHouse in process (chdb), in one run over the same rows.

  merge_beside_chdb.py GRISTMILL_BINARY [ROWS [PARTS]]        needs chdb from PyPI

A table of a UInt64 key, a string and a number is filled by PARTS inserts whose keys interleave, 1,000,000 rows in 100
parts if nothing else is said. Nothing merges in the background (`max_bytes_to_merge_at_max_space_in_pool` = 1; OPTIMIZE
FINAL does not ask for it), so both merge all parts at once, each on one thread. Gristmill makes every part durable; chdb
does not by default, and is measured with fsync as well. chdb is measured before and after Gristmill and the better round
counts; Gristmill has two rounds, too. What is there after the merge is compared.
"""
import sys
import time

from chdb import session

from beside import DURABLE, NO_BACKGROUND, Server

ROUNDS = 2
# Neighbouring numbers become keys far apart, each key once.
KEY = "(number * 2654435761) % 4294967296"
ANSWER = "SELECT count(), sum(id), sum(value), sum(length(name)), sum(id * value % 1000003) FROM t"


def measure(query, rows, parts, settings):
    """Rows a second of all inserts and of the merge, and what is in the table."""
    query(f"CREATE TABLE t (id UInt64, name String, value UInt32) ENGINE = MergeTree ORDER BY id SETTINGS {settings}")
    start = time.perf_counter()
    for part in range(parts):
        first, end = rows * part // parts, rows * (part + 1) // parts
        query(f"INSERT INTO t SELECT {KEY}, concat('name ', toString(number % 1000)), number "
              f"FROM numbers({first}, {end - first})")
    inserted = time.perf_counter()
    count = "SELECT count() FROM system.parts WHERE table = 't' AND active"
    before = query(count)
    began = time.perf_counter()
    query("OPTIMIZE TABLE t FINAL")
    merged = time.perf_counter()
    if (before, query(count)) != (str(parts), "1"):
        sys.exit(f"{before} parts became {query(count)}")
    answer = query(ANSWER)
    query("DROP TABLE t")
    return rows / (inserted - start), rows / (merged - began), answer


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    binary = sys.argv[1]
    rows, parts = (int(text) for text in (sys.argv[2:4] + ["1000000", "100"][len(sys.argv) - 2:]))
    connection = session.Session()
    connection.query("CREATE DATABASE d ENGINE = Atomic")
    connection.query("USE d")

    def chdb(text):
        return connection.query(text, "TSV").bytes().decode().strip()

    figures = {"chdb": [], "chdb with fsync": [], "Gristmill": []}

    def chdb_round():
        figures["chdb"].append(measure(chdb, rows, parts, NO_BACKGROUND))
        figures["chdb with fsync"].append(measure(chdb, rows, parts, NO_BACKGROUND + DURABLE))

    chdb_round()
    server = Server(binary)
    try:
        for _ in range(ROUNDS):
            figures["Gristmill"].append(measure(server.query, rows, parts, NO_BACKGROUND))
    finally:
        server.stop()
    chdb_round()

    if len({answer for rounds in figures.values() for *_, answer in rounds}) != 1:
        sys.exit(f"the tables differ: {figures}")
    print(f"{rows} rows in {parts} parts\n\n| | inserts, rows/s | OPTIMIZE FINAL, rows/s | the other round |\n|---|---|---|---|")
    for name, rounds in figures.items():
        merges = sorted(merge for _, merge, _ in rounds)
        inserts = max(insert for insert, *_ in rounds)
        print(f"| {name} | {inserts:.0f} | {merges[-1]:.0f} | {merges[0]:.0f} |")


main()
