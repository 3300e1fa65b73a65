-- +goose Up

-- Base tables: one row per observation, written by the loaders only.

CREATE TABLE IF NOT EXISTS {{local "flow_events"}} {{on}}
(
    start_time  DateTime64(6, 'UTC') COMMENT 'first packet' CODEC(Delta, ZSTD(1)),
    end_time    DateTime64(6, 'UTC') COMMENT 'last packet' CODEC(Delta, ZSTD(1)),
    src         IPv6 COMMENT 'client; IPv4 addresses are mapped (::ffff:192.0.2.1)' CODEC(ZSTD(1)),
    dst         IPv6 COMMENT 'server' CODEC(ZSTD(1)),
    proto       LowCardinality(String) COMMENT 'transport protocol, lower case: tcp, udp, icmp, icmp6, gre, ...',
    sport       UInt16 COMMENT 'client port (tcp and udp only, else 0)' CODEC(ZSTD(1)),
    dport       UInt16 COMMENT 'server port (tcp and udp only, else 0)' CODEC(ZSTD(1)),
    type        UInt8 COMMENT 'ICMP type (icmp and icmp6 only, else 0)' CODEC(ZSTD(1)),
    code        UInt8 COMMENT 'ICMP code (icmp and icmp6 only, else 0)' CODEC(ZSTD(1)),
    count       UInt64 DEFAULT 1 COMMENT 'flows that this record stands for' CODEC(ZSTD(1)),
    cspkts      UInt64 COMMENT 'packets sent by the client' CODEC(T64, ZSTD(1)),
    csbytes     UInt64 COMMENT 'bytes sent by the client' CODEC(T64, ZSTD(1)),
    scpkts      UInt64 COMMENT 'packets sent by the server' CODEC(T64, ZSTD(1)),
    scbytes     UInt64 COMMENT 'bytes sent by the server' CODEC(T64, ZSTD(1)),
    slot_seconds UInt32 EPHEMERAL 3600 COMMENT 'on insert: length of the time slots, 0 for none',
    slot_base    UInt32 EPHEMERAL 0 COMMENT 'on insert: a moment (Unix time) at which a slot starts',
    slot_all     UInt8 EPHEMERAL 1 COMMENT 'on insert: 1 for all slots from start to end, 0 for the first only',
    slots       Array(UInt64) DEFAULT {{slots}} COMMENT 'time slots touched, each as start (Unix time) * 2^32 + length in seconds' CODEC(ZSTD(1))
)
ENGINE = {{engine "MergeTree"}}
PARTITION BY toYYYYMM(start_time)
ORDER BY start_time
COMMENT 'Traffic as it was recorded: a row per NetFlow, Argus or iptables record or line of conn.log';

CREATE TABLE IF NOT EXISTS {{local "flow_metadata_events"}} {{on}}
(
    start_time  DateTime64(6, 'UTC') COMMENT 'time of the log line' CODEC(Delta, ZSTD(1)),
    end_time    DateTime64(6, 'UTC') COMMENT 'time of the log line' CODEC(Delta, ZSTD(1)),
    src         IPv6 COMMENT 'client; IPv4 addresses are mapped' CODEC(ZSTD(1)),
    dst         IPv6 COMMENT 'server' CODEC(ZSTD(1)),
    proto       LowCardinality(String) COMMENT 'transport protocol, lower case',
    dport       UInt16 COMMENT 'server port (tcp and udp only, else 0)' CODEC(ZSTD(1)),
    type        UInt8 COMMENT 'ICMP type (icmp and icmp6 only, else 0)' CODEC(ZSTD(1)),
    name        LowCardinality(String) COMMENT 'protocol of the log: http, dns, ssl, ...',
    values      Nested(key LowCardinality(String), kind UInt8, text String, number Int64) COMMENT 'values seen; kind 1: text, 2: number, 3: true',
    counters    Nested(key LowCardinality(String), n UInt64) COMMENT 'amounts that are summed up per flow',
    slot_seconds UInt32 EPHEMERAL 3600 COMMENT 'see flow_events',
    slot_base    UInt32 EPHEMERAL 0 COMMENT 'see flow_events',
    slot_all     UInt8 EPHEMERAL 1 COMMENT 'see flow_events',
    slots       Array(UInt64) DEFAULT {{slots}} COMMENT 'see flow_events' CODEC(ZSTD(1))
)
ENGINE = {{engine "MergeTree"}}
PARTITION BY toYYYYMM(start_time)
ORDER BY start_time
COMMENT 'What protocol logs (http.log, dns.log, ...) say about flows: a row per log line';

