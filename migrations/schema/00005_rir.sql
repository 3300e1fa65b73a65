-- +goose Up

CREATE TABLE IF NOT EXISTS {{local "rir"}} {{on}}
(
    id          UInt64 COMMENT 'identifies the object' CODEC(ZSTD(1)),
    kind        LowCardinality(String) COMMENT 'inetnum, inet6num or aut-num',
    start       IPv6 COMMENT 'first address; IPv4 addresses are mapped (::ffff:192.0.2.1); :: for aut-num' CODEC(ZSTD(1)),
    stop        IPv6 COMMENT 'last address' CODEC(ZSTD(1)),
    size        UInt256 COMMENT 'number of addresses; 0 for aut-num' CODEC(ZSTD(1)),
    asnum       Int64 COMMENT 'number of the autonomous system; -1 for ranges' CODEC(ZSTD(1)),
    netname     String COMMENT 'name of the range' CODEC(ZSTD(1)),
    country     LowCardinality(String) COMMENT 'as the registry has it; several lines are separated by line feeds',
    as_name     String COMMENT 'name of the autonomous system' CODEC(ZSTD(1)),
    org         String COMMENT 'organisation' CODEC(ZSTD(1)),
    descr       String COMMENT 'description' CODEC(ZSTD(1)),
    remarks     String COMMENT 'remarks' CODEC(ZSTD(1)),
    notify      String COMMENT 'whom to notify' CODEC(ZSTD(1)),
    source_file LowCardinality(String) COMMENT 'name of the dump',
    source_hash LowCardinality(String) COMMENT 'SHA-256 of the dump''s content',
    record      String COMMENT 'the whole object as JSON' CODEC(ZSTD(3)),
    INDEX stop_range stop TYPE minmax GRANULARITY 1
)
ENGINE = {{engine "MergeTree"}}
PARTITION BY source_file
ORDER BY (kind, start, stop, id)
COMMENT 'Objects of the regional internet registries: ranges of addresses and autonomous systems';

{{distributed "rir" "id"}}

-- +goose Down

{{dropDistributed "rir"}}
DROP TABLE IF EXISTS {{local "rir"}} {{on}};
