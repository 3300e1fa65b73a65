// Package netrange does arithmetic on ranges of IP addresses: it reads addresses and networks the way the command
// line tools accept them, splits ranges into prefixes, unites them, and counts their addresses.
//
// Addresses keep their family: ::1 is never written as 0.0.0.1. Nothing here enumerates or stores addresses one by
// one unless its caller asks for it, and nothing reads files or the network.
package netrange
