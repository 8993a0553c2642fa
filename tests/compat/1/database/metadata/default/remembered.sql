CREATE TABLE default.remembered UUID '6c7ec150-a91b-4bfd-ac41-7f3593ceb899'
(
    `id` UInt8
)
ENGINE = Memory
