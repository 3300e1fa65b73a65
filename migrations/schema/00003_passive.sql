-- +goose Up

-- Base table: written by the loaders only.

CREATE TABLE IF NOT EXISTS {{local "passive_events"}} {{on}}
(
    file      UInt64 COMMENT 'the file that it came from, see passive_files; 0: a stream' CODEC(ZSTD(1)),
    {{passiveIdentity}},
    count     UInt64 COMMENT 'observations that this row stands for' CODEC(T64, ZSTD(1)),
    firstseen DateTime64(3, 'UTC') COMMENT 'first of them' CODEC(Delta, ZSTD(1)),
    lastseen  DateTime64(3, 'UTC') COMMENT 'last of them' CODEC(Delta, ZSTD(1)),
    infos     String COMMENT 'what was derived from the rest, as JSON; empty if there is nothing' CODEC(ZSTD(1)),
    service_name     LowCardinality(String) COMMENT 'infos: service, or scanner',
    service_product  LowCardinality(String) COMMENT 'infos: product',
    service_version  LowCardinality(String) COMMENT 'infos: version of the product',
    service_hostname String COMMENT 'infos: name of the host, as the service tells it' CODEC(ZSTD(1)),
    md5       String COMMENT 'infos: MD5 of a certificate, a key, ...' CODEC(ZSTD(1)),
    sha1      String COMMENT 'infos: SHA-1 of it, or of the raw form of a fingerprint' CODEC(ZSTD(1)),
    sha256    String COMMENT 'infos: SHA-256 of it' CODEC(ZSTD(1)),
    loaded    DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'when it was stored' CODEC(Delta, ZSTD(1)),
    INDEX loaded_range loaded TYPE minmax GRANULARITY 1
)
ENGINE = {{engine "MergeTree"}}
PARTITION BY toYYYYMM(lastseen)
ORDER BY (recontype, file)
COMMENT 'What sensors saw, as it was loaded: equal observations within a batch share a row';

-- Derived tables: fed by the materialized views below only. Columns that are not in their sorting keys follow from the id.

CREATE TABLE IF NOT EXISTS {{local "passive"}} {{on}}
(
    {{passiveIdentity}},
    count     SimpleAggregateFunction(sum, UInt64) COMMENT 'observations' CODEC(T64, ZSTD(1)),
    firstseen SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'first observation' CODEC(ZSTD(1)),
    lastseen  SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'last observation' CODEC(ZSTD(1)),
    infos     SimpleAggregateFunction(max, String) COMMENT 'what was derived from the rest, as JSON; empty if there is nothing' CODEC(ZSTD(1)),
    service_name     SimpleAggregateFunction(max, LowCardinality(String)) COMMENT 'infos: service, or scanner',
    service_product  SimpleAggregateFunction(max, LowCardinality(String)) COMMENT 'infos: product',
    service_version  SimpleAggregateFunction(max, LowCardinality(String)) COMMENT 'infos: version of the product',
    service_hostname SimpleAggregateFunction(max, String) COMMENT 'infos: name of the host, as the service tells it' CODEC(ZSTD(1)),
    md5       SimpleAggregateFunction(max, String) COMMENT 'infos: MD5 of a certificate, a key, ...' CODEC(ZSTD(1)),
    sha1      SimpleAggregateFunction(max, String) COMMENT 'infos: SHA-1 of it, or of the raw form of a fingerprint' CODEC(ZSTD(1)),
    sha256    SimpleAggregateFunction(max, String) COMMENT 'infos: SHA-256 of it' CODEC(ZSTD(1))
)
ENGINE = {{engine "AggregatingMergeTree"}}
ORDER BY (recontype, addr, port, source, id)
SETTINGS index_granularity = 1024, allow_dimensions_outside_sorting_key = 1
COMMENT 'Passive records: a row per thing that was observed. Rows of one record merge in the background: group by id, or read with FINAL';

