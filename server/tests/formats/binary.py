#!/usr/bin/env python3
"""Writes the files of the binary formats here from ClickHouse itself, through chdb (pip install chdb)."""
import pathlib
import chdb

FOLDER = pathlib.Path(__file__).parent
FORMATS = ["Native", "RowBinary", "RowBinaryWithNames", "RowBinaryWithNamesAndTypes"]
COLUMNS = {
    "nothing": "NULL",
    "nothings": "[]",
    "bool": "(number = 1)::Bool",
    "bools": "number = 1 ? NULL : (number = 0)::Bool",
    "u8": "toUInt8(number)", "u16": "toUInt16(number * 300)", "u32": "toUInt32(number)", "u64": "toUInt64(number)",
    "i8": "toInt8(-number)", "i16": "toInt16(-number)", "i32": "toInt32(-number)", "i64": "toInt64(-number)",
    "f32": "toFloat32(number / 3)", "f64": "number / 3", "b16": "toBFloat16(number)",
    "s": "repeat('ab', number * 70)", "fs": "toFixedString(toString(number), 3)",
    "d": "toDate(number)", "dt": "toDateTime(number, 'UTC')", "dt64": "toDateTime64(number, 3, 'Europe/Berlin')",
    "n9": "toDecimal32(-number, 2)", "n18": "toDecimal64(number, 3)", "n38": "toDecimal128(-number, 4)",
    "n76": "toDecimal256(number, 5)", "nn": "number = 1 ? NULL : toDecimal32(number, 1)",
    "u": "toUUID(concat('00112233-4455-6677-8899-aabbccddee0', toString(number)))",
    "un": "toUUIDOrNull(number = 1 ? '' : '00112233-4455-6677-8899-aabbccddeeff')",
    "e8": "CAST(number, 'Enum8(\\'x\\' = 0, \\'y\\' = 1, \\'z\\' = 2)')",
    "e16": "CAST(number = 1 ? NULL : 5, 'Nullable(Enum16(\\'x\\' = 5))')",
    "iv": "toIntervalWeek(number)",
    "ns": "number = 1 ? NULL : toString(number)", "nfs": "CAST(number = 1 ? NULL : toString(number), 'Nullable(FixedString(2))')",
    "nu": "number = 1 ? NULL : toUInt32(number)",
    "lc": "toLowCardinality(number = 1 ? '' : 'v')",
    "lcn": "CAST(number = 1 ? NULL : 'v', 'LowCardinality(Nullable(String))')",
    "lcu": "CAST(number, 'LowCardinality(UInt16)')", "lcf": "CAST(toString(number), 'LowCardinality(FixedString(2))')",
    "lcd": "CAST(toDate(number), 'LowCardinality(Nullable(Date))')",
    "a": "range(number)", "aa": "[range(number), []]", "an": "[number, NULL]",
    "alc": "CAST(number = 1 ? [] : ['p', 'q', 'p'], 'Array(LowCardinality(String))')",
    "t": "(number, toString(number))", "tn": "CAST((number, ['x']), 'Tuple(a UInt8, `b c` Array(String))')",
    "te": "tuple()",
    "tl": "CAST((number, 'k', [('l', NULL)]), 'Tuple(UInt8, LowCardinality(String), Array(Tuple(LowCardinality(String), "
          "Nullable(UInt8))))')",
    "m": "map('k', number, 'l', 7)", "ml": "CAST(map('k', 'v'), 'Map(LowCardinality(String), LowCardinality(String))')",
    "ma": "map('x', [number])",
    "mi": "map(number, toDate(number))", "mn": "map(toUUID('00112233-4455-6677-8899-aabbccddeeff'), number = 1 ? NULL : 'v')",
    "ip4": "toIPv4(number * 300)", "ip6": "toIPv6(concat('2001:db8::', toString(number)))",
    "ip4n": "number = 1 ? NULL : toIPv4(number)", "ip6n": "number = 1 ? NULL : toIPv6('::')",
    "d32": "toDate32('1925-01-01') + number", "d32n": "number = 1 ? NULL : toDate32('2300-01-01')",
    "ti": "toTime(number * 40000 - 20000)", "t64": "toTime64(number / 3 - 1, 3)", "tin": "number = 1 ? NULL : toTime(number)",
    "i128": "toInt128(-number) * toInt128('1000000000000000000000')", "u128": "toUInt128(number) - 1 + toUInt128(1)",
    "i256": "toInt256(1 - number) * toInt256('1000000000000000000000000000000000000000000')",
    "u256": "toUInt256(-1) + toUInt256(number)", "i128n": "number = 1 ? NULL : toInt128(number)",
    "a128": "[toInt128(number), toInt128(-1)]",
}
SETTINGS = "SETTINGS allow_suspicious_low_cardinality_types = 1"


def write(case, query):
    for format in FORMATS:
        (FOLDER / f"{case}.{format}").write_bytes(chdb.query(f"{query} FORMAT {format} {SETTINGS}").bytes())


def main():
    for case in ["numbers", "texts", "dates", "composites", "wide", "many", "empty"]:
        structure = (FOLDER / f"{case}.structure").read_text().strip().replace("\\", "\\\\").replace("'", "\\'")
        write(case, f"SELECT * FROM file('{FOLDER}/{case}.TabSeparated', TabSeparated, '{structure}')")
    columns = ", ".join(f"{value} AS {name}" for name, value in COLUMNS.items())
    # What is computed may have anything under NULL; what is read has defaults there.
    format = FORMATS[-1]
    computed = FOLDER / f"types.{format}"
    computed.write_bytes(chdb.query(f"SELECT {columns} FROM numbers(3) FORMAT {format} {SETTINGS}").bytes())
    for other in FORMATS[:-1]:
        read = f"SELECT * FROM file('{computed}', {format}) FORMAT {other} {SETTINGS}"
        (FOLDER / f"types.{other}").write_bytes(chdb.query(read).bytes())


if __name__ == "__main__":
    main()
