-- +goose Up

-- Base tables: a row per host record, a row per script result; written by the loaders only.

CREATE TABLE IF NOT EXISTS {{local "scans"}} {{on}}
(
    {{hostColumns}}
    file            UInt64 COMMENT 'the file that the record came from, see scan_files' CODEC(ZSTD(1))
)
ENGINE = {{engine "MergeTree"}}
PARTITION BY toYYYYMM(endtime)
ORDER BY (addr, id)
SETTINGS index_granularity_bytes = 1048576
COMMENT 'Results of active scans: a row per host and scan. The columns repeat what is searched and counted most; record holds everything';

CREATE TABLE IF NOT EXISTS {{local "scan_scripts"}} {{on}}
(
    {{scriptColumns}}
)
ENGINE = {{engine "MergeTree"}}
PARTITION BY month
ORDER BY (script, id, port)
COMMENT 'Results of scripts (Nmap''s, and everything presented like one): a row per host record, port and script';

-- Derived tables: fed by the materialized views below only.

CREATE TABLE IF NOT EXISTS {{local "scan_tops"}} {{on}}
(
    {{topColumns}}
)
ENGINE = {{engine "AggregatingMergeTree"}}
PARTITION BY month
ORDER BY (field, label)
SETTINGS allow_nullable_key = 1
COMMENT 'Numbers of values over all of scans and scan_scripts; sum(count) by (field, label)';

{{range topViews "scan"}}
CREATE MATERIALIZED VIEW IF NOT EXISTS {{local .Name}} {{on}} TO {{local "scan_tops"}} AS
{{.Select}};
{{end}}

{{distributed "scans" "addr"}}
{{distributed "scan_scripts" "addr"}}
{{distributed "scan_tops" "label"}}

CREATE VIEW IF NOT EXISTS scan_ports {{on}} AS
SELECT id, addr, starttime, endtime, port, protocol, state, service, tunnel, product, version, extrainfo, devicetype
FROM scans ARRAY JOIN ports.port AS port, ports.protocol AS protocol, ports.state_state AS state, ports.service_name AS service,
    ports.service_tunnel AS tunnel, ports.service_product AS product, ports.service_version AS version,
    ports.service_extrainfo AS extrainfo, ports.service_devicetype AS devicetype
COMMENT 'Ports of scanned hosts: a row per host record and port; port -1 stands for the host as a whole';

-- Housekeeping.

CREATE TABLE IF NOT EXISTS scan_files {{on}}
(
    file       UInt64 COMMENT 'number of the file: that of the load * 2^32 + that of the file in it; see scans.file',
    sha256     FixedString(32) COMMENT 'of the file''s content as it was given',
    name       String COMMENT 'name of the file as given',
    format     LowCardinality(String) COMMENT 'what the file was recognised as',
    source     String COMMENT 'source that the hosts were loaded with',
    categories Array(String) COMMENT 'categories that the hosts were loaded with',
    loaded     DateTime64(3, 'UTC') COMMENT 'end of the load',
    hosts      UInt64 COMMENT 'hosts in the file',
    stored     UInt64 COMMENT 'hosts stored',
    skipped    Array(Tuple(String, UInt64)) COMMENT 'hosts left out, by reason',
    message    String COMMENT 'what was wrong with the file; empty if nothing was'
)
ENGINE = {{engine "ReplacingMergeTree"}}
ORDER BY file
COMMENT 'Scan files that were loaded to their end';

CREATE TABLE IF NOT EXISTS scan_removals {{on}}
(
    id UInt64 COMMENT 'a host record, as in scans'
)
ENGINE = {{engine "MergeTree"}}
ORDER BY id
COMMENT 'Host records that are being deleted; empty unless a deletion was interrupted';

-- +goose Down

DROP TABLE IF EXISTS scan_removals {{on}};

DROP TABLE IF EXISTS scan_files {{on}};
DROP VIEW IF EXISTS scan_ports {{on}};
{{dropDistributed "scans" "scan_scripts" "scan_tops"}}
{{range topViews "scan"}}
DROP TABLE IF EXISTS {{local .Name}} {{on}};
{{end}}
DROP TABLE IF EXISTS {{local "scan_tops"}} {{on}};
DROP TABLE IF EXISTS {{local "scan_scripts"}} {{on}};
DROP TABLE IF EXISTS {{local "scans"}} {{on}};
