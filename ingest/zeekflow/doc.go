// Package zeekflow turns Zeek's logs into flow records: conn.log into events, and the protocol logs
// (http, dns, ssl, ...) into metadata of the flows that they belong to. Other logs are left out.
//
// It reads decompressed streams and writes to a [flow.Sink]; it must not know files nor the database.
//
// # Which log a line belongs to
//
// The first of these that says something decides:
//
//  1. #path, or the member _path of a JSON object;
//  2. the name of the file up to its first dot (conn.2026-01-02-00.log.json.gz is conn), or up to a "-"
//     or "_" that a digit follows (conn-26-01-02_03.00.00.log); names such as conn_long.log, a flow log's
//     name with a word after "_", stand for logs of their own, which are left out;
//  3. the columns that only this log has, such as auth_attempts for ssh.
//
// # Differences between the formats
//
// The same traffic gives the same records from tab-separated and from JSON logs. JSON has no column
// types, so the documented types of the columns are used there; in tab-separated logs #types counts.
package zeekflow
