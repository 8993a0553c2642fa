"""What real clients feel, beside ClickHouse in process.

python3 benchmarks/clients_beside_chdb.py target/release/gristmill [ROWS]

Needs chdb, clickhouse-driver, clickhouse-connect and numpy. ROWS rows of five columns go through the native protocol into
clickhouse-driver and as Native over HTTP into clickhouse-connect; beside it chdb hands the same rows, as Native in a stream,
to the same library's decoder. Rows are decoded and dropped. Then point queries over a connection kept alive, what a
thousand idle connections hold, and INSERT of a million rows of 128 dimensions by native blocks beside `gristmill local`, which
reads the same blocks from a file.
"""
import http.client
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import chdb
import clickhouse_connect
import clickhouse_driver.context
import clickhouse_driver.streams.native
import numpy
from chdb import session as chdb_session
from clickhouse_connect.driver.query import QueryContext
from clickhouse_connect.driver.transform import NativeTransform
from clickhouse_connect.driverc.buffer import ResponseBuffer
from clickhouse_driver.bufferedreader import BufferedReader
from clickhouse_driver.protocol import ServerPacketTypes

from beside import Server

BINARY = sys.argv[1]
ROWS = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
CREATE = """CREATE TABLE t (id UInt64, name String, price Float64, at DateTime('UTC'), kind UInt32)
    ENGINE = MergeTree ORDER BY id"""
FILL = f"""INSERT INTO t SELECT number, concat('name ', toString(number)), number / 4,
    toDateTime(1600000000 + number % 100000000, 'UTC'), toUInt32(number % 1000) FROM numbers({ROWS})"""
ALL = "SELECT id, name, price, at, kind FROM t"
ROUNDS = 3
POINTS = 3000
IDLE = 1000
VECTORS, DIMENSION, BLOCK = 1_000_000, 128, 50_000
INSERT_ROUNDS = 7
REVISION = 54440


class Chunks(BufferedReader):
    """What clickhouse-driver's decoder reads from, over chunks of bytes."""

    def __init__(self, chunks):
        self.chunks = chunks
        super().__init__(1 << 20)

    def read_into_buffer(self):
        chunk = next(self.chunks, None)
        if chunk is None:
            raise EOFError
        self.buffer = bytearray(chunk)
        self.current_buffer_size = len(chunk)


class Source:
    """What clickhouse-connect's decoder reads from."""

    exception_tag = None
    last_message = None

    def __init__(self, chunks):
        self.gen = chunks

    def close(self):
        pass


def native(session):
    """The result as ClickHouse streams it, in chunks of bytes."""
    with session.send_query(ALL, "Native") as stream:
        for chunk in stream:
            yield chunk.bytes()


def chdb_to_driver(session):
    context = clickhouse_driver.context.Context()
    context.client_settings = {"use_numpy": False, "strings_as_bytes": False, "strings_encoding": "utf8", "quota_key": "",
                               "input_format_null_as_default": False, "namedtuple_as_json": True, "server_side_params": False}
    context.settings = {}

    class Info:
        used_revision = 0

        @staticmethod
        def get_timezone():
            return "UTC"

    context.server_info = Info()
    blocks = clickhouse_driver.streams.native.BlockInputStream(Chunks(native(session)), context)
    rows = 0
    try:
        while True:
            rows += blocks.read().num_rows
    except EOFError:
        return rows


def chdb_to_connect(session):
    result = NativeTransform.parse_response(ResponseBuffer(Source(native(session))), QueryContext())
    with result.column_block_stream as blocks:
        return sum(len(block[0]) for block in blocks)


def driver(client):
    """Blocks as the decoder gives them: `execute` would turn columns into rows, which costs the same with any server."""
    client.connection.send_query(ALL)
    client.connection.send_external_tables(None)
    rows = 0
    while True:
        packet = client.connection.receive_packet()
        if packet.type == ServerPacketTypes.EXCEPTION:
            raise packet.exception
        if packet.type == ServerPacketTypes.END_OF_STREAM:
            break
        if packet.type == ServerPacketTypes.DATA:
            rows += packet.block.num_rows
    return rows


def connect(client):
    with client.query_column_block_stream(ALL) as blocks:
        return sum(len(block[0]) for block in blocks)


def seconds(work, *arguments):
    began = time.perf_counter()
    rows = work(*arguments)
    taken = time.perf_counter() - began
    assert rows == ROWS, f"{work.__name__}: {rows} rows"
    return taken


def streams(server, session):
    native_client = clickhouse_driver.Client("127.0.0.1", port=server.tcp_port)
    native_client.execute("SELECT 1")
    http_client = clickhouse_connect.get_client(host="127.0.0.1", port=server.connection.port, compress=False)
    pairs = [
        ("native to clickhouse-driver", driver, native_client, chdb_to_driver),
        ("HTTP to clickhouse-connect", connect, http_client, chdb_to_connect),
    ]
    for name, ours, client, theirs in pairs:
        times = [(seconds(ours, client), seconds(theirs, session)) for _ in range(ROUNDS)]
        shown = " ".join(f"{ours:.2f}/{theirs:.2f}" for ours, theirs in times)
        ratio = min(theirs for _, theirs in times) / min(ours for ours, _ in times)
        print(f"{name}: Gristmill/chdb seconds {shown}; best of ours has {ratio:.2f} of the rate of chdb's best", flush=True)


