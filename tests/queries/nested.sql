-- Columns called n.a and n.b are one Nested structure.
CREATE TABLE n (k UInt8, n Nested(a UInt8, b String) COMMENT 'hi') ENGINE = MergeTree ORDER BY k;
SHOW CREATE n;
DESCRIBE n;
INSERT INTO n VALUES (1, [1, 2], ['x', 'y']);
INSERT INTO n VALUES (1, [1, 2], ['x']); -- { serverError SIZES_OF_ARRAYS_DONT_MATCH }
INSERT INTO n SELECT 1, [1], ['x', 'y']; -- { serverError SIZES_OF_ARRAYS_DONT_MATCH }
INSERT INTO n (k, `n.a`) VALUES (2, [1, 2, 3]), (3, []);
INSERT INTO n (k, `n`) VALUES (2, [(1, 'a')]); -- { serverError NO_SUCH_COLUMN_IN_TABLE }
SELECT * FROM n ORDER BY k;
SELECT k, a, b FROM n ARRAY JOIN n.a AS a, n.b AS b ORDER BY k, a;

-- Columns that parts lack have the lengths of those that they hold.
ALTER TABLE n ADD COLUMN n.c Array(UInt16);
ALTER TABLE n ADD COLUMN n.d UInt16;
ALTER TABLE n ADD COLUMN n.e Array(String) AFTER n.a;
ALTER TABLE n ADD COLUMN n.f Array(UInt8) DEFAULT [1];
SELECT * FROM n ORDER BY k;
OPTIMIZE TABLE n FINAL;
SELECT * FROM n ORDER BY k;
ALTER TABLE n CLEAR COLUMN n.b;
SELECT k, n.b FROM n ORDER BY k;
ALTER TABLE n DROP COLUMN n.f;
ALTER TABLE n UPDATE `n.a` = [1, 2, 3, 4] WHERE k = 2; -- { serverError UNFINISHED }
KILL MUTATION WHERE NOT is_done FORMAT Null;
ALTER TABLE n UPDATE `n.a` = [7, 8, 9] WHERE k = 2;
SELECT k, n.a FROM n ORDER BY k;

-- They come, go and are called together.
ALTER TABLE n ADD COLUMN m Nested(x UInt8, y UInt8);
ALTER TABLE n ADD COLUMN m Nested(x UInt8, z UInt8); -- { serverError DUPLICATE_COLUMN }
ALTER TABLE n ADD COLUMN m UInt8; -- { serverError DUPLICATE_COLUMN }
ALTER TABLE n ADD COLUMN IF NOT EXISTS m Nested(x UInt8, w UInt8);
ALTER TABLE n ADD COLUMN f Nested(x UInt8, w UInt8) FIRST, ADD COLUMN g Nested(x UInt8, w UInt8) AFTER k;
SHOW CREATE n;
ALTER TABLE n DROP COLUMN m, DROP COLUMN f, DROP COLUMN g;
ALTER TABLE n RENAME COLUMN n.a TO n.aa;
ALTER TABLE n RENAME COLUMN n.aa TO z; -- { serverError BAD_ARGUMENTS }
ALTER TABLE n RENAME COLUMN n.aa TO o.aa; -- { serverError BAD_ARGUMENTS }
ALTER TABLE n RENAME COLUMN n.d TO dd; -- { serverError BAD_ARGUMENTS }
ALTER TABLE n ADD COLUMN y Array(UInt8);
ALTER TABLE n RENAME COLUMN y TO n.y; -- { serverError BAD_ARGUMENTS }
ALTER TABLE n RENAME COLUMN n TO o; -- { serverError NOT_IMPLEMENTED }
ALTER TABLE n MODIFY COLUMN n Nested(aa UInt16); -- { serverError NOT_FOUND_COLUMN_IN_BLOCK }
ALTER TABLE n MODIFY COLUMN n.aa Array(UInt16);
ALTER TABLE n CLEAR COLUMN n;
SELECT * FROM n ORDER BY k;
ALTER TABLE n DROP COLUMN n;
SHOW CREATE n;

-- By their names alone.
CREATE TABLE named (k UInt8, `n.a` Array(UInt8), `n.b` Array(UInt8), `n.c` UInt8, `n.d.x` Array(UInt8)) ENGINE = MergeTree ORDER BY k;
INSERT INTO named VALUES (1, [1], [1, 2], 3, [1]); -- { serverError SIZES_OF_ARRAYS_DONT_MATCH }
INSERT INTO named VALUES (1, [1], [1], 3, [1, 2]); -- { serverError SIZES_OF_ARRAYS_DONT_MATCH }
INSERT INTO named VALUES (1, [1], [1], 3, [2]);
INSERT INTO named (k, `n.b`) VALUES (5, [1, 2]);
SELECT * FROM named ORDER BY k;
CREATE TABLE defaults (k UInt8, `n.a` Array(UInt8) DEFAULT [1, 2], `n.b` Array(UInt8) DEFAULT [3, 4, k], `n.c` Array(UInt8)) ENGINE = MergeTree ORDER BY k;
INSERT INTO defaults (k) VALUES (1); -- { serverError SIZES_OF_ARRAYS_DONT_MATCH }
CREATE TABLE computed (k UInt8, `n.a` Array(UInt8) MATERIALIZED [1, k], `n.b` Array(UInt8)) ENGINE = MergeTree ORDER BY k;
INSERT INTO computed (k) VALUES (1); -- { serverError SIZES_OF_ARRAYS_DONT_MATCH }
INSERT INTO computed VALUES (1, [3, 4]);
SELECT k, n.a, n.b FROM computed;
CREATE TABLE memory (k UInt8, n Nested(a UInt8, b String)) ENGINE = Memory;
INSERT INTO memory VALUES (1, [1, 2], ['x']); -- { serverError SIZES_OF_ARRAYS_DONT_MATCH }
CREATE TABLE alike AS computed;
SHOW CREATE alike;
CREATE TABLE wrong (k UInt8, n Nested()) ENGINE = MergeTree ORDER BY k; -- { serverError EMPTY_DATA_PASSED }
CREATE TABLE wrong (k UInt8, n Nested(UInt8, String)) ENGINE = MergeTree ORDER BY k; -- { serverError SYNTAX_ERROR }
CREATE TABLE wrong (k UInt8, n Nested(a UInt8, a String)) ENGINE = MergeTree ORDER BY k; -- { serverError DUPLICATE_COLUMN }
CREATE TABLE sorted (n Nested(k UInt8, v UInt8) DEFAULT [], z UInt8) ENGINE = MergeTree ORDER BY z;
SHOW CREATE sorted;
CREATE TABLE alone (n Nested(a UInt8, b String)) ENGINE = MergeTree ORDER BY tuple();
INSERT INTO alone VALUES ([1, 2], ['a', 'b']);
ALTER TABLE alone DROP COLUMN n; -- { serverError BAD_ARGUMENTS }
ALTER TABLE alone CLEAR COLUMN n; -- { serverError BAD_ARGUMENTS }
SELECT n.a, n.b FROM alone;