-- Derived tables: fed by the materialized views below only.

CREATE TABLE IF NOT EXISTS {{local "flows"}} {{on}}
(
    month     UInt32 COMMENT 'year and month (YYYYMM) of the observations; a flow has a row per month',
    src       IPv6 COMMENT 'client; IPv4 addresses are mapped (::ffff:192.0.2.1)',
    dst       IPv6 COMMENT 'server',
    proto     LowCardinality(String) COMMENT 'transport protocol, lower case',
    dport     UInt16 COMMENT 'server port (tcp and udp only, else 0)',
    type      UInt8 COMMENT 'ICMP type (icmp and icmp6 only, else 0)',
    firstseen SimpleAggregateFunction(min, DateTime64(6, 'UTC')) COMMENT 'first packet' CODEC(ZSTD(1)),
    lastseen  SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'last packet' CODEC(ZSTD(1)),
    count     SimpleAggregateFunction(sum, UInt64) COMMENT 'flow records; 0: seen in protocol logs only' CODEC(T64, ZSTD(1)),
    cspkts    SimpleAggregateFunction(sum, UInt64) COMMENT 'packets sent by the client' CODEC(T64, ZSTD(1)),
    csbytes   SimpleAggregateFunction(sum, UInt64) COMMENT 'bytes sent by the client' CODEC(T64, ZSTD(1)),
    scpkts    SimpleAggregateFunction(sum, UInt64) COMMENT 'packets sent by the server' CODEC(T64, ZSTD(1)),
    scbytes   SimpleAggregateFunction(sum, UInt64) COMMENT 'bytes sent by the server' CODEC(T64, ZSTD(1)),
    sports    SimpleAggregateFunction(groupUniqArrayArray, Array(UInt16)) COMMENT 'client ports' CODEC(ZSTD(1)),
    codes     SimpleAggregateFunction(groupUniqArrayArray, Array(UInt8)) COMMENT 'ICMP codes' CODEC(ZSTD(1)),
    slots     SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)) COMMENT 'time slots, each as start (Unix time) * 2^32 + length in seconds; see flow_slots' CODEC(ZSTD(1)),
    loglines  SimpleAggregateFunction(sum, UInt64) COMMENT 'lines of protocol logs, see flow_metadata' CODEC(T64, ZSTD(1)),
    INDEX dst_filter dst TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = {{engine "AggregatingMergeTree"}}
PARTITION BY month
ORDER BY (src, dst, proto, dport, type)
COMMENT 'Who talks to whom: the flow graph''s edges. Rows of one flow merge in the background: group by (src, dst, proto, dport, type), or read with FINAL';

CREATE TABLE IF NOT EXISTS {{local "flow_metadata"}} {{on}}
(
    month    UInt32 COMMENT 'year and month (YYYYMM) of the log lines',
    name     LowCardinality(String) COMMENT 'protocol of the log: http, dns, ssl, ...',
    key      LowCardinality(String) COMMENT 'what the value is of (method, host, ...); empty: the number of log lines',
    src      IPv6 COMMENT 'client, see flows',
    dst      IPv6 COMMENT 'server',
    proto    LowCardinality(String) COMMENT 'transport protocol',
    dport    UInt16 COMMENT 'server port',
    type     UInt8 COMMENT 'ICMP type',
    kind     UInt8 COMMENT '0: a sum (n), 1: text, 2: number, 3: true',
    text     String COMMENT 'the value, if it is a text' CODEC(ZSTD(1)),
    number   Int64 COMMENT 'the value, if it is a number; 1 for true' CODEC(ZSTD(1)),
    n        SimpleAggregateFunction(sum, UInt64) COMMENT 'kind 0: the sum; else log lines with this value' CODEC(T64, ZSTD(1)),
    seen     SimpleAggregateFunction(min, DateTime64(6, 'UTC')) COMMENT 'first time that the value was seen' CODEC(ZSTD(1)),
    position SimpleAggregateFunction(min, UInt32) COMMENT 'place of the value within its log line' CODEC(ZSTD(1))
)
ENGINE = {{engine "AggregatingMergeTree"}}
PARTITION BY month
ORDER BY (name, key, src, dst, proto, dport, type, kind, text, number)
COMMENT 'What is known of flows from protocol logs: a row per flow and value; sums of one value merge in the background';

