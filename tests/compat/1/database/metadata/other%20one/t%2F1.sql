CREATE TABLE `other one`.`t/1` UUID '96df8194-0bf3-4eb6-8311-2adcdc8b6dbb'
(
    `a b` UInt8,
    `p` String
)
ENGINE = MergeTree
PARTITION BY p
ORDER BY `a b`
SETTINGS index_granularity = 8192
