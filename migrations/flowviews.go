package migrations

// The bodies of the materialized views stand here rather than in the schema's text, because making
// derived tables anew (package flowstore) runs the very same statements over the base tables.

// slotsDefault computes the time slots of a row: from the slot of its start to that of its end (or the
// first only), in steps of slot_seconds from slot_base on. Both branches are computed even when there
// are no slots, hence the step of 2^32 - 1 then.
const slotsDefault = "if(slot_seconds = 0, [], arrayMap(s -> bitShiftLeft(s, 32) + slot_seconds, " +
	"range(toUInt64(greatest(0, toInt64(toUnixTimestamp(start_time)) - positiveModulo(toInt64(toUnixTimestamp(start_time)) - slot_base, if(slot_seconds = 0, 4294967295, slot_seconds)))), " +
	"toUInt64(toUnixTimestamp(if(slot_all = 1, end_time, start_time))) + 1, toUInt64(if(slot_seconds = 0, 4294967295, slot_seconds)))))"

// FlowsFromEvents selects the rows of flows that the rows of flow_events (a table name or a subquery)
// stand for. It does not group them: that is cheaper on the way in, and the table merges them anyway.
func FlowsFromEvents(from string) string {
	return `SELECT toYYYYMM(start_time) AS month, src, dst, proto, dport, type, start_time AS firstseen, end_time AS lastseen,
    count, cspkts, csbytes, scpkts, scbytes,
    if(proto IN ('tcp', 'udp'), [sport], []) AS sports, if(proto IN ('icmp', 'icmp6'), [code], []) AS codes, slots, toUInt64(0) AS loglines
FROM ` + from
}

// FlowsFromMetadata selects the rows of flows that the rows of flow_metadata_events stand for: they
// create or widen a flow and never add to its traffic.
func FlowsFromMetadata(from string) string {
	return `SELECT toYYYYMM(start_time) AS month, src, dst, proto, dport, type, start_time AS firstseen, end_time AS lastseen,
    toUInt64(0) AS count, toUInt64(0) AS cspkts, toUInt64(0) AS csbytes, toUInt64(0) AS scpkts, toUInt64(0) AS scbytes,
    emptyArrayUInt16() AS sports, emptyArrayUInt8() AS codes, slots, toUInt64(1) AS loglines
FROM ` + from
}

// MetadataFromEvents selects the rows of flow_metadata that the rows of flow_metadata_events stand for:
// one for the log line itself, one per counter and one per value.
func MetadataFromEvents(from string) string {
	return `SELECT toYYYYMM(start_time) AS month, name, entry.1 AS key, src, dst, proto, dport, type,
    entry.2 AS kind, entry.3 AS text, entry.4 AS number, entry.5 AS n, start_time AS seen, entry.6 AS position
FROM ` + from + `
ARRAY JOIN arrayConcat(
    [(toLowCardinality(''), toUInt8(0), '', toInt64(0), toUInt64(1), toUInt32(0))],
    arrayMap((k, c) -> (k, toUInt8(0), '', toInt64(0), c, toUInt32(0)), counters.key, counters.n),
    arrayMap((k, d, t, v, i) -> (k, d, t, v, toUInt64(1), toUInt32(i)), values.key, values.kind, values.text, values.number, arrayEnumerate(values.key))) AS entry`
}
