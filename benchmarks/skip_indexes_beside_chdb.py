#!/usr/bin/env python3
"""Filters that skip indexes answer, beside ClickHouse in process (chdb), in one run over the same rows.

  skip_indexes_beside_chdb.py GRISTMILL_BINARY [ROWS]        needs chdb from PyPI

A table of 10,000,000 rows if nothing else is said, ordered by a key that no query asks for: a string that is there once
(bloom_filter), a time that grows with the key (minmax), and a number that is rare (set). Each query is asked REPEATS times
with other constants, on one thread, after one round that is not measured; the median counts. chdb is measured before and
after Gristmill and the better figure is taken; its inserts and merge are made durable as ours are. The answers are
compared.
"""
import json
import statistics
import sys
import time

from chdb import session

from beside import DURABLE, NO_BACKGROUND, Server

REPEATS = 20
INDEXES = ("INDEX by_name name TYPE bloom_filter(0.01) GRANULARITY 1, INDEX by_time time TYPE minmax GRANULARITY 1, "
           "INDEX by_kind kind TYPE set(100) GRANULARITY 1")
# chdb would remember which granules a condition that it has met before is true for.
ONE_THREAD = "SETTINGS max_threads = 1, use_query_condition_cache = 0"


def queries(rows):
    """Per name, the queries with their constants."""
    places = [rows * (2 * number + 1) // (2 * REPEATS) for number in range(REPEATS)]
    name = "concat('user ', toString(cityHash64({})))"
    return {
        "a point by bloom_filter": [
            f"SELECT count(), sum(value) FROM t WHERE name = {name.format(place)}" for place in places],
        "ten points by bloom_filter": [
            "SELECT count(), sum(value) FROM t WHERE name IN ("
            + ", ".join(name.format(place + step) for step in range(10)) + ")" for place in places],
        "a range of 1,000 rows by minmax": [
            f"SELECT count(), sum(value) FROM t WHERE time BETWEEN {place} AND {place + 999}" for place in places],
        "a rare value by set": [
            f"SELECT count(), sum(value) FROM t WHERE kind = {place // 8192 + 1000}" for place in places],
        "the point without indexes": [
            f"SELECT count(), sum(value) FROM t WHERE name = {name.format(place)} {ONE_THREAD}, use_skip_indexes = 0"
            for place in places[:4]],
    }


def load(query, rows, settings):
    """Seconds that the INSERT and the merge into one part take."""
    query(f"CREATE TABLE t (id UInt64, name String, time UInt64, kind UInt32, value UInt32, {INDEXES}) "
          f"ENGINE = MergeTree ORDER BY id SETTINGS {settings}")
    begun = time.perf_counter()
    step = 1_000_000
    for first in range(0, rows, step):
        query("INSERT INTO t SELECT number, concat('user ', toString(cityHash64(number))), number, "
              "if(number % 4096 = 7, intDiv(number, 8192) + 1000, number % 50), number % 1000 "
              f"FROM numbers({first}, {min(step, rows - first)})")
    inserted = time.perf_counter()
    query("OPTIMIZE TABLE t FINAL")
    return inserted - begun, time.perf_counter() - inserted


def measure(query, rows):
    """Per name, the median of the seconds and the answers."""
    figures = {}
    for name, asked in queries(rows).items():
        asked = [text if "SETTINGS" in text else f"{text} {ONE_THREAD}" for text in asked]
        query(asked[0])
        seconds, answers = [], []
        for text in asked:
            begun = time.perf_counter()
            answers.append(query(text))
            seconds.append(time.perf_counter() - begun)
        figures[name] = (statistics.median(seconds), answers)
    return figures


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
    connection = session.Session()
    connection.query("CREATE DATABASE d ENGINE = Atomic")
    connection.query("USE d")

    def chdb(text):
        return connection.query(text, "TSV").bytes().decode().strip()

    loads = {"chdb": load(chdb, rows, NO_BACKGROUND + DURABLE)}
    rounds = [measure(chdb, rows)]
    server = Server(sys.argv[1])
    try:
        loads["Gristmill"] = load(server.query, rows, NO_BACKGROUND)
        ours = measure(server.query, rows)
        sizes = server.query("SELECT name, data_compressed_bytes FROM system.data_skipping_indices")
    finally:
        server.stop()
    rounds.append(measure(chdb, rows))
    sizes_of_chdb = chdb("SELECT name, data_compressed_bytes FROM system.data_skipping_indices")

    print(f"{rows} rows, one thread\n\n| | chdb, ms | Gristmill over HTTP, ms | of chdb's queries/s |\n|---|--:|--:|--:|")
    for name, (seconds, answers) in ours.items():
        if any(round[name][1] != answers for round in rounds):
            sys.exit(f"{name}: the answers differ")
        best = min(round[name][0] for round in rounds)
        print(f"| {name} | {best * 1000:.2f} | {seconds * 1000:.2f} | {best / seconds:.2f} |")
    for at, name in enumerate(["INSERT", "OPTIMIZE FINAL"]):
        theirs, own = loads["chdb"][at], loads["Gristmill"][at]
        print(f"| {name}, s | {theirs:.1f} | {own:.1f} | {theirs / own:.2f} |")
    print("\nbytes of the indexes\n", json.dumps({"Gristmill": sizes, "chdb": sizes_of_chdb}, indent=1))


main()
