// Package addrrange computes with ranges of IP addresses, exactly: parsing of addresses, networks and ranges,
// union, intersection and difference, minimal covers by networks, counts, and the texts and JSON documents
// that the programs which show ranges print.
//
// IPv4 and IPv6 are kept apart: a range is of one family, an IPv6 address never becomes an IPv4 one however
// small it is, and IPv4-mapped IPv6 addresses are IPv6 addresses. Where both occur IPv4 comes first.
//
// The package opens no files and knows neither the database nor geography: ranges of a country or of an
// autonomous system come in as ranges.
package addrrange
