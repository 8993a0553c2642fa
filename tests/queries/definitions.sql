-- What CREATE TABLE keeps.

-- Arrays of more than eight numbers
CREATE TABLE long_defaults
(
    id UInt64,
    v Array(Float32) DEFAULT [0, 0, 0, 0, 0, 0, 0, 0, 7],
    f Array(Float64) DEFAULT [0.5, 1, 2, 3, 4, 5, 6, 7, -8],
    a Array(UInt8) ALIAS [1, 2, 3, 4, 5, 6, 7, 8, 9],
    CONSTRAINT c CHECK v != [9, 9, 9, 9, 9, 9, 9, 9, 9]
)
ENGINE = MergeTree ORDER BY id;
SHOW CREATE TABLE long_defaults;
INSERT INTO long_defaults (id) VALUES (1);
INSERT INTO long_defaults (id, v) SELECT 2, [1, 2, 3, 4, 5, 6, 7, 8, 9];
INSERT INTO long_defaults (id, v) SELECT 3, [9, 9, 9, 9, 9, 9, 9, 9, 9]; -- { serverError VIOLATED_CONSTRAINT }
SELECT id, v, f, a FROM long_defaults ORDER BY id;
DESCRIBE (SELECT [1, 2, 3, 4, 5, 6, 7, 8, 900] AS v);
DESCRIBE TABLE values('v Array(Float32)', ([1, 2, 3, 4, 5, 6, 7, 8, 9]));
DROP TABLE long_defaults;

-- Subqueries
CREATE TABLE subqueries (id UInt64, s UInt8 DEFAULT (SELECT 1)) ENGINE = MergeTree ORDER BY id; -- { serverError THERE_IS_NO_DEFAULT_VALUE }
CREATE TABLE subqueries (id UInt64, s UInt8 MATERIALIZED id IN (SELECT 1)) ENGINE = MergeTree ORDER BY id; -- { serverError THERE_IS_NO_DEFAULT_VALUE }
CREATE TABLE subqueries (id UInt64, s UInt8 ALIAS 1 + (SELECT 1)) ENGINE = MergeTree ORDER BY id; -- { serverError THERE_IS_NO_DEFAULT_VALUE }
CREATE TABLE subqueries (id UInt64, s UInt8 DEFAULT exists(SELECT 1)) ENGINE = MergeTree ORDER BY id; -- { serverError THERE_IS_NO_DEFAULT_VALUE }
CREATE TABLE subqueries (id UInt64, e String EPHEMERAL (SELECT 'a')) ENGINE = MergeTree ORDER BY id; -- { serverError THERE_IS_NO_DEFAULT_VALUE }
CREATE TABLE subqueries (id UInt64) ENGINE = MergeTree ORDER BY id + (SELECT 1); -- { serverError BAD_ARGUMENTS }
CREATE TABLE subqueries (id UInt64) ENGINE = MergeTree PARTITION BY id IN (SELECT 1) ORDER BY id; -- { serverError BAD_ARGUMENTS }
CREATE TABLE subqueries (id UInt64, v Array(Float32), INDEX i (SELECT v) TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id; -- { serverError BAD_ARGUMENTS }
CREATE TABLE subqueries (id UInt64) ENGINE = MergeTree ORDER BY id;
CREATE TABLE in_table (id UInt64) ENGINE = MergeTree ORDER BY id IN subqueries; -- { serverError BAD_ARGUMENTS }
DROP TABLE subqueries;

-- Parameters
SET param_text = 'ab';
SET param_number = 5;
SET param_list = '[1,2]';
SET param_day = '2020-01-01';
CREATE TABLE parameters
(
    id UInt64,
    s String DEFAULT {text:String},
    n UInt8 DEFAULT {number:UInt8},
    a Array(UInt8) DEFAULT {list:Array(UInt8)},
    d Date DEFAULT {day:Date},
    u Nullable(String) DEFAULT {text:Nullable(String)},
    CONSTRAINT c CHECK id < {number:UInt8}
)
ENGINE = MergeTree ORDER BY id % {number:UInt8};
SHOW CREATE TABLE parameters;
INSERT INTO parameters (id) VALUES (1);
INSERT INTO parameters (id) VALUES (7); -- { serverError VIOLATED_CONSTRAINT }
SELECT * FROM parameters;
CREATE TABLE unset (s String DEFAULT {unset:String}) ENGINE = MergeTree ORDER BY tuple(); -- { serverError UNKNOWN_QUERY_PARAMETER }
DROP TABLE parameters;

-- Functions that are not deterministic
CREATE TABLE unstable (id UInt64) ENGINE = MergeTree ORDER BY id + toUnixTimestamp(now()); -- { serverError BAD_ARGUMENTS }
CREATE TABLE unstable (id UInt64) ENGINE = MergeTree PARTITION BY toDate(now()) ORDER BY id; -- { serverError BAD_ARGUMENTS }
CREATE TABLE unstable (id UInt64) ENGINE = MergeTree PARTITION BY id + rand() ORDER BY id; -- { serverError BAD_ARGUMENTS }
CREATE TABLE unstable (id UInt64) ENGINE = MergeTree ORDER BY (id, today()); -- { serverError BAD_ARGUMENTS }
CREATE TABLE unstable (id UInt64) ENGINE = MergeTree ORDER BY id + uptime(); -- { serverError BAD_ARGUMENTS }
CREATE TABLE unstable (s String) ENGINE = MergeTree ORDER BY concat(s, currentUser()); -- { serverError BAD_ARGUMENTS }
CREATE TABLE unstable (s String) ENGINE = MergeTree ORDER BY concat(s, currentDatabase()); -- { serverError BAD_ARGUMENTS }
CREATE TABLE unstable (s String) ENGINE = MergeTree ORDER BY concat(s, version()); -- { serverError BAD_ARGUMENTS }
CREATE TABLE unstable (s String) ENGINE = MergeTree ORDER BY concat(s, timezone()); -- { serverError BAD_ARGUMENTS }
CREATE TABLE unstable (s String) ENGINE = MergeTree ORDER BY concat(s, toString(now64(3))); -- { serverError BAD_ARGUMENTS }
CREATE TABLE unstable (v Array(Float32), INDEX i arrayMap(x -> x + rand(), v) TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError BAD_ARGUMENTS }
CREATE TABLE unstable (id UInt64, t DateTime DEFAULT now(), CONSTRAINT not_later CHECK id <= toUnixTimestamp(now())) ENGINE = MergeTree ORDER BY id;
INSERT INTO unstable (id) SELECT toUnixTimestamp(now()) + 5; -- { serverError VIOLATED_CONSTRAINT }
INSERT INTO unstable (id) SELECT toUnixTimestamp(now());
SELECT count(), max(id) <= toUnixTimestamp(now()) FROM unstable;
DROP TABLE unstable;
