// Package input opens the files that importers read: a path or standard input, compressed or not.
//
// Compression is recognised by the first bytes, never by the name: gzip, bzip2, zstd, xz and lz4, also
// several compressed streams one after the other. The format of the content (NetFlow, Argus) is
// recognised by its first bytes after decompression. Content is streamed; only programs that insist
// on a file get a decompressed copy, which Close removes.
//
// The package interprets no record and knows neither parsers nor the database.
package input