CREATE TABLE IF NOT EXISTS {{local "passive_dns"}} {{on}}
(
    id        FixedString(16) COMMENT 'the record, as in passive' CODEC(ZSTD(1)),
    labels    String COMMENT 'the name with its labels in reverse order (com.example.www): names of a domain stand together' CODEC(ZSTD(1)),
    name      String COMMENT 'name that was asked for; for PTR the name that was the answer' CODEC(ZSTD(1)),
    type      LowCardinality(String) COMMENT 'A, AAAA, CNAME, NS, MX, PTR',
    addr      IPv6 COMMENT 'address that the name has; :: if the answer is a name' CODEC(ZSTD(1)),
    target    String COMMENT 'name that was the answer (CNAME, NS, MX)' CODEC(ZSTD(1)),
    source    String COMMENT 'type, address and port of the DNS server: A-198.51.100.53-53' CODEC(ZSTD(1)),
    sensor    LowCardinality(String) COMMENT 'name of the sensor',
    count     SimpleAggregateFunction(sum, UInt64) COMMENT 'observations' CODEC(T64, ZSTD(1)),
    firstseen SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'first observation' CODEC(ZSTD(1)),
    lastseen  SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'last observation' CODEC(ZSTD(1))
)
ENGINE = {{engine "AggregatingMergeTree"}}
ORDER BY (labels, type, id)
SETTINGS index_granularity = 2048, allow_dimensions_outside_sorting_key = 1
COMMENT 'DNS answers by name: a row per answer of a server. Rows of one answer merge in the background: group by id, or read with FINAL';

CREATE TABLE IF NOT EXISTS {{local "passive_dns_targets"}} {{on}}
(
    id        FixedString(16) COMMENT 'the record, as in passive' CODEC(ZSTD(1)),
    labels    String COMMENT 'the target with its labels in reverse order' CODEC(ZSTD(1)),
    name      String COMMENT 'name that was asked for' CODEC(ZSTD(1)),
    type      LowCardinality(String) COMMENT 'CNAME, NS, MX',
    target    String COMMENT 'name that was the answer' CODEC(ZSTD(1)),
    source    String COMMENT 'type, address and port of the DNS server' CODEC(ZSTD(1)),
    sensor    LowCardinality(String) COMMENT 'name of the sensor',
    count     SimpleAggregateFunction(sum, UInt64) COMMENT 'observations' CODEC(T64, ZSTD(1)),
    firstseen SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'first observation' CODEC(ZSTD(1)),
    lastseen  SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'last observation' CODEC(ZSTD(1))
)
ENGINE = {{engine "AggregatingMergeTree"}}
ORDER BY (labels, type, id)
SETTINGS index_granularity = 2048, allow_dimensions_outside_sorting_key = 1
COMMENT 'DNS answers that are names, by that name: what points to a name. Group by id, or read with FINAL';

{{range passiveViews}}
CREATE MATERIALIZED VIEW IF NOT EXISTS {{local .Name}} {{on}} TO {{local .To}} AS
{{.Select}};
{{end}}

{{distributed "passive_events" "id"}}
{{distributed "passive" "id"}}
{{distributed "passive_dns" "id"}}
{{distributed "passive_dns_targets" "id"}}

-- Housekeeping.

CREATE TABLE IF NOT EXISTS passive_files {{on}}
(
    file    UInt64 COMMENT 'number of the file: that of the load * 2^32 + that of the file in it; see passive_events.file',
    sha256  FixedString(32) COMMENT 'of the file''s content as it was given',
    name    String COMMENT 'name of the file as given',
    format  LowCardinality(String) COMMENT 'passiverecon, p0f, airodump, weblog',
    sensor  String COMMENT 'sensor that it was loaded with',
    loaded  DateTime64(3, 'UTC') COMMENT 'end of the load',
    records UInt64 COMMENT 'observations stored',
    ignored UInt64 COMMENT 'observations left out by the ignore rules',
    bad     UInt64 COMMENT 'lines that could not be read',
    message String COMMENT 'what was wrong with the file; empty if nothing was'
)
ENGINE = {{engine "ReplacingMergeTree"}}
ORDER BY file
COMMENT 'Files of observations that were loaded to their end';

CREATE TABLE IF NOT EXISTS passive_changes {{on}}
(
    id   FixedString(16) COMMENT 'a record, as in passive',
    file UInt64 COMMENT 'remove what this file said of it; 0: all of it'
)
ENGINE = {{engine "MergeTree"}}
ORDER BY id
COMMENT 'Records that are being removed or made anew; empty unless that was interrupted';

-- +goose Down

DROP TABLE IF EXISTS passive_changes {{on}};
DROP TABLE IF EXISTS passive_files {{on}};
{{dropDistributed "passive_events" "passive" "passive_dns" "passive_dns_targets"}}
{{range passiveViews}}
DROP TABLE IF EXISTS {{local .Name}} {{on}};
{{end}}
DROP TABLE IF EXISTS {{local "passive_dns_targets"}} {{on}};
DROP TABLE IF EXISTS {{local "passive_dns"}} {{on}};
DROP TABLE IF EXISTS {{local "passive"}} {{on}};
DROP TABLE IF EXISTS {{local "passive_events"}} {{on}};
