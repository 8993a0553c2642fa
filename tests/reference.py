#!/usr/bin/env python3
"""Writes tests/queries/*.reference from ClickHouse itself, through chdb (pip install chdb).

  tests/reference.py [TOPIC ...]

A file is statements that end with `;`, as in ClickHouse's own tests: `-- { serverError NAME }` behind a statement says
that it must fail with this error. Inline data of other formats than Values ends at an empty line. What a file prints, as TabSeparated, is its reference. Files whose names begin with
`own_` show what we do differently on purpose; their references are written by hand.
"""
import pathlib
import re
import sys

from chdb import session

FOLDER = pathlib.Path(__file__).parent / "queries"
PIECE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|\"[^\"]*\"|`[^`]*`|;|[^;'\"`/-]+|.", re.S)
HINT = re.compile(r"[ \t]*--\s*\{\s*(?:server|client)Error\s+(\w+)\s*\}")
INLINE_DATA = re.compile(r"\s*INSERT\s+INTO\s[^;]*?\sFORMAT\s+(?!Values)\w+\s+\S.*?(?=\n\n|\Z)", re.I | re.S)


def statements(text):
    """Statements, each with the error that it must give."""
    at, start = 0, 0
    while at < len(text):
        bare = re.match(r"(?:\s|--[^\n]*\n)*", text[start:]).end() + start
        data = INLINE_DATA.match(text, bare) if at <= bare else None
        if data and ";" not in data[0].split("FORMAT")[0]:
            yield text[bare:data.end()].strip(), None
            at = start = data.end()
            continue
        piece = PIECE.match(text, max(at, bare))
        if piece is None:
            return
        at = piece.end()
        if piece[0] == ";":
            hint = HINT.match(text, at)
            yield text[bare:at - 1].strip(), hint and hint[1]
            at = start = hint.end() if hint else at


def run(path):
    engine, out, wrong = session.Session(), b"", 0
    for statement, expected in statements(path.read_text()):
        try:
            answer, failure = engine.query(statement, "TabSeparated").bytes(), None
        except Exception as error:  # chdb raises RuntimeError and its subclasses
            answer, failure = b"", str(error)
        name = re.findall(r"\(([A-Z0-9_]+)\)", failure)[-1] if failure else None
        if name != expected:
            wrong += 1
            print(f"{path.name}: {statement[:200]}\n  expected {expected}, got {failure or 'success'}", file=sys.stderr)
        out += answer
    engine.cleanup()
    path.with_suffix(".reference").write_bytes(out)
    return wrong


def main():
    topics = sys.argv[1:] or sorted(path.stem for path in FOLDER.glob("*.sql") if not path.stem.startswith("own_"))
    return int(sum(run(FOLDER / f"{topic}.sql") for topic in topics) > 0)


if __name__ == "__main__":
    sys.exit(main())
