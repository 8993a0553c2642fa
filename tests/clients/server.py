"""Starts the server that a client's script is tried against, on free ports and a fresh folder.

Scripts in other languages are run by this one: server.py PROGRAM COMMAND ..., which gets both ports as arguments.
"""

import re
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager


class Server:
    """Where a running server listens."""

    def __init__(self, http, tcp):
        self.host = "127.0.0.1"
        self.http = http
        self.tcp = tcp


@contextmanager
def running():
    """The server whose program is the first argument of the script."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.argv[1], "server", "--path", folder + "/db", "--http-port", "0", "--tcp-port", "0"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            ports, said = {}, ""
            while "Ready for connections." not in said:
                line = process.stderr.readline()
                assert line, "the server ended: " + said
                said += line
                if found := re.search(r"(http://|\(tcp\): )[\d.]+:(\d+)", line):
                    ports["http" if "http" in found[1] else "tcp"] = int(found[2])
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield Server(ports["http"], ports["tcp"])
        finally:
            process.kill()
            process.wait()


def equal(value, expected):
    """Fails with both values where they differ."""
    assert value == expected, f"{value!r} is not {expected!r}"


if __name__ == "__main__":
    with running() as server:
        sys.exit(subprocess.run([*sys.argv[2:], str(server.http), str(server.tcp)]).returncode)
