-- The same rows in every text format.

CREATE TABLE t (i Int32, f Float64, s String, n Nullable(String), a Array(UInt8), d Date, t Tuple(UInt8, String)) ENGINE = MergeTree ORDER BY i;
INSERT INTO t VALUES (1, 1.5, 'a,b\t"c"\\d\ne', NULL, [1, 2], '2024-01-02', (1, 'x\'y')), (-2, nan, '', 'null', [], '1970-01-01', (0, ''));
SELECT * FROM t ORDER BY i FORMAT TabSeparated;
SELECT * FROM t ORDER BY i FORMAT TSVWithNames;
SELECT * FROM t ORDER BY i FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM t ORDER BY i FORMAT CSV;
SELECT * FROM t ORDER BY i FORMAT CSVWithNames;
SELECT * FROM t ORDER BY i FORMAT JSONEachRow;
SELECT * FROM t ORDER BY i FORMAT Values;
SELECT * FROM t ORDER BY i FORMAT Vertical;
SELECT i, f, s, n, a, d, t FROM t ORDER BY i FORMAT JSON SETTINGS output_format_write_statistics = 0;
SELECT i, f, s, n, a, d, t FROM t ORDER BY i FORMAT JSONCompact SETTINGS output_format_write_statistics = 0;
SELECT i, s, n, a FROM t ORDER BY i FORMAT PrettyCompact SETTINGS output_format_pretty_color = 0;
SELECT i FROM t WHERE 0 FORMAT TSVWithNames;
SELECT i FROM t WHERE 0 FORMAT JSON SETTINGS output_format_write_statistics = 0;
SELECT * FROM t FORMAT Null;
SELECT 18446744073709551615 AS u, 1.0 AS f, true AS b, 'é' AS s FORMAT JSON SETTINGS output_format_write_statistics = 0;
SELECT 18446744073709551615 AS u, 1.0 AS f, true AS b, toDecimal32(1.50, 2) AS d FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 1;
DROP TABLE t;
