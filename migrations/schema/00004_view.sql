-- +goose Up

-- The view has a record for each address, made from scans, passive records and records that were given to it. A record
-- is replaced by a row with a higher version; views shows the newest version of each.

CREATE TABLE IF NOT EXISTS {{local "view_versions"}} {{on}}
(
    {{hostColumns}}
    slot            UInt64 COMMENT '0; for records that were not merged with others of the address: their content' CODEC(ZSTD(1)),
    content         UInt64 COMMENT 'hash of the record: tells whether it changed' CODEC(ZSTD(1)),
    version         UInt64 COMMENT 'of the record of this address and slot: the highest counts' CODEC(ZSTD(1)),
    gone            UInt8 COMMENT '1: the record was removed' CODEC(ZSTD(1))
)
ENGINE = {{engine "ReplacingMergeTree" "version" "gone"}}
ORDER BY (addr, slot)
SETTINGS index_granularity_bytes = 1048576, allow_nullable_key = 1
COMMENT 'Consolidated hosts with older versions of them; read views instead';

CREATE TABLE IF NOT EXISTS {{local "view_scripts"}} {{on}}
(
    {{scriptColumns}}
)
ENGINE = {{engine "MergeTree"}}
ORDER BY (script, id, port)
COMMENT 'Results of scripts on consolidated hosts; also of older versions of them: join with views by id';

CREATE TABLE IF NOT EXISTS {{local "view_tops"}} {{on}}
(
    {{topColumns}}
)
ENGINE = {{engine "AggregatingMergeTree"}}
PARTITION BY month
ORDER BY (field, label)
SETTINGS allow_nullable_key = 1
COMMENT 'Numbers of values over all of views and their scripts; sum(count) by (field, label). Made anew whenever the view was changed';

CREATE TABLE IF NOT EXISTS {{local "view_given"}} {{on}}
(
    id     UInt64 COMMENT 'identifies the record' CODEC(ZSTD(1)),
    addr   IPv6 COMMENT 'address of the host' CODEC(ZSTD(1)),
    record String COMMENT 'the record as JSON' CODEC(ZSTD(1)),
    loaded DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when it was stored' CODEC(ZSTD(1))
)
ENGINE = {{engine "MergeTree"}}
ORDER BY (addr, id)
COMMENT 'Records that were given to the view directly (uploads, copies of other views)';

{{distributed "view_versions" "addr"}}
{{distributed "view_scripts" "addr"}}
{{distributed "view_tops" "label"}}
{{distributed "view_given" "addr"}}

CREATE VIEW IF NOT EXISTS views {{on}} AS
SELECT * FROM view_versions FINAL
COMMENT 'Consolidated hosts: a row per address. The columns repeat what is searched and counted most; record holds everything';

CREATE VIEW IF NOT EXISTS view_ports {{on}} AS
SELECT id, addr, starttime, endtime, port, protocol, state, service, tunnel, product, version, extrainfo, devicetype
FROM (SELECT * EXCEPT version FROM views) ARRAY JOIN ports.port AS port, ports.protocol AS protocol, ports.state_state AS state, ports.service_name AS service,
    ports.service_tunnel AS tunnel, ports.service_product AS product, ports.service_version AS version,
    ports.service_extrainfo AS extrainfo, ports.service_devicetype AS devicetype
COMMENT 'Ports of consolidated hosts: a row per address and port; port -1 stands for the host as a whole';

-- Housekeeping.

CREATE TABLE IF NOT EXISTS view_runs {{on}}
(
    started  DateTime64(6, 'UTC') COMMENT 'start of the run; also the version of its records, in microseconds',
    ended    DateTime64(3, 'UTC') COMMENT 'end of the run',
    kind     LowCardinality(String) COMMENT 'full: from everything; update: what had changed; part: from records that a filter chose',
    hosts    UInt64 COMMENT 'records made'
)
ENGINE = {{engine "MergeTree"}}
ORDER BY started
COMMENT 'Runs that made or updated the view, as far as they came to their end';

CREATE TABLE IF NOT EXISTS view_removals {{on}}
(
    id UInt64 COMMENT 'a record, as in views'
)
ENGINE = {{engine "MergeTree"}}
ORDER BY id
COMMENT 'Records that are being deleted; empty unless a deletion was interrupted';

-- +goose Down

DROP TABLE IF EXISTS view_removals {{on}};
DROP TABLE IF EXISTS view_runs {{on}};
DROP VIEW IF EXISTS view_ports {{on}};
DROP VIEW IF EXISTS views {{on}};
{{dropDistributed "view_versions" "view_scripts" "view_tops" "view_given"}}
DROP TABLE IF EXISTS {{local "view_given"}} {{on}};
DROP TABLE IF EXISTS {{local "view_tops"}} {{on}};
DROP TABLE IF EXISTS {{local "view_scripts"}} {{on}};
DROP TABLE IF EXISTS {{local "view_versions"}} {{on}};
