CREATE TABLE default.nothing UUID 'ad04c84c-cb19-4c30-91ab-eac9d104ee45'
(
    `id` UInt8
)
ENGINE = `Null`
