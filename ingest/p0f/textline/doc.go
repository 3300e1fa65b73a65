// Package textline is what the readers of line-oriented sensor logs (p0f, airodump-ng, HTTP servers) have in
// common: the lines of a stream with their numbers, clean texts and the values (addresses, dates) that those logs
// write the same way.
//
// Lines are bounded in length, and the encodings that tools and editors leave behind are taken: a byte order mark
// says UTF-16 or UTF-8; without one, lines are bytes, and those that are not valid UTF-8 are escaped by [Text].
//
// The package must not know any log: no column, no keyword, no record.
package textline
