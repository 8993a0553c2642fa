#!/usr/bin/env python3
"""The `ann` benchmark and ClickHouse in process (chdb), in one run over the same data, parameters and queries.

  ann_beside_chdb.py ANN_BINARY BASE.parquet QUERIES.parquet [EF ...]        needs chdb and pyarrow from PyPI

Prints what the binary prints, then chdb's figures. chdb is measured before and after the binary and the better
round counts, so that a change of the machine's load between the two is visible in the spread.
"""
import subprocess
import sys
import time

import pyarrow.parquet as pq
from chdb import session

K = 10
EXACT_QUERIES = 100


def load(connection, base, name, index):
    connection.query(f"CREATE TABLE {name} (id UInt32, embedding Array(Float32) CODEC(NONE){index}) "
                     "ENGINE = MergeTree ORDER BY id")
    start = time.perf_counter()
    connection.query(f"INSERT INTO {name} SELECT id, embedding FROM file('{base}', Parquet) "
                     "SETTINGS max_insert_block_size = 1000000, min_insert_block_size_rows = 1000000")
    return time.perf_counter() - start


def ids(connection, table, vector, settings):
    answer = connection.query(f"SELECT id FROM {table} ORDER BY cosineDistance(embedding, {vector}) LIMIT {K} "
                              f"SETTINGS {settings}", "TSV")
    return [int(line) for line in answer.bytes().split()]


def measure(connection, table, vectors, nearest, settings):
    start = time.perf_counter()
    answers = [ids(connection, table, vector, settings) for vector in vectors]
    rate = len(vectors) / (time.perf_counter() - start)
    found = sum(len(set(got) & set(want[:K])) for got, want in zip(answers, nearest))
    return rate, found / (K * len(vectors))


def best(rounds):
    return max(rate for rate, _ in rounds), rounds[0][1]


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    binary, base, queries = sys.argv[1:4]
    efforts = [int(text) for text in sys.argv[4:]] or [16, 32, 64, 128, 256]
    asked = pq.read_table(queries, columns=["embedding", "nearest"]).to_pylist()
    vectors = ["[" + ",".join(map(repr, row["embedding"])) + "]" for row in asked]
    nearest = [row["nearest"] for row in asked]
    dimensions = len(asked[0]["embedding"])
    connection = session.Session()
    connection.query("CREATE DATABASE d ENGINE = Atomic")
    connection.query("USE d")
    index = f", INDEX ix embedding TYPE vector_similarity('hnsw', 'cosineDistance', {dimensions}, 'bf16', 32, 128)"
    took = {name: load(connection, base, name, text) for name, text in (("plain", ""), ("indexed", index))}

    def round_of(table, setting, count):
        return measure(connection, table, vectors[:count], nearest, setting)

    search = {effort: [round_of("indexed", f"hnsw_candidate_list_size_for_search = {effort}", len(vectors))]
              for effort in efforts}
    exact = [round_of("plain", "max_threads = 1", EXACT_QUERIES)]
    subprocess.run([binary, base, queries, *map(str, efforts)], check=True)
    for effort in efforts:
        search[effort].append(round_of("indexed", f"hnsw_candidate_list_size_for_search = {effort}", len(vectors)))
    exact.append(round_of("plain", "max_threads = 1", EXACT_QUERIES))

    rows = pq.read_metadata(base).num_rows
    print("\nchdb, in process:\n\n| what | figure | recall@10 |\n|---|---|---|")
    for name, seconds in took.items():
        print(f"| insert, {name} | {rows / seconds:.0f} rows/s | |")
    print("| exact search, one thread | {:.0f} queries/s | {:.4f} |".format(*best(exact)))
    for effort in efforts:
        print("| ef {} | {:.0f} queries/s | {:.4f} |".format(effort, *best(search[effort])))


main()
