#!/usr/bin/env python3
"""Many inserts of 100 rows: one after the other, by many clients, with and without async_insert; and beside chdb.

  async_inserts.py GRISTMILL_BINARY [INSERTS [CLIENTS]]        needs chdb from PyPI

INSERTS (2,000) statements of 100 rows each, by one client and by CLIENTS (16) over HTTP: `async_insert = 0`, then 1 with
`wait_for_async_insert` 1 and 0 (and a flush at the end, which counts). chdb runs in process, has one client, and does not
gather rows: its round is the same statements one after the other, with fsync as Gristmill has it. Shown are rows per
second, and the parts that were made.
"""
import http.client
import sys
import tempfile
import threading
import time

from chdb import session

from beside import DURABLE, NO_BACKGROUND, Server

ROWS = 100
TABLE = "(id UInt64, name String, value Float64) ENGINE = MergeTree ORDER BY id SETTINGS " + NO_BACKGROUND
MADE = "SELECT count() FROM system.parts WHERE active AND table = 't'"


def values(number):
    rows = (f"({number * ROWS + row}, 'name {row}', {row / 7})" for row in range(ROWS))
    return ", ".join(rows)


def insert_all(server, inserts, clients, how):
    """Seconds for all inserts by so many clients."""
    host, port = server.connection.host, server.connection.port
    failures = []

    def work(client):
        connection = http.client.HTTPConnection(host, port)
        for number in range(client, inserts, clients):
            connection.request("POST", "/", f"INSERT INTO t SETTINGS {how} VALUES {values(number)}".encode())
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                failures.append(body.decode())
                return

    threads = [threading.Thread(target=work, args=(client,)) for client in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.query("SYSTEM FLUSH ASYNC INSERT QUEUE")
    if failures:
        sys.exit(failures[0])
    return time.perf_counter() - start


def show(name, inserts, seconds, parts):
    print(f"{name:55} {inserts * ROWS / seconds:12,.0f} rows/s {parts:6} parts")


def gristmill(binary, inserts, clients):
    for how in ("async_insert = 0", "async_insert = 1", "async_insert = 1, wait_for_async_insert = 0"):
        for number in (1, clients):
            server = Server(binary)
            server.query(f"CREATE TABLE t {TABLE}")
            seconds = insert_all(server, inserts, number, how)
            count = int(server.query("SELECT count() FROM t"))
            assert count == inserts * ROWS, count
            show(f"{how}, {number} clients", inserts, seconds, server.query(MADE))
            server.stop()


def chdb(inserts):
    with tempfile.TemporaryDirectory() as folder:
        engine = session.Session(folder)
        engine.query(f"CREATE TABLE t {TABLE}{DURABLE}")
        start = time.perf_counter()
        for number in range(inserts):
            engine.query(f"INSERT INTO t VALUES {values(number)}")
        seconds = time.perf_counter() - start
        parts = str(engine.query(MADE, "TabSeparated")).strip()
        show("chdb, in process, one after the other, fsync", inserts, seconds, parts)
        engine.cleanup()


def main():
    binary = sys.argv[1]
    inserts = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    clients = int(sys.argv[3]) if len(sys.argv) > 3 else 16
    gristmill(binary, inserts, clients)
    chdb(inserts)


if __name__ == "__main__":
    main()
