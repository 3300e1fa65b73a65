// Package fingerprint tells services by what they answer, with the data of Nmap's version detection: it reads the file
// nmap-service-probes of an installed Nmap (https://nmap.org/book/vscan-fileformat.html) and matches banners against the
// patterns of a probe.
//
// Of the file, the directives Probe, match, softmatch and fallback count; the others (ports, rarity, ...) steer a scanner.
// The file is not part of this program. Without an installed Nmap, a database is empty and matches nothing.
//
// # How a banner is matched
//
// A probe may have thousands of patterns, and nearly all of them ask for some fixed text. The first match of a probe
// indexes these texts; a banner then only meets the patterns whose texts it contains, in the order in which they are
// required. What is left is matched in the order of the file. A pattern is compiled when it is first needed.
//
// Patterns are Perl's and work on bytes. They are translated to RE2 (package regexp), which takes linear time; bytes
// stand for the first 256 code points. A pattern that looks around or back goes to a backtracking engine, with a time
// limit, and only after a weaker form of it has matched with RE2. The work for one banner is bounded, too: a database
// can be used on banners of hostile origin.
//
// The package must not know of records, hosts or file formats of scanners.
package fingerprint
