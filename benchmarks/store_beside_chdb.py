#!/usr/bin/env python3
"""The store beside ClickHouse in process (chdb), in one run over the same rows: inserts, merges, look-ups, opening.

  store_beside_chdb.py GRISTMILL_BINARY [ROWS [LOOKUP_ROWS]]        needs chdb, numpy and pyarrow from PyPI

1. INSERT of ROWS rows (1,000,000) of UInt64, String, DateTime, Float64 and Array(Float32) of 128 numbers out of one
   Parquet file, without a vector index, as one INSERT … SELECT FROM file().
2. OPTIMIZE FINAL of the same rows, which came in ten parts.
3. 1,000 look-ups by primary key in a table of LOOKUP_ROWS rows (10,000,000), one statement each: chdb's in process,
   Gristmill's in process (`gristmill local`, its start taken off) and over one HTTP connection.
4. Opening a database of 1,000 parts: `gristmill local` until SELECT count() has been answered.

Gristmill makes every part durable; chdb does not by default, and is measured with fsync as well. chdb is measured before
and after Gristmill and the better round counts; Gristmill has two rounds, too.
"""
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import numpy
import pyarrow
import pyarrow.parquet
from chdb import session

from beside import DURABLE, NO_BACKGROUND, Server

DIMENSIONS = 128
COLUMNS = "id UInt64, name String, at DateTime, value Float64, vec Array(Float32)"
MERGED_PARTS = 10
LOOKUPS = 1000
OPENED_PARTS = 1000
ANSWER = "SELECT count(), sum(id), sum(length(name)), round(sum(value)), round(sum(vec[7])) FROM t"


def write_rows(path, rows):
    """The rows in one file, keys in random order."""
    random_state = numpy.random.default_rng(7)
    batch = 100_000
    schema = pyarrow.schema([
        ("id", pyarrow.uint64()), ("name", pyarrow.string()), ("at", pyarrow.timestamp("s")),
        ("value", pyarrow.float64()), ("vec", pyarrow.list_(pyarrow.float32())),
    ])
    ids = random_state.permutation(rows).astype(numpy.uint64)
    with pyarrow.parquet.ParquetWriter(path, schema, compression="none", use_dictionary=False) as writer:
        for start in range(0, rows, batch):
            some = ids[start:start + batch]
            vectors = random_state.random((len(some), DIMENSIONS), dtype=numpy.float32)
            offsets = numpy.arange(0, vectors.size + 1, DIMENSIONS, dtype=numpy.int32)
            writer.write_table(pyarrow.table([
                pyarrow.array(some), pyarrow.array([f"name {number % 1000}" for number in some]),
                pyarrow.array(1_700_000_000 + some.astype(numpy.int64), pyarrow.timestamp("s")),
                pyarrow.array(random_state.random(len(some))),
                pyarrow.ListArray.from_arrays(offsets, vectors.ravel()),
            ], schema=schema))


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def insert_and_merge(query, file, rows, settings):
    """Seconds of one INSERT and of the merge of ten parts, and what is in the table."""
    columns = f"id, name, at, value, vec FROM file('{file}', 'Parquet')"
    query(f"CREATE TABLE t ({COLUMNS}) ENGINE = MergeTree ORDER BY id SETTINGS {settings}")
    insert = timed(lambda: query(f"INSERT INTO t SELECT {columns}"))
    whole = query(ANSWER)
    query("TRUNCATE TABLE t")
    for part in range(MERGED_PARTS):
        query(f"INSERT INTO t SELECT {columns} WHERE id % {MERGED_PARTS} = {part} "
              "SETTINGS min_insert_block_size_rows = 100000000, min_insert_block_size_bytes = 100000000000")
    count = "SELECT count() FROM system.parts WHERE table = 't' AND active"
    before = int(query(count))
    merge = timed(lambda: query("OPTIMIZE TABLE t FINAL"))
    answer = query(ANSWER)
    if int(query(count)) != 1 or answer != whole:
        sys.exit(f"{before} parts became {query(count)}, {whole} became {answer}")
    query("DROP TABLE t")
    return insert, merge, (before, answer)


def fill_lookups(query, rows):
    query("CREATE TABLE big (id UInt64, value UInt64, name String) ENGINE = MergeTree ORDER BY id")
    query(f"INSERT INTO big SELECT number * 3, number * 7, concat('name ', toString(number % 1000)) FROM numbers({rows})")
    query("OPTIMIZE TABLE big FINAL")


