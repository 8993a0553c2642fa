CREATE VIEW default.shown UUID 'd5e57d88-ea57-41a8-8610-c71faa53a291'
(
    `id` UInt64,
    `name` String
)
AS SELECT id, name FROM default.kinds WHERE id < 3
