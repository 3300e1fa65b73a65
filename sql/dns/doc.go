// Package dns answers questions about names and what they point to, from what sensors saw of DNS (passive records) and
// from the names of scanned hosts. Everything is merged in the database; answers are streamed.
package dns