CREATE MATERIALIZED VIEW IF NOT EXISTS {{local "flow_events_to_flows"}} {{on}} TO {{local "flows"}} AS
{{flowsFromEvents}};

CREATE MATERIALIZED VIEW IF NOT EXISTS {{local "flow_metadata_events_to_flows"}} {{on}} TO {{local "flows"}} AS
{{flowsFromMetadata}};

CREATE MATERIALIZED VIEW IF NOT EXISTS {{local "flow_metadata_events_to_flow_metadata"}} {{on}} TO {{local "flow_metadata"}} AS
{{metadataFromEvents}};

{{distributed "flow_events" "src"}}
{{distributed "flow_metadata_events" "src"}}
{{distributed "flows" "src"}}
{{distributed "flow_metadata" "src"}}

CREATE VIEW IF NOT EXISTS flow_slots {{on}} AS
SELECT DISTINCT src, dst, proto, dport, type,
    toDateTime(bitShiftRight(slot, 32), 'UTC') AS start,
    toUInt32(bitAnd(slot, 4294967295)) AS duration
FROM flows ARRAY JOIN slots AS slot
COMMENT 'When flows were active: a row per flow and time slot (start, duration in seconds)';

-- Housekeeping.

CREATE TABLE IF NOT EXISTS loads {{on}}
(
    id       UUID COMMENT 'one load of one file',
    purpose  LowCardinality(String) COMMENT 'flow, nmap, passive, ...',
    file     String COMMENT 'name of the file as given',
    format   LowCardinality(String) COMMENT 'netflow, argus, iptables, zeek conn, ...',
    host     LowCardinality(String) COMMENT 'machine that loads',
    pid      UInt32 COMMENT 'process that loads',
    state    LowCardinality(String) COMMENT 'running, done, failed, interrupted; broken: failed while records were being stored',
    started  DateTime64(3, 'UTC') COMMENT 'start of the load',
    changed  DateTime64(3, 'UTC') COMMENT 'when the state was reached',
    records  UInt64 COMMENT 'records stored',
    skipped  UInt64 COMMENT 'records left out on purpose',
    bad      UInt64 COMMENT 'records that could not be read',
    message  String COMMENT 'why it failed'
)
ENGINE = {{engine "ReplacingMergeTree" "changed"}}
ORDER BY id
COMMENT 'Files that were loaded; read with FINAL';

CREATE TABLE IF NOT EXISTS repairs {{on}}
(
    purpose LowCardinality(String) COMMENT 'which tables: flow',
    month   UInt32 COMMENT 'year and month (YYYYMM) whose derived tables are to be made anew',
    pending UInt8 COMMENT '1: to be done',
    changed DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'when this was noted'
)
ENGINE = {{engine "ReplacingMergeTree" "changed"}}
ORDER BY (purpose, month)
COMMENT 'Derived tables that do not agree with their base tables until they are made anew; read with FINAL';

-- +goose Down

DROP TABLE IF EXISTS repairs {{on}};
DROP TABLE IF EXISTS loads {{on}};
DROP VIEW IF EXISTS flow_slots {{on}};
{{dropDistributed "flow_events" "flow_metadata_events" "flows" "flow_metadata"}}
DROP TABLE IF EXISTS {{local "flow_metadata_events_to_flow_metadata"}} {{on}};
DROP TABLE IF EXISTS {{local "flow_metadata_events_to_flows"}} {{on}};
DROP TABLE IF EXISTS {{local "flow_events_to_flows"}} {{on}};
DROP TABLE IF EXISTS {{local "flow_metadata"}} {{on}};
DROP TABLE IF EXISTS {{local "flows"}} {{on}};
DROP TABLE IF EXISTS {{local "flow_metadata_events"}} {{on}};
DROP TABLE IF EXISTS {{local "flow_events"}} {{on}};