def points(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.connection.port)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    stream = connection.sock
    whole, own = [], []
    for place in range(POINTS):
        query = f"SELECT name FROM t WHERE id = {place * 3011 % ROWS}".encode()
        request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(query), query)
        began = time.perf_counter()
        stream.sendall(request)
        answer = stream.recv(65536)
        while b"\r\n0\r\n\r\n" not in answer and not answer.endswith(b"\n"):
            answer += stream.recv(65536)
        whole.append(time.perf_counter() - began)
        head = answer.split(b'"elapsed_ns":"')[1]
        own.append(int(head.split(b'"')[0]) / 1e9)
    beyond = statistics.median(whole[place] - own[place] for place in range(POINTS // 3, POINTS))
    print(f"point query over HTTP: {statistics.median(whole) * 1e6:.0f} us, beyond the engine's own time {beyond * 1e6:.0f} us", flush=True)


def resident(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        [line] = [line for line in status if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def idle(server):
    for name, port, hello in [("HTTP", server.connection.port, None), ("native", server.tcp_port, clickhouse_driver)]:
        before = resident(server)
        held = []
        for _ in range(IDLE):
            if hello:
                client = clickhouse_driver.Client("127.0.0.1", port=port)
                client.execute("SELECT 1")
                held.append(client)
            else:
                connection = http.client.HTTPConnection("127.0.0.1", port)
                connection.request("POST", "/", b"SELECT 1")
                connection.getresponse().read()
                held.append(connection)
        print(f"{IDLE} idle connections of {name}, after a query each: {resident(server) - before:.1f} MB", flush=True)


def varint(number):
    more = b""
    while number > 127:
        more += bytes([number & 127 | 128])
        number >>= 7
    return more + bytes([number])


def text(value):
    return varint(len(value)) + value


def vector_block(first, rows, random):
    """A block of ids and vectors, as a client without flags of serialization sends it."""
    ids = numpy.arange(first, first + rows, dtype="<u8").tobytes()
    ends = (numpy.arange(1, rows + 1, dtype="<u8") * DIMENSION).tobytes()
    values = random.standard_normal((rows, DIMENSION), dtype="f4").tobytes()
    return varint(2) + varint(rows) + text(b"id") + text(b"UInt64") + ids + text(b"vec") + text(b"Array(Float32)") + ends + values


def send_native(server, blocks):
    """Seconds from the INSERT to its end, at a revision before flags of serialization."""
    stream = socket.create_connection(("127.0.0.1", server.tcp_port))
    hello = text(b"x") + varint(1) + varint(1) + varint(REVISION) + text(b"default") + text(b"default") + text(b"")
    stream.sendall(b"\0" + hello)
    stream.recv(65536)
    client = b"\1" + text(b"") + text(b"") + text(b"0.0.0.0:0") + b"\1" + text(b"u") + text(b"h") + text(b"c")
    client += varint(1) + varint(1) + varint(REVISION) + text(b"") + varint(0)
    data = b"\2" + text(b"") + b"\1\0\2\xff\xff\xff\xff\0"
    insert = b"\1" + text(b"") + client + text(b"") + varint(2) + varint(0) + text(b"INSERT INTO v FORMAT Native")
    blocks = [data + block for block in blocks]
    began = time.perf_counter()
    stream.sendall(insert + data + b"\0\0")
    for block in blocks:
        stream.sendall(block)
    stream.sendall(data + b"\0\0")
    answer = b""
    while not answer.endswith(b"\5"):
        more = stream.recv(65536)
        assert more, answer
        answer += more
    return time.perf_counter() - began


def inserts(server):
    random = numpy.random.default_rng(1)
    blocks = [vector_block(first, BLOCK, random) for first in range(0, VECTORS, BLOCK)]
    create = "CREATE TABLE v (id UInt64, vec Array(Float32)) ENGINE = MergeTree ORDER BY id"
    times = []
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/blocks", "wb") as file:
            file.writelines(blocks)
        for turn in range(INSERT_ROUNDS):
            local = [BINARY, "local", "--path", f"{folder}/{turn}", "-q"]
            subprocess.run([*local, create], check=True)
            began = time.perf_counter()
            with open(folder + "/blocks") as file:
                subprocess.run([*local, "INSERT INTO v FORMAT Native"], stdin=file, check=True)
            embedded = time.perf_counter() - began
            server.query(create)
            times.append((embedded, send_native(server, blocks)))
            assert server.query("SELECT count() FROM v") == str(VECTORS)
            server.query("DROP TABLE v SYNC")
    shown = " ".join(f"{embedded:.2f}/{native:.2f}" for embedded, native in times)
    ratio = statistics.median(embedded / native for embedded, native in times)
    print(f"INSERT of vectors: embedded/native seconds {shown}; native has {ratio:.2f} of the embedded rate (median)", flush=True)


server = Server(BINARY)
session = chdb_session.Session()
session.query("CREATE DATABASE IF NOT EXISTS d")
session.query("USE d")
for ask in (server.query, session.query):
    ask(CREATE)
    ask(FILL)
points(server)
idle(server)
streams(server, session)
inserts(server)
server.stop()
