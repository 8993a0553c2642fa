"""What the scripts that measure beside chdb share: a Gristmill server of their own, and settings that make both do the same."""
import http.client
import re
import subprocess
import sys
import tempfile

NO_BACKGROUND = "max_bytes_to_merge_at_max_space_in_pool = 1, parts_to_delay_insert = 100000, parts_to_throw_insert = 100000"
DURABLE = ", fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1"


class Server:
    """A Gristmill server on a free port, over a folder that goes with it; `user_files` may be read by `file()`."""

    def __init__(self, binary, user_files=None):
        self.folder = tempfile.TemporaryDirectory()
        self.path = self.folder.name + "/data"
        command = [binary, "server", "--path", self.path, "--http-port", "0", "--tcp-port", "0"]
        command += ["--user-files-path", user_files] if user_files else []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            line = re.sub(r"\x1b\[\d*m", "", line)
            if found := re.search(r"Listening for http://([^:\s]+):(\d+)", line):
                self.connection = http.client.HTTPConnection(found[1], int(found[2]))
            if found := re.search(r"native protocol \(tcp\): [^:\s]+:(\d+)", line):
                self.tcp_port = int(found[1])
            if "Ready for connections." in line:
                return
        sys.exit("the server did not start")

    def query(self, text):
        self.connection.request("POST", "/", text.encode())
        answer = self.connection.getresponse()
        body = answer.read().decode().strip()
        if answer.status != 200:
            sys.exit(f"{text}\n{body}")
        return body

    def stop(self, keep=False):
        """Ends the server; with `keep` its folder stays until the next call."""
        self.process.terminate()
        self.process.wait()
        if not keep:
            self.folder.cleanup()
