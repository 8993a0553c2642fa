-- Key columns whose values a type would give another meaning or another form.
CREATE TABLE t (d DateTime, e Enum8('a' = 1), b UInt8, c Bool, k UInt32) ENGINE = MergeTree ORDER BY (toHour(d), toString(e), b, c);
ALTER TABLE t MODIFY COLUMN d DateTime('Asia/Tokyo'); -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE t MODIFY COLUMN d UInt32; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE t MODIFY COLUMN e Enum8('z' = 1); -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE t MODIFY COLUMN b Bool; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE t MODIFY COLUMN c UInt8; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
CREATE TABLE r (k UInt32, v UInt8) ENGINE = ReplacingMergeTree(v) ORDER BY k;
ALTER TABLE r MODIFY COLUMN v Bool; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
