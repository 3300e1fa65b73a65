// Package argus reads the flow records of the Argus auditing tool (argus(8), QoSient) through its
// client program ra, which knows the binary formats of all Argus versions.
//
// ra prints one line per record and never merges records (racluster does): so every record counts as
// one flow, and a capture gives the same sums whether it is loaded whole or in pieces.
//
// One thing ra gets wrong: of a reply to an ICMP timestamp, information or address mask request that was
// itself not seen it prints the type of an earlier record.
//
// The package opens no files and knows nothing of compression or the database: it takes a stream of
// decompressed records and passes events to a flow.Sink.
package argus