def lookups(rows):
    pick = random.Random(1)
    return [f"SELECT id, value, name FROM big WHERE id = {pick.randrange(rows) * 3}" for _ in range(LOOKUPS)]


def local(binary, path, statements):
    """What `gristmill local` prints, and the seconds until it has ended."""
    command = [binary, "local", "--path", path]
    start = time.perf_counter()
    done = subprocess.run(command, input=";\n".join(statements), capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.strip(), time.perf_counter() - start


def measure_lookups(chdb, binary, rows):
    fill_lookups(chdb, rows)
    server = Server(binary)
    fill_lookups(server.query, rows)
    statements = lookups(rows)

    def ask_all(query):
        answers = []
        seconds = timed(lambda: answers.extend(query(text) for text in statements))
        return seconds, answers

    ask_all(chdb), ask_all(server.query)
    in_chdb, expected = min(ask_all(chdb), ask_all(chdb))
    over_http, found = min(ask_all(server.query), ask_all(server.query))
    server.stop(keep=True)
    start = min(local(binary, server.path, [statements[0]])[1] for _ in range(3))
    printed, all_of_it = min((local(binary, server.path, statements) for _ in range(3)), key=lambda it: it[1])
    server.folder.cleanup()
    chdb("DROP TABLE big")
    if found != expected or printed.splitlines() != expected:
        sys.exit("the look-ups differ")
    return in_chdb, over_http, all_of_it - start


def measure_opening(binary):
    """Seconds until a database of many parts has counted their rows, and the same of an empty one."""
    with tempfile.TemporaryDirectory() as folder:
        create = (f"CREATE TABLE t (id UInt64, name String) ENGINE = MergeTree ORDER BY id SETTINGS {NO_BACKGROUND}")
        insert = "INSERT INTO t SELECT number, toString(number) FROM numbers(100)"
        local(binary, folder, [create] + [insert] * OPENED_PARTS)
        count = ["SELECT count() FROM system.parts WHERE table = 't' AND active", "SELECT count() FROM t"]
        opened = [local(binary, folder, count) for _ in range(3)]
        if opened[0][0].split() != [str(OPENED_PARTS), str(100 * OPENED_PARTS)]:
            sys.exit(f"opened {opened[0][0]}")
        return min(seconds for _, seconds in opened)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    binary = sys.argv[1]
    rows, lookup_rows = (int(text) for text in (sys.argv[2:4] + ["1000000", "10000000"][len(sys.argv) - 2:]))
    connection = session.Session()
    connection.query("CREATE DATABASE d ENGINE = Atomic")
    connection.query("USE d")

    def chdb(text):
        return connection.query(text, "TSV").bytes().decode().strip()

    figures = {"chdb": [], "chdb with fsync": [], "Gristmill": []}
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "rows.parquet"
        write_rows(file, rows)

        def chdb_round():
            figures["chdb"].append(insert_and_merge(chdb, file, rows, NO_BACKGROUND))
            figures["chdb with fsync"].append(insert_and_merge(chdb, file, rows, NO_BACKGROUND + DURABLE))

        chdb_round()
        server = Server(binary, folder)
        for _ in range(2):
            figures["Gristmill"].append(insert_and_merge(server.query, file, rows, NO_BACKGROUND))
        server.stop()
        chdb_round()
    if len({answer for rounds in figures.values() for *_, (_, answer) in rounds}) != 1:
        sys.exit(f"the tables differ: {figures}")
    print(f"{rows} rows\n\n| | INSERT, rows/s | OPTIMIZE FINAL, rows/s | parts merged |\n|---|---|---|---|")
    for name, rounds in figures.items():
        insert, merge = (min(column) for column in list(zip(*rounds))[:2])
        print(f"| {name} | {rows / insert:.0f} | {rows / merge:.0f} | {rounds[0][2][0]} |")
    in_chdb, over_http, in_process = measure_lookups(chdb, binary, lookup_rows)
    print(f"\n{LOOKUPS} look-ups in {lookup_rows} rows\n\n| | seconds | chdb's, of these |\n|---|---|---|")
    for name, seconds in [("chdb", in_chdb), ("Gristmill in process", in_process), ("Gristmill over HTTP", over_http)]:
        print(f"| {name} | {seconds:.3f} | {in_chdb / seconds:.2f} |")
    print(f"\nOpening a database of {OPENED_PARTS} parts and counting: {measure_opening(binary):.2f} s")


main()
