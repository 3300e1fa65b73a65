// Package ipdata knows what databases on disk say about IP addresses: country, region, city and place, autonomous
// system, and tags (reserved address, Tor exit node, CDN, government cloud, known scanner).
//
// Places and systems come from MaxMind DB files (*.mmdb: City, Country, ASN or ISP, Enterprise; format 2.0), which
// are mapped into memory. Tags come from the files that "getwebdata" writes, flattened into one sorted table, and
// from the registries of special addresses. Files that change are taken up while the program runs; replace them by
// renaming a new file over the old one.
//
// A file that is missing, damaged or of another type never makes a look-up fail: it is reported once (see
// Options.Warn and DB.Problems), and what the other files say is given.
//
// The package also iterates over the networks of the databases, reads and writes their CSV dumps, and unpacks local
// archives. It does not download anything, and it does not decide what selectors of ranges mean.
package ipdata
