-- INSERT in its forms.

CREATE TABLE t (a UInt32, b String DEFAULT concat('b', toString(a)), c Int64 MATERIALIZED a * 10, d Int32 ALIAS a + 1, e Nullable(Int8)) ENGINE = MergeTree ORDER BY a;
INSERT INTO t (a) VALUES (1), (2);
INSERT INTO t (a, b) VALUES (3, 'x');
INSERT INTO t VALUES (4, 'y', NULL), (5, DEFAULT, 5);
INSERT INTO t (* EXCEPT (e)) VALUES (6, 'z');
INSERT INTO t (a, b, e) SELECT number + 10, 'sel', number FROM numbers(2);
INSERT INTO t (a) VALUES (1 + 100), (toUInt32('102'));
SELECT a, b, c, d, e FROM t ORDER BY a;
SELECT * FROM t ORDER BY a LIMIT 1;
INSERT INTO t (a, b) FORMAT CSV 20,"q""uote"

SELECT a, b FROM t WHERE a = 20;
INSERT INTO t (a, b) FORMAT TSV 21	tab\\t

SELECT a, b FROM t WHERE a = 21;
INSERT INTO t FORMAT JSONEachRow {"a": 22, "b": "json", "e": null} {"a": 23}

SELECT a, b, e FROM t WHERE a IN (22, 23) ORDER BY a;
INSERT INTO t (c) VALUES (1); -- { serverError ILLEGAL_COLUMN }
INSERT INTO t (nope) VALUES (1); -- { serverError NO_SUCH_COLUMN_IN_TABLE }
INSERT INTO nope VALUES (1); -- { serverError UNKNOWN_TABLE }
INSERT INTO t (a, b) SELECT 1; -- { serverError NUMBER_OF_COLUMNS_DOESNT_MATCH }
INSERT INTO t (a) SELECT 'x'; -- { serverError CANNOT_PARSE_TEXT }
INSERT INTO t SELECT 1 FROM no_such; -- { serverError UNKNOWN_TABLE }
SELECT count() FROM t;

CREATE TABLE p (k UInt8, v String) ENGINE = MergeTree PARTITION BY k ORDER BY v;
INSERT INTO p VALUES (1, 'b'), (2, 'a'), (1, 'a');
SELECT partition, name, rows FROM system.parts WHERE database = currentDatabase() AND table = 'p' AND active ORDER BY name;
SELECT * FROM p ORDER BY k, v;
SELECT count() FROM p WHERE k = 1;
TRUNCATE TABLE p;
SELECT count() FROM p;
DROP TABLE p;

CREATE TABLE arr (id UInt8, v Array(Float32), m Array(Array(Int8)), s Array(String)) ENGINE = MergeTree ORDER BY id;
INSERT INTO arr VALUES (1, [1, 2.5, -3e2], [[1], [], [2, 3]], ['a', 'it''s', 'b\\c']), (2, [], [], []);
INSERT INTO arr FORMAT JSONEachRow {"id": 3, "v": [0.1, 1e10], "m": [[1]], "s": ["x"]}

INSERT INTO arr FORMAT CSV 4,"[1.5,2]","[[1,2]]","['q','r']"

SELECT * FROM arr ORDER BY id;
DROP TABLE arr;
DROP TABLE t;
