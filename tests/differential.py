#!/usr/bin/env python3
"""Random statements to Gristmill and to ClickHouse in process (chdb), which must answer alike.

  tests/differential.py GRISTMILL_BINARY [SECONDS [SEED]]        needs chdb from PyPI

Tables are made, filled, altered, mutated, merged and read; after each statement both say either the same rows or the same
error. The first difference is printed with the statements that led to it, and the exit status is 1. What differs on
purpose (COMPAT.md) is not generated.
"""
import http.client
import random
import re
import subprocess
import sys
import tempfile
import time

from chdb import session

STATEMENTS_PER_TABLE = 40
TYPES = ["UInt8", "Int32", "UInt64", "Float64", "String", "Nullable(Int32)", "Date", "LowCardinality(String)", "Array(UInt8)"]
# Mutations are done when the statement returns; DELETE FROM needs no permission.
SETTINGS = {"mutations_sync": "2", "alter_sync": "2", "lightweight_deletes_sync": "2", "vector_search_with_rescoring": "1"}


class Gristmill:
    def __init__(self, binary):
        self.folder = tempfile.TemporaryDirectory()
        command = [binary, "server", "--path", self.folder.name + "/data", "--http-port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if found := re.search(r"Listening for http://([^:\s]+):(\d+)", re.sub(r"\x1b\[\d*m", "", line)):
                self.connection = http.client.HTTPConnection(found[1], int(found[2]), timeout=60)
                break
        else:
            sys.exit("the server did not start")

    def ask(self, text):
        parameters = "&".join(f"{name}={value}" for name, value in SETTINGS.items())
        self.connection.request("POST", "/?" + parameters, text.encode())
        answer = self.connection.getresponse()
        body = answer.read().decode()
        if answer.status == 200:
            return body
        return "error " + re.findall(r"\(([A-Z0-9_]+)\)", body)[-2 if "(version" not in body else -1]

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


class ClickHouse:
    def __init__(self):
        self.session = session.Session()
        for name, value in SETTINGS.items():
            self.session.query(f"SET {name} = {value}")
        self.session.query("CREATE DATABASE d")
        self.session.query("USE d")

    def ask(self, text):
        try:
            return self.session.query(text, "TabSeparated").bytes().decode()
        except Exception as error:  # chdb raises RuntimeError and its subclasses
            return "error " + re.findall(r"\(([A-Z0-9_]+)\)", str(error))[-1]


class Table:
    """What is known of a table, so that most statements make sense."""

    def __init__(self, pick, number):
        self.pick = pick
        self.name = f"t{number}"
        self.replacing = pick.random() < 0.4
        self.key = ["k"] if pick.random() < 0.7 else ["k", "p"]
        self.columns = {"k": "UInt32", "p": "UInt8", "ver": "UInt16"}
        self.extra = 0
        self.indexes = []
        self.has_vectors = pick.random() < 0.5
        if self.has_vectors:
            self.columns["v"] = "Array(Float32)"
        for _ in range(pick.randrange(4)):
            self.columns[self.new_name()] = pick.choice(TYPES)

    def new_name(self):
        self.extra += 1
        return f"c{self.extra}"

    def create(self):
        columns = ", ".join(f"{name} {kind}" for name, kind in self.columns.items())
        if self.has_vectors and self.pick.random() < 0.8:
            granules = self.pick.choice([1, 4, 100000000])
            columns += (f", INDEX near v TYPE vector_similarity('hnsw', 'L2Distance', 4, 'f32', 8, 64) GRANULARITY {granules}")
        engine = "ReplacingMergeTree(ver)" if self.replacing else "MergeTree"
        partition = "" if self.pick.random() < 0.3 else " PARTITION BY p"
        granularity = self.pick.choice([1, 3, 8, 8192])
        return (f"CREATE TABLE {self.name} ({columns}) ENGINE = {engine}{partition} ORDER BY ({', '.join(self.key)}) "
                f"SETTINGS index_granularity = {granularity}, max_bytes_to_merge_at_max_space_in_pool = 1")

    def free(self):
        """Columns that may change."""
        return [name for name in self.columns if name not in ("k", "p", "ver", "v")]

    def value(self, kind, row="number"):
        number = f"(({row} * {self.pick.randrange(1, 50)} + {self.pick.randrange(50)}) % {self.pick.choice([3, 7, 40])})"
        return {
            "String": f"toString({number})", "LowCardinality(String)": f"toString({number})",
            "Nullable(Int32)": f"if({number} % 3 = 0, NULL, {number})", "Date": f"toDate('2024-01-01') + {number}",
            "Array(UInt8)": f"range({number} % 5)", "Float64": f"{number} / 4",
        }.get(kind, number)

    def constant(self, kind):
        number = self.pick.randrange(40)
        return {
            "String": f"'{number}'", "LowCardinality(String)": f"'{number}'", "Date": f"toDate('2024-01-01') + {number}",
            "Array(UInt8)": f"[{number}, 1]", "Float64": f"{number} / 4",
            "Nullable(Int32)": self.pick.choice(["NULL", str(number)]),
        }.get(kind, str(number))

    def condition(self, depth=0):
        name = self.pick.choice([name for name in self.columns if name != "v"])
        kind = self.columns[name]
        roll = self.pick.random()
        if depth < 2 and roll < 0.25:
            return f"({self.condition(depth + 1)} {self.pick.choice(['AND', 'OR'])} {self.condition(depth + 1)})"
        if depth < 2 and roll < 0.32:
            return f"NOT ({self.condition(depth + 1)})"
        if kind == "Array(UInt8)":
            return self.pick.choice([f"has({name}, {self.pick.randrange(5)})", f"length({name}) > {self.pick.randrange(4)}"])
        if kind.endswith("String)") or kind == "String":
            text = str(self.pick.randrange(40))
            return self.pick.choice([f"{name} = '{text}'", f"{name} LIKE '%{text}%'", f"startsWith({name}, '{text}')",
                                     f"{name} IN ('{text}', '3')", f"{name} > '{text}'"])
        constant = self.constant(kind)
        if constant == "NULL":
            return f"{name} IS {self.pick.choice(['', 'NOT '])}NULL"
        return self.pick.choice([f"{name} = {constant}", f"{name} < {constant}", f"{name} >= {constant}",
                                 f"{name} != {constant}", f"{name} IN ({constant}, {self.constant(kind).replace('NULL', '5')})",
                                 f"{name} BETWEEN {self.constant(kind).replace('NULL', '1')} AND {constant}"])

    def insert(self):
        names = list(self.columns)
        if self.free() and self.pick.random() < 0.3:
            names.remove(self.pick.choice(self.free()))
        rows, offset = self.pick.choice([1, 5, 30, 200]), self.pick.randrange(60)
        values = []
        for name in names:
            row = f"(number + {offset})"
            vector = f"arrayMap(i -> ({row} * (i + {self.pick.randrange(2, 9)}) * 7919) % 101 / 8, range(4))"
            values.append({"v": vector, "k": f"({row} * 7) % 50", "p": f"{row} % 3"}.get(name) or self.value(self.columns[name], row))
        cast = [f"CAST({value}, '{self.columns[name]}')" for name, value in zip(names, values)]
        return f"INSERT INTO {self.name} ({', '.join(names)}) SELECT {', '.join(cast)} FROM numbers({rows})"

    def statement(self):
        """One statement, and what to do to what is known if it succeeds."""
        pick, name = self.pick, self.name
        free = self.free()
        nothing = lambda: None
        choices = [
            (6, lambda: (self.insert(), nothing)),
            (1, lambda: (f"OPTIMIZE TABLE {name} FINAL", nothing)),
            (2, lambda: (f"DELETE FROM {name} WHERE {self.condition()}", nothing)),
            (1, lambda: (f"ALTER TABLE {name} DELETE WHERE {self.condition()}", nothing)),
            (1, lambda: (f"ALTER TABLE {name} {pick.choice(['DETACH', 'ATTACH', 'DROP'])} PARTITION {pick.randrange(3)}", nothing)),
            (2, self.add_column), (1, self.add_index),
        ]
        if free:
            choices += [(2, self.update), (1, self.drop_column), (1, self.rename_column), (1, self.modify_column),
                        (1, self.clear_column), (1, self.materialize_column)]
        if self.indexes:
            choices += [(1, self.change_index)]
        weights, makers = zip(*choices)
        return pick.choices(makers, weights)[0]()

    def update(self):
        column = self.pick.choice(self.free())
        if self.has_vectors and self.pick.random() < 0.3:
            moved = f"arrayMap(x -> CAST(x + {self.pick.randrange(9)}, 'Float32'), v)"
            return f"ALTER TABLE {self.name} UPDATE v = {moved} WHERE {self.condition()}", lambda: None
        value = f"CAST({self.value(self.columns[column], 'k')}, '{self.columns[column]}')"
        return f"ALTER TABLE {self.name} UPDATE {column} = {value} WHERE {self.condition()}", lambda: None

    def add_column(self):
        new, kind = self.new_name(), self.pick.choice(TYPES)
        default = f" DEFAULT {self.value(kind, 'k')}" if self.pick.random() < 0.4 else ""
        place = self.pick.choice(["", " FIRST", f" AFTER {self.pick.choice(list(self.columns))}"])
        return f"ALTER TABLE {self.name} ADD COLUMN {new} {kind}{default}{place}", lambda: self.columns.update({new: kind})

    def drop_column(self):
        column = self.pick.choice(self.free())
        return f"ALTER TABLE {self.name} DROP COLUMN {column}", lambda: self.columns.pop(column)

    def rename_column(self):
        # Sometimes a name that a dropped column had.
        column, new = self.pick.choice(self.free()), self.pick.choice([self.new_name(), f"c{self.pick.randrange(1, self.extra + 1)}"])
        return f"ALTER TABLE {self.name} RENAME COLUMN {column} TO {new}", lambda: self.columns.update({new: self.columns.pop(column)})

    def modify_column(self):
        column = self.pick.choice(self.free())
        wider = {"UInt8": "UInt64", "Int32": "Int64", "Date": "String", "UInt64": "Float64", "LowCardinality(String)": "String"}
        kind = wider.get(self.columns[column], self.columns[column])
        if kind == "Int64":
            kind = "Float64"
        return f"ALTER TABLE {self.name} MODIFY COLUMN {column} {kind}", lambda: self.columns.update({column: kind})

    def clear_column(self):
        return f"ALTER TABLE {self.name} CLEAR COLUMN {self.pick.choice(self.free())}", lambda: None

    def materialize_column(self):
        return f"ALTER TABLE {self.name} MATERIALIZE COLUMN {self.pick.choice(self.free())}", lambda: None

    def add_index(self):
        column = self.pick.choice([name for name in self.columns if name != "v"])
        kinds = ["minmax", "set(0)", "set(5)", "bloom_filter", "bloom_filter(0.1)"]
        if self.columns[column] == "String":
            kinds += ["ngrambf_v1(2, 256, 2, 0)", "tokenbf_v1(256, 2, 0)"]
        self.extra += 1
        index = f"i{self.extra}"
        text = (f"ALTER TABLE {self.name} ADD INDEX {index} {column} TYPE {self.pick.choice(kinds)} "
                f"GRANULARITY {self.pick.choice([1, 2, 4])}")
        return text, lambda: self.indexes.append(index)

    def change_index(self):
        index = self.pick.choice(self.indexes)
        verb = self.pick.choice(["MATERIALIZE", "MATERIALIZE", "CLEAR", "DROP"])
        done = (lambda: self.indexes.remove(index)) if verb == "DROP" else (lambda: None)
        return f"ALTER TABLE {self.name} {verb} INDEX {index}", done

    def questions(self):
        every = f"SELECT {', '.join(self.columns)} FROM {self.name}"
        order = f" ORDER BY {', '.join(self.columns)}"
        yield every + order
        for _ in range(2):
            yield f"{every} WHERE {self.condition()}{order}"
        if self.replacing:
            yield f"{every} FINAL WHERE {self.condition()}{order}"
            yield f"SELECT count(), sum(k) FROM {self.name} FINAL"
        yield f"SELECT count() FROM {self.name} WHERE {self.condition()}"

    def searches(self):
        """Nearest neighbours by their distances alone: rows at the same distance may come in any order."""
        if not self.has_vectors:
            return
        for final in ["", " FINAL"] if self.replacing else [""]:
            for where in ["", f" WHERE {self.condition()}"]:
                numbers = ", ".join(str(self.pick.randrange(100) / 8) for _ in range(4))
                distance = f"L2Distance(v, [{numbers}])"
                yield (f"SELECT round({distance}, 3) FROM {self.name}{final}{where} ORDER BY {distance} "
                       f"LIMIT {self.pick.choice([1, 3, 10, 50])}")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    print(f"seed {seed}", flush=True)
    pick = random.Random(seed)
    ours, theirs = Gristmill(sys.argv[1]), ClickHouse()
    end, tables, count = time.monotonic() + seconds, 0, 0
    try:
        while time.monotonic() < end:
            tables += 1
            table = Table(pick, tables)
            history = []

            def both(text, exactly=""):
                history.append(text)
                found, expected = ours.ask(text), theirs.ask(text + exactly)
                if found != expected:
                    print(";\n".join(history) + f";\n-- ours:\n{found[:3000]}\n-- ClickHouse's:\n{expected[:3000]}")
                    sys.exit(1)
                return not expected.startswith("error ")

            both(table.create())
            for _ in range(STATEMENTS_PER_TABLE):
                text, then = table.statement()
                if both(text):
                    then()
                for question in table.questions():
                    both(question)
                    history.pop()
                for search in table.searches():
                    both(search, " SETTINGS use_skip_indexes = 0")
                    history.pop()
                count += 1
            both(f"DROP TABLE {table.name} SYNC")
    finally:
        ours.stop()
    print(f"{count} statements on {tables} tables, no difference")


main()
