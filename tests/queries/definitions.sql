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
