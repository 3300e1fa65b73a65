// Package rir reads the dumps of the databases of the regional Internet registries (AFRINIC, APNIC, ARIN, LACNIC,
// RIPE NCC): objects in the language RPSL (RFC 2622), of which it keeps those that describe ranges of addresses
// (inetnum, inet6num) and autonomous systems (aut-num). It also knows the forms in which the records are shown:
// JSON, and the full and short texts of the command line.
//
// The package reads a stream of text: fetching and decompressing dumps is up to the caller, and so is the choice
// of the best record for an address. It knows nothing of the database.
package rir
